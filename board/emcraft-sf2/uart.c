/* SPDX-License-Identifier: MIT */
/* MMUART0 as a 16550, polled. */
#include "board/emcraft-sf2/uart.h"

#include "board/emcraft-sf2/registers.h"

enum {
    DATA = 0x00, /* divisor low byte while LCR_DLAB */
    IER = 0x04,  /* divisor high byte while LCR_DLAB */
    FCR = 0x08,
    LCR = 0x0C,
    LSR = 0x14,
    LCR_8N1 = 0x03,
    LCR_DLAB = 0x80,
    FCR_ON_CLEAR = 0x07,
    LSR_READY = 0x01,
    LSR_EMPTY = 0x20,
    /* APB0 runs at half the core's clock; 16 samples a bit. */
    DIVISOR = SF2_CLOCK_HZ / 2 / 16 / 115200
};

void uart_init(void)
{
    sf2_write(SF2_MMUART0 + LCR, LCR_DLAB);
    sf2_write(SF2_MMUART0 + DATA, DIVISOR & 0xFF);
    sf2_write(SF2_MMUART0 + IER, DIVISOR >> 8);
    sf2_write(SF2_MMUART0 + LCR, LCR_8N1);
    sf2_write(SF2_MMUART0 + IER, 0);
    sf2_write(SF2_MMUART0 + FCR, FCR_ON_CLEAR);
}

static void put(uint8_t byte)
{
    while ((sf2_read(SF2_MMUART0 + LSR) & LSR_EMPTY) == 0) {
    }
    sf2_write(SF2_MMUART0 + DATA, byte);
}

void uart_text(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n') {
            put('\r');
        }
        put((uint8_t)*text);
    }
}

void uart_bytes(struct assent_span bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        put(bytes.ptr[i]);
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
        put((uint8_t) "0123456789abcdef"[(value >> (shift - 4)) & 0xF]);
    }
}

int uart_get(void)
{
    if ((sf2_read(SF2_MMUART0 + LSR) & LSR_READY) == 0) {
        return -1;
    }
    return (int)(sf2_read(SF2_MMUART0 + DATA) & 0xFF);
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
    } ctx = {clock};
    struct assent_log log = {ctx.out, line};

    return log;
}
