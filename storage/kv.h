/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_STORAGE_KV_H
#define ASSENT_STORAGE_KV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/seam.h"
#include "core/span.h"
#include "storage/flash.h"

/* A key-value store on NOR flash: a ring of erase sectors written as one log, with the index kept as
 * chains inside the log and two bytes of RAM for each chain. storage/kv_format.h has the format.
 *
 * What holds for every function here
 *  - Power may fail at any moment. A change that was acknowledged is there after the next mount; one
 *    that was not is there as a whole or not at all, and what one mount showed every later one shows.
 *  - Everything lives in memory of the caller: struct assent_kv, the heads, the buffer. Nothing is
 *    allocated and nothing is kept elsewhere. Stack on a Cortex-M3 at -Os: 1000 bytes for put, delete
 *    and apply, 840 for mount, 704 for idle, 544 for the rest, not counting the flash driver and the
 *    cipher.
 *  - Spans passed in are read during the call only. Functions are not re-entrant; one thread.
 *  - Time: a put with a value of up to sector_bytes/16 does at most one sector erase and at most
 *    17 record copies (a region of fewer than 32 sectors that is nearly full: one sector of them);
 *    larger ones and batches at most one erase more for each sector they fill.
 *  - Erasure: when delete, put or apply returns, every copy of the key and value that it removed is
 *    programmed to zeros. Where the flash may be programmed only once (ASSENT_FLASH_ONCE) or the
 *    option ASSENT_KV_KEEP_OLD is set, the copies vanish when the ring has turned past them:
 *    idle() brings that about, after a delete on flash that is programmed once and after
 *    assent_kv_turn() always; assent_kv_stats.unerased_sectors is 0 when it is done.
 *  - Errors: ASSENT_ERR_IO, ASSENT_ERR_FULL and ASSENT_ERR_READ_ONLY from a change mean that nothing
 *    changed. A copy that could not be zeroed because the device failed is counted in
 *    assent_kv_stats.unerased_records until idle() has erased the sector that it lies in. */

enum {
    ASSENT_KV_KEY_BYTES = 32,     /* longest key; the shortest is 1 */
    ASSENT_KV_VALUE_BYTES = 4000, /* longest value; 0 is allowed */
    ASSENT_KV_BATCH_COUNT = 8,    /* changes in one batch */
    ASSENT_KV_SECRET_BYTES = 16,  /* of the keyed hash */
    ASSENT_KV_BUFFER_BYTES = 256, /* smallest work buffer */
    ASSENT_KV_TAG_BYTES = 16      /* added to each record where encryption is on */
};

enum assent_kv_option {
    ASSENT_KV_KEEP_OLD = 1, /* do not overwrite old copies: halves the bytes programmed */
    ASSENT_KV_READ_ONLY = 2 /* never program or erase, not even to finish what a cut left undone */
};

/* How a store is set up. All pointers stay valid as long as the store is in use. */
struct assent_kv_config {
    const struct assent_flash *flash;

    /* Bucket heads: 2 bytes a bucket on regions up to 1 MiB, 4 above. The store uses the largest
     * power of two of buckets that fits, 16..4096, which has to stay the same for the life of the store:
     * links in the flash follow it (assent_layout_heads_bytes). One bucket for every 2 to 4 records is
     * plenty: 2048 bytes for 4,000 records. Aligned for uint32_t. */
    void *heads;
    uint32_t heads_bytes;

    /* Work buffer, at least ASSENT_KV_BUFFER_BYTES and a page. With encryption a key and its value
     * and ASSENT_KV_TAG_BYTES together must fit into it: it bounds the size of a value. */
    uint8_t *buffer;
    uint32_t buffer_bytes;

    /* Device secret that keys the hash, so that nobody outside can choose keys that collide. The
     * same one for the life of the store: mount refuses another. */
    uint8_t secret[ASSENT_KV_SECRET_BYTES];

    /* Encryption at rest: key and value are sealed, with (sector sequence, offset, region) as the
     * nonce, which never repeats in the life of a store. A store is formatted with it or without it.
     * Use a new key for each format. crypto == NULL or key == NULL: none. */
    const struct assent_crypto *crypto;
    const uint8_t *key; /* ASSENT_AEAD_KEY_BYTES */
    uint32_t region;    /* tells the regions of a device that share one key apart */

    /* Namespaces whose values are kept twice: bit space%8 of byte space/8 of 32 bytes. For the few
     * values the device cannot live without. NULL: none. */
    const uint8_t *twice;

    uint32_t options; /* of enum assent_kv_option */
};

/* The state of a mounted store. Members are for kv_*.c only; the small ones stand first, where the
 * instructions that reach them are short. */
struct assent_kv {
    uint8_t
        header_bytes;   /* of a record: 12, or 16 above 1 MiB, where heads and links have 32 bits */
    uint8_t unit_shift; /* records are aligned to 1 << unit_shift */
    uint8_t bucket_shift; /* hash >> bucket_shift is the bucket */
    uint8_t trailer;      /* bytes after each value: the tag, or 0 */
    uint8_t failures;     /* programs and erases that failed one after the other */
    bool again;           /* bytes may be programmed more than once */
    bool zero;            /* old copies are programmed to zeros */
    bool fresh;           /* mounted, nothing appended since: the page under way is not trusted */
    bool sealed;          /* the newest sector takes no more records */
    bool read_only;
    bool foreign; /* a format this build cannot read */
    bool open;
    uint16_t count;      /* sectors */
    uint16_t page_bytes; /* of the flash */
    uint16_t blank;      /* sectors that are erased and ready */
    uint16_t retired;    /* bad sectors */
    uint16_t scrub_off;  /* where the scrub stands in its sector / 4 */
    int16_t error;       /* first failed read of this call: what was read after it is zeros, and
                          * nothing is programmed or erased after it */
    const struct assent_flash *flash;
    const struct assent_kv_config *config;
    uint32_t sector_bytes;
    uint32_t head_seq;     /* sequence number of the newest sector; its place is head_seq % count */
    uint32_t head_off;     /* offset in it at which the next record goes */
    uint32_t tail_seq;     /* oldest sector that may hold live records */
    uint32_t keep_seq;     /* oldest that is not erased yet: keep_seq <= stated_seq <= tail_seq */
    uint32_t stated_seq;   /* what the newest sector says of the tail */
    uint32_t live_bytes;   /* what the live records take, charged as kv_format.h says */
    uint32_t clean_off;    /* records of the tail sector below this offset are dealt with */
    uint32_t victim_bytes; /* copied out of the tail sector so far */
    uint32_t owed_bytes;   /* live bytes that this round of cleaning has still to visit, at most */
    uint32_t turn_seq;     /* idle() cleans up to and including this sector */
    uint32_t scrub_seq;    /* the sector in which the scrub stands */
    uint32_t layout;       /* bytes 24..27 of the sector headers */
    uint32_t erase_count;
    uint32_t copied_records;
    uint32_t corrupt_records;
    uint32_t unerased_records;
};

/* What a store says about itself. */
struct assent_kv_stats {
    uint32_t capacity_bytes; /* most that live records may take */
    uint32_t live_bytes;     /* what they take */
    uint32_t region_bytes;
    uint32_t blank_sectors;    /* erased, ready */
    uint32_t retired_sectors;  /* bad, not used any more */
    uint32_t unerased_sectors; /* before the ring has turned as asked for by assent_kv_turn() */
    uint32_t unerased_records; /* copies that ought to be zeroed and are not, see above */
    uint32_t corrupt_records;  /* records met whose checksum failed, since mount */
    uint32_t erase_count;      /* sector erases since mount */
    uint32_t copied_records;   /* records copied by cleaning since mount */
    uint32_t highest_wear;     /* erases of the most worn sector in the life of the store */
    uint32_t sequence;         /* sector openings in the life of the store */
    bool read_only;
};

/* Erase the whole region and make an empty store of it. Nothing of what was there remains; sequence
 * numbers go on from what was there if it was a store. Takes sector_count erases; a power cut during
 * it leaves no store or part of the old one: format again.
 *   return  ASSENT_OK
 *           ASSENT_ERR_RANGE  the geometry, heads or buffer are outside what is documented
 *           ASSENT_ERR_IO     fewer than 4 sectors work
 *           ASSENT_ERR_CRYPTO a key without seal and open */
int assent_kv_format(const struct assent_kv_config *config);

/* Open the store that is in the region, and finish or undo what a power cut left half done. Never
 * formats and never erases a sector that holds a valid record without a newer copy elsewhere.
 * After an error of VERSION, CORRUPT or AUTH nothing has been written.
 *   config  borrowed until the store is no longer used
 *   return  ASSENT_OK; kv->read_only tells whether it can be written
 *           ASSENT_ERR_NOT_FOUND  no store here: every sector lacks a header. Format it, or do not
 *           ASSENT_ERR_VERSION    a format of a newer build; all calls fail with the same error
 *           ASSENT_ERR_AUTH       made with another secret
 *           ASSENT_ERR_RANGE      as above, or formatted with another geometry or encryption
 *           ASSENT_ERR_IO         the device cannot be read */
int assent_kv_mount(struct assent_kv *kv, const struct assent_kv_config *config);

/* Read a value.
 *   space   1..255
 *   key     1..ASSENT_KV_KEY_BYTES bytes, any bytes
 *   out     room for cap bytes; void unless the result is a length
 *   return  length of the value, 0..ASSENT_KV_VALUE_BYTES
 *           ASSENT_ERR_NOT_FOUND  no such key
 *           ASSENT_ERR_SPACE      longer than cap
 *           ASSENT_ERR_CORRUPT    there, but its checksum fails, or it was not sealed with this key; and
 *                                 so with its second copy
 *           ASSENT_ERR_CRYPTO     the cipher failed
 *           ASSENT_ERR_RANGE      space or key out of range
 *           ASSENT_ERR_IO, ASSENT_ERR_VERSION, ASSENT_ERR_STATE (not mounted) */
int assent_kv_get(struct assent_kv *kv, uint8_t space, struct assent_span key, uint8_t *out,
                  size_t cap);

/* Set a value. Durable when it returns, and the value it replaces is gone.
 *   return  ASSENT_OK
 *           ASSENT_ERR_FULL       no room; delete something, nothing has changed
 *           ASSENT_ERR_LIMIT      value longer than ASSENT_KV_VALUE_BYTES or, with encryption, than
 *                                 the buffer allows
 *           ASSENT_ERR_IO         the device failed; nothing has changed
 *           ASSENT_ERR_READ_ONLY  the store takes no changes (any more)
 *           ASSENT_ERR_RANGE, ASSENT_ERR_VERSION, ASSENT_ERR_STATE, ASSENT_ERR_CRYPTO */
int assent_kv_put(struct assent_kv *kv, uint8_t space, struct assent_span key,
                  struct assent_span value);

/* Remove a key. Always possible, also when the store is full.
 *   return  ASSENT_OK
 *           ASSENT_ERR_NOT_FOUND  no such key
 *           and those of assent_kv_put but FULL and LIMIT */
int assent_kv_delete(struct assent_kv *kv, uint8_t space, struct assent_span key);

/* Apply 1..ASSENT_KV_BATCH_COUNT changes as one: after a power cut all of them are there or none.
 * Removing a key that is not there is no error. A key occurs at most once in a batch.
 *   return  as assent_kv_put; ASSENT_ERR_RANGE also for a count outside 1..8 and a key named twice */
int assent_kv_apply(struct assent_kv *kv, const struct assent_store_item *items, size_t count);

/* Visit the keys of a namespace, in the order of their hashes. A key that is there during the whole
 * walk is visited exactly once, whatever is put, deleted or cleaned meanwhile.
 *   cursor  0 to start
 *   key     room for ASSENT_KV_KEY_BYTES
 *   return  length of the key
 *           ASSENT_ERR_NOT_FOUND  no more
 *           ASSENT_ERR_IO, ASSENT_ERR_VERSION, ASSENT_ERR_STATE */
int assent_kv_next(struct assent_kv *kv, uint8_t space, uint64_t *cursor,
                   uint8_t key[ASSENT_KV_KEY_BYTES]);

/* Do one bounded piece of upkeep: finish a pending erasure, erase one sector that holds nothing any
 * more, or copy up to 8 records out of the oldest sector. Call it whenever there is time; puts then
 * never erase.
 *   return  1  more to do
 *           0  nothing to do now
 *           negative: ASSENT_ERR_IO, ASSENT_ERR_READ_ONLY, ASSENT_ERR_STATE */
int assent_kv_idle(struct assent_kv *kv);

/* Ask for one full turn of the ring: when idle() has returned 0, every sector that held a record now
 * has been erased. Makes of every overwritten byte an erased one (NIST SP 800-88: purge). */
void assent_kv_turn(struct assent_kv *kv);

/* Read and check the next piece of the store, up to 8 records. A damaged record makes idle() move
 * what is around it to fresh cells.
 *   return  1 more to do in this round, 0 the round is complete and the next call starts another
 *           ASSENT_ERR_CORRUPT  a record fails its checksum; the round goes on with the next call
 *           ASSENT_ERR_IO, ASSENT_ERR_STATE */
int assent_kv_scrub(struct assent_kv *kv);

/* Fill in what the store says about itself. Reads every sector header: 0.1 ms for 64 sectors. */
void assent_kv_stats(struct assent_kv *kv, struct assent_kv_stats *stats);

/* What assent_kv_check() can find; tools/store_check.c has it in words. */
enum assent_kv_finding {
    ASSENT_KV_FIND_LIVE,          /* not a fault: a live record; for listings */
    ASSENT_KV_FIND_HEADER,        /* sector header damaged, the sector is inside the log */
    ASSENT_KV_FIND_VERSION,       /* sector header of an unknown format version */
    ASSENT_KV_FIND_SEQUENCE,      /* sector missing from the log */
    ASSENT_KV_FIND_RETIRED,       /* bad sector out of use */
    ASSENT_KV_FIND_NOT_BLANK,     /* a sector that is said to be blank is not */
    ASSENT_KV_FIND_RECORD_HEADER, /* bytes in the log that are no record */
    ASSENT_KV_FIND_RECORD_BODY,   /* record whose checksum fails */
    ASSENT_KV_FIND_LINK,          /* link to a record that is not older */
    ASSENT_KV_FIND_UNREACHABLE,   /* valid record that its chain does not lead to */
    ASSENT_KV_FIND_STALE,     /* valid record with a newer copy outside the part being cleaned */
    ASSENT_KV_FIND_NOT_ZERO,  /* dead record that still has bytes of its key or value */
    ASSENT_KV_FIND_BATCH,     /* member of a batch that was never completed, still readable */
    ASSENT_KV_FIND_COUNT,     /* live bytes differ from the counter */
    ASSENT_KV_FIND_UNREADABLE /* the device failed to read */
};

struct assent_kv_check {
    void *ctx;
    /* Called for each finding.
     *   offset  in the sector
     *   bytes   that the finding is about, 0 if that makes no sense
     *   return  true to go on */
    bool (*report)(void *ctx, enum assent_kv_finding finding, uint32_t sector, uint32_t offset,
                   uint32_t bytes);
};

/* Walk everything in a mounted store and report what is wrong. Never writes.
 *   return  number of findings but ASSENT_KV_FIND_LIVE, 0 if sound
 *           ASSENT_ERR_STATE */
int assent_kv_check(struct assent_kv *kv, const struct assent_kv_check *check);

#endif
