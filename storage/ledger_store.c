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
    struct assent_time now = {0, ASSENT_CLOCK_NONE};

    if (store->clock != NULL) {
        now = store->clock->now(store->clock->ctx);
    }
    return now.trust == ASSENT_CLOCK_NONE || now.unix_s > UINT16_MAX * (uint64_t)DAY_S
               ? 0
               : (uint16_t)(now.unix_s / DAY_S);
}

static struct assent_span key_span(const uint8_t *key)
{
    return assent_span(key, KEY_BYTES);
}

/* The key of a tuple, and its bytes at value + DAY_BYTES.
 *   return  length of the value, or an error */
static int encode(const struct assent_ledger_store *store, const struct assent_ledger_tuple *tuple,
                  uint8_t key[ASSENT_SHA256_BYTES + 1], uint8_t value[VALUE_BYTES])
{
    int len = assent_ledger_encode(tuple, value + DAY_BYTES);
    struct assent_span bytes = assent_span(value + DAY_BYTES, (size_t)len);
    int error = len < 0 ? len : store->crypto->sha256(store->crypto->ctx, &bytes, 1, key + 1);

    key[0] = store->site;
    return error != ASSENT_OK ? error : DAY_BYTES + len;
}

/* The next tuple of the site with the day it was last seen.
 *   return  length of the value, more than DAY_BYTES, or an error */
static int walk(struct assent_ledger_store *store, uint64_t *cursor,
                uint8_t key[ASSENT_KV_KEY_BYTES], uint8_t value[VALUE_BYTES])
{
    int len;

    while ((len = assent_kv_next(store->kv, ASSENT_SPACE_LEDGER, cursor, key)) >= 0) {
        if (len == KEY_BYTES && key[0] == store->site) {
            len = assent_kv_get(store->kv, ASSENT_SPACE_LEDGER, key_span(key), value, VALUE_BYTES);
            if (len > DAY_BYTES) {
                break;
            }
        }
    }
    return len;
}

/* Count the tuples, and find the one that was longest not seen.
 *   scratch  for values */
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

/* See to room for one more tuple.
 *   oldest  the tuple to go for it
 *   return  1 it has to go, 0 there is room; ASSENT_ERR_FULL and those of survey */
static int make_room(struct assent_ledger_store *store, uint16_t day, uint8_t scratch[VALUE_BYTES],
                     uint8_t oldest[KEY_BYTES])
{
    uint16_t seen;
    int error;

    if (store->counted && store->count < ASSENT_LEDGER_TUPLES) {
        return 0;
    }
    if (store->counted && store->full_day == day) {
        return ASSENT_ERR_FULL; /* the same as a while ago */
    }
    error = survey(store, scratch, oldest, &seen);
    if (error != ASSENT_OK || store->count < ASSENT_LEDGER_TUPLES) {
        return error;
    }
    store->full_day = day;
    return seen + ASSENT_LEDGER_DAYS <= day ? 1 : ASSENT_ERR_FULL;
}

static int learn(void *ctx, const struct assent_ledger_tuple *tuple)
{
    struct assent_ledger_store *store = ctx;
    uint16_t day = today(store);
    uint8_t key[ASSENT_SHA256_BYTES + 1];
    uint8_t oldest[KEY_BYTES];
    uint8_t value[VALUE_BYTES];
    uint8_t known[VALUE_BYTES];
    int len = encode(store, tuple, key, value);
    const struct assent_store_item items[] = {
        {ASSENT_SPACE_LEDGER, key_span(key), assent_span(value, (size_t)len), false},
        {ASSENT_SPACE_LEDGER, key_span(oldest), {NULL, 0}, true},
    };
    int replaced = 0;
    int error;
    int got;

    if (len < 0) {
        return len;
    }
    assent_bytes_store16(value, day);
    got = assent_kv_get(store->kv, ASSENT_SPACE_LEDGER, key_span(key), known, sizeof(known));
    if (got == len && (day == 0 || day < assent_bytes_load16(known) + ASSENT_LEDGER_DAYS)) {
        return ASSENT_OK;
    }
    if (got == ASSENT_ERR_NOT_FOUND) {
        replaced = make_room(store, day, known, oldest);
    } else if (got < 0 && got != ASSENT_ERR_CORRUPT && got != ASSENT_ERR_SPACE) {
        return got;
    }
    error = replaced < 0 ? replaced : assent_kv_apply(store->kv, items, 1 + (size_t)replaced);
    if (error == ASSENT_ERR_FULL) {
        store->full_count++;
    } else if (error == ASSENT_OK && replaced != 0) {
        store->full_day = 0;
    } else if (error == ASSENT_OK && got == ASSENT_ERR_NOT_FOUND) {
        store->count++;
    }
    return error;
}

static int next(void *ctx, uint32_t *cursor, uint8_t buffer[ASSENT_LEDGER_TUPLE_BYTES],
                struct assent_ledger_tuple *tuple)
{
    struct assent_ledger_store *store = ctx;
    uint8_t key[ASSENT_KV_KEY_BYTES];
    uint8_t value[VALUE_BYTES];
    int len;

    if (*cursor == 0) {
        store->cursor = 0;
        store->step = 0;
    }
    if (*cursor != store->step) {
        return ASSENT_ERR_NOT_FOUND; /* another walk has begun since */
    }
    do {
        len = walk(store, &store->cursor, key, value) - DAY_BYTES;
        if (len < 0) {
            return len + DAY_BYTES;
        }
        memcpy(buffer, value + DAY_BYTES, (size_t)len);
    } while (assent_ledger_decode(assent_span(buffer, (size_t)len), tuple) != len);
    *cursor = ++store->step;
    return ASSENT_OK;
}

struct assent_ledger assent_ledger_store(struct assent_ledger_store *store)
{
    struct assent_ledger ledger = {store, learn, next};

    return ledger;
}

int assent_ledger_store_forget(struct assent_ledger_store *store,
                               const struct assent_ledger_tuple *tuple)
{
    uint8_t key[ASSENT_SHA256_BYTES + 1];
    uint8_t value[VALUE_BYTES];
    uint64_t cursor = 0;
    int more = 1;

    store->counted = false;
    for (unsigned i = 0; i < FORGET_AT_ONCE && more > 0; i++) {
        int len =
            tuple != NULL ? encode(store, tuple, key, value) : walk(store, &cursor, key, value);

        more = len < 0 ? len : assent_kv_delete(store->kv, ASSENT_SPACE_LEDGER, key_span(key));
        more = more == ASSENT_OK && tuple == NULL ? 1 : more;
    }
    return more == ASSENT_ERR_NOT_FOUND && tuple == NULL ? 0 : more;
}
