/* SPDX-License-Identifier: MIT */
/* Writes a self-signed certificate with mbedTLS. */
#include "port/tls/selfsign.h"

#include <string.h>

#include <mbedtls/pk.h>
#include <mbedtls/x509_crt.h>

#include "core/bytes.h"
#include "core/date.h"
#include "port/tls/tls_key.h"
#include "port/tls/tls_platform.h"

enum { DAY_S = 86400, YEARS = 10, DAYS_OF_YEAR = 365, SERIAL_BYTES = 16 };

static const uint64_t earliest_s = 1577836800U; /* 2020-01-01T00:00:00Z */

/* Time as X.509 writes it: YYYYMMDDhhmmss, the digits of RFC 3339. */
static void write_time(char out[15], uint64_t unix_s)
{
    char text[20];
    struct assent_writer w = assent_writer(text, sizeof(text));
    size_t len = 0;

    assent_date_write_rfc3339(&w, unix_s);
    for (size_t i = 0; i < w.len; i++) {
        if (text[i] >= '0' && text[i] <= '9') {
            out[len++] = text[i];
        }
    }
    out[len] = '\0';
}

/* The names it is valid for (RFC 5280 s. 4.2.1.6). */
static int set_names(mbedtls_x509write_cert *writer, const char *const *names, size_t count)
{
    unsigned char loopback[] = {127, 0, 0, 1};
    mbedtls_x509_san_list list[ASSENT_SELFSIGN_NAMES + 1];

    memset(list, 0, sizeof(list));
    for (size_t i = 0; i < count; i++) {
        list[i].node.type = MBEDTLS_X509_SAN_DNS_NAME;
        /* mbedTLS only reads the names but does not say const. */
        memcpy(&list[i].node.san.unstructured_name.p, &names[i], sizeof(names[i]));
        list[i].node.san.unstructured_name.len = strlen(names[i]);
        list[i].next = &list[i + 1];
    }
    list[count].node.type = MBEDTLS_X509_SAN_IP_ADDRESS;
    list[count].node.san.unstructured_name.p = loopback;
    list[count].node.san.unstructured_name.len = sizeof(loopback);
    return mbedtls_x509write_crt_set_subject_alternative_name(writer, list);
}

static int describe(mbedtls_x509write_cert *writer, mbedtls_pk_context *key, struct assent_time now)
{
    unsigned char serial[SERIAL_BYTES];
    char from[15];
    char to[15];
    uint64_t start_s =
        now.trust != ASSENT_CLOCK_NONE && now.unix_s > earliest_s ? now.unix_s - DAY_S : earliest_s;
    int error = assent_tls_platform_random(NULL, serial, sizeof(serial));

    serial[0] = (unsigned char)((serial[0] & 0x3F) | 0x40); /* positive, of constant length */
    write_time(from, start_s);
    write_time(to, start_s + (uint64_t)YEARS * DAYS_OF_YEAR * DAY_S);
    mbedtls_x509write_crt_set_version(writer, MBEDTLS_X509_CRT_VERSION_3);
    mbedtls_x509write_crt_set_md_alg(writer, MBEDTLS_MD_SHA256);
    mbedtls_x509write_crt_set_subject_key(writer, key);
    mbedtls_x509write_crt_set_issuer_key(writer, key);
    error =
        error != 0 ? error : mbedtls_x509write_crt_set_serial_raw(writer, serial, sizeof(serial));
    error = error != 0 ? error : mbedtls_x509write_crt_set_validity(writer, from, to);
    error = error != 0 ? error : mbedtls_x509write_crt_set_subject_name(writer, "CN=assent");
    error = error != 0 ? error : mbedtls_x509write_crt_set_issuer_name(writer, "CN=assent");
    error = error != 0 ? error : mbedtls_x509write_crt_set_basic_constraints(writer, 0, -1);
    return error;
}

/* mbedTLS writes DER to the end of a buffer; move it to the front.
 *   return  length, or the error */
static int to_front(uint8_t *buffer, size_t cap, int len)
{
    if (len > 0) {
        memmove(buffer, buffer + cap - (size_t)len, (size_t)len);
    }
    return len;
}

/* Everything is in writer. Write the certificate and the key.
 *   return  ASSENT_OK or ASSENT_ERR_CRYPTO */
static int finish(struct assent_selfsign *out, mbedtls_pk_context *key,
                  mbedtls_x509write_cert *writer)
{
    int len;

    len = to_front(out->certificate, sizeof(out->certificate),
                   mbedtls_x509write_crt_der(writer, out->certificate, sizeof(out->certificate),
                                             assent_tls_platform_random, NULL));
    if (len <= 0) {
        return ASSENT_ERR_CRYPTO;
    }
    out->certificate_len = (uint16_t)len;
    len = to_front(out->key, sizeof(out->key),
                   mbedtls_pk_write_key_der(key, out->key, sizeof(out->key)));
    out->key_len = (uint16_t)(len > 0 ? len : 0);
    return len > 0 ? ASSENT_OK : ASSENT_ERR_CRYPTO;
}

int assent_selfsign_make(struct assent_selfsign *out, const char *const *names, size_t name_count,
                         struct assent_time now)
{
    mbedtls_pk_context key;
    mbedtls_x509write_cert writer;
    uint8_t probe;
    int error = ASSENT_ERR_CRYPTO;

    if (assent_tls_platform_random(NULL, &probe, 1) != 0) {
        return ASSENT_ERR_ENTROPY;
    }
    mbedtls_pk_init(&key);
    mbedtls_x509write_crt_init(&writer);
    if (assent_tls_key_make(&key) == 0 && describe(&writer, &key, now) == 0 &&
        set_names(&writer, names, name_count) == 0) {
        error = finish(out, &key, &writer);
    }
    mbedtls_x509write_crt_free(&writer);
    mbedtls_pk_free(&key);
    if (error != ASSENT_OK) {
        assent_bytes_wipe(out, sizeof(*out));
    }
    return error;
}
