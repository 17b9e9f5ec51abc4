/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_CORTEX_M_REGISTERS_H
#define ASSENT_PORT_CORTEX_M_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>

/* Registers that every Cortex-M3 has (ARMv7-M B3). */
#define SYST_CSR           0xE000E010U
#define SYST_CSR_COUNTFLAG (1U << 16)
#define SYST_RVR           0xE000E014U
#define SYST_CVR           0xE000E018U
#define NVIC_ISER          0xE000E100U
#define MPU_CTRL           0xE000ED94U
#define MPU_RNR            0xE000ED98U
#define MPU_RBAR           0xE000ED9CU
#define MPU_RASR           0xE000EDA0U

static inline void register_write(uintptr_t address, uint32_t value)
{
    *(volatile uint32_t *)address = value;
}

static inline uint32_t register_read(uintptr_t address)
{
    return *(volatile uint32_t *)address;
}

/* What was written to memory is there before what follows. */
static inline void register_barrier(void)
{
    __asm__ volatile("dsb" ::: "memory");
}

static inline void register_interrupts(bool on)
{
    if (on) {
        __asm__ volatile("cpsie i" ::: "memory");
    } else {
        __asm__ volatile("cpsid i" ::: "memory");
    }
}

#endif
