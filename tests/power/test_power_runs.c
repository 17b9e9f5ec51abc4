/* SPDX-License-Identifier: MIT */
/* Long runs: 200 power cuts in a row on each of many images, at random moments and in all ways,
 * marginal bits included; after each cut everything is compared and deleted plaintext looked for.
 * Bounded by default; POWER_FULL=1 in the environment runs 100 images of each kind. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/power/power.h"
#include "tests/unit/test.h"

static uint32_t images(void)
{
    return getenv("POWER_FULL") != NULL ? 100 : 6;
}

static void run(const struct power_setting *model, enum flash_sim_cut from, enum flash_sim_cut to,
                uint32_t longest)
{
    static struct power_world world;
    uint64_t cuts = 0;
    uint64_t findings = 0;
    uint32_t survived = 0;
    uint32_t spread = 0;

    for (uint32_t image = 0; image < images(); image++) {
        struct power_setting setting = *model;
        bool sound = true;

        setting.seed = model->seed * 1000 + image;
        power_open(&world, &setting);
        for (uint32_t i = 0; i < 200 && sound; i++) {
            struct power_op op = {0};
            char where[64];
            enum flash_sim_cut mode = (enum flash_sim_cut)(
                (uint32_t)from + power_random(&world) % ((uint32_t)to - (uint32_t)from + 1));

            flash_sim_cut(&world.sim, 1 + power_random(&world) % longest, mode);
            while (!world.sim.dead) {
                int error;

                op = power_choose(&world);
                error = power_apply(&world, &op);
                if (!world.sim.dead) {
                    if (error != ASSENT_OK) {
                        printf("%s image %u cut %u: KV-6: change fails: %d\n", setting.name, image,
                               i, error);
                        findings++;
                        sound = false;
                        break;
                    }
                    power_accept(&world, &op);
                }
            }
            flash_sim_power_on(&world.sim);
            while (power_random(&world) % 4 == 0) {
                flash_sim_cut(&world.sim, 1 + power_random(&world) % 6, mode);
                (void)assent_kv_mount(&world.kv, &world.config);
                cuts += world.sim.dead;
                flash_sim_power_on(&world.sim);
            }
            cuts++;
            (void)snprintf(where, sizeof(where), "image %u cut %u", image, i);
            sound = sound && power_check(&world, &op, where);
        }
        survived += sound;
        findings += world.findings;
        if (flash_sim_wear_spread(&world.sim) > spread) {
            spread = flash_sim_wear_spread(&world.sim);
        }
        power_close(&world);
    }
    printf("%-10s %lu cuts, %u of %u images survive, wear spread %u\n", model->name,
           (unsigned long)cuts, survived, images(), spread);
    CHECK_INT(findings, 0);
}

static const struct power_setting PLAIN = {"plain", 4096, 16,    60,    64, 0,
                                           0,       0,    false, false, 31, false};
static const struct power_setting FULL = {"full", 4096, 16,    330,   64, 0,
                                          0,      0,    false, false, 32, false};
static const struct power_setting TINY = {"tiny", 4096, 8,     20,    40, 0,
                                          0,      0,    false, false, 33, false};
static const struct power_setting SEALED = {"sealed", 4096, 16,   60,    64, 0,
                                            0,        0,    true, false, 34, false};
static const struct power_setting TWICE = {"twice", 4096, 16,    60,   64, 0,
                                           0,       0,    false, true, 35, false};
static const struct power_setting KEEP = {"keep-old", 4096, 16,    60,    64, ASSENT_KV_KEEP_OLD,
                                          0,          0,    false, false, 36, false};
static const struct power_setting DISTURB = {
    "disturb", 4096, 16, 60, 64, 0, ASSENT_FLASH_DISTURB, 0, false, false, 37, false};
static const struct power_setting ONCE = {"once", 4096,  16,    60, 64,   0, ASSENT_FLASH_ONCE,
                                          8,      false, false, 38, false};

static const struct power_setting REORDER = {"reorder", 4096, 16,    60,    64, 0,
                                             0,         0,    false, false, 39, true};

TEST(images_on_a_device_that_reorders_survive_200_cuts)
{
    run(&REORDER, FLASH_SIM_CUT_BEFORE, FLASH_SIM_CUT_MARGINAL, 60);
}

TEST(images_survive_200_clean_and_torn_cuts)
{
    run(&PLAIN, FLASH_SIM_CUT_BEFORE, FLASH_SIM_CUT_RANDOM, 60);
}

TEST(images_survive_200_cuts_with_marginal_bits)
{
    run(&PLAIN, FLASH_SIM_CUT_BEFORE, FLASH_SIM_CUT_MARGINAL, 60);
}

TEST(images_survive_200_cuts_shortly_after_each_other)
{
    run(&PLAIN, FLASH_SIM_CUT_MARGINAL, FLASH_SIM_CUT_MARGINAL, 6);
}

TEST(full_images_survive_200_cuts)
{
    run(&FULL, FLASH_SIM_CUT_BEFORE, FLASH_SIM_CUT_MARGINAL, 60);
}

TEST(tiny_images_survive_200_cuts)
{
    run(&TINY, FLASH_SIM_CUT_BEFORE, FLASH_SIM_CUT_MARGINAL, 30);
}

TEST(sealed_images_survive_200_cuts)
{
    run(&SEALED, FLASH_SIM_CUT_BEFORE, FLASH_SIM_CUT_MARGINAL, 60);
}

TEST(images_with_second_copies_survive_200_cuts)
{
    run(&TWICE, FLASH_SIM_CUT_BEFORE, FLASH_SIM_CUT_MARGINAL, 60);
}

TEST(images_that_keep_old_versions_survive_200_cuts)
{
    run(&KEEP, FLASH_SIM_CUT_BEFORE, FLASH_SIM_CUT_MARGINAL, 60);
}

TEST(disturbed_images_survive_200_cuts)
{
    run(&DISTURB, FLASH_SIM_CUT_BEFORE, FLASH_SIM_CUT_MARGINAL, 120);
}

TEST(images_programmed_once_survive_200_cuts)
{
    run(&ONCE, FLASH_SIM_CUT_BEFORE, FLASH_SIM_CUT_RANDOM, 120);
}

TEST_MAIN(CASE(images_survive_200_clean_and_torn_cuts),
          CASE(images_survive_200_cuts_with_marginal_bits),
          CASE(images_survive_200_cuts_shortly_after_each_other),
          CASE(full_images_survive_200_cuts), CASE(tiny_images_survive_200_cuts),
          CASE(sealed_images_survive_200_cuts), CASE(images_with_second_copies_survive_200_cuts),
          CASE(images_that_keep_old_versions_survive_200_cuts),
          CASE(disturbed_images_survive_200_cuts), CASE(images_programmed_once_survive_200_cuts),
          CASE(images_on_a_device_that_reorders_survive_200_cuts))
