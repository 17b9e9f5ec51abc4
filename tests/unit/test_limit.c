/* SPDX-License-Identifier: MIT */
#include "tests/unit/test.h"

#include "http/limit.h"

static struct assent_limit limit;

static void open_limit(void)
{
    limit = (struct assent_limit){
        .interval_ms = 100, .source_interval_ms = 1000, .burst = 8, .source_burst = 3};
}

/* Whether source n gets through. */
static bool take(unsigned n, uint16_t reserve, uint32_t now_ms)
{
    uint8_t source[ASSENT_LIMIT_SOURCE_BYTES] = {(uint8_t)n, (uint8_t)(n >> 8)};

    return assent_limit_take(&limit, source, reserve, now_ms) == 0;
}

TEST(source_gets_its_burst_and_then_one_an_interval)
{
    open_limit();
    CHECK(take(1, 0, 0) && take(1, 0, 0) && take(1, 0, 0));
    CHECK(!take(1, 0, 0));
    CHECK(take(2, 0, 0));
    CHECK(!take(1, 0, 999));
    CHECK(take(1, 0, 1000));
    CHECK(!take(1, 0, 1001));
}

TEST(many_sources_meet_the_limit_of_the_sum)
{
    unsigned through = 0;

    open_limit();
    for (unsigned i = 0; i < 100; i++) {
        through += take(i, 0, 5) ? 1 : 0;
    }
    CHECK_INT(through, 8);
    CHECK(!take(500, 0, 104));
    CHECK(take(500, 0, 105));
}

TEST(reserve_is_left_to_others)
{
    unsigned through = 0;

    open_limit();
    for (unsigned i = 0; i < 100; i++) {
        through += take(i, 5, 0) ? 1 : 0;
    }
    CHECK_INT(through, 3);
    CHECK(take(200, 0, 0));
}

TEST(clock_that_wraps_does_no_harm)
{
    open_limit();
    CHECK(take(1, 0, UINT32_MAX - 10) && take(1, 0, UINT32_MAX - 10) && take(1, 0, UINT32_MAX));
    CHECK(!take(1, 0, 5));
    CHECK(take(1, 0, 1000));
}

TEST(wait_is_told_and_worth_it)
{
    uint8_t source[ASSENT_LIMIT_SOURCE_BYTES] = {1};
    uint32_t wait;

    open_limit();
    CHECK(take(1, 0, 0) && take(1, 0, 0) && take(1, 0, 0));
    wait = assent_limit_take(&limit, source, 0, 400);
    CHECK_INT(wait, 600);
    CHECK(take(1, 0, 400 + wait));
}

TEST(a_token_given_back_can_be_taken_again)
{
    uint8_t source[ASSENT_LIMIT_SOURCE_BYTES] = {1};

    open_limit();
    for (unsigned i = 0; i < 100; i++) {
        CHECK(take(1, 0, 0));
        assent_limit_give(&limit, source);
    }
    CHECK(take(1, 0, 0) && take(1, 0, 0) && take(1, 0, 0));
    CHECK(!take(1, 0, 0)); /* and no more than there were */
}

TEST_MAIN(CASE(a_token_given_back_can_be_taken_again),
          CASE(source_gets_its_burst_and_then_one_an_interval),
          CASE(many_sources_meet_the_limit_of_the_sum), CASE(reserve_is_left_to_others),
          CASE(clock_that_wraps_does_no_harm), CASE(wait_is_told_and_worth_it))
