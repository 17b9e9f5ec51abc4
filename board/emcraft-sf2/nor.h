/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_BOARD_EMCRAFT_SF2_NOR_H
#define ASSENT_BOARD_EMCRAFT_SF2_NOR_H

#include "storage/flash.h"

/* The serial NOR flash S25FL128 on SPI0: 16 MiB, sectors of 64 KiB, pages of 256 bytes. Polled; a
 * sector erase takes up to 2.6 s on the part, and the core waits for it. */
enum { NOR_SECTOR_BYTES = 65536, NOR_SECTOR_COUNT = 256, NOR_PAGE_BYTES = 256 };

/* Set SPI0 up and look for the part.
 *   flash   filled in; there is one
 *   return  ASSENT_OK
 *           ASSENT_ERR_IO  another part, or none, answers, or one that stays busy */
int nor_init(struct assent_flash *flash);

#endif
