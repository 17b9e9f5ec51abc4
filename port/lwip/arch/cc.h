/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_LWIP_ARCH_CC_H
#define ASSENT_PORT_LWIP_ARCH_CC_H

/* What lwIP asks of compiler and platform; found by it as "arch/cc.h". Everything else it takes from
 * the C library: <stdint.h>, <unistd.h> (ssize_t) and the like. */
#include "port/lwip/port.h"

#define LWIP_RAND() assent_lwip_random()
#define LWIP_PLATFORM_ASSERT(message) assent_lwip_panic(message, __FILE__, __LINE__)
/* Diagnostics are compiled out: LWIP_DEBUG is never defined. */
#define LWIP_PLATFORM_DIAG(arguments)                                                              \
    do {                                                                                           \
    } while (0)

#endif
