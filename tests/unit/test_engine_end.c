/* SPDX-License-Identifier: MIT */
/* Classes 28 and 29: connections that break. */
#include "http/engine.h"

#include "tests/unit/engine_case.h"

TEST(class_29_a_connection_may_break_at_every_byte)
{
    static const char *const rows[] = {
        "GET / " END "\r\n" NEXT,
        "POST /echo " END "Content-Length: 4\r\n\r\nabcd" NEXT,
        "POST / " END "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX: y\r\n\r\n",
        "GET /stream " END "\r\n",
        "bad\r\n\r\n more",
        "GET /upgrade " END "Connection: upgrade\r\nUpgrade: test\r\n\r\nabc",
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t at = 0; at <= strlen(rows[i]); at++) {
            struct peer *peer = peer_open();

            peer->stop_reading = at % 2 == 1;
            peer_send(peer, assent_span(rows[i], at), SIZE_MAX);
            assent_engine_abort(&peer->engine);
            CHECK_INT_ROW(rows[i], peer->finished, peer->dispatched);
            CHECK_INT_ROW(rows[i], assent_engine_state(&peer->engine), ASSENT_ENGINE_DONE);
            /* whatever the transport still does has no effect */
            assent_engine_tick(&peer->engine, peer->now_ms + 100000);
            assent_engine_recv_ack(&peer->engine, 0);
            assent_engine_recv_end(&peer->engine);
            assent_engine_run(&peer->engine);
            assent_engine_abort(&peer->engine);
            CHECK_INT_ROW(rows[i], peer->finished, peer->dispatched);
            CHECK_INT_ROW(rows[i], assent_engine_state(&peer->engine), ASSENT_ENGINE_DONE);
        }
    }
}

TEST(class_28_a_hundred_thousand_aborted_connections_end_every_exchange)
{
    static const char input[] = "POST / " END "Content-Length: 4\r\n\r\nabcd" NEXT;
    unsigned long dispatched = 0;
    unsigned long finished = 0;

    for (unsigned i = 0; i < 100000; i++) {
        struct peer *peer = peer_open_sized(256, 256);

        peer_send(peer, assent_span(input, i % sizeof(input)), SIZE_MAX);
        assent_engine_abort(&peer->engine);
        dispatched += peer->dispatched;
        finished += peer->finished;
    }
    CHECK(dispatched > 30000);
    CHECK_INT(finished, dispatched);
}

TEST(the_peers_end_completes_what_is_complete)
{
    static const struct {
        const char *input;
        const char *statuses;
    } rows[] = {
        {"", ""},
        {"GET / " END "\r\n", "200"},
        {"GET / " END "\r\n" NEXT, "200 200"},
        {"GET / " END, "400"},
        {"G", "400"},
        {"GET / " END "\r\nG", "200 400"},
        {"POST / " END "Content-Length: 3\r\n\r\nab", "400"},
        {"POST / " END "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n", "400"},
        {"POST / " END "Transfer-Encoding: chunked\r\n\r\n0\r\nX:", "400"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct peer *peer = peer_open();

        send_text(peer, rows[i].input);
        assent_engine_recv_end(&peer->engine);
        peer_drain(peer);
        CHECK_SPAN_ROW(rows[i].input, span_of(peer_statuses(peer, true)), rows[i].statuses);
        CHECK_INT_ROW(rows[i].input, assent_engine_state(&peer->engine), ASSENT_ENGINE_DONE);
        CHECK_INT_ROW(rows[i].input, peer->finished, peer->dispatched);
    }
}

TEST_MAIN(CASE(class_29_a_connection_may_break_at_every_byte),
          CASE(class_28_a_hundred_thousand_aborted_connections_end_every_exchange),
          CASE(the_peers_end_completes_what_is_complete))
