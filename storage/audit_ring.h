/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_STORAGE_AUDIT_RING_H
#define ASSENT_STORAGE_AUDIT_RING_H

/* What the files audit_*.c share: sectors and slots of the audit log as storage/audit_log.h describes
 * them. Nobody else includes this. */

#include "storage/audit_log.h"

enum { ASSENT_AUDIT_RING_HEADER_BYTES = 64 };

struct assent_audit_sector {
    uint32_t epoch;
    uint32_t first; /* sequence of the first entry */
    uint32_t erases;
    uint8_t mac[ASSENT_AUDIT_MAC_BYTES]; /* of the entry before; zeros if the header is damaged */
    bool valid;                          /* has an epoch that fits its place */
    bool ready;                          /* erased, as its mark says, and not opened */
    bool foreign;                        /* of a format this build does not know */
};

/* Slots in a sector. */
static inline uint32_t assent_audit_ring_slots(const struct assent_audit_log *log)
{
    return log->flash->sector_bytes / ASSENT_AUDIT_ENTRY_BYTES - 1;
}

static inline uint32_t assent_audit_ring_place(const struct assent_audit_log *log, uint32_t epoch)
{
    return epoch % log->flash->sector_count;
}

/* Are len bytes all equal to byte? */
bool assent_audit_ring_filled(const uint8_t *bytes, size_t len, uint8_t byte);

/* Read what the start of a sector says. A damaged header is made up for from the first entries.
 *   return  ASSENT_OK, ASSENT_ERR_IO */
int assent_audit_ring_look(const struct assent_audit_log *log, uint32_t place,
                           struct assent_audit_sector *sector);

/* The sector of the first epoch from..to (inclusive) that there is.
 *   return  ASSENT_OK, ASSENT_ERR_NOT_FOUND, ASSENT_ERR_IO */
int assent_audit_ring_seek(const struct assent_audit_log *log, uint32_t from, uint32_t to,
                           struct assent_audit_sector *sector);

/* Program the header of an epoch's sector, for the first time or once more to firm it.
 *   return  ASSENT_OK
 *           ASSENT_ERR_IO  the flash failed, or what is there has bits that programming cannot set;
 *                          then it is left as it is */
int assent_audit_ring_open(const struct assent_audit_log *log, uint32_t epoch, uint32_t first,
                           const uint8_t mac[ASSENT_AUDIT_MAC_BYTES]);

/* Erase a sector and mark it as ready.
 *   return  ASSENT_OK, ASSENT_ERR_IO */
int assent_audit_ring_erase(const struct assent_audit_log *log, uint32_t place, uint32_t erases);

/* Read a slot. write: program it and read it back; zero: make it void.
 *   return  ASSENT_OK, ASSENT_ERR_IO */
int assent_audit_ring_read(const struct assent_audit_log *log, uint32_t epoch, uint32_t slot,
                           uint8_t out[ASSENT_AUDIT_ENTRY_BYTES]);
int assent_audit_ring_write(const struct assent_audit_log *log, uint32_t slot,
                            const uint8_t entry[ASSENT_AUDIT_ENTRY_BYTES]);
int assent_audit_ring_zero(const struct assent_audit_log *log, uint32_t slot);

/* ---- audit_keep.c: what the log keeps in the store ---- */

enum { ASSENT_AUDIT_KEEP_BYTES = ASSENT_SHA256_BYTES + ASSENT_AUDIT_HEAD_BYTES };

/* Read "k" and "s" into chain and seal key.
 *   return  ASSENT_OK, ASSENT_ERR_NOT_FOUND (no log), ASSENT_ERR_AUTH (one of them is gone, damaged or
 *           has a wrong seal), and those of assent_kv_get */
int assent_audit_keep_load(struct assent_audit_log *log);

/* Write "k" for a chain that stands at the start of its epoch. The former key is gone then.
 *   return  as assent_kv_put; ASSENT_ERR_CRYPTO, ASSENT_ERR_RANGE */
int assent_audit_keep_store(struct assent_audit_log *log, const struct assent_audit_chain *chain,
                            struct assent_time now);

/* "a" and "b" as items of a batch; bytes stay where they are until it is applied. bytes NULL: remove. */
struct assent_store_item assent_audit_keep_entry(const uint8_t *bytes);
struct assent_store_item assent_audit_keep_checkpoint(const uint8_t *bytes);

#endif
