/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_BOARD_EMCRAFT_SF2_UART_H
#define ASSENT_BOARD_EMCRAFT_SF2_UART_H

#include <stdint.h>

#include "core/seam.h"

/* The console: MMUART0, 115200 baud, 8N1. */
void uart_init(void);

void uart_text(const char *text);
void uart_bytes(struct assent_span bytes);
void uart_decimal(uint64_t value);
void uart_hex(uint32_t value); /* 8 digits */
void uart_pair(const char *name, uint64_t value);

/* The next byte that was typed, or -1. */
int uart_get(void);

/* Lines of the log: time since the start, level, event, value. */
struct assent_log uart_log(const struct assent_clock *clock);

#endif
