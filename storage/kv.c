/* SPDX-License-Identifier: MIT */
/* Reading the key-value store: get, iteration, figures, and the store behind the seam of core/. */
#include "storage/kv_log.h"

static int readable(const struct assent_kv *kv)
{
    if (kv->foreign) {
        return ASSENT_ERR_VERSION;
    }
    return kv->open ? ASSENT_OK : ASSENT_ERR_STATE;
}

/* Bring the value of a record to out. 1, or 0 if its checksum fails. */
static int read_value(struct assent_kv *kv, const struct assent_kv_record *record, uint8_t *out)
{
    uint8_t key[ASSENT_KV_KEY_BYTES];
    int good;

    if (kv->trailer > 0) {
        good = assent_kv_record_key(kv, record, key);
        if (good == 1 && record->value_bytes > 0) {
            memcpy(out, kv->config->buffer + kv->header_bytes + record->key_bytes,
                   record->value_bytes);
        }
        return good;
    }
    good = assent_kv_log_read(kv, record->addr + kv->header_bytes + record->key_bytes, out,
                              record->value_bytes);
    return good == ASSENT_OK ? assent_kv_record_intact_value(kv, record, out) : good;
}

static int get_copy(struct assent_kv *kv, const struct assent_kv_ident *ident, uint8_t *out,
                    size_t cap)
{
    struct assent_kv_record record;
    int found = assent_kv_index_find(kv, ident, false, &record);
    int good = 0;

    while (found == ASSENT_OK) {
        if (record.value_bytes > cap) {
            return ASSENT_ERR_SPACE;
        }
        for (unsigned i = 0; i < 2 && good == 0; i++) {
            good = read_value(kv, &record, out);
        }
        if (good != 0) {
            return good < 0 ? good : record.value_bytes;
        }
        kv->corrupt_records++;
        if (!kv->zero) {
            return ASSENT_ERR_CORRUPT; /* an older one may be out of date */
        }
        found = assent_kv_index_find(kv, ident, true, &record);
        found = found == ASSENT_ERR_NOT_FOUND ? ASSENT_ERR_CORRUPT : found;
    }
    return found;
}

int assent_kv_get(struct assent_kv *kv, uint8_t space, struct assent_span key, uint8_t *out,
                  size_t cap)
{
    struct assent_kv_ident ident = {key.ptr, 0, (uint8_t)key.len, space, false};
    int error = readable(kv);

    if (error != ASSENT_OK) {
        return error;
    }
    if (space == 0 || key.len < 1 || key.len > ASSENT_KV_KEY_BYTES) {
        return ASSENT_ERR_RANGE;
    }
    ident.hash = (uint16_t)(assent_kv_index_hash(kv, space, key) >> 52);
    error = get_copy(kv, &ident, out, cap);
    if (error == ASSENT_ERR_CORRUPT) {
        ident.copy = true;
        error = get_copy(kv, &ident, out, cap);
        error = error == ASSENT_ERR_NOT_FOUND ? ASSENT_ERR_CORRUPT : error;
    }
    return error;
}

/* The key of this chain with the smallest hash above *cursor. Length, or 0 if there is none. */
static int next_in_chain(struct assent_kv *kv, uint8_t space, uint16_t chain, uint64_t *cursor,
                         uint8_t out[ASSENT_KV_KEY_BYTES])
{
    struct assent_kv_record record;
    struct assent_kv_record newest;
    struct assent_kv_ident ident;
    uint8_t key[ASSENT_KV_KEY_BYTES];
    uint64_t best = UINT64_MAX;
    int len = 0;
    int kind = assent_kv_index_first(kv, chain, &record);

    while (kind == KV_RECORD) {
        int known = 0;
        uint64_t hash = 0;

        if (record.key_bytes > 0 && record.space == space && record.crc != 0) {
            known = assent_kv_index_ident(kv, &record, key, &ident);
        }
        if (known == 1) {
            hash = assent_kv_index_hash(kv, space, assent_span(key, record.key_bytes));
        }
        if (hash > *cursor && (hash < best || len == 0) && (uint16_t)(hash >> 52) == record.hash) {
            known = assent_kv_index_find(kv, &ident, false, &newest);
            if (known == ASSENT_OK && newest.addr == record.addr) {
                best = hash;
                len = record.key_bytes;
                memcpy(out, key, record.key_bytes);
            }
            known = known == ASSENT_ERR_IO ? known : 0;
        }
        kind = known < 0 ? known : assent_kv_index_older(kv, chain, &record);
    }
    if (kind < 0) {
        return kind;
    }
    *cursor = len > 0 ? best : *cursor;
    return len;
}

int assent_kv_next(struct assent_kv *kv, uint8_t space, uint64_t *cursor,
                   uint8_t key[ASSENT_KV_KEY_BYTES])
{
    int error = readable(kv);

    if (error != ASSENT_OK) {
        return error;
    }
    for (uint32_t chain = (uint32_t)(*cursor >> 52) >> kv->bucket_shift;
         chain < 1U << (ASSENT_KV_HASH_BITS - kv->bucket_shift); chain++) {
        int len = next_in_chain(kv, space, (uint16_t)(chain << kv->bucket_shift), cursor, key);

        if (len != 0) {
            return len;
        }
    }
    return ASSENT_ERR_NOT_FOUND;
}

int assent_kv_scrub(struct assent_kv *kv)
{
    struct assent_kv_walk walk;
    struct assent_kv_record record;
    int error = readable(kv);
    int more = 0;

    if (error != ASSENT_OK) {
        return error;
    }
    if (kv->scrub_seq - kv->tail_seq > kv->head_seq - kv->tail_seq) {
        kv->scrub_seq = kv->tail_seq;
        kv->scrub_off = 0;
    }
    error = assent_kv_record_begin(kv, kv->scrub_seq, kv->scrub_off, &walk);
    for (unsigned i = 0; i < 8 && error == ASSENT_OK; i++) {
        uint32_t off = walk.off;

        more = assent_kv_record_next(kv, &walk, &record);
        if (more != 1) {
            break;
        }
        kv->scrub_off = walk.off;
        if ((record.crc != 0 && assent_kv_record_intact(kv, &record) != 1) ||
            record.addr != assent_kv_log_base(kv, walk.seq) + off) {
            error = ASSENT_ERR_CORRUPT;
        }
    }
    if (error == ASSENT_ERR_CORRUPT) {
        kv->corrupt_records++;
        assent_kv_clean_until(kv, walk.seq);
    }
    if (error != ASSENT_OK || more < 0) {
        return error != ASSENT_OK ? error : more;
    }
    if (more == 0) {
        kv->scrub_seq++;
        kv->scrub_off = 0;
    }
    return more == 1 || kv->scrub_seq - kv->tail_seq <= kv->head_seq - kv->tail_seq;
}

void assent_kv_stats(struct assent_kv *kv, struct assent_kv_stats *stats)
{
    struct assent_kv_sector sector;
    uint32_t ahead = kv->turn_seq - kv->keep_seq;

    memset(stats, 0, sizeof(*stats));
    if (readable(kv) != ASSENT_OK) {
        stats->read_only = true;
        return;
    }
    stats->capacity_bytes = assent_kv_clean_capacity(kv);
    stats->live_bytes = kv->live_bytes;
    stats->region_bytes = kv->flash->sector_bytes * kv->flash->sector_count;
    stats->blank_sectors = kv->blank;
    stats->retired_sectors = kv->retired;
    stats->unerased_sectors = ahead < kv->flash->sector_count ? ahead + 1 : 0;
    stats->unerased_records = kv->unerased_records;
    stats->corrupt_records = kv->corrupt_records;
    stats->erase_count = kv->erase_count;
    stats->copied_records = kv->copied_records;
    stats->sequence = kv->head_seq - kv->flash->sector_count;
    stats->read_only = kv->read_only;
    for (uint32_t place = 0; place < kv->flash->sector_count; place++) {
        if (assent_kv_log_sector(kv, place, &sector) == ASSENT_OK && sector.erased &&
            sector.wear > stats->highest_wear) {
            stats->highest_wear = sector.wear;
        }
    }
}

static int seam_get(void *ctx, uint8_t space, struct assent_span key, uint8_t *out, size_t cap)
{
    return assent_kv_get(((struct assent_kv_seam *)ctx)->kv, space, key, out, cap);
}

static int seam_apply(void *ctx, const struct assent_store_item *items, size_t count)
{
    return assent_kv_apply(((struct assent_kv_seam *)ctx)->kv, items, count);
}

/* The seam has 32 bits for the place: the upper half of the hash. The adapter remembers the whole, so
 * that two keys that share the half are both seen. */
static int seam_next(void *ctx, uint8_t space, uint32_t *cursor, uint8_t key[ASSENT_KV_KEY_BYTES])
{
    struct assent_kv_seam *seam = ctx;
    uint64_t place = (uint64_t)*cursor << 32;
    int len;

    if (*cursor != 0) {
        place = (uint32_t)(seam->cursor >> 32) == *cursor ? seam->cursor : place | 0xFFFFFFFF;
    }
    len = assent_kv_next(seam->kv, space, &place, key);
    if (len > 0) {
        seam->cursor = place;
        *cursor = (uint32_t)(place >> 32);
    }
    return len;
}

struct assent_store assent_kv_seam(struct assent_kv_seam *seam, struct assent_kv *kv)
{
    struct assent_store store = {seam, seam_get, seam_apply, seam_next};

    seam->kv = kv;
    seam->cursor = 0;
    return store;
}
