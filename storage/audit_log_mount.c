/* SPDX-License-Identifier: MIT */
/* Making and opening an audit log: where it ends, and whether anything is missing. */
#include <string.h>

#include "core/bytes.h"
#include "storage/audit_ring.h"
#include "storage/layout.h"

int assent_audit_log_derive(const struct assent_crypto *crypto,
                            const uint8_t master[ASSENT_SHA256_BYTES],
                            uint8_t chain_key[ASSENT_SHA256_BYTES],
                            uint8_t seal_key[ASSENT_SHA256_BYTES])
{
    const struct assent_span chain = ASSENT_SPAN("assent audit chain");
    const struct assent_span seal = ASSENT_SPAN("assent audit seal");
    int error = crypto->hmac(crypto->ctx, master, &chain, 1, chain_key);

    return error != ASSENT_OK ? error : crypto->hmac(crypto->ctx, master, &seal, 1, seal_key);
}

int assent_audit_log_format(struct assent_audit_log *log,
                            const uint8_t chain_key[ASSENT_SHA256_BYTES],
                            const uint8_t seal_key[ASSENT_SHA256_BYTES])
{
    struct assent_audit_chain chain = {.epoch = 0};
    struct assent_store_item items[] = {
        {ASSENT_SPACE_AUDIT, ASSENT_SPAN("k"), {NULL, 0}, true},
        {ASSENT_SPACE_AUDIT, ASSENT_SPAN("s"), assent_span(seal_key, ASSENT_SHA256_BYTES), false},
        assent_audit_keep_entry(NULL),
        assent_audit_keep_checkpoint(NULL),
    };
    int error = assent_kv_apply(log->kv, items, sizeof(items) / sizeof(items[0]));

    log->mounted = false;
    for (uint32_t place = 0; place < log->flash->sector_count && error == ASSENT_OK; place++) {
        struct assent_audit_sector sector;

        error = assent_audit_ring_look(log, place, &sector);
        if (error == ASSENT_OK) {
            error = assent_audit_ring_erase(log, place, sector.erases);
        }
    }
    if (error == ASSENT_OK) {
        struct assent_time never = {0, ASSENT_CLOCK_NONE};

        memcpy(chain.key, chain_key, sizeof(chain.key));
        memcpy(log->seal_key, seal_key, sizeof(log->seal_key));
        error = assent_audit_keep_store(log, &chain, never);
        assent_bytes_wipe(&chain, sizeof(chain));
    }
    return error;
}

/* ---- the newest sector ---- */

static int scan(const struct assent_audit_log *log, struct assent_audit_sector *newest)
{
    int result = ASSENT_ERR_NOT_FOUND;

    for (uint32_t place = 0; place < log->flash->sector_count; place++) {
        struct assent_audit_sector sector;
        int error = assent_audit_ring_look(log, place, &sector);

        if (error != ASSENT_OK) {
            return error;
        }
        if (sector.foreign) {
            return ASSENT_ERR_VERSION;
        }
        if (sector.valid && (result != ASSENT_OK || sector.epoch > newest->epoch)) {
            *newest = sector;
            result = ASSENT_OK;
        }
    }
    return result;
}

/* The newest sector, which is that of the chain's epoch or the one before it, unless something is
 * wrong; then all are read. */
static int find_newest(const struct assent_audit_log *log, struct assent_audit_sector *newest)
{
    uint32_t epoch = log->chain.epoch;
    struct assent_audit_sector next;
    int error =
        assent_audit_ring_look(log, assent_audit_ring_place(log, log->chain.epoch + 1), &next);

    if (error == ASSENT_OK) {
        error = assent_audit_ring_look(log, assent_audit_ring_place(log, epoch), newest);
    }
    if (error != ASSENT_OK) {
        return error;
    }
    if (log->finding != ASSENT_AUDIT_NO_KEY && !next.foreign && !newest->foreign &&
        !(next.valid && next.epoch > epoch) && !(newest->valid && newest->epoch > epoch)) {
        if (newest->valid && newest->epoch == epoch) {
            return ASSENT_OK;
        }
        if (epoch > 0 && assent_audit_ring_seek(log, epoch - 1, epoch - 1, newest) == ASSENT_OK) {
            return ASSENT_OK;
        }
    }
    return scan(log, newest);
}

/* ---- the end of a sector ---- */

/* The first slot that looks blank: slots are used in order. */
static int find_blank(const struct assent_audit_log *log, uint32_t epoch, uint32_t *slot)
{
    uint32_t low = 0;
    uint32_t high = assent_audit_ring_slots(log);

    while (low < high) {
        uint32_t middle = (low + high) / 2;
        uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES];

        if (assent_audit_ring_read(log, epoch, middle, bytes) != ASSENT_OK) {
            return ASSENT_ERR_IO;
        }
        if (assent_audit_ring_filled(bytes, sizeof(bytes), 0xFF)) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    *slot = low;
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

static bool verifies(const struct assent_audit_log *log, const struct assent_audit_chain *before,
                     const uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES])
{
    struct assent_audit_verifier verifier;
    size_t bad;
    bool good;

    assent_audit_verify_start(&verifier, before, NULL);
    good = assent_audit_verify(&verifier, log->crypto, assent_span(bytes, ASSENT_AUDIT_ENTRY_BYTES),
                               &bad) == ASSENT_AUDIT_FAULT_NONE;
    assent_bytes_wipe(&verifier, sizeof(verifier));
    return good;
}

/* Move the chain, which stands at the start of its sector, behind the last entry that verifies. An
 * entry is checked against the MAC of the one before it, so one that is torn or damaged is passed
 * over. */
static int find_end(struct assent_audit_log *log)
{
    struct assent_audit_chain before = log->chain;
    uint8_t bytes[2][ASSENT_AUDIT_ENTRY_BYTES];
    struct assent_audit_entry entry[2];
    uint32_t slot = 0;
    uint32_t at;
    unsigned i = 0;
    int error = find_blank(log, log->chain.epoch, &slot);

    log->slot = (uint16_t)slot;
    at = slot;
    error = error != ASSENT_OK ? error : step_back(log, log->chain.epoch, &at, &entry[0], bytes[0]);
    while (error == ASSENT_OK) {
        unsigned older = i ^ 1;
        uint32_t at_older = at;
        bool first = entry[i].sequence == log->chain.sequence;

        error = step_back(log, log->chain.epoch, &at_older, &entry[older], bytes[older]);
        before.sequence = entry[i].sequence;
        memcpy(before.mac,
               first || error != ASSENT_OK ? log->chain.mac
                                           : bytes[older] + ASSENT_AUDIT_BODY_BYTES,
               ASSENT_AUDIT_MAC_BYTES);
        if (verifies(log, &before, bytes[i])) {
            log->chain.sequence = entry[i].sequence + 1;
            memcpy(log->chain.mac, bytes[i] + ASSENT_AUDIT_BODY_BYTES, ASSENT_AUDIT_MAC_BYTES);
            memcpy(log->last, bytes[i], ASSENT_AUDIT_ENTRY_BYTES);
            log->end = (uint16_t)(at + 1);
            break;
        }
        at = at_older;
        i = older;
    }
    assent_bytes_wipe(&before, sizeof(before));
    return error == ASSENT_ERR_IO ? error : ASSENT_OK;
}

/* Sequence behind the last entry of an ended sector, whose key is gone. */
static int find_count(const struct assent_audit_log *log, const struct assent_audit_sector *sector,
                      uint32_t *count)
{
    uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES];
    struct assent_audit_entry entry;
    uint32_t slot = assent_audit_ring_slots(log);
    int error = step_back(log, sector->epoch, &slot, &entry, bytes);

    *count = error == ASSENT_OK ? entry.sequence + 1 : sector->first;
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
    memset(log->last, 0, sizeof(log->last));
    log->open = true;
    log->slot = (uint16_t)assent_audit_ring_slots(log);
    log->end = log->slot;
}

/* Bring the chain from the start of its epoch to the end of the log. */
static int follow_sector(struct assent_audit_log *log, const struct assent_audit_sector *newest)
{
    uint32_t count;
    int error;

    if (newest->epoch < log->chain.epoch || log->finding == ASSENT_AUDIT_NO_KEY) {
        error = find_count(log, newest, &count);
        if (log->finding == ASSENT_AUDIT_NO_KEY) {
            log->chain.sequence = count;
            log->chain.epoch = newest->epoch;
            log->open = true;
        } else if (error == ASSENT_OK && count < log->chain.sequence) {
            skip_gap(log);
        }
        return error;
    }
    if (newest->epoch > log->chain.epoch) {
        found(log, newest->epoch - log->chain.epoch > ASSENT_AUDIT_EPOCH_STEPS
                       ? ASSENT_AUDIT_NO_KEY
                       : ASSENT_AUDIT_ROLLED_BACK);
        while (log->finding != ASSENT_AUDIT_NO_KEY && log->chain.epoch < newest->epoch) {
            error = assent_audit_advance(&log->chain, log->crypto);
            if (error != ASSENT_OK) {
                return error;
            }
        }
        log->chain.epoch = newest->epoch;
        log->chain.sequence = newest->first;
        memcpy(log->chain.mac, newest->mac, sizeof(newest->mac));
    }
    log->open = true;
    return find_end(log);
}

/* What the store knows of the last entry that was applied with a change. */
static int compare_entry(struct assent_audit_log *log)
{
    uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES];
    struct assent_audit_entry entry;
    struct assent_store_item item = assent_audit_keep_entry(NULL);
    int got = assent_kv_get(log->kv, item.space, item.key, bytes, sizeof(bytes));

    if (got == ASSENT_ERR_IO) {
        return got;
    }
    if (got == (int)sizeof(bytes) && assent_audit_decode(bytes, &entry) == ASSENT_OK) {
        if (entry.sequence == log->chain.sequence) {
            log->pending = true;
        } else if (entry.sequence > log->chain.sequence && entry.sequence < UINT32_MAX) {
            log->chain.sequence = entry.sequence + 1;
            memcpy(log->chain.mac, bytes + ASSENT_AUDIT_BODY_BYTES, ASSENT_AUDIT_MAC_BYTES);
            skip_gap(log);
        }
    }
    item = assent_audit_keep_checkpoint(NULL);
    got = assent_kv_get(log->kv, item.space, item.key, bytes, sizeof(bytes));
    log->due = got == ASSENT_AUDIT_DETAIL_BYTES;
    return got == ASSENT_ERR_IO ? got : ASSENT_OK;
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
    struct assent_audit_log fresh = {.kv = log->kv,
                                     .flash = log->flash,
                                     .crypto = log->crypto,
                                     .counter = log->counter,
                                     .retention_days = log->retention_days};
    struct assent_audit_sector sector;
    int kept;
    int error;

    *log = fresh;
    kept = assent_audit_keep_load(log);
    if (kept != ASSENT_OK && kept != ASSENT_ERR_NOT_FOUND && kept != ASSENT_ERR_AUTH) {
        return kept;
    }
    log->finding = kept == ASSENT_OK ? ASSENT_AUDIT_SOUND : ASSENT_AUDIT_NO_KEY;
    error = find_newest(log, &sector);
    if (error == ASSENT_OK) {
        error = follow_sector(log, &sector);
    } else if (error == ASSENT_ERR_NOT_FOUND && kept != ASSENT_ERR_NOT_FOUND) {
        error = ASSENT_OK;
        if (log->chain.sequence > 0) {
            skip_gap(log);
        }
    }
    if (error == ASSENT_OK && log->finding != ASSENT_AUDIT_NO_KEY) {
        error = compare_entry(log);
    }
    if (error != ASSENT_OK) {
        return error;
    }
    compare_counter(log);
    if (log->chain.epoch >= log->flash->sector_count) {
        log->oldest = log->chain.epoch - log->flash->sector_count + (log->open ? 1 : 0);
    }
    error = assent_audit_ring_look(
        log, assent_audit_ring_place(log, log->chain.epoch + (log->open ? 1 : 0)), &sector);
    log->ready = sector.ready && (log->flash->flags & ASSENT_FLASH_ONCE) == 0;
    log->fresh = true;
    log->mounted = error == ASSENT_OK;
    return error;
}
