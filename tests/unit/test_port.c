/* SPDX-License-Identifier: MIT */
#include "port/lwip/port.h"

#include <stdlib.h>

#include <lwip/mem.h>
#include <lwip/opt.h>

#include "port/host/clock.h"
#include "port/host/entropy.h"
#include "tests/unit/test.h"

_Noreturn void assent_lwip_panic(const char *message, const char *file, int line)
{
    printf("%s:%d: lwIP: %s\n0 passed, 1 failed\n", file, line, message);
    exit(1);
}

/* The second block ends at each place near the end of the heap once. */
TEST(a_block_at_the_end_of_the_heap_can_be_shrunk)
{
    enum { SECOND_BYTES = 1040, NEAR_BYTES = 128, KEPT_BYTES = 600 };
    struct assent_clock_host host;
    struct assent_clock clock = assent_clock_host(&host);
    struct assent_entropy entropy = assent_entropy_host();
    unsigned fitted = 0;

    assent_lwip_init(&clock, &entropy);
    for (unsigned i = 0; i < NEAR_BYTES; i++) {
        void *first = mem_malloc((mem_size_t)(MEM_SIZE - SECOND_BYTES - i));
        void *second = mem_malloc(SECOND_BYTES);

        if (second != NULL) {
            fitted++;
            CHECK(mem_trim(second, KEPT_BYTES) == second);
            mem_free(second);
        }
        mem_free(first);
    }
    CHECK(fitted > NEAR_BYTES / 4);
}

TEST_MAIN(CASE(a_block_at_the_end_of_the_heap_can_be_shrunk))
