/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_HOST_FLASH_FILE_H
#define ASSENT_PORT_HOST_FLASH_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "port/host/flash_sim.h"

/* The simulator of flash_sim.h over a file that is mapped shared: what was programmed is in the file
 * even if the process is killed in the next instant. Wear counts are not kept in the file. */
struct flash_file {
    struct flash_sim sim; /* pass &file.sim.flash to the store */
    int fd;
};

/* Open or create an image.
 *   writable  false: the file must exist, is never changed, and programs fail
 *   sector_count  0: take it from the size of the file
 *   return  ASSENT_OK
 *           ASSENT_ERR_IO     errno tells why
 *           ASSENT_ERR_RANGE  the size of the file is not a whole number of sectors */
int flash_file_open(struct flash_file *file, const char *path, uint32_t sector_bytes,
                    uint32_t sector_count, bool writable);
void flash_file_close(struct flash_file *file);

#endif
