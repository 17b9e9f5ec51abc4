/* SPDX-License-Identifier: MIT */
/* Vector table and what runs before main(). */
#include "port/cortex_m/startup.h"

enum {
    PAINT = 0x5AFE57AC,
    VECTORS = 16 + 32 /* of the system and of as many interrupts as are used here */
};

int main(void);
void assent_startup_fault(void);

typedef void handler(void);

/* Any exception that is not expected. The stack may be what broke, so the handler starts it anew; there
 * is one only, the main stack. */
__attribute__((naked)) void assent_startup_fault(void)
{
    __asm__ volatile("mov r0, sp\n"
                     "movw r1, #:lower16:assent_link_stack_top\n"
                     "movt r1, #:upper16:assent_link_stack_top\n"
                     "mov sp, r1\n"
                     "b assent_fault_stop\n");
}

static const union {
    handler *code;
    uint32_t *stack;
} vectors[VECTORS] __attribute__((section(".vectors"), used)) = {
    [0] = {.stack = assent_link_stack_top},
    [1] = {.code = assent_startup_reset},
    [2] = {.code = assent_startup_fault},
    [3] = {.code = assent_startup_fault},
    [4] = {.code = assent_startup_fault},
    [5] = {.code = assent_startup_fault},
    [6] = {.code = assent_startup_fault},
    [11] = {.code = assent_startup_fault},
    [12] = {.code = assent_startup_fault},
    [14] = {.code = assent_startup_fault},
    [15] = {.code = assent_startup_tick},
    [16 + ASSENT_STARTUP_ETHERNET_IRQ] = {.code = assent_startup_ethernet},
};

/* Not inlined into loops over memcpy: nothing is set up yet. */
_Noreturn void assent_startup_reset(void)
{
    const uint32_t *from = assent_link_data_source;
    volatile uint32_t *to;
    const uint32_t *sp;

    __asm__ volatile("mov %0, sp" : "=r"(sp));
    for (to = assent_link_stack_low; to < sp - 16; to++) {
        *to = PAINT;
    }
    for (to = assent_link_data_start; to < assent_link_data_end; to++) {
        *to = *from++;
    }
    for (to = assent_link_bss_start; to < assent_link_bss_end; to++) {
        *to = 0;
    }
    (void)main();
    for (;;) {
    }
}

uint32_t assent_startup_stack_size(void)
{
    return (uint32_t)((uintptr_t)assent_link_stack_top - (uintptr_t)assent_link_stack_low);
}

uint32_t assent_startup_stack_used(void)
{
    const uint32_t *word = assent_link_stack_low;

    while (word < assent_link_stack_top && *word == PAINT) {
        word++;
    }
    return (uint32_t)((uintptr_t)assent_link_stack_top - (uintptr_t)word);
}
