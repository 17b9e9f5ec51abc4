/* SPDX-License-Identifier: MIT */
/* Secrets of the device: token keys with rotation and revocation, derived secrets, the seed. */
#include "storage/keys.h"

#include <stdbool.h>
#include <string.h>

#include "core/bytes.h"
#include "storage/fixed.h"
#include "storage/layout.h"

enum { VALUE_VERSION = 2, IDS_OFFSET = 4, KEYS_OFFSET = 6, VALUE_BYTES = 70, NAME_BYTES = 31 };

_Static_assert(KEYS_OFFSET + ASSENT_TOKEN_KEYS * ASSENT_SHA256_BYTES == VALUE_BYTES, "value");

/* ---- token keys, as they are stored ---- */

struct value {
    uint8_t bytes[VALUE_BYTES];
};

static int get_value(struct assent_keys *keys, uint8_t site, struct value *value)
{
    const uint8_t name[] = {'t', site};
    int error = assent_fixed_get(keys->kv, ASSENT_SPACE_KEYS, assent_span(name, sizeof(name)),
                                 value->bytes, sizeof(value->bytes));

    if (error == ASSENT_OK && value->bytes[0] != VALUE_VERSION) {
        error = ASSENT_ERR_VERSION;
    }
    if (error == ASSENT_OK && (value->bytes[1] < 1 || value->bytes[1] > ASSENT_TOKEN_KEYS)) {
        error = ASSENT_ERR_CORRUPT;
    }
    return error;
}

/* Hand them out, if there was no error, and wipe them. */
static int hand_out(int error, struct value *value, struct assent_token_keys *out)
{
    if (error == ASSENT_OK) {
        out->count = value->bytes[1];
        out->generation = assent_bytes_load16(value->bytes + 2);
        memcpy(out->id, value->bytes + IDS_OFFSET, sizeof(out->id));
        memcpy(out->key, value->bytes + KEYS_OFFSET, sizeof(out->key));
    }
    assent_bytes_wipe(value, sizeof(*value));
    return error;
}

int assent_keys_load(struct assent_keys *keys, uint8_t site, struct assent_token_keys *out)
{
    struct value value;
    int error = get_value(keys, site, &value);

    return hand_out(error, &value, out);
}

/* A new key in place 0; place 1 keeps the one before. */
static int shift(struct assent_keys *keys, struct value *value)
{
    uint8_t *ids = value->bytes + IDS_OFFSET;
    uint8_t *first = value->bytes + KEYS_OFFSET;

    memcpy(first + ASSENT_SHA256_BYTES, first, ASSENT_SHA256_BYTES);
    ids[1] = ids[0]++;
    if (value->bytes[1] < ASSENT_TOKEN_KEYS) {
        value->bytes[1]++;
    }
    return keys->entropy->random(keys->entropy->ctx, first, ASSENT_SHA256_BYTES);
}

/* Store them, with their audit entry unless its type is NONE. */
static int put_value(struct assent_keys *keys, uint8_t site, const struct value *value,
                     struct assent_audit_entry *entry)
{
    const uint8_t name[] = {'t', site};
    struct assent_store_item items[2] = {{ASSENT_SPACE_KEYS, assent_span(name, sizeof(name)),
                                          assent_span(value->bytes, sizeof(value->bytes)), false}};

    entry->site = site;
    return entry->type == ASSENT_AUDIT_NONE || keys->audit == NULL
               ? assent_kv_apply(keys->kv, items, 1)
               : assent_audit_log_apply(keys->audit, items, 1, entry);
}

int assent_keys_create(struct assent_keys *keys, uint8_t site)
{
    struct assent_audit_entry none = {.type = ASSENT_AUDIT_NONE};
    struct value value;
    int error = get_value(keys, site, &value);

    if (error == ASSENT_ERR_NOT_FOUND) {
        value = (struct value){{VALUE_VERSION, 0, 1}}; /* generation 1 */
        error = shift(keys, &value);
        if (error == ASSENT_OK) {
            error = put_value(keys, site, &value, &none);
        }
    }
    assent_bytes_wipe(&value, sizeof(value));
    return error;
}

int assent_keys_change(struct assent_keys *keys, uint8_t site, enum assent_audit_type type,
                       struct assent_time now, struct assent_token_keys *out)
{
    struct assent_audit_entry entry = {.type = (uint8_t)type, .time = now};
    struct value value;
    int error = get_value(keys, site, &value);
    bool rotate = type == ASSENT_AUDIT_KEY_ROTATED;
    uint16_t generation = assent_bytes_load16(value.bytes + 2);
    bool used_up = !rotate && generation == UINT16_MAX;

    if (error == ASSENT_OK && (rotate || used_up)) {
        error = shift(keys, &value);
    }
    if (used_up) { /* tokens of the numbers that come again are of keys that are gone */
        value.bytes[1] = 1;
        memset(value.bytes + KEYS_OFFSET + ASSENT_SHA256_BYTES, 0, ASSENT_SHA256_BYTES);
        generation = 0;
    }
    entry.detail[0] = value.bytes[IDS_OFFSET];
    if (!rotate) {
        assent_bytes_store16(value.bytes + 2, (uint16_t)(generation + 1));
        memcpy(entry.detail, value.bytes + 2, 2);
    }
    if (error == ASSENT_OK) {
        error = put_value(keys, site, &value, &entry);
    }
    return hand_out(error, &value, out);
}

/* ---- secrets ---- */

static int get_secret(struct assent_keys *keys, struct assent_span name,
                      uint8_t out[ASSENT_SHA256_BYTES])
{
    return assent_fixed_get(keys->kv, ASSENT_SPACE_KEYS, name, out, ASSENT_SHA256_BYTES);
}

static int put_secret(struct assent_keys *keys, struct assent_span name,
                      const uint8_t secret[ASSENT_SHA256_BYTES])
{
    return assent_kv_put(keys->kv, ASSENT_SPACE_KEYS, name,
                         assent_span(secret, ASSENT_SHA256_BYTES));
}

int assent_keys_secret(struct assent_keys *keys, struct assent_span purpose, uint8_t site,
                       uint8_t out[ASSENT_SHA256_BYTES])
{
    uint8_t device[ASSENT_SHA256_BYTES];
    const struct assent_span parts[] = {ASSENT_SPAN("assent secret"), assent_span(&site, 1),
                                        purpose};
    int error = get_secret(keys, ASSENT_SPAN("d"), device);

    if (error == ASSENT_ERR_NOT_FOUND) {
        error = keys->entropy->random(keys->entropy->ctx, device, sizeof(device));
        if (error == ASSENT_OK) {
            error = put_secret(keys, ASSENT_SPAN("d"), device);
        }
    }
    if (error == ASSENT_OK) {
        error = keys->crypto->hmac(keys->crypto->ctx, device, parts, 3, out);
    }
    assent_bytes_wipe(device, sizeof(device));
    return error;
}

int assent_keys_seed_provision(struct assent_keys *keys, const uint8_t seed[ASSENT_SHA256_BYTES])
{
    return put_secret(keys, ASSENT_SPAN("e"), seed);
}

int assent_keys_seed(struct assent_keys *keys, struct assent_span fresh,
                     uint8_t out[ASSENT_SHA256_BYTES])
{
    const struct assent_crypto *crypto = keys->crypto;
    uint8_t seed[2][ASSENT_SHA256_BYTES]; /* the kept one and the next */
    struct assent_span parts[] = {ASSENT_SPAN("assent seed next"), fresh};
    int error = get_secret(keys, ASSENT_SPAN("e"), seed[0]);

    if (error == ASSENT_OK) {
        error = crypto->hmac(crypto->ctx, seed[0], parts, 2, seed[1]);
    }
    if (error == ASSENT_OK) {
        error = put_secret(keys, ASSENT_SPAN("e"), seed[1]);
    }
    if (error == ASSENT_OK) {
        parts[0] = ASSENT_SPAN("assent seed use");
        error = crypto->hmac(crypto->ctx, seed[0], parts, 2, out);
    }
    assent_bytes_wipe(seed, sizeof(seed));
    return error;
}

/* ---- by name ---- */

/* Length of the key of a name; 0, which the store refuses, if the name has none. */
static size_t name_key(struct assent_span name, uint8_t key[1 + NAME_BYTES])
{
    key[0] = 'n';
    if (name.len == 0 || name.len > NAME_BYTES) {
        return 0;
    }
    memcpy(key + 1, name.ptr, name.len);
    return name.len + 1;
}

int assent_keys_get(struct assent_keys *keys, struct assent_span name, uint8_t *out, size_t cap)
{
    uint8_t key[1 + NAME_BYTES];

    return assent_kv_get(keys->kv, ASSENT_SPACE_KEYS, assent_span(key, name_key(name, key)), out,
                         cap);
}

int assent_keys_put(struct assent_keys *keys, struct assent_span name, struct assent_span value)
{
    uint8_t key[1 + NAME_BYTES];
    const struct assent_store_item item = {ASSENT_SPACE_KEYS, assent_span(key, name_key(name, key)),
                                           value, value.len == 0};

    return assent_kv_apply(keys->kv, &item, 1);
}
