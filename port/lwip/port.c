/* SPDX-License-Identifier: MIT */
/* Time and randomness for lwIP out of the seams. */
#include "port/lwip/port.h"

#include <lwip/init.h>
#include <lwip/mem.h>
#include <lwip/stats.h>
#include <lwip/sys.h>

static const struct assent_clock *the_clock;
static const struct assent_entropy *the_entropy;
static uint32_t pool[8]; /* drawn in advance: a system call for each connection is dear */
static unsigned left;

#if !MEM_LIBC_MALLOC
/* lwIP 2.2.1 stops with "invalid next ptr" when it shrinks a block that ends where its heap ends (mem_trim),
 * which happens to any block once the heap is full enough. So the end belongs to a small block of our own
 * for ever: the smallest that lwIP makes, behind one that takes all the rest and is given back. */
static void occupy_end(void)
{
    struct head {
        mem_size_t next, prev;
        u8_t used;
    };
    enum { HEAD_BYTES = LWIP_MEM_ALIGN_SIZE(sizeof(struct head)), END_BYTES = 12 };
    void *rest =
        mem_malloc(LWIP_MEM_ALIGN_SIZE(MEM_SIZE) - 2 * HEAD_BYTES - LWIP_MEM_ALIGN_SIZE(END_BYTES));
    void *end = mem_malloc(END_BYTES);

    LWIP_ASSERT("end of the heap", rest != NULL && end != NULL);
    (void)end;
    mem_free(rest);
#if MEM_STATS
    lwip_stats.mem.max = lwip_stats.mem.used;
#endif
}
#endif

void assent_lwip_init(const struct assent_clock *clock, const struct assent_entropy *entropy)
{
    the_clock = clock;
    the_entropy = entropy;
    left = 0;
    lwip_init();
#if !MEM_LIBC_MALLOC
    occupy_end();
#endif
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
