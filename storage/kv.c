/* SPDX-License-Identifier: MIT */
/* Reading the key-value store: get, iteration, figures, and the store behind the seam of core/. */
#include "storage/kv_log.h"

enum { READS_MAX = 2 /* of a value whose checksum fails */ };

/* Bring the value of a record to out. false if its checksum fails. */
static bool read_value(struct assent_kv *kv, const struct assent_kv_record *record, uint8_t *out)
{
    uint8_t key[ASSENT_KV_KEY_BYTES];

    if (kv->trailer == 0) {
        return assent_kv_record_intact(kv, record, out);
    }
    if (!assent_kv_record_key(kv, record, key)) {
        return false;
    }
    if (record->value_bytes > 0) {
        memcpy(out, kv->config->buffer + kv->header_bytes + record->key_bytes, record->value_bytes);
    }
    return true;
}

static int get_copy(struct assent_kv *kv, const struct assent_kv_record *ident, uint8_t *out,
                    size_t cap)
{
    struct assent_kv_record record;
    int found = assent_kv_index_find(kv, ident, false, &record);

    while (found == ASSENT_OK) {
        if (record.value_bytes > cap) {
            return ASSENT_ERR_SPACE;
        }
        for (unsigned i = 0; i < READS_MAX; i++) {
            if (read_value(kv, &record, out)) {
                return record.value_bytes;
            }
        }
        kv->corrupt_records++;
        /* Where old ones are not zeroed, one may be out of date. */
        found = kv->zero ? assent_kv_index_find(kv, ident, true, &record) : ASSENT_ERR_CORRUPT;
        found = found == ASSENT_ERR_NOT_FOUND ? ASSENT_ERR_CORRUPT : found;
    }
    return found;
}

int assent_kv_get(struct assent_kv *kv, uint8_t space, struct assent_span key, uint8_t *out,
                  size_t cap)
{
    struct assent_kv_record ident = {.key = key.ptr, .key_bytes = (uint8_t)key.len, .space = space};
    int error = assent_kv_log_begin(kv, false);

    if (error != ASSENT_OK) {
        return error;
    }
    if (space == 0 || key.len - 1 >= ASSENT_KV_KEY_BYTES) {
        return ASSENT_ERR_RANGE;
    }
    ident.hash = (uint16_t)(assent_kv_index_hash(kv, space, key) >> 52);
    error = get_copy(kv, &ident, out, cap);
    if (error == ASSENT_ERR_CORRUPT) {
        ident.copy = true;
        error = get_copy(kv, &ident, out, cap);
        error = error == ASSENT_ERR_NOT_FOUND ? ASSENT_ERR_CORRUPT : error;
    }
    return kv->error != ASSENT_OK ? kv->error : error;
}

/* The key of this chain with the smallest hash above *cursor. Length, or 0 if there is none. */
static int next_in_chain(struct assent_kv *kv, uint8_t space, uint16_t chain, uint64_t *cursor,
                         uint8_t out[ASSENT_KV_KEY_BYTES])
{
    struct assent_kv_record record;
    uint8_t key[ASSENT_KV_KEY_BYTES];
    uint64_t best = UINT64_MAX;
    int len = 0;
    enum assent_kv_kind kind = assent_kv_index_first(kv, chain, &record);

    for (; kind == KV_RECORD; kind = assent_kv_index_older(kv, &record)) {
        uint64_t hash;

        if (record.space != space || assent_kv_index_standing(kv, &record, key) != ASSENT_OK) {
            continue;
        }
        hash = assent_kv_index_hash(kv, space, assent_span(key, record.key_bytes));
        if (hash > *cursor && hash <= best && (uint16_t)(hash >> 52) == record.hash) {
            best = hash;
            len = record.key_bytes;
            memcpy(out, key, record.key_bytes);
        }
    }
    *cursor = len > 0 ? best : *cursor;
    return kv->error != ASSENT_OK ? kv->error : len;
}

int assent_kv_next(struct assent_kv *kv, uint8_t space, uint64_t *cursor,
                   uint8_t key[ASSENT_KV_KEY_BYTES])
{
    int len = assent_kv_log_begin(kv, false);
    uint32_t hash = (uint32_t)(*cursor >> 52);

    while (len == ASSENT_OK && hash < 1U << ASSENT_KV_HASH_BITS) {
        len = next_in_chain(kv, space, (uint16_t)hash, cursor, key);
        hash += 1U << kv->bucket_shift;
    }
    return len == ASSENT_OK ? ASSENT_ERR_NOT_FOUND : len;
}

int assent_kv_scrub(struct assent_kv *kv)
{
    struct assent_kv_walk walk;
    struct assent_kv_record record;
    int result = assent_kv_log_begin(kv, false);

    if (result != ASSENT_OK) {
        return result;
    }
    if (kv->scrub_seq - kv->tail_seq > kv->head_seq - kv->tail_seq) {
        kv->scrub_seq = kv->tail_seq;
        kv->scrub_off = 0;
    }
    assent_kv_record_begin(kv, kv->scrub_seq, kv->scrub_off * 4U, &walk);
    for (unsigned i = 0; i < 8 && result != ASSENT_ERR_CORRUPT; i++) {
        result = assent_kv_record_next(kv, &walk, &record);
        if (walk.skipped ||
            (result == 1 && record.crc != 0 && !assent_kv_record_intact(kv, &record, NULL))) {
            result = ASSENT_ERR_CORRUPT;
        }
        if (result == 0) {
            walk.seq++; /* the round is complete */
            break;
        }
    }
    if (kv->error != ASSENT_OK) {
        return kv->error;
    }
    kv->scrub_seq = walk.seq;
    kv->scrub_off = (uint16_t)(walk.off / 4);
    if (result == ASSENT_ERR_CORRUPT) {
        kv->corrupt_records++;
        assent_kv_clean_until(kv, walk.seq);
    }
    return result;
}

void assent_kv_stats(struct assent_kv *kv, struct assent_kv_stats *stats)
{
    struct assent_kv_sector sector;
    uint32_t ahead = kv->turn_seq - kv->keep_seq;

    memset(stats, 0, sizeof(*stats));
    stats->read_only = true;
    if (assent_kv_log_begin(kv, false) != ASSENT_OK) {
        return;
    }
    stats->capacity_bytes = assent_kv_clean_capacity(kv);
    stats->live_bytes = kv->live_bytes;
    stats->region_bytes = kv->sector_bytes * kv->count;
    stats->blank_sectors = kv->blank;
    stats->retired_sectors = kv->retired;
    stats->unerased_sectors = ahead < kv->count ? ahead + 1 : 0;
    stats->unerased_records = kv->unerased_records;
    stats->corrupt_records = kv->corrupt_records;
    stats->erase_count = kv->erase_count;
    stats->copied_records = kv->copied_records;
    stats->sequence = kv->head_seq - kv->count;
    stats->read_only = kv->read_only;
    for (uint32_t place = 0; place < kv->count; place++) {
        assent_kv_log_sector(kv, place, &sector);
        if (sector.wear > stats->highest_wear) {
            stats->highest_wear = sector.wear;
        }
    }
}
