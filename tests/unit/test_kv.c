/* SPDX-License-Identifier: MIT */
#include "storage/kv.h"

#include "core/bytes.h"
#include "storage/kv_format.h"
#include "tests/power/power.h"
#include "tests/unit/test.h"

static struct power_world world;
static const struct power_setting PLAIN = {"plain", 4096, 16,    60,    64, 0,
                                           0,       0,    false, false, 51, false};
static const struct power_setting SEALED = {"sealed", 4096, 16,   60,    64, 0,
                                            0,        0,    true, false, 52, false};
static const struct power_setting TWICE = {"twice", 4096, 16,    60,   64, 0,
                                           0,       0,    false, true, 53, false};

static struct assent_span text(const char *s)
{
    return assent_span(s, strlen(s));
}

static void check_value(uint8_t space, const char *key, const char *expected)
{
    uint8_t out[200];
    int len = assent_kv_get(&world.kv, space, text(key), out, sizeof(out));

    if (expected == NULL) {
        CHECK_INT_ROW(key, len, ASSENT_ERR_NOT_FOUND);
    } else {
        CHECK_INT_ROW(key, len, strlen(expected));
        CHECK_ROW(key, len >= 0 && memcmp(out, expected, (size_t)len) == 0);
    }
}

/* Where the log ends. */
static uint32_t end_of_log(void)
{
    return world.kv.head_seq % world.kv.count * world.kv.sector_bytes + world.kv.head_off;
}

static void remount(void)
{
    CHECK_INT(assent_kv_mount(&world.kv, &world.config), ASSENT_OK);
}

TEST(put_get_and_delete_survive_a_mount)
{
    power_open(&world, &PLAIN);
    check_value(1, "a", NULL);
    CHECK_INT(assent_kv_put(&world.kv, 1, text("a"), text("one")), ASSENT_OK);
    CHECK_INT(assent_kv_put(&world.kv, 2, text("a"), text("other space")), ASSENT_OK);
    CHECK_INT(assent_kv_put(&world.kv, 1, text("empty"), text("")), ASSENT_OK);
    check_value(1, "a", "one");
    CHECK_INT(assent_kv_put(&world.kv, 1, text("a"), text("two, longer")), ASSENT_OK);
    for (int i = 0; i < 2; i++) {
        check_value(1, "a", "two, longer");
        check_value(2, "a", "other space");
        check_value(1, "empty", "");
        check_value(1, "emptY", NULL);
        remount();
    }
    CHECK_INT(assent_kv_delete(&world.kv, 1, text("a")), ASSENT_OK);
    CHECK_INT(assent_kv_delete(&world.kv, 1, text("a")), ASSENT_ERR_NOT_FOUND);
    remount();
    check_value(1, "a", NULL);
    check_value(2, "a", "other space");
    power_close(&world);
}

TEST(arguments_out_of_range_are_refused)
{
    static const uint8_t big[4001] = {0};
    uint8_t out[4];

    power_open(&world, &PLAIN);
    CHECK_INT(assent_kv_put(&world.kv, 0, text("a"), text("b")), ASSENT_ERR_RANGE);
    CHECK_INT(assent_kv_put(&world.kv, 1, text(""), text("b")), ASSENT_ERR_RANGE);
    CHECK_INT(assent_kv_put(&world.kv, 1, assent_span(big, 33), text("b")), ASSENT_ERR_RANGE);
    CHECK_INT(assent_kv_put(&world.kv, 1, text("a"), assent_span(big, 4001)), ASSENT_ERR_LIMIT);
    CHECK_INT(assent_kv_put(&world.kv, 1, text("a"), assent_span(big, 4000)), ASSENT_OK);
    CHECK_INT(assent_kv_get(&world.kv, 1, text("a"), out, 4), ASSENT_ERR_SPACE);
    CHECK_INT(assent_kv_get(&world.kv, 0, text("a"), out, 4), ASSENT_ERR_RANGE);
    CHECK_INT(assent_kv_delete(&world.kv, 1, text("")), ASSENT_ERR_RANGE);
    CHECK_INT(assent_kv_apply(&world.kv, NULL, 0), ASSENT_ERR_RANGE);
    memset(&world.kv, 0, sizeof(world.kv));
    CHECK_INT(assent_kv_get(&world.kv, 1, text("a"), out, 4), ASSENT_ERR_STATE);
    CHECK_INT(assent_kv_put(&world.kv, 1, text("a"), text("b")), ASSENT_ERR_STATE);
    CHECK_INT(assent_kv_idle(&world.kv), ASSENT_ERR_STATE);
    power_close(&world);
}

TEST(mount_refuses_what_it_was_not_made_for)
{
    struct assent_kv kv;
    struct assent_kv_config other;

    power_open(&world, &PLAIN);
    other = world.config;
    other.secret[0] ^= 1;
    CHECK_INT(assent_kv_mount(&kv, &other), ASSENT_ERR_AUTH);
    other = world.config;
    other.heads_bytes = 31;
    CHECK_INT(assent_kv_mount(&kv, &other), ASSENT_ERR_RANGE);
    other = world.config;
    other.buffer_bytes = 255;
    CHECK_INT(assent_kv_mount(&kv, &other), ASSENT_ERR_RANGE);
    other = world.config;
    other.crypto = &power_crypto;
    other.key = other.secret;
    CHECK_INT(assent_kv_mount(&kv, &other), ASSENT_ERR_RANGE);
    memset(world.sim.bytes, 0xFF, world.sim.size_bytes);
    CHECK_INT(assent_kv_mount(&kv, &world.config), ASSENT_ERR_NOT_FOUND);
    memset(world.sim.bytes, 0x55, world.sim.size_bytes);
    CHECK_INT(assent_kv_mount(&kv, &world.config), ASSENT_ERR_NOT_FOUND);
    CHECK_INT(world.sim.bytes[77], 0x55);
    power_close(&world);
}

TEST(batch_applies_all_and_removes_what_is_there)
{
    struct assent_store_item items[8];
    char keys[8][2];

    power_open(&world, &PLAIN);
    for (int i = 0; i < 8; i++) {
        keys[i][0] = (char)('a' + i);
        keys[i][1] = 0;
        items[i] = (struct assent_store_item){3, text(keys[i]), text("v"), false};
    }
    CHECK_INT(assent_kv_apply(&world.kv, items, 8), ASSENT_OK);
    check_value(3, "h", "v");
    for (int i = 0; i < 8; i++) {
        items[i].remove = i % 2 == 0;
        items[i].value = text("w");
    }
    CHECK_INT(assent_kv_apply(&world.kv, items, 8), ASSENT_OK);
    CHECK_INT(assent_kv_apply(&world.kv, items, 9), ASSENT_ERR_RANGE);
    remount();
    for (int i = 0; i < 8; i++) {
        check_value(3, keys[i], i % 2 == 0 ? NULL : "w");
    }
    items[1].key = items[2].key;
    CHECK_INT(assent_kv_apply(&world.kv, items, 3), ASSENT_ERR_RANGE);
    CHECK_INT(assent_kv_apply(&world.kv, items, 1), ASSENT_OK); /* removing nothing */
    power_close(&world);
}

TEST(full_store_refuses_and_keeps_what_it_has)
{
    uint8_t value[300] = {7};
    uint8_t out[300];
    uint32_t count = 0;
    struct assent_kv_stats stats;

    power_open(&world, &PLAIN);
    while (assent_kv_put(&world.kv, 1, assent_span(&count, 4), assent_span(value, 300)) ==
           ASSENT_OK) {
        count++;
    }
    assent_kv_stats(&world.kv, &stats);
    CHECK(stats.live_bytes <= stats.capacity_bytes);
    CHECK(stats.live_bytes + 320 > stats.capacity_bytes);
    CHECK(stats.capacity_bytes * 100 / stats.region_bytes >= 65);
    for (uint32_t i = 0; i < count; i++) {
        CHECK_INT(assent_kv_get(&world.kv, 1, assent_span(&i, 4), out, 300), 300);
    }
    /* A change that does not grow is possible, a smaller one too. */
    count = 3;
    CHECK_INT(assent_kv_put(&world.kv, 1, assent_span(&count, 4), assent_span(value, 300)), 0);
    CHECK_INT(assent_kv_put(&world.kv, 1, assent_span(&count, 4), assent_span(value, 10)), 0);
    power_close(&world);
}

TEST(sealed_store_shows_nothing_and_notices_tampering)
{
    struct assent_kv kv;
    struct assent_kv_config other;
    uint8_t key[32] = {1};
    uint8_t out[64];

    power_open(&world, &SEALED);
    CHECK_INT(assent_kv_put(&world.kv, 1, text("a secret key"), text("a secret value")), ASSENT_OK);
    CHECK(!flash_sim_contains(&world.sim, "secret", 6));
    remount();
    check_value(1, "a secret key", "a secret value");
    other = world.config;
    other.key = key;
    CHECK_INT(assent_kv_mount(&kv, &other), ASSENT_OK);
    CHECK_INT(assent_kv_get(&kv, 1, text("a secret key"), out, 64), ASSENT_ERR_CORRUPT);
    CHECK_INT(assent_kv_put(&world.kv, 1, text("k"), assent_span(world.sim.bytes, 4000)),
              ASSENT_OK);
    power_close(&world);
}

TEST(nonces_never_repeat)
{
    power_open(&world, &SEALED);
    for (uint32_t i = 0; i < 300; i++) {
        CHECK_INT(assent_kv_put(&world.kv, 1, text("k"), text("same value each time")), ASSENT_OK);
        if (i % 50 == 0) {
            remount();
        }
    }
    for (uint32_t a = 0; a + 16 < world.sim.size_bytes; a += 4096) {
        CHECK(memcmp(world.sim.bytes + a, "aKV", 3) == 0);
    }
    power_close(&world);
}

TEST(second_copy_is_read_when_the_first_rots)
{
    uint64_t bit = 0;

    power_open(&world, &TWICE);
    CHECK_INT(assent_kv_put(&world.kv, POWER_SPACE, text("seed"), text("cannot live without")), 0);
    for (uint32_t i = 0; i < world.sim.size_bytes - 6; i++) {
        if (memcmp(world.sim.bytes + i, "cannot", 6) == 0) {
            bit = (uint64_t)i * 8 + 3;
            break;
        }
    }
    flash_sim_rot(&world.sim, bit);
    check_value(POWER_SPACE, "seed", "cannot live without");
    remount();
    check_value(POWER_SPACE, "seed", "cannot live without");
    CHECK_INT(assent_kv_delete(&world.kv, POWER_SPACE, text("seed")), ASSENT_OK);
    CHECK(!flash_sim_contains(&world.sim, "cannot", 6));
    CHECK(!flash_sim_contains(&world.sim, "without", 7));
    power_close(&world);
}

TEST(deletes_and_updates_reach_behind_a_damaged_header)
{
    char value[8] = "val-xxx";
    uint32_t at[40];

    power_open(&world, &PLAIN);
    world.config.heads_bytes = 32; /* 16 chains, so that each has several keys */
    CHECK_INT(assent_kv_format(&world.config), ASSENT_OK);
    remount();
    for (uint32_t i = 0; i < 40; i++) {
        value[6] = (char)('A' + i);
        CHECK_INT(assent_kv_put(&world.kv, 1, assent_span(&i, 4), text(value)), ASSENT_OK);
        at[i] = end_of_log() - 24;
    }
    for (uint32_t i = 20; i < 40; i += 2) {
        world.sim.bytes[at[i] + 4] ^= 0x10; /* its link: the rest of the chain is cut off */
    }
    for (uint32_t i = 0; i < 20; i++) {
        value[6] = (char)('A' + i);
        if (i % 2 == 0) {
            CHECK_INT(assent_kv_delete(&world.kv, 1, assent_span(&i, 4)), ASSENT_OK);
        } else {
            CHECK_INT(assent_kv_put(&world.kv, 1, assent_span(&i, 4), text("new")), ASSENT_OK);
        }
        CHECK(!flash_sim_contains(&world.sim, value, 7));
    }
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < 20; i++) {
            uint8_t out[8];

            CHECK_INT(assent_kv_get(&world.kv, 1, assent_span(&i, 4), out, 8) == 3, i % 2);
        }
        remount();
    }
    power_close(&world);
}

static bool ignore_finding(void *ctx, enum assent_kv_finding finding, uint32_t sector,
                           uint32_t offset, uint32_t bytes)
{
    (void)ctx;
    (void)finding;
    (void)sector;
    (void)offset;
    (void)bytes;
    return true;
}

TEST(what_is_copied_out_of_a_disturbed_sector_is_counted_once)
{
    static const struct power_setting setting = {
        "disturb", 4096, 16, 60, 64, 0, ASSENT_FLASH_DISTURB, 0, false, false, 54, false};
    struct assent_kv_check check = {NULL, ignore_finding};
    uint32_t live;

    power_open(&world, &setting);
    for (uint32_t i = 0; i < 300; i++) {
        CHECK_INT(assent_kv_put(&world.kv, 1, assent_span(&i, 4), text("some value")), ASSENT_OK);
    }
    live = world.kv.live_bytes;
    for (uint32_t i = 0; i < 100; i++) {
        uint32_t key = i % 300;

        remount();
        CHECK_INT(world.kv.live_bytes, live);
        CHECK_INT(assent_kv_check(&world.kv, &check), 0);
        CHECK_INT(assent_kv_put(&world.kv, 1, assent_span(&key, 4), text("other one.")), ASSENT_OK);
    }
    power_close(&world);
}

TEST(bad_sectors_are_retired_and_the_rest_goes_on)
{
    struct assent_kv_stats stats;

    power_open(&world, &PLAIN);
    flash_sim_stick(&world.sim, 3 * 4096 * 8 + 9999);
    flash_sim_stick(&world.sim, 9 * 4096 * 8 + 20);
    for (uint32_t i = 0; i < 4000; i++) {
        struct power_op op = power_choose(&world);

        CHECK_INT(power_apply(&world, &op), ASSENT_OK);
        power_accept(&world, &op);
        if (i % 500 == 0) {
            CHECK(power_check(&world, NULL, "bad sectors"));
        }
    }
    assent_kv_stats(&world.kv, &stats);
    CHECK_INT(stats.retired_sectors, 2);
    CHECK(!stats.read_only);
    power_close(&world);
}

TEST(scrub_finds_rot_and_upkeep_moves_what_is_around_it)
{
    uint8_t value[64];
    int found = 0;

    power_open(&world, &PLAIN);
    for (uint32_t i = 0; i < 200; i++) {
        memset(value, (int)i, sizeof(value));
        CHECK_INT(assent_kv_put(&world.kv, 1, assent_span(&i, 4), assent_span(value, 64)), 0);
    }
    flash_sim_rot(&world.sim, (uint64_t)(end_of_log() - 80 * 51) * 8);
    for (uint32_t i = 0; i < 60; i++) {
        found += assent_kv_scrub(&world.kv) == ASSENT_ERR_CORRUPT;
    }
    CHECK(found >= 1);
    found = 0;
    for (uint32_t i = 0; i < 1000 && assent_kv_idle(&world.kv) == 1; i++) {
    }
    for (uint32_t i = 0; i < 60; i++) {
        found += assent_kv_scrub(&world.kv) == ASSENT_ERR_CORRUPT;
    }
    CHECK_INT(found, 0);
    power_close(&world);
}

TEST(turn_erases_every_sector_that_held_a_record)
{
    struct assent_kv_stats stats;

    power_open(&world, &PLAIN);
    for (uint32_t i = 0; i < 100; i++) {
        CHECK_INT(assent_kv_put(&world.kv, 1, assent_span(&i, 4), text("value")), 0);
    }
    assent_kv_turn(&world.kv);
    assent_kv_stats(&world.kv, &stats);
    CHECK(stats.unerased_sectors > 0);
    for (uint32_t i = 0; i < 1000 && assent_kv_idle(&world.kv) == 1; i++) {
    }
    assent_kv_stats(&world.kv, &stats);
    CHECK_INT(stats.unerased_sectors, 0);
    CHECK_INT(assent_kv_idle(&world.kv), 0);
    for (uint32_t i = 0; i < 100; i++) {
        uint8_t out[8];

        CHECK_INT(assent_kv_get(&world.kv, 1, assent_span(&i, 4), out, 8), 5);
    }
    power_close(&world);
}

TEST(read_only_option_never_writes)
{
    uint64_t operations;

    power_open(&world, &PLAIN);
    CHECK_INT(assent_kv_put(&world.kv, 1, text("a"), text("b")), ASSENT_OK);
    world.config.options = ASSENT_KV_READ_ONLY;
    operations = world.sim.operation;
    remount();
    check_value(1, "a", "b");
    CHECK_INT(assent_kv_put(&world.kv, 1, text("a"), text("c")), ASSENT_ERR_READ_ONLY);
    CHECK_INT(assent_kv_idle(&world.kv), ASSENT_ERR_READ_ONLY);
    CHECK_INT(world.sim.operation, operations);
    power_close(&world);
}

static bool keep_finding(void *ctx, enum assent_kv_finding finding, uint32_t sector,
                         uint32_t offset, uint32_t bytes)
{
    uint32_t *seen = ctx;

    (void)sector;
    (void)offset;
    (void)bytes;
    *seen |= 1U << finding;
    return true;
}

TEST(check_names_what_is_wrong)
{
    static const struct {
        const char *name;
        uint32_t offset; /* from the last record */
        uint8_t byte;
        enum assent_kv_finding finding;
    } rows[] = {
        {"header of a record", 7, 0x11, ASSENT_KV_FIND_RECORD_HEADER},
        {"value", 40, 0x11, ASSENT_KV_FIND_RECORD_BODY},
        {"value", 16, 0, ASSENT_KV_FIND_RECORD_BODY},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint32_t seen = 0;
        struct assent_kv_check check = {&seen, keep_finding};
        uint32_t at;

        power_open(&world, &PLAIN);
        CHECK_INT(assent_kv_put(&world.kv, 1, text("first"), text("1")), ASSENT_OK);
        CHECK_INT(assent_kv_put(&world.kv, 1, text("key"),
                                text("a value that is long enough to be hit by something")),
                  0);
        at = end_of_log() - 68 + rows[i].offset;
        CHECK_INT(assent_kv_put(&world.kv, 1, text("last"), text("2")), ASSENT_OK);
        CHECK_INT(assent_kv_check(&world.kv, &check), 0);
        world.sim.bytes[at] = rows[i].byte;
        CHECK(assent_kv_check(&world.kv, &check) > 0);
        CHECK_ROW(rows[i].name, (seen >> rows[i].finding & 1) != 0);
        power_close(&world);
    }
}

/* Power goes between an erase and the header that says so; the next mount writes it. */
TEST(a_sector_that_was_erased_and_not_labelled_is_no_finding_and_one_with_a_bit_in_it_is)
{
    struct assent_kv_check check = {NULL, ignore_finding};
    uint32_t sector;

    power_open(&world, &PLAIN);
    sector = (world.kv.head_seq + 2) % world.kv.count * world.kv.sector_bytes;
    memset(world.sim.bytes + sector, 0xFF, ASSENT_KV_SECTOR_HEADER_BYTES);
    CHECK_INT(assent_kv_check(&world.kv, &check), 0);
    world.sim.bytes[sector + 100] = 0xFE;
    CHECK_INT(assent_kv_check(&world.kv, &check), 1);
    world.sim.bytes[sector + 100] = 0xFF;
    world.sim.bytes[sector + 1] = 0xFE;
    CHECK_INT(assent_kv_check(&world.kv, &check), 1);
    power_close(&world);
}

TEST(format_goes_on_counting_where_the_old_store_was)
{
    uint32_t seq;

    power_open(&world, &PLAIN);
    for (uint32_t i = 0; i < 2000; i++) {
        CHECK_INT(assent_kv_put(&world.kv, 1, text("a"), text("some value or other")), ASSENT_OK);
    }
    seq = world.kv.head_seq;
    CHECK_INT(assent_kv_format(&world.config), ASSENT_OK);
    remount();
    CHECK(world.kv.head_seq > seq);
    check_value(1, "a", NULL);
    CHECK(flash_sim_wear_spread(&world.sim) <= 2);
    power_close(&world);
}

TEST_MAIN(CASE(put_get_and_delete_survive_a_mount), CASE(arguments_out_of_range_are_refused),
          CASE(mount_refuses_what_it_was_not_made_for),
          CASE(batch_applies_all_and_removes_what_is_there),
          CASE(full_store_refuses_and_keeps_what_it_has),
          CASE(sealed_store_shows_nothing_and_notices_tampering), CASE(nonces_never_repeat),
          CASE(second_copy_is_read_when_the_first_rots),
          CASE(deletes_and_updates_reach_behind_a_damaged_header),
          CASE(what_is_copied_out_of_a_disturbed_sector_is_counted_once),
          CASE(bad_sectors_are_retired_and_the_rest_goes_on),
          CASE(scrub_finds_rot_and_upkeep_moves_what_is_around_it),
          CASE(turn_erases_every_sector_that_held_a_record), CASE(read_only_option_never_writes),
          CASE(check_names_what_is_wrong),
          CASE(a_sector_that_was_erased_and_not_labelled_is_no_finding_and_one_with_a_bit_in_it_is),
          CASE(format_goes_on_counting_where_the_old_store_was))
