/* SPDX-License-Identifier: MIT */
/* Start and main loop of the firmware. */
#include <lwip/timeouts.h>

#include "port/cortex_m/clock.h"
#include "board/emcraft-sf2/console.h"
#include "board/emcraft-sf2/emac.h"
#include "board/emcraft-sf2/profile.h"
#include "port/device/uart.h"
#include "board/emcraft-sf2/watchdog.h"
#include "port/cortex_m/banner.h"
#include "port/cortex_m/mpu.h"

int main(void);

static struct assent_fault last;

enum { UPKEEP_MS = 100 };

int main(void)
{
    static struct device device;
    static struct console console = {.device = &device, .last = &last};
    uint32_t kept_ms;

    assent_mpu_guard_stack(0);
    uart_init();
    clock_init();
    banner_print("emcraft-sf2", &last);
    device_start(&device);
    kept_ms = clock_uptime_ms();
    for (;;) {
        net_poll(&device.net);
        time_server_poll(&device);
        noise_poll(&device);
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
