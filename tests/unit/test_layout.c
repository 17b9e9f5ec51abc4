/* SPDX-License-Identifier: MIT */
/* The table of what lies where. */
#include "tests/unit/test.h"

#include "core/bytes.h"
#include "port/host/flash_sim.h"
#include "port/host/layout_plan.h"
#include "storage/layout.h"

TEST(every_size_of_device_is_divided_without_overlap)
{
    for (uint32_t bytes = 4096; bytes <= 65536; bytes *= 2) {
        for (uint32_t count = 32; count <= 4096; count += count < 300 ? 1 : 97) {
            struct assent_layout layout;
            uint32_t end = 0;

            CHECK_INT(assent_layout_plan(bytes, count, &layout), ASSENT_OK);
            for (unsigned i = 0; i < ASSENT_REGION_COUNT; i++) {
                CHECK_INT(layout.region[i].first, end);
                CHECK(layout.region[i].count >= 2);
                end += layout.region[i].count;
            }
            CHECK(end <= count);
            CHECK(layout.region[ASSENT_REGION_KV].count >= 4);
            CHECK(layout.region[ASSENT_REGION_AUDIT].count >= 4);
            CHECK(layout.region[ASSENT_REGION_POLICIES].count >= 2U * layout.slot_sectors);
            CHECK(layout.region[ASSENT_REGION_KV].count * bytes <= 1U << 20);
        }
    }
}

TEST(impossible_sizes_are_refused)
{
    struct assent_layout layout;

    CHECK_INT(assent_layout_plan(4096, 31, &layout), ASSENT_ERR_RANGE);
    CHECK_INT(assent_layout_plan(4096, 4097, &layout), ASSENT_ERR_RANGE);
    CHECK_INT(assent_layout_plan(2048, 64, &layout), ASSENT_ERR_RANGE);
    CHECK_INT(assent_layout_plan(5000, 64, &layout), ASSENT_ERR_RANGE);
    CHECK_INT(assent_layout_plan(131072, 64, &layout), ASSENT_ERR_RANGE);
}

TEST(the_identity_reads_back_and_every_flipped_bit_is_noticed)
{
    struct assent_layout layout;
    struct assent_layout back;
    uint8_t bytes[ASSENT_LAYOUT_BYTES];

    CHECK_INT(assent_layout_plan(4096, 256, &layout), ASSENT_OK);
    memcpy(layout.secret, "0123456789abcdef", 16);
    layout.options = ASSENT_LAYOUT_ENCRYPTED;
    assent_layout_encode(&layout, bytes);
    CHECK_INT(assent_layout_decode(bytes, &back), ASSENT_OK);
    CHECK_INT(back.sector_count, 256);
    CHECK_INT(back.options, ASSENT_LAYOUT_ENCRYPTED);
    CHECK(memcmp(back.secret, layout.secret, 16) == 0);
    CHECK(memcmp(back.region, layout.region, sizeof(back.region)) == 0);
    for (unsigned bit = 0; bit < 8 * ASSENT_LAYOUT_BYTES; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        CHECK_INT(assent_layout_decode(bytes, &back), ASSENT_ERR_NOT_FOUND);
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

TEST(a_table_that_makes_no_sense_is_refused_behind_a_right_checksum)
{
    static const struct {
        const char *row;
        uint8_t offset;
        uint8_t value;
        int error;
    } rows[] = {
        {"another version", 8, 1, ASSENT_ERR_VERSION},
        {"another number of regions", 9, 4, ASSENT_ERR_VERSION},
        {"slots of nothing", 11, 0, ASSENT_ERR_CORRUPT},
        {"odd sectors", 12, 1, ASSENT_ERR_CORRUPT},
        {"tiny sectors", 13, 1, ASSENT_ERR_CORRUPT},
        {"huge sectors", 14, 2, ASSENT_ERR_CORRUPT},
        {"too many sectors", 17, 0x20, ASSENT_ERR_CORRUPT},
        {"a region before its forerunner", 44, 1, ASSENT_ERR_CORRUPT},
        {"a region outside", 45, 0xFF, ASSENT_ERR_CORRUPT},
        {"a region too long", 50, 0xFF, ASSENT_ERR_CORRUPT},
        {"a region too short", 48, 3, ASSENT_ERR_CORRUPT},
    };
    struct assent_layout layout;
    uint8_t bytes[ASSENT_LAYOUT_BYTES];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CHECK_INT(assent_layout_plan(4096, 256, &layout), ASSENT_OK);
        assent_layout_encode(&layout, bytes);
        bytes[rows[i].offset] = rows[i].value;
        assent_bytes_store32(bytes + 124, assent_bytes_crc32(0, bytes, 124));
        CHECK_INT_ROW(rows[i].row, assent_layout_decode(bytes, &layout), rows[i].error);
    }
}

TEST(either_copy_is_enough_and_none_is_no_device)
{
    struct flash_sim sim;
    struct assent_layout layout;
    struct assent_layout back;

    CHECK(flash_sim_open(&sim, 4096, 64, NULL));
    CHECK_INT(assent_layout_read(&sim.flash, &back), ASSENT_ERR_NOT_FOUND);
    CHECK_INT(assent_layout_plan(4096, 64, &layout), ASSENT_OK);
    CHECK_INT(assent_layout_write(&sim.flash, &layout), ASSENT_OK);
    CHECK_INT(assent_layout_read(&sim.flash, &back), ASSENT_OK);
    sim.bytes[20] ^= 1;
    CHECK_INT(assent_layout_read(&sim.flash, &back), ASSENT_OK);
    sim.bytes[4096 + 20] ^= 1;
    CHECK_INT(assent_layout_read(&sim.flash, &back), ASSENT_ERR_NOT_FOUND);
    CHECK_INT(assent_layout_write(&sim.flash, &layout), ASSENT_OK);
    sim.flash.sector_count = 63; /* of a larger device */
    CHECK_INT(assent_layout_read(&sim.flash, &back), ASSENT_ERR_CORRUPT);
    flash_sim_close(&sim);
}

TEST(a_view_reaches_its_region_and_nothing_else)
{
    struct flash_sim sim;
    struct assent_layout layout;
    struct assent_layout_view view;
    uint8_t byte = 0;
    uint32_t base;

    CHECK(flash_sim_open(&sim, 4096, 64, NULL));
    CHECK_INT(assent_layout_plan(4096, 64, &layout), ASSENT_OK);
    assent_layout_view(&view, &sim.flash, &layout, ASSENT_REGION_AUDIT);
    base = layout.region[ASSENT_REGION_AUDIT].first * 4096;
    CHECK_INT(view.flash.sector_count, layout.region[ASSENT_REGION_AUDIT].count);
    CHECK_INT(view.flash.program(view.flash.ctx, 8, "\x5A", 1), ASSENT_OK);
    CHECK_INT(sim.bytes[base + 8], 0x5A);
    CHECK_INT(view.flash.read(view.flash.ctx, 8, &byte, 1), ASSENT_OK);
    CHECK_INT(byte, 0x5A);
    CHECK_INT(view.flash.erase(view.flash.ctx, 0), ASSENT_OK);
    CHECK_INT(sim.bytes[base + 8], 0xFF);
    CHECK(view.flash.sync == NULL);
    flash_sim_close(&sim);
}

/* Whoever opens a store gives it as many chains as were chosen when it was set up. */
TEST(the_number_of_chains_goes_with_the_device)
{
    static const struct {
        uint32_t count;
        uint32_t heads_bytes;
    } rows[] = {{16, 32}, {255, 256}, {256, 512}, {2048, 4096}, {4096, 8192}, {100000, 8192}};
    struct assent_layout layout;
    struct assent_layout back;
    uint8_t bytes[ASSENT_LAYOUT_BYTES];

    CHECK_INT(assent_layout_plan(4096, 256, &layout), ASSENT_OK);
    CHECK_INT(assent_layout_heads_bytes(&layout), 4096);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assent_layout_set_chains(&layout, rows[i].count);
        assent_layout_encode(&layout, bytes);
        CHECK_INT(assent_layout_decode(bytes, &back), ASSENT_OK);
        CHECK_INT(assent_layout_heads_bytes(&back), rows[i].heads_bytes);
    }
    layout.chain_bits = 0; /* of before it was written there */
    assent_layout_encode(&layout, bytes);
    CHECK_INT(assent_layout_decode(bytes, &back), ASSENT_OK);
    CHECK_INT(assent_layout_heads_bytes(&back), 4096);
}

TEST_MAIN(CASE(every_size_of_device_is_divided_without_overlap), CASE(impossible_sizes_are_refused),
          CASE(the_number_of_chains_goes_with_the_device),
          CASE(the_identity_reads_back_and_every_flipped_bit_is_noticed),
          CASE(a_table_that_makes_no_sense_is_refused_behind_a_right_checksum),
          CASE(either_copy_is_enough_and_none_is_no_device),
          CASE(a_view_reaches_its_region_and_nothing_else))
