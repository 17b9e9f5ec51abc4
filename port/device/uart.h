/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_DEVICE_UART_H
#define ASSENT_PORT_DEVICE_UART_H

#include <stdint.h>

#include "core/seam.h"

/* The console of a device: a serial line, 115200 baud, 8N1. The first three are the board's. */
void uart_init(void);
void uart_put(uint8_t byte); /* waits for its turn */
int uart_get(void);          /* the next byte that was typed, or -1 */

void uart_text(const char *text);
void uart_bytes(struct assent_span bytes);
void uart_decimal(uint64_t value);
void uart_hex(uint32_t value); /* 8 digits */
void uart_pair(const char *name, uint64_t value);

/* Lines of the log: time since the start, level, event, value. */
struct assent_log uart_log(const struct assent_clock *clock);

#endif
