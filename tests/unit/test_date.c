/* SPDX-License-Identifier: MIT */
#include "core/date.h"

#include "core/error.h"
#include "port/host/rfc3339.h"
#include "tests/unit/guard.h"
#include "tests/unit/test.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static struct assent_span text(const char *s)
{
    return assent_span(s, strlen(s));
}

static void check_written(void (*write)(struct assent_writer *w, uint64_t unix_s), uint64_t unix_s,
                          const char *expected)
{
    uint8_t room[40];
    struct assent_writer w = assent_writer(room, sizeof(room));

    write(&w, unix_s);
    CHECK_SPAN(assent_writer_span(&w), expected);
}

TEST(dates_are_written_in_both_forms)
{
    static const struct {
        uint64_t unix_s;
        const char *imf;
        const char *rfc3339;
    } rows[] = {
        {0, "Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00Z"},
        {86399, "Thu, 01 Jan 1970 23:59:59 GMT", "1970-01-01T23:59:59Z"},
        {784111777, "Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"},
        {951782400, "Tue, 29 Feb 2000 00:00:00 GMT", "2000-02-29T00:00:00Z"},
        {1709164800, "Thu, 29 Feb 2024 00:00:00 GMT", "2024-02-29T00:00:00Z"},
        {2147483648, "Tue, 19 Jan 2038 03:14:08 GMT", "2038-01-19T03:14:08Z"},
        {4107542400, "Mon, 01 Mar 2100 00:00:00 GMT", "2100-03-01T00:00:00Z"},
        {4294967296, "Sun, 07 Feb 2106 06:28:16 GMT", "2106-02-07T06:28:16Z"},
        {ASSENT_DATE_LAST_S, "Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59Z"},
        {ASSENT_DATE_LAST_S + 1, "Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59Z"},
        {UINT64_MAX, "Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59Z"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        check_written(assent_date_write_imf, rows[i].unix_s, rows[i].imf);
        check_written(assent_date_write_rfc3339, rows[i].unix_s, rows[i].rfc3339);
    }
}

/* Days are counted one by one by the rules of the calendar. */
TEST(every_day_from_1970_to_9999_goes_there_and_back)
{
    static const unsigned days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned year = 1970;
    unsigned month = 1;
    unsigned day = 1;

    for (uint64_t number = 0; year <= 9999; number++) {
        bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        uint64_t second = number * 86400 + number % 86400;
        uint8_t room[40];
        char date[16];
        struct assent_writer w = assent_writer(room, sizeof(room));
        uint64_t back = 1;

        assent_date_write_rfc3339(&w, second);
        snprintf(date, sizeof(date), "%04u-%02u-%02u", year, month, day);
        if (memcmp(room, date, 10) != 0 || !assent_rfc3339_parse(assent_writer_span(&w), &back) ||
            back != second) {
            CHECK_SPAN(assent_span(room, 10), date);
            CHECK_INT(back, second);
            return;
        }
        w = assent_writer(room, sizeof(room));
        assent_date_write_imf(&w, second);
        if (!assent_date_parse_cookie(assent_writer_span(&w), &back) || back != second) {
            CHECK_INT(back, second);
            return;
        }
        if (++day > days[month - 1] + (month == 2 && leap ? 1U : 0U)) {
            day = 1;
            year += month == 12 ? 1 : 0;
            month = month == 12 ? 1 : month + 1;
        }
    }
}

TEST(cookie_dates_are_read_as_browsers_read_them)
{
    static const struct {
        const char *text;
        int64_t unix_s; /* -1: no date */
    } rows[] = {
        {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
        {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
        {"Sun Nov  6 08:49:37 1994", 784111777},
        {"6 NOVember 1994 8:49:37", 784111777},
        {"1994 nov 6 08:49:37", 784111777},
        {"08:49:37 6 nov 94", 784111777},
        {"6 Nov 1994 08:49:37 +0500", 784111777},
        {"(6);Nov<>1994=\t08:49:37~", 784111777},
        {"6\"Nov\"1994\"08:49:37", 784111777},
        {"06th Nov 1994 08:49:37", 784111777},
        {"6 Nov 1994x 08:49:37pm", 784111777},
        {"6 novx 94 8:49:37", 784111777},
        {"6 nov 94 8:49:37:12", 784111777},
        {"6 nov 94 8:49:37 9:00:00 7 Dec 2000", 784111777},
        {"1 Jan 70 0:0:0", 0},
        {"1 Jan 1970 00:00:01", 1},
        {"1 Jan 0070 00:00:01", 1},
        {"31 Dec 1969 23:59:59", 0},
        {"1 Jan 1601 00:00:00", 0},
        {"1 Jan 69 00:00:00", 3124224000},
        {"1 Jan 0069 00:00:00", 3124224000},
        {"1 Jan 00 00:00:00", 946684800},
        {"1 Jan 99 00:00:00", 915148800},
        {"29 Feb 2000 00:00:00", 951782400},
        {"31 Dec 9999 23:59:59", 253402300799},
        {"", -1},
        {"GMT", -1},
        {"6 Nov 1994", -1},
        {"Nov 1994 08:49:37", -1},
        {"6 1994 08:49:37", -1},
        {"6 Nov 08:49:37", -1},
        {"6 Nov 1994 08:49", -1},
        {"6 Nov 1994 08:49:", -1},
        {"6 Nov 1994 08:49:377", -1},
        {"6 Nov 1994 008:49:37", -1},
        {"6 Nov 1994 08:049:37", -1},
        {"6 Nov 1994 08.49.37", -1},
        {"6 Nov 1994 24:00:00", -1},
        {"6 Nov 1994 08:60:37", -1},
        {"6 Nov 1994 08:49:60", -1},
        {"0 Nov 1994 08:49:37", -1},
        {"32 Oct 1994 08:49:37", -1},
        {"31 Nov 1994 08:49:37", -1},
        {"29 Feb 1900 08:49:37", -1},
        {"29 Feb 1994 08:49:37", -1},
        {"006 Nov 1994 08:49:37", -1},
        {"6 No 1994 08:49:37", -1},
        {"6 Nov 1600 08:49:37", -1},
        {"6 Nov 994 08:49:37", -1},
        {"6 Nov 19940 08:49:37", -1},
        {"6 Nov 4 08:49:37", -1},
        {"6\xC3\xA4Nov 1994 08:49:37", -1},
        {"1994-11-06T08:49:37Z", -1},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t len = strlen(rows[i].text);
        uint64_t unix_s = 42;
        bool ok =
            assent_date_parse_cookie(assent_span(guard_copy(text(rows[i].text)), len), &unix_s);

        CHECK_INT_ROW(rows[i].text, ok, rows[i].unix_s >= 0);
        CHECK_INT_ROW(rows[i].text, unix_s, rows[i].unix_s >= 0 ? rows[i].unix_s : 42);
    }
}

TEST(every_prefix_of_a_cookie_date_is_a_date_only_with_its_time)
{
    static const char date[] = "Sun, 06 Nov 1994 08:49:37 GMT";

    for (size_t len = 0; len < sizeof(date); len++) {
        uint64_t unix_s;
        bool ok =
            assent_date_parse_cookie(assent_span(guard_copy(assent_span(date, len)), len), &unix_s);

        CHECK_INT(ok, len >= strlen("Sun, 06 Nov 1994 08:49:3"));
    }
}

TEST(a_full_writer_is_reported)
{
    uint8_t room[28];
    struct assent_writer w = assent_writer(room, sizeof(room));

    assent_date_write_imf(&w, 0);
    CHECK_INT(assent_writer_result(&w), ASSENT_ERR_SPACE);
}

TEST_MAIN(CASE(dates_are_written_in_both_forms),
          CASE(every_day_from_1970_to_9999_goes_there_and_back),
          CASE(cookie_dates_are_read_as_browsers_read_them),
          CASE(every_prefix_of_a_cookie_date_is_a_date_only_with_its_time),
          CASE(a_full_writer_is_reported))
