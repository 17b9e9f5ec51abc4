/* SPDX-License-Identifier: MIT */
/* The division of a new device and its identity as bytes. */
#include "port/host/layout_plan.h"

#include <string.h>

#include "core/bytes.h"

enum {
    REGIONS_OFFSET = 36,
    CHAINS_OFFSET = 76,
    CHAIN_BITS = 11, /* 4 KiB of RAM in the device */
    CRC_OFFSET = ASSENT_LAYOUT_BYTES - 4,
    COPIES = 2, /* sectors 0 and 1 */
    SLOT_BYTES = 16384,
    BLOB_BYTES = 8192,
    SLOTS_MAX = 16,
    KV_BYTES_MAX = 1 << 20,  /* above, heads and links of the store take twice the RAM */
    AUDIT_SECTORS_MAX = 128, /* finding a page reads a header of each: 0.2 ms */
    SECTORS_MIN = 32
};

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

int assent_layout_plan(uint32_t sector_bytes, uint32_t sector_count, struct assent_layout *layout)
{
    uint32_t slot = sector_bytes < SLOT_BYTES ? SLOT_BYTES / sector_bytes : 1;
    uint32_t blob = sector_bytes < BLOB_BYTES ? BLOB_BYTES / sector_bytes : 1;
    uint32_t counts[ASSENT_REGION_COUNT] = {COPIES};
    uint32_t rest = sector_count;
    uint32_t first = 0;

    if (sector_bytes < 4096 || sector_bytes > 65536 || (sector_bytes & (sector_bytes - 1)) != 0 ||
        sector_count < SECTORS_MIN || sector_count > 4096) {
        return ASSENT_ERR_RANGE;
    }
    counts[ASSENT_REGION_POLICIES] = smaller(SLOTS_MAX, sector_count / 4 / slot) * slot;
    counts[ASSENT_REGION_BLOBS] = 2 * blob;
    rest -= COPIES + counts[ASSENT_REGION_POLICIES] + counts[ASSENT_REGION_BLOBS];
    counts[ASSENT_REGION_AUDIT] = smaller(AUDIT_SECTORS_MAX, rest * 2 / 5);
    rest -= counts[ASSENT_REGION_AUDIT];
    counts[ASSENT_REGION_KV] = smaller(KV_BYTES_MAX / sector_bytes, rest);

    *layout = (struct assent_layout){sector_bytes, sector_count, .slot_sectors = (uint8_t)slot,
                                     .chain_bits = CHAIN_BITS};
    for (unsigned i = 0; i < ASSENT_REGION_COUNT; i++) {
        layout->region[i].first = first;
        layout->region[i].count = counts[i];
        first += counts[i];
    }
    return ASSENT_OK;
}

void assent_layout_set_chains(struct assent_layout *layout, uint32_t count)
{
    layout->chain_bits = 4;
    while (layout->chain_bits < 12 && count >= 2U << layout->chain_bits) {
        layout->chain_bits++;
    }
}

void assent_layout_encode(const struct assent_layout *layout, uint8_t out[ASSENT_LAYOUT_BYTES])
{
    memset(out, 0, ASSENT_LAYOUT_BYTES);
    memcpy(out, "assentFL", 8);
    out[8] = ASSENT_LAYOUT_VERSION;
    out[9] = ASSENT_REGION_COUNT;
    out[10] = layout->options;
    out[11] = layout->slot_sectors;
    assent_bytes_store32(out + 12, layout->sector_bytes);
    assent_bytes_store32(out + 16, layout->sector_count);
    memcpy(out + 20, layout->secret, sizeof(layout->secret));
    for (unsigned i = 0; i < ASSENT_REGION_COUNT; i++) {
        assent_bytes_store32(out + REGIONS_OFFSET + 8 * i, layout->region[i].first);
        assent_bytes_store32(out + REGIONS_OFFSET + 8 * i + 4, layout->region[i].count);
    }
    out[CHAINS_OFFSET] = layout->chain_bits;
    assent_bytes_store32(out + CRC_OFFSET, assent_bytes_crc32(0, out, CRC_OFFSET));
}

int assent_layout_write(const struct assent_flash *flash, const struct assent_layout *layout)
{
    uint8_t bytes[ASSENT_LAYOUT_BYTES];
    uint8_t back[ASSENT_LAYOUT_BYTES];

    assent_layout_encode(layout, bytes);
    for (uint32_t copy = 0; copy < COPIES; copy++) {
        uint32_t base = copy * flash->sector_bytes;

        if (flash->read(flash->ctx, base, back, sizeof(back)) == ASSENT_OK &&
            memcmp(back, bytes, sizeof(back)) == 0) {
            continue; /* never give up a good copy */
        }
        if (flash->erase(flash->ctx, copy) != ASSENT_OK) {
            return ASSENT_ERR_IO;
        }
        for (uint32_t at = 0; at < sizeof(bytes); at += 64) {
            if (flash->program(flash->ctx, base + at, bytes + at, 64) != ASSENT_OK) {
                return ASSENT_ERR_IO;
            }
        }
        if ((flash->sync != NULL && flash->sync(flash->ctx) != ASSENT_OK) ||
            flash->read(flash->ctx, base, back, sizeof(back)) != ASSENT_OK ||
            memcmp(back, bytes, sizeof(back)) != 0) {
            return ASSENT_ERR_IO;
        }
    }
    return ASSENT_OK;
}
