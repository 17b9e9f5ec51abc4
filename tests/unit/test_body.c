/* SPDX-License-Identifier: MIT */
#include "http/body.h"

#include "tests/unit/guard.h"
#include "tests/unit/test.h"

#define BYTES(literal)                                                                             \
    {                                                                                              \
        (const uint8_t *)(literal), sizeof(literal) - 1                                            \
    }

/* Decode input that comes in pieces and is taken in bites.
 *   content   what was decoded, NUL-terminated
 *   trailers  length of the trailer section
 *   rest      length of what follows
 *   return    0 or the error */
static int decode(enum assent_body_kind kind, uint64_t length, struct assent_span input,
                  size_t piece, size_t bite, char content[256], size_t *trailers, size_t *rest)
{
    struct assent_body body;
    size_t have = piece < input.len ? piece : input.len;
    struct assent_span in = assent_span(input.ptr, have);
    size_t len = 0;
    int result;

    assent_body_init(&body, kind, length);
    for (;;) {
        struct assent_span out;

        result = assent_body_next(&body, &in, &out);
        if (result == 1) {
            size_t used = out.len < bite ? out.len : bite;

            CHECK(out.ptr == in.ptr);
            memcpy(content + len, out.ptr, used);
            len += used;
            assent_body_take(&body, &in, used);
        } else if (result == ASSENT_ERR_MORE && have < input.len) {
            CHECK_INT(assent_body_end(&body),
                      kind == ASSENT_BODY_CLOSE ? ASSENT_OK : ASSENT_ERR_MORE);
            have = have + piece < input.len ? have + piece : input.len;
            in.len = (size_t)(input.ptr + have - in.ptr);
        } else {
            *trailers = out.len;
            break;
        }
    }
    content[len] = '\0';
    *rest = (size_t)(input.ptr + input.len - in.ptr);
    if (result == 0) {
        struct assent_span out;

        CHECK_INT(assent_body_end(&body), ASSENT_OK);
        CHECK_INT(assent_body_next(&body, &in, &out), 0); /* and stays complete */
    }
    return result;
}

TEST(chunks_are_decoded_however_they_come)
{
    static const struct {
        struct assent_span input;
        int result;
        const char *content;
        size_t trailers;
        size_t rest;
    } rows[] = {
        {BYTES("0\r\n\r\n"), 0, "", 2, 0},
        {BYTES("5\r\nhello\r\n0\r\n\r\nGET"), 0, "hello", 2, 3},
        {BYTES("1\r\na\r\n0002\r\nbc\r\n000\r\n\r\n"), 0, "abc", 2, 0},
        {BYTES("A\r\n0123456789\r\na\r\nabcdefghij\r\n0\r\n\r\n"), 0, "0123456789abcdefghij", 2, 0},
        {BYTES("1;x;y=z;q=\"\\\"\t;\"\r\na\r\n0;l\r\n\r\n"), 0, "a", 2, 0},
        {BYTES("0\r\nA: b\r\nC:\r\n\r\n"), 0, "", 12, 0},
        {BYTES("5\r\nhello"), ASSENT_ERR_MORE, "hello", 0, 0},
        {BYTES("5\r\nhello\r"), ASSENT_ERR_MORE, "hello", 0, 0},
        {BYTES("0\r\nA: b\r\n"), ASSENT_ERR_MORE, "", 0, 6},
        {BYTES("FFFFFFFFFFFFFFFF\r\nab"), ASSENT_ERR_MORE, "ab", 0, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *name = (const char *)rows[i].input.ptr;
        struct assent_span input =
            assent_span(guard_copy_read_only(rows[i].input), rows[i].input.len);

        for (size_t piece = 1; piece <= input.len; piece++) {
            for (size_t bite = 1; bite < 12; bite += 2) {
                char content[256];
                size_t trailers;
                size_t rest;

                CHECK_INT_ROW(
                    name,
                    decode(ASSENT_BODY_CHUNKED, 0, input, piece, bite, content, &trailers, &rest),
                    rows[i].result);
                CHECK_SPAN_ROW(name, assent_span(content, strlen(content)), rows[i].content);
                CHECK_INT_ROW(name, trailers, rows[i].trailers);
                CHECK_INT_ROW(name, rest, rows[i].rest);
            }
        }
    }
}

TEST(a_malformed_byte_stays_an_error)
{
    static const char *rows[] = {
        "g\r\n",
        "\r\n",
        ";a\r\n",
        " 1\r\n",
        "1 \r\n",
        "+1\r\n",
        "-1\r\n",
        "0x1\r\n",
        "1\n",
        "1\rx",
        "1\r\nab\r\n",
        "1\r\na\n",
        "1\r\na\rx",
        "1;\r\n",
        "1;=a\r\n",
        "1;a=\r\n",
        "1;a=\"\r\n",
        "1;a=\"\\\r\n",
        "1;a=\"b\"c\r\n",
        "1;a b\r\n",
        "1;a=b=c\r\n",
        "1; a\r\n",
        "0\r\nA b\r\n\r\n",
        "0\r\n\n",
        "12345678901234567\r\n",
        "0\r\nA : b\r\n\r\n",
        "0\r\n A: b\r\n\r\n",
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t piece = 1; piece < 4; piece++) {
            struct assent_span input = assent_span(rows[i], strlen(rows[i]));
            char content[256];
            size_t trailers;
            size_t rest;

            CHECK_INT_ROW(
                rows[i], decode(ASSENT_BODY_CHUNKED, 0, input, piece, 9, content, &trailers, &rest),
                ASSENT_ERR_SYNTAX);
        }
    }
}

TEST(an_error_is_not_forgotten)
{
    struct assent_body body;
    struct assent_span in = ASSENT_SPAN("1\nx");
    struct assent_span out;

    assent_body_init(&body, ASSENT_BODY_CHUNKED, 0);
    CHECK_INT(assent_body_next(&body, &in, &out), ASSENT_ERR_SYNTAX);
    in = ASSENT_SPAN("\r\nx\r\n0\r\n\r\n");
    CHECK_INT(assent_body_next(&body, &in, &out), ASSENT_ERR_SYNTAX);
    in = assent_span(NULL, 0);
    CHECK_INT(assent_body_next(&body, &in, &out), ASSENT_ERR_SYNTAX);
    CHECK_INT(assent_body_end(&body), ASSENT_ERR_MORE);
}

TEST(extensions_are_limited_in_one_chunk_and_in_sum)
{
    struct assent_body body;
    uint8_t extension[ASSENT_BODY_EXTENSION_BYTES];
    struct assent_span in = ASSENT_SPAN("1;");
    struct assent_span out;
    unsigned chunks = 0;
    int result;

    memset(extension, 'x', sizeof(extension));
    assent_body_init(&body, ASSENT_BODY_CHUNKED, 0);
    CHECK_INT(assent_body_next(&body, &in, &out), ASSENT_ERR_MORE);
    in = assent_span(extension, sizeof(extension));
    CHECK_INT(assent_body_next(&body, &in, &out), ASSENT_ERR_MORE);
    in = ASSENT_SPAN("x");
    CHECK_INT(assent_body_next(&body, &in, &out), ASSENT_ERR_LIMIT);

    assent_body_init(&body, ASSENT_BODY_CHUNKED, 0);
    do {
        in = ASSENT_SPAN("1;abcdefg\r\nx\r\n");
        result = assent_body_next(&body, &in, &out);
        if (result == 1) {
            chunks++;
            assent_body_take(&body, &in, 1);
            result = assent_body_next(&body, &in, &out);
        }
    } while (result == ASSENT_ERR_MORE && chunks < 10000);
    CHECK_INT(result, ASSENT_ERR_LIMIT);
    CHECK_INT(chunks, ASSENT_BODY_EXTENSION_BYTES / 8);
}

TEST(content_by_length_ends_exactly_there)
{
    for (size_t piece = 1; piece < 9; piece++) {
        char content[256];
        size_t trailers;
        size_t rest;

        CHECK_INT(decode(ASSENT_BODY_LENGTH, 5, ASSENT_SPAN("helloGET"), piece, 3, content,
                         &trailers, &rest),
                  0);
        CHECK_SPAN(assent_span(content, 5), "hello");
        CHECK_INT(rest, 3);
        CHECK_INT(decode(ASSENT_BODY_LENGTH, 9, ASSENT_SPAN("hello"), piece, 3, content, &trailers,
                         &rest),
                  ASSENT_ERR_MORE);
        CHECK_INT(decode(ASSENT_BODY_LENGTH, 0, ASSENT_SPAN("hello"), piece, 3, content, &trailers,
                         &rest),
                  0);
        CHECK_INT(rest, 5);
        CHECK_INT(
            decode(ASSENT_BODY_NONE, 7, ASSENT_SPAN("hello"), piece, 3, content, &trailers, &rest),
            0);
        CHECK_INT(rest, 5);
    }
}

TEST(content_until_the_connection_ends_is_complete_with_it)
{
    struct assent_body body;
    struct assent_span in = ASSENT_SPAN("hello");
    struct assent_span out;

    assent_body_init(&body, ASSENT_BODY_CLOSE, 0);
    CHECK_INT(assent_body_next(&body, &in, &out), 1);
    CHECK_SPAN(out, "hello");
    assent_body_take(&body, &in, 5);
    CHECK_INT(assent_body_next(&body, &in, &out), ASSENT_ERR_MORE);
    CHECK_INT(assent_body_end(&body), ASSENT_OK);
}

TEST_MAIN(CASE(chunks_are_decoded_however_they_come), CASE(a_malformed_byte_stays_an_error),
          CASE(an_error_is_not_forgotten), CASE(extensions_are_limited_in_one_chunk_and_in_sum),
          CASE(content_by_length_ends_exactly_there),
          CASE(content_until_the_connection_ends_is_complete_with_it))
