/* SPDX-License-Identifier: MIT */
/* Making and opening an audit log: where it ends, and whether anything is missing. */
#include <string.h>

#include "core/bytes.h"
#include "storage/audit_ring.h"
#include "storage/layout.h"

/* A key from another one and a name. */
static int name_key(const struct assent_crypto *crypto, const uint8_t master[ASSENT_SHA256_BYTES],
                    struct assent_span name, uint8_t out[ASSENT_SHA256_BYTES])
{
    return crypto->hmac(crypto->ctx, master, &name, 1, out);
}

int assent_audit_log_derive(const struct assent_crypto *crypto,
                            const uint8_t master[ASSENT_SHA256_BYTES],
                            uint8_t chain_key[ASSENT_SHA256_BYTES],
                            uint8_t seal_key[ASSENT_SHA256_BYTES])
{
    int error = name_key(crypto, master, ASSENT_SPAN("assent audit chain"), chain_key);

    return error != ASSENT_OK
               ? error
               : name_key(crypto, master, ASSENT_SPAN("assent audit seal"), seal_key);
}

int assent_audit_log_format(struct assent_audit_log *log,
                            const uint8_t chain_key[ASSENT_SHA256_BYTES],
                            const uint8_t seal_key[ASSENT_SHA256_BYTES])
{
    struct assent_audit_chain chain = {.epoch = 0};
    struct assent_audit_sector sector;
    struct assent_store_item items[] = {
        {ASSENT_SPACE_AUDIT, ASSENT_SPAN("k"), {NULL, 0}, true},
        {ASSENT_SPACE_AUDIT, ASSENT_SPAN("s"), assent_span(seal_key, ASSENT_SHA256_BYTES), false},
        {ASSENT_SPACE_SYSTEM, ASSENT_SPAN("a"), {NULL, 0}, true},
    };
    int error = assent_kv_apply(log->kv, items, sizeof(items) / sizeof(items[0]));

    log->mounted = false;
    for (uint32_t place = 0; place < log->flash->sector_count && error == ASSENT_OK; place++) {
        error = assent_audit_ring_look(log, place, &sector);
        if (error == ASSENT_OK) {
            error = assent_audit_ring_erase(log, place, sector.erases);
        }
    }
    if (error == ASSENT_OK) {
        memcpy(chain.key, chain_key, sizeof(chain.key));
        memcpy(log->seal_key, seal_key, sizeof(log->seal_key));
        log->now = (struct assent_time){0, ASSENT_CLOCK_NONE};
        error = assent_audit_keep_store(log, &chain);
        assent_bytes_wipe(&chain, sizeof(chain));
    }
    return error;
}

/* ---- the newest sector ---- */

/* The newest of count sectors, from the place of an epoch on. */
static int find_newest(const struct assent_audit_log *log, uint32_t epoch, uint32_t count,
                       struct assent_audit_sector *newest)
{
    int result = ASSENT_ERR_NOT_FOUND;

    for (; count > 0; count--, epoch++) {
        struct assent_audit_sector sector;
        int error = assent_audit_ring_look(log, epoch, &sector);

        if (error != ASSENT_OK || sector.foreign) {
            return error != ASSENT_OK ? error : ASSENT_ERR_VERSION;
        }
        if (sector.valid && (result != ASSENT_OK || sector.epoch > newest->epoch)) {
            *newest = sector;
            result = ASSENT_OK;
        }
    }
    return result;
}

/* ---- the end of a sector ---- */

/* The first slot of the chain's sector that looks blank: slots are used in order. */
static int find_blank(const struct assent_audit_log *log, uint32_t *slot)
{
    uint32_t high = assent_audit_ring_slots(log);

    *slot = 0;
    while (*slot < high) {
        uint32_t middle = (*slot + high) / 2;
        uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES];

        if (assent_audit_ring_read(log, log->chain.epoch, middle, bytes) != ASSENT_OK) {
            return ASSENT_ERR_IO;
        }
        if (assent_audit_ring_filled(bytes, sizeof(bytes), 0xFF)) {
            high = middle;
        } else {
            *slot = middle + 1;
        }
    }
    return ASSENT_OK;
}

/* The last slot below *slot that reads as an entry of this epoch. */
static int step_back(const struct assent_audit_log *log, uint32_t epoch, uint32_t *slot,
                     struct assent_audit_entry *entry, uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES])
{
    while (*slot > 0) {
        --*slot;
        if (assent_audit_ring_read(log, epoch, *slot, bytes) != ASSENT_OK) {
            return ASSENT_ERR_IO;
        }
        if (assent_audit_decode(bytes, entry) == ASSENT_OK && entry->epoch == epoch) {
            return ASSENT_OK;
        }
    }
    return ASSENT_ERR_NOT_FOUND;
}

/* Move the chain, which stands at the start of its sector, behind the last entry that verifies: one
 * that comes out the same when it is made again behind the MAC of the one before it. So one that is
 * torn or damaged is passed over. */
static int find_end(struct assent_audit_log *log)
{
    struct assent_audit_chain chain = log->chain;
    uint32_t first = chain.sequence;
    uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES];
    uint8_t other[ASSENT_AUDIT_ENTRY_BYTES];
    struct assent_audit_entry entry;
    struct assent_audit_entry older;
    uint32_t slot;
    int error = find_blank(log, &slot);

    log->slot = (uint16_t)slot;
    while (error == ASSENT_OK &&
           (error = step_back(log, chain.epoch, &slot, &entry, bytes)) == ASSENT_OK) {
        uint32_t before = slot;

        chain.sequence = entry.sequence;
        memcpy(chain.mac, log->chain.mac, sizeof(chain.mac));
        if (entry.sequence != first &&
            step_back(log, chain.epoch, &before, &older, other) == ASSENT_OK) {
            memcpy(chain.mac, other + ASSENT_AUDIT_BODY_BYTES, sizeof(chain.mac));
        }
        if (assent_audit_append(&chain, log->crypto, &entry, other) == ASSENT_OK &&
            assent_bytes_equal_secret(other, bytes, sizeof(bytes))) {
            log->chain = chain;
            log->end = (uint16_t)(slot + 1);
            memcpy(log->last, bytes, sizeof(bytes));
            break;
        }
    }
    assent_bytes_wipe(&chain, sizeof(chain));
    log->due = log->chain.epoch >= log->flash->sector_count && log->chain.sequence - first < 2 &&
               log->last[1] != ASSENT_AUDIT_CHECKPOINT;
    return error == ASSENT_ERR_IO ? error : ASSENT_OK;
}

/* ---- mount ---- */

static void found(struct assent_audit_log *log, enum assent_audit_finding finding)
{
    if (finding > log->finding) {
        log->finding = (uint8_t)finding;
    }
}

/* LOG-6: the log goes on behind what is missing, in a sector of its own. */
static void skip_gap(struct assent_audit_log *log)
{
    found(log, ASSENT_AUDIT_CUT);
    log->last[0] = 0;
    log->open = true;
    log->slot = (uint16_t)assent_audit_ring_slots(log);
    log->end = log->slot;
}

/* The newest sector is of an epoch that has ended, or there is no key: what comes behind its last
 * entry is all that can be known. */
static int follow_ended(struct assent_audit_log *log, const struct assent_audit_sector *newest)
{
    uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES];
    struct assent_audit_entry entry;
    uint32_t slot = assent_audit_ring_slots(log);
    int error = step_back(log, newest->epoch, &slot, &entry, bytes);
    uint32_t count = error == ASSENT_OK ? entry.sequence + 1 : newest->first;

    if (log->finding == ASSENT_AUDIT_NO_KEY) {
        log->chain.sequence = count;
        log->chain.epoch = newest->epoch;
        log->open = true;
    } else if (count < log->chain.sequence) {
        skip_gap(log);
    }
    return error == ASSENT_ERR_IO ? error : ASSENT_OK;
}

/* Bring the chain from the start of its epoch to the end of the log. */
static int follow_sector(struct assent_audit_log *log, const struct assent_audit_sector *newest)
{
    struct assent_audit_chain *chain = &log->chain;

    if (newest->epoch > chain->epoch) {
        found(log, newest->epoch - chain->epoch > ASSENT_AUDIT_EPOCH_STEPS
                       ? ASSENT_AUDIT_NO_KEY
                       : ASSENT_AUDIT_ROLLED_BACK);
    }
    if (log->finding == ASSENT_AUDIT_NO_KEY || newest->epoch < chain->epoch) {
        return follow_ended(log, newest);
    }
    if (newest->epoch > chain->epoch) {
        while (chain->epoch < newest->epoch) {
            int error = assent_audit_advance(chain, log->crypto);

            if (error != ASSENT_OK) {
                return error;
            }
        }
        chain->sequence = newest->first;
        memcpy(chain->mac, newest->mac, sizeof(chain->mac));
    }
    log->open = true;
    return find_end(log);
}

/* What the store knows of the last entry that was applied with a change. */
static int compare_entry(struct assent_audit_log *log)
{
    uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES];
    struct assent_audit_entry entry;
    int error = assent_audit_keep_entry(log, &entry, bytes);

    if (error != ASSENT_OK) {
        return error == ASSENT_ERR_IO ? error : ASSENT_OK;
    }
    log->pending = entry.sequence == log->chain.sequence;
    if (entry.sequence > log->chain.sequence && entry.sequence < UINT32_MAX) {
        log->chain.sequence = entry.sequence + 1;
        memcpy(log->chain.mac, bytes + ASSENT_AUDIT_BODY_BYTES, ASSENT_AUDIT_MAC_BYTES);
        skip_gap(log);
    }
    return ASSENT_OK;
}

static void compare_counter(struct assent_audit_log *log)
{
    uint32_t value;

    log->counted =
        log->counter != NULL && log->counter->read(log->counter->ctx, &value) == ASSENT_OK;
    if (log->counted && value > log->chain.epoch) {
        found(log, ASSENT_AUDIT_OLD);
    }
}

int assent_audit_log_mount(struct assent_audit_log *log)
{
    const size_t own = offsetof(struct assent_audit_log, finding);
    uint32_t count = log->flash->sector_count;
    struct assent_audit_sector newest = {0};
    int error;
    int kept;

    memset((uint8_t *)log + own, 0, sizeof(*log) - own);
    kept = assent_audit_keep_load(log, &log->chain);
    if (kept == ASSENT_OK) {
        /* The newest is the sector of the chain's epoch or the one before it, */
        error = find_newest(log, log->chain.epoch + count - 1, 3, &newest);
    } else if (kept == ASSENT_ERR_NOT_FOUND || kept == ASSENT_ERR_AUTH) {
        log->finding = ASSENT_AUDIT_NO_KEY;
        error = ASSENT_ERR_NOT_FOUND;
    } else {
        return kept;
    }
    if (error == ASSENT_ERR_NOT_FOUND ||
        (error == ASSENT_OK && newest.epoch + 1 - log->chain.epoch > 1)) {
        error = find_newest(log, 0, count, &newest); /* or something is wrong, and all are read. */
    }
    if (error == ASSENT_OK) {
        error = follow_sector(log, &newest);
    } else if (error == ASSENT_ERR_NOT_FOUND && kept != ASSENT_ERR_NOT_FOUND) {
        error = ASSENT_OK;
        if (log->chain.sequence > 0) {
            skip_gap(log);
        }
    }
    if (error == ASSENT_OK && log->finding != ASSENT_AUDIT_NO_KEY) {
        error = compare_entry(log);
    }
    if (error == ASSENT_OK) {
        compare_counter(log);
        log->fresh = true;
        log->mounted = true;
    }
    return error;
}
