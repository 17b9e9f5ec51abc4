/* SPDX-License-Identifier: MIT */
#include "core/span.h"

#include "tests/unit/test.h"

static struct assent_span text(const char *s)
{
    return assent_span(s, strlen(s));
}

TEST(literal_has_no_terminator)
{
    CHECK_INT(ASSENT_SPAN("").len, 0);
    CHECK_INT(ASSENT_SPAN("a\0b").len, 3);
    CHECK_SPAN(ASSENT_SPAN("abc"), "abc");
}

TEST(slice_is_clamped_to_the_span)
{
    static const struct {
        size_t from;
        size_t to;
        const char *expected;
    } rows[] = {
        {0, 5, "hello"},
        {0, 0, ""},
        {1, 3, "el"},
        {5, 5, ""},
        {3, 99, "lo"},
        {9, 99, ""},
        {0, SIZE_MAX, "hello"},
        {4, 2, ""},
        {SIZE_MAX, SIZE_MAX, ""},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CHECK_SPAN_ROW(rows[i].expected, assent_span_slice(text("hello"), rows[i].from, rows[i].to),
                       rows[i].expected);
    }
    CHECK(assent_span_slice(assent_span(NULL, 0), 0, 9).ptr == NULL);
}

TEST(comparisons)
{
    static const struct {
        const char *a;
        const char *b;
        bool equal;
        bool equal_nocase;
        bool starts; /* a starts with b */
        bool starts_nocase;
    } rows[] = {
        {"", "", true, true, true, true},
        {"a", "", false, false, true, true},
        {"", "a", false, false, false, false},
        {"cookie", "cookie", true, true, true, true},
        {"cookie", "Cookie", false, true, false, true},
        {"cookies", "cookie", false, false, true, true},
        {"COOKIES", "cookie", false, false, false, true},
        {"cookie", "cookies", false, false, false, false},
        {"cooKie", "cooXie", false, false, false, false},
        /* Only ASCII letters fold: neither '@' with '`', nor '[' with '{', nor Latin-1 letters. */
        {"@", "`", false, false, false, false},
        {"[", "{", false, false, false, false},
        {"\xC4", "\xE4", false, false, false, false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_span a = text(rows[i].a);
        struct assent_span b = text(rows[i].b);

        CHECK_INT_ROW(rows[i].a, assent_span_equal(a, b), rows[i].equal);
        CHECK_INT_ROW(rows[i].a, assent_span_equal_nocase(a, b), rows[i].equal_nocase);
        CHECK_INT_ROW(rows[i].a, assent_span_starts(a, b), rows[i].starts);
        CHECK_INT_ROW(rows[i].a, assent_span_starts_nocase(a, b), rows[i].starts_nocase);
    }
}

TEST(null_is_an_empty_span)
{
    struct assent_span none = assent_span(NULL, 0);

    CHECK(assent_span_equal(none, ASSENT_SPAN("")));
    CHECK(assent_span_equal_nocase(none, none));
    CHECK(assent_span_starts(ASSENT_SPAN("a"), none));
    CHECK(assent_span_starts_nocase(none, none));
    CHECK_INT(assent_span_trim(none).len, 0);
}

TEST(lower_changes_capital_letters_only)
{
    for (unsigned c = 0; c < 256; c++) {
        bool capital = c >= 'A' && c <= 'Z';

        CHECK_INT(assent_span_lower((uint8_t)c), capital ? c + 32 : c);
    }
}

TEST(trim_takes_spaces_and_tabs_off_both_ends)
{
    static const struct {
        const char *in;
        const char *out;
    } rows[] = {
        {"", ""},
        {" ", ""},
        {" \t ", ""},
        {"a", "a"},
        {" a\t", "a"},
        {"\t\ta b  ", "a b"},
        {"\r\n a", "\r\n a"},
        {"\v a \f", "\v a \f"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CHECK_SPAN_ROW(rows[i].in, assent_span_trim(text(rows[i].in)), rows[i].out);
    }
}

TEST_MAIN(CASE(literal_has_no_terminator), CASE(slice_is_clamped_to_the_span), CASE(comparisons),
          CASE(null_is_an_empty_span), CASE(lower_changes_capital_letters_only),
          CASE(trim_takes_spaces_and_tabs_off_both_ends))
