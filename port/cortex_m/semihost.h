/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_CORTEX_M_SEMIHOST_H
#define ASSENT_PORT_CORTEX_M_SEMIHOST_H

#include <stdbool.h>
#include <stdint.h>

#include "core/span.h"

/* What a debugger or an emulator does for the program it runs: files of its machine, its clock, an end
 * with an exit code (Arm, Semihosting for AArch32 and AArch64, release 2.0). Each call stops the
 * processor until it is answered; without a debugger it is a fault. */
enum assent_semihost_mode {
    ASSENT_SEMIHOST_READ = 1,   /* "rb" */
    ASSENT_SEMIHOST_UPDATE = 3, /* "r+b" */
    ASSENT_SEMIHOST_WRITE = 5   /* "wb" */
};

/* name  NUL-terminated, relative to where the debugger was started; ":tt" is its console
 * return  handle, or -1 */
int assent_semihost_open(const char *name, enum assent_semihost_mode mode);
void assent_semihost_close(int handle);

/* At the place where the file stands, which moves on.
 *   return  bytes not read or not written: 0 is success */
uint32_t assent_semihost_read(int handle, void *out, uint32_t len);
uint32_t assent_semihost_write(int handle, const void *bytes, uint32_t len);

/* return  false: the file cannot stand there */
bool assent_semihost_seek(int handle, uint32_t offset);

/* return  its length in bytes, or -1 */
int32_t assent_semihost_length(int handle);

/* Seconds since 1970 by the clock of the debugger's machine. */
uint32_t assent_semihost_time(void);

/* What the debugger was told to start the program with.
 *   out     room for max bytes with the NUL
 *   return  false: none, or longer; out is "" */
bool assent_semihost_command_line(char *out, uint32_t max);

_Noreturn void assent_semihost_exit(uint32_t code);

#endif
