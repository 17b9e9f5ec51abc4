/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_BOARD_EMCRAFT_SF2_CONSOLE_H
#define ASSENT_BOARD_EMCRAFT_SF2_CONSOLE_H

#include "board/emcraft-sf2/device.h"
#include "port/cortex_m/fault.h"

/* Commands of a technician at the serial line; `help` lists them. Whoever has the board in hand has
 * everything anyway, so there is no login. Nothing personal is shown. */
enum { CONSOLE_LINE_BYTES = 48 };

struct console {
    struct device *device;           /* borrowed */
    const struct assent_fault *last; /* of the last run; borrowed */
    uint8_t line[CONSOLE_LINE_BYTES];
    uint8_t len;
};

/* Take in what was typed, and do what it says. */
void console_poll(struct console *console);

#endif
