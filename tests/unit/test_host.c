/* SPDX-License-Identifier: MIT */
/* Clock and entropy of the host. */
#include "port/host/clock.h"
#include "port/host/entropy.h"

#include <time.h>

#include "tests/unit/test.h"

TEST(clock_shows_the_time_and_never_runs_backwards)
{
    struct assent_clock_host host = {99};
    struct assent_clock clock = assent_clock_host(&host);
    uint64_t wall = (uint64_t)time(NULL);
    struct assent_time first = clock.now(clock.ctx);

    CHECK(first.unix_s >= wall && first.unix_s <= wall + 5);
    CHECK(first.trust >= ASSENT_CLOCK_SET);
    host.latest_s = wall + 1000; /* as if the host's clock had been set back since */
    CHECK_INT(clock.now(clock.ctx).unix_s, wall + 1000);
}

TEST(uptime_counts_milliseconds)
{
    struct assent_clock_host host;
    struct assent_clock clock = assent_clock_host(&host);
    const struct timespec pause = {0, 20 * 1000 * 1000};
    uint32_t start = clock.uptime_ms(clock.ctx);
    uint32_t passed;

    nanosleep(&pause, NULL);
    passed = clock.uptime_ms(clock.ctx) - start;
    CHECK(passed >= 19 && passed < 60000);
}

TEST(entropy_fills_exactly_what_was_asked)
{
    struct assent_entropy entropy = assent_entropy_host();
    uint8_t a[66] = {0};
    uint8_t b[66] = {0};

    CHECK_INT(entropy.random(entropy.ctx, a + 1, 64), ASSENT_OK);
    CHECK_INT(entropy.random(entropy.ctx, b + 1, 64), ASSENT_OK);
    CHECK(memcmp(a + 1, b + 1, 64) != 0);
    CHECK(a[0] == 0 && a[65] == 0);
    CHECK_INT(entropy.random(entropy.ctx, a, 0), ASSENT_OK);
}

TEST_MAIN(CASE(clock_shows_the_time_and_never_runs_backwards), CASE(uptime_counts_milliseconds),
          CASE(entropy_fills_exactly_what_was_asked))
