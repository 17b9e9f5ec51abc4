/* SPDX-License-Identifier: MIT */
/* Secrets of the device: token keys with rotation and revocation, derived secrets, the seed. */
#include "storage/keys.h"

#include <string.h>

#include "core/bytes.h"
#include "storage/layout.h"

enum {
    VALUE_VERSION = 1,
    HEADER_BYTES = 4,
    ENTRY_BYTES = 1 + ASSENT_SHA256_BYTES,
    VALUE_BYTES = HEADER_BYTES + ASSENT_TOKEN_KEYS * ENTRY_BYTES,
    NAME_BYTES = 31
};

/* ---- token keys ---- */

struct site_key {
    uint8_t bytes[2];
};

static struct site_key key_of(uint8_t site)
{
    return (struct site_key){{'t', site}};
}

static size_t encode(const struct assent_token_keys *keys, uint8_t value[VALUE_BYTES])
{
    value[0] = VALUE_VERSION;
    value[1] = keys->count;
    assent_bytes_store16(value + 2, keys->generation);
    for (unsigned i = 0; i < keys->count; i++) {
        uint8_t *entry = value + HEADER_BYTES + i * ENTRY_BYTES;

        entry[0] = keys->id[i];
        memcpy(entry + 1, keys->key[i], ASSENT_SHA256_BYTES);
    }
    return HEADER_BYTES + keys->count * (size_t)ENTRY_BYTES;
}

static int decode(struct assent_span value, struct assent_token_keys *keys)
{
    if (value.len >= 1 && value.ptr[0] != VALUE_VERSION) {
        return ASSENT_ERR_VERSION;
    }
    if (value.len < HEADER_BYTES || value.ptr[1] < 1 || value.ptr[1] > ASSENT_TOKEN_KEYS ||
        value.len != HEADER_BYTES + value.ptr[1] * (size_t)ENTRY_BYTES) {
        return ASSENT_ERR_CORRUPT;
    }
    keys->count = value.ptr[1];
    keys->generation = assent_bytes_load16(value.ptr + 2);
    for (unsigned i = 0; i < keys->count; i++) {
        const uint8_t *entry = value.ptr + HEADER_BYTES + i * ENTRY_BYTES;

        keys->id[i] = entry[0];
        memcpy(keys->key[i], entry + 1, ASSENT_SHA256_BYTES);
    }
    return ASSENT_OK;
}

int assent_keys_load(struct assent_keys *keys, uint8_t site, struct assent_token_keys *out)
{
    struct site_key name = key_of(site);
    uint8_t value[VALUE_BYTES];
    int got = assent_kv_get(keys->kv, ASSENT_SPACE_KEYS,
                            assent_span(name.bytes, sizeof(name.bytes)), value, sizeof(value));
    int error = got < 0 ? got : decode(assent_span(value, (size_t)got), out);

    assent_bytes_wipe(value, sizeof(value));
    return error == ASSENT_ERR_SPACE ? ASSENT_ERR_VERSION : error;
}

/* Store them; with an audit entry if there is a type. */
static int save(struct assent_keys *keys, uint8_t site, const struct assent_token_keys *new,
                uint8_t type, struct assent_time now)
{
    struct site_key name = key_of(site);
    uint8_t value[VALUE_BYTES];
    struct assent_store_item items[2] = {{ASSENT_SPACE_KEYS,
                                          assent_span(name.bytes, sizeof(name.bytes)),
                                          assent_span(value, encode(new, value)), false}};
    struct assent_audit_entry entry = {.type = type, .site = site, .time = now};
    int error;

    if (type == ASSENT_AUDIT_KEY_ROTATED) {
        entry.detail[0] = new->id[0];
    } else {
        assent_bytes_store16(entry.detail, new->generation);
    }
    error = type == ASSENT_AUDIT_NONE || keys->audit == NULL
                ? assent_kv_apply(keys->kv, items, 1)
                : assent_audit_log_apply(keys->audit, items, 1, &entry);
    assent_bytes_wipe(value, sizeof(value));
    return error;
}

/* A new key in slot 0; slot 1 keeps the one before. */
static int shift(struct assent_keys *keys, struct assent_token_keys *set)
{
    uint8_t key[ASSENT_SHA256_BYTES];
    int error = keys->entropy->random(keys->entropy->ctx, key, sizeof(key));

    if (error != ASSENT_OK) {
        return error;
    }
    memcpy(set->key[1], set->key[0], sizeof(set->key[1]));
    memcpy(set->key[0], key, sizeof(key));
    set->id[1] = set->id[0];
    set->id[0]++;
    set->count = set->count < ASSENT_TOKEN_KEYS ? (uint8_t)(set->count + 1) : set->count;
    assent_bytes_wipe(key, sizeof(key));
    return ASSENT_OK;
}

int assent_keys_create(struct assent_keys *keys, uint8_t site)
{
    struct assent_token_keys set = {.generation = 1};
    struct assent_time never = {0, ASSENT_CLOCK_NONE};
    int error = assent_keys_load(keys, site, &set);

    if (error == ASSENT_ERR_NOT_FOUND) {
        error = shift(keys, &set);
        if (error == ASSENT_OK) {
            error = save(keys, site, &set, ASSENT_AUDIT_NONE, never);
        }
    }
    assent_bytes_wipe(&set, sizeof(set));
    return error;
}

int assent_keys_rotate(struct assent_keys *keys, uint8_t site, struct assent_time now,
                       struct assent_token_keys *out)
{
    struct assent_token_keys set = {.site = out->site};
    int error = assent_keys_load(keys, site, &set);

    if (error == ASSENT_OK) {
        error = shift(keys, &set);
    }
    if (error == ASSENT_OK) {
        error = save(keys, site, &set, ASSENT_AUDIT_KEY_ROTATED, now);
    }
    if (error == ASSENT_OK) {
        *out = set;
    }
    assent_bytes_wipe(&set, sizeof(set));
    return error;
}

int assent_keys_revoke(struct assent_keys *keys, uint8_t site, struct assent_time now,
                       struct assent_token_keys *out)
{
    struct assent_token_keys set = {.site = out->site};
    int error = assent_keys_load(keys, site, &set);

    if (error == ASSENT_OK && set.generation == UINT16_MAX) {
        error = shift(keys, &set);
        set.count = 1; /* tokens of the numbers that come again are of keys that are gone */
        set.generation = 0;
    }
    if (error == ASSENT_OK) {
        set.generation++;
        error = save(keys, site, &set, ASSENT_AUDIT_GENERATION_RAISED, now);
    }
    if (error == ASSENT_OK) {
        *out = set;
    }
    assent_bytes_wipe(&set, sizeof(set));
    return error;
}

/* ---- secrets ---- */

static int get_exact(struct assent_keys *keys, struct assent_span name,
                     uint8_t out[ASSENT_SHA256_BYTES])
{
    int got = assent_kv_get(keys->kv, ASSENT_SPACE_KEYS, name, out, ASSENT_SHA256_BYTES);

    return got < 0 ? got : got == ASSENT_SHA256_BYTES ? ASSENT_OK : ASSENT_ERR_CORRUPT;
}

int assent_keys_secret(struct assent_keys *keys, struct assent_span purpose, uint8_t site,
                       uint8_t out[ASSENT_SHA256_BYTES])
{
    uint8_t device[ASSENT_SHA256_BYTES];
    const struct assent_span parts[] = {ASSENT_SPAN("assent secret"), assent_span(&site, 1),
                                        purpose};
    int error = get_exact(keys, ASSENT_SPAN("d"), device);

    if (error == ASSENT_ERR_NOT_FOUND) {
        error = keys->entropy->random(keys->entropy->ctx, device, sizeof(device));
        if (error == ASSENT_OK) {
            error = assent_kv_put(keys->kv, ASSENT_SPACE_KEYS, ASSENT_SPAN("d"),
                                  assent_span(device, sizeof(device)));
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
    return assent_kv_put(keys->kv, ASSENT_SPACE_KEYS, ASSENT_SPAN("e"),
                         assent_span(seed, ASSENT_SHA256_BYTES));
}

int assent_keys_seed(struct assent_keys *keys, struct assent_span fresh,
                     uint8_t out[ASSENT_SHA256_BYTES])
{
    uint8_t seed[ASSENT_SHA256_BYTES];
    uint8_t next[ASSENT_SHA256_BYTES];
    const struct assent_span to_keep[] = {ASSENT_SPAN("assent seed next"), fresh};
    const struct assent_span to_use[] = {ASSENT_SPAN("assent seed use"), fresh};
    int error = get_exact(keys, ASSENT_SPAN("e"), seed);

    if (error == ASSENT_OK) {
        error = keys->crypto->hmac(keys->crypto->ctx, seed, to_keep, 2, next);
    }
    if (error == ASSENT_OK) {
        error = assent_keys_seed_provision(keys, next);
    }
    if (error == ASSENT_OK) {
        error = keys->crypto->hmac(keys->crypto->ctx, seed, to_use, 2, out);
    }
    assent_bytes_wipe(seed, sizeof(seed));
    assent_bytes_wipe(next, sizeof(next));
    return error;
}

/* ---- by name ---- */

static struct assent_span full_name(struct assent_span name, uint8_t room[1 + NAME_BYTES])
{
    room[0] = 'n';
    if (name.len > 0 && name.len <= NAME_BYTES) {
        memcpy(room + 1, name.ptr, name.len);
        return assent_span(room, name.len + 1);
    }
    return assent_span(NULL, 0); /* which the store refuses */
}

int assent_keys_get(struct assent_keys *keys, struct assent_span name, uint8_t *out, size_t cap)
{
    uint8_t room[1 + NAME_BYTES];

    return assent_kv_get(keys->kv, ASSENT_SPACE_KEYS, full_name(name, room), out, cap);
}

int assent_keys_put(struct assent_keys *keys, struct assent_span name, struct assent_span value)
{
    uint8_t room[1 + NAME_BYTES];
    struct assent_span key = full_name(name, room);

    return value.len > 0 ? assent_kv_put(keys->kv, ASSENT_SPACE_KEYS, key, value)
                         : assent_kv_delete(keys->kv, ASSENT_SPACE_KEYS, key);
}
