/* SPDX-License-Identifier: MIT */
/* UART0 of the Cortex-M System Design Kit (Arm DDI 0479, s. 4.3), polled. */
#include "port/device/uart.h"

#include "board/mps2-an385/registers.h"

enum {
    DATA = 0x00,
    STATE = 0x04,
    CTRL = 0x08,
    BAUDDIV = 0x10,
    STATE_SEND_FULL = 0x01,
    STATE_RECEIVED = 0x02,
    CTRL_ON = 0x03, /* send and receive */
    DIVISOR = ASSENT_CORE_HZ / 115200
};

void uart_init(void)
{
    register_write(MPS2_UART0 + BAUDDIV, DIVISOR);
    register_write(MPS2_UART0 + CTRL, CTRL_ON);
}

void uart_put(uint8_t byte)
{
    while ((register_read(MPS2_UART0 + STATE) & STATE_SEND_FULL) != 0) {
    }
    register_write(MPS2_UART0 + DATA, byte);
}

int uart_get(void)
{
    if ((register_read(MPS2_UART0 + STATE) & STATE_RECEIVED) == 0) {
        return -1;
    }
    return (int)(register_read(MPS2_UART0 + DATA) & 0xFF);
}
