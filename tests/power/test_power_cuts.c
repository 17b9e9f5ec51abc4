/* SPDX-License-Identifier: MIT */
/* Exhaustive power cuts: a script of random changes is run once; at every one of its flash operations
 * the power is cut in each of five ways, the store mounted again and the invariants checked. Cuts in
 * the recovery from a cut follow, two deep.
 *
 * Bounded by default; POWER_FULL=1 in the environment runs everything. Prints the cuts tried. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/power/power.h"
#include "tests/unit/test.h"

static const char *const MODE[FLASH_SIM_CUT_COUNT] = {"none",   "before", "after",
                                                      "prefix", "random", "marginal"};

static bool full(void)
{
    return getenv("POWER_FULL") != NULL;
}

/* Mount with a cut in operation number `cut` of the mount. false: the mount had fewer. */
static bool cut_mount(struct power_world *world, uint64_t cut, enum flash_sim_cut mode)
{
    uint64_t before = world->sim.operation;

    flash_sim_cut(&world->sim, cut, mode);
    (void)assent_kv_mount(&world->kv, &world->config);
    flash_sim_power_on(&world->sim);
    return world->sim.operation - before >= cut;
}

/* After a cut and its check: a second mount sees the same (KV-5), and changes work (KV-6). */
static bool live_on(struct power_world *world, const char *where)
{
    bool ok = power_check(world, NULL, where);

    for (unsigned i = 0; i < 3 && ok; i++) {
        struct power_op op = power_choose(world);
        int error = power_apply(world, &op);

        if (error != ASSENT_OK) {
            printf("%s %s: KV-6: change %u after the cut fails: %d\n", world->setting->name, where,
                   i, error);
            world->findings++;
            ok = false;
        }
        power_accept(world, &op);
    }
    return ok && power_compare(world, NULL, where);
}

/* Cut the recovery itself at each of its operations; at each of those cuts, cut the next one. */
static void cut_recovery(struct power_world *deep, struct power_world *deeper,
                         const struct power_world *torn, const struct power_op *op,
                         const char *where)
{
    for (uint64_t at = 1; at <= 12; at++) {
        enum flash_sim_cut mode =
            (enum flash_sim_cut)(1 + power_random(deep) % (FLASH_SIM_CUT_COUNT - 1));
        enum flash_sim_cut again =
            (enum flash_sim_cut)(1 + power_random(deep) % (FLASH_SIM_CUT_COUNT - 1));

        power_copy(deep, torn);
        if (!cut_mount(deep, at, mode)) {
            return;
        }
        deep->cuts++;
        power_copy(deeper, deep);
        (void)power_check(deep, op, where);
        if (cut_mount(deeper, 1 + power_random(deep) % 4, again)) {
            deep->cuts++;
        }
        (void)power_check(deeper, op, where);
        deep->findings += deeper->findings;
        deeper->findings = 0;
    }
}

static void cut_everywhere(const struct power_setting *setting, uint32_t changes, uint32_t nested)
{
    static struct power_world world;
    static struct power_world trial;
    static struct power_world torn;
    static struct power_world deep;
    static struct power_world deeper;
    uint64_t operations = 0;
    uint64_t findings = 0;
    char where[80];

    power_open(&world, setting);
    power_open(&trial, setting);
    power_open(&torn, setting);
    power_open(&deep, setting);
    power_open(&deeper, setting);
    for (uint32_t i = 0; i < changes && findings < 5; i++) {
        struct power_op op = power_choose(&world);
        bool done = false;

        for (uint64_t at = 1; !done; at++) {
            for (int mode = 1; mode < FLASH_SIM_CUT_COUNT && !done; mode++) {
                power_copy(&trial, &world);
                flash_sim_cut(&trial.sim, at, (enum flash_sim_cut)mode);
                (void)power_apply(&trial, &op);
                done = !trial.sim.dead;
                flash_sim_power_on(&trial.sim);
                if (done) {
                    break;
                }
                trial.cuts++;
                (void)snprintf(where, sizeof(where), "change %u operation %u %s", i, (unsigned)at,
                               MODE[mode]);
                if (nested != 0 && power_random(&trial) % nested == 0) {
                    power_copy(&torn, &trial);
                    cut_recovery(&deep, &deeper, &torn, &op, where);
                }
                if (power_check(&trial, &op, where)) {
                    (void)live_on(&trial, where);
                }
            }
            operations += !done;
        }
        if (power_apply(&world, &op) != ASSENT_OK) {
            printf("%s: change %u fails\n", setting->name, i);
            world.findings++;
        }
        power_accept(&world, &op);
        findings = world.findings + trial.findings + deep.findings;
    }
    printf("%-10s %6u changes %7lu operations %8lu cuts %8lu cuts of the recovery %lu findings\n",
           setting->name, changes, (unsigned long)operations, (unsigned long)trial.cuts,
           (unsigned long)deep.cuts, (unsigned long)findings);
    CHECK_INT(findings, 0);
    power_close(&world);
    power_close(&trial);
    power_close(&torn);
    power_close(&deep);
    power_close(&deeper);
}

static const struct power_setting PLAIN = {"plain", 4096, 16,    60,    64, 0,
                                           0,       0,    false, false, 11, false};
static const struct power_setting SMALL = {"tiny", 4096, 8,     20,    40, 0,
                                           0,      0,    false, false, 12, false};
static const struct power_setting LARGE = {"large", 4096, 24,    16,    900, 0,
                                           0,       0,    false, false, 13,  false};
static const struct power_setting SEALED = {"sealed", 4096, 16,   50,    64, 0,
                                            0,        0,    true, false, 14, false};
static const struct power_setting TWICE = {"twice", 4096, 16,    40,   64, 0,
                                           0,       0,    false, true, 15, false};
static const struct power_setting KEEP = {"keep-old", 4096, 16,    60,    64, ASSENT_KV_KEEP_OLD,
                                          0,          0,    false, false, 16, false};
static const struct power_setting DISTURB = {
    "disturb", 4096, 16, 60, 64, 0, ASSENT_FLASH_DISTURB, 0, false, false, 17, false};
static const struct power_setting ONCE = {"once", 4096,  16,    60, 64,   0, ASSENT_FLASH_ONCE,
                                          8,      false, false, 18, false};
static const struct power_setting COARSE = {"64k", 65536, 6,     60,    300, 0,
                                            0,     0,     false, false, 19,  false};

static const struct power_setting REORDER = {"reorder", 4096, 16,    60,    64, 0,
                                             0,         0,    false, false, 20, true};

TEST(device_that_reorders_survives_every_cut)
{
    cut_everywhere(&REORDER, full() ? 2000 : 100, 20);
}

TEST(plain_survives_every_cut)
{
    cut_everywhere(&PLAIN, full() ? 2500 : 500, 20);
}

TEST(tiny_region_survives_every_cut)
{
    cut_everywhere(&SMALL, full() ? 2500 : 300, 20);
}

TEST(large_values_survive_every_cut)
{
    cut_everywhere(&LARGE, full() ? 2000 : 100, 20);
}

TEST(sealed_store_survives_every_cut)
{
    cut_everywhere(&SEALED, full() ? 2000 : 100, 20);
}

TEST(second_copies_survive_every_cut)
{
    cut_everywhere(&TWICE, full() ? 2000 : 100, 20);
}

TEST(store_that_keeps_old_versions_survives_every_cut)
{
    cut_everywhere(&KEEP, full() ? 2000 : 100, 20);
}

TEST(disturbed_sectors_survive_every_cut)
{
    cut_everywhere(&DISTURB, full() ? 2000 : 100, 20);
}

TEST(flash_programmed_once_survives_every_cut)
{
    cut_everywhere(&ONCE, full() ? 2000 : 100, 20);
}

TEST(coarse_sectors_survive_every_cut)
{
    cut_everywhere(&COARSE, full() ? 2000 : 60, 20);
}

TEST_MAIN(CASE(plain_survives_every_cut), CASE(tiny_region_survives_every_cut),
          CASE(large_values_survive_every_cut), CASE(sealed_store_survives_every_cut),
          CASE(second_copies_survive_every_cut),
          CASE(store_that_keeps_old_versions_survives_every_cut),
          CASE(disturbed_sectors_survive_every_cut), CASE(flash_programmed_once_survives_every_cut),
          CASE(coarse_sectors_survive_every_cut), CASE(device_that_reorders_survives_every_cut))
