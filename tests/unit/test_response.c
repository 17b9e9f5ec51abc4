/* SPDX-License-Identifier: MIT */
#include "http/response.h"

#include "tests/unit/test.h"

static uint8_t buffer[1024];

static struct assent_response open_for(const char *method, unsigned minor, size_t cap)
{
    static struct assent_request request;
    struct assent_response response;
    static char text[80];

    snprintf(text, sizeof(text), "%s / HTTP/1.%u\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
             method, minor);
    assent_request_init(&request);
    CHECK_INT(assent_request_parse(&request, assent_span(text, strlen(text))), ASSENT_OK);
    assent_response_init(&response, buffer, cap);
    assent_response_reset(&response, &request);
    return response;
}

static struct assent_response open_get(void)
{
    return open_for("GET", 1, sizeof(buffer));
}

/* What is to be sent, taken out in pieces. */
static struct assent_span take(struct assent_response *response)
{
    static uint8_t out[8192];
    size_t len = 0;
    size_t piece;
    bool fixed;
    const uint8_t *from;

    while ((from = assent_response_pending(response, &piece, &fixed)) != NULL) {
        piece = piece > 7 ? 7 : piece;
        memcpy(out + len, from, piece);
        len += piece;
        assent_response_sent(response, piece);
    }
    return assent_span(out, len);
}

TEST(a_whole_response_has_length_type_and_content)
{
    struct assent_response response = open_get();

    CHECK_INT(assent_response_send(&response, 200, "text/plain", ASSENT_SPAN("hello")), ASSENT_OK);
    CHECK_SPAN(take(&response),
               "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello");
    CHECK_INT(response.state, ASSENT_RESPONSE_DONE);
    CHECK_INT(response.status, 200);
    CHECK_INT(response.content_bytes, 5);
    CHECK(response.keep_alive);
}

TEST(nothing_leaves_before_the_head_is_complete)
{
    struct assent_response response = open_get();

    assent_response_start(&response, 200);
    CHECK_INT(take(&response).len, 0);
    assent_response_text(&response, "A", "b");
    CHECK_INT(take(&response).len, 0);
    CHECK_INT(assent_response_empty(&response), ASSENT_OK);
    CHECK_SPAN(take(&response), "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 0\r\n\r\n");
}

TEST(chunks_are_filled_until_they_are_sent)
{
    struct assent_response response = open_get();

    assent_response_start(&response, 200);
    CHECK_INT(assent_response_chunked(&response), ASSENT_OK);
    CHECK_SPAN(take(&response), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    CHECK_INT(assent_response_write(&response, ASSENT_SPAN("one, ")), 5);
    CHECK_INT(assent_response_write(&response, ASSENT_SPAN("")), 0);
    CHECK_INT(assent_response_write(&response, ASSENT_SPAN("two, ")), 5);
    CHECK_INT(assent_response_write(&response, ASSENT_SPAN("threefour")), 9);
    CHECK_SPAN(take(&response), "0013\r\none, two, threefour\r\n");
    CHECK_INT(assent_response_write(&response, ASSENT_SPAN("x")), 1);
    CHECK_INT(assent_response_trailer(&response, ASSENT_SPAN("A"), ASSENT_SPAN("b")), ASSENT_OK);
    CHECK_INT(assent_response_end(&response), ASSENT_OK);
    CHECK_SPAN(take(&response), "0001\r\nx\r\n0\r\nA: b\r\n\r\n");
}

TEST(content_never_overruns_the_buffer)
{
    for (size_t cap = 128; cap < 160; cap++) {
        for (size_t left = 1; left < 40; left++) {
            struct assent_response response = open_for("GET", 1, cap);
            static const uint8_t content[300] = {0};
            struct assent_body body;
            struct assent_span in;
            struct assent_span out;
            size_t room;

            assent_response_start(&response, 200);
            (void)assent_response_chunked(&response);
            room = assent_response_room(&response);
            if (room > left) {
                CHECK_INT(assent_response_write(&response, assent_span(content, room - left)),
                          room - left);
                CHECK_INT(assent_response_room(&response), left);
            }
            if (assent_response_end(&response) == ASSENT_ERR_SPACE) {
                CHECK(left < 5);
                CHECK_INT(response.state, ASSENT_RESPONSE_BODY);
                (void)take(&response);
                CHECK_INT(assent_response_end(&response), ASSENT_OK);
                continue;
            }
            CHECK_INT(response.state, ASSENT_RESPONSE_DONE);
            in = take(&response);
            in = assent_span_slice(in, 47, in.len); /* behind the head */
            assent_body_init(&body, ASSENT_BODY_CHUNKED, 0);
            CHECK_INT(assent_body_next(&body, &in, &out), room > left ? 1 : 0);
        }
    }
}

TEST(interim_responses_precede_the_final_one)
{
    struct assent_response response = open_get();

    assent_response_start(&response, 103);
    assent_response_text(&response, "Link", "</a.css>; rel=preload");
    CHECK_INT(assent_response_interim(&response), ASSENT_OK);
    CHECK_INT(response.state, ASSENT_RESPONSE_READY);
    CHECK_INT(response.status, 0);
    assent_response_start(&response, 200);
    (void)assent_response_empty(&response);
    CHECK_SPAN(take(&response), "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"
                                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    response = open_for("GET", 0, sizeof(buffer));
    assent_response_start(&response, 103);
    CHECK_INT(assent_response_interim(&response), ASSENT_OK);
    CHECK_INT(take(&response).len, 0);
}

TEST(framing_follows_status_method_and_version)
{
    static const struct {
        const char *method;
        unsigned minor;
        unsigned status;
        char how; /* empty, length 3, chunked, until_close */
        const char *expected;
    } rows[] = {
        {"GET", 1, 200, 'e', "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
        {"GET", 1, 204, 'e', "HTTP/1.1 204 No Content\r\n\r\n"},
        {"GET", 1, 304, 'e', "HTTP/1.1 304 Not Modified\r\n\r\n"},
        {"GET", 1, 204, 'l', "HTTP/1.1 204 No Content\r\n\r\n"},
        {"GET", 1, 304, 'c', "HTTP/1.1 304 Not Modified\r\n\r\n"},
        {"HEAD", 1, 200, 'l', "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"},
        {"HEAD", 1, 200, 'c', "HTTP/1.1 200 OK\r\n\r\n"},
        {"HEAD", 1, 200, 'u', "HTTP/1.1 200 OK\r\n\r\n"},
        {"GET", 1, 200, 'l', "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"},
        {"GET", 1, 200, 'u', "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc"},
        {"GET", 0, 200, 'l',
         "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\nabc"},
        {"GET", 0, 200, 'c', "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc"},
        {"GET", 1, 999, 'e', ""},
        {"GET", 1, 100, 'e', ""},
        {"GET", 1, 101, 'l', ""},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_response response = open_for(rows[i].method, rows[i].minor, sizeof(buffer));

        assent_response_start(&response, rows[i].status);
        switch (rows[i].how) {
        case 'e':
            (void)assent_response_empty(&response);
            break;
        case 'l':
            (void)assent_response_length(&response, 3);
            break;
        case 'c':
            (void)assent_response_chunked(&response);
            break;
        default:
            (void)assent_response_until_close(&response);
        }
        if (rows[i].how != 'e' && rows[i].expected[0] != '\0') {
            CHECK_INT_ROW(rows[i].expected, assent_response_write(&response, ASSENT_SPAN("abc")),
                          3);
            CHECK_INT_ROW(rows[i].expected, assent_response_end(&response), ASSENT_OK);
        }
        CHECK_SPAN_ROW(rows[i].expected, take(&response), rows[i].expected);
        CHECK_INT_ROW(rows[i].expected, response.state,
                      rows[i].expected[0] != '\0' ? ASSENT_RESPONSE_DONE : ASSENT_RESPONSE_FAILED);
    }
}

TEST(class_23_what_splits_a_response_is_refused)
{
    static const struct {
        const char *name;
        struct assent_span value;
        int error;
    } rows[] = {
        {"A", {(const uint8_t *)"b", 1}, ASSENT_OK},
        {"A", {(const uint8_t *)"", 0}, ASSENT_OK},
        {"A", {(const uint8_t *)"a\tb\xC3\xA4", 5}, ASSENT_OK},
        {"A", {(const uint8_t *)"a\r\nB: c", 7}, ASSENT_ERR_FORBIDDEN},
        {"A", {(const uint8_t *)"a\nb", 3}, ASSENT_ERR_FORBIDDEN},
        {"A", {(const uint8_t *)"a\rb", 3}, ASSENT_ERR_FORBIDDEN},
        {"A", {(const uint8_t *)"a\0b", 3}, ASSENT_ERR_FORBIDDEN},
        {"A", {(const uint8_t *)"\x7F", 1}, ASSENT_ERR_FORBIDDEN},
        {"", {(const uint8_t *)"b", 1}, ASSENT_ERR_FORBIDDEN},
        {"A B", {(const uint8_t *)"b", 1}, ASSENT_ERR_FORBIDDEN},
        {"A:", {(const uint8_t *)"b", 1}, ASSENT_ERR_FORBIDDEN},
        {"A\r\nB", {(const uint8_t *)"b", 1}, ASSENT_ERR_FORBIDDEN},
        {"content-length", {(const uint8_t *)"5", 1}, ASSENT_ERR_FORBIDDEN},
        {"Transfer-Encoding", {(const uint8_t *)"x", 1}, ASSENT_ERR_FORBIDDEN},
        {"Connection", {(const uint8_t *)"x", 1}, ASSENT_ERR_FORBIDDEN},
        {"Keep-Alive", {(const uint8_t *)"x", 1}, ASSENT_ERR_FORBIDDEN},
        {"Upgrade", {(const uint8_t *)"x", 1}, ASSENT_ERR_FORBIDDEN},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_response response = open_get();

        assent_response_start(&response, 200);
        assent_response_field(&response, assent_span(rows[i].name, strlen(rows[i].name)),
                              rows[i].value);
        CHECK_INT_ROW(rows[i].name, assent_response_empty(&response), rows[i].error);
        CHECK_INT_ROW(rows[i].name, take(&response).len > 0, rows[i].error == ASSENT_OK);

        response = open_get(); /* the same, written in place */
        assent_response_start(&response, 200);
        assent_writer_put(assent_response_open(&response, rows[i].name), rows[i].value);
        assent_response_close(&response);
        CHECK_INT_ROW(rows[i].name, assent_response_empty(&response), rows[i].error);
        CHECK_INT_ROW(rows[i].name, take(&response).len > 0, rows[i].error == ASSENT_OK);
    }
}

TEST(class_23_set_cookie_lines_stay_apart)
{
    struct assent_response response = open_get();

    assent_response_start(&response, 200);
    assent_response_text(&response, "Set-Cookie", "a=b");
    assent_response_text(&response, "Set-Cookie", "c=d");
    (void)assent_response_empty(&response);
    CHECK_SPAN(
        take(&response),
        "HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\nContent-Length: 0\r\n\r\n");
}

TEST(a_head_that_does_not_fit_is_not_sent)
{
    for (size_t len = 0; len < 200; len++) {
        struct assent_response response = open_for("GET", 1, 128);
        struct assent_writer *w;
        int error;

        assent_response_start(&response, 200);
        w = assent_response_open(&response, "A");
        for (size_t i = 0; i < len; i++) {
            assent_writer_byte(w, 'x');
        }
        assent_response_close(&response);
        error = assent_response_empty(&response);
        /* status line 17, name 3, line ends 4, length 19 */
        CHECK_INT(error, len <= 128 - 43 ? ASSENT_OK : ASSENT_ERR_SPACE);
        CHECK_INT(take(&response).len, error == ASSENT_OK ? 43 + len : 0);
        CHECK_INT(response.status, error == ASSENT_OK ? 200 : 0);
    }
}

TEST(content_must_be_as_long_as_announced)
{
    struct assent_response response = open_get();

    assent_response_start(&response, 200);
    (void)assent_response_length(&response, 5);
    CHECK_INT(assent_response_write(&response, ASSENT_SPAN("abc")), 3);
    CHECK_INT(assent_response_end(&response), ASSENT_ERR_STATE);
    response = open_get();
    assent_response_start(&response, 200);
    (void)assent_response_length(&response, 5);
    CHECK_INT(assent_response_write(&response, ASSENT_SPAN("abcdef")), 0);
    CHECK_INT(response.error, ASSENT_ERR_STATE);
    response = open_get();
    assent_response_start(&response, 200);
    (void)assent_response_length(&response, 5);
    assent_response_borrow(&response, ASSENT_SPAN("abc"));
    CHECK_INT(response.error, ASSENT_ERR_STATE);
}

TEST(calls_out_of_order_do_nothing)
{
    struct assent_response response = open_get();

    CHECK_INT(assent_response_write(&response, ASSENT_SPAN("a")), 0);
    CHECK_INT(response.error, ASSENT_ERR_STATE);
    assent_response_start(&response, 200);
    CHECK_INT(assent_response_empty(&response), ASSENT_ERR_STATE);
    CHECK_INT(take(&response).len, 0);

    response = open_get();
    assent_response_start(&response, 200);
    assent_response_start(&response, 200);
    CHECK_INT(response.error, ASSENT_ERR_STATE);

    response = open_get();
    assent_response_start(&response, 200);
    (void)assent_response_open(&response, "A");
    assent_response_text(&response, "B", "c"); /* while A is open */
    CHECK_INT(assent_response_empty(&response), ASSENT_ERR_STATE);
    CHECK_INT(take(&response).len, 0);

    response = open_get();
    assent_response_start(&response, 200);
    assent_response_close(&response);
    CHECK_INT(response.error, ASSENT_ERR_STATE);

    response = open_get();
    (void)assent_response_send(&response, 200, NULL, ASSENT_SPAN(""));
    CHECK_INT(assent_response_end(&response), ASSENT_ERR_STATE);
}

TEST(class_35_trailers_carry_no_cookies_and_no_framing)
{
    static const struct {
        const char *name;
        int error;
    } rows[] = {
        {"X-Sum", ASSENT_OK},
        {"Set-Cookie", ASSENT_ERR_FORBIDDEN},
        {"set-cookie2", ASSENT_ERR_FORBIDDEN},
        {"Content-Length", ASSENT_ERR_FORBIDDEN},
        {"Transfer-Encoding", ASSENT_ERR_FORBIDDEN},
        {"Clear-Site-Data", ASSENT_ERR_FORBIDDEN},
        {"A B", ASSENT_ERR_FORBIDDEN},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_response response = open_get();

        assent_response_start(&response, 200);
        (void)assent_response_chunked(&response);
        CHECK_INT_ROW(rows[i].name,
                      assent_response_trailer(&response,
                                              assent_span(rows[i].name, strlen(rows[i].name)),
                                              ASSENT_SPAN("b")),
                      rows[i].error);
        CHECK_INT_ROW(rows[i].name,
                      assent_response_trailer(&response, ASSENT_SPAN("B"), ASSENT_SPAN("a\r\nb")),
                      ASSENT_ERR_FORBIDDEN);
        CHECK_INT_ROW(rows[i].name, assent_response_end(&response), ASSENT_OK);
    }
}

static struct assent_time tell_time(void *ctx)
{
    return *(struct assent_time *)ctx;
}

TEST(date_is_sent_only_by_a_clock_that_was_set)
{
    struct assent_time now = {784111777, ASSENT_CLOCK_SET};
    struct assent_clock clock = {&now, tell_time, NULL};
    struct assent_response response = open_get();

    response.clock = &clock;
    (void)assent_response_send(&response, 200, NULL, ASSENT_SPAN(""));
    CHECK_SPAN(take(&response), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"
                                "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n");
    response = open_get();
    response.clock = &clock;
    now.trust = ASSENT_CLOCK_FLOOR;
    (void)assent_response_send(&response, 200, NULL, ASSENT_SPAN(""));
    CHECK_SPAN(take(&response), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    response = open_get();
    response.clock = &clock;
    now.trust = ASSENT_CLOCK_SYNCED;
    assent_response_start(&response, 200);
    assent_response_text(&response, "date", "of the application behind a gateway");
    (void)assent_response_empty(&response);
    CHECK_SPAN(take(&response), "HTTP/1.1 200 OK\r\ndate: of the application behind a gateway\r\n"
                                "Content-Length: 0\r\n\r\n");
}

TEST(date_that_connections_share_follows_the_clock)
{
    static const struct {
        uint64_t unix_s;
        const char *text;
    } rows[] = {
        {0, "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"},
        {784111777, "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"},
        {784111777, "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"},
        {784111778, "Date: Sun, 06 Nov 1994 08:49:38 GMT\r\n"},
        {784111777, "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"}, /* set back */
    };
    struct assent_response_date date = {0};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_time now = {rows[i].unix_s, ASSENT_CLOCK_SET};
        struct assent_clock clock = {&now, tell_time, NULL};
        struct assent_response response = open_get();
        struct assent_span out;

        response.clock = &clock;
        response.date = &date;
        (void)assent_response_send(&response, 200, NULL, ASSENT_SPAN(""));
        out = take(&response);
        CHECK_SPAN_ROW(rows[i].text, assent_span_slice(out, out.len - 39, out.len - 2),
                       rows[i].text);
    }
}

static int grow(void *context, struct assent_span head, struct assent_writer *out)
{
    const size_t *count = context;

    assent_writer_put(out, assent_span_slice(head, 0, head.len - 2));
    for (size_t i = 0; i < *count; i++) {
        assent_writer_text(out, "Set-Cookie: x=; Max-Age=0\r\n");
    }
    assent_writer_text(out, "\r\n");
    return ASSENT_OK;
}

TEST(the_gate_may_lengthen_a_head_as_far_as_both_fit)
{
    for (size_t count = 0; count < 50; count++) {
        struct assent_response response = open_get();
        size_t len = 38 + 27 * count;
        bool fits = len + 38 <= sizeof(buffer);

        response.gate = grow;
        response.gate_context = &count;
        CHECK_INT(assent_response_send(&response, 200, NULL, ASSENT_SPAN("abc")),
                  fits ? ASSENT_OK : ASSENT_ERR_SPACE);
        CHECK_INT(take(&response).len, fits ? len + 3 : 0);
    }
}

TEST(problems_are_json_and_redirects_stay_here)
{
    struct assent_response response = open_get();

    CHECK_INT(assent_response_problem(&response, 404, "no such page"), ASSENT_OK);
    CHECK_SPAN(take(&response),
               "HTTP/1.1 404 Not Found\r\nContent-Type: application/problem+json\r\n"
               "Cache-Control: no-store\r\nContent-Length: 59\r\n\r\n"
               "{\"title\":\"Not Found\",\"status\":404,\"detail\":\"no such page\"}\n");
    response = open_get();
    (void)assent_response_redirect(&response, 303, ASSENT_SPAN("//evil.example/"));
    CHECK_SPAN(take(&response),
               "HTTP/1.1 303 See Other\r\nLocation: /\r\nContent-Length: 0\r\n\r\n");
    response = open_get();
    (void)assent_response_not_allowed(&response, "GET");
    CHECK_SPAN(take(&response),
               "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET\r\nContent-Length: 0\r\n\r\n");
    CHECK(assent_span_starts(assent_response_overload(), ASSENT_SPAN("HTTP/1.1 503 ")));
    CHECK_INT(strcmp(assent_response_phrase(299), "Unknown"), 0);
}

TEST_MAIN(CASE(a_whole_response_has_length_type_and_content),
          CASE(nothing_leaves_before_the_head_is_complete),
          CASE(chunks_are_filled_until_they_are_sent), CASE(content_never_overruns_the_buffer),
          CASE(interim_responses_precede_the_final_one),
          CASE(framing_follows_status_method_and_version),
          CASE(class_23_what_splits_a_response_is_refused),
          CASE(class_23_set_cookie_lines_stay_apart), CASE(a_head_that_does_not_fit_is_not_sent),
          CASE(content_must_be_as_long_as_announced), CASE(calls_out_of_order_do_nothing),
          CASE(class_35_trailers_carry_no_cookies_and_no_framing),
          CASE(date_is_sent_only_by_a_clock_that_was_set),
          CASE(date_that_connections_share_follows_the_clock),
          CASE(the_gate_may_lengthen_a_head_as_far_as_both_fit),
          CASE(problems_are_json_and_redirects_stay_here))
