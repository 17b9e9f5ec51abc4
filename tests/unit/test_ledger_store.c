/* SPDX-License-Identifier: MIT */
/* The ledger of a site in the store: what it learns, what it forgets, and what that costs. */
#include "tests/unit/test.h"

#include "storage/ledger_store.h"
#include "tests/unit/device.h"

#define DAY_S 86400

static struct device device;
static struct assent_ledger_store store;
static struct assent_ledger ledger;
static struct assent_clock clock_seam;

static struct assent_time clock_now(void *ctx)
{
    (void)ctx;
    return device.now;
}

static uint32_t clock_uptime(void *ctx)
{
    (void)ctx;
    return 0;
}

static void open_store(void)
{
    device_open(&device, 4096, 64, 0);
    clock_seam = (struct assent_clock){NULL, clock_now, clock_uptime};
    store = (struct assent_ledger_store){
        .kv = &device.kv, .crypto = &device.crypto, .clock = &clock_seam, .site = 3};
    ledger = assent_ledger_store(&store);
}

static struct assent_span text(const char *s)
{
    return assent_span(s, strlen(s));
}

static int learn(const char *name, const char *domain, const char *path)
{
    struct assent_ledger_tuple tuple = {text(name), text(domain), text(path), true, false};

    return ledger.learn(ledger.ctx, &tuple);
}

static int learn_number(unsigned number)
{
    char name[16];

    snprintf(name, sizeof(name), "n%u", number);
    return learn(name, "", "/");
}

static bool knows(const char *name)
{
    struct assent_ledger_tuple tuple;
    uint8_t buffer[ASSENT_LEDGER_TUPLE_BYTES];
    uint32_t cursor = 0;
    bool found = false;

    while (ledger.next(ledger.ctx, &cursor, buffer, &tuple) == ASSENT_OK) {
        found = found || assent_span_equal(tuple.name, text(name));
    }
    return found;
}

static unsigned count(void)
{
    struct assent_ledger_tuple tuple;
    uint8_t buffer[ASSENT_LEDGER_TUPLE_BYTES];
    uint32_t cursor = 0;
    unsigned n = 0;

    while (ledger.next(ledger.ctx, &cursor, buffer, &tuple) == ASSENT_OK) {
        n++;
    }
    return n;
}

TEST(a_tuple_comes_back_as_it_was_after_a_restart)
{
    struct assent_ledger_tuple tuple;
    uint8_t buffer[ASSENT_LEDGER_TUPLE_BYTES];
    uint32_t cursor = 0;

    open_store();
    CHECK_INT(learn("_ga", "Shop.Example", "/p/"), ASSENT_OK);
    CHECK_INT(device_start(&device), ASSENT_OK);
    CHECK_INT(ledger.next(ledger.ctx, &cursor, buffer, &tuple), ASSENT_OK);
    CHECK_SPAN(tuple.name, "_ga");
    CHECK_SPAN(tuple.domain, "shop.example");
    CHECK_SPAN(tuple.path, "/p/");
    CHECK(tuple.secure);
    CHECK(!tuple.partitioned);
    CHECK_INT(ledger.next(ledger.ctx, &cursor, buffer, &tuple), ASSENT_ERR_NOT_FOUND);
    device_close(&device);
}

TEST(a_known_tuple_costs_no_write)
{
    uint64_t before;

    open_store();
    CHECK_INT(learn("_ga", "", "/"), ASSENT_OK);
    before = device.sim.operation;
    for (unsigned i = 0; i < 100; i++) {
        CHECK_INT(learn("_ga", "", "/"), ASSENT_OK);
    }
    CHECK_INT(device.sim.operation, before);
    device.now.unix_s += 31 * DAY_S;
    CHECK_INT(learn("_ga", "", "/"), ASSENT_OK);
    CHECK(device.sim.operation > before); /* seen again after a month */
    before = device.sim.operation;
    CHECK_INT(learn("_ga", "", "/"), ASSENT_OK);
    CHECK_INT(device.sim.operation, before);
    CHECK_INT(count(), 1);
    device_close(&device);
}

TEST(tuples_differ_in_each_part)
{
    open_store();
    CHECK_INT(learn("a", "", "/"), ASSENT_OK);
    CHECK_INT(learn("b", "", "/"), ASSENT_OK);
    CHECK_INT(learn("a", "x.example", "/"), ASSENT_OK);
    CHECK_INT(learn("a", "", "/p"), ASSENT_OK);
    CHECK_INT(count(), 4);
    device_close(&device);
}

TEST(sites_do_not_see_each_other)
{
    open_store();
    CHECK_INT(learn("a", "", "/"), ASSENT_OK);
    store.site = 4;
    CHECK_INT(count(), 0);
    CHECK_INT(learn("b", "", "/"), ASSENT_OK);
    CHECK_INT(count(), 1);
    CHECK(knows("b"));
    device_close(&device);
}

TEST(invented_names_cannot_drive_out_what_is_in_use)
{
    uint64_t before;

    open_store();
    CHECK_INT(learn("real", "", "/"), ASSENT_OK);
    for (unsigned i = 1; i < ASSENT_LEDGER_TUPLES; i++) {
        CHECK_INT(learn_number(i), ASSENT_OK);
    }
    before = device.sim.operation;
    for (unsigned i = 1000; i < 1100; i++) {
        CHECK_INT(learn_number(i), ASSENT_ERR_FULL);
    }
    CHECK_INT(device.sim.operation, before);
    CHECK_INT(store.full_count, 100);
    CHECK(knows("real"));
    CHECK_INT(count(), ASSENT_LEDGER_TUPLES);
    device_close(&device);
}

TEST(what_was_long_not_seen_gives_up_its_place)
{
    open_store();
    CHECK_INT(learn("real", "", "/"), ASSENT_OK);
    for (unsigned i = 1; i < ASSENT_LEDGER_TUPLES; i++) {
        CHECK_INT(learn_number(i), ASSENT_OK);
    }
    device.now.unix_s += (ASSENT_LEDGER_DAYS + 1) * DAY_S;
    CHECK_INT(learn("real", "", "/"), ASSENT_OK);
    for (unsigned i = 1000; i < 1000 + ASSENT_LEDGER_TUPLES - 1; i++) {
        CHECK_INT(learn_number(i), ASSENT_OK);
    }
    CHECK_INT(learn_number(2000), ASSENT_ERR_FULL);
    CHECK(knows("real"));
    CHECK(!knows("n1"));
    CHECK_INT(count(), ASSENT_LEDGER_TUPLES);
    device_close(&device);
}

TEST(without_a_clock_nothing_ages)
{
    open_store();
    device.now.trust = ASSENT_CLOCK_NONE;
    for (unsigned i = 0; i < ASSENT_LEDGER_TUPLES; i++) {
        CHECK_INT(learn_number(i), ASSENT_OK);
    }
    device.now.unix_s += 1000 * DAY_S;
    CHECK_INT(learn_number(1000), ASSENT_ERR_FULL);
    device_close(&device);
}

TEST(too_long_a_tuple_is_not_learnt)
{
    char name[260];

    open_store();
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    CHECK_INT(learn(name, "", "/"), ASSENT_ERR_LIMIT);
    name[ASSENT_LEDGER_TUPLE_BYTES - 5] = '\0';
    CHECK_INT(learn(name, "", "/"), ASSENT_OK);
    CHECK(knows(name));
    device_close(&device);
}

TEST(forgetting_takes_the_name_out_of_the_flash)
{
    struct assent_ledger_tuple tuple = {ASSENT_SPAN("secret-name"), ASSENT_SPAN(""),
                                        ASSENT_SPAN("/"), true, false};

    open_store();
    CHECK_INT(ledger.learn(ledger.ctx, &tuple), ASSENT_OK);
    CHECK_INT(learn("other", "", "/"), ASSENT_OK);
    CHECK(flash_sim_contains(&device.sim, "secret-name", 11));
    CHECK_INT(assent_ledger_store_forget(&store, &tuple), ASSENT_OK);
    CHECK(!flash_sim_contains(&device.sim, "secret-name", 11));
    CHECK_INT(assent_ledger_store_forget(&store, &tuple), ASSENT_ERR_NOT_FOUND);
    CHECK_INT(assent_ledger_store_forget(&store, NULL), 0);
    CHECK_INT(count(), 0);
    CHECK_INT(learn("again", "", "/"), ASSENT_OK);
    CHECK_INT(count(), 1);
    device_close(&device);
}

TEST(a_walk_that_was_overtaken_ends)
{
    struct assent_ledger_tuple tuple;
    uint8_t buffer[ASSENT_LEDGER_TUPLE_BYTES];
    uint32_t a = 0;
    uint32_t b = 0;

    open_store();
    for (unsigned i = 0; i < 10; i++) {
        CHECK_INT(learn_number(i), ASSENT_OK);
    }
    CHECK_INT(ledger.next(ledger.ctx, &a, buffer, &tuple), ASSENT_OK);
    CHECK_INT(ledger.next(ledger.ctx, &a, buffer, &tuple), ASSENT_OK);
    CHECK_INT(ledger.next(ledger.ctx, &b, buffer, &tuple), ASSENT_OK);
    CHECK_INT(ledger.next(ledger.ctx, &a, buffer, &tuple), ASSENT_ERR_NOT_FOUND);
    device_close(&device);
}

TEST_MAIN(CASE(a_tuple_comes_back_as_it_was_after_a_restart), CASE(a_known_tuple_costs_no_write),
          CASE(tuples_differ_in_each_part), CASE(sites_do_not_see_each_other),
          CASE(invented_names_cannot_drive_out_what_is_in_use),
          CASE(what_was_long_not_seen_gives_up_its_place), CASE(without_a_clock_nothing_ages),
          CASE(too_long_a_tuple_is_not_learnt), CASE(forgetting_takes_the_name_out_of_the_flash),
          CASE(a_walk_that_was_overtaken_ends))
