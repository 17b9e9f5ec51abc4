/* SPDX-License-Identifier: MIT */
/* Opening a key-value store from any state of the flash, as kv_format.h says under RECOVERY: which
 * sectors are the log, and what lies outside it. kv_replay.c reads what the log says. */
#include "storage/kv_log.h"

static bool power_of_two(uint32_t n)
{
    return n != 0 && (n & (n - 1)) == 0;
}

static bool geometry_ok(const struct assent_kv_config *config)
{
    const struct assent_flash *f = config->flash;

    return f != NULL && power_of_two(f->sector_bytes) && f->sector_bytes >= 4096 &&
           f->sector_bytes <= 65536 && f->sector_count >= 4 && f->sector_count <= 4096 &&
           f->sector_bytes <= (16U << 20) / f->sector_count && power_of_two(f->page_bytes) &&
           f->page_bytes >= 64 && f->page_bytes <= 1024 && power_of_two(f->program_bytes) &&
           f->program_bytes <= 16 && config->buffer != NULL &&
           config->buffer_bytes >= ASSENT_KV_BUFFER_BYTES &&
           config->buffer_bytes >= f->page_bytes && config->heads != NULL;
}

/* Everything about the layout follows from the geometry. */
static int prepare(struct assent_kv *kv, const struct assent_kv_config *config)
{
    const struct assent_flash *f = config->flash;
    uint32_t region;
    uint32_t buckets;

    memset(kv, 0, sizeof(*kv));
    if (!geometry_ok(config)) {
        return ASSENT_ERR_RANGE;
    }
    if (config->crypto != NULL && config->key != NULL) {
        if (config->crypto->seal == NULL || config->crypto->open == NULL) {
            return ASSENT_ERR_CRYPTO;
        }
        kv->trailer = ASSENT_KV_TAG_BYTES;
    }
    kv->flash = f;
    kv->config = config;
    region = f->sector_bytes * f->sector_count;
    kv->wide = region > (1U << 20);
    kv->header_bytes = kv->wide ? 16 : 12;
    kv->unit_shift = 2;
    while ((1U << kv->unit_shift) < f->program_bytes ||
           (!kv->wide && region >> kv->unit_shift > 65536)) {
        kv->unit_shift++;
    }
    /* Zeroing begins at the CRC-32; a part that programs in larger units cannot do that. */
    kv->again =
        (f->flags & ASSENT_FLASH_ONCE) == 0 && (kv->header_bytes - 4U) % f->program_bytes == 0;
    kv->zero = kv->again && (config->options & ASSENT_KV_KEEP_OLD) == 0;
    buckets = config->heads_bytes / (kv->wide ? 4 : 2);
    if (buckets < 16) {
        return ASSENT_ERR_RANGE;
    }
    kv->bucket_shift = ASSENT_KV_HASH_BITS - 4;
    while (kv->bucket_shift > 0 && 2U << (ASSENT_KV_HASH_BITS - kv->bucket_shift) <= buckets) {
        kv->bucket_shift--;
    }
    memset(config->heads, 0, (kv->wide ? 4U : 2U) << (ASSENT_KV_HASH_BITS - kv->bucket_shift));
    kv->tag = (uint16_t)assent_kv_index_hash(kv, 'a', ASSENT_SPAN("ssent"));
    return ASSENT_OK;
}

static int find_newest(struct assent_kv *kv, struct assent_kv_sector *newest)
{
    struct assent_kv_sector sector;
    uint8_t probe[16];
    bool foreign = false;
    bool broken = false;

    memset(newest, 0, sizeof(*newest));
    for (uint32_t place = 0; place < kv->flash->sector_count; place++) {
        int error = assent_kv_log_sector(kv, place, &sector);

        if (error != ASSENT_OK) {
            return error;
        }
        kv->retired = (uint16_t)(kv->retired + sector.retired);
        foreign = foreign || (sector.erased && sector.version >> 4 != ASSENT_KV_VERSION >> 4);
        if (sector.opened && (!newest->opened || sector.seq > newest->seq)) {
            *newest = sector;
        }
        if (!sector.empty && !sector.blank && !sector.opened) {
            error = assent_kv_log_read(kv, place * kv->flash->sector_bytes + sizeof(probe) * 2,
                                       probe, sizeof(probe));
            for (uint32_t i = 0; error == ASSENT_OK && i < sizeof(probe); i++) {
                broken = broken || (sector.erased && probe[i] != 0xFF);
            }
        }
    }
    if (foreign) {
        kv->foreign = true;
        kv->read_only = true;
        return ASSENT_ERR_VERSION;
    }
    if (!newest->opened) {
        return broken ? ASSENT_ERR_CORRUPT : ASSENT_ERR_NOT_FOUND;
    }
    return ASSENT_OK;
}

static int accept(struct assent_kv *kv, const struct assent_kv_sector *newest)
{
    uint8_t layout = (uint8_t)(kv->unit_shift | (kv->wide ? ASSENT_KV_LAYOUT_WIDE : 0) |
                               (kv->trailer > 0 ? ASSENT_KV_LAYOUT_SEALED : 0));

    if (newest->layout != layout || 1U << (newest->geometry & 31) != kv->flash->sector_bytes) {
        return ASSENT_ERR_RANGE;
    }
    if (newest->tag != kv->tag) {
        return ASSENT_ERR_AUTH;
    }
    kv->read_only =
        newest->version > ASSENT_KV_VERSION || (kv->config->options & ASSENT_KV_READ_ONLY) != 0;
    kv->head_seq = newest->seq;
    kv->stated_seq = newest->tail;
    return ASSENT_OK;
}

/* Does the sector hold a record that is valid for this number? 1, 0 or an error. */
static int holds_valid(struct assent_kv *kv, uint32_t seq)
{
    struct assent_kv_walk walk = {seq, ASSENT_KV_SECTOR_HEADER_BYTES, kv->flash->sector_bytes, true,
                                  false};
    struct assent_kv_record record;

    return assent_kv_record_next(kv, &walk, &record);
}

/* Steps 1 to 3: the ends of the log, and what lies outside it. */
static int find_ends(struct assent_kv *kv)
{
    uint32_t count = kv->flash->sector_count;
    struct assent_kv_sector sector;
    struct assent_kv_walk walk;
    struct assent_kv_record record;
    uint8_t raw[4];
    int more;

    for (;;) {
        more = assent_kv_log_sector(kv, (kv->head_seq + 1) % count, &sector);
        if (more != ASSENT_OK || sector.blank || sector.opened || sector.empty ||
            kv->head_seq + 1 - kv->stated_seq >= count) {
            break;
        }
        more = holds_valid(kv, kv->head_seq + 1);
        if (more != 1) {
            break;
        }
        kv->head_seq++;
        kv->sealed = true;
    }
    if (more < 0) {
        return more;
    }
    kv->head_off = kv->flash->sector_bytes;
    kv->keep_seq = kv->stated_seq;
    more = assent_kv_record_begin(kv, kv->head_seq, 0, &walk);
    while (more >= 0 && (more = assent_kv_record_next(kv, &walk, &record)) == 1) {
        if (record.key_bytes == 0 && record.space == ASSENT_KV_TAIL &&
            assent_kv_record_intact(kv, &record) == 1) {
            more = assent_kv_log_read(kv, record.addr + kv->header_bytes, raw, sizeof(raw));
            if (assent_bytes_load32(raw) - kv->stated_seq <= kv->head_seq - kv->stated_seq) {
                kv->stated_seq = assent_bytes_load32(raw);
            }
        }
    }
    kv->keep_seq = kv->stated_seq;
    kv->tail_seq = kv->stated_seq;
    kv->turn_seq = kv->keep_seq - 1;
    return more < 0 ? more : ASSENT_OK;
}

static int ready_others(struct assent_kv *kv)
{
    uint32_t count = kv->flash->sector_count;
    struct assent_kv_sector sector;
    struct assent_kv_sector other;

    for (uint32_t seq = kv->head_seq + 1; seq < kv->keep_seq + count; seq++) {
        int error = assent_kv_log_sector(kv, seq % count, &sector);

        if (error != ASSENT_OK) {
            return error;
        }
        if (sector.retired) {
            continue;
        }
        if (sector.blank) {
            kv->blank++;
        } else if (!kv->read_only) {
            error = assent_kv_log_sector(kv, (seq + 1) % count, &other);
            error = error == ASSENT_OK
                        ? assent_kv_log_make_ready(kv, seq % count,
                                                   (sector.erased ? sector.wear : other.wear) + 1)
                        : error;
            kv->blank = (uint16_t)(kv->blank + (error == ASSENT_OK));
        }
    }
    return ASSENT_OK;
}

int assent_kv_mount(struct assent_kv *kv, const struct assent_kv_config *config)
{
    struct assent_kv_sector newest = {.opened = false};
    int error = prepare(kv, config);

    if (error == ASSENT_OK) {
        error = find_newest(kv, &newest);
    }
    if (error == ASSENT_OK) {
        error = accept(kv, &newest);
    }
    if (error == ASSENT_OK) {
        error = find_ends(kv);
    }
    if (error == ASSENT_OK) {
        error = ready_others(kv);
    }
    if (error == ASSENT_OK) {
        error = assent_kv_replay(kv);
    }
    kv->fresh = true;
    kv->owed_bytes = kv->live_bytes;
    kv->scrub_seq = kv->tail_seq;
    kv->open = error == ASSENT_OK || kv->foreign;
    return error;
}

int assent_kv_format(const struct assent_kv_config *config)
{
    struct assent_kv kv;
    struct assent_kv_sector sector;
    uint32_t count;
    uint32_t seq;
    int error = prepare(&kv, config);

    if (error != ASSENT_OK) {
        return error;
    }
    count = config->flash->sector_count;
    seq = count - 1;
    for (uint32_t place = 0; place < count; place++) {
        if (assent_kv_log_sector(&kv, place, &sector) == ASSENT_OK && sector.opened &&
            sector.seq > seq) {
            seq = sector.seq;
        }
    }
    for (uint32_t place = 0; place < count; place++) {
        error = assent_kv_log_sector(&kv, place, &sector);
        if (error == ASSENT_OK &&
            assent_kv_log_make_ready(&kv, place, sector.erased ? sector.wear + 1 : 1) ==
                ASSENT_OK) {
            kv.blank++;
        }
    }
    if (kv.blank < 4) {
        return ASSENT_ERR_IO;
    }
    kv.head_seq = seq;
    kv.keep_seq = seq + 1;
    kv.tail_seq = seq + 1;
    for (uint32_t next = seq + 1; next <= seq + count; next++) {
        kv.tail_seq = next;
        if (assent_kv_log_sector(&kv, next % count, &sector) == ASSENT_OK && sector.blank &&
            assent_kv_log_open(&kv, next, 0) == ASSENT_OK) {
            return ASSENT_OK;
        }
    }
    return ASSENT_ERR_IO;
}
