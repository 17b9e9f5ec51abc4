/* SPDX-License-Identifier: MIT */
/* Each of its tests is a fault, which has to be seen: tests/board/test-target.sh. */
#include "tests/unit/guard.h"
#include "tests/unit/test.h"

static volatile uint32_t seen;

TEST(reads_a_byte_too_many)
{
    const uint8_t *bytes = guard_copy(ASSENT_SPAN("four"));

    for (unsigned i = 0; i <= 4; i++) {
        seen += bytes[i];
    }
}

TEST(writes_to_what_is_only_for_reading)
{
    volatile uint8_t *bytes = guard_copy_read_only(ASSENT_SPAN("four"));

    bytes[3] = 'x';
}

static void deeper(void)
{
    volatile uint8_t frame[1 << 18];

    for (size_t i = sizeof(frame); i > 0; i -= 1024) {
        frame[i - 1] = 1;
    }
    seen += frame[0];
}

TEST(needs_more_stack_than_there_is)
{
    deeper();
}

TEST(fails)
{
    CHECK_INT(seen, 1);
}

TEST_MAIN(CASE(reads_a_byte_too_many), CASE(writes_to_what_is_only_for_reading),
          CASE(needs_more_stack_than_there_is), CASE(fails))
