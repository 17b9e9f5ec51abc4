/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_STORAGE_AUDIT_RING_H
#define ASSENT_STORAGE_AUDIT_RING_H

/* What the files audit_*.c share: sectors and slots of the audit log as storage/audit_log.h describes
 * them. Nobody else includes this. A sector is named by an epoch; its place follows from it. */

#include "storage/audit_log.h"

struct assent_audit_sector {
    uint32_t epoch;
    uint32_t first; /* sequence of the first entry */
    uint32_t erases;
    uint8_t mac[ASSENT_AUDIT_MAC_BYTES]; /* of the entry before; zeros if the header is damaged */
    bool valid;                          /* has an epoch that fits its place */
    bool ready;                          /* erased, as its mark says, and not opened */
    bool foreign;                        /* of a format this build does not know */
    bool guessed; /* the header is damaged: epoch and first are an entry's, which may be as well */
};

/* Slots in a sector. */
static inline uint32_t assent_audit_ring_slots(const struct assent_audit_log *log)
{
    return log->flash->sector_bytes / ASSENT_AUDIT_ENTRY_BYTES - 1;
}

/* The epoch whose sector is opened next. */
static inline uint32_t assent_audit_ring_next(const struct assent_audit_log *log)
{
    return log->chain.epoch + (log->open ? 1 : 0);
}

/* No sector of an older epoch is of the log. */
uint32_t assent_audit_ring_oldest(const struct assent_audit_log *log);

/* Are len bytes all equal to byte? */
bool assent_audit_ring_filled(const uint8_t *bytes, size_t len, uint8_t byte);

/* Read what is at the place of an epoch. A damaged header is made up for from the first entries.
 *   return  ASSENT_OK, ASSENT_ERR_IO */
int assent_audit_ring_look(const struct assent_audit_log *log, uint32_t epoch,
                           struct assent_audit_sector *sector);

/* The first sector of the log from an epoch on.
 *   return  ASSENT_OK, ASSENT_ERR_NOT_FOUND, ASSENT_ERR_IO */
int assent_audit_ring_seek(const struct assent_audit_log *log, uint32_t epoch,
                           struct assent_audit_sector *sector);

/* Program the header of the sector that begins where a chain stands, for the first time or once more
 * to firm it.
 *   return  ASSENT_OK
 *           ASSENT_ERR_IO  the flash failed, or what is there has bits that programming cannot set;
 *                          then it is left as it is */
int assent_audit_ring_open(const struct assent_audit_log *log,
                           const struct assent_audit_chain *start);

/* Whether nothing is in count slots at the place of an epoch, whatever its mark says. */
bool assent_audit_ring_blank(const struct assent_audit_log *log, uint32_t epoch, uint32_t slot,
                             uint32_t count);

/* Erase the place of an epoch and mark it as ready.
 *   erases  how often it was erased before
 *   return  ASSENT_OK, ASSENT_ERR_IO */
int assent_audit_ring_erase(const struct assent_audit_log *log, uint32_t epoch, uint32_t erases);

/* Read a slot. write: program one of the newest sector and read it back; zero: make it void.
 *   return  ASSENT_OK, ASSENT_ERR_IO */
int assent_audit_ring_read(const struct assent_audit_log *log, uint32_t epoch, uint32_t slot,
                           uint8_t out[ASSENT_AUDIT_ENTRY_BYTES]);
int assent_audit_ring_write(const struct assent_audit_log *log, uint32_t slot,
                            const uint8_t entry[ASSENT_AUDIT_ENTRY_BYTES]);
int assent_audit_ring_zero(const struct assent_audit_log *log, uint32_t slot);

/* ---- audit_keep.c: what the log keeps in the store ---- */

/* Read "s", and from "k" where the newest epoch begins.
 *   chain   void unless ASSENT_OK; wipe it
 *   return  ASSENT_OK; ASSENT_ERR_NOT_FOUND; ASSENT_ERR_AUTH (damaged, or a wrong seal);
 *           ASSENT_ERR_VERSION (of a newer build); ASSENT_ERR_CRYPTO, and those of assent_kv_get */
int assent_audit_keep_load(struct assent_audit_log *log, struct assent_audit_chain *chain);

/* Write "k" for a chain that stands at the start of its epoch. The former key is gone then.
 *   return  as assent_kv_put; ASSENT_ERR_CRYPTO, ASSENT_ERR_RANGE */
int assent_audit_keep_store(struct assent_audit_log *log, const struct assent_audit_chain *chain);

/* Read "a".
 *   return  as assent_fixed_get and assent_audit_decode */
int assent_audit_keep_entry(const struct assent_audit_log *log, struct assent_audit_entry *entry,
                            uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES]);

#endif
