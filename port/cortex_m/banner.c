/* SPDX-License-Identifier: MIT */
#include "port/cortex_m/banner.h"

#include "port/device/uart.h"

static void field(const char *name, uint32_t value)
{
    uart_text(name);
    uart_hex(value);
}

void banner_print(const char *board, struct assent_fault *last)
{
    uart_text("\nassent on ");
    uart_text(board);
    uart_text("\n");
    if (assent_fault_take(last)) {
        uart_text("last run ended: ");
        uart_text(assent_fault_name(last->kind));
        field(" pc ", last->pc);
        field(" lr ", last->lr);
        field(" status ", last->cfsr);
        field(" address ", last->address);
        uart_text("\n");
    }
}
