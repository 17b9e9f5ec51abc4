/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_CORTEX_M_SEMIHOST_FLASH_H
#define ASSENT_PORT_CORTEX_M_SEMIHOST_FLASH_H

#include "storage/flash.h"

/* NOR flash in a file of the debugger's machine, for boards without one: sectors of 4096 bytes, pages of 256.
 * Programming clears bits and never sets one, as on a real part. What was written stays when the debugger
 * or the emulator ends, however it ends. */
enum { SEMIHOST_FLASH_SECTOR_BYTES = 4096, SEMIHOST_FLASH_PAGE_BYTES = 256 };

/* Open the file, which stays open; there is one.
 *   name    NUL-terminated, relative to where the debugger was started
 *   flash   filled in; its size is that of the file
 *   return  ASSENT_OK
 *           ASSENT_ERR_NOT_FOUND  no such file, or no debugger
 *           ASSENT_ERR_RANGE      its size is none of a flash: see storage/flash.h */
int semihost_flash_open(const char *name, struct assent_flash *flash);

#endif
