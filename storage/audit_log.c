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

static uint32_t next_epoch(const struct assent_audit_log *log)
{
    return log->chain.epoch + (log->open ? 1 : 0);
}

/* Append to the newest sector. A slot that cannot be written becomes void. */
static int write_entry(struct assent_audit_log *log, struct assent_audit_entry *entry)
{
    uint32_t slots = assent_audit_ring_slots(log);
    struct assent_audit_chain chain = log->chain;
    uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES];
    int error = assent_audit_append(&chain, log->crypto, entry, bytes);

    if (error == ASSENT_OK) {
        error = ASSENT_ERR_IO;
        for (unsigned i = 0; i < TRIES && error != ASSENT_OK && log->slot < slots; i++) {
            error = assent_audit_ring_write(log, log->slot, bytes);
            if (error != ASSENT_OK) {
                assent_audit_ring_zero(log, log->slot);
            }
            log->slot++;
        }
    }
    if (error == ASSENT_OK) {
        log->chain = chain;
    }
    assent_bytes_wipe(&chain, sizeof(chain));
    return error;
}

/* After a mount: what was under way when the power failed may read now so and now so. Program header
 * and last entry once more, and make void what follows, with the slot that looks blank. */
static int settle(struct assent_audit_log *log)
{
    uint32_t slots = assent_audit_ring_slots(log);
    uint8_t kept[ASSENT_AUDIT_KEEP_BYTES];
    const uint8_t *head = kept + ASSENT_SHA256_BYTES;
    int error = ASSENT_OK;

    if (!log->fresh || !log->open) {
        log->fresh = false;
        return ASSENT_OK;
    }
    if ((log->flash->flags & (ASSENT_FLASH_ONCE | ASSENT_FLASH_DISTURB)) != 0 ||
        log->slot > log->end + TRIES) { /* more than a cut leaves is damage, and kept to be seen */
        log->slot = (uint16_t)slots;
        log->fresh = false;
        return ASSENT_OK;
    }
    if (assent_kv_get(log->kv, ASSENT_SPACE_AUDIT, ASSENT_SPAN("k"), kept, sizeof(kept)) ==
            (int)sizeof(kept) &&
        assent_bytes_load32(head + 6) == log->chain.epoch) {
        /* One that is damaged stays so: its entries say the same. */
        (void)assent_audit_ring_open(log, log->chain.epoch, assent_bytes_load32(head + 2),
                                     head + 16);
    }
    assent_bytes_wipe(kept, sizeof(kept));
    if (error == ASSENT_OK && log->last[0] != 0) {
        error = assent_audit_ring_write(log, log->end - 1U, log->last);
    }
    while (error == ASSENT_OK && log->end <= log->slot && log->end < slots) {
        error = assent_audit_ring_zero(log, log->end);
        log->end++;
    }
    if (error == ASSENT_OK) {
        log->slot = log->end;
        log->fresh = false;
    }
    return error;
}

/* ---- room ---- */

/* When the entries of a sector are past retention: the latest time in it, or in a later sector if it
 * has none that can be believed. */
static int find_drop_time(struct assent_audit_log *log, const struct assent_audit_sector *sector)
{
    struct assent_audit_sector look = *sector;
    uint64_t latest_s = 0;
    int error = ASSENT_OK;

    while (error == ASSENT_OK && latest_s == 0) {
        for (uint32_t slot = 0; slot < assent_audit_ring_slots(log); slot++) {
            uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES];
            struct assent_audit_entry entry;

            if (assent_audit_ring_read(log, look.epoch, slot, bytes) != ASSENT_OK) {
                return ASSENT_ERR_IO;
            }
            if (assent_audit_decode(bytes, &entry) == ASSENT_OK &&
                entry.time.trust != ASSENT_CLOCK_NONE && entry.time.unix_s > latest_s) {
                latest_s = entry.time.unix_s;
            }
        }
        if (look.epoch >= log->chain.epoch) {
            break;
        }
        error = assent_audit_ring_seek(log, look.epoch + 1, log->chain.epoch, &look);
    }
    if (latest_s == 0) {
        return ASSENT_ERR_FULL;
    }
    log->drop_after_s = latest_s + log->retention_days * DAY_S;
    return ASSENT_OK;
}

/* LOG-4: say in the log that everything before the sector after this one goes. */
static int write_checkpoint(struct assent_audit_log *log, const struct assent_audit_sector *sector,
                            struct assent_time now)
{
    struct assent_audit_entry entry = {.type = ASSENT_AUDIT_CHECKPOINT, .time = now};
    struct assent_audit_sector next;
    struct assent_store_item item;
    int error = assent_audit_ring_seek(log, sector->epoch + 1, log->chain.epoch, &next);

    if (error == ASSENT_ERR_NOT_FOUND) { /* nothing else is kept */
        next.epoch = log->chain.epoch;
        next.first = log->chain.sequence;
        memcpy(next.mac, log->chain.mac, sizeof(next.mac));
    } else if (error != ASSENT_OK) {
        return error;
    }
    assent_bytes_store32(entry.detail, next.first);
    memcpy(entry.detail + 4, next.mac, sizeof(entry.detail) - 4);
    if (!log->pending && log->open && log->slot < assent_audit_ring_slots(log)) {
        error = write_entry(log, &entry);
    } else {
        /* No slot left for it: it waits in the store for the next sector. */
        item = assent_audit_keep_checkpoint(entry.detail);
        error = assent_kv_apply(log->kv, &item, 1);
        log->due = error == ASSENT_OK;
    }
    log->oldest = error == ASSENT_OK ? next.epoch : log->oldest;
    return error;
}

/* Make the next sector ready for use; at most one erase (LOG-7). */
static int make_ready(struct assent_audit_log *log, struct assent_time now)
{
    uint32_t place = assent_audit_ring_place(log, next_epoch(log));
    struct assent_audit_sector sector;
    int error = log->ready ? ASSENT_OK : assent_audit_ring_look(log, place, &sector);

    if (log->ready || error != ASSENT_OK) {
        return error;
    }
    if (sector.valid && sector.epoch >= log->oldest && sector.epoch < log->chain.epoch) {
        if (log->retention_days > 0 && log->drop_after_s == 0) {
            error = find_drop_time(log, &sector);
        }
        if (error == ASSENT_OK && log->retention_days > 0 &&
            (now.trust == ASSENT_CLOCK_NONE || now.unix_s < log->drop_after_s)) {
            error = ASSENT_ERR_FULL;
        }
        if (error == ASSENT_OK) {
            error = write_checkpoint(log, &sector, now);
        }
        if (error != ASSENT_OK) {
            return error;
        }
    }
    log->drop_after_s = 0;
    if (!sector.ready || (log->flash->flags & ASSENT_FLASH_ONCE) != 0) {
        uint32_t erases = sector.erases;

        if (erases == 0) { /* the mark is gone: each turn of the ring erases once */
            erases = log->chain.epoch / log->flash->sector_count;
        }
        error = assent_audit_ring_erase(log, place, erases);
    }
    log->ready = error == ASSENT_OK;
    return error;
}

/* Begin a new sector and with it a new epoch. The key comes first: when the power fails in between,
 * the next mount finds an epoch without a sector and begins it (LOG-5). */
static int open_sector(struct assent_audit_log *log, struct assent_time now)
{
    int error = make_ready(log, now);

    if (error != ASSENT_OK) {
        return error;
    }
    if (log->open) {
        struct assent_audit_chain chain = log->chain;

        error = assent_audit_advance(&chain, log->crypto);
        if (error == ASSENT_OK) {
            error = assent_audit_keep_store(log, &chain, now);
        }
        if (error == ASSENT_OK) {
            log->chain = chain;
            log->open = false;
        }
        assent_bytes_wipe(&chain, sizeof(chain));
    }
    if (error == ASSENT_OK) {
        struct assent_audit_sector sector;

        error = assent_audit_ring_open(log, log->chain.epoch, log->chain.sequence, log->chain.mac);
        log->open = true;
        log->ready = false;
        log->slot = error == ASSENT_OK ? 0 : (uint16_t)assent_audit_ring_slots(log);
        if (assent_audit_ring_look(log, assent_audit_ring_place(log, next_epoch(log)), &sector) ==
            ASSENT_OK) {
            log->ready = sector.ready && (log->flash->flags & ASSENT_FLASH_ONCE) == 0;
        }
    }
    if (error == ASSENT_OK && log->counter != NULL) {
        log->counted =
            log->counter->raise(log->counter->ctx, log->chain.epoch) == ASSENT_OK && log->counted;
    }
    return error;
}

/* See to a slot for one entry. Half a sector is kept for entries that are no grants. */
static int make_room(struct assent_audit_log *log, bool grant, struct assent_time now)
{
    uint32_t slots = assent_audit_ring_slots(log);
    int error = settle(log);

    if (error == ASSENT_OK && log->open && log->slot >= slots / 2 && log->slot < slots) {
        error = make_ready(log, now);
        if (error != ASSENT_OK && !(grant && error == ASSENT_ERR_FULL)) {
            error = ASSENT_OK; /* there is a slot yet */
        }
    }
    for (unsigned i = 0; error == ASSENT_OK && (!log->open || log->slot >= slots); i++) {
        error = open_sector(log, now);
        if (error == ASSENT_ERR_IO && i + 1 < TRIES && log->open) {
            error = ASSENT_OK; /* a bad sector: its epoch stays empty */
        }
    }
    if (error == ASSENT_ERR_FULL) {
        log->full_count++;
    }
    return error;
}

/* ---- entries ---- */

/* Append an entry wherever there is room; a sector whose last slots cannot be written is left. */
static int add_entry(struct assent_audit_log *log, struct assent_audit_entry *entry, bool grant,
                     struct assent_time now)
{
    int error = ASSENT_ERR_IO;

    for (unsigned i = 0; i < TRIES && error == ASSENT_ERR_IO; i++) {
        error = make_room(log, grant, now);
        if (error == ASSENT_OK) {
            error = write_entry(log, entry);
        }
    }
    return error;
}

/* Write what mount or a failed write left: first the entry that the store holds, then the
 * checkpoint. */
static int catch_up(struct assent_audit_log *log, struct assent_time now)
{
    struct assent_audit_entry entry;
    uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES];
    struct assent_store_item item = assent_audit_keep_entry(NULL);
    int error = ASSENT_OK;

    if (!log->mounted) {
        return ASSENT_ERR_STATE;
    }
    if (log->finding == ASSENT_AUDIT_NO_KEY) {
        return ASSENT_ERR_READ_ONLY;
    }
    if (log->pending) {
        error = assent_kv_get(log->kv, item.space, item.key, bytes, sizeof(bytes));
        if (error < 0) {
            return error;
        }
        error = assent_audit_decode(bytes, &entry);
        if (error == ASSENT_OK && entry.sequence == log->chain.sequence) {
            error = add_entry(log, &entry, false, now);
        }
        log->pending = error != ASSENT_OK;
    }
    if (error == ASSENT_OK && log->due) {
        entry = (struct assent_audit_entry){.type = ASSENT_AUDIT_CHECKPOINT, .time = now};
        item = assent_audit_keep_checkpoint(NULL);
        error = assent_kv_get(log->kv, item.space, item.key, entry.detail, sizeof(entry.detail));
        if (error >= 0) {
            error = add_entry(log, &entry, false, now);
        }
        if (error == ASSENT_OK) {
            error = assent_kv_apply(log->kv, &item, 1);
        }
        log->due = error != ASSENT_OK && error != ASSENT_ERR_NOT_FOUND;
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

    return error != ASSENT_OK ? error : make_room(log, true, now);
}

int assent_audit_log_append(struct assent_audit_log *log, struct assent_audit_entry *entry)
{
    int error = catch_up(log, entry->time);

    return error != ASSENT_OK ? error : add_entry(log, entry, is_grant(entry), entry->time);
}

int assent_audit_log_apply(struct assent_audit_log *log, struct assent_store_item *items,
                           size_t count, struct assent_audit_entry *entry)
{
    struct assent_audit_chain chain;
    uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES];
    int error = catch_up(log, entry->time);

    if (error == ASSENT_OK) {
        error = make_room(log, is_grant(entry), entry->time);
    }
    if (error != ASSENT_OK) {
        return error;
    }
    chain = log->chain;
    error = assent_audit_append(&chain, log->crypto, entry, bytes);
    assent_bytes_wipe(&chain, sizeof(chain));
    if (error == ASSENT_OK) {
        items[count] = assent_audit_keep_entry(bytes);
        error = assent_kv_apply(log->kv, items, count + 1);
    }
    if (error == ASSENT_OK) { /* LOG-3: from here on the entry is durable too */
        log->pending = true;
        (void)catch_up(log, entry->time);
    }
    return error;
}

int assent_audit_log_idle(struct assent_audit_log *log, struct assent_time now)
{
    bool unfinished = log->fresh || log->pending || log->due;
    int error = catch_up(log, now);

    if (error == ASSENT_OK) {
        error = settle(log);
    }
    if (error == ASSENT_OK && !unfinished && !log->ready) {
        error = make_ready(log, now);
        unfinished = true;
    }
    return error == ASSENT_ERR_FULL ? 0 : error != ASSENT_OK ? error : unfinished ? 1 : 0;
}
