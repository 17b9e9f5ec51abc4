/* SPDX-License-Identifier: MIT */
/* One unsteady bit: the power fails at the end of a flash operation, and one of the bits that it
 * programmed reads differently each time. Every bit of every operation of a put, a batch and a removal
 * is tried. Whatever the first mount has shown, every later one shows (KV-5), and it is the state before
 * the change or after it (KV-2, KV-4). Prints the bits tried. */
#include <stdio.h>
#include <string.h>

#include "tests/power/power.h"
#include "tests/unit/test.h"

static struct power_world world;
static struct power_world before;
static struct power_world after;
static struct power_world trial;

/* Mount several times with this bit unsteady. */
static bool is_one_state(const struct power_op *op, uint32_t at, uint8_t bit, const char *where)
{
    power_copy(&trial, &world); /* the model of what was acknowledged */
    flash_sim_copy(&trial.sim, &after.sim);
    trial.sim.marginal[at] = bit;
    trial.sim.any_marginal = true;
    trial.cuts++;
    if (!power_check(&trial, op, where)) {
        return false;
    }
    for (unsigned i = 0; i < 4; i++) {
        if (!power_compare(&trial, NULL, where) || !power_check(&trial, NULL, where)) {
            return false;
        }
    }
    return true;
}

static struct power_world cut;

/* Flash that is programmed once cannot make the bit firm: the mount writes the newest record again. Here the
 * power fails in that as well; then the log goes on, so that what was not firm lies in an old sector. */
static void stays_when_the_log_goes_on(const struct power_op *op, uint32_t at, uint8_t bit,
                                       const char *where)
{
    static const uint8_t filler[3000];

    for (uint64_t n = 1; n < 4 && cut.findings < 20; n++) {
        power_copy(&cut, &world);
        flash_sim_copy(&cut.sim, &after.sim);
        cut.sim.marginal[at] = bit;
        cut.sim.any_marginal = true;
        cut.cuts++;
        flash_sim_cut(&cut.sim, n, n % 2 == 0 ? FLASH_SIM_CUT_BEFORE : FLASH_SIM_CUT_AFTER);
        (void)assent_kv_mount(&cut.kv, &cut.config);
        flash_sim_power_on(&cut.sim);
        (void)power_check(&cut, op, where);
        for (unsigned i = 0; i < 4; i++) {
            CHECK_INT(assent_kv_put(&cut.kv, POWER_SPACE + 1, ASSENT_SPAN("filler"),
                                    assent_span(filler, sizeof(filler))),
                      ASSENT_OK);
        }
        for (unsigned i = 0; i < 4; i++) {
            (void)power_check(&cut, NULL, where);
        }
    }
}

/* Each operation of one change, each bit that it programs. */
static void try_change(const struct power_op *op, const char *what)
{
    char where[80];

    for (uint64_t n = 1;; n++) {
        uint64_t start = world.sim.operation;

        power_copy(&before, &world);
        flash_sim_cut(&before.sim, n, FLASH_SIM_CUT_BEFORE);
        (void)power_apply(&before, op);
        if (!before.sim.dead) {
            return; /* the change has fewer */
        }
        power_copy(&after, &world);
        flash_sim_cut(&after.sim, n, FLASH_SIM_CUT_AFTER);
        (void)power_apply(&after, op);
        CHECK_INT(after.sim.operation - start, n);
        flash_sim_power_on(&after.sim);
        for (uint32_t at = 0; at < world.sim.size_bytes; at++) {
            uint8_t programmed = (uint8_t)(before.sim.bytes[at] & ~after.sim.bytes[at]);

            for (uint8_t bit = 0x80; bit != 0 && trial.findings < 50; bit >>= 1) {
                if ((programmed & bit) != 0) {
                    (void)snprintf(where, sizeof(where), "%s operation %u byte %u bit %u", what,
                                   (unsigned)n, (unsigned)at, bit);
                    (void)is_one_state(op, at, bit, where);
                    if (!world.kv.again && at % 4 == 0 && bit == 1U << (at / 4 + n) % 8) {
                        stays_when_the_log_goes_on(op, at, bit, where);
                    }
                }
            }
        }
    }
}

static void change(const struct power_op *op)
{
    CHECK_INT(power_apply(&world, op), ASSENT_OK);
    power_accept(&world, op);
}

/* Fill the sector up to where the members of the batch still fit and its COMMIT does not. */
static void fill_up_to_commit(const struct power_op *batch)
{
    for (unsigned i = 0; i < 2000; i++) {
        struct power_op filler = {.count = 1, .key = {8 + i % 10}, .version = {100 + i}};

        power_copy(&after, &world);
        CHECK_INT(power_apply(&after, batch), ASSENT_OK);
        if (after.kv.head_seq != world.kv.head_seq && after.kv.head_off == 32 + 16) {
            return;
        }
        change(&filler);
    }
    CHECK(false);
}

static void try_setting(const struct power_setting *setting)
{
    static const struct power_op first = {.count = 2, .key = {1, 2}, .version = {1, 2}};
    static const struct power_op put = {.count = 1, .key = {1}, .version = {5}};
    static const struct power_op batch = {.count = 3, .key = {1, 2, 3}, .version = {6, 0, 7}};
    static const struct power_op removal = {.count = 1, .key = {2}, .version = {0}};

    power_open(&world, setting);
    power_open(&before, setting);
    power_open(&after, setting);
    power_open(&trial, setting);
    power_open(&cut, setting);
    world.next_version = 20;
    change(&first);
    try_change(&put, "put");
    try_change(&batch, "batch");
    try_change(&removal, "removal");
    if (!world.kv.again) {
        fill_up_to_commit(&batch);
        try_change(&batch, "COMMIT in the next sector");
    }
    CHECK_INT(cut.findings, 0);
    printf("%-10s %6lu unsteady bits\n", setting->name, (unsigned long)trial.cuts);
    CHECK_INT(trial.findings, 0);
    CHECK(trial.cuts > 500);
    power_close(&world);
    power_close(&before);
    power_close(&after);
    power_close(&trial);
    power_close(&cut);
}

#define SETTING(name, options, flags, unit, sealed, twice)                                         \
    {                                                                                              \
        name, 4096, 8, 20, 48, options, flags, unit, sealed, twice, 61, false                      \
    }

TEST(what_one_mount_has_shown_every_later_one_shows)
{
    static const struct power_setting settings[] = {
        SETTING("plain", 0, 0, 0, false, false),
        SETTING("sealed", 0, 0, 0, true, false),
        SETTING("twice", 0, 0, 0, false, true),
        SETTING("keep-old", ASSENT_KV_KEEP_OLD, 0, 0, false, false),
        SETTING("disturb", 0, ASSENT_FLASH_DISTURB, 0, false, false),
        SETTING("once", 0, ASSENT_FLASH_ONCE, 8, false, false),
        SETTING("once twice", 0, ASSENT_FLASH_ONCE, 8, false, true),
        SETTING("once dist.", 0, ASSENT_FLASH_ONCE | ASSENT_FLASH_DISTURB, 8, false, false),
    };

    for (unsigned i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        try_setting(&settings[i]);
    }
}

TEST_MAIN(CASE(what_one_mount_has_shown_every_later_one_shows))
