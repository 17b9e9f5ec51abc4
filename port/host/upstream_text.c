/* SPDX-License-Identifier: MIT */
#include "port/host/upstream_text.h"

#include <stdio.h>
#include <string.h>

#include "http/field.h"
#include "http/pem.h"
#include "port/crypto/mbedtls.h"

enum { PATH_BYTES = 512 };

static const char *complaint(int error)
{
    return error == ASSENT_ERR_NOT_FOUND ? "ca: no certificate in the file"
           : error == ASSENT_ERR_LIMIT   ? "ca: more than one certificate in the file"
           : error == ASSENT_ERR_SPACE   ? "ca: the certificate is too long"
                                         : "ca: the certificate is damaged";
}

static const char *read_ca(struct assent_span path, struct assent_upstream_setting *out,
                           uint8_t ca[ASSENT_UPSTREAM_CA_BYTES], size_t *ca_len)
{
    struct assent_crypto crypto = assent_mbedtls_hashes();
    struct assent_pem pem;
    struct assent_span der;
    uint8_t piece[512];
    char name[PATH_BYTES];
    bool whole;
    FILE *file;
    size_t len;
    int got;

    if (path.len >= sizeof(name)) {
        return "ca: the file cannot be read";
    }
    memcpy(name, path.ptr, path.len);
    name[path.len] = '\0';
    file = fopen(name, "rb");
    if (file == NULL) {
        return "ca: the file cannot be read";
    }
    assent_pem_init(&pem, ca, ASSENT_UPSTREAM_CA_BYTES);
    while ((len = fread(piece, 1, sizeof(piece), file)) > 0) {
        assent_pem_take(&pem, assent_span(piece, len));
    }
    whole = ferror(file) == 0;
    (void)fclose(file);
    got = assent_pem_end(&pem);
    if (!whole || got < 0) {
        return whole ? complaint(got) : "ca: the file cannot be read";
    }
    *ca_len = (size_t)got;
    der = assent_span(ca, *ca_len);
    out->trust = ASSENT_UPSTREAM_CA;
    return crypto.sha256(crypto.ctx, &der, 1, out->digest) == ASSENT_OK ? NULL : "ca";
}

static int digit_of(uint8_t c)
{
    c = assent_span_lower(c);
    return (uint8_t)(c - '0') < 10 ? c - '0' : (uint8_t)(c - 'a') < 6 ? c - 'a' + 10 : -1;
}

/* As digits with or without colons between them, such as openssl x509 -fingerprint writes. */
static bool read_pin(struct assent_span text, uint8_t out[ASSENT_SHA256_BYTES])
{
    unsigned digits = 0;

    memset(out, 0, ASSENT_SHA256_BYTES);
    for (size_t i = 0; i < text.len; i++) {
        int digit = digit_of(text.ptr[i]);

        if (text.ptr[i] == ':') {
            continue;
        }
        if (digit < 0 || digits == 2 * ASSENT_SHA256_BYTES) {
            return false;
        }
        out[digits / 2] = (uint8_t)(out[digits / 2] << 4 | digit);
        digits++;
    }
    return digits == 2 * ASSENT_SHA256_BYTES;
}

static const char *read_option(struct assent_span value, struct assent_upstream_setting *out,
                               uint8_t ca[ASSENT_UPSTREAM_CA_BYTES], size_t *ca_len)
{
    struct assent_span name = assent_span_take(&value, '=');

    if (assent_span_equal(name, ASSENT_SPAN("host"))) {
        return assent_upstream_setting_put(&out->host, value) ? NULL : "host";
    }
    if (assent_span_equal(name, ASSENT_SPAN("field"))) {
        return assent_upstream_setting_put(&out->field, value) ? NULL : "field";
    }
    if (assent_span_equal(name, ASSENT_SPAN("insert"))) {
        out->insert = !assent_span_equal(value, ASSENT_SPAN("no"));
        return out->insert && !assent_span_equal(value, ASSENT_SPAN("yes")) ? "insert" : NULL;
    }
    if (out->trust != ASSENT_UPSTREAM_PLAIN) {
        return "one of ca, pin and tls only";
    }
    if (assent_span_equal(name, ASSENT_SPAN("ca"))) {
        return read_ca(value, out, ca, ca_len);
    }
    if (assent_span_equal(name, ASSENT_SPAN("pin"))) {
        out->trust = ASSENT_UPSTREAM_PIN;
        return read_pin(value, out->digest) ? NULL : "pin";
    }
    out->trust = ASSENT_UPSTREAM_INSECURE;
    return assent_span_equal(name, ASSENT_SPAN("tls")) &&
                   assent_span_equal(value, ASSENT_SPAN("insecure"))
               ? NULL
               : "unknown option";
}

const char *upstream_text_read(struct assent_span text, struct assent_upstream_setting *out,
                               uint8_t ca[ASSENT_UPSTREAM_CA_BYTES], size_t *ca_len)
{
    struct assent_span port = assent_span_take(&text, ',');
    struct assent_span name = assent_span_take(&port, ':');
    const char *wrong = NULL;
    uint64_t number;

    *out = (struct assent_upstream_setting){.insert = true};
    *ca_len = 0;
    if (!assent_upstream_setting_put(&out->name, name)) {
        return "name";
    }
    if (assent_field_number(port, &number) != ASSENT_OK || number > UINT16_MAX) {
        return "port";
    }
    out->port = (uint16_t)number;
    while (wrong == NULL && text.len > 0) {
        wrong = read_option(assent_span_take(&text, ','), out, ca, ca_len);
    }
    return wrong != NULL ? wrong : assent_upstream_setting_check(out);
}
