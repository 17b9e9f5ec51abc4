/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_CORTEX_M_MPU_H
#define ASSENT_PORT_CORTEX_M_MPU_H

#include <stdint.h>

/* The memory protection unit (ARMv7-M B3.5). All code here is privileged, and bound by it. Where no region
 * lies, all is as without it; of regions that overlap, the higher number counts. */
enum assent_mpu_access {
    ASSENT_MPU_NONE = 0U << 24,
    ASSENT_MPU_READ_WRITE = 3U << 24,
    ASSENT_MPU_READ_ONLY = 6U << 24
};

/* Set a region, and switch the unit on.
 *   number  0..7
 *   address a multiple of the size
 *   bits    the size is 2^bits bytes: 5..31 */
void assent_mpu_region(uint32_t number, uintptr_t address, uint32_t bits,
                       enum assent_mpu_access access);

/* Let 32 KiB below the stack be nobody's, so that its overflow is a fault where the memory map has none. */
void assent_mpu_guard_stack(uint32_t number);

#endif
