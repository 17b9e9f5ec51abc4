/* SPDX-License-Identifier: MIT */
/* Class 27: deadlines. */
#include "http/engine.h"

#include "tests/unit/engine_case.h"

/* A byte a second, until the engine is done with its phase.
 *   return  seconds */
static unsigned drip(struct peer *peer)
{
    uint8_t phase = peer->engine.phase;
    unsigned seconds = 0;

    while (peer->engine.phase == phase && seconds < 1000) {
        peer_wait(peer, 1000);
        send_text(peer, "x");
        seconds++;
    }
    return seconds;
}

TEST(class_27_a_head_has_an_absolute_deadline_that_bytes_do_not_move)
{
    struct peer *peer = peer_open();

    send_text(peer, "GET / " END "X: ");
    CHECK_INT(peer->engine.phase, ASSENT_ENGINE_HEAD);
    CHECK_INT(drip(peer), ASSENT_ENGINE_HEAD_MS / 1000);
    CHECK_SPAN(span_of(peer_statuses(peer, true)), "408");
}

TEST(class_27_an_idle_connection_is_closed_without_a_word)
{
    struct peer *peer = peer_open();

    peer_wait(peer, ASSENT_ENGINE_IDLE_MS - 1);
    CHECK_INT(assent_engine_state(&peer->engine), ASSENT_ENGINE_RECV);
    peer_wait(peer, 1);
    CHECK_INT(assent_engine_state(&peer->engine), ASSENT_ENGINE_DONE);
    CHECK_INT(peer->out_len, 0);

    peer = peer_open();
    peer_wait(peer, ASSENT_ENGINE_IDLE_MS - 1);
    send_text(peer, NEXT); /* idle from here on again */
    peer_wait(peer, ASSENT_ENGINE_IDLE_MS - 1);
    CHECK_INT(assent_engine_state(&peer->engine), ASSENT_ENGINE_RECV);
    peer_wait(peer, 1);
    CHECK_INT(assent_engine_state(&peer->engine), ASSENT_ENGINE_DONE);
}

TEST(class_27_content_that_drips_is_refused_after_a_period)
{
    struct peer *peer = peer_open();

    send_text(peer, "POST / " END "Content-Length: 10000\r\n\r\n");
    CHECK_INT(peer->engine.phase, ASSENT_ENGINE_EXCHANGE);
    CHECK(drip(peer) <= 2 * ASSENT_ENGINE_PERIOD_MS / 1000);
    CHECK_SPAN(span_of(peer_statuses(peer, true)), "408");
    CHECK_INT(peer->finished, 1);
}

TEST(class_27_trailers_that_drip_are_refused_after_a_period)
{
    struct peer *peer = peer_open();

    send_text(peer, "POST / " END "Transfer-Encoding: chunked\r\n\r\n0\r\nX: ");
    CHECK_INT(peer->engine.phase, ASSENT_ENGINE_EXCHANGE);
    CHECK(drip(peer) <= 2 * ASSENT_ENGINE_PERIOD_MS / 1000);
    CHECK_SPAN(span_of(peer_statuses(peer, true)), "408");
}

TEST(class_27_content_at_the_minimum_rate_passes)
{
    static uint8_t piece[ASSENT_ENGINE_PERIOD_BYTES];
    struct peer *peer = peer_open();

    send_text(peer, "POST / " END "Content-Length: 10240\r\n\r\n");
    for (size_t sent = 0; sent < 10240; sent += sizeof(piece)) {
        peer_wait(peer, ASSENT_ENGINE_PERIOD_MS - 500);
        (void)peer_send(peer, assent_span(piece, sizeof(piece)), SIZE_MAX);
    }
    CHECK_SPAN(span_of(peer_statuses(peer, true)), "200");
}

TEST(class_27_who_does_not_read_the_answer_is_cut_off)
{
    struct peer *peer = peer_open();

    peer->stop_reading = true;
    send_text(peer, "GET /fixed " END "\r\n");
    peer_wait(peer, ASSENT_ENGINE_PERIOD_MS);
    CHECK_INT(assent_engine_state(&peer->engine), ASSENT_ENGINE_DONE);
    CHECK_INT(peer->finished, 1);
    CHECK_INT(peer->completed, 0);

    peer = peer_open(); /* or reads a byte a second */
    peer->stop_reading = true;
    send_text(peer, "GET /fixed " END "\r\n");
    for (unsigned i = 0; i < 30 && peer->engine.phase == ASSENT_ENGINE_EXCHANGE; i++) {
        assent_engine_send_ack(&peer->engine, 1);
        peer_wait(peer, 1000);
    }
    CHECK_INT(assent_engine_state(&peer->engine), ASSENT_ENGINE_DONE);
}

TEST(class_27_who_does_not_read_an_error_is_cut_off)
{
    struct peer *peer = peer_open();

    peer->stop_reading = true;
    send_text(peer, "bad\r\n\r\n");
    peer_wait(peer, ASSENT_ENGINE_PERIOD_MS);
    CHECK_INT(assent_engine_state(&peer->engine), ASSENT_ENGINE_DONE);
}

TEST(class_27_a_working_connection_is_never_the_idlest)
{
    struct peer *peer = peer_open();

    peer_wait(peer, 3000);
    CHECK_INT(assent_engine_idle_ms(&peer->engine), 3001);
    send_text(peer, "G");
    CHECK_INT(assent_engine_idle_ms(&peer->engine), 1);
    send_text(peer, "ET /late " END "\r\n");
    peer_wait(peer, 3000);
    CHECK_INT(assent_engine_idle_ms(&peer->engine), 0);
}

TEST(the_clock_may_wrap_and_never_goes_back)
{
    struct peer *peer = peer_open();

    peer->now_ms = UINT32_MAX - 2000;
    assent_engine_init(&peer->engine, &peer->settings, peer->recv, PEER_RECV, peer->send, PEER_SEND,
                       peer->now_ms);
    peer_wait(peer, ASSENT_ENGINE_IDLE_MS - 1);
    CHECK_INT(assent_engine_state(&peer->engine), ASSENT_ENGINE_RECV);
    assent_engine_tick(&peer->engine, UINT32_MAX - 2000);
    CHECK_INT(assent_engine_state(&peer->engine), ASSENT_ENGINE_RECV);
    peer_wait(peer, 1);
    CHECK_INT(assent_engine_state(&peer->engine), ASSENT_ENGINE_DONE);

    peer = peer_open();
    peer_wait(peer, 3000);
    send_text(peer, "GET / ");
    assent_engine_tick(&peer->engine, peer->now_ms - 1000);
    CHECK_INT(assent_engine_state(&peer->engine), ASSENT_ENGINE_RECV);
}

TEST_MAIN(CASE(class_27_a_head_has_an_absolute_deadline_that_bytes_do_not_move),
          CASE(class_27_an_idle_connection_is_closed_without_a_word),
          CASE(class_27_content_that_drips_is_refused_after_a_period),
          CASE(class_27_trailers_that_drip_are_refused_after_a_period),
          CASE(class_27_content_at_the_minimum_rate_passes),
          CASE(class_27_who_does_not_read_the_answer_is_cut_off),
          CASE(class_27_who_does_not_read_an_error_is_cut_off),
          CASE(class_27_a_working_connection_is_never_the_idlest),
          CASE(the_clock_may_wrap_and_never_goes_back))
