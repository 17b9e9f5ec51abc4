/* SPDX-License-Identifier: MIT */
/* The ring of sectors under the key-value store: bytes in and out, sector headers, erasing. */
#include "storage/kv_log.h"

enum {
    FAILURES_MAX = 12, /* one after the other; then the medium counts as failed */
    CLEAR_ATTEMPTS_MAX = 5
};

/* The number of the log sector that addr lies in: the last one not behind the head. */
uint32_t assent_kv_log_seq(const struct assent_kv *kv, uint32_t addr)
{
    uint32_t count = kv->flash->sector_count;
    uint32_t place = addr / kv->flash->sector_bytes;

    return kv->head_seq - (kv->head_seq % count + count - place) % count;
}

int assent_kv_log_read(struct assent_kv *kv, uint32_t addr, void *out, uint32_t len)
{
    const struct assent_flash *flash = kv->flash;
    uint32_t region = flash->sector_bytes * flash->sector_count;

    if (addr > region || len > region - addr) {
        return ASSENT_ERR_CORRUPT;
    }
    return len == 0 ? ASSENT_OK : flash->read(flash->ctx, addr, out, len);
}

static int result(struct assent_kv *kv, int error)
{
    if (error == ASSENT_OK) {
        kv->failures = 0;
    } else if (++kv->failures >= FAILURES_MAX) {
        kv->read_only = true;
    }
    return error;
}

int assent_kv_log_program(struct assent_kv *kv, uint32_t addr, const void *data, uint32_t len)
{
    return result(kv, kv->flash->program(kv->flash->ctx, addr, data, len));
}

int assent_kv_log_sync(struct assent_kv *kv)
{
    return kv->flash->sync != NULL ? kv->flash->sync(kv->flash->ctx) : ASSENT_OK;
}

int assent_kv_log_filled(struct assent_kv *kv, uint32_t addr, uint32_t len, uint8_t byte)
{
    uint8_t *buffer = kv->config->buffer;

    while (len > 0) {
        uint32_t n = len < ASSENT_KV_BUFFER_BYTES ? len : ASSENT_KV_BUFFER_BYTES;
        int error = assent_kv_log_read(kv, addr, buffer, n);

        if (error != ASSENT_OK) {
            return error;
        }
        for (uint32_t i = 0; i < n; i++) {
            if (buffer[i] != byte) {
                return 0;
            }
        }
        addr += n;
        len -= n;
    }
    return 1;
}

static int clear_once(struct assent_kv *kv, uint32_t addr, uint32_t len)
{
    uint32_t page = kv->flash->page_bytes;

    memset(kv->config->buffer, 0, page < len ? page : len);
    while (len > 0) {
        uint32_t n = page - addr % page;
        int error;

        n = n < len ? n : len;
        error = assent_kv_log_program(kv, addr, kv->config->buffer, n);
        if (error != ASSENT_OK) {
            return error;
        }
        addr += n;
        len -= n;
    }
    return assent_kv_log_sync(kv);
}

int assent_kv_log_clear(struct assent_kv *kv, uint32_t addr, uint32_t len)
{
    for (unsigned i = 0; i < CLEAR_ATTEMPTS_MAX; i++) {
        if (clear_once(kv, addr, len) == ASSENT_OK && assent_kv_log_filled(kv, addr, len, 0) == 1) {
            return ASSENT_OK;
        }
    }
    return ASSENT_ERR_IO;
}

static uint32_t header_crc(const uint8_t *raw)
{
    return assent_bytes_crc32(assent_bytes_crc32(0, raw, 8), raw + 16, 12);
}

static bool all_ones(const uint8_t *p, uint32_t len)
{
    uint8_t and = 0xFF;

    for (uint32_t i = 0; i < len; i++) {
        and = (uint8_t)(and&p[i]);
    }
    return and == 0xFF;
}

int assent_kv_log_sector(struct assent_kv *kv, uint32_t place, struct assent_kv_sector *sector)
{
    uint8_t raw[ASSENT_KV_SECTOR_HEADER_BYTES];
    int error = assent_kv_log_read(kv, place * kv->flash->sector_bytes, raw, sizeof(raw));

    memset(sector, 0, sizeof(*sector));
    if (error != ASSENT_OK) {
        return error;
    }
    sector->empty = all_ones(raw, sizeof(raw));
    sector->erased = memcmp(raw, "aKV", 3) == 0 &&
                     assent_bytes_load32(raw + 12) == assent_bytes_crc32(0, raw, 8);
    sector->retired = assent_bytes_load32(raw + 8) == ASSENT_KV_DEAD_SECTOR;
    sector->version = raw[3];
    sector->wear = assent_bytes_load32(raw + 4);
    sector->blank = sector->erased && !sector->retired && all_ones(raw + 16, 16);
    sector->seq = assent_bytes_load32(raw + 16);
    sector->tail = sector->seq - assent_bytes_load16(raw + 20);
    sector->previous_end = assent_bytes_load16(raw + 22) * 4U;
    sector->layout = raw[24];
    sector->geometry = raw[25];
    sector->tag = assent_bytes_load16(raw + 26);
    sector->opened = sector->erased && assent_bytes_load32(raw + 28) == header_crc(raw) &&
                     sector->seq % kv->flash->sector_count == place &&
                     sector->seq - sector->tail < kv->flash->sector_count;
    return ASSENT_OK;
}

static int erase_proven(struct assent_kv *kv, uint32_t place)
{
    int error = result(kv, kv->flash->erase(kv->flash->ctx, place));

    kv->erase_count++;
    if (error == ASSENT_OK) {
        error = assent_kv_log_sync(kv);
    }
    if (error == ASSENT_OK) {
        int blank = assent_kv_log_filled(kv, place * kv->flash->sector_bytes,
                                         kv->flash->sector_bytes, 0xFF);

        error = blank == 1 ? ASSENT_OK : blank < 0 ? blank : ASSENT_ERR_IO;
    }
    return error;
}

int assent_kv_log_make_ready(struct assent_kv *kv, uint32_t place, uint32_t wear)
{
    uint8_t raw[16] = {'a', 'K', 'V', ASSENT_KV_VERSION};
    struct assent_kv_sector check;
    uint32_t base = place * kv->flash->sector_bytes;
    int error = ASSENT_ERR_IO;

    for (unsigned i = 0; i < 2 && error != ASSENT_OK; i++) {
        error = erase_proven(kv, place);
        if (error == ASSENT_OK) {
            assent_bytes_store32(raw + 4, wear + i);
            assent_bytes_store32(raw + 8, 0xFFFFFFFF);
            assent_bytes_store32(raw + 12, assent_bytes_crc32(0, raw, 8));
            error = assent_kv_log_program(kv, base, raw, sizeof(raw));
        }
        if (error == ASSENT_OK) {
            error = assent_kv_log_sync(kv);
        }
        if (error == ASSENT_OK) {
            error = assent_kv_log_sector(kv, place, &check);
            error = error == ASSENT_OK && !check.blank ? ASSENT_ERR_IO : error;
        }
    }
    if (error != ASSENT_OK && (kv->flash->flags & ASSENT_FLASH_ONCE) == 0) {
        /* Only saves time: without the mark the next turn of the ring fails here again. */
        kv->retired++;
        assent_bytes_store32(raw, ASSENT_KV_DEAD_SECTOR);
        (void)kv->flash->program(kv->flash->ctx, base + 8, raw, 4);
    }
    return error;
}

static uint8_t log2_of(uint32_t n)
{
    uint8_t log = 0;

    while (n > 1) {
        n >>= 1;
        log++;
    }
    return log;
}

int assent_kv_log_open(struct assent_kv *kv, uint32_t seq, uint32_t previous_end)
{
    uint8_t raw[ASSENT_KV_SECTOR_HEADER_BYTES];
    uint8_t check[16];
    uint32_t base = assent_kv_log_base(kv, seq);
    int error = assent_kv_log_read(kv, base, raw, 16);

    if (error != ASSENT_OK) {
        return error;
    }
    assent_bytes_store32(raw + 16, seq);
    assent_bytes_store16(raw + 20, (uint16_t)(seq - kv->tail_seq));
    assent_bytes_store16(raw + 22, (uint16_t)(previous_end / 4));
    raw[24] = (uint8_t)(kv->unit_shift | (kv->wide ? ASSENT_KV_LAYOUT_WIDE : 0) |
                        (kv->trailer > 0 ? ASSENT_KV_LAYOUT_SEALED : 0));
    raw[25] = log2_of(kv->flash->sector_bytes);
    assent_bytes_store16(raw + 26, kv->tag);
    assent_bytes_store32(raw + 28, header_crc(raw));
    error = assent_kv_log_program(kv, base + 16, raw + 16, 16);
    if (error == ASSENT_OK) {
        error = assent_kv_log_sync(kv);
    }
    if (error == ASSENT_OK) {
        error = assent_kv_log_read(kv, base + 16, check, sizeof(check));
        error = error == ASSENT_OK && memcmp(check, raw + 16, 16) != 0 ? ASSENT_ERR_IO : error;
    }
    return error;
}

int assent_kv_log_advance(struct assent_kv *kv)
{
    struct assent_kv_sector sector;
    uint32_t count = kv->flash->sector_count;

    /* A sector that is not ready, or fails now, is passed over with its number; the next turn of the
     * ring erases it and tries again. */
    for (uint32_t seq = kv->head_seq + 1; seq < kv->keep_seq + count; seq++) {
        int error = assent_kv_log_sector(kv, seq % count, &sector);

        if (error != ASSENT_OK || !sector.blank) {
            continue;
        }
        kv->blank = (uint16_t)(kv->blank - (kv->blank > 0));
        error = assent_kv_log_open(kv, seq, kv->head_off);
        if (error == ASSENT_OK) {
            kv->head_seq = seq;
            kv->head_off = ASSENT_KV_SECTOR_HEADER_BYTES;
            kv->stated_seq = kv->tail_seq;
            kv->sealed = false;
            return ASSENT_OK;
        }
        if (kv->read_only) {
            return error;
        }
    }
    kv->blank = 0;
    return ASSENT_ERR_FULL;
}
