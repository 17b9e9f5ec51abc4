/* SPDX-License-Identifier: MIT */
/* What users of stores for small records complain about, one test for each. */
#include <stdlib.h>

#include "core/bytes.h"
#include "storage/kv_format.h"
#include "tests/power/power.h"
#include "tests/unit/test.h"

static struct power_world world;
static struct power_world trial;

static const struct power_setting SMALL = {"small", 4096, 16,    60,    64, 0,
                                           0,       0,    false, false, 1,  false};
static const struct power_setting TINY = {"tiny", 4096, 8, 20, 40, 0, 0, 0, false, false, 2, false};

static struct assent_span key_number(uint32_t n)
{
    static uint8_t key[16];

    memset(key, 0x3C, sizeof(key));
    assent_bytes_store32(key, n);
    return assent_span(key, sizeof(key));
}

static int put_number(struct power_world *w, uint32_t n, uint32_t version, size_t len)
{
    static uint8_t value[ASSENT_KV_VALUE_BYTES];

    memset(value, (int)(n ^ version), len);
    if (len >= 8) {
        assent_bytes_store32(value, n);
        assent_bytes_store32(value + 4, version);
    }
    return assent_kv_put(&w->kv, 1, key_number(n), assent_span(value, len));
}

/* The version that a key has, 0 if it is not there, or an error. */
static int version_of(struct power_world *w, uint32_t n)
{
    static uint8_t value[ASSENT_KV_VALUE_BYTES];
    int len = assent_kv_get(&w->kv, 1, key_number(n), value, sizeof(value));

    if (len < 8) {
        return len == ASSENT_ERR_NOT_FOUND ? 0 : len;
    }
    return assent_bytes_load32(value) == n ? (int)assent_bytes_load32(value + 4) : -100;
}

static uint32_t fill_up(struct power_world *w, size_t len)
{
    uint32_t count = 0;

    while (put_number(w, count, 1, len) == ASSENT_OK) {
        count++;
    }
    return count;
}

/* Run random changes. */
static void warm_up(struct power_world *w, uint32_t changes)
{
    for (uint32_t i = 0; i < changes; i++) {
        struct power_op op = power_choose(w);

        CHECK_INT(power_apply(w, &op), ASSENT_OK);
        power_accept(w, &op);
    }
}

/* Cut one change in every operation and way; then mount and compare. */
static void cut_change(const struct power_op *op)
{
    bool done = false;

    for (uint64_t at = 1; !done; at++) {
        for (int mode = 1; mode < FLASH_SIM_CUT_COUNT && !done; mode++) {
            power_copy(&trial, &world);
            flash_sim_cut(&trial.sim, at, (enum flash_sim_cut)mode);
            (void)power_apply(&trial, op);
            done = !trial.sim.dead;
            flash_sim_power_on(&trial.sim);
            CHECK(power_check(&trial, op, "cut"));
        }
    }
}

static void begin(const struct power_setting *setting)
{
    power_open(&world, setting);
    power_open(&trial, setting);
}

static void end(void)
{
    power_close(&world);
    power_close(&trial);
}

TEST(must_not_lose_an_acknowledged_value_nor_the_old_one_while_the_new_one_is_written)
{
    begin(&SMALL);
    warm_up(&world, 100);
    for (uint32_t i = 0; i < 20; i++) {
        struct power_op op = power_choose(&world);

        cut_change(&op);
        CHECK_INT(power_apply(&world, &op), ASSENT_OK);
        power_accept(&world, &op);
    }
    end();
}

TEST(must_not_fail_to_mount_after_any_cut_even_when_nearly_full)
{
    struct power_op op = {1, {0}, {0}};

    begin(&SMALL);
    (void)fill_up(&world, 64);
    for (uint32_t i = 0; i < 30; i++) {
        op.key[0] = i;
        op.version[0] = ++world.next_version;
        cut_change(&op);
    }
    end();
}

TEST(must_not_format_or_erase_because_one_header_is_bad)
{
    begin(&SMALL);
    warm_up(&world, 400);
    for (uint32_t sector = 0; sector < 16; sector++) {
        power_copy(&trial, &world);
        flash_sim_rot(&trial.sim, (uint64_t)sector * 4096 * 8 + 133);
        CHECK(power_check(&trial, NULL, "header"));
        power_copy(&trial, &world);
        memset(trial.sim.bytes + sector * 4096, 0, 32);
        CHECK(power_check(&trial, NULL, "header zeroed"));
        warm_up(&trial, 50);
        CHECK(power_compare(&trial, NULL, "after"));
    }
    /* The only sector of a young store: rather no answer than a format. */
    power_close(&trial);
    power_open(&trial, &SMALL);
    CHECK_INT(put_number(&trial, 1, 1, 64), ASSENT_OK);
    flash_sim_rot(&trial.sim, 133);
    CHECK_INT(assent_kv_mount(&trial.kv, &trial.config), ASSENT_ERR_CORRUPT);
    end();
}

TEST(must_not_return_an_error_from_the_first_put_after_a_cut)
{
    begin(&SMALL);
    warm_up(&world, 200);
    for (uint64_t at = 1; at < 30; at++) {
        power_copy(&trial, &world);
        flash_sim_cut(&trial.sim, at, (enum flash_sim_cut)(1 + at % 5));
        while (!trial.sim.dead) {
            (void)put_number(&trial, 7, 1, 64);
        }
        flash_sim_power_on(&trial.sim);
        CHECK_INT(assent_kv_mount(&trial.kv, &trial.config), ASSENT_OK);
        CHECK_INT(put_number(&trial, 8, 2, 64), ASSENT_OK);
        CHECK_INT(version_of(&trial, 8), 2);
    }
    end();
}

TEST(must_not_need_a_second_reboot_to_heal)
{
    begin(&SMALL);
    warm_up(&world, 200);
    for (uint64_t at = 1; at < 30; at++) {
        struct power_op op = {0};

        power_copy(&trial, &world);
        flash_sim_cut(&trial.sim, at, FLASH_SIM_CUT_RANDOM);
        while (!trial.sim.dead) {
            op = power_choose(&trial);
            (void)power_apply(&trial, &op);
            if (!trial.sim.dead) {
                power_accept(&trial, &op);
            }
        }
        flash_sim_power_on(&trial.sim);
        CHECK(power_check(&trial, &op, "first"));
        CHECK(power_compare(&trial, NULL, "still"));
    }
    end();
}

TEST(must_not_program_over_bytes_not_proven_blank)
{
    begin(&SMALL);
    CHECK_INT(put_number(&world, 1, 1, 64), ASSENT_OK);
    for (uint32_t at = world.kv.head_off; at < 4096; at += 300) {
        world.sim.bytes[at + 40] = 0x13; /* left by somebody else */
    }
    for (uint32_t i = 2; i < 100; i++) {
        CHECK_INT(put_number(&world, i, 1, 64), ASSENT_OK);
        CHECK_INT(version_of(&world, i), 1);
    }
    CHECK_INT(assent_kv_mount(&world.kv, &world.config), ASSENT_OK);
    for (uint32_t i = 1; i < 100; i++) {
        CHECK_INT(version_of(&world, i), 1);
    }
    end();
}

TEST(must_not_trust_a_bit_that_was_under_way)
{
    begin(&SMALL);
    for (uint32_t i = 0; i < 200; i++) {
        int seen;

        power_copy(&trial, &world);
        flash_sim_cut(&trial.sim, 1, FLASH_SIM_CUT_MARGINAL);
        (void)put_number(&trial, 5, 1, 64);
        flash_sim_power_on(&trial.sim);
        CHECK_INT(assent_kv_mount(&trial.kv, &trial.config), ASSENT_OK);
        seen = version_of(&trial, 5);
        for (uint32_t j = 0; j < 10; j++) {
            CHECK_INT(version_of(&trial, 5), seen);
            CHECK_INT(assent_kv_mount(&trial.kv, &trial.config), ASSENT_OK);
        }
        (void)power_random(&world);
        trial.sim.seed += i;
    }
    end();
}

TEST(must_not_accept_a_torn_record)
{
    begin(&SMALL);
    CHECK_INT(put_number(&world, 5, 1, 64), ASSENT_OK);
    CHECK_INT(put_number(&world, 6, 1, 64), ASSENT_OK);
    for (uint64_t bit = 0; bit < 92 * 8; bit++) {
        int seen;

        power_copy(&trial, &world);
        flash_sim_rot(&trial.sim,
                      bit + (uint64_t)(trial.kv.head_seq % 16 * 4096 + trial.kv.head_off - 2 * 92) *
                                8);
        seen = version_of(&trial, 5);
        CHECK(seen == 0 || seen == ASSENT_ERR_CORRUPT);
        CHECK_INT(assent_kv_mount(&trial.kv, &trial.config), ASSENT_OK);
        seen = version_of(&trial, 5);
        CHECK(seen == 0 || seen == ASSENT_ERR_CORRUPT);
        CHECK_INT(version_of(&trial, 6), 1);
    }
    end();
}

TEST(must_not_confirm_a_value_that_a_later_mount_hides)
{
    begin(&SMALL);
    warm_up(&world, 60);
    for (uint32_t i = 0; i < 300; i++) {
        power_copy(&trial, &world);
        for (uint32_t cuts = 0; cuts < 3; cuts++) {
            struct power_op op = power_choose(&world);

            flash_sim_cut(&trial.sim, 1 + i % 4, (enum flash_sim_cut)(1 + (i + cuts) % 5));
            (void)power_apply(&trial, &op);
            flash_sim_power_on(&trial.sim);
            CHECK(power_check(&trial, &op, "several"));
        }
        CHECK_INT(put_number(&trial, 9, 3, 64), ASSENT_OK);
        CHECK_INT(assent_kv_mount(&trial.kv, &trial.config), ASSENT_OK);
        CHECK_INT(version_of(&trial, 9), 3);
    }
    end();
}

TEST(must_not_mistake_payload_for_structure)
{
    static uint8_t value[ASSENT_KV_VALUE_BYTES];
    static uint8_t got[ASSENT_KV_VALUE_BYTES];

    begin(&SMALL);
    warm_up(&world, 100);
    for (uint32_t i = 0; i < 40; i++) {
        size_t len = i % 4 == 0 ? 3000 : 200;

        /* A piece of the image itself: headers and records of this very store. */
        memcpy(value, world.sim.bytes + i % 4 * 4096 + (i % 3 == 0 ? 0 : 32 + i * 4), len);
        CHECK_INT(assent_kv_put(&world.kv, 2, key_number(i % 5), assent_span(value, len)),
                  ASSENT_OK);
        flash_sim_cut(&world.sim, 1, (enum flash_sim_cut)(1 + i % 4));
        (void)assent_kv_put(&world.kv, 2, key_number(7), assent_span(value, len));
        flash_sim_power_on(&world.sim);
        CHECK_INT(assent_kv_mount(&world.kv, &world.config), ASSENT_OK);
        CHECK_INT(assent_kv_get(&world.kv, 2, key_number(i % 5), got, sizeof(got)), len);
        CHECK(memcmp(value, got, len) == 0);
        (void)assent_kv_delete(&world.kv, 2, key_number(7));
    }
    for (uint32_t i = 0; i < 5; i++) {
        (void)assent_kv_delete(&world.kv, 2, key_number(i));
    }
    memset(value, 0xFF, sizeof(value));
    CHECK_INT(assent_kv_put(&world.kv, 2, key_number(1), assent_span(value, 2000)), ASSENT_OK);
    memset(value, 0, sizeof(value));
    CHECK_INT(assent_kv_put(&world.kv, 2, key_number(2), assent_span(value, 2000)), ASSENT_OK);
    CHECK_INT(assent_kv_mount(&world.kv, &world.config), ASSENT_OK);
    CHECK_INT(assent_kv_get(&world.kv, 2, key_number(2), got, sizeof(got)), 2000);
    CHECK(memcmp(value, got, 2000) == 0);
    CHECK_INT(assent_kv_get(&world.kv, 2, key_number(1), got, sizeof(got)), 2000);
    CHECK_INT(got[1999], 0xFF);
    end();
}

TEST(must_not_wrap_a_counter_into_a_false_state)
{
    static const struct power_setting setting = {"wrap", 4096, 4,     3,     40, 0,
                                                 0,      0,    false, false, 3,  false};
    uint32_t first;
    uint32_t interrupted = 0;
    uint32_t version = 0;

    power_open(&world, &setting);
    first = world.kv.head_seq;
    for (uint32_t i = 0; interrupted < 70000 && i < 500000; i++) {
        uint32_t before = world.kv.head_seq;

        (void)put_number(&world, i % 2, ++version, 300);
        if (world.kv.head_seq != before) {
            continue;
        }
        flash_sim_cut(&world.sim, 1, FLASH_SIM_CUT_PREFIX);
        (void)put_number(&world, i % 2, ++version, 300);
        flash_sim_power_on(&world.sim);
        if (assent_kv_mount(&world.kv, &world.config) != ASSENT_OK) {
            CHECK(false);
            break;
        }
        interrupted++;
    }
    CHECK_INT(interrupted, 70000);
    printf("%u sectors opened\n", (unsigned)(world.kv.head_seq - first));
    CHECK(version_of(&world, 0) > 0);
    CHECK(version_of(&world, 1) > 0);
    CHECK(flash_sim_wear_spread(&world.sim) < 70);
    power_close(&world);
}

/* Hostile patterns on 256 KiB: the time of the worst put, in microseconds, and its erases. */
static double worst_put(uint32_t live, uint32_t hot, uint32_t rounds, uint64_t *erases)
{
    static const struct power_setting setting = {"hot", 4096, 64,    300,   64, 0,
                                                 0,     0,    false, false, 4,  false};
    double worst = 0;

    power_open(&world, &setting);
    for (uint32_t i = 0; i < live; i++) {
        CHECK_INT(put_number(&world, i, 1, 64), ASSENT_OK);
    }
    *erases = 0;
    for (uint32_t i = 0; i < rounds; i++) {
        double before = flash_sim_time_us(&world.sim);
        uint64_t count = world.sim.count.erases;
        uint32_t n =
            (uint32_t)(power_random(&world) % (power_random(&world) % 10 < 9 ? hot : live));

        CHECK_INT(put_number(&world, n, i, 64), ASSENT_OK);
        before = flash_sim_time_us(&world.sim) - before;
        count = world.sim.count.erases - count;
        worst = before > worst ? before : worst;
        *erases = count > *erases ? count : *erases;
    }
    power_close(&world);
    return worst;
}

TEST(must_not_take_seconds_for_a_put_because_cleaning_falls_due)
{
    static const struct {
        const char *name;
        uint32_t live, hot;
    } rows[] = {
        {"uniform", 2000, 2000}, {"skewed", 2000, 100}, {"hot", 2000, 1}, {"full", 2215, 1}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t erases;
        double worst = worst_put(rows[i].live, rows[i].hot, 6000, &erases);

        CHECK_ROW(rows[i].name, worst <= 52000);
        CHECK_ROW(rows[i].name, erases <= 1);
    }
}

TEST(must_not_get_slower_with_history)
{
    static const struct power_setting setting = {"age", 4096, 64,    300,   64, 0,
                                                 0,     0,    false, false, 5,  false};
    double mounts[2];

    power_open(&world, &setting);
    for (uint32_t age = 0; age < 2; age++) {
        double before;

        for (uint32_t i = 0; i < (age == 0 ? 4000U : 20000U); i++) {
            CHECK_INT(put_number(&world, i % 500, i, 64), ASSENT_OK);
        }
        before = flash_sim_time_us(&world.sim);
        CHECK_INT(assent_kv_mount(&world.kv, &world.config), ASSENT_OK);
        mounts[age] = flash_sim_time_us(&world.sim) - before;
        before = flash_sim_time_us(&world.sim);
        for (uint32_t i = 0; i < 500; i++) {
            CHECK(version_of(&world, i) > 0);
        }
        CHECK((flash_sim_time_us(&world.sim) - before) / 500 < 6);
    }
    CHECK(mounts[1] < mounts[0] * 1.5);
    CHECK(mounts[1] < 3000);
    power_close(&world);
}

TEST(must_not_trip_a_watchdog_in_mount)
{
    static const struct power_setting setting = {"mib", 4096, 256,   300,   64, 0,
                                                 0,     0,    false, false, 6,  false};
    double before;

    power_open(&world, &setting);
    for (uint32_t i = 0; i < 4000; i++) {
        CHECK_INT(put_number(&world, i, 1, 64), ASSENT_OK);
    }
    before = flash_sim_time_us(&world.sim);
    CHECK_INT(assent_kv_mount(&world.kv, &world.config), ASSENT_OK);
    CHECK_INT(version_of(&world, 17), 1);
    CHECK(flash_sim_time_us(&world.sim) - before <= 3000);
    power_close(&world);
}

TEST(must_not_refuse_deletes_when_full)
{
    uint32_t first = 0;

    power_open(&world, &TINY);
    for (uint32_t round = 0; round < 1000; round++) {
        uint32_t count = fill_up(&world, 400);

        first = round == 0 ? count : first;
        CHECK_INT(count, first);
        for (uint32_t i = 0; i < count; i++) {
            CHECK_INT(assent_kv_delete(&world.kv, 1, key_number((i + round) % count)), ASSENT_OK);
        }
    }
    CHECK(first > 10);
    CHECK_INT(world.kv.live_bytes, 0);
    power_close(&world);
}

TEST(must_not_report_full_with_garbage_left)
{
    uint32_t count;

    power_open(&world, &SMALL);
    count = fill_up(&world, 64);
    for (uint32_t i = 0; i < 5000; i++) {
        uint32_t n = (uint32_t)(power_random(&world) % count);

        CHECK_INT(put_number(&world, n, i, 64), ASSENT_OK);
        CHECK_INT(put_number(&world, count + 1, 1, 64), ASSENT_ERR_FULL);
        CHECK_INT(assent_kv_delete(&world.kv, 1, key_number(n)), ASSENT_OK);
        CHECK_INT(put_number(&world, n, i, 64), ASSENT_OK);
    }
    power_close(&world);
}

TEST(must_not_assert_or_hang_on_an_error_of_the_device)
{
    begin(&SMALL);
    warm_up(&world, 150);
    for (uint64_t n = 1; n < 400; n++) {
        uint32_t errors = 0;

        power_copy(&trial, &world);
        trial.sim.calls = 0;
        trial.sim.fail_at = n;
        trial.sim.fail_reads = true;
        trial.sim.fail_count = 1 + n % 3;
        for (uint32_t i = 0; i < 12; i++) {
            struct power_op op = power_choose(&world);
            int error = power_apply(&trial, &op);

            errors += error != ASSENT_OK;
            if (error == ASSENT_OK) {
                power_accept(&trial, &op);
            }
        }
        CHECK(errors <= 3);
        trial.sim.fail_at = 0;
        CHECK(power_compare(&trial, NULL, "after errors"));
        for (uint32_t i = 0; i < 500 && assent_kv_idle(&trial.kv) == 1; i++) {
        }
        CHECK_INT(trial.kv.unerased_records, 0);
        CHECK(power_compare(&trial, NULL, "after errors and upkeep"));
        CHECK(power_check(&trial, NULL, "after errors and mount"));
        warm_up(&trial, 5);
    }
    /* A device that fails for good leaves what is there readable. */
    power_copy(&trial, &world);
    trial.sim.worn_out = true;
    for (uint32_t i = 0; i < 20; i++) {
        struct power_op op = {1, {i}, {++trial.next_version}};

        CHECK(power_apply(&trial, &op) != ASSENT_OK);
    }
    CHECK(trial.kv.read_only);
    CHECK(power_compare(&trial, NULL, "worn out"));
    end();
}

TEST(must_not_leave_deleted_data_readable)
{
    uint8_t value[64];

    power_open(&world, &SMALL);
    for (uint32_t i = 0; i < 300; i++) {
        CHECK_INT(put_number(&world, i, 7000, 64), ASSENT_OK);
    }
    for (uint32_t i = 0; i < 300; i++) {
        memset(value, (int)(i ^ 7000), sizeof(value));
        assent_bytes_store32(value, i);
        assent_bytes_store32(value + 4, 7000);
        CHECK(flash_sim_contains(&world.sim, value, 8));
        CHECK_INT(assent_kv_delete(&world.kv, 1, key_number(i)), ASSENT_OK);
        CHECK(!flash_sim_contains(&world.sim, value, 8));
        CHECK(!flash_sim_contains(&world.sim, key_number(i).ptr, 16));
    }
    power_close(&world);
}

TEST(must_not_leak_memory_through_padding)
{
    static const uint8_t stain[3] = {0x5C, 0x5C, 0x5C};

    power_open(&world, &SMALL);
    for (uint32_t i = 0; i < 200; i++) {
        memset(world.buffer, 0x5C, sizeof(world.buffer));
        CHECK_INT(assent_kv_put(&world.kv, 1, assent_span("abcdefg", 1 + i % 7),
                                assent_span("0123456789", i % 11)),
                  ASSENT_OK);
        CHECK(!flash_sim_contains(&world.sim, stain, i % 2 == 0 ? 1 : 3) || i % 2 == 0);
    }
    CHECK(!flash_sim_contains(&world.sim, stain, 3));
    power_close(&world);
}

TEST(must_not_wear_a_few_sectors)
{
    power_open(&world, &TINY);
    for (uint32_t i = 0; i < 10; i++) {
        CHECK_INT(put_number(&world, 100 + i, 1, 200), ASSENT_OK);
    }
    for (uint32_t i = 0; i < 100000; i++) {
        uint32_t n = i % 20 == 0 ? i % 10 : 0;

        CHECK_INT(put_number(&world, n, i, 40), ASSENT_OK);
    }
    CHECK(flash_sim_wear_spread(&world.sim) <= 1);
    power_close(&world);
}

TEST(must_not_use_more_memory_at_mount_than_after)
{
    static struct {
        uint8_t before[64];
        uint32_t heads[512];
        uint8_t middle[64];
        uint8_t buffer[256];
        uint8_t after[64];
    } memory;

    CHECK(sizeof(struct assent_kv) <= 128);
    CHECK(sizeof(struct assent_kv) + sizeof(memory.heads) + sizeof(memory.buffer) <= 3 * 1024);
    power_open(&world, &SMALL);
    memset(&memory, 0xA7, sizeof(memory));
    world.config.heads = memory.heads;
    world.config.heads_bytes = sizeof(memory.heads);
    world.config.buffer = memory.buffer;
    world.config.buffer_bytes = sizeof(memory.buffer);
    CHECK_INT(assent_kv_mount(&world.kv, &world.config), ASSENT_OK);
    CHECK(fill_up(&world, 64) > 300);
    CHECK_INT(assent_kv_mount(&world.kv, &world.config), ASSENT_OK);
    for (uint32_t i = 0; i < 64; i++) {
        CHECK(memory.before[i] == 0xA7 && memory.middle[i] == 0xA7 && memory.after[i] == 0xA7);
    }
    power_close(&world);
}

enum { STACK_BYTES = 60000 };

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__clang__)
#define SANITIZED __has_feature(address_sanitizer)
#else
#define SANITIZED 0
#endif

static __attribute__((noinline)) void paint_stack(void)
{
    volatile uint8_t area[STACK_BYTES];

    for (uint32_t i = 0; i < STACK_BYTES; i++) {
        area[i] = 0xB3;
    }
    (void)area[0];
}

static int deepest_put(struct power_world *w)
{
    return put_number(w, 3, 9, 64);
}

/* Bytes of stack below here that are no longer painted. */
static __attribute__((noinline)) uint32_t stack_used(uintptr_t from)
{
    uint32_t run = 0;
    uint32_t used = 0;

    for (uint32_t i = 0; i < STACK_BYTES - 4096 && run < 2048; i++) {
        run = *(const volatile uint8_t *)(from - i) == 0xB3 ? run + 1 : 0;
        used = i;
    }
    return used - run;
}

TEST(must_not_need_more_stack_than_it_states)
{
#if SANITIZED
    CHECK(true); /* sanitizers make frames several times as large; the target has none of them */
    (void)paint_stack;
    (void)deepest_put;
    (void)stack_used;
#else
    volatile uint8_t here = 0;

    power_open(&world, &SMALL);
    paint_stack();
    CHECK_INT(deepest_put(&world), ASSENT_OK);
    CHECK(stack_used((uintptr_t)&here - 256) < 3000);
    power_close(&world);
#endif
}

TEST(must_not_limit_keys_nor_choke_on_zero_bytes)
{
    static const uint8_t zeros[32] = {0};
    uint8_t got[4];
    uint8_t key[ASSENT_KV_KEY_BYTES];
    uint64_t cursor = 0;
    uint32_t count = 0;

    power_open(&world, &SMALL);
    for (size_t len = 1; len <= 32; len++) {
        uint8_t value = (uint8_t)len;

        CHECK_INT(assent_kv_put(&world.kv, 9, assent_span(zeros, len), assent_span(&value, 1)), 0);
    }
    for (size_t len = 1; len <= 32; len++) {
        CHECK_INT(assent_kv_get(&world.kv, 9, assent_span(zeros, len), got, 4), 1);
        CHECK_INT(got[0], len);
        CHECK_INT(assent_kv_get(&world.kv, 10, assent_span(zeros, len), got, 4),
                  ASSENT_ERR_NOT_FOUND);
    }
    while (assent_kv_next(&world.kv, 9, &cursor, key) > 0) {
        count++;
    }
    CHECK_INT(count, 32);
    CHECK_INT(assent_kv_put(&world.kv, 9, assent_span(zeros, 0), assent_span(NULL, 0)),
              ASSENT_ERR_RANGE);
    power_close(&world);
}

TEST(must_not_depend_on_sector_size_nor_on_value_lengths)
{
    static const struct power_setting rows[] = {
        {"4k", 4096, 64, 60, 64, 0, 0, 0, false, false, 7, false},
        {"64k", 65536, 8, 60, 64, 0, 0, 0, false, false, 7, false},
        {"wide", 65536, 32, 60, 64, 0, 0, 0, false, false, 7, false},
        {"16m", 65536, 256, 60, 64, 0, 0, 0, false, false, 7, false},
        {"units", 4096, 64, 60, 64, 0, 0, 4, false, false, 7, false},
    };
    static uint8_t value[ASSENT_KV_VALUE_BYTES];
    static uint8_t got[ASSENT_KV_VALUE_BYTES];

    for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
        power_open(&world, &rows[row]);
        for (uint32_t i = 0; i < 340; i++) {
            size_t len = i < 300 ? i : 3960 + i - 299;

            memset(value, (int)i, sizeof(value));
            CHECK_INT_ROW(rows[row].name,
                          assent_kv_put(&world.kv, 1, key_number(1), assent_span(value, len)), 0);
            CHECK_INT_ROW(rows[row].name,
                          assent_kv_get(&world.kv, 1, key_number(1), got, sizeof(got)), len);
            CHECK_ROW(rows[row].name, memcmp(value, got, len) == 0);
        }
        CHECK_INT_ROW(rows[row].name, assent_kv_mount(&world.kv, &world.config), ASSENT_OK);
        CHECK_INT_ROW(rows[row].name, assent_kv_get(&world.kv, 1, key_number(1), got, sizeof(got)),
                      4000);
        power_close(&world);
    }
}

/* Give every sector header another version byte, with right checksums. */
static void set_version(struct power_world *w, uint8_t version)
{
    for (uint32_t i = 0; i < w->setting->sector_count; i++) {
        uint8_t *raw = w->sim.bytes + i * w->setting->sector_bytes;

        raw[3] = version;
        assent_bytes_store32(raw + 12, assent_bytes_crc32(0, raw, 8));
        if (assent_bytes_load32(raw + 16) != 0xFFFFFFFF) {
            assent_bytes_store32(raw + 28,
                                 assent_bytes_crc32(assent_bytes_crc32(0, raw, 8), raw + 16, 12));
        }
    }
}

TEST(must_not_read_or_write_a_format_it_does_not_know)
{
    uint64_t operations;

    power_open(&world, &SMALL);
    CHECK_INT(put_number(&world, 1, 5, 64), ASSENT_OK);
    set_version(&world, 0x30);
    operations = world.sim.operation;
    CHECK_INT(assent_kv_mount(&world.kv, &world.config), ASSENT_ERR_VERSION);
    CHECK_INT(version_of(&world, 1), ASSENT_ERR_VERSION);
    CHECK_INT(put_number(&world, 1, 6, 64), ASSENT_ERR_VERSION);
    set_version(&world, ASSENT_KV_VERSION + 1);
    CHECK_INT(assent_kv_mount(&world.kv, &world.config), ASSENT_OK);
    CHECK_INT(version_of(&world, 1), 5);
    CHECK_INT(put_number(&world, 1, 6, 64), ASSENT_ERR_READ_ONLY);
    CHECK_INT(world.sim.operation, operations);
    power_close(&world);
}

static bool count_finding(void *ctx, enum assent_kv_finding finding, uint32_t sector,
                          uint32_t offset, uint32_t bytes)
{
    uint32_t *counts = ctx;

    (void)sector;
    (void)offset;
    (void)bytes;
    counts[finding]++;
    return true;
}

TEST(must_not_repair_by_guessing)
{
    uint32_t counts[32] = {0};
    struct assent_kv_check check = {counts, count_finding};
    uint64_t operations;

    power_open(&world, &SMALL);
    warm_up(&world, 300);
    CHECK_INT(assent_kv_check(&world.kv, &check), 0);
    CHECK(counts[ASSENT_KV_FIND_LIVE] > 10);
    operations = world.sim.operation;
    for (uint32_t i = 0; i < 40; i++) {
        flash_sim_rot(&world.sim, power_random(&world) % (16 * 4096 * 8));
    }
    CHECK(assent_kv_check(&world.kv, &check) > 0);
    CHECK_INT(world.sim.operation, operations);
    power_close(&world);
}

TEST(must_not_list_keys_wrongly_while_the_set_changes)
{
    uint8_t key[ASSENT_KV_KEY_BYTES];
    uint8_t seen[400] = {0};
    uint64_t cursor = 0;
    uint32_t added = 400;
    int len;

    power_open(&world, &SMALL);
    for (uint32_t i = 0; i < 200; i++) {
        CHECK_INT(put_number(&world, i, 1, 64), ASSENT_OK);
    }
    while ((len = assent_kv_next(&world.kv, 1, &cursor, key)) > 0) {
        uint32_t n = assent_bytes_load32(key);

        CHECK_INT(len, 16);
        if (n < 400) {
            seen[n]++;
        }
        if (n < 200 && n % 3 == 0) {
            CHECK_INT(assent_kv_delete(&world.kv, 1, key_number(n)), ASSENT_OK);
        }
        CHECK_INT(put_number(&world, 1, cursor & 0xFF, 64), ASSENT_OK);
        if (added < 430) {
            CHECK_INT(put_number(&world, added++, 1, 64), ASSENT_OK);
        }
        (void)assent_kv_idle(&world.kv);
    }
    CHECK_INT(len, ASSENT_ERR_NOT_FOUND);
    for (uint32_t i = 0; i < 200; i++) {
        CHECK_INT(seen[i], 1);
    }
    power_close(&world);
}

TEST(must_not_order_writes_differently_from_what_recovery_assumes)
{
    static const struct power_setting setting = {"reorder", 4096, 16,    60,    64, 0,
                                                 0,         0,    false, false, 8,  true};

    begin(&setting);
    warm_up(&world, 100);
    for (uint32_t i = 0; i < 30; i++) {
        struct power_op op = power_choose(&world);

        cut_change(&op);
        CHECK_INT(power_apply(&world, &op), ASSENT_OK);
        power_accept(&world, &op);
    }
    CHECK(world.sim.count.syncs > 100);
    end();
}

TEST_MAIN(CASE(must_not_lose_an_acknowledged_value_nor_the_old_one_while_the_new_one_is_written),
          CASE(must_not_fail_to_mount_after_any_cut_even_when_nearly_full),
          CASE(must_not_format_or_erase_because_one_header_is_bad),
          CASE(must_not_return_an_error_from_the_first_put_after_a_cut),
          CASE(must_not_need_a_second_reboot_to_heal),
          CASE(must_not_program_over_bytes_not_proven_blank),
          CASE(must_not_trust_a_bit_that_was_under_way), CASE(must_not_accept_a_torn_record),
          CASE(must_not_confirm_a_value_that_a_later_mount_hides),
          CASE(must_not_mistake_payload_for_structure),
          CASE(must_not_wrap_a_counter_into_a_false_state),
          CASE(must_not_take_seconds_for_a_put_because_cleaning_falls_due),
          CASE(must_not_get_slower_with_history), CASE(must_not_trip_a_watchdog_in_mount),
          CASE(must_not_refuse_deletes_when_full), CASE(must_not_report_full_with_garbage_left),
          CASE(must_not_assert_or_hang_on_an_error_of_the_device),
          CASE(must_not_leave_deleted_data_readable), CASE(must_not_leak_memory_through_padding),
          CASE(must_not_wear_a_few_sectors), CASE(must_not_use_more_memory_at_mount_than_after),
          CASE(must_not_need_more_stack_than_it_states),
          CASE(must_not_limit_keys_nor_choke_on_zero_bytes),
          CASE(must_not_depend_on_sector_size_nor_on_value_lengths),
          CASE(must_not_read_or_write_a_format_it_does_not_know), CASE(must_not_repair_by_guessing),
          CASE(must_not_list_keys_wrongly_while_the_set_changes),
          CASE(must_not_order_writes_differently_from_what_recovery_assumes))
