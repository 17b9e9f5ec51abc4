/* SPDX-License-Identifier: MIT */
/* What a unit test program needs around it on a target: it is started by port/cortex_m, its main() is
 * called with the words of the debugger's command line, its end ends the emulator. A fault restarts the
 * processor, and is told then. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/cortex_m/fault.h"
#include "port/cortex_m/mpu.h"
#include "port/cortex_m/semihost.h"
#include "port/cortex_m/startup.h"

enum { LINE_BYTES = 512, WORDS = 16 };

extern uint32_t assent_link_psram_start[];
extern uint32_t assent_link_psram_used[];

/* The linker leads calls of main() here (--wrap=main). */
int __wrap_main(void);
int __real_main(int argc, char **argv);

/* The tests wait for nothing. */
void assent_startup_tick(void)
{
}

void assent_startup_ethernet(void)
{
}

static int split(char *line, char **words)
{
    int count = 0;

    for (char *at = strtok(line, " "); at != NULL && count < WORDS; at = strtok(NULL, " ")) {
        words[count++] = at;
    }
    return count;
}

/* On the stack and without variables of its own: they lie in what is cleared. */
static void clear(void)
{
    for (volatile uint32_t *word = assent_link_psram_start; word < assent_link_psram_used; word++) {
        *word = 0;
    }
}

int __wrap_main(void)
{
    static char line[LINE_BYTES];
    static char *words[WORDS + 1];
    static struct assent_fault last;
    int code;

    clear();
    assent_mpu_guard_stack(2);
    if (assent_fault_take(&last)) {
        printf("%s: pc %08lx lr %08lx status %08lx address %08lx\n", assent_fault_name(last.kind),
               (unsigned long)last.pc, (unsigned long)last.lr, (unsigned long)last.cfsr,
               (unsigned long)last.address);
        exit(1);
    }
    (void)assent_semihost_command_line(line, sizeof(line));
    code = __real_main(split(line, words), words);
    printf("stack %lu\n", (unsigned long)assent_startup_stack_used());
    exit(code);
}
