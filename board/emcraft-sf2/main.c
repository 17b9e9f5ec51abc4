/* SPDX-License-Identifier: MIT */
/* Start and main loop of the firmware. */
#include "board/emcraft-sf2/clock.h"
#include "board/emcraft-sf2/registers.h"
#include "board/emcraft-sf2/uart.h"
#include "port/cortex_m/fault.h"
#include "port/cortex_m/startup.h"

int main(void);

static void banner(void)
{
    struct assent_fault last;

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

void assent_startup_ethernet(void)
{
}

int main(void)
{
    uart_init();
    clock_init();
    banner();
    for (;;) {
        __asm__ volatile("wfi");
    }
}
