/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_BOARD_EMCRAFT_SF2_ARCH_CC_H
#define ASSENT_BOARD_EMCRAFT_SF2_ARCH_CC_H

/* As port/lwip/arch/cc.h, but a broken invariant is told by address and line alone: lwIP's messages
 * take 5 KiB of code flash. */
#include "port/lwip/port.h"

#define LWIP_RAND()                   assent_lwip_random()
#define LWIP_PLATFORM_ASSERT(message) assent_lwip_panic("invariant", NULL, __LINE__)
#define LWIP_PLATFORM_DIAG(arguments)                                                              \
    do {                                                                                           \
    } while (0)

#endif
