/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_STORAGE_FLASH_H
#define ASSENT_STORAGE_FLASH_H

#include <stdint.h>

#include "core/error.h"

/* NOR flash as the store sees it: one region of equal erase sectors. An erase sets every bit of a
 * sector to 1, a program only clears bits. Offsets count from the start of the region.
 *
 * The functions are called from one thread and never from an interrupt; they may block for as long
 * as the device takes and may feed a watchdog. Each returns ASSENT_OK, or ASSENT_ERR_IO if the
 * device reports a failure; after a failed program or erase the bytes touched are undefined. The
 * store never passes a range that leaves the region, never a length of 0, and in one program never
 * more than one page. */

enum assent_flash_flags {
    /* A byte (or a program unit) may be programmed once between erases: devices with an error
     * correcting code per unit. The store then cannot overwrite a deleted record with zeros; it moves
     * what lives and erases instead (storage/kv.h, "erasure"). */
    ASSENT_FLASH_ONCE = 1,
    /* A program cut off by a power loss may damage the rest of its sector. After a mount the store
     * copies the newest sector forward before it writes. */
    ASSENT_FLASH_DISTURB = 2
};

struct assent_flash {
    void *ctx; /* handed to every call unchanged */

    uint32_t sector_bytes;  /* erase unit: a power of two, 4096..65536 */
    uint32_t sector_count;  /* 4..4096; the region is at most 16 MiB */
    uint16_t page_bytes;    /* most that one program command takes, and the boundary that it must
                             * not cross: a power of two, 64..1024; 256 on nearly every part */
    uint16_t program_bytes; /* programs start and end at multiples of this: 1, 2, 4, 8 or 16 */
    uint32_t flags;         /* of enum assent_flash_flags; 0 for plain serial NOR */

    /* Read len bytes at offset. */
    int (*read)(void *ctx, uint32_t offset, void *out, uint32_t len);

    /* Clear those bits of offset..offset+len that are 0 in data. Within one page. */
    int (*program)(void *ctx, uint32_t offset, const void *data, uint32_t len);

    /* Set every bit of sector number sector (0..sector_count-1) to 1. */
    int (*erase)(void *ctx, uint32_t sector);

    /* Barrier: everything programmed and erased before is durable before anything after it begins.
     * NULL if every call is durable when it returns and calls take effect in order. */
    int (*sync)(void *ctx);
};

#endif
