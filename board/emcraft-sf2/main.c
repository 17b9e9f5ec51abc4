/* SPDX-License-Identifier: MIT */
/* Start and main loop of the firmware. */
#include <lwip/timeouts.h>

#include "board/emcraft-sf2/clock.h"
#include "board/emcraft-sf2/console.h"
#include "board/emcraft-sf2/emac.h"
#include "board/emcraft-sf2/profile.h"
#include "board/emcraft-sf2/uart.h"
#include "board/emcraft-sf2/watchdog.h"
#include "port/cortex_m/fault.h"
#include "port/cortex_m/startup.h"

int main(void);

static struct assent_fault last;

static void banner(void)
{
    uart_text("\nassent on emcraft-sf2\n");
    if (assent_fault_take(&last)) {
        uart_text("last run ended: ");
        uart_text(assent_fault_name(last.kind));
        uart_text(" pc ");
        uart_hex(last.pc);
        uart_text(" lr ");
        uart_hex(last.lr);
        uart_text(" status ");
        uart_hex(last.cfsr);
        uart_text(" address ");
        uart_hex(last.address);
        uart_text("\n");
    }
}

enum { UPKEEP_MS = 100 };

int main(void)
{
    static struct device device;
    static struct console console = {.device = &device, .last = &last};
    uint32_t kept_ms;

    uart_init();
    clock_init();
    banner();
    device_start(&device);
    kept_ms = clock_uptime_ms();
    for (;;) {
        net_poll(&device.net);
        sys_check_timeouts();
        console_poll(&console);
        watchdog_feed();
        profile_poll(&device);
        if (clock_uptime_ms() - kept_ms >= UPKEEP_MS) {
            kept_ms = clock_uptime_ms();
            (void)device_idle(&device);
        }
        emac_sleep();
    }
}
