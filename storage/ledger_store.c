/* SPDX-License-Identifier: MIT */
/* The ledger of a site in the key-value store. */
#include "storage/ledger_store.h"

#include <string.h>

#include "core/bytes.h"
#include "storage/layout.h"

enum {
    KEY_BYTES = 13, /* site and the start of the hash */
    DAY_BYTES = 2,
    VALUE_BYTES = DAY_BYTES + ASSENT_LEDGER_TUPLE_BYTES,
    FORGET_AT_ONCE = 64
};

#define DAY_S UINT32_C(86400)

/* Days since 1970; 0 if nobody knows. */
static uint16_t today(const struct assent_ledger_store *store)
{
    struct assent_time now;

    if (store->clock == NULL) {
        return 0;
    }
    now = store->clock->now(store->clock->ctx);
    return now.trust == ASSENT_CLOCK_NONE || now.unix_s / DAY_S > UINT16_MAX
               ? 0
               : (uint16_t)(now.unix_s / DAY_S);
}

static int make_key(const struct assent_ledger_store *store, struct assent_span tuple,
                    uint8_t key[KEY_BYTES])
{
    uint8_t hash[ASSENT_SHA256_BYTES];
    int error = store->crypto->sha256(store->crypto->ctx, &tuple, 1, hash);

    key[0] = store->site;
    memcpy(key + 1, hash, KEY_BYTES - 1);
    return error;
}

/* The next tuple of the site with the day it was last seen: length of its bytes at value + DAY_BYTES,
 * or an error. */
static int walk(struct assent_ledger_store *store, uint64_t *cursor,
                uint8_t key[ASSENT_KV_KEY_BYTES], uint8_t value[VALUE_BYTES])
{
    for (;;) {
        int len = assent_kv_next(store->kv, ASSENT_SPACE_LEDGER, cursor, key);

        if (len < 0) {
            return len;
        }
        if (len == KEY_BYTES && key[0] == store->site) {
            len = assent_kv_get(store->kv, ASSENT_SPACE_LEDGER, assent_span(key, KEY_BYTES), value,
                                VALUE_BYTES);
            if (len > DAY_BYTES) {
                return len - DAY_BYTES;
            }
        }
    }
}

static struct assent_span key_span(const uint8_t *key)
{
    return assent_span(key, KEY_BYTES);
}

/* Count the tuples, and find the one that was longest not seen. */
static int survey(struct assent_ledger_store *store, uint8_t scratch[VALUE_BYTES],
                  uint8_t oldest[KEY_BYTES], uint16_t *day)
{
    uint8_t key[ASSENT_KV_KEY_BYTES];
    uint64_t cursor = 0;
    int len;

    store->count = 0;
    *day = UINT16_MAX;
    while ((len = walk(store, &cursor, key, scratch)) >= 0) {
        uint16_t seen = assent_bytes_load16(scratch);

        store->count++;
        if (seen < *day) {
            *day = seen;
            memcpy(oldest, key, KEY_BYTES);
        }
    }
    store->counted = len == ASSENT_ERR_NOT_FOUND;
    return store->counted ? ASSENT_OK : len;
}

/* Make room for one tuple if there is none: oldest is the one to go. */
static int make_room(struct assent_ledger_store *store, uint16_t day, uint8_t scratch[VALUE_BYTES],
                     uint8_t oldest[KEY_BYTES], bool *replaces)
{
    uint16_t seen = 0;
    int error;

    *replaces = false;
    if (store->counted && store->count < ASSENT_LEDGER_TUPLES) {
        return ASSENT_OK;
    }
    if (store->counted && store->full_day == day) {
        return ASSENT_ERR_FULL; /* the same as a while ago */
    }
    error = survey(store, scratch, oldest, &seen);
    if (error != ASSENT_OK || store->count < ASSENT_LEDGER_TUPLES) {
        return error;
    }
    *replaces = day >= ASSENT_LEDGER_DAYS && seen <= day - ASSENT_LEDGER_DAYS;
    store->full_day = day;
    return *replaces ? ASSENT_OK : ASSENT_ERR_FULL;
}

static int learn_new(struct assent_ledger_store *store, const uint8_t key[KEY_BYTES],
                     struct assent_span value, uint16_t day, uint8_t scratch[VALUE_BYTES])
{
    uint8_t oldest[KEY_BYTES];
    bool replaces;
    int error = make_room(store, day, scratch, oldest, &replaces);
    const struct assent_store_item items[] = {
        {ASSENT_SPACE_LEDGER, key_span(key), value, false},
        {ASSENT_SPACE_LEDGER, key_span(oldest), {NULL, 0}, true},
    };

    if (error == ASSENT_OK) {
        error = assent_kv_apply(store->kv, items, replaces ? 2 : 1);
    }
    if (error == ASSENT_OK && replaces) {
        store->full_day = 0;
    } else if (error == ASSENT_OK) {
        store->count++;
    } else if (error == ASSENT_ERR_FULL) {
        store->full_count++;
    }
    return error;
}

static int learn(void *ctx, const struct assent_ledger_tuple *tuple)
{
    struct assent_ledger_store *store = ctx;
    uint16_t day = today(store);
    uint8_t key[KEY_BYTES];
    uint8_t value[VALUE_BYTES];
    uint8_t known[VALUE_BYTES];
    int len = assent_ledger_encode(tuple, value + DAY_BYTES);
    struct assent_span bytes = assent_span(value, DAY_BYTES + (len < 0 ? 0 : (size_t)len));
    int error =
        len < 0 ? len : make_key(store, assent_span_slice(bytes, DAY_BYTES, bytes.len), key);
    int got;

    if (error != ASSENT_OK) {
        return error;
    }
    assent_bytes_store16(value, day);
    got = assent_kv_get(store->kv, ASSENT_SPACE_LEDGER, key_span(key), known, sizeof(known));
    if (got == ASSENT_ERR_NOT_FOUND) {
        return learn_new(store, key, bytes, day, known);
    }
    if (got == (int)bytes.len &&
        (day == 0 || day < assent_bytes_load16(known) + ASSENT_LEDGER_DAYS)) {
        return ASSENT_OK;
    }
    if (got < 0 && got != ASSENT_ERR_CORRUPT && got != ASSENT_ERR_SPACE) {
        return got;
    }
    return assent_kv_put(store->kv, ASSENT_SPACE_LEDGER, key_span(key), bytes);
}

static int next(void *ctx, uint32_t *cursor, uint8_t buffer[ASSENT_LEDGER_TUPLE_BYTES],
                struct assent_ledger_tuple *tuple)
{
    struct assent_ledger_store *store = ctx;
    uint8_t key[ASSENT_KV_KEY_BYTES];
    uint8_t value[VALUE_BYTES];

    if (*cursor == 0) {
        store->cursor = 0;
        store->step = 0;
    }
    if (*cursor != store->step) {
        return ASSENT_ERR_NOT_FOUND; /* another walk has begun since */
    }
    for (;;) {
        int len = walk(store, &store->cursor, key, value);

        if (len < 0) {
            return len;
        }
        memcpy(buffer, value + DAY_BYTES, (size_t)len);
        if (assent_ledger_decode(assent_span(buffer, (size_t)len), tuple) == len) {
            *cursor = ++store->step;
            return ASSENT_OK;
        }
    }
}

struct assent_ledger assent_ledger_store(struct assent_ledger_store *store)
{
    struct assent_ledger ledger = {store, learn, next};

    return ledger;
}

int assent_ledger_store_forget(struct assent_ledger_store *store,
                               const struct assent_ledger_tuple *tuple)
{
    uint8_t key[ASSENT_KV_KEY_BYTES];
    uint8_t value[VALUE_BYTES];
    uint64_t cursor = 0;

    store->counted = false;
    if (tuple != NULL) {
        int len = assent_ledger_encode(tuple, value);
        int error = len < 0 ? len : make_key(store, assent_span(value, (size_t)len), key);

        return error != ASSENT_OK ? error
                                  : assent_kv_delete(store->kv, ASSENT_SPACE_LEDGER, key_span(key));
    }
    for (unsigned i = 0; i < FORGET_AT_ONCE; i++) {
        int len = walk(store, &cursor, key, value);
        int error = len < 0 ? len : assent_kv_delete(store->kv, ASSENT_SPACE_LEDGER, key_span(key));

        if (error != ASSENT_OK) {
            return error == ASSENT_ERR_NOT_FOUND ? 0 : error;
        }
    }
    return 1;
}
