/* SPDX-License-Identifier: MIT */
/* The consent application as a visitor meets it: what a choice does, and what is no choice. Requests pass
 * through engine and gate, answers are taken apart. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include "tests/unit/visitor.h"

static struct visitor *v;

TEST(notice_is_on_the_page_until_the_visitor_decides)
{
    v = visitor_open();
    CHECK_INT(visitor_get(v, "/"), 200);
    CHECK(visitor_has(v, "data-assent-state=\"ask\""));
    CHECK(visitor_has(v, "role=\"dialog\""));
    CHECK(!visitor_has(v, "aria-modal"));
    CHECK(!visitor_has(v, " checked"));
    CHECK(visitor_has(v, "<p id=\"assent-link\">"));
    CHECK_INT(visitor_get(v, "/.consent/"), 200);
    CHECK(visitor_has(v, "type=\"checkbox\""));
    CHECK(!visitor_has(v, " checked"));
    CHECK_INT(visitor_post(v, "/.consent/", "assent=none&back=/shop/"), 303);
    CHECK_SPAN(assent_span(visitor_field(v, "Location"), strlen(visitor_field(v, "Location"))),
               "/shop/");
    CHECK_INT(visitor_get(v, "/"), 200);
    CHECK(!visitor_has(v, "assent-consent\""));
    CHECK(visitor_has(v, "<p id=\"assent-link\">"));
    visitor_close(v);
}

TEST(refusal_leaves_no_record_and_no_optional_cookie)
{
    v = visitor_open();
    for (unsigned i = 0; i < 3; i++) {
        (void)visitor_get(v, "/");
    }
    CHECK(visitor_keeps(v, "pk_session="));
    CHECK(!visitor_keeps(v, "pk_usage="));
    visitor_plant(v, "pk_visitor=1");
    visitor_plant(v, "pk_ux1=1");
    visitor_plant(v, "pk_usage=1");
    visitor_plant(v, "other=1");
    CHECK_INT(visitor_post(v, "/.consent/", "assent=none"), 303);
    CHECK_INT(visitor_records(v), 0);
    CHECK_INT(visitor_get(v, "/echo"), 200);
    CHECK(!visitor_has(v, "pk_usage=1"));
    CHECK(!visitor_has(v, "pk_visitor=1"));
    CHECK(!visitor_keeps(v, "pk_visitor="));
    CHECK(!visitor_keeps(v, "pk_ux1="));
    CHECK(!visitor_keeps(v, "pk_usage="));
    CHECK(!visitor_keeps(v, "other="));
    CHECK(visitor_keeps(v, "assent="));
    visitor_close(v);
}

TEST(grant_is_recorded_and_lets_its_tiers_pass)
{
    v = visitor_open();
    (void)visitor_get(v, "/");
    CHECK_INT(visitor_post(v, "/.consent/", "assent=all&age=yes"), 303);
    CHECK_INT(visitor_records(v), 1);
    CHECK_INT(visitor_get(v, "/"), 200);
    CHECK(visitor_keeps(v, "pk_usage="));
    CHECK_INT(visitor_get(v, "/echo"), 200);
    CHECK(visitor_has(v, "pk_usage=1"));
    visitor_restart(v);
    CHECK_INT(visitor_get(v, "/echo"), 200);
    CHECK(visitor_has(v, "pk_usage=1"));
    visitor_close(v);
}

TEST(withdrawal_takes_every_optional_cookie_away)
{
    v = visitor_open();
    (void)visitor_post(v, "/.consent/", "assent=all&age=yes");
    (void)visitor_get(v, "/");
    CHECK(visitor_keeps(v, "pk_usage="));
    CHECK_INT(visitor_post(v, "/.consent/", "assent=withdraw&from=preferences"), 303);
    CHECK(!visitor_keeps(v, "pk_usage="));
    CHECK_INT(visitor_records(v), 1);
    CHECK_INT(visitor_get(v, "/.consent/state"), 200);
    CHECK(visitor_has(v, "\"choice\":\"withdrawn\""));
    visitor_close(v);
}

TEST(erasure_leaves_nothing_of_the_visitor)
{
    v = visitor_open();
    (void)visitor_post(v, "/.consent/", "assent=all&age=yes");
    CHECK_INT(visitor_records(v), 1);
    CHECK_INT(visitor_post(v, "/.consent/erase", "on=1"), 303);
    CHECK_INT(visitor_records(v), 0);
    CHECK_INT(visitor_get(v, "/.consent/?done=erased"), 200);
    CHECK(visitor_has(v, "Your data has been erased."));
    CHECK_INT(visitor_get(v, "/.consent/receipt"), 404);
    visitor_close(v);
}

TEST(restriction_and_objection_stop_what_was_granted)
{
    static const char *const paths[] = {"/.consent/restrict", "/.consent/object"};

    for (unsigned i = 0; i < 2; i++) {
        v = visitor_open();
        (void)visitor_post(v, "/.consent/", "assent=all&age=yes");
        CHECK_INT(visitor_post(v, paths[i], "on=1"), 303);
        (void)visitor_get(v, "/.consent/state");
        CHECK(!visitor_has(v, "\"allowed\":true,\"offered\":true,\"choice\":\"granted\""));
        CHECK(visitor_has(v, i == 0 ? "\"restricted\":true" : "\"objected\":true"));
        CHECK_INT(visitor_post(v, paths[i], "on=0"), 303);
        (void)visitor_get(v, "/.consent/state");
        CHECK(visitor_has(v, "\"allowed\":true,\"offered\":true,\"choice\":\"granted\""));
        visitor_close(v);
    }
}

TEST(json_is_equal_in_power_to_the_form)
{
    static const char json[] = "application/json";

    v = visitor_open();
    v->host = "procomm-voices.localhost";
    CHECK_INT(visitor_ask(v, "PUT", "/.consent/state", json, "{\"analytics\":true}"), 200);
    CHECK(visitor_has(v, "\"analytics\":{\"allowed\":true"));
    CHECK_INT(visitor_records(v), 1);
    CHECK_INT(visitor_ask(v, "PUT", "/.consent/state", json,
                          "{\"analytics\":false,\"advertising\":false}"),
              200);
    CHECK(visitor_has(v, "\"analytics\":{\"allowed\":false"));
    CHECK_INT(visitor_ask(v, "PUT", "/.consent/state", json, "{\"restricted\":true}"), 200);
    CHECK(visitor_has(v, "\"restricted\":true"));
    CHECK_INT(visitor_ask(v, "DELETE", "/.consent/state", NULL, NULL), 200);
    CHECK_INT(visitor_records(v), 0);
    visitor_close(v);
}

TEST(change_that_fails_half_way_lifts_nothing)
{
    static const char json[] = "application/json";

    v = visitor_open();
    v->host = "selfmento.localhost";
    CHECK_INT(visitor_ask(v, "PUT", "/.consent/state", json, "{\"restricted\":true}"), 200);
    CHECK_INT(
        visitor_ask(v, "PUT", "/.consent/state", json, "{\"restricted\":false,\"analytics\":true}"),
        422); /* the age is not confirmed */
    (void)visitor_get(v, "/.consent/state");
    CHECK(visitor_has(v, "\"restricted\":true"));
    visitor_close(v);
}

TEST(json_that_is_not_exactly_right_changes_nothing)
{
    static const char *const bodies[] = {
        "",
        "[]",
        "{\"analytics\":true",
        "{\"analytics\":1}",
        "{\"analytics\":true,\"analytics\":true}",
        "{\"analytics\":true,}",
        "{\"analytics\":true}x",
        "{\"Analytics\":true}",
        "{\"essential\":false}",
        "{,\"analytics\":true}",
        "{\"analytics\" true}",
    };

    v = visitor_open();
    v->host = "procomm-voices.localhost";
    for (unsigned i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        CHECK_INT_ROW(bodies[i],
                      visitor_ask(v, "PUT", "/.consent/state", "application/json", bodies[i]), 400);
    }
    CHECK_INT(visitor_ask(v, "PUT", "/.consent/state", "text/plain", "{\"analytics\":true}"), 415);
    CHECK_INT(visitor_records(v), 0);
    visitor_close(v);
}

TEST(another_origin_changes_nothing)
{
    static const struct {
        const char *fields;
        unsigned status;
    } rows[] = {
        {"Origin: http://prokoders.localhost:8080\r\n", 303},
        {"Origin: http://PROKODERS.localhost:8080\r\n", 303},
        {"Sec-Fetch-Site: same-origin\r\n", 303},
        {"Sec-Fetch-Site: same-origin\r\nOrigin: null\r\n", 303},
        {"Origin: https://prokoders.localhost:8080\r\n", 403},
        {"Origin: http://prokoders.localhost\r\n", 403},
        {"Origin: http://evil.example\r\n", 403},
        {"Origin: null\r\n", 403},
        {"Sec-Fetch-Site: same-site\r\n", 403},
        {"Sec-Fetch-Site: cross-site\r\n", 403},
        {"Sec-Fetch-Site: none\r\n", 403},
        {"Sec-Fetch-Site: cross-site\r\nOrigin: http://prokoders.localhost:8080\r\n", 403},
        {"Sec-Fetch-Site: same-origin\r\nSec-Fetch-Site: same-origin\r\n", 403},
    };

    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        v = visitor_open();
        v->fields = rows[i].fields;
        CHECK_INT_ROW(rows[i].fields, visitor_post(v, "/.consent/", "assent=all&age=yes"),
                      rows[i].status);
        CHECK_INT_ROW(rows[i].fields, visitor_records(v), rows[i].status == 303 ? 1 : 0);
        CHECK_INT_ROW(rows[i].fields, visitor_ask(v, "DELETE", "/.consent/state", NULL, NULL),
                      rows[i].status == 303 ? 200 : 403);
        visitor_close(v);
    }
}

TEST(form_without_its_token_changes_nothing)
{
    v = visitor_open();
    CHECK_INT(visitor_ask(v, "POST", "/.consent/", NULL, "assent=all&age=yes"), 403);
    CHECK(visitor_has(v, "This form is too old."));
    CHECK_INT(visitor_ask(v, "POST", "/.consent/", NULL,
                          "assent=all&age=yes&form=AAAAAAAAAAAAAAAAAAAAAA"),
              403);
    CHECK_INT(visitor_records(v), 0);
    visitor_close(v);
}

TEST(form_grows_old)
{
    char body[128];
    const char *form;

    v = visitor_open();
    (void)visitor_get(v, "/.consent/");
    form = strstr(v->content, "name=\"form\" value=\"");
    (void)snprintf(body, sizeof(body), "assent=none&form=%.22s", form + 19);
    v->device.now.unix_s += 11 * 3600;
    CHECK_INT(visitor_ask(v, "POST", "/.consent/", NULL, body), 303);
    v->device.now.unix_s += 3600;
    CHECK_INT(visitor_ask(v, "POST", "/.consent/", NULL, body), 403);
    visitor_close(v);
}

TEST(choice_leads_back_to_this_origin_only)
{
    static const struct {
        const char *back, *location;
    } rows[] = {
        {"assent=none&back=/a?b=c%26d", "/a?b=c&d"},
        {"assent=none&back=%2Fa", "/a"},
        {"assent=none", "/"},
        {"assent=none&back=//evil.example", "/"},
        {"assent=none&back=/%5Cevil.example", "/"},
        {"assent=none&back=http://evil.example", "/"},
        {"assent=none&back=/a%0d%0aSet-Cookie:x", "/"},
        {"assent=none&back=/a&back=/b", "/"},
    };

    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *location;

        v = visitor_open();
        CHECK_INT_ROW(rows[i].back, visitor_post(v, "/.consent/", rows[i].back), 303);
        location = visitor_field(v, "Location");
        CHECK_SPAN_ROW(rows[i].back, assent_span(location, strlen(location)), rows[i].location);
        visitor_close(v);
    }
}

TEST(browser_without_cookies_is_told_and_leaves_no_record)
{
    v = visitor_open();
    v->no_cookies = true;
    CHECK_INT(visitor_post(v, "/.consent/", "assent=all&age=yes"), 303);
    CHECK_INT(v->status, 200);
    CHECK(visitor_has(v, "Your browser keeps no cookies"));
    CHECK_INT(visitor_records(v), 0);
    visitor_close(v);
}

TEST(age_is_asked_for_and_a_no_is_kept_nowhere)
{
    v = visitor_open();
    v->host = "selfmento.localhost";
    (void)visitor_get(v, "/");
    CHECK(visitor_has(v, "name=\"age\""));
    CHECK_INT(visitor_post(v, "/.consent/", "assent=all"), 422);
    CHECK(visitor_has(v, "<p role=\"status\">Nothing was saved yet. Please answer the question"));
    CHECK_INT(visitor_records(v), 0);
    CHECK_INT(visitor_post(v, "/.consent/", "assent=all&age=no"), 303);
    CHECK(strstr(visitor_field(v, "Location"), "done=age") != NULL);
    CHECK_INT(visitor_records(v), 0);
    visitor_close(v);
}

TEST(flood_of_grants_meets_a_limit_and_refusals_do_not)
{
    unsigned limited = 0;

    v = visitor_open();
    for (unsigned i = 0; i < 80; i++) {
        memset(v->cookie, 0, sizeof(v->cookie));
        limited += visitor_post(v, "/.consent/", "assent=all&age=yes") == 429 ? 1 : 0;
    }
    CHECK(limited >= 40);
    memset(v->cookie, 0, sizeof(v->cookie));
    CHECK_INT(visitor_post(v, "/.consent/", "assent=none"), 303);
    v->uptime_ms += 60000;
    memset(v->cookie, 0, sizeof(v->cookie));
    CHECK_INT(visitor_post(v, "/.consent/", "assent=all&age=yes"), 303);
    visitor_close(v);
}

TEST(refusal_is_kept_half_a_year_and_more)
{
    v = visitor_open();
    (void)visitor_post(v, "/.consent/", "assent=none");
    CHECK(strstr(visitor_field(v, "Set-Cookie"), "; Max-Age=15552000;") != NULL); /* 180 days */
    v->device.now.unix_s += UINT64_C(179) * 86400;
    (void)visitor_get(v, "/");
    CHECK(!visitor_has(v, "data-assent-state=\"ask\""));
    v->device.now.unix_s += UINT64_C(300) * 86400;
    (void)visitor_get(v, "/");
    CHECK(visitor_has(v, "data-assent-state=\"ask\""));
    CHECK(visitor_has(v, "Your last choice has expired."));
    visitor_close(v);
}

TEST(no_consent_cookie_before_the_choice)
{
    v = visitor_open();
    (void)visitor_get(v, "/");
    (void)visitor_get(v, "/.consent/");
    CHECK(!visitor_keeps(v, "assent="));
    visitor_close(v);
}

TEST_MAIN(CASE(notice_is_on_the_page_until_the_visitor_decides),
          CASE(refusal_leaves_no_record_and_no_optional_cookie),
          CASE(grant_is_recorded_and_lets_its_tiers_pass),
          CASE(withdrawal_takes_every_optional_cookie_away),
          CASE(erasure_leaves_nothing_of_the_visitor),
          CASE(restriction_and_objection_stop_what_was_granted),
          CASE(json_is_equal_in_power_to_the_form), CASE(change_that_fails_half_way_lifts_nothing),
          CASE(json_that_is_not_exactly_right_changes_nothing),
          CASE(another_origin_changes_nothing), CASE(form_without_its_token_changes_nothing),
          CASE(form_grows_old), CASE(choice_leads_back_to_this_origin_only),
          CASE(browser_without_cookies_is_told_and_leaves_no_record),
          CASE(age_is_asked_for_and_a_no_is_kept_nowhere),
          CASE(flood_of_grants_meets_a_limit_and_refusals_do_not),
          CASE(refusal_is_kept_half_a_year_and_more), CASE(no_consent_cookie_before_the_choice))
