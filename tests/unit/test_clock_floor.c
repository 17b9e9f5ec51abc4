/* SPDX-License-Identifier: MIT */
/* A clock that does not run backwards over a restart. */
#include "tests/unit/test.h"

#include "core/config.h"
#include "storage/clock_floor.h"
#include "tests/unit/device.h"

static struct device device;
static struct assent_time board_time;
static uint32_t board_ms;
static const struct assent_time nothing = {0, ASSENT_CLOCK_NONE};

static struct assent_time board_now(void *ctx)
{
    (void)ctx;
    return board_time;
}

static uint32_t board_uptime(void *ctx)
{
    (void)ctx;
    return board_ms;
}

static const struct assent_clock board = {NULL, board_now, board_uptime};
static struct assent_clock_floor floor_clock;
static struct assent_clock seam;

static void start(void)
{
    floor_clock = (struct assent_clock_floor){.kv = &device.kv, .clock = &board};
    seam = assent_clock_floor_start(&floor_clock);
}

static struct assent_time now(void)
{
    return seam.now(seam.ctx);
}

static void check_now(uint64_t unix_s, enum assent_clock_trust trust)
{
    CHECK_INT(now().unix_s, unix_s);
    CHECK_INT(now().trust, trust);
}

/* The device is switched off and on; its clock knows nothing. */
static void restart(void)
{
    CHECK_INT(device_start(&device), ASSENT_OK);
    board_time = nothing;
    board_ms = 0;
    start();
}

static void open_device(void)
{
    device_open(&device, 4096, 64, 0);
    board_time = nothing;
    board_ms = 0;
    start();
}

static void set(uint64_t unix_s, enum assent_clock_trust trust)
{
    board_time = (struct assent_time){unix_s, trust};
}

TEST(nothing_known_is_no_time)
{
    open_device();
    check_now(0, ASSENT_CLOCK_NONE);
    CHECK_INT(assent_clock_floor_keep(&floor_clock, true), ASSENT_OK);
    restart();
    check_now(0, ASSENT_CLOCK_NONE);
    device_close(&device);
}

TEST(after_a_restart_the_time_goes_on_from_what_was_kept)
{
    open_device();
    set(1800000000, ASSENT_CLOCK_SYNCED);
    check_now(1800000000, ASSENT_CLOCK_SYNCED);
    CHECK_INT(assent_clock_floor_keep(&floor_clock, false), ASSENT_OK);
    restart();
    check_now(1800000000, ASSENT_CLOCK_FLOOR);
    board_ms += 5000;
    check_now(1800000005, ASSENT_CLOCK_FLOOR);
    board_ms += 999;
    check_now(1800000005, ASSENT_CLOCK_FLOOR);
    board_ms += 1;
    check_now(1800000006, ASSENT_CLOCK_FLOOR);
    set(1800000100, ASSENT_CLOCK_SET);
    check_now(1800000100, ASSENT_CLOCK_SET);
    device_close(&device);
}

TEST(an_earlier_clock_of_no_more_trust_is_held_at_the_floor)
{
    open_device();
    set(1800000000, ASSENT_CLOCK_SET);
    (void)now();
    CHECK_INT(assent_clock_floor_keep(&floor_clock, false), ASSENT_OK);
    restart();
    set(1700000000, ASSENT_CLOCK_SET);
    check_now(1800000000, ASSENT_CLOCK_FLOOR);
    device_close(&device);
}

TEST(a_clock_of_more_trust_overrules_a_floor_set_wrongly)
{
    open_device();
    set(4000000000, ASSENT_CLOCK_SET); /* somebody mistyped the year */
    (void)now();
    CHECK_INT(assent_clock_floor_keep(&floor_clock, false), ASSENT_OK);
    restart();
    set(1800000000, ASSENT_CLOCK_SYNCED);
    check_now(1800000000, ASSENT_CLOCK_SYNCED);
    CHECK_INT(assent_clock_floor_keep(&floor_clock, false), ASSENT_OK);
    restart();
    check_now(1800000000, ASSENT_CLOCK_FLOOR);
    device_close(&device);
}

TEST(what_was_recorded_raises_the_floor)
{
    struct assent_time recorded = {1800000500, ASSENT_CLOCK_SYNCED};

    open_device();
    set(1800000000, ASSENT_CLOCK_SYNCED);
    (void)now();
    CHECK_INT(assent_clock_floor_keep(&floor_clock, false), ASSENT_OK);
    restart();
    assent_clock_floor_raise(&floor_clock, nothing);
    check_now(1800000000, ASSENT_CLOCK_FLOOR);
    assent_clock_floor_raise(&floor_clock, recorded);
    check_now(1800000500, ASSENT_CLOCK_FLOOR);
    recorded.unix_s = 1;
    assent_clock_floor_raise(&floor_clock, recorded);
    check_now(1800000500, ASSENT_CLOCK_FLOOR);
    device_close(&device);
}

TEST(writes_are_few)
{
    uint64_t before;

    open_device();
    set(1800000000, ASSENT_CLOCK_SYNCED);
    CHECK_INT(assent_clock_floor_keep(&floor_clock, false), ASSENT_OK);
    before = device.sim.operation;
    for (unsigned i = 1; i < ASSENT_CLOCK_FLOOR_S; i++) {
        set(1800000000 + i, ASSENT_CLOCK_SYNCED);
        CHECK_INT(assent_clock_floor_keep(&floor_clock, false), ASSENT_OK);
    }
    CHECK_INT(device.sim.operation, before);
    set(1800000000 + ASSENT_CLOCK_FLOOR_S, ASSENT_CLOCK_SYNCED);
    CHECK_INT(assent_clock_floor_keep(&floor_clock, false), ASSENT_OK);
    CHECK(device.sim.operation > before);
    device_close(&device);
}

TEST(the_uptime_may_wrap)
{
    open_device();
    board_ms = UINT32_MAX - 1500;
    floor_clock.base_ms = board_ms;
    floor_clock.floor = (struct assent_time){1800000000, ASSENT_CLOCK_FLOOR};
    board_ms += 3000;
    check_now(1800000003, ASSENT_CLOCK_FLOOR);
    CHECK_INT(seam.uptime_ms(seam.ctx), board_ms);
    device_close(&device);
}

TEST(a_damaged_value_counts_as_none)
{
    uint8_t value[6] = {1, 2, 3, 4, 5, 9};

    open_device();
    CHECK_INT(assent_kv_put(&device.kv, ASSENT_SPACE_SYSTEM, ASSENT_SPAN("c"),
                            assent_span(value, sizeof(value))),
              ASSENT_OK);
    restart();
    check_now(0, ASSENT_CLOCK_NONE);
    device_close(&device);
}

TEST(a_clock_whose_seconds_begin_between_ours_stays_trusted)
{
    open_device();
    for (board_ms = 0; board_ms < 20000; board_ms += 50) {
        board_time = (struct assent_time){1800000000 + (board_ms + 700) / 1000, ASSENT_CLOCK_SET};
        check_now(board_time.unix_s, ASSENT_CLOCK_SET);
    }
    device_close(&device);
}

TEST_MAIN(CASE(a_clock_whose_seconds_begin_between_ours_stays_trusted),
          CASE(nothing_known_is_no_time), CASE(after_a_restart_the_time_goes_on_from_what_was_kept),
          CASE(an_earlier_clock_of_no_more_trust_is_held_at_the_floor),
          CASE(a_clock_of_more_trust_overrules_a_floor_set_wrongly),
          CASE(what_was_recorded_raises_the_floor), CASE(writes_are_few), CASE(the_uptime_may_wrap),
          CASE(a_damaged_value_counts_as_none))
