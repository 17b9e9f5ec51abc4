/* SPDX-License-Identifier: MIT */
/* One breakpoint that the debugger knows, with the operation in r0 and a block of words in r1. */
#include "port/cortex_m/semihost.h"

#include <string.h>

enum {
    SYS_OPEN = 0x01,
    SYS_CLOSE = 0x02,
    SYS_WRITE = 0x05,
    SYS_READ = 0x06,
    SYS_SEEK = 0x0A,
    SYS_FLEN = 0x0C,
    SYS_TIME = 0x11,
    SYS_GET_CMDLINE = 0x15,
    SYS_EXIT_EXTENDED = 0x20,
    APPLICATION_EXIT = 0x20026
};

static uint32_t call(uint32_t operation, const void *block)
{
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = block;

    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory", "cc");
    return r0;
}

static uint32_t word(const void *pointer)
{
    return (uint32_t)(uintptr_t)pointer;
}

int assent_semihost_open(const char *name, enum assent_semihost_mode mode)
{
    const uint32_t block[] = {word(name), mode, (uint32_t)strlen(name)};

    return (int)call(SYS_OPEN, block);
}

void assent_semihost_close(int handle)
{
    const uint32_t block[] = {(uint32_t)handle};

    (void)call(SYS_CLOSE, block);
}

uint32_t assent_semihost_read(int handle, void *out, uint32_t len)
{
    const uint32_t block[] = {(uint32_t)handle, word(out), len};

    return call(SYS_READ, block);
}

uint32_t assent_semihost_write(int handle, const void *bytes, uint32_t len)
{
    const uint32_t block[] = {(uint32_t)handle, word(bytes), len};

    return call(SYS_WRITE, block);
}

bool assent_semihost_seek(int handle, uint32_t offset)
{
    const uint32_t block[] = {(uint32_t)handle, offset};

    return call(SYS_SEEK, block) == 0;
}

int32_t assent_semihost_length(int handle)
{
    const uint32_t block[] = {(uint32_t)handle};

    return (int32_t)call(SYS_FLEN, block);
}

uint32_t assent_semihost_time(void)
{
    return call(SYS_TIME, NULL);
}

bool assent_semihost_command_line(char *out, uint32_t max)
{
    const uint32_t block[] = {word(out), max};

    out[0] = '\0';
    if (call(SYS_GET_CMDLINE, block) != 0) {
        out[0] = '\0';
        return false;
    }
    return true;
}

_Noreturn void assent_semihost_exit(uint32_t code)
{
    const uint32_t block[] = {APPLICATION_EXIT, code};

    for (;;) {
        (void)call(SYS_EXIT_EXTENDED, block);
    }
}
