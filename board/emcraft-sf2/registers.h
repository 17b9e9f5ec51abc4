/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_BOARD_EMCRAFT_SF2_REGISTERS_H
#define ASSENT_BOARD_EMCRAFT_SF2_REGISTERS_H

#include "port/cortex_m/registers.h"

/* Registers of SmartFusion2 (Microchip UG0331) that the drivers use. Each peripheral's base is here; the
 * offsets stand with its driver. */
#define SF2_MMUART0 0x40000000U
#define SF2_SPI0    0x40001000U
#define SF2_MMUART1 0x40010000U
#define SF2_WDOG    0x40005000U
#define SF2_SYSREG  0x40038000U
#define SF2_EMAC    0x40041000U

#define SF2_CLOCK_HZ ASSENT_CORE_HZ

static inline void sf2_write(uintptr_t address, uint32_t value)
{
    register_write(address, value);
}

static inline uint32_t sf2_read(uintptr_t address)
{
    return register_read(address);
}

#endif
