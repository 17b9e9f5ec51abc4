/* SPDX-License-Identifier: MIT */
/* The table of requests, and how connections and answers go on. */
#include "http/engine.h"

#include <stdlib.h>

#include "tests/unit/engine_case.h"
#include "tests/unit/http_table.h"

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

/* ---- answers that turn out otherwise --------------------------------------------------------- */

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

TEST_MAIN(CASE(legal_requests_are_answered),
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
          CASE(class_15_an_answer_cannot_be_split),
          CASE(class_18_content_above_the_limit_is_refused),
          CASE(class_20_odd_methods_do_not_pass_by_the_handler),
          CASE(class_24_exactly_one_valid_host_is_needed),
          CASE(keep_alive_is_announced_by_silence_and_close_by_name),
          CASE(http_1_0_keep_alive_is_announced),
          CASE(head_gets_the_head_alone_and_the_connection_goes_on),
          CASE(long_answers_are_produced_as_they_are_sent),
          CASE(an_answer_of_unknown_length_to_http_1_0_ends_with_the_connection),
          CASE(constant_memory_is_sent_from_where_it_lies),
          CASE(content_is_echoed_under_back_pressure),
          CASE(a_peer_is_held_back_while_nobody_takes_its_content),
          CASE(a_handler_may_take_its_time),
          CASE(content_that_is_taken_slowly_is_not_the_peers_fault),
          CASE(a_dropped_head_makes_room_for_content),
          CASE(an_answer_that_goes_wrong_becomes_500_or_ends_the_connection),
          CASE(a_handler_may_change_its_mind_until_the_head_is_complete),
          CASE(after_101_bytes_pass_both_ways_until_the_peer_ends))
