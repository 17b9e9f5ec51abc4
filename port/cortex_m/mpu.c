/* SPDX-License-Identifier: MIT */
#include "port/cortex_m/mpu.h"

#include "port/cortex_m/registers.h"
#include "port/cortex_m/startup.h"

enum { ON = 1, DEFAULT_MAP = 1 << 2, BITS_AT = 1, STACK_GUARD_BITS = 15 };

void assent_mpu_region(uint32_t number, uintptr_t address, uint32_t bits,
                       enum assent_mpu_access access)
{
    register_write(MPU_RNR, number);
    register_write(MPU_RBAR, (uint32_t)address);
    register_write(MPU_RASR, (uint32_t)access | (bits - 1) << BITS_AT | ON);
    register_write(MPU_CTRL, ON | DEFAULT_MAP);
    __asm__ volatile("dsb\n isb" ::: "memory");
}

void assent_mpu_guard_stack(uint32_t number)
{
    assent_mpu_region(number, (uintptr_t)assent_link_stack_low - (1U << STACK_GUARD_BITS),
                      STACK_GUARD_BITS, ASSENT_MPU_NONE);
}
