/* SPDX-License-Identifier: MIT */
#include "port/host/fake_clock.h"
#include "tests/unit/test.h"

/* A base clock that the test moves. */
static uint32_t base_ms;

static struct assent_time base_now(void *ctx)
{
    struct assent_time time = {1000, ASSENT_CLOCK_SYNCED};

    (void)ctx;
    return time;
}

static uint32_t base_uptime(void *ctx)
{
    (void)ctx;
    return base_ms;
}

static const struct assent_clock base = {NULL, base_now, base_uptime};

static int init(struct fake_clock *clock, const char *setting)
{
    base_ms = 5000;
    return fake_clock_init(clock, base, assent_span(setting, strlen(setting)));
}

TEST(settings_are_read)
{
    static const struct {
        const char *setting;
        int error;
        uint64_t unix_s; /* after 10 s of the base clock */
        uint32_t uptime_ms;
        enum assent_clock_trust trust;
    } rows[] = {
        {"", ASSENT_OK, 1010, 15000, ASSENT_CLOCK_SYNCED},
        {"offset=100", ASSENT_OK, 1110, 15000, ASSENT_CLOCK_SYNCED},
        {"offset=-100", ASSENT_OK, 910, 15000, ASSENT_CLOCK_SYNCED},
        {"offset=-1001", ASSENT_ERR_RANGE, 0, 0, ASSENT_CLOCK_NONE},
        {"start=1700000000", ASSENT_OK, 1700000010, 15000, ASSENT_CLOCK_SYNCED},
        {"start=1700000000,frozen", ASSENT_OK, 1700000000, 5000, ASSENT_CLOCK_SYNCED},
        {"scale=100", ASSENT_OK, 2000, 1005000, ASSENT_CLOCK_SYNCED},
        {"scale=2,offset=1,none", ASSENT_OK, 1021, 25000, ASSENT_CLOCK_NONE},
        {"uptime=4294967295", ASSENT_OK, 1010, 9999, ASSENT_CLOCK_SYNCED},
        {"scale=0", ASSENT_ERR_RANGE, 0, 0, ASSENT_CLOCK_NONE},
        {"scale=100001", ASSENT_ERR_RANGE, 0, 0, ASSENT_CLOCK_NONE},
        {"uptime=4294967296", ASSENT_ERR_RANGE, 0, 0, ASSENT_CLOCK_NONE},
        {"start=1099511627776", ASSENT_ERR_RANGE, 0, 0, ASSENT_CLOCK_NONE},
        {"start=99999999999999999999999", ASSENT_ERR_RANGE, 0, 0, ASSENT_CLOCK_NONE},
        {"start=", ASSENT_ERR_SYNTAX, 0, 0, ASSENT_CLOCK_NONE},
        {"start=1x", ASSENT_ERR_SYNTAX, 0, 0, ASSENT_CLOCK_NONE},
        {"start=-1", ASSENT_ERR_SYNTAX, 0, 0, ASSENT_CLOCK_NONE},
        {"offset=--1", ASSENT_ERR_SYNTAX, 0, 0, ASSENT_CLOCK_NONE},
        {"frozen,", ASSENT_OK, 1000, 5000, ASSENT_CLOCK_SYNCED},
        {",frozen", ASSENT_ERR_SYNTAX, 0, 0, ASSENT_CLOCK_NONE},
        {"Frozen", ASSENT_ERR_SYNTAX, 0, 0, ASSENT_CLOCK_NONE},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fake_clock clock;
        struct assent_clock seam;
        int error = init(&clock, rows[i].setting);

        CHECK_INT_ROW(rows[i].setting, error, rows[i].error);
        if (error != ASSENT_OK || rows[i].error != ASSENT_OK) {
            continue;
        }
        seam = fake_clock_seam(&clock);
        base_ms += 10000;
        CHECK_INT_ROW(rows[i].setting, seam.now(seam.ctx).unix_s, rows[i].unix_s);
        CHECK_INT_ROW(rows[i].setting, seam.now(seam.ctx).trust, rows[i].trust);
        CHECK_INT_ROW(rows[i].setting, seam.uptime_ms(seam.ctx), rows[i].uptime_ms);
    }
}

TEST(advancing_moves_both_times)
{
    struct fake_clock clock;
    struct assent_clock seam;

    CHECK_INT(init(&clock, "frozen"), ASSENT_OK);
    seam = fake_clock_seam(&clock);
    base_ms += 77777;
    fake_clock_advance(&clock, 1500);
    CHECK_INT(seam.uptime_ms(seam.ctx), 6500);
    CHECK_INT(seam.now(seam.ctx).unix_s, 1001);
    fake_clock_advance(&clock, 500);
    CHECK_INT(seam.now(seam.ctx).unix_s, 1002);
}

TEST(a_wrap_of_the_base_clock_is_not_noticed)
{
    struct fake_clock clock;
    struct assent_clock seam;

    CHECK_INT(init(&clock, "scale=10"), ASSENT_OK);
    seam = fake_clock_seam(&clock);
    base_ms = UINT32_MAX - 999;
    (void)seam.uptime_ms(seam.ctx);
    base_ms = 1000; /* 2 s later */
    CHECK_INT(seam.now(seam.ctx).unix_s, 1000 + (UINT64_C(4294966296) - 5000 + 2000) * 10 / 1000);
}

TEST(waits_are_translated)
{
    struct fake_clock clock;

    CHECK_INT(init(&clock, "scale=100"), ASSENT_OK);
    CHECK_INT(fake_clock_wait_ms(&clock, 0), 0);
    CHECK_INT(fake_clock_wait_ms(&clock, 1), 1);
    CHECK_INT(fake_clock_wait_ms(&clock, 1000), 10);
    CHECK_INT(fake_clock_wait_ms(&clock, 1001), 11);
    CHECK_INT(init(&clock, "frozen"), ASSENT_OK);
    CHECK_INT(fake_clock_wait_ms(&clock, 0), 0);
    CHECK_INT(fake_clock_wait_ms(&clock, 1), UINT32_MAX);
    CHECK_INT(init(&clock, ""), ASSENT_OK);
    CHECK_INT(fake_clock_wait_ms(&clock, 123), 123);
}

TEST(setting_moves_the_wall_clock_alone)
{
    struct fake_clock clock;
    struct assent_clock seam;
    uint32_t uptime;

    CHECK_INT(init(&clock, "none"), ASSENT_OK);
    seam = fake_clock_seam(&clock);
    fake_clock_advance(&clock, 5000);
    uptime = seam.uptime_ms(seam.ctx);
    fake_clock_set(&clock, 1900000000);
    CHECK_INT(seam.now(seam.ctx).unix_s, 1900000000);
    CHECK_INT(seam.now(seam.ctx).trust, ASSENT_CLOCK_SET);
    CHECK_INT(seam.uptime_ms(seam.ctx), uptime);
    fake_clock_advance(&clock, 2000);
    CHECK_INT(seam.now(seam.ctx).unix_s, 1900000002);
}

TEST_MAIN(CASE(setting_moves_the_wall_clock_alone), CASE(settings_are_read),
          CASE(advancing_moves_both_times), CASE(a_wrap_of_the_base_clock_is_not_noticed),
          CASE(waits_are_translated))
