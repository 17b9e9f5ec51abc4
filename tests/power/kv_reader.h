/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TESTS_POWER_KV_READER_H
#define ASSENT_TESTS_POWER_KV_READER_H

/* A second reader of the key-value store, written from storage/kv_format.h alone, for comparison with the
 * store itself. It has no chains, changes nothing and shares no code with the store. It reads images
 * as a power cut left them. Stores that are not sealed only. */

#include <stdbool.h>
#include <stdint.h>

enum { KV_READER_RECORDS = 32768, KV_READER_KEY_BYTES = 32 };

struct kv_reader_record {
    uint32_t offset; /* in the region */
    uint32_t value;  /* offset of the value */
    uint16_t value_bytes;
    uint8_t key_bytes;
    uint8_t space;
    bool copy;
    bool exists;  /* not a member of an unfinished batch */
    bool removal; /* the value is no more */
    bool dead;
    bool intact; /* CRC-32 is right */
    uint8_t key[KV_READER_KEY_BYTES];
};

struct kv_reader {
    const uint8_t *bytes; /* the region; borrowed */
    uint32_t sector_bytes;
    uint32_t sector_count;
    uint32_t page_bytes;

    uint32_t newest; /* sequence numbers */
    uint32_t tail;
    unsigned unit_shift;
    bool wide;
    uint32_t count;
    struct kv_reader_record record[KV_READER_RECORDS]; /* in the order of the log */
};

/* Read the image; bytes and sizes have been set.
 *   return  true, or false: no store that this reader can read */
bool kv_reader_load(struct kv_reader *reader);

/* The live version of a value.
 *   return  NULL if there is none */
const struct kv_reader_record *kv_reader_find(const struct kv_reader *reader, uint8_t space,
                                              const uint8_t *key, uint8_t key_bytes);

/* The live value at or after *cursor, each once. *cursor is 0 to start. NULL: no more. */
const struct kv_reader_record *kv_reader_next(const struct kv_reader *reader, uint32_t *cursor);

#endif
