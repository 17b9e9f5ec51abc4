/* SPDX-License-Identifier: MIT */
/* Responses: which cookies reach the browser, and what else their heads say. */
#include "tests/unit/gate_case.h"

TEST(set_cookie_is_judged_hardened_and_shortened)
{
    const struct {
        const char *why;
        uint8_t granted;
        bool https;
        struct assent_span in;
        const char *out; /* what remains of the line; "" if it is dropped */
    } rows[] = {
        {"complete: copied byte by byte", ALL, true,
         ASSENT_SPAN("sEt-cOOkie:  sess=1;path=/;secure;httponly;samesite=lax;Priority=High"),
         "sEt-cOOkie:  sess=1;path=/;secure;httponly;samesite=lax;Priority=High\r\n"},
        {"hardened", ALL, true, ASSENT_SPAN("Set-Cookie: sess=1"),
         "Set-Cookie: sess=1; Secure; HttpOnly; SameSite=Lax\r\n"},
        {"not Secure over HTTP", ALL, false, ASSENT_SPAN("Set-Cookie: sess=1; SameSite=Strict"),
         "Set-Cookie: sess=1; HttpOnly; SameSite=Strict\r\n"},
        {"not HttpOnly where scripts need it", ALL, false, ASSENT_SPAN("Set-Cookie: _ga=1"),
         "Set-Cookie: _ga=1; SameSite=Lax\r\n"},
        {"not granted", NOTHING, false, ASSENT_SPAN("Set-Cookie: _ga=1; HttpOnly; Path=/p/"), ""},
        {"other letters", NOTHING, false, ASSENT_SPAN("SET-COOKIE: _ga=1"), ""},
        {"no choice", 0, false, ASSENT_SPAN("Set-Cookie: ads_http=1; HttpOnly"), ""},
        {"unknown", ALL, false, ASSENT_SPAN("Set-Cookie: other=1"), ""},
        {"nameless", ALL, false, ASSENT_SPAN("Set-Cookie: sess"), ""},
        {"nameless by '='", ALL, false, ASSENT_SPAN("Set-Cookie: =sess"), ""},
        {"the token is ours", ALL, false, ASSENT_SPAN("Set-Cookie: assent=x"), ""},
        {"and so is its other name", ALL, true,
         ASSENT_SPAN("Set-Cookie: __Host-assent=x; Secure; Path=/"), ""},
        {"tab in a value is no control", ALL, false,
         ASSENT_SPAN("Set-Cookie: sess=a\tb; HttpOnly; SameSite=Lax"),
         "Set-Cookie: sess=a\tb; HttpOnly; SameSite=Lax\r\n"},
        {"obsolete", ALL, false, ASSENT_SPAN("Set-Cookie2: sess=1"), ""},
        {"promised as session cookie", ALL, false,
         ASSENT_SPAN("Set-Cookie: sess=1; Max-Age=99; HttpOnly; SameSite=Lax"),
         "Set-Cookie: sess=1; HttpOnly; SameSite=Lax\r\n"},
        {"life cut to the inventory's 30 days", ALL, false,
         ASSENT_SPAN("Set-Cookie: an_sub=1; Max-Age=99999999; Path=/p/; SameSite=Lax"),
         "Set-Cookie: an_sub=1; Path=/p/; Max-Age=2592000; SameSite=Lax\r\n"},
        {"life by date", ALL, false,
         ASSENT_SPAN("Set-Cookie: an_sub=1; Expires=Fri, 31 Dec 2060 00:00:00 GMT; SameSite=Lax"),
         "Set-Cookie: an_sub=1; Max-Age=2592000; SameSite=Lax\r\n"},
        {"short enough", ALL, false, ASSENT_SPAN("Set-Cookie: an_sub=1; Max-Age=60; SameSite=Lax"),
         "Set-Cookie: an_sub=1; Max-Age=60; SameSite=Lax\r\n"},
        {"deleting passes, its value does not", NOTHING, false,
         ASSENT_SPAN("Set-Cookie: _ga=secret; Max-Age=0; Path=/p/"),
         "Set-Cookie: _ga=; Path=/p/; Max-Age=0\r\n"},
        {"deleting by date", 0, false,
         ASSENT_SPAN("Set-Cookie: _ga=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"),
         "Set-Cookie: _ga=; Expires=Thu, 01 Jan 1970 00:00:00 GMT\r\n"},
    };
    struct assent_gate gate = gate_of(sample_policy());

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_writer w = assent_writer(buffer + 8192, 4096);
        struct assent_writer expected = assent_writer(buffer + 12288, 2048);
        struct assent_span out;

        request(&gate, rows[i].granted, rows[i].https, ASSENT_SPAN(GET "\r\n"));
        assent_writer_text(&w, OKAY "Content-Type: image/png\r\n");
        assent_writer_put(&w, rows[i].in);
        assent_writer_text(&w, "\r\nX: y\r\n\r\n");
        out = response(&gate, ASSENT_GATE_FINAL, assent_writer_span(&w));
        assent_writer_text(&expected, OKAY "Content-Type: image/png\r\n");
        assent_writer_text(&expected, rows[i].out);
        assent_writer_text(&expected, "X: y\r\n");
        CHECK_ROW(rows[i].why, assent_span_starts(out, assent_writer_span(&expected)));
        if (!assent_span_starts(out, assent_writer_span(&expected))) {
            printf("%.*s", (int)out.len, (const char *)out.ptr);
        }
    }
}

TEST(nothing_slips_through_among_fifty)
{
    struct assent_gate gate = gate_of(sample_policy());
    struct assent_writer w = assent_writer(buffer + 4096, 8192);
    struct assent_span out;

    request(&gate, NOTHING, false, ASSENT_SPAN(GET "\r\n"));
    assent_writer_text(&w, OKAY);
    for (unsigned i = 0; i < 50; i++) {
        assent_writer_text(&w, i % 2 == 0 ? "Set-Cookie: ads_" : "SET-COOKIE: an_");
        assent_writer_decimal(&w, i);
        assent_writer_text(&w, "=leak; HttpOnly\r\n");
    }
    assent_writer_text(&w, "Set-Cookie: sess=1\r\n\r\n");
    out = response(&gate, ASSENT_GATE_FINAL, assent_writer_span(&w));
    CHECK(!contains(out, "leak"));
    CHECK_INT(count(out, "ookie: "), 1);
}

TEST(interim_responses_and_trailers_set_no_cookie_and_gain_no_field)
{
    struct assent_gate gate = gate_of(sample_policy());

    gate.csp = true;
    request(&gate, ALL, false, ASSENT_SPAN(GET "Cookie: other=1\r\n\r\n"));
    CHECK_SPAN(response(&gate, ASSENT_GATE_INTERIM,
                        ASSENT_SPAN("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nSet-Cookie: "
                                    "sess=1\r\n\r\n")),
               "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
    CHECK_SPAN(response(&gate, ASSENT_GATE_TRAILERS,
                        ASSENT_SPAN("Set-Cookie: _ga=1\r\nDigest: x\r\n\r\n")),
               "Digest: x\r\n\r\n");
}

TEST(a_response_head_that_cannot_be_read_is_refused)
{
    const struct assent_span rows[] = {
        ASSENT_SPAN(OKAY "Set-Cookie: sess=1\nSet-Cookie: _ga=1\r\n\r\n"),
        ASSENT_SPAN(OKAY "Set-Cookie: sess=1\r\n Set-Cookie: _ga=1\r\n\r\n"),
        ASSENT_SPAN(OKAY "Set-Cookie : _ga=1\r\n\r\n"),
        ASSENT_SPAN(OKAY "Set-Cookie: _ga=1\0\r\n\r\n"),
        ASSENT_SPAN(OKAY "Set-Cookie: _ga=1\r\n\r\nbody"),
    };
    struct assent_gate gate = gate_of(sample_policy());

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_writer out = assent_writer(output, sizeof(output));

        request(&gate, ALL, false, ASSENT_SPAN(GET "\r\n"));
        CHECK_INT(assent_gate_response(&gate, &exchange, ASSENT_GATE_FINAL, rows[i], &out),
                  ASSENT_ERR_SYNTAX);
    }
}

TEST(too_little_room_is_an_error_but_never_for_expiries)
{
    struct assent_gate gate = gate_of(sample_policy());
    struct assent_span head = ASSENT_SPAN(OKAY "Content-Type: text/html\r\n\r\n");
    struct assent_writer all = assent_writer(output, sizeof(output));
    bool complete = false;
    size_t needed = 0;

    request(&gate, NOTHING, false, ASSENT_SPAN(GET "Cookie: _ga=1; other=2\r\n\r\n"));
    CHECK_INT(assent_gate_response(&gate, &exchange, ASSENT_GATE_FINAL, head, &all), ASSENT_OK);
    CHECK_INT(exchange.omitted_count, 0);
    for (size_t cap = 0; cap <= all.len; cap++) {
        struct assent_writer out = assent_writer(buffer + 8192, cap);
        int error = assent_gate_response(&gate, &exchange, ASSENT_GATE_FINAL, head, &out);

        CHECK(error == ASSENT_OK || error == ASSENT_ERR_SPACE);
        CHECK(error == ASSENT_OK || !complete); /* once there is room, more room does not hurt */
        if (error == ASSENT_OK && !complete) {
            complete = true;
            needed = cap;
        }
        CHECK(error != ASSENT_OK || memcmp(out.ptr + out.len - 4, "\r\n\r\n", 4) == 0);
    }
    CHECK(needed < 150);
}

#define VARY "Vary: Cookie, Sec-GPC\r\nCache-Control: private"

TEST(caching_fits_what_the_response_depends_on)
{
    const struct {
        const char *why;
        bool notice;
        struct assent_span in;
        const char *out;
    } rows[] = {
        {"a picture is left alone", false,
         ASSENT_SPAN("Content-Type: image/png\r\nCache-Control: public, max-age=9\r\n"),
         "Content-Type: image/png\r\nCache-Control: public, max-age=9\r\n"},
        {"a picture with a cookie is not", false,
         ASSENT_SPAN("Content-Type: image/png\r\nSet-Cookie: _ga=1\r\nCache-Control: public, "
                     "max-age=9\r\n"),
         "Content-Type: image/png\r\n" VARY ", max-age=9\r\n"},
        {"a page", false,
         ASSENT_SPAN(
             "Content-Type: text/html\r\nCache-Control: Public, S-MaxAge=9\r\nCache-Control: "
             "no-cache\r\n"),
         "Content-Type: text/html\r\n" VARY ", no-cache\r\n"},
        {"no type: may be a page", false, ASSENT_SPAN(""), VARY "\r\n"},
        {"no-store stays", false,
         ASSENT_SPAN("Content-Type: text/html\r\nCache-Control: no-store\r\n"),
         "Content-Type: text/html\r\n" VARY ", no-store\r\n"},
        {"the notice is for one visitor", true,
         ASSENT_SPAN("Content-Type: text/html\r\nCache-Control: max-age=9\r\n"),
         "Content-Type: text/html\r\n" VARY ", no-store, max-age=9\r\n"},
    };
    struct assent_gate gate = gate_of(sample_policy());

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_writer in = assent_writer(buffer + 8192, 2048);
        struct assent_writer expected = assent_writer(buffer + 12288, 2048);

        request(&gate, 0, false, ASSENT_SPAN(GET "\r\n"));
        exchange.notice = rows[i].notice;
        assent_writer_text(&in, OKAY);
        assent_writer_put(&in, rows[i].in);
        assent_writer_text(&in, "\r\n");
        assent_writer_text(&expected, OKAY);
        assent_writer_text(&expected, rows[i].out);
        assent_writer_text(&expected, "\r\n");
        assent_writer_byte(&expected, 0);
        CHECK_SPAN_ROW(rows[i].why, response(&gate, ASSENT_GATE_FINAL, assent_writer_span(&in)),
                       (const char *)expected.ptr);
    }
}

TEST(third_party_hosts_follow_the_tiers)
{
    const struct {
        uint8_t granted;
        bool analytics, advertising;
    } rows[] = {{0, false, false}, {NOTHING, false, false}, {SOME, true, false}, {ALL, true, true}};
    struct assent_gate gate = gate_of(sample_policy());

    gate.csp = true;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_span out;

        request(&gate, rows[i].granted, false, ASSENT_SPAN(GET "\r\n"));
        out = response(&gate, ASSENT_GATE_FINAL,
                       ASSENT_SPAN(OKAY "Content-Type: text/html\r\nContent-Security-Policy: "
                                        "default-src 'none'\r\n\r\n"));
        CHECK(
            contains(out, "Content-Security-Policy: default-src 'none'\r\n")); /* never loosened */
        CHECK(contains(out, "Content-Security-Policy: default-src 'self'"));
        CHECK_INT(contains(out, "https://www.google-analytics.com") ||
                      contains(out, " www.google-analytics.com"),
                  rows[i].analytics);
        CHECK_INT(contains(out, "ads.example"), rows[i].advertising);
    }
}

static unsigned reports;
static void count_report(void *ctx, const struct assent_gate_report *report)
{
    (void)ctx;
    (void)report;
    reports++;
}

TEST(unclassified_cookies_are_reported)
{
    struct assent_gate gate = gate_of(sample_policy());

    gate.report = count_report;
    reports = 0;
    request(&gate, ALL, false, ASSENT_SPAN(GET "Cookie: sess=1; what=2; _ga=3\r\n\r\n"));
    CHECK_INT(reports, 1);
    CHECK_INT(exchange.unclassified_count, 1);
    CHECK_INT(exchange.passed_count, 2);
    CHECK_INT(exchange.dropped_count, 1);
    response(&gate, ASSENT_GATE_FINAL, ASSENT_SPAN(OKAY "Set-Cookie: new=1\r\n\r\n"));
    CHECK_INT(reports, 2);
}

TEST(a_policy_may_let_unknown_cookies_pass)
{
    struct assent_policy policy = *sample_policy();
    struct assent_gate gate = gate_of(&policy);

    policy.flags |= ASSENT_POLICY_ALLOWS_UNKNOWN;
    CHECK_SPAN(request(&gate, 0, false, ASSENT_SPAN(GET "Cookie: what=2; _ga=3\r\n\r\n")),
               GET "Cookie: what=2\r\n\r\n");
    CHECK(contains(response(&gate, ASSENT_GATE_FINAL, ASSENT_SPAN(OKAY "Set-Cookie: n=1\r\n\r\n")),
                   "Set-Cookie: n=1"));
}

TEST(the_token_cookie_is_bound_to_the_host_over_https)
{
    struct assent_writer w = assent_writer(output, sizeof(output));

    CHECK_INT(assent_gate_write_token(&w, ASSENT_SPAN("abc"), 180, true), ASSENT_OK);
    CHECK_SPAN(assent_writer_span(&w), "Set-Cookie: __Host-assent=abc; Path=/; Max-Age=15552000; "
                                       "Secure; HttpOnly; SameSite=Lax\r\n");
    w = assent_writer(output, sizeof(output));
    CHECK_INT(assent_gate_write_token(&w, ASSENT_SPAN("abc"), 0, false), ASSENT_OK);
    CHECK_SPAN(assent_writer_span(&w),
               "Set-Cookie: assent=abc; Path=/; HttpOnly; SameSite=Lax\r\n");
}

TEST(a_request_context_fits_one_kilobyte)
{
    CHECK(sizeof(struct assent_gate_exchange) <= 1024);
}

TEST_MAIN(CASE(set_cookie_is_judged_hardened_and_shortened),
          CASE(nothing_slips_through_among_fifty),
          CASE(interim_responses_and_trailers_set_no_cookie_and_gain_no_field),
          CASE(a_response_head_that_cannot_be_read_is_refused),
          CASE(too_little_room_is_an_error_but_never_for_expiries),
          CASE(caching_fits_what_the_response_depends_on), CASE(third_party_hosts_follow_the_tiers),
          CASE(unclassified_cookies_are_reported), CASE(a_policy_may_let_unknown_cookies_pass),
          CASE(the_token_cookie_is_bound_to_the_host_over_https),
          CASE(a_request_context_fits_one_kilobyte))
