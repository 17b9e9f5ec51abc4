/* SPDX-License-Identifier: MIT */
/* The store and a reader that was written from its format document agree on what is in an image, as the
 * power cut left it: 10,000 images of stores of several shapes. */
#include "tests/unit/test.h"

#include "tests/power/kv_reader.h"
#include "tests/power/power.h"

static struct power_world world;
static struct kv_reader reader;
static uint8_t image[32 * 65536];
static uint64_t images;
static uint64_t values;
static uint64_t rotten;

static bool complain(const char *name, const char *what, const uint8_t *key, int key_bytes)
{
    printf("%s: %s:", name, what);
    for (int i = 0; i < key_bytes; i++) {
        printf(" %02X", key[i]);
    }
    printf(" (image %llu, newest %u, tail %u)\n", (unsigned long long)images, reader.newest,
           reader.tail);
    test_failures++;
    return false;
}

/* What the reader found in the image is what the mounted store has. */
static bool agree(const char *name)
{
    uint8_t key[ASSENT_KV_KEY_BYTES];
    uint8_t value[ASSENT_KV_VALUE_BYTES];
    const struct kv_reader_record *record;
    uint64_t cursor = 0;
    uint32_t at = 0;
    uint32_t in_store = 0;
    uint32_t in_reader = 0;
    int len;

    while ((len = assent_kv_next(&world.kv, POWER_SPACE, &cursor, key)) > 0) {
        int got = assent_kv_get(&world.kv, POWER_SPACE, assent_span(key, (size_t)len), value,
                                sizeof(value));

        record = kv_reader_find(&reader, POWER_SPACE, key, (uint8_t)len);
        if (record == NULL) {
            return complain(name, "only the store has", key, len);
        }
        if (got != (int)record->value_bytes ||
            memcmp(value, image + record->value, (size_t)got) != 0) {
            return complain(name, "another value", key, len);
        }
        in_store++;
    }
    while ((record = kv_reader_next(&reader, &at)) != NULL) {
        in_reader++;
        if (assent_kv_get(&world.kv, record->space, assent_span(record->key, record->key_bytes),
                          value, sizeof(value)) < 0) {
            return complain(name, "only the reader has", record->key, record->key_bytes);
        }
    }
    values += in_store;
    return in_store == in_reader || complain(name, "counts differ", key, 0);
}

static void compare(const struct power_setting *setting, uint64_t count)
{
    uint64_t end = images + count;

    power_open(&world, setting);
    while (images < end && test_failures == 0) {
        struct power_op op = {0};
        enum flash_sim_cut mode =
            (enum flash_sim_cut)(power_random(&world) % FLASH_SIM_CUT_MARGINAL);

        flash_sim_cut(&world.sim, 1 + power_random(&world) % 60, mode);
        for (unsigned i = 0; i < 40 && !world.sim.dead; i++) {
            op = power_choose(&world);
            if (power_apply(&world, &op) == ASSENT_OK && !world.sim.dead) {
                power_accept(&world, &op);
            }
        }
        memcpy(image, world.sim.bytes, world.sim.size_bytes);
        reader.bytes = image;
        reader.sector_bytes = setting->sector_bytes;
        reader.sector_count = setting->sector_count;
        reader.page_bytes = 256;
        images++;
        flash_sim_power_on(&world.sim);
        if (!kv_reader_load(&reader)) {
            (void)complain(setting->name, "the reader finds no store", NULL, 0);
        }
        if (!power_check(&world, &op, "reader")) {
            test_failures++;
        }
        (void)agree(setting->name);
    }
    power_close(&world);
}

TEST(store_and_reader_agree_on_ten_thousand_images)
{
    static const struct power_setting settings[] = {
        {.name = "small", .sector_bytes = 4096, .sector_count = 8, .keys = 40, .value_bytes = 40},
        {.name = "full", .sector_bytes = 4096, .sector_count = 8, .keys = 150, .value_bytes = 90},
        {.name = "long", .sector_bytes = 4096, .sector_count = 16, .keys = 30, .value_bytes = 400},
        {.name = "twice",
         .sector_bytes = 4096,
         .sector_count = 12,
         .keys = 50,
         .value_bytes = 60,
         .twice = true},
        {.name = "keep old",
         .sector_bytes = 4096,
         .sector_count = 12,
         .keys = 60,
         .value_bytes = 60,
         .options = ASSENT_KV_KEEP_OLD},
        {.name = "once",
         .sector_bytes = 4096,
         .sector_count = 16,
         .keys = 60,
         .value_bytes = 60,
         .flags = ASSENT_FLASH_ONCE,
         .program_bytes = 8},
        {.name = "units of 16",
         .sector_bytes = 4096,
         .sector_count = 12,
         .keys = 60,
         .value_bytes = 60,
         .program_bytes = 16},
    };
    static const struct power_setting wide = {
        .name = "wide", .sector_bytes = 65536, .sector_count = 32, .keys = 100, .value_bytes = 300};
    const size_t count = sizeof(settings) / sizeof(settings[0]);

    for (size_t i = 0; i < count && test_failures == 0; i++) {
        struct power_setting setting = settings[i];

        setting.seed = i + 1;
        compare(&setting, 10000 / count);
    }
    compare(&wide, 60);
    printf("%llu images, %llu values\n", (unsigned long long)images, (unsigned long long)values);
    CHECK(test_failures > 0 || images >= 10000);
}

/* One bit anywhere changes: neither returns a value that was never stored, and both the same. */
TEST(a_flipped_bit_makes_neither_of_them_believe_a_wrong_value)
{
    static const struct power_setting setting = {
        .name = "rot", .sector_bytes = 4096, .sector_count = 8, .keys = 60, .value_bytes = 60};

    power_open(&world, &setting);
    for (unsigned i = 0; i < 100; i++) {
        struct power_op op = power_choose(&world);

        if (power_apply(&world, &op) == ASSENT_OK) {
            power_accept(&world, &op);
        }
    }
    memcpy(image, world.sim.bytes, world.sim.size_bytes);
    for (unsigned i = 0; i < 400 && test_failures == 0; i++) {
        uint64_t bit = power_random(&world) % (8ULL * world.sim.size_bytes);
        struct assent_kv kv;
        uint8_t key[ASSENT_KV_KEY_BYTES];
        uint8_t value[ASSENT_KV_VALUE_BYTES];
        uint64_t cursor = 0;
        int len;

        image[bit / 8] ^= (uint8_t)(1U << bit % 8);
        memcpy(world.sim.bytes, image, world.sim.size_bytes);
        reader.bytes = image;
        reader.sector_bytes = setting.sector_bytes;
        reader.sector_count = setting.sector_count;
        reader.page_bytes = 256;
        world.config.options = ASSENT_KV_READ_ONLY;
        if (kv_reader_load(&reader) && assent_kv_mount(&kv, &world.config) == ASSENT_OK) {
            while ((len = assent_kv_next(&kv, POWER_SPACE, &cursor, key)) > 0) {
                int got = assent_kv_get(&kv, POWER_SPACE, assent_span(key, (size_t)len), value,
                                        sizeof(value));
                const struct kv_reader_record *record =
                    kv_reader_find(&reader, POWER_SPACE, key, (uint8_t)len);

                if (got >= 0 && record != NULL && record->intact &&
                    (got != (int)record->value_bytes ||
                     memcmp(value, image + record->value, (size_t)got) != 0)) {
                    (void)complain("rot", "another value", key, len);
                }
                rotten += got < 0;
            }
        }
        image[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    printf("%llu values unreadable after 400 flipped bits\n", (unsigned long long)rotten);
    power_close(&world);
}

TEST_MAIN(CASE(store_and_reader_agree_on_ten_thousand_images),
          CASE(a_flipped_bit_makes_neither_of_them_believe_a_wrong_value))
