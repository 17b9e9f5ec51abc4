/* SPDX-License-Identifier: MIT */
#include "core/cookie.h"

#include <stdlib.h>

#include "tests/unit/cookie_model.h"
#include "tests/unit/guard.h"
#include "tests/unit/test.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static struct assent_span text(const char *s)
{
    return assent_span(s, strlen(s));
}

static bool keep_all(void *ctx, const struct assent_cookie *cookie)
{
    (void)cookie;
    (*(size_t *)ctx)++;
    return true;
}

/* Keep cookies whose name starts with a letter of ctx; "=" in it keeps nameless ones. */
static bool keep_letters(void *ctx, const struct assent_cookie *cookie)
{
    const char *letters = ctx;

    return strchr(letters, cookie->name.len > 0 ? cookie->name.ptr[0] : '=') != NULL;
}

TEST(lookups_that_others_get_wrong)
{
    for (size_t i = 0; i < COOKIE_MODEL_ROWS; i++) {
        const struct cookie_model_row *row = &cookie_model_rows[i];
        struct assent_span value;
        bool found = assent_cookie_find(text(row->field), text(row->name), &value);

        CHECK_INT_ROW(row->field, found, row->value != NULL);
        if (found && row->value != NULL) {
            CHECK_SPAN_ROW(row->field, value, row->value);
        }
    }
}

TEST(pairs_are_split_at_semicolon_and_first_equal_sign)
{
    static const struct {
        const char *field;
        const char *pairs; /* name '|' value, each in brackets */
    } rows[] = {
        {"", ""},
        {" \t ", ""},
        {";", ""},
        {" ; ;;\t", ""},
        {"=", ""},
        {" = ; a=1", "[a|1]"},
        {"a=1", "[a|1]"},
        {"a=1; b=2", "[a|1][b|2]"},
        {"a=1;b=2;", "[a|1][b|2]"},
        {";;a=1;;;b=2", "[a|1][b|2]"},
        {"  a  =  1  ;\tb\t=\t2\t", "[a|1][b|2]"},
        {"a=", "[a|]"},
        {"a= ; b=1", "[a|][b|1]"},
        {"a==b=", "[a|=b=]"},
        {"=v", "[|v]"},
        {" = v ", "[|v]"},
        {"==v", "[|=v]"},
        {"flag", "[|flag]"},
        {" flag ; a=1", "[|flag][a|1]"},
        {"a=\"x; y\"", "[a|\"x][|y\"]"},
        {"a=1, b=2", "[a|1, b=2]"},
        {"A=1; a=2; A=3", "[A|1][a|2][A|3]"},
        {"a b=c d", "[a b|c d]"},
        {"\xC3\xA4=\xFF\xFE", "[\xC3\xA4|\xFF\xFE]"},
        {"$Version=1; a=1; $Path=/", "[$Version|1][a|1][$Path|/]"},
        {"foo[bar]={\"k\":1}", "[foo[bar]|{\"k\":1}]"},
        {"abcdefg=1;abcdefgh=2;abcdefghi=3", "[abcdefg|1][abcdefgh|2][abcdefghi|3]"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct assent_span rest = text(rows[i].field);
        struct assent_cookie cookie;
        char pairs[200] = "";
        size_t len = 0;

        while (assent_cookie_next(&rest, &cookie)) {
            len += (size_t)snprintf(pairs + len, sizeof(pairs) - len, "[%.*s|%.*s]",
                                    (int)cookie.name.len, (const char *)cookie.name.ptr,
                                    (int)cookie.value.len, (const char *)cookie.value.ptr);
        }
        CHECK_SPAN_ROW(rows[i].field, text(pairs), rows[i].pairs);
        CHECK_INT_ROW(rows[i].field, rest.len, 0);
    }
}

TEST(an_empty_span_without_memory_holds_nothing)
{
    struct assent_span rest = {NULL, 0};
    struct assent_cookie cookie;

    CHECK(!assent_cookie_next(&rest, &cookie));
    CHECK(!assent_cookie_has_control(rest));
    CHECK_INT(assent_cookie_filter(NULL, 0, keep_letters, NULL), 0);
}

TEST(raw_is_the_pair_as_it_stands)
{
    struct assent_span rest = ASSENT_SPAN(" a = 1 ;= x ");
    struct assent_cookie cookie;

    CHECK(assent_cookie_next(&rest, &cookie));
    CHECK_SPAN(cookie.raw, "a = 1");
    CHECK_SPAN(rest, "= x ");
    CHECK(assent_cookie_next(&rest, &cookie));
    CHECK_SPAN(cookie.raw, "= x");
}

TEST(filter_keeps_wanted_pairs_in_order)
{
    static const struct {
        const char *field;
        const char *letters;
        const char *result;
    } rows[] = {
        {"a=1; b=2; c=3", "abc", "a=1; b=2; c=3"},
        {"a=1; b=2; c=3", "ac", "a=1; c=3"},
        {"a=1; b=2; c=3", "b", "b=2"},
        {"a=1; b=2; c=3", "c", "c=3"},
        {"a=1; b=2; c=3", "", ""},
        {"a=1;b=2;c=3", "abc", "a=1;b=2;c=3"},
        {"a=1;b=2;c=3", "ac", "a=1; c=3"},
        {"b=2;a=1;c=3", "ac", "a=1; c=3"},
        {"a=1;;b=2", "ab", "a=1; b=2"},
        {"a=1 ;b=2", "ab", "a=1; b=2"},
        {"a=1;\tb=2", "ab", "a=1; b=2"},
        {"; a=1; b=2 ;", "ab", "a=1; b=2"},
        {" a = 1 ; b=2", "ab", "a=1; b=2"},
        {"a= 1", "a", "a=1"},
        {"a =1;b =2", "ab", "a=1; b=2"},
        {"flag; a=1; =x; = y", "=", "flag; =x; =y"},
        {"flag; a=1", "a", "a=1"},
        {"a=1; a=2; A=3; a=4", "a", "a=1; a=2; a=4"},
        {"a=\x01; b=2", "ab", "b=2"},
        {"a\x7F=1; b=2", "ab", "b=2"},
        {"a=1; b=2\r\nEvil: 1", "ab", "a=1"},
        {"a=1\t2; b=\x1F", "ab", "a=1\t2"},
        {"a=\"x; b=\"; c=3", "ac", "a=\"x; c=3"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        char letters[8];
        size_t len = strlen(rows[i].field);
        uint8_t *field = guard_copy(text(rows[i].field));

        snprintf(letters, sizeof(letters), "%s", rows[i].letters);
        len = assent_cookie_filter(field, len, keep_letters, letters);
        CHECK_SPAN_ROW(rows[i].field, assent_span(field, len), rows[i].result);
    }
}

TEST(filter_drops_a_nul_byte)
{
    uint8_t field[] = "a=1\0002; b=2";
    size_t asked = 0;
    size_t len = assent_cookie_filter(field, sizeof(field) - 1, keep_all, &asked);

    CHECK_SPAN(assent_span(field, len), "b=2");
    CHECK_INT(asked, 1);
}

TEST(filter_touches_nothing_in_a_clean_field)
{
    struct assent_span field = ASSENT_SPAN("a=1; bb=22; flag; ccc=333; d=; =x");
    size_t asked = 0;
    uint8_t *copy = guard_copy_read_only(field);

    CHECK_INT(assent_cookie_filter(copy, field.len, keep_all, &asked), field.len);
    CHECK_INT(asked, 6);
}

TEST(filter_drops_pairs_over_the_limit)
{
    static uint8_t field[3 + ASSENT_COOKIE_PAIR_BYTES + 8];

    for (size_t over = 0; over < 2; over++) {
        size_t pair = ASSENT_COOKIE_PAIR_BYTES + 1 + over; /* and the '=' */
        size_t asked = 0;
        size_t len;

        memset(field, 'v', sizeof(field));
        memcpy(field, "name=", 5);
        memcpy(field + pair, "; z=1", 5);
        len = assent_cookie_filter(field, pair + 5, keep_all, &asked);
        CHECK_INT(len, over ? 3 : pair + 5);
        CHECK_INT(asked, over ? 1 : 2);
    }
}

static uint32_t random_state = 1;

static uint32_t random_below(uint32_t limit)
{
    random_state = random_state * 1664525U + 1013904223U;
    return (random_state >> 8) % limit;
}

static void check_against_model(struct assent_span field, const char *row)
{
    const uint8_t *copy = guard_copy(field);
    struct assent_span rest = assent_span(copy, field.len);
    struct assent_span model_rest = field;
    struct assent_cookie cookie;
    struct assent_cookie model;
    bool control;

    while (cookie_model_next(&model_rest, &model, &control)) {
        CHECK_ROW(row, assent_cookie_next(&rest, &cookie));
        CHECK_INT_ROW(row, cookie.raw.ptr - copy, model.raw.ptr - field.ptr);
        CHECK_ROW(row, assent_span_equal(cookie.raw, model.raw));
        CHECK_ROW(row, assent_span_equal(cookie.name, model.name));
        CHECK_ROW(row, assent_span_equal(cookie.value, model.value));
    }
    CHECK_ROW(row, !assent_cookie_next(&rest, &cookie));
}

static void check_filter_against_model(struct assent_span field, const char *row)
{
    char letters[] = "a=";
    uint8_t expected[64];
    size_t expected_len = cookie_model_filter(field, expected, keep_letters, letters);
    uint8_t *copy = guard_copy(field);
    size_t len = assent_cookie_filter(copy, field.len, keep_letters, letters);

    CHECK_INT_ROW(row, len, expected_len);
    CHECK_ROW(row, len <= field.len && memcmp(copy, expected, len) == 0);
}

TEST(random_fields_agree_with_the_model_and_are_not_read_beyond)
{
    static const char alphabet[] = "aab=;;; =\t\x01\x7F\x80\xFF,\"";

    for (int round = 0; round < 200000; round++) {
        uint8_t field[40];
        char row[48];
        size_t len = random_below(sizeof(field));

        for (size_t i = 0; i < len; i++) {
            field[i] = (uint8_t)alphabet[random_below(sizeof(alphabet))];
        }
        snprintf(row, sizeof(row), "%.*s", (int)len, (const char *)field);
        check_against_model(assent_span(field, len), row);
        check_filter_against_model(assent_span(field, len), row);
    }
}

TEST(every_prefix_agrees_with_the_model)
{
    static const char field[] =
        "_ga=GA1.2.1; sid=\"x,y\" ;flag;; a==\xC3\xA4\tb; =n; long_name_here= v ";

    for (size_t len = 0; len < sizeof(field); len++) {
        check_against_model(assent_span(field, len), field);
        check_filter_against_model(assent_span(field, len < 64 ? len : 64), field);
    }
}

/* Each of these would take minutes if any byte were looked at once per pair. */
TEST(hostile_fields_take_linear_time)
{
    enum { BYTES = 1 << 24 };
    static const char *const patterns[] = {";",
                                           ";a=",
                                           "a;",
                                           "=",
                                           "a= ",
                                           "\t",
                                           " ",
                                           "a=1; ",
                                           "\x01",
                                           "not so short a name;",
                                           "a=not so short a value; "};
    uint8_t *field = malloc(BYTES);
    char letters[] = "a=";

    CHECK(field != NULL);
    for (size_t i = 0; field != NULL && i < COUNT(patterns); i++) {
        size_t step = strlen(patterns[i]);

        for (size_t at = 0; at < BYTES; at++) {
            field[at] = (uint8_t)patterns[i][at % step];
        }
        CHECK_ROW(patterns[i], assent_cookie_filter(field, BYTES, keep_letters, letters) <= BYTES);
    }
    free(field);
}

TEST(prefixes_are_known_in_any_case)
{
    static const struct {
        const char *name;
        enum assent_cookie_prefix prefix;
    } rows[] = {
        {"__Host-a", ASSENT_COOKIE_PREFIX_HOST},
        {"__Host-", ASSENT_COOKIE_PREFIX_HOST},
        {"__hOsT-a", ASSENT_COOKIE_PREFIX_HOST},
        {"__Secure-a", ASSENT_COOKIE_PREFIX_SECURE},
        {"__SECURE-", ASSENT_COOKIE_PREFIX_SECURE},
        {"__Http-a", ASSENT_COOKIE_PREFIX_HTTP},
        {"__Host-Http-a", ASSENT_COOKIE_PREFIX_HOST_HTTP},
        {"__host-http-", ASSENT_COOKIE_PREFIX_HOST_HTTP},
        {"__Host-Http", ASSENT_COOKIE_PREFIX_HOST},
        {"__Host", ASSENT_COOKIE_PREFIX_NONE},
        {"__Secure", ASSENT_COOKIE_PREFIX_NONE},
        {"_Host-a", ASSENT_COOKIE_PREFIX_NONE},
        {"a__Host-", ASSENT_COOKIE_PREFIX_NONE},
        {"__Hostess-a", ASSENT_COOKIE_PREFIX_NONE},
        {"__", ASSENT_COOKIE_PREFIX_NONE},
        {"", ASSENT_COOKIE_PREFIX_NONE},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        CHECK_INT_ROW(rows[i].name, assent_cookie_prefix(text(rows[i].name)), rows[i].prefix);
    }
}

TEST(every_control_character_but_tab_is_found_at_every_offset)
{
    for (unsigned byte = 0; byte < 256; byte++) {
        bool control = (byte < 0x20 && byte != '\t') || byte == 0x7F;

        for (size_t at = 0; at < 20; at++) {
            uint8_t field[20];

            memset(field, at % 2 ? ';' : 0xFF, sizeof(field));
            field[at] = (uint8_t)byte;
            CHECK_INT(
                assent_cookie_has_control(assent_span(guard_copy(assent_span(field, 20)), 20)),
                control);
        }
    }
}

TEST_MAIN(CASE(lookups_that_others_get_wrong),
          CASE(pairs_are_split_at_semicolon_and_first_equal_sign),
          CASE(an_empty_span_without_memory_holds_nothing), CASE(raw_is_the_pair_as_it_stands),
          CASE(filter_keeps_wanted_pairs_in_order), CASE(filter_drops_a_nul_byte),
          CASE(filter_touches_nothing_in_a_clean_field), CASE(filter_drops_pairs_over_the_limit),
          CASE(random_fields_agree_with_the_model_and_are_not_read_beyond),
          CASE(every_prefix_agrees_with_the_model), CASE(hostile_fields_take_linear_time),
          CASE(prefixes_are_known_in_any_case),
          CASE(every_control_character_but_tab_is_found_at_every_offset))
