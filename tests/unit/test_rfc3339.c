/* SPDX-License-Identifier: MIT */
#include "port/host/rfc3339.h"

#include "tests/unit/guard.h"
#include "tests/unit/test.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static struct assent_span text(const char *s)
{
    return assent_span(s, strlen(s));
}

TEST(only_the_exact_forms_of_rfc_3339_are_read)
{
    static const struct {
        const char *text;
        int64_t unix_s; /* -1: no date */
    } rows[] = {
        {"1970-01-01", 0},
        {"2024-02-29", 1709164800},
        {"1994-11-06T08:49:37Z", 784111777},
        {"9999-12-31T23:59:59Z", 253402300799},
        {"", -1},
        {"1969-12-31", -1},
        {"0000-01-01", -1},
        {"2023-02-29", -1},
        {"2024-00-01", -1},
        {"2024-13-01", -1},
        {"2024-01-00", -1},
        {"2024-01-32", -1},
        {"2024-1-01", -1},
        {"24-01-01", -1},
        {"20240101", -1},
        {"+2024-01-01", -1},
        {" 2024-01-01", -1},
        {"2024-01-01 ", -1},
        {"2024-01-01T", -1},
        {"2024-01-01T00:00Z", -1},
        {"2024-01-01T00:00:00", -1},
        {"2024-01-01T00:00:00z", -1},
        {"2024-01-01t00:00:00Z", -1},
        {"2024-01-01 00:00:00Z", -1},
        {"2024-01-01T00:00:00.5Z", -1},
        {"2024-01-01T00:00:00+00:00", -1},
        {"2024-01-01T24:00:00Z", -1},
        {"2024-01-01T23:60:00Z", -1},
        {"2024-01-01T23:59:60Z", -1},
        {"2024-01-01T23:59:59ZZ", -1},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t len = strlen(rows[i].text);
        uint64_t unix_s = 42;
        bool ok = assent_rfc3339_parse(assent_span(guard_copy(text(rows[i].text)), len), &unix_s);

        CHECK_INT_ROW(rows[i].text, ok, rows[i].unix_s >= 0);
        CHECK_INT_ROW(rows[i].text, unix_s, rows[i].unix_s >= 0 ? rows[i].unix_s : 42);
    }
}

TEST(every_prefix_of_rfc_3339_is_refused_but_the_date)
{
    static const char date[] = "1994-11-06T08:49:37Z";

    for (size_t len = 0; len < sizeof(date); len++) {
        uint64_t unix_s;
        bool ok =
            assent_rfc3339_parse(assent_span(guard_copy(assent_span(date, len)), len), &unix_s);

        CHECK_INT(ok, len == 10 || len == 20);
    }
}

TEST_MAIN(CASE(only_the_exact_forms_of_rfc_3339_are_read),
          CASE(every_prefix_of_rfc_3339_is_refused_but_the_date))
