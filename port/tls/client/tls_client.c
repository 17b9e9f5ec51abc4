/* SPDX-License-Identifier: MIT */
/* Settings of mbedTLS for clients, and what a certificate is asked for. */
#include "port/tls/client/tls_client.h"

#include <string.h>

#include <mbedtls/sha256.h>

#include "port/tls/tls_platform.h"

/* What every server of TLS 1.3 has, and the same of 1.2 with either kind of key. */
static const int suites[] = {MBEDTLS_TLS1_3_AES_128_GCM_SHA256,
                             MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
                             MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, 0};

/* PSS behind PKCS #1: a server of TLS 1.2 that takes our order then signs with what mbedTLS 3.6 reads in that
 * version, where it offers PSS for 1.3 and refuses it in 1.2. */
static const uint16_t signatures[] = {
    MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256, MBEDTLS_TLS1_3_SIG_ECDSA_SECP384R1_SHA384,
    MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA256,       MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA384,
    MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA512,       MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA256,
    MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA384,    MBEDTLS_TLS1_3_SIG_NONE};

static const char *protocols[] = {"http/1.1", NULL};

/* ---- what a certificate is asked for --------------------------------------------------------- */

/* Seconds since 1970 of a date of the Gregorian calendar; years from March on. */
static uint64_t seconds_of(const mbedtls_x509_time *t)
{
    uint64_t year = (uint64_t)t->year - (t->mon <= 2 ? 1 : 0);
    uint64_t month = (uint64_t)(t->mon + 9) % 12;
    uint64_t days = year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 +
                    (uint64_t)t->day - 1;

    return days < 719468 ? 0
                         : (days - 719468) * 86400 + (uint64_t)t->hour * 3600 +
                               (uint64_t)t->min * 60 + (uint64_t)t->sec;
}

static uint32_t check_dates(const struct assent_clock *clock, const mbedtls_x509_crt *crt)
{
    struct assent_time now = clock->now(clock->ctx);

    if (now.trust == ASSENT_CLOCK_NONE || now.unix_s < seconds_of(&crt->valid_from)) {
        return MBEDTLS_X509_BADCERT_FUTURE;
    }
    return now.unix_s > seconds_of(&crt->valid_to) ? MBEDTLS_X509_BADCERT_EXPIRED : 0;
}

static bool is_pinned(const struct assent_tls_client *client, const mbedtls_x509_crt *crt)
{
    uint8_t digest[ASSENT_SHA256_BYTES];

    return mbedtls_sha256(crt->raw.p, crt->raw.len, digest, 0) == 0 &&
           memcmp(digest, client->pin, sizeof(digest)) == 0;
}

/* Called for each certificate of a chain that mbedTLS has judged but for its dates. */
static int verify(void *context, mbedtls_x509_crt *crt, int depth, uint32_t *flags)
{
    const struct assent_tls_client *client = context;

    switch (client->trust) {
    case ASSENT_UPSTREAM_CA:
        *flags |= check_dates(client->clock, crt);
        break;
    case ASSENT_UPSTREAM_PIN:
        *flags = depth > 0 || is_pinned(client, crt) ? 0 : MBEDTLS_X509_BADCERT_NOT_TRUSTED;
        break;
    case ASSENT_UPSTREAM_INSECURE:
        *flags = 0;
        break;
    default:
        *flags |= MBEDTLS_X509_BADCERT_NOT_TRUSTED;
        break;
    }
    return 0;
}

/* ---- set-up ---------------------------------------------------------------------------------- */

void assent_tls_client_share(struct assent_tls_server *shared, struct assent_tls_connection *slots,
                             struct assent_tls_wire *wires, unsigned slot_count,
                             const struct assent_clock *clock)
{
    memset(shared, 0, sizeof(*shared));
    memset(slots, 0, slot_count * sizeof(*slots));
    shared->slots = slots;
    shared->wires = wires;
    shared->slot_count = (uint16_t)slot_count;
    shared->clock = clock;
}

static int parse(mbedtls_x509_crt *crt, const struct assent_upstream_setting *setting,
                 struct assent_span ca)
{
    int error;

    mbedtls_x509_crt_init(crt);
    if (setting->trust != ASSENT_UPSTREAM_CA) {
        return ca.len == 0 ? ASSENT_OK : ASSENT_ERR_RANGE;
    }
    error = mbedtls_x509_crt_parse_der(crt, ca.ptr, ca.len);
    if (error == 0 && crt->raw.len == ca.len) {
        return ASSENT_OK;
    }
    mbedtls_x509_crt_free(crt);
    return error == MBEDTLS_ERR_X509_ALLOC_FAILED ? ASSENT_ERR_CRYPTO : ASSENT_ERR_RANGE;
}

int assent_tls_client_check(const struct assent_upstream_setting *setting, struct assent_span ca)
{
    mbedtls_x509_crt crt;
    int error = parse(&crt, setting, ca);

    if (error == ASSENT_OK) {
        mbedtls_x509_crt_free(&crt);
    }
    return error;
}

static int prepare(const struct assent_tls_role *role, mbedtls_ssl_context *ssl)
{
    const struct assent_tls_client *client = (const struct assent_tls_client *)role;

    return mbedtls_ssl_set_hostname(ssl, client->name);
}

/* The name that a certificate has to have: Host without its port, or the one that is connected to. */
static void set_name(struct assent_tls_client *client,
                     const struct assent_upstream_setting *setting)
{
    struct assent_span host = assent_upstream_text(&setting->host);
    struct assent_span name = assent_span_take(&host, ':');

    if (name.len == 0) {
        name = assent_upstream_text(&setting->name);
    }
    memset(client->name, 0, sizeof(client->name));
    memcpy(client->name, name.ptr, name.len);
}

int assent_tls_client_init(struct assent_tls_client *client, struct assent_tls_server *shared,
                           const struct assent_upstream_setting *setting, struct assent_span ca,
                           const struct assent_clock *clock)
{
    mbedtls_ssl_config *conf = &client->conf;
    int error;

    memset(client, 0, sizeof(*client));
    error = parse(&client->ca, setting, ca);
    if (error != ASSENT_OK) {
        return error;
    }
    mbedtls_ssl_config_init(conf);
    if (mbedtls_ssl_config_defaults(conf, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                    MBEDTLS_SSL_PRESET_DEFAULT) != 0 ||
        mbedtls_ssl_conf_alpn_protocols(conf, protocols) != 0) {
        mbedtls_ssl_config_free(conf);
        mbedtls_x509_crt_free(&client->ca);
        return ASSENT_ERR_CRYPTO;
    }
    /* Always required: what is not asked for, verify() takes back. */
    mbedtls_ssl_conf_authmode(conf, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ca_chain(conf, &client->ca, NULL);
    mbedtls_ssl_conf_verify(conf, verify, client);
    mbedtls_ssl_conf_rng(conf, assent_tls_platform_random, NULL);
    mbedtls_ssl_conf_ciphersuites(conf, suites);
    mbedtls_ssl_conf_sig_algs(conf, signatures);
    mbedtls_ssl_conf_session_tickets(conf, MBEDTLS_SSL_SESSION_TICKETS_DISABLED);
    client->role = (struct assent_tls_role){conf, prepare};
    client->clock = clock;
    client->trust = setting->trust;
    client->shared = shared;
    memcpy(client->pin, setting->digest, sizeof(client->pin));
    set_name(client, setting);
    client->ready = true;
    return ASSENT_OK;
}

void assent_tls_client_free(struct assent_tls_client *client)
{
    if (client->ready) {
        assent_altcp_tls_drop(client->shared, &client->role);
        mbedtls_ssl_config_free(&client->conf);
        mbedtls_x509_crt_free(&client->ca);
        client->ready = false;
    }
}

struct altcp_pcb *assent_tls_client_alloc(void *arg, u8_t ip_type)
{
    struct assent_tls_client *client = arg;

    return client->ready ? assent_altcp_tls_open(client->shared, &client->role, ip_type) : NULL;
}
