/* SPDX-License-Identifier: MIT */
/* What users of stores for small records complain about, a test for each: what finds no room, which keys and
 * values there may be, and what is left of deleted ones. */
#include "tests/unit/kv_case.h"

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
    CHECK(count > 0);
    for (uint32_t i = 0; i < 5000 && count > 0; i++) {
        uint32_t n = (uint32_t)(power_random(&world) % count);

        CHECK_INT(put_number(&world, n, i, 64), ASSENT_OK);
        CHECK_INT(put_number(&world, count + 1, 1, 64), ASSENT_ERR_FULL);
        CHECK_INT(assent_kv_delete(&world.kv, 1, key_number(n)), ASSENT_OK);
        CHECK_INT(put_number(&world, n, i, 64), ASSENT_OK);
    }
    power_close(&world);
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

TEST_MAIN(CASE(must_not_refuse_deletes_when_full), CASE(must_not_report_full_with_garbage_left),
          CASE(must_not_leave_deleted_data_readable), CASE(must_not_leak_memory_through_padding),
          CASE(must_not_limit_keys_nor_choke_on_zero_bytes),
          CASE(must_not_depend_on_sector_size_nor_on_value_lengths),
          CASE(must_not_list_keys_wrongly_while_the_set_changes))
