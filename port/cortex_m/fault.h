/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_CORTEX_M_FAULT_H
#define ASSENT_PORT_CORTEX_M_FAULT_H

#include <stdbool.h>
#include <stdint.h>

/* What stopped the program, kept in memory that start-up does not clear, so that the next start can
 * say it. Also why the program restarted itself. */
enum assent_fault_kind {
    ASSENT_FAULT_NONE,
    ASSENT_FAULT_HARD,     /* an exception of the processor (ARMv7-M B1.5.2) */
    ASSENT_FAULT_PANIC,    /* a broken invariant of our own or of lwIP */
    ASSENT_FAULT_WATCHDOG, /* the main loop did not come round in time */
    ASSENT_FAULT_REQUESTED /* restarted on purpose */
};

struct assent_fault {
    uint32_t magic;   /* valid only if it is right */
    uint32_t kind;    /* enum assent_fault_kind */
    uint32_t pc, lr;  /* where; of a panic: the caller and the line */
    uint32_t cfsr;    /* Configurable Fault Status Register (B3.2.15) */
    uint32_t address; /* the address that could not be reached, if the status says it is known */
    uint32_t count;   /* faults since power came */
    uint32_t check;   /* of all above */
};

/* At start, once: the record of the last run.
 *   last    copied out; kind ASSENT_FAULT_NONE if there is none
 *   return  whether the last run ended with a fault */
bool assent_fault_take(struct assent_fault *last);

/* Record and restart. */
_Noreturn void assent_fault_panic(uint32_t pc, uint32_t line);
_Noreturn void assent_fault_watchdog(void);
_Noreturn void assent_fault_restart(void);

/* "none", "fault", "panic", "watchdog", "restart". */
const char *assent_fault_name(uint32_t kind);

#endif
