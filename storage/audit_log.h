/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_STORAGE_AUDIT_LOG_H
#define ASSENT_STORAGE_AUDIT_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/audit.h"
#include "core/seam.h"
#include "storage/flash.h"
#include "storage/kv.h"

/* The audit log in a flash region of its own: the entries of core/audit.h, 64 bytes each, appended to
 * a ring of erase sectors. One sector holds the entries of one epoch; epoch e lies in sector
 * e % sector_count, so that the order of the sectors is that of their epochs.
 *
 * A sector, little-endian:
 *   offset  bytes  field
 *        0      4  "ASAL"                                     \
 *        4      4  format version, 1                           |
 *        8      4  epoch                                       | header, programmed when the
 *       12      4  sequence of the first entry                 | sector is opened
 *       16     16  MAC of the entry before it, or zeros        |
 *       32     12  0                                           |
 *       44      4  CRC-32 of bytes 0..43                      /
 *       48      4  "BLNK"                                     \
 *       52      4  erases of this sector so far                | mark, programmed when an erase
 *       56      4  0                                           | was complete
 *       60      4  CRC-32 of bytes 48..59                     /
 *       64     64  slots for entries, one behind the other, up to the end of the sector
 * A slot is blank (all 0xFF), void (all 0: a write that power failed on) or holds an entry. Anything
 * else is a void slot as well; it holds nothing and says nothing.
 * A sector is of the log if its header is valid, its epoch fits its place, and it is less than
 * sector_count epochs older than the newest. It is ready for use if its mark is valid and its header
 * blank. Any other sector is erased before use.
 *
 * In the key-value store, ASSENT_SPACE_AUDIT:
 *   "k"  key of the newest epoch (32), sealed head as of the opening of its sector (48)
 *   "s"  seal key (32)
 * and in ASSENT_SPACE_SYSTEM:
 *   "a"  the last entry that was applied together with changes to the store (64)
 *
 * Mount: read "k", "s" and "a" and every header. The newest sector's last entry is the last slot that
 * verifies under the epoch's key; behind it is the end. If "k" names an epoch without a sector, power
 * failed between the two: the log ends where "k" says. If "a" is the entry that comes next, power
 * failed between the store and the log: it is appended. If "a" or "k" know of entries that are not
 * there, the log was cut: it goes on in a new sector with the numbers that are due, so that the gap
 * stays visible. If the log is ahead of "k", the key is hashed forward: the store was rolled back. If
 * a sector of the second turn or a later one has no entry yet, or one that is no checkpoint, a
 * checkpoint is due in it (LOG-4).
 *
 *   LOG-1  an entry that was acknowledged is there after every power cut, until it is dropped
 *   LOG-2  a torn entry is never taken for one, and never stands in the way of later ones
 *   LOG-3  changes applied with an entry and the entry itself are both there or both not
 *   LOG-4  a sector is dropped only when each of its entries is past retention, after a checkpoint
 *          entry in the log itself has said so: its detail is the sequence of the oldest entry kept
 *          and the start of the MAC of the entry before it. Without a slot left for it, the first
 *          entry of the sector that takes the place is the checkpoint, or the second behind "a"
 *   LOG-5  the key of an epoch that has ended is nowhere in the flash
 *   LOG-6  a log that ends before what the store knows of it, or a store older than the log, shows
 *   LOG-7  one append erases at most one sector of the log. What can wait is erased ahead, from the
 *          middle of a sector on, in calls in which the store erases nothing
 *
 * What nobody can see from inside: an image of the whole flash put back as it was at an earlier time.
 * It takes a counter that only rises, outside the flash, or heads that others have kept. */

/* How far a rollback of everything can be noticed. */
enum assent_audit_anchor {
    ASSENT_AUDIT_ANCHOR_NONE,    /* only if one region is older than the other */
    ASSENT_AUDIT_ANCHOR_WITNESS, /* sealed heads have left the device since it was started */
    ASSENT_AUDIT_ANCHOR_COUNTER  /* a counter in hardware agrees */
};

/* A counter that only rises and survives the flash: RPMC, RPMB, a TPM, fuses. */
struct assent_audit_counter {
    void *ctx;
    /* Both return ASSENT_OK or ASSENT_ERR_IO. raise to a value that is not higher does nothing. */
    int (*read)(void *ctx, uint32_t *value);
    int (*raise)(void *ctx, uint32_t value);
};

/* What mount found out; later ones are worse. */
enum assent_audit_finding {
    ASSENT_AUDIT_SOUND,
    ASSENT_AUDIT_ROLLED_BACK, /* the store is older than the log: one of them was put back */
    ASSENT_AUDIT_CUT,         /* entries at the end are missing: cut off, or put back */
    ASSENT_AUDIT_OLD,         /* the counter is ahead: everything was put back */
    ASSENT_AUDIT_NO_KEY /* the key is gone or its head has a wrong seal: nothing can be added */
};

struct assent_audit_log {
    /* Set by the caller before any call; borrowed. */
    struct assent_kv *kv;
    const struct assent_flash *flash;
    const struct assent_crypto *crypto;
    const struct assent_audit_counter *counter; /* NULL: none */
    uint32_t retention_days; /* entries younger than this are never dropped; 0: keep what fits */

    /* For audit_*.c only. */
    uint8_t finding; /* enum assent_audit_finding */
    bool mounted;
    bool open;      /* the chain's epoch has a sector */
    bool fresh;     /* mounted, nothing written since: the end is not trusted */
    bool ready;     /* the next sector is known to be ready for use */
    bool told;      /* the checkpoint about what the next sector displaces is written */
    bool pending;   /* the store holds an entry that the log lacks: "a" */
    bool due;       /* the newest sector has displaced another, and its checkpoint is not written */
    bool counted;   /* the counter could be read */
    bool witnessed; /* a head has left the device since mount */
    uint16_t slot;  /* next free slot of the newest sector, from 0 */
    uint16_t end;   /* slots behind the last entry up to slot are not trusted, if fresh */
    uint16_t erase_count;            /* erases of the store when the call began, low bits */
    uint32_t page_epoch;             /* where paging stands: a sector, */
    uint32_t page_first;             /* and the sequence that it begins with */
    uint32_t full_count;             /* entries refused for lack of room, since mount */
    struct assent_audit_chain chain; /* secret */
    uint8_t seal_key[ASSENT_SHA256_BYTES];
    uint8_t last[ASSENT_AUDIT_ENTRY_BYTES]; /* the last entry, if fresh; zeros: none */
    struct assent_time now;                 /* of the call under way */
    uint64_t drop_after_s; /* when the oldest sector may be dropped; 0: not known */
};

/* Derive the two keys of a new log from a master key that stays with the operator and never lies on
 * the device: who has it can verify every entry ever made.
 *   return  ASSENT_OK, ASSENT_ERR_CRYPTO */
int assent_audit_log_derive(const struct assent_crypto *crypto,
                            const uint8_t master[ASSENT_SHA256_BYTES],
                            uint8_t chain_key[ASSENT_SHA256_BYTES],
                            uint8_t seal_key[ASSENT_SHA256_BYTES]);

/* Make an empty log: erases the region. The log need not be mounted.
 *   return  ASSENT_OK, ASSENT_ERR_IO, ASSENT_ERR_CRYPTO and those of assent_kv_put */
int assent_audit_log_format(struct assent_audit_log *log,
                            const uint8_t chain_key[ASSENT_SHA256_BYTES],
                            const uint8_t seal_key[ASSENT_SHA256_BYTES]);

/* Open the log. Only reads; what a power cut left half done is finished by the first append, head
 * or idle. log->finding says whether anything is missing.
 *   return  ASSENT_OK
 *           ASSENT_ERR_NOT_FOUND  no log here
 *           ASSENT_ERR_VERSION    a log of a newer build
 *           ASSENT_ERR_IO, ASSENT_ERR_CRYPTO and those of assent_kv_get */
int assent_audit_log_mount(struct assent_audit_log *log);

/* Append one entry. Its time is the present time.
 *   entry   sequence and epoch are set
 *   return  ASSENT_OK: durable
 *           ASSENT_ERR_FULL   no sector may be dropped yet. Grants are refused when less than half
 *                             a sector is left, the rest is for what takes consent away
 *           ASSENT_ERR_STATE  not mounted
 *           ASSENT_ERR_READ_ONLY  mount found NO_KEY
 *           ASSENT_ERR_RANGE, ASSENT_ERR_LIMIT, ASSENT_ERR_IO, ASSENT_ERR_CRYPTO */
int assent_audit_log_append(struct assent_audit_log *log, struct assent_audit_entry *entry);

/* Apply changes to the store and append the entry that tells of them, as one (LOG-3).
 *   items   count changes, room for one more; 1..ASSENT_KV_BATCH_COUNT - 1
 *   return  ASSENT_OK: the changes are durable; so is the entry, or it is in the store and the next
 *           call tries again
 *           otherwise nothing has changed: as assent_audit_log_append and assent_kv_apply */
int assent_audit_log_apply(struct assent_audit_log *log, struct assent_store_item *items,
                           size_t count, struct assent_audit_entry *entry);

/* See to it that a grant could be appended now.
 *   return  ASSENT_OK, or what assent_audit_log_append would return */
int assent_audit_log_room(struct assent_audit_log *log, struct assent_time now);

/* Read the first entry with a sequence of at least *sequence.
 *   sequence  in: 0 to start with the oldest kept; out: one more than that of the entry
 *   return    ASSENT_OK
 *             ASSENT_ERR_NOT_FOUND  no more
 *             ASSENT_ERR_STATE, ASSENT_ERR_IO */
int assent_audit_log_next(struct assent_audit_log *log, uint32_t *sequence,
                          uint8_t out[ASSENT_AUDIT_ENTRY_BYTES]);

/* Where verification of what is kept starts: the header of the oldest sector. The key of the epoch
 * comes from the master key: assent_audit_log_derive() and epoch times assent_audit_advance().
 *   chain   key stays as it is; sequence, epoch and mac are set
 *   return  ASSENT_OK, ASSENT_ERR_NOT_FOUND (empty), ASSENT_ERR_STATE, ASSENT_ERR_IO */
int assent_audit_log_start(struct assent_audit_log *log, struct assent_audit_chain *chain);

/* The sealed head of this moment. Give it away: each one that others keep is a witness.
 *   return  ASSENT_OK
 *           otherwise as assent_audit_log_append */
int assent_audit_log_head(struct assent_audit_log *log, struct assent_time now,
                          uint8_t out[ASSENT_AUDIT_HEAD_BYTES]);

/* Seal a digest that leaves the device in a bundle of proof: HMAC-SHA-256 under the seal key over
 * "assent evidence v1" and the digest.
 *   return  ASSENT_OK; ASSENT_ERR_STATE: not mounted, or no key; ASSENT_ERR_CRYPTO */
int assent_audit_log_seal(const struct assent_audit_log *log,
                          const uint8_t digest[ASSENT_SHA256_BYTES],
                          uint8_t out[ASSENT_SHA256_BYTES]);

/* Do one bounded piece of upkeep: finish what a cut left, or make the next sector ready, at most one
 * erase. Appends then never erase.
 *   return  1 something was done, 0 nothing to do, ASSENT_ERR_IO and others of append */
int assent_audit_log_idle(struct assent_audit_log *log, struct assent_time now);

struct assent_audit_stats {
    uint32_t first; /* sequence of the oldest entry kept */
    uint32_t count; /* sequence of the next entry */
    uint32_t epoch;
    uint32_t capacity;     /* entries that fit */
    uint32_t highest_wear; /* erases of the most worn sector */
    uint32_t full_count;   /* entries refused for lack of room, since mount */
    uint64_t newest_s;     /* time of the last entry, 0 if there is none or it had no clock */
    enum assent_audit_finding finding;
    enum assent_audit_anchor anchor;
};

/* What the log says about itself. Reads every header.
 *   return  ASSENT_OK, ASSENT_ERR_STATE, ASSENT_ERR_IO */
int assent_audit_log_stats(struct assent_audit_log *log, struct assent_audit_stats *stats);

#endif
