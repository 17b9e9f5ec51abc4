/* SPDX-License-Identifier: MIT */
#include "http/engine.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/http_peer.h"
#include "tests/unit/http_table.h"
#include "tests/unit/test.h"

#define END  "HTTP/1.1\r\nHost: a\r\n"
#define NEXT "GET /next " END "\r\n"

static struct assent_span span_of(const char *text)
{
    return assent_span(text, strlen(text));
}

static size_t send_text(struct peer *peer, const char *text)
{
    return peer_send(peer, span_of(text), SIZE_MAX);
}

/* ---- the table of requests ------------------------------------------------------------------- */

static bool is_class(const struct table_row *row, int class)
{
    return strcmp(row->class, "ok") == 0 ? class == 0 : atoi(row->class) == class;
}

/* Run all rows of a class, each delivered whole, byte by byte, and split in two at every place. */
static void run_class(int class)
{
    size_t count;
    const struct table_row *rows = table_rows(&count);
    unsigned found = 0;

    for (size_t i = 0; i < count; i++) {
        const struct table_row *row = &rows[i];
        static char whole[PEER_LOG];
        struct peer *peer;
        size_t last;

        if (!is_class(row, class)) {
            continue;
        }
        found++;
        peer = peer_open();
        peer_send(peer, row->input, SIZE_MAX);
        CHECK_SPAN_ROW(row->name, span_of(peer_statuses(peer, false)), row->statuses);
        CHECK_INT_ROW(row->name, peer->finished, peer->dispatched);
        memcpy(whole, peer->log, peer->log_len + 1);

        peer = peer_open();
        peer_send(peer, row->input, 1);
        CHECK_SPAN_ROW(row->name, span_of(peer_statuses(peer, false)), row->statuses);
        if (class == 0) {
            CHECK_SPAN_ROW(row->name, span_of(peer->log), whole);
        }

        last = row->input.len < 1200 ? row->input.len : 1200;
        for (size_t at = 1; at < last; at++) {
            peer = peer_open();
            peer_send(peer, assent_span_slice(row->input, 0, at), SIZE_MAX);
            peer_send(peer, assent_span_slice(row->input, at, row->input.len), SIZE_MAX);
            CHECK_SPAN_ROW(row->name, span_of(peer_statuses(peer, false)), row->statuses);
            if (class == 0) {
                CHECK_SPAN_ROW(row->name, span_of(peer->log), whole);
            }
        }
    }
    CHECK(found > 0);
}

TEST(legal_requests_are_answered)
{
    run_class(0);
}

TEST(class_1_content_lengths_that_are_no_plain_number_are_refused)
{
    run_class(1);
}

TEST(class_2_two_framings_and_odd_transfer_codings_are_refused)
{
    run_class(2);
}

TEST(class_3_malformed_chunks_extensions_and_trailers_are_refused)
{
    run_class(3);
}

TEST(class_4_malformed_request_lines_and_fields_are_refused)
{
    run_class(4);
}

TEST(class_5_heads_not_ended_by_an_empty_line_are_refused)
{
    run_class(5);
}

TEST(class_6_one_field_too_many_is_refused_not_ignored)
{
    run_class(6);
}

TEST(class_7_a_head_longer_than_the_buffer_is_refused_not_cut)
{
    run_class(7);
}

TEST(class_8_field_names_and_tokens_are_compared_whole)
{
    run_class(8);
}

TEST(class_9_bytes_behind_the_content_are_the_next_request)
{
    run_class(9);
}

TEST(class_10_a_bad_request_does_not_cost_an_earlier_answer)
{
    run_class(10);
}

TEST(class_12_unknown_expectations_are_refused)
{
    run_class(12);
}

TEST(class_14_odd_targets_are_refused_and_long_ones_do_no_harm)
{
    run_class(14);
}

TEST(class_15_an_answer_cannot_be_split)
{
    struct peer *peer = peer_open();

    run_class(15);
    send_text(peer, "GET /split " END "\r\n");
    CHECK(!peer_has(peer, "evil"));
}

TEST(class_18_content_above_the_limit_is_refused)
{
    run_class(18);
}

TEST(class_20_odd_methods_do_not_pass_by_the_handler)
{
    run_class(20);
}

TEST(class_24_exactly_one_valid_host_is_needed)
{
    run_class(24);
}

/* ---- connections ----------------------------------------------------------------------------- */

TEST(keep_alive_is_announced_by_silence_and_close_by_name)
{
    struct peer *peer = peer_open();

    send_text(peer, "GET / " END "\r\n");
    CHECK(!peer_has(peer, "Connection"));
    CHECK_INT(assent_engine_state(&peer->engine), ASSENT_ENGINE_RECV);
    send_text(peer, "GET / " END "Connection: close\r\n\r\n");
    CHECK(peer_has(peer, "Connection: close\r\n"));
    CHECK_INT(assent_engine_state(&peer->engine), ASSENT_ENGINE_RECV | ASSENT_ENGINE_FIN);
}

TEST(http_1_0_keep_alive_is_announced)
{
    struct peer *peer = peer_open();

    send_text(peer, "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
    CHECK(peer_has(peer, "Connection: keep-alive\r\n"));
    CHECK_INT(assent_engine_state(&peer->engine), ASSENT_ENGINE_RECV);
}

TEST(head_gets_the_head_alone_and_the_connection_goes_on)
{
    struct peer *peer = peer_open();

    send_text(peer, "HEAD /a " END "\r\n");
    CHECK(peer_has(peer, "Content-Length: 10\r\n"));
    CHECK(!peer_has(peer, "HEAD /a"));
    peer->out_len = 0;
    send_text(peer, "HEAD /stream " END "\r\n" NEXT);
    CHECK(!peer_has(peer, "0123"));
    CHECK(peer_has(peer, "GET /next 0"));
    CHECK_INT(peer->completed, 3);
}

TEST(long_answers_are_produced_as_they_are_sent)
{
    for (size_t most = 1; most < 700; most += 83) {
        struct peer *peer = peer_open();

        peer->stream_bytes = 20000;
        peer->send_max = most;
        send_text(peer, "GET /stream " END "\r\nGET /fixed " END "\r\n" NEXT);
        CHECK_SPAN(span_of(peer_statuses(peer, true)), "200 200 200");
        CHECK_INT(peer->completed, 3);
    }
}

TEST(an_answer_of_unknown_length_to_http_1_0_ends_with_the_connection)
{
    struct peer *peer = peer_open();

    send_text(peer, "GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" NEXT);
    CHECK(peer_has(peer, "Connection: close\r\n"));
    CHECK(!peer_has(peer, "chunked"));
    CHECK_INT(peer->streamed, 2000);
    CHECK(!peer_has(peer, "next"));
}

TEST(constant_memory_is_sent_from_where_it_lies)
{
    struct peer *peer = peer_open();
    size_t len;
    bool fixed;

    peer->stop_reading = true;
    send_text(peer, "GET /fixed " END "\r\n");
    CHECK(assent_engine_send_buf(&peer->engine, &len, &fixed) != NULL);
    CHECK(!fixed);
    assent_engine_send_ack(&peer->engine, len);
    CHECK(assent_engine_send_buf(&peer->engine, &len, &fixed) != NULL);
    CHECK(fixed);
    CHECK_INT(len, 3000);
    assent_engine_send_ack(&peer->engine, 2999);
    CHECK_INT(peer->finished, 0);
    assent_engine_send_ack(&peer->engine, 1);
    CHECK_INT(peer->completed, 1);
}

TEST(content_is_echoed_under_back_pressure)
{
    static char input[40000];
    int len = snprintf(input, sizeof(input), "POST /echo " END "Content-Length: 15000\r\n\r\n");
    struct peer *peer = peer_open();

    memset(input + len, 'e', 15000);
    memcpy(input + len + 15000, NEXT, sizeof(NEXT));
    peer->send_max = 7;
    send_text(peer, input);
    CHECK_INT(peer->content_bytes, 0); /* of NEXT */
    CHECK_SPAN(span_of(peer_statuses(peer, true)), "200 200");
    CHECK_INT(peer->completed, 2);
}

TEST(a_peer_is_held_back_while_nobody_takes_its_content)
{
    static uint8_t much[5000];
    struct peer *peer = peer_open();

    send_text(peer, "POST /hold " END "Content-Length: 5000\r\n\r\n");
    CHECK(peer_send(peer, assent_span(much, sizeof(much)), SIZE_MAX) < PEER_RECV);
    CHECK_INT(assent_engine_state(&peer->engine), 0);
    assent_engine_run(&peer->engine);
    CHECK_INT(assent_engine_state(&peer->engine), ASSENT_ENGINE_RECV);
    peer_wait(peer, 60000); /* the peer's turn now */
    CHECK_SPAN(span_of(peer_statuses(peer, true)), "408");
}

TEST(a_handler_may_take_its_time)
{
    struct peer *peer = peer_open();

    send_text(peer, "GET /late " END "\r\n");
    peer_wait(peer, 600000);
    CHECK_INT(peer->finished, 0);
    CHECK_INT(assent_engine_idle_ms(&peer->engine), 0);
    (void)assent_response_send(&peer->engine.response, 200, NULL, assent_span(NULL, 0));
    assent_engine_run(&peer->engine);
    peer_drain(peer);
    CHECK_SPAN(span_of(peer_statuses(peer, true)), "200");
    CHECK_INT(peer->completed, 1);
}

TEST(content_that_is_taken_slowly_is_not_the_peers_fault)
{
    struct peer *peer = peer_open();

    send_text(peer, "POST /slow " END "Content-Length: 8\r\n\r\n12345678");
    CHECK_INT(peer->content_bytes, 8);
    peer = peer_open(); /* held, before and after content has come */
    send_text(peer, "POST /hold " END "Content-Length: 8\r\n\r\n");
    peer_wait(peer, 100000);
    send_text(peer, "1234");
    peer_wait(peer, 100000);
    CHECK_INT(peer->finished, 0);
    peer = peer_open(); /* offered, but not taken */
    send_text(peer, "POST /stuck " END "Content-Length: 8\r\n\r\n12345678");
    peer_wait(peer, 100000);
    CHECK_INT(peer->finished, 0);
    peer->answer = true;
    assent_engine_run(&peer->engine);
    peer_drain(peer);
    CHECK_SPAN(span_of(peer_statuses(peer, true)), "200");
    CHECK_INT(peer->content_bytes, 8);
}

TEST(a_dropped_head_makes_room_for_content)
{
    static char input[3000];
    size_t with;
    size_t without;
    size_t len;
    struct peer *peer = peer_open();

    snprintf(input, sizeof(input), "POST /hold " END "X: %0500d\r\nContent-Length: 9000\r\n\r\n",
             0);
    send_text(peer, input);
    (void)assent_engine_recv_buf(&peer->engine, &with);
    snprintf(input, sizeof(input), "POST /drop " END "X: %0500d\r\nContent-Length: 90000\r\n\r\n",
             0);
    peer = peer_open();
    send_text(peer, input);
    (void)assent_engine_recv_buf(&peer->engine, &without);
    CHECK_INT(without, PEER_RECV);
    CHECK(with < PEER_RECV - 500);
    memset(input, 'x', sizeof(input));
    for (len = 0; len < 90000; len += sizeof(input)) {
        CHECK_INT(peer_send(peer, assent_span(input, sizeof(input)), SIZE_MAX), sizeof(input));
    }
    CHECK_SPAN(span_of(peer_statuses(peer, true)), "200");
    CHECK(peer_has(peer, " 90000\n"));
}

/* ---- class 12: expectations and early answers ------------------------------------------------ */

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

/* ---- class 27: time -------------------------------------------------------------------------- */

TEST(class_27_a_head_has_an_absolute_deadline_that_bytes_do_not_move)
{
    struct peer *peer = peer_open();
    unsigned bytes = 0;

    send_text(peer, "GET / " END "X: ");
    while (peer->engine.phase == ASSENT_ENGINE_HEAD && bytes < 100) {
        peer_wait(peer, 1000);
        send_text(peer, "x");
        bytes++;
    }
    CHECK_INT(bytes, ASSENT_ENGINE_HEAD_MS / 1000);
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
    unsigned seconds = 0;

    send_text(peer, "POST / " END "Content-Length: 10000\r\n\r\n");
    while (peer->engine.phase == ASSENT_ENGINE_EXCHANGE && seconds < 1000) {
        peer_wait(peer, 1000);
        send_text(peer, "x");
        seconds++;
    }
    CHECK(seconds <= 2 * ASSENT_ENGINE_PERIOD_MS / 1000);
    CHECK_SPAN(span_of(peer_statuses(peer, true)), "408");
    CHECK_INT(peer->finished, 1);
}

TEST(class_27_trailers_that_drip_are_refused_after_a_period)
{
    struct peer *peer = peer_open();
    unsigned seconds = 0;

    send_text(peer, "POST / " END "Transfer-Encoding: chunked\r\n\r\n0\r\nX: ");
    while (peer->engine.phase == ASSENT_ENGINE_EXCHANGE && seconds < 1000) {
        peer_wait(peer, 1000);
        send_text(peer, "x");
        seconds++;
    }
    CHECK(seconds <= 2 * ASSENT_ENGINE_PERIOD_MS / 1000);
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

/* ---- class 28 and 29: connections that break ------------------------------------------------- */

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

TEST(an_answer_that_goes_wrong_becomes_500_or_ends_the_connection)
{
    struct peer *peer = peer_open();

    send_text(peer, "GET /broken " END "\r\n" NEXT);
    CHECK_SPAN(span_of(peer_statuses(peer, true)), "200 ...");
    CHECK_INT(peer->finished, 1);
    CHECK_INT(peer->completed, 0);
    peer = peer_open_sized(PEER_RECV, 96); /* too small even for the 500 */
    send_text(peer, "GET /split " END "\r\n" NEXT);
    CHECK_INT(peer->out_len, 0);
    CHECK_INT(peer->finished, 1);
    CHECK_INT(assent_engine_state(&peer->engine), ASSENT_ENGINE_FIN | ASSENT_ENGINE_RECV);
    peer = peer_open();
    send_text(peer, "POST /echo " END "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\nbad" NEXT);
    CHECK_SPAN(span_of(peer_statuses(peer, true)), "200 ...");
    CHECK_INT(peer->dispatched, 1);
    CHECK_INT(peer->finished, 1);
}

TEST(a_handler_may_change_its_mind_until_the_head_is_complete)
{
    struct peer *peer = peer_open();

    send_text(peer, "GET /change " END "\r\n" NEXT);
    CHECK_SPAN(span_of(peer_statuses(peer, true)), "503 200");
    CHECK(!peer_has(peer, "X-Wrong"));
    CHECK_INT(peer->completed, 2);
    assent_engine_refuse(&peer->engine, 503); /* nothing to refuse */
    CHECK_INT(assent_engine_state(&peer->engine), ASSENT_ENGINE_RECV);

    peer = peer_open();
    send_text(peer, "GET /give-up " END "\r\n" NEXT);
    CHECK_SPAN(span_of(peer_statuses(peer, true)), "200 ...");
    CHECK_INT(peer->dispatched, 1);
    CHECK_INT(peer->finished, 1);
    CHECK_INT(peer->completed, 0);

    peer = peer_open(); /* an answer that is complete stays */
    send_text(peer, "POST /early " END "Content-Length: 9\r\n\r\n");
    assent_engine_refuse(&peer->engine, 503);
    send_text(peer, "123456789" NEXT);
    CHECK_SPAN(span_of(peer_statuses(peer, true)), "200 200");
}

TEST(after_101_bytes_pass_both_ways_until_the_peer_ends)
{
    struct peer *peer = peer_open();

    send_text(peer, "GET /upgrade " END "Connection: upgrade\r\nUpgrade: test\r\n\r\nfirst,");
    CHECK(peer_has(
        peer,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: test\r\nConnection: upgrade\r\n\r\nfirst,"));
    peer_wait(peer, 600000); /* a tunnel may be silent */
    send_text(peer, NEXT);
    CHECK(peer_has(peer, "first," NEXT));
    CHECK_INT(peer->dispatched, 1);
    assent_engine_recv_end(&peer->engine);
    peer_drain(peer);
    CHECK_INT(peer->completed, 1);
    CHECK_INT(assent_engine_state(&peer->engine), ASSENT_ENGINE_DONE);
}

/* ---- the gate -------------------------------------------------------------------------------- */

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

TEST_MAIN(
    CASE(legal_requests_are_answered),
    CASE(class_1_content_lengths_that_are_no_plain_number_are_refused),
    CASE(class_2_two_framings_and_odd_transfer_codings_are_refused),
    CASE(class_3_malformed_chunks_extensions_and_trailers_are_refused),
    CASE(class_4_malformed_request_lines_and_fields_are_refused),
    CASE(class_5_heads_not_ended_by_an_empty_line_are_refused),
    CASE(class_6_one_field_too_many_is_refused_not_ignored),
    CASE(class_7_a_head_longer_than_the_buffer_is_refused_not_cut),
    CASE(class_8_field_names_and_tokens_are_compared_whole),
    CASE(class_9_bytes_behind_the_content_are_the_next_request),
    CASE(class_10_a_bad_request_does_not_cost_an_earlier_answer),
    CASE(class_12_unknown_expectations_are_refused),
    CASE(class_14_odd_targets_are_refused_and_long_ones_do_no_harm),
    CASE(class_15_an_answer_cannot_be_split), CASE(class_18_content_above_the_limit_is_refused),
    CASE(class_20_odd_methods_do_not_pass_by_the_handler),
    CASE(class_24_exactly_one_valid_host_is_needed),
    CASE(keep_alive_is_announced_by_silence_and_close_by_name),
    CASE(http_1_0_keep_alive_is_announced),
    CASE(head_gets_the_head_alone_and_the_connection_goes_on),
    CASE(long_answers_are_produced_as_they_are_sent),
    CASE(an_answer_of_unknown_length_to_http_1_0_ends_with_the_connection),
    CASE(constant_memory_is_sent_from_where_it_lies), CASE(content_is_echoed_under_back_pressure),
    CASE(a_peer_is_held_back_while_nobody_takes_its_content), CASE(a_handler_may_take_its_time),
    CASE(content_that_is_taken_slowly_is_not_the_peers_fault),
    CASE(a_dropped_head_makes_room_for_content), CASE(one_hundred_is_sent_when_content_is_wanted),
    CASE(one_hundred_waits_while_content_is_held), CASE(one_hundred_is_left_out_without_need),
    CASE(one_hundred_is_never_sent_to_http_1_0),
    CASE(a_peer_that_ends_within_content_nobody_waits_for_ends_the_connection),
    CASE(content_that_is_too_long_is_refused_before_it_is_sent),
    CASE(an_early_answer_without_100_ends_the_connection),
    CASE(content_behind_an_early_answer_is_thrown_away),
    CASE(much_content_behind_an_early_answer_ends_the_connection),
    CASE(after_an_error_the_engine_lingers_so_that_no_reset_eats_the_answer),
    CASE(errors_are_answered_with_short_problem_details),
    CASE(class_27_a_head_has_an_absolute_deadline_that_bytes_do_not_move),
    CASE(class_27_an_idle_connection_is_closed_without_a_word),
    CASE(class_27_content_that_drips_is_refused_after_a_period),
    CASE(class_27_trailers_that_drip_are_refused_after_a_period),
    CASE(class_27_content_at_the_minimum_rate_passes),
    CASE(class_27_who_does_not_read_the_answer_is_cut_off),
    CASE(class_27_who_does_not_read_an_error_is_cut_off),
    CASE(class_27_a_working_connection_is_never_the_idlest),
    CASE(the_clock_may_wrap_and_never_goes_back),
    CASE(class_29_a_connection_may_break_at_every_byte),
    CASE(class_28_a_hundred_thousand_aborted_connections_end_every_exchange),
    CASE(the_peers_end_completes_what_is_complete),
    CASE(an_answer_that_goes_wrong_becomes_500_or_ends_the_connection),
    CASE(a_handler_may_change_its_mind_until_the_head_is_complete),
    CASE(after_101_bytes_pass_both_ways_until_the_peer_ends),
    CASE(the_gate_rewrites_a_request_before_the_handler_sees_it),
    CASE(the_gate_can_refuse_a_request),
    CASE(content_of_a_request_that_the_gate_refuses_is_not_the_next_request),
    CASE(the_gate_rewrites_answers_but_not_the_engines_own),
    CASE(an_answer_that_the_gate_refuses_becomes_500))
