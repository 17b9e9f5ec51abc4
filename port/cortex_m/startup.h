/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_CORTEX_M_STARTUP_H
#define ASSENT_PORT_CORTEX_M_STARTUP_H

#include <stdint.h>

/* Start of a Cortex-M3: vectors, memory, stack. The board's linker script defines the places; the
 * board provides main(), which never returns, and the handlers it needs; its makefile defines
 * ASSENT_STARTUP_ETHERNET_IRQ, the number of the MAC's interrupt, 0..31. */
extern uint32_t assent_link_stack_low[];
extern uint32_t assent_link_stack_top[];
extern uint32_t assent_link_data_start[];
extern uint32_t assent_link_data_end[];
extern const uint32_t assent_link_data_source[];
extern uint32_t assent_link_bss_start[];
extern uint32_t assent_link_bss_end[];
extern uint32_t assent_link_sram_used[];
extern uint32_t assent_link_sram_end[];
extern const uint32_t assent_link_code_used[]; /* its address is the number of bytes */

_Noreturn void assent_startup_reset(void);

/* The board's: interrupts of the system timer and of the Ethernet MAC. */
void assent_startup_tick(void);
void assent_startup_ethernet(void);

/* Bytes of stack that were used at most since the start: what the paint shows. */
uint32_t assent_startup_stack_used(void);
uint32_t assent_startup_stack_size(void);

#endif
