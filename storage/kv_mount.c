/* SPDX-License-Identifier: MIT */
/* Opening a key-value store from any state of the flash, as kv_format.h says under RECOVERY: which
 * sectors are the log, and what lies outside it. kv_replay.c reads what the log says. */
#include "storage/kv_log.h"

static bool power_of_two(uint32_t n, uint32_t least, uint32_t most)
{
    return n >= least && n <= most && (n & (n - 1)) == 0;
}

static bool geometry_ok(const struct assent_kv_config *config)
{
    const struct assent_flash *f = config->flash;

    return f != NULL && power_of_two(f->sector_bytes, 4096, 65536) && f->sector_count >= 4 &&
           f->sector_count <= 4096 && f->sector_bytes <= (16U << 20) / f->sector_count &&
           power_of_two(f->page_bytes, 64, 1024) && power_of_two(f->program_bytes, 1, 16) &&
           config->buffer != NULL && config->buffer_bytes >= ASSENT_KV_BUFFER_BYTES &&
           config->buffer_bytes >= f->page_bytes && config->heads != NULL;
}

/* Everything about the layout follows from the geometry. */
static int prepare(struct assent_kv *kv, const struct assent_kv_config *config)
{
    const struct assent_flash *f = config->flash;
    uint32_t region;
    uint32_t heads_bytes;

    memset(kv, 0, sizeof(*kv));
    if (!geometry_ok(config)) {
        return ASSENT_ERR_RANGE;
    }
    kv->flash = f;
    kv->config = config;
    kv->count = (uint16_t)f->sector_count;
    kv->sector_bytes = f->sector_bytes;
    kv->page_bytes = f->page_bytes;
    if (config->crypto != NULL && config->key != NULL) {
        if (config->crypto->seal == NULL || config->crypto->open == NULL) {
            return ASSENT_ERR_CRYPTO;
        }
        kv->trailer = ASSENT_KV_TAG_BYTES;
        kv->layout = ASSENT_KV_LAYOUT_SEALED;
    }
    region = f->sector_bytes * f->sector_count;
    kv->header_bytes = 12;
    heads_bytes = 32;
    if (region > 1U << 20) {
        kv->header_bytes = 16;
        heads_bytes = 64;
        kv->layout |= ASSENT_KV_LAYOUT_WIDE;
    }
    kv->unit_shift = 2;
    while (1U << kv->unit_shift < f->program_bytes ||
           (!assent_kv_log_wide(kv) && region >> kv->unit_shift > 65536)) {
        kv->unit_shift++;
    }
    /* Zeroing begins at the CRC-32; a part that programs in larger units cannot do that. */
    kv->again =
        (f->flags & ASSENT_FLASH_ONCE) == 0 && (kv->header_bytes - 4U) % f->program_bytes == 0;
    kv->zero = kv->again && (config->options & ASSENT_KV_KEEP_OLD) == 0;
    if (config->heads_bytes < heads_bytes) {
        return ASSENT_ERR_RANGE;
    }
    kv->bucket_shift = ASSENT_KV_HASH_BITS - 4;
    while (kv->bucket_shift > 0 && heads_bytes * 2 <= config->heads_bytes) {
        kv->bucket_shift--;
        heads_bytes *= 2;
    }
    memset(config->heads, 0, heads_bytes);
    kv->layout |= kv->unit_shift | (kv->sector_bytes >> 12) << 8 |
                  (uint32_t)assent_kv_index_hash(kv, 'a', ASSENT_SPAN("ssent")) << 16;
    return ASSENT_OK;
}

/* Step 1. */
static int find_newest(struct assent_kv *kv, struct assent_kv_sector *newest)
{
    struct assent_kv_sector sector;
    bool broken = false;

    newest->kind = KV_DAMAGED;
    for (uint32_t place = 0; place < kv->count; place++) {
        assent_kv_log_sector(kv, place, &sector);
        kv->retired = (uint16_t)(kv->retired + (sector.kind == KV_RETIRED));
        if (sector.wear != 0 && sector.version >> 4 != ASSENT_KV_VERSION >> 4) {
            kv->foreign = true;
        }
        if (sector.kind == KV_OPENED && (newest->kind != KV_OPENED || sector.seq > newest->seq)) {
            *newest = sector;
        }
        broken = broken || (sector.kind == KV_DAMAGED && sector.wear != 0 &&
                            !assent_kv_log_filled(kv, place * kv->sector_bytes + 32, 16, 0xFF));
    }
    if (kv->error != ASSENT_OK) {
        kv->foreign = false;
        return kv->error;
    }
    if (kv->foreign) {
        return ASSENT_ERR_VERSION;
    }
    if (newest->kind != KV_OPENED) {
        return broken ? ASSENT_ERR_CORRUPT : ASSENT_ERR_NOT_FOUND;
    }
    if (((newest->layout ^ kv->layout) & 0xFFFF) != 0) {
        return ASSENT_ERR_RANGE;
    }
    return newest->layout == kv->layout ? ASSENT_OK : ASSENT_ERR_AUTH;
}

/* Steps 1 and 2: the ends of the log. */
static int find_ends(struct assent_kv *kv, const struct assent_kv_sector *newest)
{
    struct assent_kv_sector sector;
    struct assent_kv_walk walk;
    struct assent_kv_record record;
    uint8_t raw[4];

    kv->head_seq = newest->seq;
    kv->stated_seq = newest->tail;
    kv->head_off = kv->sector_bytes;
    while (kv->head_seq + 1 - kv->stated_seq < kv->count) {
        assent_kv_log_sector(kv, kv->head_seq + 1, &sector);
        if (sector.kind != KV_DAMAGED && sector.kind != KV_RETIRED) {
            break;
        }
        /* Does it hold a record that is valid for this number? */
        kv->head_seq++;
        assent_kv_record_begin(kv, kv->head_seq, 0, &walk);
        walk.resync = true;
        if (!assent_kv_record_next(kv, &walk, &record)) {
            kv->head_seq--;
            break;
        }
        kv->sealed = true;
    }
    kv->fresh = true;
    assent_kv_record_begin(kv, kv->head_seq, 0, &walk);
    kv->head_off = ASSENT_KV_SECTOR_HEADER_BYTES;
    while (assent_kv_record_next(kv, &walk, &record)) {
        bool control = record.key_bytes == 0;

        if (record.crc != 0 && !assent_kv_record_intact(kv, &record, control ? raw : NULL)) {
            continue; /* torn, if nothing valid follows; else rotten, but in its chain */
        }
        kv->head_off = walk.off;
        if (control && record.space == ASSENT_KV_TAIL && record.crc != 0) {
            uint32_t tail = assent_bytes_load32(raw);

            if (tail - kv->stated_seq <= kv->head_seq - kv->stated_seq) {
                kv->stated_seq = tail;
            }
        }
    }
    kv->keep_seq = kv->stated_seq;
    kv->tail_seq = kv->stated_seq;
    kv->turn_seq = kv->keep_seq - 1;
    kv->scrub_seq = kv->tail_seq;
    return kv->error;
}

/* Step 3: what lies outside the log. */
static int ready_others(struct assent_kv *kv)
{
    struct assent_kv_sector sector;

    for (uint32_t seq = kv->head_seq + 1; seq < kv->keep_seq + kv->count; seq++) {
        assent_kv_log_sector(kv, seq, &sector);
        if (sector.kind == KV_READY) {
            kv->blank++;
        } else if (sector.kind != KV_RETIRED && !kv->read_only) {
            (void)assent_kv_log_make_ready(kv, seq);
        }
    }
    return kv->error;
}

int assent_kv_mount(struct assent_kv *kv, const struct assent_kv_config *config)
{
    struct assent_kv_sector newest;
    int error = prepare(kv, config);

    if (error == ASSENT_OK) {
        error = find_newest(kv, &newest);
    }
    if (error == ASSENT_OK) {
        kv->read_only =
            newest.version > ASSENT_KV_VERSION || (config->options & ASSENT_KV_READ_ONLY) != 0;
        error = find_ends(kv, &newest);
    }
    if (error == ASSENT_OK) {
        error = ready_others(kv);
    }
    if (error == ASSENT_OK) {
        error = assent_kv_replay(kv);
    }
    kv->owed_bytes = kv->live_bytes;
    kv->open = error == ASSENT_OK || kv->foreign;
    if (error == ASSENT_OK && !kv->again && !kv->read_only) {
        /* What reads differently each time must be settled before it is shown. If it cannot be now, the
         * first change tries again. */
        (void)assent_kv_clean_settle(kv);
    }
    return error;
}

int assent_kv_format(const struct assent_kv_config *config)
{
    struct assent_kv kv;
    struct assent_kv_sector sector;
    int error = prepare(&kv, config);

    if (error != ASSENT_OK) {
        return error;
    }
    kv.head_seq = kv.count - 1U;
    for (uint32_t place = 0; place < kv.count; place++) {
        assent_kv_log_sector(&kv, place, &sector);
        if (sector.kind == KV_OPENED && sector.seq > kv.head_seq) {
            kv.head_seq = sector.seq;
        }
    }
    for (uint32_t place = 0; place < kv.count; place++) {
        kv.error = ASSENT_OK;
        (void)assent_kv_log_make_ready(&kv, place);
    }
    kv.keep_seq = kv.head_seq + 1;
    kv.tail_seq = kv.keep_seq;
    return kv.blank < 4 || assent_kv_log_advance(&kv) != ASSENT_OK ? ASSENT_ERR_IO : ASSENT_OK;
}
