/* SPDX-License-Identifier: MIT */
#include "http/upstream_setting.h"

#include <string.h>

#include "core/bytes.h"
#include "core/words.h"
#include "storage/layout.h"

enum {
    TRUST_AT = 1,
    INSERT_AT = 2,
    PORT_AT = 4,
    DIGEST_AT = 6,
    NAME_AT = 38,
    TEXT_BYTES = 1 + ASSENT_UPSTREAM_NAME_BYTES,
    HOST_AT = NAME_AT + TEXT_BYTES,
    FIELD_AT = HOST_AT + TEXT_BYTES,
    END_AT = FIELD_AT + TEXT_BYTES,
    KEY_BYTES = 12
};

const char assent_upstream_setting_trust_words[] = "plain\0"
                                                   "ca\0"
                                                   "pin\0"
                                                   "insecure\0";

bool assent_upstream_setting_put(struct assent_upstream_text *out, struct assent_span text)
{
    if (text.len > ASSENT_UPSTREAM_NAME_BYTES) {
        return false;
    }
    memset(out, 0, sizeof(*out));
    if (text.len > 0) {
        memcpy(out->bytes, text.ptr, text.len);
    }
    out->len = (uint8_t)text.len;
    return true;
}

/* ---- what is in range ---- */

/* Whether a text has letters, digits and these other signs alone. */
static bool has_only(const struct assent_upstream_text *text, const char *others)
{
    for (unsigned i = 0; i < text->len; i++) {
        uint8_t c = assent_span_lower(text->bytes[i]);
        bool good = (uint8_t)(c - 'a') < 26 || (uint8_t)(c - '0') < 10;

        for (const char *other = others; *other != '\0' && !good; other++) {
            good = c == (uint8_t)*other;
        }
        if (!good) {
            return false;
        }
    }
    return true;
}

/* Names that mean something else to an application or on the way to it. */
static bool is_taken(struct assent_span name)
{
    static const char taken[] = "accept\0"
                                "accept-encoding\0"
                                "accept-language\0"
                                "authorization\0"
                                "connection\0"
                                "content-length\0"
                                "content-type\0"
                                "cookie\0"
                                "date\0"
                                "expect\0"
                                "forwarded\0"
                                "host\0"
                                "keep-alive\0"
                                "max-forwards\0"
                                "origin\0"
                                "proxy-authorization\0"
                                "proxy-connection\0"
                                "range\0"
                                "referer\0"
                                "sec-gpc\0"
                                "te\0"
                                "trailer\0"
                                "transfer-encoding\0"
                                "upgrade\0"
                                "user-agent\0"
                                "via\0"
                                "x-forwarded-for\0"
                                "x-forwarded-host\0"
                                "x-forwarded-proto\0";

    return assent_words_find(taken, name) < 29;
}

static bool is_zero(const uint8_t *bytes, size_t len)
{
    uint8_t sum = 0;

    for (size_t i = 0; i < len; i++) {
        sum |= bytes[i];
    }
    return sum == 0;
}

const char *assent_upstream_setting_check(const struct assent_upstream_setting *setting)
{
    bool empty = is_zero(setting->digest, sizeof(setting->digest));

    if (setting->name.len == 0 || !has_only(&setting->name, "-._") ||
        setting->name.bytes[0] == '.' || setting->name.bytes[0] == '-') {
        return "name";
    }
    if (setting->port == 0) {
        return "port";
    }
    if (!has_only(&setting->host, "-._:[]")) {
        return "host";
    }
    if (!has_only(&setting->field, "-") || is_taken(assent_upstream_text(&setting->field))) {
        return "field";
    }
    switch (setting->trust) {
    case ASSENT_UPSTREAM_CA:
        return NULL;
    case ASSENT_UPSTREAM_PIN:
        return empty ? "tls" : NULL;
    default:
        return setting->trust < ASSENT_UPSTREAM_TRUSTS && empty ? NULL : "tls";
    }
}

/* ---- the record ---- */

static void put_text(uint8_t *at, const struct assent_upstream_text *text)
{
    at[0] = text->len;
    memcpy(at + 1, text->bytes, text->len);
}

static bool get_text(const uint8_t *at, struct assent_upstream_text *text)
{
    return assent_upstream_setting_put(text, assent_span(at + 1, at[0])) &&
           is_zero(at + 1 + text->len, ASSENT_UPSTREAM_NAME_BYTES - (size_t)text->len);
}

void assent_upstream_setting_encode(const struct assent_upstream_setting *setting,
                                    uint8_t out[ASSENT_UPSTREAM_RECORD_BYTES])
{
    memset(out, 0, ASSENT_UPSTREAM_RECORD_BYTES);
    out[0] = ASSENT_UPSTREAM_VERSION;
    out[TRUST_AT] = setting->trust;
    out[INSERT_AT] = setting->insert ? 1 : 0;
    out[PORT_AT] = (uint8_t)setting->port;
    out[PORT_AT + 1] = (uint8_t)(setting->port >> 8);
    memcpy(out + DIGEST_AT, setting->digest, sizeof(setting->digest));
    put_text(out + NAME_AT, &setting->name);
    put_text(out + HOST_AT, &setting->host);
    put_text(out + FIELD_AT, &setting->field);
}

int assent_upstream_setting_decode(struct assent_span in, struct assent_upstream_setting *setting)
{
    const uint8_t *at = in.ptr;

    if (in.len == 0 || at[0] != ASSENT_UPSTREAM_VERSION) {
        return in.len == 0 ? ASSENT_ERR_CORRUPT : ASSENT_ERR_VERSION;
    }
    if (in.len != ASSENT_UPSTREAM_RECORD_BYTES || at[INSERT_AT] > 1 || at[INSERT_AT + 1] != 0 ||
        !is_zero(at + END_AT, ASSENT_UPSTREAM_RECORD_BYTES - END_AT)) {
        return ASSENT_ERR_CORRUPT;
    }
    setting->trust = at[TRUST_AT];
    setting->insert = at[INSERT_AT] != 0;
    setting->port = (uint16_t)(at[PORT_AT] | (unsigned)at[PORT_AT + 1] << 8);
    memcpy(setting->digest, at + DIGEST_AT, sizeof(setting->digest));
    return get_text(at + NAME_AT, &setting->name) && get_text(at + HOST_AT, &setting->host) &&
                   get_text(at + FIELD_AT, &setting->field) &&
                   assent_upstream_setting_check(setting) == NULL
               ? ASSENT_OK
               : ASSENT_ERR_CORRUPT;
}

/* ---- the store ---- */

static struct assent_span key_of(uint8_t room[KEY_BYTES], const char *name, uint8_t site)
{
    size_t len = strlen(name);

    memcpy(room, name, len);
    room[len] = site;
    return assent_span(room, len + 1);
}

static int digest_of(const struct assent_crypto *crypto, struct assent_span bytes,
                     uint8_t out[ASSENT_SHA256_BYTES])
{
    return crypto->sha256(crypto->ctx, &bytes, 1, out);
}

int assent_upstream_setting_read(struct assent_kv *kv, const struct assent_crypto *crypto,
                                 uint8_t site, struct assent_upstream_setting *setting,
                                 uint8_t ca[ASSENT_UPSTREAM_CA_BYTES], size_t *ca_len)
{
    uint8_t record[ASSENT_UPSTREAM_RECORD_BYTES];
    uint8_t digest[ASSENT_SHA256_BYTES];
    uint8_t key[KEY_BYTES];
    int got = assent_kv_get(kv, ASSENT_SPACE_BOARD, key_of(key, "upstream", site), record,
                            sizeof(record));
    int error = got == ASSENT_ERR_SPACE ? ASSENT_ERR_VERSION : got;

    *ca_len = 0;
    if (got >= 0) {
        error = assent_upstream_setting_decode(assent_span(record, (size_t)got), setting);
    }
    if (error != ASSENT_OK || setting->trust != ASSENT_UPSTREAM_CA ||
        is_zero(setting->digest, sizeof(setting->digest))) {
        return error;
    }
    got = assent_kv_get(kv, ASSENT_SPACE_BOARD, key_of(key, "upstream-ca", site), ca,
                        ASSENT_UPSTREAM_CA_BYTES);
    if (got < 0) {
        return got == ASSENT_ERR_NOT_FOUND ? ASSENT_ERR_CORRUPT : got;
    }
    *ca_len = (size_t)got;
    error = digest_of(crypto, assent_span(ca, *ca_len), digest);
    return error == ASSENT_OK && memcmp(digest, setting->digest, sizeof(digest)) != 0
               ? ASSENT_ERR_CORRUPT
               : error;
}

int assent_upstream_setting_write(struct assent_kv *kv, struct assent_audit_log *audit,
                                  const struct assent_crypto *crypto, uint8_t site,
                                  struct assent_upstream_setting *setting, struct assent_span ca,
                                  struct assent_time now)
{
    struct assent_audit_entry entry = {
        .type = ASSENT_AUDIT_UPSTREAM_SET, .site = site, .time = now};
    uint8_t record[ASSENT_UPSTREAM_RECORD_BYTES];
    uint8_t digest[ASSENT_SHA256_BYTES];
    uint8_t keys[2][KEY_BYTES];
    bool with_ca = setting != NULL && setting->trust == ASSENT_UPSTREAM_CA && ca.len > 0;
    struct assent_store_item items[3] = {
        {ASSENT_SPACE_BOARD, key_of(keys[0], "upstream", site), {NULL, 0}, setting == NULL},
        {ASSENT_SPACE_BOARD, key_of(keys[1], "upstream-ca", site), {NULL, 0}, !with_ca}};
    int error = ASSENT_OK;

    if (with_ca) {
        error = ca.len > ASSENT_UPSTREAM_CA_BYTES ? ASSENT_ERR_RANGE
                                                  : digest_of(crypto, ca, setting->digest);
        items[1].value = ca;
    } else if (setting != NULL && setting->trust == ASSENT_UPSTREAM_CA) {
        memset(setting->digest, 0, sizeof(setting->digest));
    }
    if (setting != NULL && error == ASSENT_OK) {
        error = assent_upstream_setting_check(setting) != NULL ? ASSENT_ERR_RANGE : ASSENT_OK;
    }
    if (setting != NULL && error == ASSENT_OK) {
        assent_upstream_setting_encode(setting, record);
        items[0].value = assent_span(record, sizeof(record));
        error = digest_of(crypto, items[0].value, digest);
        memcpy(entry.detail, digest, sizeof(entry.detail));
    }
    if (error != ASSENT_OK) {
        return error;
    }
    return audit != NULL ? assent_audit_log_apply(audit, items, 2, &entry)
                         : assent_kv_apply(kv, items, 2);
}
