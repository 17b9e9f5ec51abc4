/* SPDX-License-Identifier: MIT */
/* Class 12: expectations, answers before the content, errors. */
#include "http/engine.h"

#include "tests/unit/engine_case.h"

TEST(one_hundred_is_sent_when_content_is_wanted)
{
    struct peer *peer = peer_open();

    send_text(peer, "POST / " END "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    CHECK_SPAN(span_of(peer_statuses(peer, true)), "100");
    CHECK(peer_has(peer, "HTTP/1.1 100 Continue\r\n\r\n"));
    send_text(peer, "ab" NEXT);
    CHECK_SPAN(span_of(peer_statuses(peer, true)), "100 200 200");
}

TEST(one_hundred_waits_while_content_is_held)
{
    struct peer *peer = peer_open();

    send_text(peer, "POST /hold " END "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    CHECK_SPAN(span_of(peer_statuses(peer, true)), "");
    assent_engine_run(&peer->engine);
    peer_drain(peer);
    CHECK_SPAN(span_of(peer_statuses(peer, true)), "100");
}

TEST(one_hundred_is_left_out_without_need)
{
    static const char *rows[] = {
        "POST / " END "Expect: 100-continue\r\nContent-Length: 2\r\n\r\nab",
        "POST / " END "Expect: 100-continue\r\nContent-Length: 0\r\n\r\n",
        "GET / " END "Expect: 100-continue\r\n\r\n",
        "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab",
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct peer *peer = peer_open();

        send_text(peer, rows[i]);
        CHECK_SPAN_ROW(rows[i], span_of(peer_statuses(peer, true)), "200");
    }
}

TEST(one_hundred_is_never_sent_to_http_1_0)
{
    struct peer *peer = peer_open();

    send_text(peer, "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    CHECK_INT(peer->out_len, 0);
    send_text(peer, "ab");
    CHECK_SPAN(span_of(peer_statuses(peer, true)), "200");
}

TEST(content_that_is_too_long_is_refused_before_it_is_sent)
{
    struct peer *peer = peer_open();

    send_text(peer, "POST /small " END "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    CHECK_SPAN(span_of(peer_statuses(peer, true)), "413");
    CHECK(peer_has(peer, "Connection: close\r\n"));
}

TEST(an_early_answer_without_100_ends_the_connection)
{
    struct peer *peer = peer_open();

    send_text(peer, "POST /early " END "Expect: 100-continue\r\nContent-Length: 40\r\n\r\n" NEXT);
    CHECK_SPAN(span_of(peer_statuses(peer, true)), "200");
    CHECK_INT(peer->dispatched, 1);
    CHECK_INT(peer->completed, 0);
}

TEST(content_behind_an_early_answer_is_thrown_away)
{
    struct peer *peer = peer_open();

    send_text(peer, "POST /early " END "Content-Length: 40\r\n\r\n");
    CHECK_SPAN(span_of(peer_statuses(peer, true)), "200");
    CHECK_INT(peer->finished, 0);
    send_text(peer, "GET /evil " END "\r\n123456789" NEXT);
    CHECK_SPAN(span_of(peer_statuses(peer, true)), "200 200");
    CHECK_INT(peer->completed, 2);
    CHECK(!peer_has(peer, "evil"));
}

TEST(a_peer_that_ends_within_content_nobody_waits_for_ends_the_connection)
{
    struct peer *peer = peer_open();

    send_text(peer, "POST /early " END "Content-Length: 40\r\n\r\n1234");
    assent_engine_recv_end(&peer->engine);
    CHECK_SPAN(span_of(peer_statuses(peer, true)), "200");
    CHECK_INT(peer->finished, 1);
    CHECK_INT(peer->completed, 0);
    CHECK_INT(assent_engine_state(&peer->engine), ASSENT_ENGINE_DONE);
}

TEST(much_content_behind_an_early_answer_ends_the_connection)
{
    static uint8_t much[ASSENT_ENGINE_DISCARD_BYTES + 5000];
    struct peer *peer = peer_open();

    send_text(peer, "POST /early " END "Content-Length: 100000\r\n\r\n");
    (void)peer_send(peer, assent_span(much, sizeof(much)), SIZE_MAX);
    CHECK_INT(peer->finished, 1);
    CHECK_INT(peer->completed, 0);
    CHECK(assent_engine_state(&peer->engine) & (ASSENT_ENGINE_FIN | ASSENT_ENGINE_DONE));
}

TEST(after_an_error_the_engine_lingers_so_that_no_reset_eats_the_answer)
{
    static uint8_t much[ASSENT_ENGINE_DISCARD_BYTES + 1];
    struct peer *peer = peer_open();

    peer->stop_reading = true;
    send_text(peer, "bad\r\n\r\n");
    CHECK_INT(assent_engine_state(&peer->engine), ASSENT_ENGINE_SEND | ASSENT_ENGINE_RECV);
    send_text(peer, "more of it");
    peer->stop_reading = false;
    peer_drain(peer);
    CHECK_SPAN(span_of(peer_statuses(peer, true)), "400");
    CHECK_INT(assent_engine_state(&peer->engine), ASSENT_ENGINE_FIN | ASSENT_ENGINE_RECV);
    send_text(peer, NEXT "more of it");
    CHECK_INT(peer->dispatched, 0);
    assent_engine_recv_end(&peer->engine);
    CHECK_INT(assent_engine_state(&peer->engine), ASSENT_ENGINE_DONE);

    peer = peer_open();
    send_text(peer, "bad\r\n\r\n");
    peer_wait(peer, ASSENT_ENGINE_LINGER_MS);
    CHECK_INT(assent_engine_state(&peer->engine), ASSENT_ENGINE_DONE);

    peer = peer_open(); /* the time counts from when the answer is sent */
    peer->stop_reading = true;
    send_text(peer, "bad\r\n\r\n");
    peer_wait(peer, ASSENT_ENGINE_PERIOD_MS - 500);
    peer->stop_reading = false;
    peer_drain(peer);
    peer_wait(peer, ASSENT_ENGINE_LINGER_MS - 1);
    CHECK_INT(assent_engine_state(&peer->engine), ASSENT_ENGINE_FIN | ASSENT_ENGINE_RECV);
    peer_wait(peer, 1);
    CHECK_INT(assent_engine_state(&peer->engine), ASSENT_ENGINE_DONE);

    peer = peer_open();
    send_text(peer, "bad\r\n\r\n");
    (void)peer_send(peer, assent_span(much, sizeof(much)), SIZE_MAX);
    CHECK_INT(assent_engine_state(&peer->engine), ASSENT_ENGINE_DONE);
}

TEST(errors_are_answered_with_short_problem_details)
{
    struct peer *peer = peer_open();

    send_text(peer, "GET / HTTP/1.1\r\n\r\n");
    CHECK(peer_has(peer, "HTTP/1.1 400 Bad Request\r\nContent-Type: application/problem+json\r\n"));
    CHECK(peer_has(peer, "\r\n\r\n{\"title\":\"Bad Request\",\"status\":400}\n"));
    CHECK(peer_has(peer, "Connection: close\r\n"));
    peer = peer_open();
    send_text(peer, "TRACE / " END "\r\n");
    CHECK(peer_has(peer, "Allow: "));
}

TEST_MAIN(CASE(one_hundred_is_sent_when_content_is_wanted),
          CASE(one_hundred_waits_while_content_is_held), CASE(one_hundred_is_left_out_without_need),
          CASE(one_hundred_is_never_sent_to_http_1_0),
          CASE(a_peer_that_ends_within_content_nobody_waits_for_ends_the_connection),
          CASE(content_that_is_too_long_is_refused_before_it_is_sent),
          CASE(an_early_answer_without_100_ends_the_connection),
          CASE(content_behind_an_early_answer_is_thrown_away),
          CASE(much_content_behind_an_early_answer_ends_the_connection),
          CASE(after_an_error_the_engine_lingers_so_that_no_reset_eats_the_answer),
          CASE(errors_are_answered_with_short_problem_details))
