/* SPDX-License-Identifier: MIT */
/* Text, numbers and the log, byte by byte to the board's console. */
#include "port/device/uart.h"

void uart_text(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n') {
            uart_put('\r');
        }
        uart_put((uint8_t)*text);
    }
}

void uart_bytes(struct assent_span bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        uart_put(bytes.ptr[i]);
    }
}

void uart_decimal(uint64_t value)
{
    uint8_t digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (uint8_t)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    uart_bytes(assent_span(digits + at, sizeof(digits) - at));
}

void uart_pair(const char *name, uint64_t value)
{
    uart_text(name);
    uart_text(" ");
    uart_decimal(value);
    uart_text("\n");
}

void uart_hex(uint32_t value)
{
    for (unsigned shift = 32; shift > 0; shift -= 4) {
        uart_put((uint8_t) "0123456789abcdef"[(value >> (shift - 4)) & 0xF]);
    }
}

static void line(void *ctx, enum assent_log_level level, const char *event, uint32_t value)
{
    const struct assent_clock *clock = ctx;

    uart_text("[");
    uart_decimal(clock->uptime_ms(clock->ctx));
    uart_text(level == ASSENT_LOG_ERROR     ? "] error "
              : level == ASSENT_LOG_WARNING ? "] warning "
                                            : "] ");
    uart_text(event);
    uart_text(" ");
    uart_decimal(value);
    uart_text("\n");
}

struct assent_log uart_log(const struct assent_clock *clock)
{
    /* The seam hands ctx back as it is; the clock is only read. */
    union {
        const struct assent_clock *in;
        void *out;
    } ctx;

    ctx.in = clock;
    return (struct assent_log){ctx.out, line};
}
