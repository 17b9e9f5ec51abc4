/* SPDX-License-Identifier: MIT */
/* What a filter before the handler may do. */
#include "http/engine.h"

#include "tests/unit/engine_case.h"

static int gate_result;
static char gate_saw[512];

/* Takes the first Cookie line out. */
static int filter_request(void *context, struct assent_engine *engine, uint8_t *head, size_t len)
{
    char *text = (char *)head;
    size_t at;

    (void)context;
    (void)engine;
    memcpy(gate_saw, head, len < 511 ? len : 511);
    gate_saw[len < 511 ? len : 511] = '\0';
    if (gate_result != 0) {
        if (gate_result > 0) {
            memcpy(head, "PUT", 3); /* not its business */
        }
        if (gate_result == 2) {
            uint8_t *line = head;

            while (memcmp(line, "Content-Length", 14) != 0) {
                line++;
            }
            *line = 'X'; /* even less */
        }
        return gate_result < 0 ? gate_result : (int)len;
    }
    for (at = 0; at + 8 < len; at++) {
        if (memcmp(text + at, "Cookie: ", 8) == 0) {
            size_t end = at;

            while (head[end] != '\n') {
                end++;
            }
            memmove(head + at, head + end + 1, len - end - 1);
            return (int)(len - (end + 1 - at));
        }
    }
    return (int)len;
}

static struct peer *open_gated(int result)
{
    struct peer *peer = peer_open();

    gate_result = result;
    peer->handler.filter_request = filter_request;
    return peer;
}

TEST(the_gate_rewrites_a_request_before_the_handler_sees_it)
{
    static const char input[] =
        "\r\nPOST /x HTTP/1.1\r\nHost: a\r\nCookie: secret=1\r\nContent-Length: 5\r\n"
        "\r\nhello" NEXT;

    for (size_t piece = 1; piece < sizeof(input); piece++) {
        struct peer *peer = open_gated(0);

        peer_send(peer, span_of(input), piece);
        CHECK_SPAN(span_of(peer_statuses(peer, true)), "200 200");
        CHECK_SPAN(span_of(peer->log), "[POST /x host a port 0 fields 2]hello(end 0){complete}"
                                       "[GET /next host a port 0 fields 1](end 0){complete}");
    }
}

TEST(the_gate_can_refuse_a_request)
{
    static const struct {
        int result;
        const char *statuses;
    } rows[] = {
        {ASSENT_ERR_SYNTAX, "400 400"},    {ASSENT_ERR_LIMIT, "431 431"},
        {ASSENT_ERR_FORBIDDEN, "403 403"}, {ASSENT_ERR_FULL, "503 503"},
        {ASSENT_ERR_IO, "500 500"},        {1, "500 500"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct peer *peer = open_gated(rows[i].result);

        send_text(peer, "GET /x " END "Cookie: secret=1\r\n\r\n" NEXT);
        CHECK_SPAN_ROW(rows[i].statuses, span_of(peer_statuses(peer, true)), rows[i].statuses);
        CHECK_INT(peer->dispatched, 0);
        CHECK_INT(peer->finished, 0);
    }
}

TEST(content_of_a_request_that_the_gate_refuses_is_not_the_next_request)
{
    for (int result = 1; result <= 2; result++) {
        struct peer *peer = open_gated(result);

        send_text(peer, "POST /x " END "Content-Length: 100\r\n\r\n" NEXT NEXT NEXT NEXT);
        CHECK_SPAN(span_of(peer_statuses(peer, true)), "500");
    }
}

static int filter_response(void *context, struct assent_engine *engine, struct assent_span head,
                           struct assent_writer *out)
{
    (void)context;
    (void)engine;
    assent_writer_put(out, assent_span_slice(head, 0, head.len - 2));
    assent_writer_text(out, "X-Gate: passed\r\n\r\n");
    return gate_result;
}

TEST(the_gate_rewrites_answers_but_not_the_engines_own)
{
    struct peer *peer = peer_open();

    gate_result = 0;
    peer->handler.filter_response = filter_response;
    send_text(peer, "POST / " END "Expect: 100-continue\r\nContent-Length: 1\r\n\r\n");
    CHECK(!peer_has(peer, "X-Gate"));
    send_text(peer, "x");
    CHECK(peer_has(peer, "X-Gate: passed\r\n\r\nPOST / 1\n"));
    peer->out_len = 0;
    send_text(peer, "GET / HTTP/1.1\r\n\r\n");
    CHECK(!peer_has(peer, "X-Gate"));
    CHECK_SPAN(span_of(peer_statuses(peer, true)), "400");
}

TEST(an_answer_that_the_gate_refuses_becomes_500)
{
    struct peer *peer = peer_open();

    gate_result = ASSENT_ERR_SYNTAX;
    peer->handler.filter_response = filter_response;
    send_text(peer, "GET / " END "\r\n" NEXT);
    CHECK_SPAN(span_of(peer_statuses(peer, true)), "500 500");
    CHECK_INT(peer->completed, 2);
    CHECK(!peer_has(peer, "X-Gate"));
}

TEST_MAIN(CASE(the_gate_rewrites_a_request_before_the_handler_sees_it),
          CASE(the_gate_can_refuse_a_request),
          CASE(content_of_a_request_that_the_gate_refuses_is_not_the_next_request),
          CASE(the_gate_rewrites_answers_but_not_the_engines_own),
          CASE(an_answer_that_the_gate_refuses_becomes_500))
