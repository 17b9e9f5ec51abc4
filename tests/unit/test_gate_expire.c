/* SPDX-License-Identifier: MIT */
/* What is expired because it may not be kept. */
#include "port/host/ledger_table.h"
#include "tests/unit/gate_case.h"

TEST(what_the_browser_must_not_keep_is_expired_everywhere_it_can_be)
{
    struct assent_gate gate = gate_of(sample_policy());
    struct assent_span out;

    request(&gate, NOTHING, true, ASSENT_SPAN(GET "Cookie: _ga=1; sess=2\r\n\r\n"));
    out = response(&gate, ASSENT_GATE_FINAL, ASSENT_SPAN(OKAY "\r\n"));
    CHECK(contains(out, "Set-Cookie: _ga=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; "
                        "Max-Age=0; Secure\r\n"));
    CHECK(contains(out, "_ga=; Domain=www.shop.example; Path=/; "));
    CHECK(contains(out, "_ga=; Domain=shop.example; Path=/; "));
    CHECK(!contains(out, "Domain=example;"));
    CHECK(contains(out, "_ga=; Path=/p; "));
    CHECK(contains(out, "_ga=; Path=/p/; "));
    CHECK(contains(out, "_ga=; Path=/p/x; "));
    CHECK(contains(out, "Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Secure; "
                        "Partitioned\r\n"));
    CHECK(!contains(out, "q=1"));
    CHECK(!contains(out, "sess="));
}

TEST(a_closed_gate_passes_nothing_and_expires_what_came)
{
    struct assent_gate gate = gate_of(sample_policy());
    struct assent_span out;

    gate.closed = true;
    out = request(&gate, ALL, false, ASSENT_SPAN(GET "Cookie: sess=1; _ga=2; other=3\r\n\r\n"));
    CHECK(!contains(out, "Cookie"));
    out = response(&gate, ASSENT_GATE_FINAL, ASSENT_SPAN(OKAY "Set-Cookie: sess=new\r\n\r\n"));
    CHECK(!contains(out, "sess=new"));
    CHECK(contains(out, "Set-Cookie: sess=; Path=/; "));
    CHECK(contains(out, "Set-Cookie: _ga=; Path=/; "));
    CHECK(contains(out, "Set-Cookie: other=; Path=/; "));
}

TEST(an_address_has_no_parent_domains)
{
    struct assent_gate gate = gate_of(sample_policy());
    struct assent_span out;

    request(&gate, NOTHING, false,
            ASSENT_SPAN("GET / HTTP/1.1\r\nHost: 10.0.2.15:80\r\nCookie: _ga=1\r\n\r\n"));
    out = response(&gate, ASSENT_GATE_FINAL, ASSENT_SPAN(OKAY "\r\n"));
    CHECK(!contains(out, "Domain="));
    CHECK_INT(count(out, "Set-Cookie: _ga="), 1);
}

TEST(a_name_with_a_prefix_is_expired_as_its_prefix_demands)
{
    struct assent_gate gate = gate_of(sample_policy());
    struct assent_span out;

    request(&gate, NOTHING, true, ASSENT_SPAN(GET "Cookie: __Host-an=1\r\n\r\n"));
    out = response(&gate, ASSENT_GATE_FINAL, ASSENT_SPAN(OKAY "\r\n"));
    CHECK(contains(out, "Set-Cookie: __Host-an=; Path=/; "));
    CHECK(!contains(out, "Domain="));
    CHECK(!contains(out, "Path=/p"));
}

TEST(withdrawal_expires_the_exact_tuples_of_the_ledger)
{
    static uint8_t room[1024];
    struct assent_ledger_table table = {room, sizeof(room), 0};
    struct assent_ledger ledger = assent_ledger_table_open(&table);
    struct assent_gate gate = gate_of(sample_policy());
    struct assent_span out;

    gate.ledger = &ledger;
    request(&gate, ALL, true, ASSENT_SPAN(GET "\r\n"));
    response(&gate, ASSENT_GATE_FINAL,
             ASSENT_SPAN(OKAY "Set-Cookie: an_sub=1; Path=/deep/er; HttpOnly\r\n"
                              "Set-Cookie: ads_d=1; Domain=.Shop.Example; Path=/\r\n"
                              "Set-Cookie: an_part=1; Path=/; Secure; Partitioned\r\n"
                              "Set-Cookie: an_default=1\r\n"
                              "Set-Cookie: sess=1; Path=/\r\n\r\n"));
    request(&gate, NOTHING, true, ASSENT_SPAN(GET "\r\n"));
    exchange.expire_all = true;
    out = response(&gate, ASSENT_GATE_FINAL, ASSENT_SPAN(OKAY "\r\n"));
    CHECK(contains(out, "Set-Cookie: an_sub=; Path=/deep/er; "));
    CHECK(contains(out, "Set-Cookie: ads_d=; Domain=shop.example; Path=/; "));
    CHECK(contains(out, "Set-Cookie: an_part=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; "
                        "Max-Age=0; Secure; Partitioned\r\n"));
    CHECK(contains(out, "Set-Cookie: an_default=; Path=/p; "));
    CHECK_INT(count(out, "Set-Cookie: "), 4); /* and no guesses */
    request(&gate, NOTHING, true, ASSENT_SPAN(GET "\r\n"));
    out = response(&gate, ASSENT_GATE_FINAL, ASSENT_SPAN(OKAY "\r\n"));
    CHECK_INT(count(out, "Set-Cookie: "), 0); /* nothing was sent, nothing is to be done */
}

static int fail_learn(void *ctx, const struct assent_ledger_tuple *tuple)
{
    (void)ctx;
    (void)tuple;
    return ASSENT_ERR_IO;
}

/* One tuple, and then the flash fails. */
static int fail_next(void *ctx, uint32_t *cursor, uint8_t bytes[ASSENT_LEDGER_TUPLE_BYTES],
                     struct assent_ledger_tuple *tuple)
{
    (void)ctx;
    (void)bytes;
    *tuple = (struct assent_ledger_tuple){ASSENT_SPAN("an_sub"), ASSENT_SPAN(""), ASSENT_SPAN("/s"),
                                          false, false};
    return (*cursor)++ == 0 ? ASSENT_OK : ASSENT_ERR_IO;
}

TEST(a_ledger_that_fails_is_told_apart_from_one_that_ends)
{
    struct assent_ledger ledger = {.learn = fail_learn, .next = fail_next};
    struct assent_gate gate = gate_of(sample_policy());
    struct assent_span out;

    gate.ledger = &ledger;
    request(&gate, NOTHING, true, ASSENT_SPAN(GET "Cookie: ads_x=1\r\n\r\n"));
    exchange.expire_all = true;
    out = response(&gate, ASSENT_GATE_FINAL,
                   ASSENT_SPAN(OKAY "Set-Cookie: ads_d=1\r\nSet-Cookie: sess=1\r\n\r\n"));
    CHECK(contains(out, "Set-Cookie: an_sub=; Path=/s; "));
    CHECK(contains(out, "Set-Cookie: ads_x=; "));
    CHECK(contains(out, "Set-Cookie: sess=1"));
    CHECK(!contains(out, "ads_d"));
    CHECK_INT(exchange.omitted_count, 1);
}

TEST(a_tuple_that_no_browser_can_have_leaves_no_broken_line)
{
    static uint8_t room[256];
    struct assent_ledger_table table = {room, sizeof(room), 0};
    struct assent_ledger ledger = assent_ledger_table_open(&table);
    struct assent_gate gate = gate_of(sample_policy());

    gate.ledger = &ledger;
    request(&gate, ALL, false, ASSENT_SPAN(GET "\r\n"));
    response(&gate, ASSENT_GATE_FINAL,
             ASSENT_SPAN(OKAY "Set-Cookie: __Host-an=1; Domain=shop.example\r\n\r\n"));
    request(&gate, NOTHING, false, ASSENT_SPAN(GET "\r\n"));
    exchange.expire_all = true;
    CHECK(!contains(response(&gate, ASSENT_GATE_FINAL, ASSENT_SPAN(OKAY "\r\n")), "Set-Cookie"));
}

TEST(expiries_stay_within_their_number)
{
    struct assent_gate gate = gate_of(sample_policy());
    struct assent_writer w = assent_writer(buffer + 8192, 4096);
    struct assent_span out;

    assent_writer_text(&w, "GET /a/b/c/d/e/f HTTP/1.1\r\nHost: a.b.c.d.e.example\r\nCookie: z=0");
    for (unsigned i = 0; i < 40; i++) {
        assent_writer_text(&w, "; ads_");
        assent_writer_decimal(&w, i);
        assent_writer_text(&w, "=1");
    }
    assent_writer_text(&w, "\r\n\r\n");
    request(&gate, NOTHING, true, assent_writer_span(&w));
    CHECK_INT(exchange.dropped_count, 41);
    out = response(&gate, ASSENT_GATE_FINAL, ASSENT_SPAN(OKAY "\r\n"));
    CHECK_INT(count(out, "Set-Cookie: "), ASSENT_GATE_EXPIRIES);
    CHECK(exchange.omitted_count > 0);
}

TEST_MAIN(CASE(what_the_browser_must_not_keep_is_expired_everywhere_it_can_be),
          CASE(a_closed_gate_passes_nothing_and_expires_what_came),
          CASE(an_address_has_no_parent_domains),
          CASE(a_name_with_a_prefix_is_expired_as_its_prefix_demands),
          CASE(withdrawal_expires_the_exact_tuples_of_the_ledger),
          CASE(a_ledger_that_fails_is_told_apart_from_one_that_ends),
          CASE(a_tuple_that_no_browser_can_have_leaves_no_broken_line),
          CASE(expiries_stay_within_their_number))
