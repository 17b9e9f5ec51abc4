/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_BOARD_EMCRAFT_SF2_REGISTERS_H
#define ASSENT_BOARD_EMCRAFT_SF2_REGISTERS_H

#include <stdint.h>

/* Registers of SmartFusion2 (Microchip UG0331) and of the Cortex-M3 (ARMv7-M B3) that the drivers use.
 * Each peripheral's base is here; the offsets stand with its driver. */
#define SF2_MMUART0 0x40000000U
#define SF2_SPI0    0x40001000U
#define SF2_WDOG    0x40005000U
#define SF2_SYSREG  0x40038000U
#define SF2_EMAC    0x40041000U

#define SF2_CLOCK_HZ 142000000U

#define SYST_CSR           0xE000E010U
#define SYST_CSR_COUNTFLAG 0x10000U
#define SYST_RVR           0xE000E014U
#define SYST_CVR           0xE000E018U
#define NVIC_ISER          0xE000E100U
#define SCB_SHCSR          0xE000ED24U

static inline void sf2_write(uintptr_t address, uint32_t value)
{
    *(volatile uint32_t *)address = value;
}

static inline uint32_t sf2_read(uintptr_t address)
{
    return *(volatile uint32_t *)address;
}

#endif
