/* SPDX-License-Identifier: MIT */
/* Start and main loop of the firmware. */
#include <lwip/timeouts.h>

#include "board/mps2-an385/device.h"
#include "board/mps2-an385/lan9118.h"
#include "port/cortex_m/banner.h"
#include "port/cortex_m/clock.h"
#include "port/cortex_m/mpu.h"
#include "port/cortex_m/startup.h"
#include "port/device/uart.h"

enum { UPKEEP_MS = 100 };

int main(void);

void assent_startup_tick(void)
{
    clock_tick();
}

int main(void)
{
    static struct device device;
    static struct assent_fault last;
    uint32_t kept_ms;

    assent_mpu_guard_stack(0);
    uart_init();
    clock_init();
    banner_print("mps2-an385", &last);
    device_start(&device);
    kept_ms = clock_uptime_ms();
    for (;;) {
        net_poll(&device.net);
        sys_check_timeouts();
        if (clock_uptime_ms() - kept_ms >= UPKEEP_MS) {
            kept_ms = clock_uptime_ms();
            device_idle(&device);
        }
        lan9118_sleep();
    }
}
