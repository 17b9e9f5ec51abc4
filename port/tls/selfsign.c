/* SPDX-License-Identifier: MIT */
/* Writes a self-signed certificate with mbedTLS. */
#include "port/tls/selfsign.h"

#include <string.h>

#include <mbedtls/ecp.h>
#include <mbedtls/pk.h>
#include <mbedtls/x509_crt.h>

#include "core/bytes.h"
#include "port/tls/tls_platform.h"

enum { DAY_S = 86400, YEARS = 10, DAYS_OF_YEAR = 365, SERIAL_BYTES = 16 };

static const uint64_t earliest_s = 1577836800U; /* 2020-01-01T00:00:00Z */

static void digits(char *out, uint64_t value, unsigned count)
{
    while (count > 0) {
        out[--count] = (char)('0' + value % 10);
        value /= 10;
    }
}

/* Time as X.509 writes it: YYYYMMDDhhmmss, from the days since 1970 by the Gregorian calendar
 * (era of 400 years beginning on 1 March). */
static void write_time(char out[15], uint64_t unix_s)
{
    uint64_t days = unix_s / DAY_S + 719468;
    uint64_t era = days / 146097;
    uint64_t day = days % 146097;
    uint64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    uint64_t of_year = day - (365 * year + year / 4 - year / 100);
    uint64_t month = (5 * of_year + 2) / 153;

    digits(out + 6, of_year - (153 * month + 2) / 5 + 1, 2);
    month = month < 10 ? month + 3 : month - 9;
    digits(out, year + era * 400 + (month <= 2 ? 1 : 0), 4);
    digits(out + 4, month, 2);
    digits(out + 8, unix_s % DAY_S / 3600, 2);
    digits(out + 10, unix_s % 3600 / 60, 2);
    digits(out + 12, unix_s % 60, 2);
    out[14] = '\0';
}

/* The names it is valid for (RFC 5280 s. 4.2.1.6). */
static int set_names(mbedtls_x509write_cert *writer)
{
    static char local[] = "localhost";
    static char below[] = "*.localhost";
    static unsigned char loopback[] = {127, 0, 0, 1};
    mbedtls_x509_san_list list[3];

    memset(list, 0, sizeof(list));
    for (unsigned i = 0; i < 3; i++) {
        list[i].node.type = MBEDTLS_X509_SAN_DNS_NAME;
        list[i].next = i < 2 ? &list[i + 1] : NULL;
    }
    list[0].node.san.unstructured_name.p = (unsigned char *)local;
    list[0].node.san.unstructured_name.len = sizeof(local) - 1;
    list[1].node.san.unstructured_name.p = (unsigned char *)below;
    list[1].node.san.unstructured_name.len = sizeof(below) - 1;
    list[2].node.type = MBEDTLS_X509_SAN_IP_ADDRESS;
    list[2].node.san.unstructured_name.p = loopback;
    list[2].node.san.unstructured_name.len = sizeof(loopback);
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
    return error != 0 ? error : set_names(writer);
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

static int make(struct assent_selfsign *out, mbedtls_pk_context *key,
                mbedtls_x509write_cert *writer, struct assent_time now)
{
    int error = mbedtls_pk_setup(key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY));
    int len;

    if (error != 0 ||
        mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(*key),
                            assent_tls_platform_random, NULL) != 0 ||
        describe(writer, key, now) != 0) {
        return ASSENT_ERR_CRYPTO;
    }
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

int assent_selfsign_make(struct assent_selfsign *out, struct assent_time now)
{
    mbedtls_pk_context key;
    mbedtls_x509write_cert writer;
    uint8_t probe;
    int error;

    if (assent_tls_platform_random(NULL, &probe, 1) != 0) {
        return ASSENT_ERR_ENTROPY;
    }
    mbedtls_pk_init(&key);
    mbedtls_x509write_crt_init(&writer);
    error = make(out, &key, &writer, now);
    mbedtls_x509write_crt_free(&writer);
    mbedtls_pk_free(&key);
    if (error != ASSENT_OK) {
        assent_bytes_wipe(out, sizeof(*out));
    }
    return error;
}
