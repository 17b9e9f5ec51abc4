/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_STORAGE_KV_LOG_H
#define ASSENT_STORAGE_KV_LOG_H

/* What the files kv_*.c share; nobody else includes this. Errors are passed through from the flash. */

#include "core/bytes.h"
#include "storage/kv.h"
#include "storage/kv_format.h"

/* A record as its header describes it. */
struct assent_kv_record {
    uint32_t addr; /* offset in the region */
    uint32_t seq;  /* of its sector */
    uint32_t prev; /* offset of the next older one in the chain, unchecked; 0 none */
    uint32_t crc;
    uint32_t size; /* with padding */
    uint16_t hash; /* 12 bits */
    uint16_t value_bytes;
    uint8_t key_bytes; /* 0: control */
    uint8_t space;
    bool copy;
    bool batch;
};

/* What is to be appended: key and value in memory, or the record at `from`. */
struct assent_kv_draft {
    const uint8_t *key;
    const uint8_t *value;
    const struct assent_kv_record *from;
    uint32_t prev;
    uint16_t hash;
    uint16_t value_bytes;
    uint8_t key_bytes;
    uint8_t space;
    bool copy;
    bool batch;
};

/* Which value: the versions of it are the records that match. */
struct assent_kv_ident {
    const uint8_t *key;
    uint16_t hash;
    uint8_t key_bytes;
    uint8_t space;
    bool copy;
};

/* The place of a walk through one sector. */
struct assent_kv_walk {
    uint32_t seq, off, end;
    bool resync;
    bool skipped; /* something that is no record was passed over */
};

struct assent_kv_sector {
    uint32_t seq, tail, wear;
    uint32_t previous_end;
    uint16_t tag;
    uint8_t version, layout, geometry;
    bool erased; /* part A is valid */
    bool blank;  /* part A is valid and nothing follows */
    bool opened; /* part B is valid too */
    bool retired;
    bool empty; /* all 32 bytes are 0xFF */
};

enum { KV_NONE = 0, KV_RECORD = 1, KV_BAD = 2 };

/* kv_log.c: bytes and sectors */
static inline uint32_t assent_kv_log_base(const struct assent_kv *kv, uint32_t seq)
{
    return seq % kv->flash->sector_count * kv->flash->sector_bytes;
}

static inline uint32_t assent_kv_log_align(const struct assent_kv *kv, uint32_t n)
{
    uint32_t unit = 1U << kv->unit_shift;

    return (n + unit - 1) & ~(unit - 1);
}

static inline uint32_t assent_kv_log_size(const struct assent_kv *kv, uint32_t key_bytes,
                                          uint32_t value_bytes)
{
    return assent_kv_log_align(kv, kv->header_bytes + key_bytes + value_bytes +
                                       (key_bytes > 0 ? kv->trailer : 0U));
}

uint32_t assent_kv_log_seq(const struct assent_kv *kv, uint32_t addr);
int assent_kv_log_read(struct assent_kv *kv, uint32_t addr, void *out, uint32_t len);
int assent_kv_log_program(struct assent_kv *kv, uint32_t addr, const void *data, uint32_t len);
int assent_kv_log_sync(struct assent_kv *kv);
/* Are len bytes at addr all equal to byte? 1, 0 or an error. Uses the buffer. */
int assent_kv_log_filled(struct assent_kv *kv, uint32_t addr, uint32_t len, uint8_t byte);
/* Program len bytes at addr to zero, page by page, again if need be, and see that they are. Uses the
 * buffer. */
int assent_kv_log_clear(struct assent_kv *kv, uint32_t addr, uint32_t len);
int assent_kv_log_sector(struct assent_kv *kv, uint32_t place, struct assent_kv_sector *sector);
/* Erase the sector at place and make it ready; wear is its new count. ASSENT_ERR_IO: retired. */
int assent_kv_log_make_ready(struct assent_kv *kv, uint32_t place, uint32_t wear);
/* Program part B for number seq. */
int assent_kv_log_open(struct assent_kv *kv, uint32_t seq, uint32_t previous_end);
/* Open the next ready sector. ASSENT_ERR_FULL: there is none. */
int assent_kv_log_advance(struct assent_kv *kv);

/* kv_record.c: records */
/* KV_RECORD, KV_NONE (blank or zero), KV_BAD or an error. seq is that of the sector. */
int assent_kv_record_load(struct assent_kv *kv, uint32_t addr, uint32_t seq,
                          struct assent_kv_record *record);
/* 1 if the CRC-32 is right, 0 if not, or an error. Uses the buffer. */
int assent_kv_record_intact(struct assent_kv *kv, const struct assent_kv_record *record);
/* The same with the value already in memory, in a store that is not sealed. */
int assent_kv_record_intact_value(struct assent_kv *kv, const struct assent_kv_record *record,
                                  const uint8_t *value);
/* Read the key: 1, 0 if it cannot be had (CRC or tag wrong in a sealed store) or an error. In a
 * sealed store key and value are left in the clear in buffer + header_bytes. */
int assent_kv_record_key(struct assent_kv *kv, const struct assent_kv_record *record,
                         uint8_t key[ASSENT_KV_KEY_BYTES]);
/* Append; on success *record is the new one. The space has been seen to before. */
int assent_kv_record_append(struct assent_kv *kv, const struct assent_kv_draft *draft,
                            struct assent_kv_record *record);
/* Zero key, value, tag and CRC-32 of a record for good. */
int assent_kv_record_zero(struct assent_kv *kv, const struct assent_kv_record *record);
/* Is it dead and all zero? 1, 0 or an error. */
int assent_kv_record_gone(struct assent_kv *kv, const struct assent_kv_record *record);
/* Program it again in place. */
int assent_kv_record_firm(struct assent_kv *kv, const struct assent_kv_record *record);
/* Walk a sector: begin, then next until it returns 0 (end) or an error. */
int assent_kv_record_begin(struct assent_kv *kv, uint32_t seq, uint32_t off,
                           struct assent_kv_walk *walk);
int assent_kv_record_next(struct assent_kv *kv, struct assent_kv_walk *walk,
                          struct assent_kv_record *record);

/* kv_index.c: hashes and chains */
uint64_t assent_kv_index_hash(const struct assent_kv *kv, uint8_t space, struct assent_span key);
uint32_t assent_kv_index_head(const struct assent_kv *kv, uint16_t hash);
void assent_kv_index_set_head(struct assent_kv *kv, uint16_t hash, uint32_t addr);
/* First record of a chain, and the next older one: KV_RECORD, KV_NONE, KV_BAD or an error. */
int assent_kv_index_first(struct assent_kv *kv, uint16_t hash, struct assent_kv_record *record);
int assent_kv_index_older(struct assent_kv *kv, uint16_t hash, struct assent_kv_record *record);
/* What a new record of this chain should link to. replaced: the version it replaces, or 0. */
int assent_kv_index_link(struct assent_kv *kv, uint16_t hash, uint32_t replaced, uint32_t *link);
/* The live version. ASSENT_ERR_NOT_FOUND; ASSENT_ERR_CORRUPT with *record set: there is one that
 * cannot be told. after: go on behind *record. The CRC-32 is not checked. */
int assent_kv_index_find(struct assent_kv *kv, const struct assent_kv_ident *ident, bool after,
                         struct assent_kv_record *record);
/* The ident of a record, its key read into key. 1, 0 or an error as assent_kv_record_key. */
int assent_kv_index_ident(struct assent_kv *kv, const struct assent_kv_record *record,
                          uint8_t key[ASSENT_KV_KEY_BYTES], struct assent_kv_ident *ident);
/* Zero all versions older than *from but the one at spare; before is the head that the chain had before
 * *from. thorough: also those that look dead. */
int assent_kv_index_bury(struct assent_kv *kv, const struct assent_kv_ident *ident,
                         const struct assent_kv_record *from, uint32_t before, uint32_t spare,
                         bool thorough);

/* kv_clean.c: room */
uint32_t assent_kv_clean_capacity(const struct assent_kv *kv);
uint32_t assent_kv_clean_charge(const struct assent_kv *kv, uint32_t size);
/* Make room for count records of these sizes to be appended one after the other. */
int assent_kv_clean_room(struct assent_kv *kv, const uint16_t *sizes, uint32_t count);
/* Erase the oldest sector that may be erased. */
int assent_kv_clean_erase(struct assent_kv *kv);
/* Let idle() clean up to and including sector seq. */
void assent_kv_clean_until(struct assent_kv *kv, uint32_t seq);
/* Append a control record. */
int assent_kv_clean_control(struct assent_kv *kv, enum assent_kv_control kind, uint32_t value);
/* Copy the live records of one sector to the head, or only the one at offset only. */
int assent_kv_clean_forward(struct assent_kv *kv, uint32_t seq, uint32_t only);

/* kv_batch.c: before the first change after a mount, on flash that cannot be zeroed or is disturbed. */
int assent_kv_batch_settle(struct assent_kv *kv);

/* kv_replay.c: read the log from tail_seq to head_seq into the index, finish or take back what the power
 * cut off, and count what is live. */
int assent_kv_replay(struct assent_kv *kv);

#endif
