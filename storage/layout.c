/* SPDX-License-Identifier: MIT */
/* What lies where: reading the identity, regions as devices. */
#include "storage/layout.h"

#include <string.h>

#include "core/bytes.h"

enum {
    REGIONS_OFFSET = 36,
    CHAINS_OFFSET = 76,
    CHAIN_BITS_MIN = 4,
    CHAIN_BITS_MAX = 12,
    CHAIN_BITS = 11, /* of stores that do not say */
    NARROW_BYTES = 1 << 20,
    CRC_OFFSET = ASSENT_LAYOUT_BYTES - 4,
    COPIES = 2 /* sectors 0 and 1 */
};

static const uint8_t magic[8] = {'a', 's', 's', 'e', 'n', 't', 'F', 'L'};

#define TWICE(space) (1U << (space))
_Static_assert(ASSENT_SPACE_END <= 16, "two bytes of the set below");

enum {
    TWICE_SET = TWICE(ASSENT_SPACE_POLICY) | TWICE(ASSENT_SPACE_KEYS) | TWICE(ASSENT_SPACE_AUDIT) |
                TWICE(ASSENT_SPACE_BLOB)
};

const uint8_t assent_layout_twice[32] = {TWICE_SET & 0xFF, TWICE_SET >> 8};

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
    layout->chain_bits = in[CHAINS_OFFSET];
    if (layout->chain_bits < CHAIN_BITS_MIN || layout->chain_bits > CHAIN_BITS_MAX) {
        layout->chain_bits = CHAIN_BITS;
    }
    layout->sector_bytes = assent_bytes_load32(in + 12);
    layout->sector_count = assent_bytes_load32(in + 16);
    memcpy(layout->secret, in + 20, sizeof(layout->secret));
    for (unsigned i = 0; i < ASSENT_REGION_COUNT; i++) {
        layout->region[i].first = assent_bytes_load32(in + REGIONS_OFFSET + 8 * i);
        layout->region[i].count = assent_bytes_load32(in + REGIONS_OFFSET + 8 * i + 4);
    }
    return sound(layout) ? ASSENT_OK : ASSENT_ERR_CORRUPT;
}

uint32_t assent_layout_heads_bytes(const struct assent_layout *layout)
{
    uint32_t bytes = layout->region[ASSENT_REGION_KV].count * layout->sector_bytes;

    return (bytes > NARROW_BYTES ? 4U : 2U) << layout->chain_bits;
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
