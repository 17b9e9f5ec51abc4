/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_CORTEX_M_CLOCK_H
#define ASSENT_PORT_CORTEX_M_CLOCK_H

#include "core/seam.h"

/* Milliseconds by SysTick, and the wall clock on top of them: unknown until somebody sets it. The board's
 * makefile defines ASSENT_CORE_HZ, which SysTick counts. */
void clock_init(void);

/* To be called from the interrupt of SysTick, assent_startup_tick. */
void clock_tick(void);

uint32_t clock_uptime_ms(void);

/* Let it be this time now. A worse trust never replaces a better one. */
void clock_set(struct assent_time time);

/* The seam; there is one clock. */
struct assent_clock clock_seam(void);

/* Sleep until an interrupt, a tick at the latest. Called with interrupts off, which wake it all the same. */
void clock_sleep(void);

/* Microseconds since the start that were not slept; wraps at 2^32, compare by difference only. */
uint32_t clock_awake_us(void);

/* Cycles within the present millisecond: arrival times for the random generator. */
uint32_t clock_cycles(void);

#endif
