/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_STORAGE_KV_LOG_H
#define ASSENT_STORAGE_KV_LOG_H

/* What the files kv_*.c share; nobody else includes this.
 *
 * A read that fails is not an error of each function here: it gives zeros, which are no record, no blank
 * and no valid checksum, and sets kv->error. From then on nothing is read, programmed or erased, and the
 * function that the caller of the store called returns that error. Whoever takes the absence of something
 * for a reason to act looks at kv->error first. */

#include "core/bytes.h"
#include "storage/kv.h"
#include "storage/kv_format.h"

/* A record as its header describes it, one to be appended, or (by namespace, hash, key and copy bit) the
 * value that records are versions of. */
struct assent_kv_record {
    uint32_t addr; /* offset in the region */
    uint32_t seq;  /* of its sector */
    uint32_t prev; /* offset of the next older one in the chain, unchecked; 0 none */
    uint32_t crc;
    const uint8_t *key;   /* in memory, if it has been read or is to be written */
    const uint8_t *value; /* to be written; key and value NULL: copy the record at addr */
    uint16_t size;        /* with padding */
    uint16_t hash;        /* 12 bits */
    uint16_t value_bytes;
    uint8_t key_bytes; /* 0: control */
    uint8_t space;
    bool copy;
    bool batch;
    bool removed;
};

/* The place of a walk through the log. */
struct assent_kv_walk {
    uint32_t seq, off, end;
    bool resync;
    bool skipped; /* before this record, or the end, something that is none was passed over */
};

enum assent_kv_sector_kind {
    KV_DAMAGED,
    KV_RETIRED,
    KV_EMPTY, /* all 32 bytes are 0xFF */
    KV_READY, /* part A is valid and nothing follows */
    KV_OPENED /* part B is valid too */
};

struct assent_kv_sector {
    uint32_t seq, tail, layout;
    uint32_t wear; /* 0 if part A is not valid */
    uint32_t previous_end;
    uint8_t version;
    uint8_t kind;
};

enum assent_kv_kind { KV_NONE = 0, KV_RECORD = 1, KV_BAD = 2 };

static inline uint32_t assent_kv_log_least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static inline bool assent_kv_log_wide(const struct assent_kv *kv)
{
    return kv->header_bytes == ASSENT_KV_HEADER_MAX_BYTES;
}

/* kv_log.c: bytes and sectors */
/* Begin a call. ASSENT_ERR_STATE, ASSENT_ERR_VERSION; ASSENT_ERR_READ_ONLY if it is to change something. */
int assent_kv_log_begin(struct assent_kv *kv, bool change);
/* Offset of the sector with this number, and the other way round. */
uint32_t assent_kv_log_base(const struct assent_kv *kv, uint32_t seq);
uint32_t assent_kv_log_seq(const struct assent_kv *kv, uint32_t addr);
void assent_kv_log_read(struct assent_kv *kv, uint32_t addr, void *out, uint32_t len);

/* The same for bytes that the power may have failed in: a bit under way to 0 reads differently each
 * time, and counts as 0 if it is 0 in one of many reads. */
void assent_kv_log_read_steady(struct assent_kv *kv, uint32_t addr, uint8_t *out, uint32_t len);
bool assent_kv_log_program(struct assent_kv *kv, uint32_t addr, const void *data, uint32_t len);
bool assent_kv_log_sync(struct assent_kv *kv);
/* Are len bytes at addr all equal to byte? Uses the buffer. */
bool assent_kv_log_filled(struct assent_kv *kv, uint32_t addr, uint32_t len, uint8_t byte);
/* The header of the sector at the place of number seq. */
void assent_kv_log_sector(struct assent_kv *kv, uint32_t seq, struct assent_kv_sector *sector);
/* Erase the sector at the place of number seq and make it ready. false: it does not work and is retired. */
bool assent_kv_log_make_ready(struct assent_kv *kv, uint32_t seq);
/* Open the next ready sector. ASSENT_ERR_FULL: there is none. */
int assent_kv_log_advance(struct assent_kv *kv);

/* kv_record.c: records */
uint32_t assent_kv_record_size(const struct assent_kv *kv, uint32_t key_bytes,
                               uint32_t value_bytes);
/* Whatever it returns, addr and seq are set. KV_NONE: blank, zero or unreadable. */
enum assent_kv_kind assent_kv_record_load(struct assent_kv *kv, uint32_t addr,
                                          struct assent_kv_record *record);
/* Is its CRC-32 right? Uses the buffer, but for a value that goes to out. */
bool assent_kv_record_intact(struct assent_kv *kv, const struct assent_kv_record *record,
                             uint8_t *out);
/* Read the key. false if it cannot be had (tag wrong in a sealed store). In a sealed store key and
 * value are left in the clear in buffer + header_bytes. */
bool assent_kv_record_key(struct assent_kv *kv, const struct assent_kv_record *record,
                          uint8_t key[ASSENT_KV_KEY_BYTES]);
/* Append; on success *record is the new one. The space has been seen to before. */
int assent_kv_record_append(struct assent_kv *kv, struct assent_kv_record *record);
/* Append a control record. */
int assent_kv_record_control(struct assent_kv *kv, enum assent_kv_control kind, uint32_t value);
/* Program it again in place. */
bool assent_kv_record_firm(struct assent_kv *kv, const struct assent_kv_record *record);
/* Program len bytes at addr to zero, again if need be, and see that they are. */
bool assent_kv_record_clear(struct assent_kv *kv, uint32_t addr, uint32_t len);
/* Zero key, value, tag and CRC-32 of a record for good. false: counted as not erased. */
bool assent_kv_record_zero(struct assent_kv *kv, const struct assent_kv_record *record);
/* Is it dead and all zero? */
bool assent_kv_record_gone(struct assent_kv *kv, const struct assent_kv_record *record);
/* Walk the log from offset off of sector seq to its end. next: false at the end or after an error. */
void assent_kv_record_begin(struct assent_kv *kv, uint32_t seq, uint32_t off,
                            struct assent_kv_walk *walk);
bool assent_kv_record_next(struct assent_kv *kv, struct assent_kv_walk *walk,
                           struct assent_kv_record *record);

/* kv_index.c: hashes and chains */
uint64_t assent_kv_index_hash(const struct assent_kv *kv, uint8_t space, struct assent_span key);
uint32_t assent_kv_index_head(const struct assent_kv *kv, uint16_t hash);
void assent_kv_index_set_head(struct assent_kv *kv, uint16_t hash, uint32_t addr);
/* First record of a chain, and the one older than *record. */
enum assent_kv_kind assent_kv_index_first(struct assent_kv *kv, uint16_t hash,
                                          struct assent_kv_record *record);
enum assent_kv_kind assent_kv_index_older(struct assent_kv *kv, struct assent_kv_record *record);
/* Append a record and make it the head of its chain. Its key is in memory. */
int assent_kv_index_append(struct assent_kv *kv, struct assent_kv_record *record);
/* The newest version of the value that *ident names. ASSENT_ERR_NOT_FOUND: none, or it is a removal;
 * ASSENT_ERR_CORRUPT with *record set: there is one that cannot be told. after: go on behind *record.
 * The CRC-32 is not checked. */
int assent_kv_index_find(struct assent_kv *kv, const struct assent_kv_record *ident, bool after,
                         struct assent_kv_record *record);
/* Is this the live version of its value? Reads its key into key, and record->key leads there.
 *   return  ASSENT_OK               it is
 *           ASSENT_ERR_STATE        there is a newer one
 *           ASSENT_ERR_NOT_FOUND    the value is no more, or it is no version of anything
 *           ASSENT_ERR_CORRUPT      it cannot be told
 *           and that of a failed read */
int assent_kv_index_standing(struct assent_kv *kv, struct assent_kv_record *record,
                             uint8_t key[ASSENT_KV_KEY_BYTES]);
/* Zero all versions that the record at addr replaced, and itself if it is a removal; before is the
 * head that its chain had before it. false: something is left. */
bool assent_kv_index_bury(struct assent_kv *kv, uint32_t addr, uint32_t before);

/* kv_clean.c: room */
uint32_t assent_kv_clean_capacity(const struct assent_kv *kv);
uint32_t assent_kv_clean_charge(const struct assent_kv *kv, uint32_t size);
/* A live record is none any more. */
void assent_kv_clean_uncount(struct assent_kv *kv, const struct assent_kv_record *record);
/* Make room for count records of these sizes to be appended one after the other. */
int assent_kv_clean_room(struct assent_kv *kv, const uint16_t *sizes, uint32_t count);
/* Let idle() clean up to and including sector seq. */
void assent_kv_clean_until(struct assent_kv *kv, uint32_t seq);
/* Before the first change after a mount, on flash that cannot be zeroed or is disturbed. */
int assent_kv_clean_settle(struct assent_kv *kv);

/* kv_replay.c: read the log from tail_seq to head_seq into the index, finish or take back what the power
 * cut off, and count what is live. */
int assent_kv_replay(struct assent_kv *kv);

#endif
