/* SPDX-License-Identifier: MIT */
/* What users of stores for small records complain about, a test for each: what cuts, damage and failing
 * flash must not do to what was stored. */
#include "tests/unit/kv_case.h"

static struct power_world trial;

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
          CASE(must_not_assert_or_hang_on_an_error_of_the_device),
          CASE(must_not_read_or_write_a_format_it_does_not_know), CASE(must_not_repair_by_guessing),
          CASE(must_not_order_writes_differently_from_what_recovery_assumes))
