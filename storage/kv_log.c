/* SPDX-License-Identifier: MIT */
/* The ring of sectors under the key-value store: bytes in and out, sector headers, erasing. */
#include "storage/kv_log.h"

enum {
    FAILURES_MAX = 12,     /* one after the other; then the medium counts as failed */
    UNSETTLED_SECTORS = 3, /* that starts cut off may have opened since the last change */
    STEADY_READS = 16      /* one bit in 65,536 that reads at random stays unnoticed */
};

int assent_kv_log_begin(struct assent_kv *kv, bool change)
{
    kv->error = ASSENT_OK;
    if (!kv->open) {
        return ASSENT_ERR_STATE;
    }
    if (kv->foreign) {
        return ASSENT_ERR_VERSION;
    }
    return change && kv->read_only ? ASSENT_ERR_READ_ONLY : ASSENT_OK;
}

uint32_t assent_kv_log_base(const struct assent_kv *kv, uint32_t seq)
{
    return seq % kv->count * kv->sector_bytes;
}

/* The number of the log sector that addr lies in: the last one not behind the head. */
uint32_t assent_kv_log_seq(const struct assent_kv *kv, uint32_t addr)
{
    return kv->head_seq - (kv->head_seq + kv->count - addr / kv->sector_bytes) % kv->count;
}

static void read_once(struct assent_kv *kv, uint32_t addr, void *out, uint32_t len)
{
    if (kv->error == ASSENT_OK && len > 0) {
        kv->error = (int16_t)kv->flash->read(kv->flash->ctx, addr, out, len);
    }
    if (kv->error != ASSENT_OK) {
        memset(out, 0, len);
    }
}

void assent_kv_log_read_steady(struct assent_kv *kv, uint32_t addr, uint8_t *out, uint32_t len)
{
    uint8_t once[32];

    for (uint32_t n; len > 0; addr += n, out += n, len -= n) {
        n = assent_kv_log_least(len, sizeof(once));
        memset(out, 0xFF, n);
        for (unsigned i = 0; i < STEADY_READS; i++) {
            read_once(kv, addr, once, n);
            for (uint32_t j = 0; j < n; j++) {
                out[j] &= once[j];
            }
        }
    }
}

/* On flash that is programmed once, a mount cannot make what the power may have failed in firm where it is:
 * until the last change is written again, what counts is what is steady. */
void assent_kv_log_read(struct assent_kv *kv, uint32_t addr, void *out, uint32_t len)
{
    if (kv->fresh && !kv->again &&
        kv->head_seq - assent_kv_log_seq(kv, addr) <= UNSETTLED_SECTORS) {
        assent_kv_log_read_steady(kv, addr, out, len);
    } else {
        read_once(kv, addr, out, len);
    }
}

/* Take the result of a program or erase into account. */
static bool worked(struct assent_kv *kv, int error)
{
    kv->failures = error == ASSENT_OK ? 0 : (uint8_t)(kv->failures + 1);
    kv->read_only = kv->read_only || kv->failures == FAILURES_MAX;
    return error == ASSENT_OK;
}

bool assent_kv_log_program(struct assent_kv *kv, uint32_t addr, const void *data, uint32_t len)
{
    return kv->error == ASSENT_OK &&
           worked(kv, kv->flash->program(kv->flash->ctx, addr, data, len));
}

bool assent_kv_log_sync(struct assent_kv *kv)
{
    return kv->flash->sync == NULL || kv->flash->sync(kv->flash->ctx) == ASSENT_OK;
}

static bool all(const uint8_t *p, uint32_t len, uint8_t byte)
{
    while (len > 0 && *p == byte) {
        p++;
        len--;
    }
    return len == 0;
}

bool assent_kv_log_filled(struct assent_kv *kv, uint32_t addr, uint32_t len, uint8_t byte)
{
    uint8_t *buffer = kv->config->buffer;
    bool filled = true;

    while (len > 0 && filled) {
        uint32_t n = assent_kv_log_least(len, ASSENT_KV_BUFFER_BYTES);

        assent_kv_log_read(kv, addr, buffer, n);
        filled = kv->error == ASSENT_OK && all(buffer, n, byte);
        addr += n;
        len -= n;
    }
    return filled;
}

/* The second checksum of a sector header. */
static uint32_t header_crc(const uint8_t *raw)
{
    return assent_bytes_crc32(assent_bytes_crc32(0, raw, 8), raw + 16, 12);
}

void assent_kv_log_sector(struct assent_kv *kv, uint32_t seq, struct assent_kv_sector *sector)
{
    uint8_t raw[ASSENT_KV_SECTOR_HEADER_BYTES];

    assent_kv_log_read(kv, assent_kv_log_base(kv, seq), raw, sizeof(raw));
    sector->kind = KV_DAMAGED;
    sector->version = raw[3];
    sector->wear = 0;
    sector->seq = assent_bytes_load32(raw + 16);
    sector->tail = sector->seq - assent_bytes_load16(raw + 20);
    sector->previous_end = assent_bytes_load16(raw + 22) * 4U;
    sector->layout = assent_bytes_load32(raw + 24);
    if ((assent_bytes_load32(raw) & 0xFFFFFF) == ASSENT_KV_MAGIC &&
        assent_bytes_load32(raw + 12) == assent_bytes_crc32(0, raw, 8)) {
        sector->wear = assent_bytes_load32(raw + 4);
    }
    if (assent_bytes_load32(raw + 8) == ASSENT_KV_DEAD_SECTOR) {
        sector->kind = KV_RETIRED;
    } else if (all(raw, sizeof(raw), 0xFF)) {
        sector->kind = KV_EMPTY;
    } else if (sector->wear == 0) {
        return;
    } else if (all(raw + 16, 16, 0xFF)) {
        sector->kind = KV_READY;
    } else if (assent_bytes_load32(raw + 28) == header_crc(raw) &&
               sector->seq % kv->count == seq % kv->count &&
               sector->seq - sector->tail < kv->count) {
        sector->kind = KV_OPENED;
    }
}

/* Program half a sector header and see that it is there. */
static bool write_half(struct assent_kv *kv, uint32_t addr, const uint8_t half[16])
{
    uint8_t check[16];

    if (!assent_kv_log_program(kv, addr, half, sizeof(check)) || !assent_kv_log_sync(kv)) {
        return false;
    }
    assent_kv_log_read(kv, addr, check, sizeof(check));
    return memcmp(check, half, sizeof(check)) == 0;
}

bool assent_kv_log_make_ready(struct assent_kv *kv, uint32_t seq)
{
    uint8_t raw[16];
    struct assent_kv_sector sector;
    uint32_t base = assent_kv_log_base(kv, seq);

    assent_kv_log_sector(kv, seq, &sector);
    if (sector.wear == 0) {
        /* A lost count is made up from the next sector: in a ring they differ by one at most. */
        assent_kv_log_sector(kv, seq + 1, &sector);
    }
    assent_bytes_store32(raw, ASSENT_KV_MAGIC | (uint32_t)ASSENT_KV_VERSION << 24);
    assent_bytes_store32(raw + 8, 0xFFFFFFFF);
    for (unsigned i = 0; i < 2; i++) {
        assent_bytes_store32(raw + 4, ++sector.wear);
        assent_bytes_store32(raw + 12, assent_bytes_crc32(0, raw, 8));
        if (kv->error != ASSENT_OK) {
            return false;
        }
        kv->erase_count++;
        if (worked(kv, kv->flash->erase(kv->flash->ctx, seq % kv->count)) &&
            assent_kv_log_sync(kv) && assent_kv_log_filled(kv, base, kv->sector_bytes, 0xFF) &&
            write_half(kv, base, raw)) {
            kv->blank++;
            return true;
        }
        kv->error = ASSENT_OK;
    }
    if (kv->again) {
        /* Only saves time: without the mark the next turn of the ring fails here again. */
        kv->retired++;
        assent_bytes_store32(raw + 8, ASSENT_KV_DEAD_SECTOR);
        assent_bytes_store32(raw + 12, 0xFFFFFFFF); /* for the units of the flash */
        (void)kv->flash->program(kv->flash->ctx, base + 8, raw + 8, 8);
    }
    return false;
}

int assent_kv_log_advance(struct assent_kv *kv)
{
    uint8_t raw[ASSENT_KV_SECTOR_HEADER_BYTES];
    struct assent_kv_sector sector;

    /* A sector that is not ready, or fails now, is passed over with its number; the next turn of the
     * ring erases it and tries again. */
    for (uint32_t seq = kv->head_seq + 1; seq < kv->keep_seq + kv->count && !kv->read_only; seq++) {
        uint32_t base = assent_kv_log_base(kv, seq);

        assent_kv_log_sector(kv, seq, &sector);
        if (sector.kind != KV_READY) {
            continue;
        }
        assent_kv_log_read(kv, base, raw, 16);
        assent_bytes_store32(raw + 16, seq);
        assent_bytes_store16(raw + 20, (uint16_t)(seq - kv->tail_seq));
        assent_bytes_store16(raw + 22, (uint16_t)(kv->head_off / 4));
        assent_bytes_store32(raw + 24, kv->layout);
        assent_bytes_store32(raw + 28, header_crc(raw));
        kv->blank = (uint16_t)(kv->blank - (kv->blank > 0));
        if (write_half(kv, base + 16, raw + 16)) {
            kv->head_seq = seq;
            kv->head_off = ASSENT_KV_SECTOR_HEADER_BYTES;
            kv->stated_seq = kv->tail_seq;
            kv->sealed = false;
            return ASSENT_OK;
        }
    }
    if (kv->error != ASSENT_OK || kv->read_only) {
        return ASSENT_ERR_IO;
    }
    kv->blank = 0;
    return ASSENT_ERR_FULL;
}
