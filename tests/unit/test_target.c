/* SPDX-License-Identifier: MIT */
#include "http/target.h"

#include "tests/unit/guard.h"
#include "tests/unit/test.h"

TEST(class_13_paths_have_one_reading_or_none)
{
    static const struct {
        const char *path;
        int result; /* or the error */
        const char *decoded;
    } rows[] = {
        {"/", 1, "/"},
        {"/a", 2, "/a"},
        {"/a/", 3, "/a/"},
        {"/a/b.html", 9, "/a/b.html"},
        {"/%61%2e%62", 4, "/a.b"},
        {"/a%20b", 4, "/a b"},
        {"/a;b=c", 6, "/a;b=c"},
        {"/%C3%A4", 3, "/\xC3\xA4"},
        {"/\xC3\xA4", 3, "/\xC3\xA4"},
        {"/...", 4, "/..."},
        {"/.a", 3, "/.a"},
        {"/a..b", 5, "/a..b"},
        {"/a+b", 4, "/a+b"},
        {"", ASSENT_ERR_SYNTAX, ""},
        {"a", ASSENT_ERR_SYNTAX, ""},
        {"*", ASSENT_ERR_SYNTAX, ""},
        {"%2f", ASSENT_ERR_SYNTAX, ""},
        {"/%", ASSENT_ERR_SYNTAX, ""},
        {"/%4", ASSENT_ERR_SYNTAX, ""},
        {"/%4g", ASSENT_ERR_SYNTAX, ""},
        {"/%g4", ASSENT_ERR_SYNTAX, ""},
        {"/%%41", ASSENT_ERR_SYNTAX, ""},
        {"/..", ASSENT_ERR_FORBIDDEN, ""},
        {"/../a", ASSENT_ERR_FORBIDDEN, ""},
        {"/a/..", ASSENT_ERR_FORBIDDEN, ""},
        {"/a/../b", ASSENT_ERR_FORBIDDEN, ""},
        {"/a/./b", ASSENT_ERR_FORBIDDEN, ""},
        {"/.", ASSENT_ERR_FORBIDDEN, ""},
        {"/%2e%2e/a", ASSENT_ERR_FORBIDDEN, ""},
        {"/%2E./a", ASSENT_ERR_FORBIDDEN, ""},
        {"/a%2fb", ASSENT_ERR_FORBIDDEN, ""},
        {"/..%2fa", ASSENT_ERR_FORBIDDEN, ""},
        {"/a%5cb", ASSENT_ERR_FORBIDDEN, ""},
        {"/a\\b", ASSENT_ERR_FORBIDDEN, ""},
        {"/a%00b", ASSENT_ERR_FORBIDDEN, ""},
        {"/a%0d%0ab", ASSENT_ERR_FORBIDDEN, ""},
        {"/a%7f", ASSENT_ERR_FORBIDDEN, ""},
        {"//", ASSENT_ERR_FORBIDDEN, ""},
        {"//a", ASSENT_ERR_FORBIDDEN, ""},
        {"/a//b", ASSENT_ERR_FORBIDDEN, ""},
        {"/%c0%ae%c0%ae/", ASSENT_ERR_SYNTAX, ""}, /* ".." in overlong UTF-8 */
        {"/%c0%af", ASSENT_ERR_SYNTAX, ""},        /* "/" in overlong UTF-8 */
        {"/%e0%80%af", ASSENT_ERR_SYNTAX, ""},
        {"/%ff", ASSENT_ERR_SYNTAX, ""},
        {"/%c3", ASSENT_ERR_SYNTAX, ""},
        {"/%252e%252e/", 8, "/%2e%2e/"}, /* decoded once */
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t len = strlen(rows[i].path);
        uint8_t out[64];
        uint8_t *copy = guard_copy(assent_span(rows[i].path, len));
        int result = assent_target_decode(assent_span(copy, len), out, sizeof(out));

        CHECK_INT_ROW(rows[i].path, result, rows[i].result);
        if (result > 0) {
            CHECK_SPAN_ROW(rows[i].path, assent_span(out, (size_t)result), rows[i].decoded);
            /* in place, and exactly as large as needed */
            CHECK_INT_ROW(rows[i].path,
                          assent_target_decode(assent_span(copy, len), out, (size_t)result),
                          result);
            CHECK_INT_ROW(rows[i].path,
                          assent_target_decode(assent_span(copy, len), out, (size_t)result - 1),
                          ASSENT_ERR_SPACE);
            CHECK_INT_ROW(rows[i].path, assent_target_decode(assent_span(copy, len), copy, len),
                          result);
            CHECK_SPAN_ROW(rows[i].path, assent_span(copy, (size_t)result), rows[i].decoded);
        }
    }
}

TEST(class_14_long_paths_do_no_harm)
{
    static uint8_t path[60000];
    static uint8_t out[60000];

    memset(path, '/', sizeof(path));
    CHECK_INT(assent_target_decode(assent_span(path, sizeof(path)), out, sizeof(out)),
              ASSENT_ERR_FORBIDDEN);
    memset(path + 1, '.', sizeof(path) - 1);
    CHECK_INT(assent_target_decode(assent_span(path, sizeof(path)), out, sizeof(out)),
              sizeof(path));
    CHECK_INT(assent_target_decode(assent_span(path, sizeof(path)), out, 8), ASSENT_ERR_SPACE);
}

TEST(class_24_only_paths_on_this_origin_are_local)
{
    static const struct {
        const char *text;
        bool local;
    } rows[] = {
        {"/", true},
        {"/a/b?c=d&e=%20", true},
        {"/a//b", true},
        {"/a?u=http://b/", true},
        {"", false},
        {"a", false},
        {"http://a/", false},
        {"//a", false},
        {"/\\a", false},
        {"/a\\b", false},
        {"\\/a", false},
        {"/a b", false},
        {"/a\r\nX: y", false},
        {"/\t/a", false},
        {"/a#b", false},
        {"/\"><script>", false},
        {"/\xC3\xA4", false},
        {" /a", false},
        {"javascript:alert(1)", false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CHECK_INT_ROW(rows[i].text,
                      assent_target_is_local(assent_span(rows[i].text, strlen(rows[i].text))),
                      rows[i].local);
    }
    CHECK(!assent_target_is_local(assent_span("/a\0b", 4)));
}

TEST(forms_are_split_into_pairs)
{
    struct assent_span form = ASSENT_SPAN("a=1&&b&=c&d=e=f&a=2&");
    struct assent_span name;
    struct assent_span value;

    CHECK(assent_target_form_next(&form, &name, &value));
    CHECK_SPAN(name, "a");
    CHECK_SPAN(value, "1");
    CHECK(assent_target_form_next(&form, &name, &value));
    CHECK_SPAN(name, "b");
    CHECK_SPAN(value, "");
    CHECK(assent_target_form_next(&form, &name, &value));
    CHECK_SPAN(name, "");
    CHECK_SPAN(value, "c");
    CHECK(assent_target_form_next(&form, &name, &value));
    CHECK_SPAN(name, "d");
    CHECK_SPAN(value, "e=f");
    CHECK(assent_target_form_next(&form, &name, &value));
    CHECK(!assent_target_form_next(&form, &name, &value));
    form = ASSENT_SPAN("a=1&aa=2&b&a=3");
    CHECK_INT(assent_target_form_find(form, ASSENT_SPAN("a"), &value), 2);
    CHECK_SPAN(value, "1");
    CHECK_INT(assent_target_form_find(form, ASSENT_SPAN("aa"), &value), 1);
    CHECK_INT(assent_target_form_find(form, ASSENT_SPAN("A"), &value), 0);
    CHECK_INT(assent_target_form_find(assent_span(NULL, 0), ASSENT_SPAN("a"), &value), 0);
}

TEST(class_16_form_values_are_decoded_without_reading_past_their_end)
{
    static const struct {
        const char *text;
        int result;
        const char *decoded;
    } rows[] = {
        {"", 0, ""},
        {"a+b", 3, "a b"},
        {"a%2Bb", 3, "a+b"},
        {"%C3%A4", 2, "\xC3\xA4"},
        {"%41", 1, "A"},
        {"a%0D%0Ab", 4, "a\r\nb"},
        {"%", ASSENT_ERR_SYNTAX, ""},
        {"%4", ASSENT_ERR_SYNTAX, ""},
        {"a%", ASSENT_ERR_SYNTAX, ""},
        {"a%4", ASSENT_ERR_SYNTAX, ""},
        {"%zz", ASSENT_ERR_SYNTAX, ""},
        {"%+1", ASSENT_ERR_SYNTAX, ""},
        {"%ff", ASSENT_ERR_SYNTAX, ""},
        {"%00", ASSENT_ERR_FORBIDDEN, ""},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t len = strlen(rows[i].text);
        uint8_t *copy = guard_copy(assent_span(rows[i].text, len));
        uint8_t out[16];
        int result = assent_target_form_decode(assent_span(copy, len), out, sizeof(out));

        CHECK_INT_ROW(rows[i].text, result, rows[i].result);
        if (result > 0) {
            CHECK_SPAN_ROW(rows[i].text, assent_span(out, (size_t)result), rows[i].decoded);
            CHECK_INT_ROW(
                rows[i].text,
                assent_target_form_decode(assent_span(copy, len), out, (size_t)result - 1),
                ASSENT_ERR_SPACE);
        }
    }
}

TEST_MAIN(CASE(class_13_paths_have_one_reading_or_none), CASE(class_14_long_paths_do_no_harm),
          CASE(class_24_only_paths_on_this_origin_are_local), CASE(forms_are_split_into_pairs),
          CASE(class_16_form_values_are_decoded_without_reading_past_their_end))
