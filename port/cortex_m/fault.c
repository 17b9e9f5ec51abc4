/* SPDX-License-Identifier: MIT */
/* Keeps what stopped the program over the reset that follows. */
#include "port/cortex_m/fault.h"

#include "port/cortex_m/startup.h"

enum { MAGIC = 0x41464C54 }; /* "AFLT" */

/* What the processor pushes when it takes an exception (ARMv7-M B1.5.6). */
struct frame {
    uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

static struct assent_fault record __attribute__((section(".noinit")));

static volatile uint32_t *reg(uintptr_t address)
{
    return (volatile uint32_t *)address;
}

static uint32_t check_of(const struct assent_fault *fault)
{
    return ~(fault->magic + fault->kind * 3 + fault->pc * 5 + fault->lr * 7 + fault->cfsr * 11 +
             fault->address * 13 + fault->count * 17);
}

static _Noreturn void end(uint32_t kind, uint32_t pc, uint32_t lr, uint32_t cfsr, uint32_t address)
{
    bool valid = record.magic == MAGIC && record.check == check_of(&record);
    uint32_t count = valid ? record.count : 0;

    record = (struct assent_fault){.magic = MAGIC,
                                   .kind = kind,
                                   .pc = pc,
                                   .lr = lr,
                                   .cfsr = cfsr,
                                   .address = address,
                                   .count = count + (kind == ASSENT_FAULT_REQUESTED ? 0 : 1)};
    record.check = check_of(&record);
    __asm__ volatile("dsb" ::: "memory"); /* what is written must have arrived before the reset */
    *reg(0xE000ED0C) = 0x05FA0004;        /* AIRCR: SYSRESETREQ */
    for (;;) {
        __asm__ volatile("dsb");
    }
}

bool assent_fault_take(struct assent_fault *last)
{
    bool valid = record.magic == MAGIC && record.check == check_of(&record);

    *last = valid ? record : (struct assent_fault){.kind = ASSENT_FAULT_NONE};
    record.magic = MAGIC;
    record.kind = ASSENT_FAULT_NONE;
    record.count = last->count;
    record.pc = record.lr = record.cfsr = record.address = 0;
    record.check = check_of(&record);
    return last->kind != ASSENT_FAULT_NONE && last->kind != ASSENT_FAULT_REQUESTED;
}

/* Called by the exception handler on a stack of its own making.
 *   stack  where the processor pushed the frame; may lie outside of memory */
__attribute__((used)) _Noreturn void assent_fault_stop(const uint32_t *stack);
_Noreturn void assent_fault_stop(const uint32_t *stack)
{
    uint32_t cfsr = *reg(0xE000ED28);
    uint32_t address = (cfsr & 0x8000) != 0 ? *reg(0xE000ED38)
                       : (cfsr & 0x80) != 0 ? *reg(0xE000ED34)
                                            : 0;
    bool readable = (uintptr_t)stack >= (uintptr_t)assent_link_stack_low &&
                    (uintptr_t)stack + sizeof(struct frame) <= (uintptr_t)assent_link_stack_top;
    const struct frame *frame = (const struct frame *)(const void *)stack;

    end(ASSENT_FAULT_HARD, readable ? frame->pc : 0, readable ? frame->lr : 0, cfsr, address);
}

_Noreturn void assent_fault_panic(uint32_t pc, uint32_t line)
{
    end(ASSENT_FAULT_PANIC, pc, line, 0, 0);
}

_Noreturn void assent_fault_watchdog(void)
{
    end(ASSENT_FAULT_WATCHDOG, 0, 0, 0, 0);
}

_Noreturn void assent_fault_restart(void)
{
    end(ASSENT_FAULT_REQUESTED, 0, 0, 0, 0);
}

const char *assent_fault_name(uint32_t kind)
{
    static const char *const names[] = {"none", "fault", "panic", "watchdog", "restart"};

    return kind < sizeof(names) / sizeof(names[0]) ? names[kind] : "unknown";
}
