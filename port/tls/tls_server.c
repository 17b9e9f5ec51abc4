/* SPDX-License-Identifier: MIT */
/* Settings of mbedTLS for a server. */
#include "port/tls/tls_server.h"

#include <string.h>

#include "port/tls/altcp_tls.h"
#include "port/tls/tls_platform.h"

/* One suite for each version: every client has them, and an attacker nothing to choose from. */
static const int suites[] = {MBEDTLS_TLS1_3_AES_128_GCM_SHA256,
                             MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, 0};

static const char *protocols[] = {"http/1.1", NULL};

static int read_identity(struct assent_tls_server *server, struct assent_span certificate,
                         struct assent_span key)
{
    int error = 0;

    /* Each begins with the length of what follows (X.690 s. 8.1): 30 82 and two bytes, which no
     * certificate with a key in it can do without. */
    do {
        size_t len = certificate.len > 4 && certificate.ptr[0] == 0x30 && certificate.ptr[1] == 0x82
                         ? 4U + ((size_t)certificate.ptr[2] << 8 | certificate.ptr[3])
                         : certificate.len;
        struct assent_span one = assent_span_slice(certificate, 0, len);

        error = mbedtls_x509_crt_parse_der(&server->certificate, one.ptr, one.len);
        certificate = assent_span_slice(certificate, one.len, certificate.len);
    } while (error == 0 && certificate.len > 0);
    if (error == 0) {
        error = mbedtls_pk_parse_key(&server->key, key.ptr, key.len, NULL, 0,
                                     assent_tls_platform_random, NULL);
    }
    if (error != 0) {
        return error == MBEDTLS_ERR_X509_ALLOC_FAILED || error == MBEDTLS_ERR_PK_ALLOC_FAILED
                   ? ASSENT_ERR_CRYPTO
                   : ASSENT_ERR_SYNTAX;
    }
    return mbedtls_pk_check_pair(&server->certificate.pk, &server->key, assent_tls_platform_random,
                                 NULL) == 0
               ? ASSENT_OK
               : ASSENT_ERR_AUTH;
}

static int configure(struct assent_tls_server *server)
{
    mbedtls_ssl_config *conf = &server->conf;
    int error = mbedtls_ssl_config_defaults(
        conf, MBEDTLS_SSL_IS_SERVER, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);

    if (error == 0) {
        /* Servers that ask for a certificate make browsers ask their users for one. */
        mbedtls_ssl_conf_authmode(conf, MBEDTLS_SSL_VERIFY_NONE);
        mbedtls_ssl_conf_rng(conf, assent_tls_platform_random, NULL);
        mbedtls_ssl_conf_ciphersuites(conf, suites);
        error = mbedtls_ssl_conf_own_cert(conf, &server->certificate, &server->key);
    }
    if (error == 0) {
        error = mbedtls_ssl_conf_alpn_protocols(conf, protocols);
    }
    if (error == 0) {
        error = mbedtls_ssl_ticket_setup(&server->tickets, assent_tls_platform_random, NULL,
                                         MBEDTLS_CIPHER_AES_128_GCM, ASSENT_TLS_TICKET_LIFETIME_S);
    }
    if (error == 0) {
        mbedtls_ssl_conf_session_tickets_cb(conf, mbedtls_ssl_ticket_write,
                                            mbedtls_ssl_ticket_parse, &server->tickets);
        /* One ticket a handshake: a second one would only lengthen it. */
        mbedtls_ssl_conf_new_session_tickets(conf, 1);
    }
    return error == 0 ? ASSENT_OK : ASSENT_ERR_CRYPTO;
}

int assent_tls_server_init(struct assent_tls_server *server, struct assent_span certificate,
                           struct assent_span key, struct assent_tls_connection *slots,
                           unsigned slot_count, const struct assent_clock *clock)
{
    int error;

    memset(server, 0, sizeof(*server));
    memset(slots, 0, slot_count * sizeof(*slots));
    server->slots = slots;
    server->slot_count = (uint16_t)slot_count;
    server->clock = clock;
    mbedtls_ssl_config_init(&server->conf);
    mbedtls_x509_crt_init(&server->certificate);
    mbedtls_pk_init(&server->key);
    mbedtls_ssl_ticket_init(&server->tickets);
    error = read_identity(server, certificate, key);
    if (error == ASSENT_OK) {
        error = configure(server);
    }
    if (error != ASSENT_OK) {
        assent_tls_server_free(server);
    }
    return error;
}

void assent_tls_server_free(struct assent_tls_server *server)
{
    assent_altcp_tls_stop(server);
    mbedtls_ssl_config_free(&server->conf);
    mbedtls_x509_crt_free(&server->certificate);
    mbedtls_pk_free(&server->key);
    mbedtls_ssl_ticket_free(&server->tickets);
}
