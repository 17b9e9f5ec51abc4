/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_BOARD_EMCRAFT_SF2_CLOCK_H
#define ASSENT_BOARD_EMCRAFT_SF2_CLOCK_H

#include "core/seam.h"

/* Milliseconds by SysTick, and the wall clock on top of them: unknown until somebody sets it. */
void clock_init(void);

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
