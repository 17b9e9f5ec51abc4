/* SPDX-License-Identifier: MIT */
/* Time and randomness for lwIP out of the seams. */
#include "port/lwip/port.h"

#include <lwip/sys.h>

static const struct assent_clock *the_clock;
static const struct assent_entropy *the_entropy;
static uint32_t pool[16]; /* drawn in advance: a system call for each connection is dear */
static unsigned left;

void assent_lwip_init(const struct assent_clock *clock, const struct assent_entropy *entropy)
{
    the_clock = clock;
    the_entropy = entropy;
    left = 0;
}

u32_t sys_now(void)
{
    return the_clock->uptime_ms(the_clock->ctx);
}

uint32_t assent_lwip_random(void)
{
    if (left == 0) {
        left = sizeof(pool) / sizeof(pool[0]);
        if (the_entropy->random(the_entropy->ctx, (uint8_t *)pool, sizeof(pool)) != ASSENT_OK) {
            for (unsigned i = 0; i < left; i++) {
                pool[i] = pool[i] * 1664525U + 1013904223U + sys_now();
            }
        }
    }
    return pool[--left];
}
