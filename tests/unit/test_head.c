/* SPDX-License-Identifier: MIT */
#include "core/head.h"

#include "tests/unit/test.h"

#define START "GET / HTTP/1.1\r\n"

/* Read a whole head; returns the number of fields or the error. */
static int read_all(struct assent_span input, struct assent_head_field *last)
{
    struct assent_head head;
    struct assent_span start;
    int count = 0;
    int result = assent_head_start(&head, input, &start);

    if (result != ASSENT_OK) {
        return result;
    }
    while ((result = assent_head_next(&head, last)) == 1) {
        count++;
    }
    return result < 0 ? result : count;
}

TEST(fields_are_split_and_trimmed)
{
    struct assent_span input = ASSENT_SPAN(START "Host:\t a b \t\r\nX-Empty:\r\n\r\nbody");
    struct assent_head head;
    struct assent_head_field field;
    struct assent_span start;

    CHECK_INT(assent_head_start(&head, input, &start), ASSENT_OK);
    CHECK_SPAN(start, "GET / HTTP/1.1");
    CHECK_INT(assent_head_next(&head, &field), 1);
    CHECK_SPAN(field.name, "Host");
    CHECK_SPAN(field.value, "a b");
    CHECK_SPAN(field.line, "Host:\t a b \t\r\n");
    CHECK_INT(assent_head_next(&head, &field), 1);
    CHECK_SPAN(field.name, "X-Empty");
    CHECK_INT(field.value.len, 0);
    CHECK_INT(assent_head_next(&head, &field), 0);
    CHECK_SPAN(assent_span(head.at, (size_t)(head.end - head.at)), "body");
}

TEST(trailers_have_no_start_line)
{
    struct assent_head head;
    struct assent_head_field field;

    CHECK_INT(assent_head_start(&head, ASSENT_SPAN("A: 1\r\n\r\n"), NULL), ASSENT_OK);
    CHECK_INT(assent_head_next(&head, &field), 1);
    CHECK_SPAN(field.value, "1");
    CHECK_INT(assent_head_next(&head, &field), 0);
}

TEST(what_has_been_exploited_is_refused)
{
    const struct {
        const char *why;
        struct assent_span input;
    } rows[] = {
        {"space before the colon", ASSENT_SPAN(START "Host : a\r\n\r\n")},
        {"no colon", ASSENT_SPAN(START "Host\r\n\r\n")},
        {"empty name", ASSENT_SPAN(START ": a\r\n\r\n")},
        {"folded by space", ASSENT_SPAN(START "A: 1\r\n b\r\n\r\n")},
        {"folded by tab", ASSENT_SPAN(START "A: 1\r\n\tb\r\n\r\n")},
        {"white space before the first field", ASSENT_SPAN(START " A: 1\r\n\r\n")},
        {"bare line feed after a field", ASSENT_SPAN(START "A: 1\nB: 2\r\n\r\n")},
        {"bare line feed after the start line", ASSENT_SPAN("GET / HTTP/1.1\nA: 1\r\n\r\n")},
        {"bare line feed as the end", ASSENT_SPAN(START "A: 1\r\n\n")},
        {"bare carriage return in a value", ASSENT_SPAN(START "A: 1\rB: 2\r\n\r\n")},
        {"carriage return and junk as the end", ASSENT_SPAN(START "A: 1\r\n\rX")},
        {"NUL in a value", ASSENT_SPAN(START "A: 1\0\r\n\r\n")},
        {"NUL in a name", ASSENT_SPAN(START "A\0: 1\r\n\r\n")},
        {"escape in a value", ASSENT_SPAN(START "A: \x1B[0m\r\n\r\n")},
        {"delete in a value", ASSENT_SPAN(START "A: \x7F\r\n\r\n")},
        {"a name that is not ASCII", ASSENT_SPAN(START "\xC3\x84: 1\r\n\r\n")},
        {"a separator in a name", ASSENT_SPAN(START "A(b): 1\r\n\r\n")},
        {"control character in the start line", ASSENT_SPAN("GET /\x01 HTTP/1.1\r\n\r\n")},
        {"empty start line", ASSENT_SPAN("\r\nA: 1\r\n\r\n")},
    };
    struct assent_head_field field;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CHECK_INT_ROW(rows[i].why, read_all(rows[i].input, &field), ASSENT_ERR_SYNTAX);
    }
}

TEST(bytes_above_127_and_tabs_may_stand_in_a_value)
{
    struct assent_head_field field;

    CHECK_INT(read_all(ASSENT_SPAN(START "A: \xC3\xA4\xFF\tb\r\n\r\n"), &field), 1);
    CHECK_SPAN(field.value, "\xC3\xA4\xFF\tb");
}

TEST(every_prefix_asks_for_more)
{
    struct assent_span input = ASSENT_SPAN(START "Host: a\r\nLong-Name: a longer value\r\n\r\n");
    struct assent_head_field field;

    for (size_t len = 0; len < input.len; len++) {
        uint8_t copy[128];

        memcpy(copy, input.ptr, len); /* at the end of its own memory for the sanitizer */
        CHECK_INT(read_all(assent_span(copy, len), &field), ASSENT_ERR_MORE);
    }
    CHECK_INT(read_all(input, &field), 2);
}

TEST(a_control_character_is_found_at_every_offset)
{
    struct assent_head_field field;

    for (size_t at = 0; at < 40; at++) {
        uint8_t text[80] = START "A: ";
        size_t start = strlen((const char *)text);

        memset(text + start, 'x', 40);
        text[start + at] = 0x1F;
        memcpy(text + start + 40, "\r\n\r\n", 4);
        CHECK_INT(read_all(assent_span(text, start + 44), &field), ASSENT_ERR_SYNTAX);
        text[start + at] = '\t';
        CHECK_INT(read_all(assent_span(text, start + 44), &field), 1);
    }
}

TEST(token_bytes_are_those_of_the_specification)
{
    const char *others = "!#$%&'*+-.^_`|~";

    for (unsigned byte = 0; byte < 256; byte++) {
        bool expected = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                        (byte >= 'a' && byte <= 'z') ||
                        (byte != 0 && byte < 128 && strchr(others, (int)byte) != NULL);

        CHECK_INT(assent_head_is_token((uint8_t)byte), expected);
    }
}

TEST_MAIN(CASE(fields_are_split_and_trimmed), CASE(trailers_have_no_start_line),
          CASE(what_has_been_exploited_is_refused),
          CASE(bytes_above_127_and_tabs_may_stand_in_a_value), CASE(every_prefix_asks_for_more),
          CASE(a_control_character_is_found_at_every_offset),
          CASE(token_bytes_are_those_of_the_specification))
