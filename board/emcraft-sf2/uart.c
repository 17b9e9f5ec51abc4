/* SPDX-License-Identifier: MIT */
/* MMUART0 as a 16550, polled. */
#include "port/device/uart.h"

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

void uart_put(uint8_t byte)
{
    while ((sf2_read(SF2_MMUART0 + LSR) & LSR_EMPTY) == 0) {
    }
    sf2_write(SF2_MMUART0 + DATA, byte);
}

int uart_get(void)
{
    if ((sf2_read(SF2_MMUART0 + LSR) & LSR_READY) == 0) {
        return -1;
    }
    return (int)(sf2_read(SF2_MMUART0 + DATA) & 0xFF);
}
