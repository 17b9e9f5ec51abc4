/* SPDX-License-Identifier: MIT */
/* SysTick at 1 kHz. */
#include "port/cortex_m/clock.h"

#include "port/cortex_m/registers.h"

enum { TICK_CYCLES = ASSENT_CORE_HZ / 1000, US_CYCLES = ASSENT_CORE_HZ / 1000000 };

static volatile uint32_t uptime_ms;
static int64_t asleep_cycles;   /* since the start */
static struct assent_time base; /* the time at base_ms */
static uint32_t base_ms;

void clock_tick(void)
{
    uptime_ms++;
}

void clock_init(void)
{
    register_write(SYST_RVR, TICK_CYCLES - 1);
    register_write(SYST_CVR, 0);
    register_write(SYST_CSR, 7); /* the core's clock, with interrupt, on */
}

uint32_t clock_uptime_ms(void)
{
    return uptime_ms;
}

/* The counter runs down; whether it has begun anew is said once (ARMv7-M B3.3.3). Several ticks that were
 * slept through are one, here as in the uptime. */
void clock_sleep(void)
{
    uint32_t before;
    uint32_t after;

    (void)register_read(SYST_CSR);
    before = register_read(SYST_CVR);
    __asm__ volatile("dsb\n wfi");
    after = register_read(SYST_CVR);
    asleep_cycles += (int64_t)before - after;
    if ((register_read(SYST_CSR) & SYST_CSR_COUNTFLAG) != 0) {
        asleep_cycles += TICK_CYCLES;
    }
}

uint32_t clock_awake_us(void)
{
    uint32_t ms;
    uint32_t left;

    do {
        ms = uptime_ms;
        left = register_read(SYST_CVR);
    } while (ms != uptime_ms);
    return ms * 1000 + (TICK_CYCLES - 1 - left) / US_CYCLES - (uint32_t)(asleep_cycles / US_CYCLES);
}

uint32_t clock_cycles(void)
{
    return register_read(SYST_CVR) ^ (uptime_ms << 18);
}

static uint32_t read_uptime(void *ctx)
{
    (void)ctx;
    return uptime_ms;
}

static struct assent_time read_now(void *ctx)
{
    struct assent_time now = base;
    uint32_t passed_s = (uptime_ms - base_ms) / 1000;

    (void)ctx;
    if (base.trust == ASSENT_CLOCK_NONE) {
        return now;
    }
    /* Move the base along, or the difference would wrap after 49 days. */
    if (passed_s > 86400) {
        base.unix_s += passed_s;
        base_ms += passed_s * 1000;
        passed_s = 0;
        now = base;
    }
    now.unix_s += passed_s;
    return now;
}

void clock_set(struct assent_time time)
{
    if (time.trust >= base.trust) {
        base = time;
        base_ms = uptime_ms;
    }
}

struct assent_clock clock_seam(void)
{
    struct assent_clock clock = {NULL, read_now, read_uptime};

    return clock;
}
