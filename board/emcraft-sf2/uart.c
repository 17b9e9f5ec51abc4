/* SPDX-License-Identifier: MIT */
/* MMUART0, the console, and MMUART1, which noise may come from: 16550s, polled. */
#include "port/device/uart.h"

#include "board/emcraft-sf2/noise.h"

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
    SOFT_RESET =
        0x48, /* of the system registers; each line is held in its reset until it is let go */
    LINE0_RESET = 1 << 7,
    LINE1_RESET = 1 << 8,
    /* APB0 runs at half the core's clock; 16 samples a bit. */
    DIVISOR = (SF2_CLOCK_HZ / 2 / 16 + 115200 / 2) / 115200
};

static void init(uintptr_t base, uint32_t reset)
{
    sf2_write(SF2_SYSREG + SOFT_RESET, sf2_read(SF2_SYSREG + SOFT_RESET) & ~reset);
    sf2_write(base + LCR, LCR_DLAB);
    sf2_write(base + DATA, DIVISOR & 0xFF);
    sf2_write(base + IER, DIVISOR >> 8);
    sf2_write(base + LCR, LCR_8N1);
    sf2_write(base + IER, 0);
    sf2_write(base + FCR, FCR_ON_CLEAR);
}

static int get(uintptr_t base)
{
    if ((sf2_read(base + LSR) & LSR_READY) == 0) {
        return -1;
    }
    return (int)(sf2_read(base + DATA) & 0xFF);
}

void uart_init(void)
{
    init(SF2_MMUART0, LINE0_RESET);
}

void uart_put(uint8_t byte)
{
    while ((sf2_read(SF2_MMUART0 + LSR) & LSR_EMPTY) == 0) {
    }
    sf2_write(SF2_MMUART0 + DATA, byte);
}

int uart_get(void)
{
    return get(SF2_MMUART0);
}

void noise_line_init(void)
{
    init(SF2_MMUART1, LINE1_RESET);
}

int noise_line_get(void)
{
    return get(SF2_MMUART1);
}
