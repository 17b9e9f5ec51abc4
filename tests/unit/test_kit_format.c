/* SPDX-License-Identifier: MIT */
/* A flash that is new is set up for the kit, once. */
#include "tests/unit/test.h"

#include "port/crypto/mbedtls.h"
#include "port/host/entropy.h"
#include "port/host/flash_sim.h"
#include "port/host/kit_format.h"
#include "tests/unit/policy_file.h"

enum { SECTOR_BYTES = 4096, SECTORS = 64 };

static struct assent_kit kit;
static struct assent_app_site sites[1];
static struct flash_sim sim;
static struct assent_crypto crypto;
static struct assent_entropy entropy;
static struct assent_clock clock;
static uint8_t texts[POLICY_FILE_BYTES];
static uint8_t image[POLICY_FILE_BYTES];
static uint8_t scratch[ASSENT_APP_SCRATCH_BYTES];
static uint16_t heads[2048] __attribute__((aligned(8)));
static uint8_t buffer[1024];
static uint8_t key[ASSENT_AEAD_KEY_BYTES] = {7};
static struct assent_span policy;

static struct assent_time now(void *ctx)
{
    (void)ctx;
    return (struct assent_time){1767225600, ASSENT_CLOCK_SYNCED};
}

static uint32_t uptime_ms(void *ctx)
{
    (void)ctx;
    return 0;
}

static struct assent_kit_setup open_flash(void)
{
    crypto = assent_mbedtls_crypto();
    entropy = assent_entropy_host();
    clock = (struct assent_clock){NULL, now, uptime_ms};
    CHECK(policy_file_read("texts", texts) > 0);
    CHECK(policy_file_read("prokoders", image) > 0);
    policy = assent_span(image, sizeof(image));
    CHECK(flash_sim_open(&sim, SECTOR_BYTES, SECTORS, NULL));
    return (struct assent_kit_setup){.flash = &sim.flash,
                                     .crypto = &crypto,
                                     .clock = &clock,
                                     .entropy = &entropy,
                                     .texts = assent_span(texts, sizeof(texts)),
                                     .policies = &policy,
                                     .sites = sites,
                                     .scratch = scratch,
                                     .buffer = buffer,
                                     .heads = heads,
                                     .heads_bytes = sizeof(heads),
                                     .buffer_bytes = sizeof(buffer),
                                     .policy_count = 1};
}

TEST(a_new_flash_is_set_up_once)
{
    struct assent_kit_setup setup = open_flash();

    CHECK_INT(assent_kit_init(&kit, &setup), ASSENT_ERR_NOT_FOUND);
    CHECK_INT(assent_kit_format(&kit, &setup), ASSENT_OK);
    CHECK_INT(assent_kit_init(&kit, &setup), ASSENT_OK);
    assent_kit_flush(&kit);
    CHECK_INT(assent_kit_format(&kit, &setup), ASSENT_ERR_STATE);
    CHECK_INT(assent_kit_init(&kit, &setup), ASSENT_OK);
    CHECK_INT(sim.misuse_count, 0);
    flash_sim_close(&sim);
}

TEST(a_store_has_as_many_chains_as_there_is_room_for)
{
    struct assent_kit_setup setup = open_flash();

    setup.heads_bytes = 1000;
    CHECK_INT(assent_kit_format(&kit, &setup), ASSENT_OK);
    CHECK_INT(assent_kit_init(&kit, &setup), ASSENT_OK);
    CHECK_INT(assent_layout_heads_bytes(&kit.stores.layout), 512);
    setup.heads_bytes = 511;
    CHECK_INT(assent_kit_init(&kit, &setup), ASSENT_ERR_RANGE);
    flash_sim_close(&sim);
}

TEST(a_store_with_a_key_is_opened_with_it_alone)
{
    struct assent_kit_setup setup = open_flash();

    setup.store_key = key;
    CHECK_INT(assent_kit_format(&kit, &setup), ASSENT_OK);
    CHECK_INT(kit.stores.layout.options, ASSENT_LAYOUT_ENCRYPTED);
    CHECK_INT(assent_kit_init(&kit, &setup), ASSENT_OK);
    setup.store_key = NULL;
    CHECK(assent_kit_init(&kit, &setup) < 0);
    flash_sim_close(&sim);
}

TEST(a_flash_whose_setting_up_was_cut_off_is_set_up_again)
{
    for (uint64_t cut = 1;; cut++) {
        struct assent_kit_setup setup = open_flash();
        int error;

        flash_sim_cut(&sim, cut, FLASH_SIM_CUT_PREFIX);
        error = assent_kit_format(&kit, &setup);
        if (error == ASSENT_OK) {
            CHECK(cut > 10);
            flash_sim_close(&sim);
            break;
        }
        flash_sim_power_on(&sim);
        error = assent_kit_format(&kit, &setup);
        CHECK(error == ASSENT_OK || error == ASSENT_ERR_STATE);
        CHECK_INT(assent_kit_init(&kit, &setup), ASSENT_OK);
        flash_sim_close(&sim);
    }
}

TEST_MAIN(CASE(a_new_flash_is_set_up_once), CASE(a_store_has_as_many_chains_as_there_is_room_for),
          CASE(a_store_with_a_key_is_opened_with_it_alone),
          CASE(a_flash_whose_setting_up_was_cut_off_is_set_up_again))
