/* SPDX-License-Identifier: MIT */
/* What lies where: the identity as bytes, the default division, regions as devices. */
#include "storage/layout.h"

#include <string.h>

#include "core/bytes.h"

enum {
    REGIONS_OFFSET = 36,
    CRC_OFFSET = ASSENT_LAYOUT_BYTES - 4,
    COPIES = 2, /* sectors 0 and 1 */
    SLOT_BYTES = 16384,
    BLOB_BYTES = 8192,
    SLOTS_MAX = 16,
    KV_BYTES_MAX = 1 << 20, /* above, heads and links of the store take twice the RAM */
    AUDIT_SECTORS_MAX = 128, /* finding a page reads a header of each: 0.2 ms */
    SECTORS_MIN = 32
};

static const uint8_t magic[8] = {'a', 's', 's', 'e', 'n', 't', 'F', 'L'};

#define TWICE(space) (1U << (space))
_Static_assert(ASSENT_SPACE_END <= 16, "two bytes of the set below");

enum {
    TWICE_SET = TWICE(ASSENT_SPACE_POLICY) | TWICE(ASSENT_SPACE_KEYS) | TWICE(ASSENT_SPACE_AUDIT) |
                TWICE(ASSENT_SPACE_BLOB)
};

const uint8_t assent_layout_twice[32] = {TWICE_SET & 0xFF, TWICE_SET >> 8};

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

    *layout = (struct assent_layout){sector_bytes, sector_count, .slot_sectors = (uint8_t)slot};
    for (unsigned i = 0; i < ASSENT_REGION_COUNT; i++) {
        layout->region[i].first = first;
        layout->region[i].count = counts[i];
        first += counts[i];
    }
    return ASSENT_OK;
}

void assent_layout_encode(const struct assent_layout *layout, uint8_t out[ASSENT_LAYOUT_BYTES])
{
    memset(out, 0, ASSENT_LAYOUT_BYTES);
    memcpy(out, magic, sizeof(magic));
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
    assent_bytes_store32(out + CRC_OFFSET, assent_bytes_crc32(0, out, CRC_OFFSET));
}

/* Regions follow one another, lie inside the device and are as large as their users need. */
static bool sound(const struct assent_layout *layout)
{
    uint32_t end = 0;

    if (layout->sector_bytes < 4096 || layout->sector_bytes > 65536 ||
        (layout->sector_bytes & (layout->sector_bytes - 1)) != 0 || layout->sector_count > 4096 ||
        layout->slot_sectors == 0) {
        return false;
    }
    for (unsigned i = 0; i < ASSENT_REGION_COUNT; i++) {
        uint32_t least = i == ASSENT_REGION_KV || i == ASSENT_REGION_AUDIT ? 4 : 2;

        if (layout->region[i].first < end || layout->region[i].first > layout->sector_count ||
            layout->region[i].count < least ||
            layout->region[i].count > layout->sector_count - layout->region[i].first) {
            return false;
        }
        end = layout->region[i].first + layout->region[i].count;
    }
    return true;
}

int assent_layout_decode(const uint8_t in[ASSENT_LAYOUT_BYTES], struct assent_layout *layout)
{
    if (memcmp(in, magic, sizeof(magic)) != 0 ||
        assent_bytes_load32(in + CRC_OFFSET) != assent_bytes_crc32(0, in, CRC_OFFSET)) {
        return ASSENT_ERR_NOT_FOUND;
    }
    if (in[8] != ASSENT_LAYOUT_VERSION || in[9] != ASSENT_REGION_COUNT) {
        return ASSENT_ERR_VERSION;
    }
    layout->options = in[10];
    layout->slot_sectors = in[11];
    layout->sector_bytes = assent_bytes_load32(in + 12);
    layout->sector_count = assent_bytes_load32(in + 16);
    memcpy(layout->secret, in + 20, sizeof(layout->secret));
    for (unsigned i = 0; i < ASSENT_REGION_COUNT; i++) {
        layout->region[i].first = assent_bytes_load32(in + REGIONS_OFFSET + 8 * i);
        layout->region[i].count = assent_bytes_load32(in + REGIONS_OFFSET + 8 * i + 4);
    }
    return sound(layout) ? ASSENT_OK : ASSENT_ERR_CORRUPT;
}

int assent_layout_read(const struct assent_flash *flash, struct assent_layout *layout)
{
    int result = ASSENT_ERR_NOT_FOUND;

    for (uint32_t copy = 0; copy < COPIES; copy++) {
        uint8_t bytes[ASSENT_LAYOUT_BYTES];
        int error;

        if (flash->read(flash->ctx, copy * flash->sector_bytes, bytes, sizeof(bytes)) != 0) {
            result = ASSENT_ERR_IO;
            continue;
        }
        error = assent_layout_decode(bytes, layout);
        if (error == ASSENT_OK && (layout->sector_bytes != flash->sector_bytes ||
                                   layout->sector_count > flash->sector_count)) {
            error = ASSENT_ERR_CORRUPT;
        }
        if (error == ASSENT_OK) {
            return ASSENT_OK;
        }
        result = error == ASSENT_ERR_NOT_FOUND ? result : error;
    }
    return result;
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

/* ---- regions as devices ---- */

static uint32_t shifted(const struct assent_layout_view *view, uint32_t offset)
{
    return view->first * view->base->sector_bytes + offset;
}

static int view_read(void *ctx, uint32_t offset, void *out, uint32_t len)
{
    const struct assent_layout_view *view = ctx;

    return view->base->read(view->base->ctx, shifted(view, offset), out, len);
}

static int view_program(void *ctx, uint32_t offset, const void *data, uint32_t len)
{
    const struct assent_layout_view *view = ctx;

    return view->base->program(view->base->ctx, shifted(view, offset), data, len);
}

static int view_erase(void *ctx, uint32_t sector)
{
    const struct assent_layout_view *view = ctx;

    return view->base->erase(view->base->ctx, view->first + sector);
}

static int view_sync(void *ctx)
{
    const struct assent_layout_view *view = ctx;

    return view->base->sync(view->base->ctx);
}

void assent_layout_view(struct assent_layout_view *view, const struct assent_flash *base,
                        const struct assent_layout *layout, enum assent_region region)
{
    view->base = base;
    view->first = layout->region[region].first;
    view->flash = *base;
    view->flash.ctx = view;
    view->flash.sector_count = layout->region[region].count;
    view->flash.read = view_read;
    view->flash.program = view_program;
    view->flash.erase = view_erase;
    view->flash.sync = base->sync != NULL ? view_sync : NULL;
}
