/* SPDX-License-Identifier: MIT */
#include "http/request.h"

#include "tests/unit/guard.h"
#include "tests/unit/http_table.h"
#include "tests/unit/test.h"

#define HOST "Host: a\r\n"

static int parse(struct assent_request *request, struct assent_span input)
{
    assent_request_init(request);
    return assent_request_parse(request, input);
}

TEST(a_request_is_taken_apart_in_place)
{
    struct assent_request request;
    struct assent_span value;
    struct assent_head head;
    struct assent_head_field field;
    struct assent_span input =
        ASSENT_SPAN("\r\nPOST /a/%62?c=d?e HTTP/1.1\r\nHost: example.org:8080\r\n"
                    "Content-Length: 12\r\nX-Empty:\r\n\r\nbody");

    CHECK_INT(parse(&request, input), ASSENT_OK);
    CHECK_INT(request.method, ASSENT_METHOD_POST);
    CHECK_INT(request.form, ASSENT_FORM_ORIGIN);
    CHECK_INT(request.minor, 1);
    CHECK_INT(request.body, ASSENT_BODY_LENGTH);
    CHECK_INT(request.content_length, 12);
    CHECK_INT(request.port, 8080);
    CHECK_INT(request.field_count, 3);
    CHECK(request.keep_alive);
    CHECK(!request.expect_continue);
    CHECK(!request.upgrade);
    CHECK_SPAN(request.method_name, "POST");
    CHECK_SPAN(request.target, "/a/%62?c=d?e");
    CHECK_SPAN(request.path, "/a/%62");
    CHECK_SPAN(request.query, "c=d?e");
    CHECK_SPAN(request.host, "example.org");
    CHECK_SPAN(request.fields, "Host: example.org:8080\r\nContent-Length: 12\r\nX-Empty:\r\n\r\n");
    CHECK(request.head.ptr == input.ptr + 2);
    CHECK_INT(request.head.len, input.len - 2 - 4);
    head = assent_request_fields(&request);
    CHECK_INT(assent_head_next(&head, &field), 1);
    CHECK_SPAN(field.name, "Host");
    CHECK_INT(assent_request_field(&request, ASSENT_SPAN("x-empty"), &value), 1);
    CHECK_INT(value.len, 0);
    CHECK_INT(assent_request_field(&request, ASSENT_SPAN("x"), &value), 0);
}

TEST(fields_that_come_twice_are_counted)
{
    struct assent_request request;
    struct assent_span value;

    CHECK_INT(
        parse(&request, ASSENT_SPAN("GET / HTTP/1.1\r\n" HOST "A: 1\r\na: 2\r\nAA: 3\r\n\r\n")),
        ASSENT_OK);
    CHECK_INT(assent_request_field(&request, ASSENT_SPAN("A"), &value), 2);
    CHECK_SPAN(value, "1");
}

TEST(methods_are_known_by_their_exact_name)
{
    static const struct {
        const char *line;
        int method;
        const char *target;
    } rows[] = {
        {"GET", ASSENT_METHOD_GET, "/"},           {"HEAD", ASSENT_METHOD_HEAD, "/"},
        {"POST", ASSENT_METHOD_POST, "/"},         {"PUT", ASSENT_METHOD_PUT, "/"},
        {"DELETE", ASSENT_METHOD_DELETE, "/"},     {"OPTIONS", ASSENT_METHOD_OPTIONS, "/"},
        {"PATCH", ASSENT_METHOD_PATCH, "/"},       {"TRACE", ASSENT_METHOD_TRACE, "/"},
        {"CONNECT", ASSENT_METHOD_CONNECT, "a:1"}, {"GETS", ASSENT_METHOD_OTHER, "/"},
        {"GE", ASSENT_METHOD_OTHER, "/"},          {"get", ASSENT_METHOD_OTHER, "/"},
        {"PROPFIND", ASSENT_METHOD_OTHER, "/"},    {"CONNECTX", ASSENT_METHOD_OTHER, "/"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_request request;
        char text[80];

        snprintf(text, sizeof(text), "%s %s HTTP/1.1\r\n" HOST "\r\n", rows[i].line,
                 rows[i].target);
        CHECK_INT_ROW(rows[i].line, parse(&request, assent_span(text, strlen(text))), ASSENT_OK);
        CHECK_INT_ROW(rows[i].line, request.method, rows[i].method);
    }
}

TEST(targets_of_all_forms_give_host_path_and_query)
{
    static const struct {
        const char *line;
        int form;
        const char *host;
        unsigned port;
        const char *path;
        const char *query; /* NULL: none */
    } rows[] = {
        {"GET /", ASSENT_FORM_ORIGIN, "a", 0, "/", NULL},
        {"GET /?", ASSENT_FORM_ORIGIN, "a", 0, "/", ""},
        {"GET //b/c?d", ASSENT_FORM_ORIGIN, "a", 0, "//b/c", "d"},
        {"GET http://b:81/c?d", ASSENT_FORM_ABSOLUTE, "b", 81, "/c", "d"},
        {"GET http://b", ASSENT_FORM_ABSOLUTE, "b", 0, "/", NULL},
        {"GET http://b?d", ASSENT_FORM_ABSOLUTE, "b", 0, "/", "d"},
        {"GET https://[::1]:443/", ASSENT_FORM_ABSOLUTE, "[::1]", 443, "/", NULL},
        {"OPTIONS *", ASSENT_FORM_ASTERISK, "a", 0, "*", NULL},
        {"OPTIONS http://b:80", ASSENT_FORM_ABSOLUTE, "b", 80, "*", NULL},
        {"OPTIONS http://b/", ASSENT_FORM_ABSOLUTE, "b", 0, "/", NULL},
        {"CONNECT b:443", ASSENT_FORM_AUTHORITY, "b", 443, "", NULL},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_request request;
        char text[120];

        snprintf(text, sizeof(text), "%s HTTP/1.1\r\n" HOST "\r\n", rows[i].line);
        CHECK_INT_ROW(rows[i].line, parse(&request, assent_span(text, strlen(text))), ASSENT_OK);
        CHECK_INT_ROW(rows[i].line, request.form, rows[i].form);
        CHECK_SPAN_ROW(rows[i].line, request.host, rows[i].host);
        CHECK_INT_ROW(rows[i].line, request.port, rows[i].port);
        CHECK_SPAN_ROW(rows[i].line, request.path, rows[i].path);
        CHECK_INT_ROW(rows[i].line, request.query.ptr != NULL, rows[i].query != NULL);
        CHECK_SPAN_ROW(rows[i].line, request.query, rows[i].query != NULL ? rows[i].query : "");
    }
}

TEST(connections_are_kept_or_closed_by_version_and_token)
{
    static const struct {
        const char *minor;
        const char *fields;
        bool keep_alive;
        bool upgrade;
    } rows[] = {
        {"1", "", true, false},
        {"1", "Connection: close\r\n", false, false},
        {"1", "Connection: keep-alive\r\n", true, false},
        {"1", "Connection: keep-alive, close\r\n", false, false},
        {"1", "Connection: ,, Close ,\r\n", false, false},
        {"1", "Connection: close\r\nConnection: keep-alive\r\n", false, false},
        {"1", "Connection: Upgrade\r\nUpgrade: websocket\r\n", true, true},
        {"1", "Upgrade: websocket\r\n", true, false},
        {"0", "", false, false},
        {"0", "Connection: keep-alive\r\n", true, false},
        {"0", "Connection: keep-alive, close\r\n", false, false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_request request;
        char text[160];

        snprintf(text, sizeof(text), "GET / HTTP/1.%s\r\n" HOST "%s\r\n", rows[i].minor,
                 rows[i].fields);
        CHECK_INT_ROW(text, parse(&request, assent_span(text, strlen(text))), ASSENT_OK);
        CHECK_INT_ROW(text, request.keep_alive, rows[i].keep_alive);
        CHECK_INT_ROW(text, request.upgrade, rows[i].upgrade);
    }
}

TEST(only_http_1_1_clients_wait_for_100)
{
    struct assent_request request;

    CHECK_INT(
        parse(&request, ASSENT_SPAN("GET / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n\r\n")),
        ASSENT_OK);
    CHECK(request.expect_continue);
    CHECK_INT(
        parse(&request, ASSENT_SPAN("GET / HTTP/1.0\r\n" HOST "Expect: 100-continue\r\n\r\n")),
        ASSENT_OK);
    CHECK(!request.expect_continue);
}

/* The same head at the end of readable memory, read at once and read prefix by prefix. */
TEST(class_11_every_prefix_of_every_request_gives_the_same_result_without_over_read)
{
    size_t count;
    const struct table_row *rows = table_rows(&count);

    for (size_t i = 0; i < count; i++) {
        struct assent_span input = assent_span_slice(rows[i].input, 0, 2000);
        struct assent_request whole;
        struct assent_request grown;
        struct assent_request fresh;
        int expected = parse(&whole, assent_span(guard_copy_read_only(input), input.len));
        int result = ASSENT_ERR_MORE;
        size_t head_len = expected == ASSENT_OK
                              ? (size_t)(whole.head.ptr + whole.head.len - whole.method_name.ptr)
                              : 0;

        for (size_t len = 0; len <= input.len && result == ASSENT_ERR_MORE; len++) {
            struct assent_span prefix =
                assent_span(guard_copy_read_only(assent_span(input.ptr, len)), len);

            result = parse(&fresh, prefix);
            CHECK_ROW(rows[i].name, result == ASSENT_ERR_MORE || result == expected);
        }
        CHECK_INT_ROW(rows[i].name, result, expected);
        assent_request_init(&grown);
        result = ASSENT_ERR_MORE;
        for (size_t len = 0; len <= input.len && result == ASSENT_ERR_MORE; len++) {
            result = assent_request_parse(&grown, assent_span(input.ptr, len));
        }
        CHECK_INT_ROW(rows[i].name, result, expected);
        if (expected == ASSENT_OK) {
            CHECK_INT_ROW(rows[i].name, grown.head.len, head_len);
            CHECK_INT_ROW(rows[i].name, grown.field_count, whole.field_count);
            CHECK_INT_ROW(rows[i].name, grown.content_length, whole.content_length);
        }
    }
}

TEST(an_error_is_found_with_its_line)
{
    struct assent_request request;

    CHECK_INT(parse(&request, ASSENT_SPAN("GET / HTTP/1.1\r\nContent-Length: x\r\n")), 400);
    CHECK_INT(parse(&request, ASSENT_SPAN("GET / HTTP/3.0\r\n")), 505);
    CHECK_INT(parse(&request, ASSENT_SPAN("GET\x01")), 400);
    CHECK_INT(parse(&request, ASSENT_SPAN("GET / HTTP/1.1\r\nbad ")), 400);
}

TEST(no_more_than_65535_bytes_are_looked_at)
{
    static uint8_t input[70000];
    static const char start[] = "GET / HTTP/1.1\r\n" HOST "X: ";
    struct assent_request request;

    for (size_t len = 65520; len < 65550; len++) {
        memset(input, 'x', sizeof(input));
        memcpy(input, start, sizeof(start) - 1);
        memcpy(input + len - 4, "\r\n\r\n", 4);
        CHECK_INT(parse(&request, assent_span(input, sizeof(input))),
                  len <= 65535 ? ASSENT_OK : ASSENT_ERR_MORE);
    }
}

TEST(what_does_not_fit_is_told_apart)
{
    struct assent_request request;

    CHECK_INT(parse(&request, ASSENT_SPAN("GET /aaaaaaaaaaaaaaaaaaaa")), ASSENT_ERR_MORE);
    CHECK_INT(assent_request_too_long(&request), 414);
    CHECK_INT(parse(&request, ASSENT_SPAN("GET / HTTP/1.1\r\nX: aaaaaa")), ASSENT_ERR_MORE);
    CHECK_INT(assent_request_too_long(&request), 431);
}

TEST_MAIN(CASE(a_request_is_taken_apart_in_place), CASE(fields_that_come_twice_are_counted),
          CASE(methods_are_known_by_their_exact_name),
          CASE(targets_of_all_forms_give_host_path_and_query),
          CASE(connections_are_kept_or_closed_by_version_and_token),
          CASE(only_http_1_1_clients_wait_for_100),
          CASE(class_11_every_prefix_of_every_request_gives_the_same_result_without_over_read),
          CASE(an_error_is_found_with_its_line), CASE(no_more_than_65535_bytes_are_looked_at),
          CASE(what_does_not_fit_is_told_apart))
