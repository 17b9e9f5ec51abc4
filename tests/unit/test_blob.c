/* SPDX-License-Identifier: MIT */
#include "storage/blob.h"

#include "core/bytes.h"
#include "tests/power/power.h"
#include "tests/unit/test.h"

static struct power_world world;
static struct flash_sim extents;
static struct flash_sim before;
static const struct power_setting PLAIN = {"plain", 4096, 16,    60,    64, 0,
                                           0,       0,    false, false, 61, false};

/* Stands in for SHA-256: eight CRCs. */
static int toy_sha(void *ctx, const struct assent_span *parts, size_t count, uint8_t *out)
{
    (void)ctx;
    for (uint32_t i = 0; i < 8; i++) {
        uint32_t crc = i;

        for (size_t p = 0; p < count; p++) {
            crc = assent_bytes_crc32(crc, parts[p].ptr, parts[p].len);
        }
        assent_bytes_store32(out + 4 * i, crc);
    }
    return ASSENT_OK;
}

static const struct assent_crypto CRYPTO = {NULL, toy_sha, NULL, NULL, NULL};

static struct assent_blob make_blob(const struct assent_crypto *crypto)
{
    struct assent_blob blob = {.kv = &world.kv,
                               .flash = &extents.flash,
                               .crypto = crypto,
                               .first_sector = 1,
                               .extent_sectors = 3,
                               .space = 9,
                               .key = ASSENT_SPAN("policy")};

    return blob;
}

static void begin(void)
{
    power_open(&world, &PLAIN);
    CHECK(flash_sim_open(&extents, 4096, 8, NULL));
    CHECK(flash_sim_open(&before, 4096, 8, NULL));
    extents.abort_on_misuse = true;
}

static void end(void)
{
    power_close(&world);
    flash_sim_close(&extents);
    flash_sim_close(&before);
}

static uint8_t byte_at(uint32_t version, uint32_t i)
{
    return (uint8_t)(version * 59 + i * 7 + i / 256);
}

/* Write in uneven pieces. */
static int write_blob(struct assent_blob *blob, uint32_t version, uint32_t length)
{
    uint8_t piece[700];
    uint32_t done = 0;
    int error = assent_blob_begin(blob);

    while (done < length && error == ASSENT_OK) {
        uint32_t n = 1 + (done * 13 + version) % sizeof(piece);

        n = n < length - done ? n : length - done;
        for (uint32_t i = 0; i < n; i++) {
            piece[i] = byte_at(version, done + i);
        }
        error = assent_blob_write(blob, assent_span(piece, n));
        done += n;
    }
    return error == ASSENT_OK ? assent_blob_commit(blob) : error;
}

/* Which version of this length the blob has, or -1. */
static int blob_is(struct assent_blob *blob, uint32_t version, uint32_t length)
{
    uint8_t out[100];
    int len = assent_blob_open(blob, true);

    if (len != (int)length) {
        return 0;
    }
    for (uint32_t at = 0; at < length; at += sizeof(out)) {
        int n = assent_blob_read(blob, at, out, sizeof(out));

        for (int i = 0; i < n; i++) {
            if (out[i] != byte_at(version, at + (uint32_t)i)) {
                return 0;
            }
        }
    }
    return 1;
}

TEST(value_is_read_back_and_replaced_as_a_whole)
{
    struct assent_blob blob;

    for (int with = 0; with < 2; with++) {
        begin();
        blob = make_blob(with == 1 ? &CRYPTO : NULL);
        CHECK_INT(assent_blob_open(&blob, true), ASSENT_ERR_NOT_FOUND);
        CHECK_INT(write_blob(&blob, 1, 5000), ASSENT_OK);
        CHECK(blob_is(&blob, 1, 5000));
        CHECK_INT(assent_blob_begin(&blob), ASSENT_OK);
        CHECK_INT(assent_blob_write(&blob, ASSENT_SPAN("half")), ASSENT_OK);
        CHECK(blob_is(&blob, 1, 5000));
        CHECK_INT(write_blob(&blob, 2, 3 * 4096), ASSENT_OK);
        CHECK(blob_is(&blob, 2, 3 * 4096));
        CHECK_INT(write_blob(&blob, 3, 0), ASSENT_OK);
        CHECK_INT(assent_blob_open(&blob, true), 0);
        CHECK_INT(write_blob(&blob, 3, 3 * 4096 + 1), ASSENT_ERR_SPACE);
        CHECK_INT(assent_blob_open(&blob, true), 0);
        end();
    }
}

TEST(calls_out_of_order_are_refused)
{
    struct assent_blob blob;

    begin();
    blob = make_blob(NULL);
    CHECK_INT(assent_blob_write(&blob, ASSENT_SPAN("x")), ASSENT_ERR_STATE);
    CHECK_INT(assent_blob_commit(&blob), ASSENT_ERR_STATE);
    CHECK_INT(assent_blob_offset(&blob), ASSENT_ERR_NOT_FOUND);
    CHECK_INT(assent_blob_remove(&blob), ASSENT_ERR_NOT_FOUND);
    end();
}

TEST(rot_is_noticed)
{
    struct assent_blob blob;

    begin();
    blob = make_blob(&CRYPTO);
    CHECK_INT(write_blob(&blob, 1, 5000), ASSENT_OK);
    flash_sim_rot(&extents, (uint64_t)assent_blob_offset(&blob) * 8 + 4999);
    CHECK_INT(assent_blob_open(&blob, true), ASSENT_ERR_CORRUPT);
    CHECK_INT(assent_blob_open(&blob, false), 5000);
    end();
}

TEST(removed_value_is_gone_from_the_flash)
{
    struct assent_blob blob;
    uint8_t bytes[32];

    begin();
    blob = make_blob(NULL);
    for (uint32_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = byte_at(1, 1000 + i);
    }
    CHECK_INT(write_blob(&blob, 1, 5000), ASSENT_OK);
    CHECK(flash_sim_contains(&extents, bytes, sizeof(bytes)));
    CHECK_INT(write_blob(&blob, 2, 5000), ASSENT_OK);
    CHECK(!flash_sim_contains(&extents, bytes, sizeof(bytes)));
    CHECK_INT(assent_blob_remove(&blob), ASSENT_OK);
    CHECK_INT(assent_blob_open(&blob, true), ASSENT_ERR_NOT_FOUND);
    CHECK_INT(assent_blob_idle(&blob), 0);
    for (uint32_t i = 0; i < extents.size_bytes; i++) {
        if (extents.bytes[i] != 0xFF) {
            CHECK(false);
            break;
        }
    }
    end();
}

TEST(every_cut_leaves_the_old_value_or_the_new_one)
{
    struct assent_blob blob;
    static struct power_world start;
    uint32_t cuts = 0;

    begin();
    power_open(&start, &PLAIN);
    blob = make_blob(&CRYPTO);
    CHECK_INT(write_blob(&blob, 1, 3000), ASSENT_OK);
    power_copy(&start, &world);
    flash_sim_copy(&before, &extents);
    for (int device = 0; device < 2; device++) {
        bool done = false;

        for (uint64_t at = 1; !done; at++) {
            for (int mode = 1; mode < FLASH_SIM_CUT_COUNT && !done; mode++) {
                struct flash_sim *sim = device == 0 ? &extents : &world.sim;

                power_copy(&world, &start);
                flash_sim_copy(&extents, &before);
                flash_sim_cut(sim, at, (enum flash_sim_cut)mode);
                blob = make_blob(&CRYPTO);
                (void)write_blob(&blob, 2, 4500);
                done = !sim->dead;
                flash_sim_power_on(sim);
                cuts++;
                blob = make_blob(&CRYPTO);
                CHECK_INT(assent_kv_mount(&world.kv, &world.config), ASSENT_OK);
                CHECK(blob_is(&blob, 1, 3000) || blob_is(&blob, 2, 4500));
                while (assent_blob_idle(&blob) == 1) {
                }
                CHECK_INT(write_blob(&blob, 3, 4100), ASSENT_OK);
                CHECK(blob_is(&blob, 3, 4100));
            }
        }
    }
    printf("%u cuts\n", (unsigned)cuts);
    power_close(&start);
    end();
}

TEST_MAIN(CASE(value_is_read_back_and_replaced_as_a_whole), CASE(calls_out_of_order_are_refused),
          CASE(rot_is_noticed), CASE(removed_value_is_gone_from_the_flash),
          CASE(every_cut_leaves_the_old_value_or_the_new_one))
