/* SPDX-License-Identifier: MIT */
/* Damage that no power cut leaves: rotten records and headers, sectors that no longer work. */
#include <string.h>

#include "core/bytes.h"
#include "storage/kv_format.h"
#include "tests/power/power.h"
#include "tests/unit/test.h"

static struct power_world world;

/* Narrow records of 12 + 16 + 64 bytes. */
enum { KEY = 16, VALUE = 64, RECORD = 12 + KEY + VALUE, SECTOR = 4096 };

#define SETTING(name, options, flags, unit)                                                        \
    {                                                                                              \
        name, SECTOR, 16, 60, VALUE, options, flags, unit, false, false, 71, false                 \
    }

static struct assent_span key_number(uint32_t n)
{
    static uint8_t key[KEY];

    memset(key, 0x3C, sizeof(key));
    assent_bytes_store32(key, n);
    return assent_span(key, sizeof(key));
}

/* Where the record of this put begins. */
static uint32_t put(uint32_t n, uint8_t version)
{
    uint8_t value[VALUE];

    memset(value, version, sizeof(value));
    CHECK_INT(assent_kv_put(&world.kv, 1, key_number(n), assent_span(value, sizeof(value))),
              ASSENT_OK);
    return world.kv.head_seq % 16 * SECTOR + world.kv.head_off - RECORD;
}

/* The version of a key, or an error. */
static int version_of(uint32_t n)
{
    uint8_t value[VALUE];
    int len = assent_kv_get(&world.kv, 1, key_number(n), value, sizeof(value));

    return len < 0 ? len : value[0];
}

static bool note(void *ctx, enum assent_kv_finding finding, uint32_t sector, uint32_t offset,
                 uint32_t bytes)
{
    (void)sector;
    (void)offset;
    (void)bytes;
    ((uint32_t *)ctx)[finding]++;
    return true;
}

static uint32_t findings(enum assent_kv_finding finding)
{
    uint32_t count[ASSENT_KV_FIND_UNREADABLE + 1] = {0};
    const struct assent_kv_check check = {count, note};

    (void)assent_kv_check(&world.kv, &check);
    return count[finding];
}

TEST(a_damaged_header_at_the_end_of_a_sector_is_seen)
{
    static const struct power_setting setting = SETTING("end", 0, 0, 0);
    uint32_t last = 0;
    uint32_t seq;
    int result;

    power_open(&world, &setting);
    seq = world.kv.head_seq;
    for (uint32_t n = 0; world.kv.head_seq == seq; n++) {
        uint32_t at = put(n, 1);

        last = world.kv.head_seq == seq ? at : last;
    }
    CHECK_INT(findings(ASSENT_KV_FIND_RECORD_HEADER), 0);
    world.sim.bytes[last + 7] ^= 0x10;
    CHECK_INT(findings(ASSENT_KV_FIND_RECORD_HEADER), 1);
    do {
        result = assent_kv_scrub(&world.kv);
    } while (result == 1);
    CHECK_INT(result, ASSENT_ERR_CORRUPT);
    power_close(&world);
}

TEST(of_several_rotten_records_none_lets_an_older_version_come_back)
{
    static const struct power_setting setting = SETTING("rot", ASSENT_KV_KEEP_OLD, 0, 0);
    uint32_t rotten[2];

    power_open(&world, &setting);
    (void)put(1, 1);
    (void)put(2, 1);
    rotten[0] = put(1, 2);
    rotten[1] = put(2, 2);
    (void)put(3, 1);
    for (unsigned i = 0; i < 2; i++) {
        world.sim.bytes[rotten[i] + RECORD - 1] ^= 1;
    }
    CHECK_INT(version_of(1), ASSENT_ERR_CORRUPT);
    CHECK_INT(assent_kv_mount(&world.kv, &world.config), ASSENT_OK);
    CHECK_INT(version_of(1), ASSENT_ERR_CORRUPT);
    CHECK_INT(version_of(2), ASSENT_ERR_CORRUPT);
    CHECK_INT(version_of(3), 1);
    power_close(&world);
}

TEST(what_is_rotten_stops_counting_when_a_put_cleans_it_away)
{
    static const struct power_setting setting = SETTING("count", 0, 0, 0);
    uint32_t rotten;

    power_open(&world, &setting);
    rotten = put(0, 1);
    for (uint32_t n = 1; n < 300; n++) {
        (void)put(n, 1);
    }
    world.sim.bytes[rotten + RECORD - 1] ^= 1;
    CHECK_INT(version_of(0), ASSENT_ERR_CORRUPT);
    for (uint32_t i = 0; i < 2000 && version_of(0) != ASSENT_ERR_NOT_FOUND; i++) {
        (void)put(200 + i % 100, 2);
    }
    CHECK_INT(version_of(0), ASSENT_ERR_NOT_FOUND);
    CHECK_INT(findings(ASSENT_KV_FIND_COUNT), 0);
    power_close(&world);
}

/* The device aborts if it is asked for less than a unit. */
TEST(a_sector_is_retired_in_whole_units_of_the_flash)
{
    static const struct power_setting setting = SETTING("units", 0, 0, 8);
    struct assent_kv_stats stats;

    power_open(&world, &setting);
    flash_sim_stick(&world.sim, 9U * SECTOR * 8 + 99);
    for (uint32_t i = 0; i < 1500; i++) {
        (void)put(i % 50, (uint8_t)i);
    }
    assent_kv_stats(&world.kv, &stats);
    CHECK_INT(stats.retired_sectors, 1);
    CHECK_INT(assent_kv_mount(&world.kv, &world.config), ASSENT_OK);
    assent_kv_stats(&world.kv, &stats);
    CHECK_INT(stats.retired_sectors, 1);
    power_close(&world);
}

TEST_MAIN(CASE(a_damaged_header_at_the_end_of_a_sector_is_seen),
          CASE(of_several_rotten_records_none_lets_an_older_version_come_back),
          CASE(what_is_rotten_stops_counting_when_a_put_cleans_it_away),
          CASE(a_sector_is_retired_in_whole_units_of_the_flash))
