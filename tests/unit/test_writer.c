/* SPDX-License-Identifier: MIT */
#include "core/writer.h"

#include "core/error.h"
#include "tests/unit/test.h"

static struct assent_span text(const char *s)
{
    return assent_span(s, strlen(s));
}

TEST(writes_follow_each_other)
{
    uint8_t out[32];
    struct assent_writer w = assent_writer(out, sizeof(out));

    assent_writer_put(&w, ASSENT_SPAN("a\0b"));
    assent_writer_byte(&w, '-');
    assent_writer_text(&w, "cd");
    assent_writer_put(&w, assent_span(NULL, 0));
    CHECK_INT(assent_writer_result(&w), 6);
    CHECK(memcmp(out, "a\0b-cd", 6) == 0);
    CHECK_INT(assent_writer_span(&w).len, 6);
    CHECK(assent_writer_span(&w).ptr == out);
}

TEST(output_may_fill_its_buffer_but_not_exceed_it)
{
    uint8_t out[5] = {0, 0, 0, 0, 0xEE};
    struct assent_writer w = assent_writer(out, 4);

    assent_writer_text(&w, "abcd");
    CHECK_INT(assent_writer_result(&w), 4);
    assent_writer_byte(&w, 'e');
    CHECK_INT(assent_writer_result(&w), ASSENT_ERR_SPACE);
    CHECK_INT(out[4], 0xEE);
}

TEST(nothing_is_written_after_an_overflow)
{
    uint8_t out[4] = {0};
    struct assent_writer w = assent_writer(out, sizeof(out));

    assent_writer_text(&w, "abc");
    assent_writer_text(&w, "too long");
    assent_writer_byte(&w, 'd'); /* would fit */
    assent_writer_decimal(&w, 1);
    assent_writer_hex(&w, ASSENT_SPAN("x"));
    assent_writer_base64url(&w, ASSENT_SPAN("x"));
    assent_writer_json(&w, ASSENT_SPAN("x"));
    CHECK_INT(assent_writer_result(&w), ASSENT_ERR_SPACE);
    CHECK_SPAN(assent_writer_span(&w), "abc");
    CHECK_INT(out[3], 0);
}

TEST(first_error_stays)
{
    uint8_t out[4];
    struct assent_writer w = assent_writer(out, sizeof(out));

    assent_writer_fail(&w, ASSENT_ERR_RANGE);
    assent_writer_fail(&w, ASSENT_ERR_SYNTAX);
    assent_writer_text(&w, "much too long");
    CHECK_INT(assent_writer_result(&w), ASSENT_ERR_RANGE);
    CHECK_INT(w.len, 0);
}

TEST(empty_buffer_takes_empty_output)
{
    struct assent_writer w = assent_writer(NULL, 0);

    assent_writer_text(&w, "");
    assent_writer_hex(&w, assent_span(NULL, 0));
    CHECK_INT(assent_writer_result(&w), 0);
    assent_writer_byte(&w, 'a');
    CHECK_INT(assent_writer_result(&w), ASSENT_ERR_SPACE);
}

TEST(numbers)
{
    static const struct {
        uint64_t value;
        unsigned digits; /* 0: decimal */
        const char *expected;
    } rows[] = {
        {0, 0, "0"},
        {7, 0, "7"},
        {10, 0, "10"},
        {UINT64_MAX, 0, "18446744073709551615"},
        {0, 1, "0"},
        {5, 2, "05"},
        {123, 2, "123"},
        {2026, 4, "2026"},
        {1, 20, "00000000000000000001"},
        {1, 99, "00000000000000000001"}, /* out of range: 20 is the most */
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t out[32];
        struct assent_writer w = assent_writer(out, sizeof(out));

        if (rows[i].digits == 0) {
            assent_writer_decimal(&w, rows[i].value);
        } else {
            assent_writer_padded(&w, rows[i].value, rows[i].digits);
        }
        CHECK_SPAN_ROW(rows[i].expected, assent_writer_span(&w), rows[i].expected);
    }
}

TEST(hex_is_lower_case)
{
    uint8_t out[16];
    struct assent_writer w = assent_writer(out, sizeof(out));

    assent_writer_hex(&w, assent_span("\x00\x0F\xF0\xAB\xFF", 5));
    CHECK_SPAN(assent_writer_span(&w), "000ff0abff");
}

/* RFC 4648 s. 10, with the letters of s. 5 and no padding. */
static const struct {
    struct {
        const char *ptr;
        size_t len;
    } bytes;
    const char *base64url;
} vectors[] = {
    {{"", 0}, ""},
    {{"f", 1}, "Zg"},
    {{"fo", 2}, "Zm8"},
    {{"foo", 3}, "Zm9v"},
    {{"foob", 4}, "Zm9vYg"},
    {{"fooba", 5}, "Zm9vYmE"},
    {{"foobar", 6}, "Zm9vYmFy"},
    {{"\xFB\xEF\xBE", 3}, "----"},
    {{"\xFF\xFF\xFF", 3}, "____"},
    {{"\x00\x00", 2}, "AAA"},
};

TEST(base64url_both_ways)
{
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        const char *row = vectors[i].base64url;
        struct assent_span bytes = assent_span(vectors[i].bytes.ptr, vectors[i].bytes.len);
        uint8_t out[16];
        uint8_t back[16];
        struct assent_writer w = assent_writer(out, sizeof(out));
        int len = assent_writer_decode_base64url(text(row), back, sizeof(back));

        assent_writer_base64url(&w, bytes);
        CHECK_SPAN_ROW(row, assent_writer_span(&w), row);
        CHECK_INT_ROW(row, len, bytes.len);
        CHECK_ROW(row, memcmp(back, vectors[i].bytes.ptr, bytes.len) == 0);
    }
}

TEST(base64url_returns_every_byte_string)
{
    uint8_t in[48];
    uint8_t out[64];
    uint8_t back[48];

    for (size_t i = 0; i < sizeof(in); i++) {
        in[i] = (uint8_t)(i * 89 + 3);
    }
    for (size_t len = 0; len <= sizeof(in); len++) {
        struct assent_writer w = assent_writer(out, sizeof(out));

        assent_writer_base64url(&w, assent_span(in, len));
        CHECK_INT(assent_writer_decode_base64url(assent_writer_span(&w), back, sizeof(back)), len);
        CHECK(memcmp(in, back, len) == 0);
    }
}

TEST(base64url_refuses_what_has_another_text)
{
    static const struct {
        const char *in;
        size_t cap;
        int expected;
    } rows[] = {
        {"A", 16, ASSENT_ERR_SYNTAX},     /* 6 bits are no byte */
        {"AAAAA", 16, ASSENT_ERR_SYNTAX}, /* nor are 30 */
        {"Zh", 16, ASSENT_ERR_SYNTAX},    /* "f" with trailing bits */
        {"Zm9", 16, ASSENT_ERR_SYNTAX},   /* "fo" with trailing bits */
        {"Zg==", 16, ASSENT_ERR_SYNTAX},  /* padding */
        {"Zm+v", 16, ASSENT_ERR_SYNTAX},  /* base64, not base64url */
        {"Zm/v", 16, ASSENT_ERR_SYNTAX},
        {"Zm v", 16, ASSENT_ERR_SYNTAX},
        {"Zm9v\n", 16, ASSENT_ERR_SYNTAX},
        {"Zm9\xFF", 16, ASSENT_ERR_SYNTAX},
        {"Zm9v", 3, 3},
        {"Zm9v", 2, ASSENT_ERR_SPACE},
        {"Zg", 0, ASSENT_ERR_SPACE},
        {"", 0, 0},
    };
    uint8_t out[16];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CHECK_INT_ROW(rows[i].in,
                      assent_writer_decode_base64url(text(rows[i].in), out, rows[i].cap),
                      rows[i].expected);
    }
}

TEST(base64url_knows_exactly_64_digits)
{
    unsigned digits = 0;

    for (unsigned c = 0; c < 256; c++) {
        const uint8_t in[4] = {(uint8_t)c, 'A', 'A', 'A'};
        uint8_t out[3];
        int len = assent_writer_decode_base64url(assent_span(in, 4), out, sizeof(out));

        digits += len == 3;
        CHECK(len == 3 || len == ASSENT_ERR_SYNTAX);
    }
    CHECK_INT(digits, 64);
}

TEST(json_escapes_what_it_must)
{
    static const struct {
        const char *in;
        const char *out;
    } rows[] = {
        {"", "\"\""},
        {"plain text/", "\"plain text/\""},
        {"say \"no\"", "\"say \\\"no\\\"\""},
        {"back\\slash", "\"back\\\\slash\""},
        {"\b\t\n\f\r", "\"\\b\\t\\n\\f\\r\""},
        {"\x01\x1F\x7F", "\"\\u0001\\u001f\\u007f\""},
        {"</script>", "\"</script>\""},
        {"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x8D\xAA", "\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x8D\xAA\""},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t out[64];
        struct assent_writer w = assent_writer(out, sizeof(out));

        assent_writer_json(&w, text(rows[i].in));
        CHECK_SPAN_ROW(rows[i].out, assent_writer_span(&w), rows[i].out);
    }
}

TEST(json_escapes_nul)
{
    uint8_t out[16];
    struct assent_writer w = assent_writer(out, sizeof(out));

    assent_writer_json(&w, ASSENT_SPAN("a\0b"));
    CHECK_SPAN(assent_writer_span(&w), "\"a\\u0000b\"");
}

#define BAD "\xEF\xBF\xBD"

TEST(json_replaces_bytes_that_are_not_utf8)
{
    static const struct {
        const char *in;
        const char *out;
    } rows[] = {
        {"\x80", "\"" BAD "\""}, /* continuation without a lead */
        {"\xC3", "\"" BAD "\""}, /* cut off */
        {"\xC3x", "\"" BAD "x\""},
        {"\xE2\x82", "\"" BAD BAD "\""},
        {"\xE2\x82x", "\"" BAD BAD "x\""},
        {"\xF0\x9F\x8D", "\"" BAD BAD BAD "\""},
        {"\xC0\xAF", "\"" BAD BAD "\""}, /* overlong '/' */
        {"\xC1\xBF", "\"" BAD BAD "\""},
        {"\xE0\x9F\xBF", "\"" BAD BAD BAD "\""},         /* overlong U+07FF */
        {"\xE0\xA0\x80", "\"\xE0\xA0\x80\""},            /* U+0800 */
        {"\xED\x9F\xBF", "\"\xED\x9F\xBF\""},            /* U+D7FF */
        {"\xED\xA0\x80", "\"" BAD BAD BAD "\""},         /* surrogate */
        {"\xEE\x80\x80", "\"\xEE\x80\x80\""},            /* U+E000 */
        {"\xF0\x8F\xBF\xBF", "\"" BAD BAD BAD BAD "\""}, /* overlong U+FFFF */
        {"\xF0\x90\x80\x80", "\"\xF0\x90\x80\x80\""},    /* U+10000 */
        {"\xF4\x8F\xBF\xBF", "\"\xF4\x8F\xBF\xBF\""},    /* U+10FFFF */
        {"\xF4\x90\x80\x80", "\"" BAD BAD BAD BAD "\""}, /* above */
        {"\xF5\x80\x80\x80", "\"" BAD BAD BAD BAD "\""},
        {"\xFE\xFF", "\"" BAD BAD "\""},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t out[64];
        struct assent_writer w = assent_writer(out, sizeof(out));

        assent_writer_json(&w, text(rows[i].in));
        CHECK_SPAN_ROW(rows[i].out, assent_writer_span(&w), rows[i].out);
    }
}

TEST(json_fits_exactly_or_reports_space)
{
    static const char in[] = "a\"\n\x01\xC3\xA4\xFF";
    uint8_t whole[64];
    struct assent_writer w = assent_writer(whole, sizeof(whole));
    size_t len;

    assent_writer_json(&w, text(in));
    len = w.len;
    for (size_t cap = 0; cap <= len; cap++) {
        uint8_t out[64];

        w = assent_writer(out, cap);
        assent_writer_json(&w, text(in));
        CHECK_INT(assent_writer_result(&w), cap < len ? ASSENT_ERR_SPACE : (int)len);
    }
}

TEST_MAIN(CASE(writes_follow_each_other), CASE(output_may_fill_its_buffer_but_not_exceed_it),
          CASE(nothing_is_written_after_an_overflow), CASE(first_error_stays),
          CASE(empty_buffer_takes_empty_output), CASE(numbers), CASE(hex_is_lower_case),
          CASE(base64url_both_ways), CASE(base64url_returns_every_byte_string),
          CASE(base64url_refuses_what_has_another_text), CASE(base64url_knows_exactly_64_digits),
          CASE(json_escapes_what_it_must), CASE(json_escapes_nul),
          CASE(json_replaces_bytes_that_are_not_utf8), CASE(json_fits_exactly_or_reports_space))
