/* SPDX-License-Identifier: MIT */
#include "board/emcraft-sf2/watchdog.h"

#include "board/emcraft-sf2/registers.h"
#include "port/cortex_m/clock.h"
#include "port/cortex_m/fault.h"
#include "port/cortex_m/startup.h"

/* UG0331 s. 19: the refresh register and the value that it takes. */
enum { REFRESH = 0x0C };
static const uint32_t refresh_key = 0xAC15DE42;

static volatile uint32_t hungry_ms;

void watchdog_feed(void)
{
    hungry_ms = 0;
    sf2_write(SF2_WDOG + REFRESH, refresh_key);
}

/* Each millisecond. */
void assent_startup_tick(void)
{
    clock_tick();
    hungry_ms++;
    if (hungry_ms > WATCHDOG_MS) {
        assent_fault_watchdog();
    }
}
