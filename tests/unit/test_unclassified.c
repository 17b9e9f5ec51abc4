/* SPDX-License-Identifier: MIT */
#include "tests/unit/test.h"

#include "http/unclassified.h"

static struct assent_unclassified table;
static const struct assent_time now = {1800000000, ASSENT_CLOCK_SET};

static void open_table(void)
{
    memset(&table, 0, sizeof(table));
}

static void note(const char *name, bool set)
{
    assent_unclassified_note(&table, 1, assent_span(name, strlen(name)), set, now);
}

/* The entry of a name; NULL if there is none. */
static const struct assent_unclassified_cookie *find(const char *name)
{
    for (unsigned i = 0; i < table.count; i++) {
        if (assent_span_equal(assent_span(table.cookie[i].name, table.cookie[i].name_len),
                              assent_span(name, strlen(name)))) {
            return &table.cookie[i];
        }
    }
    return NULL;
}

TEST(a_name_is_counted_with_its_times)
{
    struct assent_time later = {1800000100, ASSENT_CLOCK_SET};

    open_table();
    note("a", false);
    assent_unclassified_note(&table, 1, ASSENT_SPAN("a"), true, later);
    assent_unclassified_note(&table, 2, ASSENT_SPAN("a"), true, later);
    CHECK_INT(table.count, 2);
    CHECK_INT(table.cookie[0].count, 2);
    CHECK_INT(table.cookie[0].first_s, 1800000000);
    CHECK_INT(table.cookie[0].last_s, 1800000100);
    CHECK(table.cookie[0].set);
    CHECK_INT(table.cookie[1].site, 2);
}

TEST(without_a_clock_there_is_no_time)
{
    struct assent_time never = {5, ASSENT_CLOCK_NONE};

    open_table();
    assent_unclassified_note(&table, 1, ASSENT_SPAN("a"), true, never);
    CHECK_INT(table.cookie[0].first_s, 0);
    CHECK_INT(table.cookie[0].last_s, 0);
}

TEST(long_names_are_cut_and_not_mixed_up_with_short_ones)
{
    char name[ASSENT_UNCLASSIFIED_NAME_BYTES + 2];

    open_table();
    memset(name, 'x', sizeof(name));
    assent_unclassified_note(&table, 1, assent_span(name, sizeof(name) - 2), true, now);
    assent_unclassified_note(&table, 1, assent_span(name, sizeof(name) - 1), true, now);
    assent_unclassified_note(&table, 1, assent_span(name, sizeof(name)), true, now);
    CHECK_INT(table.count, 2);
    CHECK(!table.cookie[0].cut && table.cookie[1].cut);
    CHECK_INT(table.cookie[1].count, 2);
}

TEST(names_that_only_browsers_sent_make_room_first)
{
    char name[8];

    open_table();
    note("application", true);
    for (unsigned i = 0; i < 3 * ASSENT_UNCLASSIFIED; i++) {
        (void)snprintf(name, sizeof(name), "b%u", i);
        note(name, false);
    }
    CHECK_INT(table.count, ASSENT_UNCLASSIFIED);
    CHECK(find("application") != NULL);
    CHECK(find("b0") == NULL);
    CHECK(find(name) != NULL);
    CHECK_INT(table.dropped_count, 2 * ASSENT_UNCLASSIFIED + 1);
    for (unsigned i = 0; i < ASSENT_UNCLASSIFIED; i++) {
        (void)snprintf(name, sizeof(name), "a%u", i);
        note(name, true);
    }
    CHECK(find("application") == NULL); /* longest not met among equals */
    note("browser", false);
    CHECK(find("browser") == NULL);
    CHECK(find(name) != NULL);
}

TEST(a_new_policy_starts_its_site_anew)
{
    open_table();
    note("a", true);
    assent_unclassified_note(&table, 2, ASSENT_SPAN("b"), true, now);
    note("c", true);
    assent_unclassified_forget(&table, 1);
    CHECK_INT(table.count, 1);
    CHECK(find("b") != NULL);
}

TEST_MAIN(CASE(a_name_is_counted_with_its_times), CASE(without_a_clock_there_is_no_time),
          CASE(long_names_are_cut_and_not_mixed_up_with_short_ones),
          CASE(names_that_only_browsers_sent_make_room_first),
          CASE(a_new_policy_starts_its_site_anew))
