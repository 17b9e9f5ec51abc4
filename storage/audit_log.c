/* SPDX-License-Identifier: MIT */
/* Appending to the audit log: slots, new sectors, dropping old ones. audit_log_mount.c opens the log,
 * audit_log_read.c reads it. */
#include "storage/audit_log.h"

#include <string.h>

#include "core/bytes.h"
#include "storage/audit_ring.h"
#include "storage/layout.h"

enum { TRIES = 3 }; /* slots, and sectors, tried before a device counts as broken */

#define DAY_S UINT64_C(86400)

static bool has_slot(const struct assent_audit_log *log)
{
    return log->open && log->slot < assent_audit_ring_slots(log);
}

/* Write the next entry into the next slot, which there is; first into the store, beside changes, if
 * there are any (LOG-3). A slot that cannot be written becomes void. */
static int commit(struct assent_audit_log *log, struct assent_audit_entry *entry,
                  struct assent_store_item *items, size_t count)
{
    uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES];
    uint8_t before[ASSENT_AUDIT_MAC_BYTES];
    int error;

    memcpy(before, log->chain.mac, sizeof(before));
    error = assent_audit_append(&log->chain, log->crypto, entry, bytes);
    if (error != ASSENT_OK) {
        return error;
    }
    if (items != NULL) {
        items[count] = (struct assent_store_item){ASSENT_SPACE_SYSTEM, ASSENT_SPAN("a"),
                                                  assent_span(bytes, sizeof(bytes)), false};
        error = assent_kv_apply(log->kv, items, count + 1);
        log->pending = error == ASSENT_OK;
    }
    if (error == ASSENT_OK) {
        error = assent_audit_ring_write(log, log->slot, bytes);
        if (error != ASSENT_OK) {
            (void)assent_audit_ring_zero(log, log->slot);
        }
        log->slot++;
    }
    if (error == ASSENT_OK) {
        log->pending = false;
    } else {
        log->chain.sequence--;
        memcpy(log->chain.mac, before, sizeof(before));
    }
    return error;
}

/* After a mount: what was under way when the power failed may read now so and now so. Program header
 * and last entry once more, and make void what follows, with the slot that looks blank. */
static int settle(struct assent_audit_log *log)
{
    uint32_t slot = assent_audit_ring_slots(log);
    int error = ASSENT_OK;

    if (log->fresh && log->open &&
        (log->flash->flags & (ASSENT_FLASH_ONCE | ASSENT_FLASH_DISTURB)) == 0 &&
        log->slot <= log->end + TRIES) { /* more than a cut leaves is damage, and kept to be seen */
        struct assent_audit_chain start;

        if (assent_audit_keep_load(log, &start) == ASSENT_OK && start.epoch == log->chain.epoch) {
            /* One that is damaged stays so: its entries say the same. */
            (void)assent_audit_ring_open(log, &start);
        }
        assent_bytes_wipe(&start, sizeof(start));
        if (log->last[0] != 0) {
            error = assent_audit_ring_write(log, log->end - 1U, log->last);
        }
        for (slot = log->end;
             error == ASSENT_OK && slot <= log->slot && slot < assent_audit_ring_slots(log);
             slot++) {
            error = assent_audit_ring_zero(log, slot);
        }
    }
    if (error == ASSENT_OK && log->fresh) {
        log->slot = (uint16_t)slot;
        log->fresh = false;
    }
    return error;
}

/* ---- room ---- */

/* When the entries of a sector are past retention: the latest time in it, or in a later sector if it
 * has none that can be believed. */
static int find_drop_time(struct assent_audit_log *log, const struct assent_audit_sector *sector)
{
    uint32_t sequence = sector->first;
    uint64_t latest_s = 0;
    uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES];
    struct assent_audit_entry entry;
    int error;

    while ((error = assent_audit_log_next(log, &sequence, bytes)) == ASSENT_OK) {
        error = assent_audit_decode(bytes, &entry);
        if (entry.epoch != sector->epoch && latest_s != 0) {
            break;
        }
        if (entry.time.trust != ASSENT_CLOCK_NONE && entry.time.unix_s > latest_s) {
            latest_s = entry.time.unix_s;
        }
    }
    if (error == ASSENT_ERR_IO) {
        return error;
    }
    log->drop_after_s = latest_s + log->retention_days * DAY_S;
    return latest_s != 0 ? ASSENT_OK : ASSENT_ERR_FULL;
}

/* Look at where the next sector will be.
 *   sector  valid: it is of the log, and has to be dropped
 *   return  ASSENT_ERR_FULL: not yet */
static int examine_next(struct assent_audit_log *log, struct assent_audit_sector *sector)
{
    uint32_t next = assent_audit_ring_next(log);
    int error = assent_audit_ring_look(log, next, sector);

    sector->valid = sector->valid && sector->epoch == next - log->flash->sector_count;
    if (error != ASSENT_OK || !sector->valid || log->retention_days == 0) {
        return error;
    }
    if (log->drop_after_s == 0) {
        error = find_drop_time(log, sector);
    }
    if (error == ASSENT_OK &&
        (log->now.trust == ASSENT_CLOCK_NONE || log->now.unix_s < log->drop_after_s)) {
        error = ASSENT_ERR_FULL;
    }
    return error;
}

/* LOG-4: the entry that says that what is kept begins with the first sector from an epoch on. */
static int make_checkpoint(struct assent_audit_log *log, uint32_t epoch,
                           struct assent_audit_entry *entry)
{
    struct assent_audit_sector kept;
    int error = assent_audit_ring_seek(log, epoch, &kept);

    if (error == ASSENT_ERR_NOT_FOUND) { /* nothing else is kept */
        kept.first = log->chain.sequence;
        memcpy(kept.mac, log->chain.mac, sizeof(kept.mac));
        error = ASSENT_OK;
    }
    *entry = (struct assent_audit_entry){.type = ASSENT_AUDIT_CHECKPOINT, .time = log->now};
    assent_bytes_store32(entry->detail, kept.first);
    memcpy(entry->detail + 4, kept.mac, sizeof(entry->detail) - 4);
    return error;
}

/* Make the next sector ready for use; at most one erase (LOG-7). */
static int make_ready(struct assent_audit_log *log)
{
    uint32_t next = assent_audit_ring_next(log);
    struct assent_audit_sector sector;
    struct assent_audit_entry entry;
    int error;

    if (log->ready) {
        return ASSENT_OK;
    }
    error = examine_next(log, &sector);
    if (error == ASSENT_OK && sector.valid && !log->told && !log->pending && has_slot(log)) {
        error = make_checkpoint(log, sector.epoch + 1, &entry);
        if (error == ASSENT_OK) {
            error = commit(log, &entry, NULL, 0);
        }
        log->told = error == ASSENT_OK;
    }
    if (error == ASSENT_OK &&
        (!sector.ready || (log->flash->flags & ASSENT_FLASH_ONCE) != 0 ||
         !assent_audit_ring_blank(log, next, 0, assent_audit_ring_slots(log)))) {
        if (sector.erases == 0) { /* the mark is gone: each turn of the ring erases once */
            sector.erases = next / log->flash->sector_count;
        }
        error = assent_audit_ring_erase(log, next, sector.erases);
    }
    if (error == ASSENT_OK) {
        log->drop_after_s = 0;
        log->ready = true;
    }
    return error;
}

/* Begin a new sector and with it a new epoch. The key comes first: when the power fails in between,
 * the next mount finds an epoch without a sector and begins it (LOG-5). */
static int open_sector(struct assent_audit_log *log)
{
    int error = make_ready(log);

    if (error == ASSENT_OK && log->open) {
        struct assent_audit_chain chain = log->chain;

        error = assent_audit_advance(&chain, log->crypto);
        if (error == ASSENT_OK) {
            error = assent_audit_keep_store(log, &chain);
        }
        if (error == ASSENT_OK) {
            log->chain = chain;
            log->open = false;
        }
        assent_bytes_wipe(&chain, sizeof(chain));
    }
    if (error != ASSENT_OK) {
        return error;
    }
    error = assent_audit_ring_open(log, &log->chain);
    log->due = !log->told && log->chain.epoch >= log->flash->sector_count;
    log->open = true;
    log->ready = false;
    log->told = false;
    /* A bad sector stays empty. */
    log->slot = error == ASSENT_OK ? 0 : (uint16_t)assent_audit_ring_slots(log);
    if (error == ASSENT_OK && log->counter != NULL &&
        log->counter->raise(log->counter->ctx, log->chain.epoch) != ASSENT_OK) {
        log->counted = false;
    }
    return error;
}

/* Has half a sector been used? From there on the next one is made ready, and without one the rest is
 * kept for entries that are no grants. */
static bool is_half_used(const struct assent_audit_log *log)
{
    return log->slot >= assent_audit_ring_slots(log) / 2;
}

/* See to a slot for one entry. One that should be blank and is not is passed over as void. */
static int make_room(struct assent_audit_log *log, bool grant)
{
    struct assent_audit_sector sector;
    int error = settle(log);

    if (error != ASSENT_OK) {
        return error;
    }
    while (has_slot(log) && !assent_audit_ring_blank(log, log->chain.epoch, log->slot, 1)) {
        (void)assent_audit_ring_zero(log, log->slot);
        log->slot++;
    }
    if (!has_slot(log)) {
        error = open_sector(log);
    } else if (grant && is_half_used(log) && !log->ready) {
        error = examine_next(log, &sector);
    }
    log->full_count += error == ASSENT_ERR_FULL ? 1 : 0;
    return error;
}

/* ---- entries ---- */

/* Append an entry, or only see to a slot for it if it is NULL. A slot that fails is passed over, and
 * so is a sector. */
static int add(struct assent_audit_log *log, struct assent_audit_entry *entry, bool grant)
{
    int error = ASSENT_ERR_IO;

    for (unsigned i = 0; i < TRIES && error == ASSENT_ERR_IO; i++) {
        error = make_room(log, grant);
        if (error == ASSENT_OK && entry != NULL) {
            error = commit(log, entry, NULL, 0);
        }
    }
    return error;
}

/* Begin a call: write what mount or a failed write left, first the entry that the store holds, then
 * the checkpoint. */
static int catch_up(struct assent_audit_log *log, struct assent_time now)
{
    struct assent_audit_entry entry;
    uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES];
    int error = ASSENT_OK;

    if (!log->mounted) {
        return ASSENT_ERR_STATE;
    }
    if (log->finding == ASSENT_AUDIT_NO_KEY) {
        return ASSENT_ERR_READ_ONLY;
    }
    log->now = now;
    log->erase_count = (uint16_t)log->kv->erase_count;
    if (log->pending) {
        error = assent_audit_keep_entry(log, &entry, bytes);
        if (error == ASSENT_OK) {
            error = add(log, &entry, false);
        }
    }
    if (error == ASSENT_OK && log->due) {
        error = make_checkpoint(log, assent_audit_ring_oldest(log), &entry);
        if (error == ASSENT_OK) {
            error = add(log, &entry, false);
        }
        log->due = error != ASSENT_OK;
    }
    return error;
}

/* Upkeep: the next sector made ready, or begun if the newest is full. */
static int prepare(struct assent_audit_log *log)
{
    return log->ready && !has_slot(log) ? open_sector(log) : make_ready(log);
}

/* End a call: do ahead what later ones would have to wait for, if this one has not waited (LOG-7). */
static int finish(struct assent_audit_log *log, int error)
{
    if (error == ASSENT_OK && is_half_used(log) &&
        (uint16_t)log->kv->erase_count == log->erase_count) {
        (void)prepare(log);
    }
    return error;
}

static bool is_grant(const struct assent_audit_entry *entry)
{
    return entry->type == ASSENT_AUDIT_GIVEN || entry->type == ASSENT_AUDIT_CHANGED;
}

int assent_audit_log_room(struct assent_audit_log *log, struct assent_time now)
{
    int error = catch_up(log, now);

    return error != ASSENT_OK ? error : add(log, NULL, true);
}

int assent_audit_log_append(struct assent_audit_log *log, struct assent_audit_entry *entry)
{
    int error = catch_up(log, entry->time);

    if (error == ASSENT_OK) {
        error = add(log, entry, is_grant(entry));
    }
    return finish(log, error);
}

int assent_audit_log_apply(struct assent_audit_log *log, struct assent_store_item *items,
                           size_t count, struct assent_audit_entry *entry)
{
    int error = catch_up(log, entry->time);

    if (error == ASSENT_OK) {
        error = add(log, NULL, is_grant(entry));
    }
    if (error == ASSENT_OK) {
        error = commit(log, entry, items, count);
        error = log->pending ? ASSENT_OK : error;
    }
    return finish(log, error);
}

int assent_audit_log_idle(struct assent_audit_log *log, struct assent_time now)
{
    bool unfinished = log->fresh || log->pending || log->due;
    int error = catch_up(log, now);

    if (error == ASSENT_OK) {
        error = settle(log);
    }
    if (error == ASSENT_OK && !unfinished && (!log->ready || !has_slot(log))) {
        error = prepare(log);
        unfinished = true;
    }
    return error == ASSENT_ERR_FULL ? 0 : error != ASSENT_OK ? error : unfinished ? 1 : 0;
}
