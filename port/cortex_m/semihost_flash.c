/* SPDX-License-Identifier: MIT */
#include "port/cortex_m/semihost_flash.h"

#include <string.h>

#include "port/cortex_m/semihost.h"

enum {
    SECTOR = SEMIHOST_FLASH_SECTOR_BYTES,
    PAGE = SEMIHOST_FLASH_PAGE_BYTES,
    SECTORS_MIN = 4,
    SECTORS_MAX = 4096
};

static int file;

static int read(void *ctx, uint32_t offset, void *out, uint32_t len)
{
    (void)ctx;
    return assent_semihost_seek(file, offset) && assent_semihost_read(file, out, len) == 0
               ? ASSENT_OK
               : ASSENT_ERR_IO;
}

static int write(uint32_t offset, const void *bytes, uint32_t len)
{
    return assent_semihost_seek(file, offset) && assent_semihost_write(file, bytes, len) == 0
               ? ASSENT_OK
               : ASSENT_ERR_IO;
}

static int program(void *ctx, uint32_t offset, const void *data, uint32_t len)
{
    const uint8_t *from = data;
    uint8_t page[PAGE];
    int error = len <= PAGE ? read(ctx, offset, page, len) : ASSENT_ERR_IO;

    if (error != ASSENT_OK) {
        return error;
    }
    for (uint32_t i = 0; i < len; i++) {
        page[i] &= from[i];
    }
    return write(offset, page, len);
}

static int erase(void *ctx, uint32_t sector)
{
    uint8_t page[PAGE];
    int error = ASSENT_OK;

    (void)ctx;
    memset(page, 0xFF, sizeof(page));
    for (uint32_t at = 0; at < SECTOR && error == ASSENT_OK; at += PAGE) {
        error = write(sector * SECTOR + at, page, PAGE);
    }
    return error;
}

int semihost_flash_open(const char *name, struct assent_flash *flash)
{
    int32_t len;

    file = assent_semihost_open(name, ASSENT_SEMIHOST_UPDATE);
    len = file > 0 ? assent_semihost_length(file) : -1;
    if (len < 0) {
        return ASSENT_ERR_NOT_FOUND;
    }
    if (len % SECTOR != 0 || len / SECTOR < SECTORS_MIN || len / SECTOR > SECTORS_MAX) {
        return ASSENT_ERR_RANGE;
    }
    *flash = (struct assent_flash){.sector_bytes = SECTOR,
                                   .sector_count = (uint32_t)len / SECTOR,
                                   .page_bytes = PAGE,
                                   .program_bytes = 1,
                                   .read = read,
                                   .program = program,
                                   .erase = erase};
    return ASSENT_OK;
}
