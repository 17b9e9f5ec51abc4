/* SPDX-License-Identifier: MIT */
/* A terminal that one visitor leaves to the next, through engine and gate. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include "tests/unit/visitor.h"

enum { IDLE_S = 60 };

static struct visitor *v;

static void open_kiosk(void)
{
    v = visitor_open();
    v->app.kiosk.idle_s = IDLE_S;
    v->fields = "Accept: text/html,*/*;q=0.8\r\n";
}

/* Say yes and look around, as somebody who then leaves. */
static void visit(void)
{
    (void)visitor_get(v, "/");
    CHECK_INT(visitor_post(v, "/.consent/", "assent=all&age=yes"), 303);
    (void)visitor_get(v, "/shop/");
    (void)visitor_get(v, "/");
    CHECK(visitor_keeps(v, "pk_usage="));
    CHECK(visitor_keeps(v, "pk_session="));
    CHECK(visitor_keeps(v, "assent="));
}

/* The next visitor's first step meets the end of the session, and leaves nothing in the browser. */
static void check_ended(const char *row)
{
    CHECK_INT_ROW(row, visitor_get(v, "/"), 303);
    CHECK_ROW(row, visitor_has(v, "\r\nLocation: /.consent/ended\r\n"));
    CHECK_ROW(row, visitor_has(v, "\r\nClear-Site-Data: "));
    CHECK_ROW(row, visitor_has(v, "\r\nSet-Cookie: assent=; "));
    CHECK_ROW(row, visitor_has(v, "\r\nSet-Cookie: pk_session=; "));
    CHECK_INT_ROW(row, visitor_cookies(v), 0);
}

static void check_asked_anew(const char *row)
{
    CHECK_INT_ROW(row, visitor_get(v, "/.consent/ended"), 200);
    CHECK_ROW(row, visitor_has(v, "Your session has ended. Your choices were cleared."));
    CHECK_INT_ROW(row, visitor_cookies(v), 0);
    CHECK_INT_ROW(row, visitor_get(v, "/"), 200);
    CHECK_ROW(row, visitor_has(v, "data-assent-state=\"ask\""));
    CHECK_INT_ROW(row, visitor_get(v, "/echo"), 200);
    CHECK_ROW(row, !visitor_has(v, "pk_usage"));
}

TEST(idle_session_ends_and_the_next_visitor_is_asked_anew)
{
    open_kiosk();
    visit();
    v->uptime_ms += IDLE_S * 1000 - 1;
    CHECK_INT(visitor_get(v, "/"), 200);
    CHECK(!visitor_has(v, "data-assent-state=\"ask\""));
    v->uptime_ms += IDLE_S * 1000;
    check_ended("idle");
    check_asked_anew("idle");
    visitor_close(v);
}

TEST(button_ends_the_session_without_a_script)
{
    open_kiosk();
    visit();
    CHECK(visitor_has(v, "<form id=\"assent-done\" method=\"post\" action=\"/.consent/done\">"));
    CHECK(visitor_has(v, "I'm done") || visitor_has(v, "I&#39;m done"));
    CHECK_INT(visitor_post(v, "/.consent/done", "x=1"), 303);
    CHECK(visitor_has(v, "\r\nLocation: /.consent/ended\r\n"));
    CHECK(visitor_has(v, "\r\nSet-Cookie: assent=; "));
    CHECK(visitor_has(v, "\r\nSet-Cookie: assent-kiosk=; "));
    CHECK_INT(visitor_cookies(v), 0);
    check_asked_anew("button");
    visitor_close(v);
}

TEST(button_needs_a_form_of_the_site)
{
    open_kiosk();
    visit();
    CHECK_INT(visitor_ask(v, "POST", "/.consent/done", NULL, "form=AAAAAAAAAAAAAAAAAAAAAA"), 403);
    CHECK_INT(visitor_ask(v, "GET", "/.consent/done", NULL, NULL), 405);
    v->fields = "Accept: text/html\r\nSec-Fetch-Site: cross-site\r\n";
    CHECK_INT(visitor_post(v, "/.consent/done", "x=1"), 403);
    v->fields = "Accept: text/html\r\n";
    CHECK_INT(visitor_get(v, "/echo"), 200);
    CHECK(visitor_has(v, "pk_usage=1"));
    visitor_close(v);
}

TEST(restart_ends_sessions)
{
    open_kiosk();
    visit();
    visitor_restart(v);
    v->app.kiosk.idle_s = IDLE_S;
    check_ended("restart");
    check_asked_anew("restart");
    visitor_close(v);
}

/* What somebody copied out of the browser: put back into a later session, with its mark. */
TEST(token_of_an_ended_session_is_worth_nothing_in_the_next)
{
    char token[160];

    open_kiosk();
    visit();
    for (unsigned i = 0; i < VISITOR_COOKIES; i++) {
        if (strncmp(v->cookie[i], "assent=", 7) == 0) {
            memcpy(token, v->cookie[i], sizeof(token));
        }
    }
    CHECK_INT(visitor_post(v, "/.consent/done", "x=1"), 303);
    check_asked_anew("token");
    visitor_plant(v, token);
    visitor_plant(v, "pk_usage=1");
    CHECK_INT(visitor_get(v, "/echo"), 200);
    CHECK(!visitor_has(v, "pk_usage=1"));
    CHECK(!visitor_keeps(v, "assent="));
    CHECK_INT(visitor_get(v, "/"), 200);
    CHECK(visitor_has(v, "data-assent-state=\"ask\""));
    visitor_close(v);
}

TEST(mark_of_an_ended_session_is_worth_nothing)
{
    char jar[VISITOR_COOKIES][160];

    open_kiosk();
    visit();
    memcpy(jar, v->cookie, sizeof(jar));
    CHECK_INT(visitor_post(v, "/.consent/done", "x=1"), 303);
    (void)visitor_get(v, "/");
    memcpy(v->cookie, jar, sizeof(jar));
    check_ended("mark");
    visitor_close(v);
}

TEST(another_site_of_the_device_ends_with_the_session)
{
    open_kiosk();
    visit();
    v->uptime_ms += IDLE_S * 1000;
    v->host = "selfmento.localhost";
    memset(v->cookie, 0, sizeof(v->cookie));
    visitor_plant(v, "sm_session=1");
    CHECK_INT(visitor_get(v, "/"), 303);
    CHECK_INT(visitor_cookies(v), 0);
    visitor_close(v);
}

/* A form that somebody filled in and left must not be sent by the next. */
TEST(nothing_of_an_ended_session_reaches_the_site_or_the_store)
{
    open_kiosk();
    visit();
    CHECK_INT(visitor_records(v), 1);
    v->uptime_ms += IDLE_S * 1000;
    CHECK_INT(visitor_ask(v, "POST", "/.consent/erase", NULL, "on=1"), 303);
    CHECK_INT(visitor_records(v), 1);
    CHECK_INT(visitor_cookies(v), 0);
    visitor_close(v);
}

TEST(only_asking_for_a_page_keeps_a_session)
{
    static const struct {
        const char *fields;
        bool keeps;
    } rows[] = {
        {"Accept: text/html,application/xhtml+xml\r\n", true},
        {"Accept: image/webp , Text/HTML;q=0.1\r\n", true},
        {"Accept: */*\r\n", false},
        {"Accept: image/avif,image/webp\r\n", false},
        {"", false},
        {"Accept: text/html\r\nSec-Fetch-Dest: document\r\n", true},
        {"Accept: text/html\r\nSec-Fetch-Dest: empty\r\n", false},
        {"Accept: text/html\r\nSec-Fetch-Dest: iframe\r\n", false},
    };

    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        open_kiosk();
        visit();
        v->fields = rows[i].fields;
        for (unsigned n = 0; n < 2; n++) {
            v->uptime_ms += IDLE_S * 1000 / 2;
            (void)visitor_get(v, "/echo");
        }
        CHECK_INT_ROW(rows[i].fields, v->status, rows[i].keeps ? 200 : 403);
        visitor_close(v);
    }
}

TEST(screen_returns_by_itself_and_that_keeps_no_session)
{
    open_kiosk();
    (void)visitor_get(v, "/");
    CHECK(!visitor_has(v, "\r\nRefresh: "));
    visit();
    CHECK(visitor_has(v, "\r\nRefresh: 61;url=/.consent/ended\r\n"));
    CHECK(visitor_has(v, "no-store"));
    for (unsigned n = 0; n < 2; n++) {
        v->uptime_ms += IDLE_S * 1000 / 2 - 1;
        CHECK_INT(visitor_get(v, "/.consent/ended"), 200);
        CHECK(!visitor_has(v, "Your session has ended."));
        CHECK(visitor_has(v, ";url=/.consent/ended\r\n"));
        CHECK(visitor_has(v, "id=\"assent-done\""));
    }
    v->uptime_ms += IDLE_S * 1000 / 2;
    CHECK_INT(visitor_get(v, "/.consent/ended"), 200);
    CHECK(visitor_has(v, "Your session has ended."));
    CHECK(visitor_has(v, "\r\nRefresh: 20;url=/\r\n"));
    CHECK_INT(visitor_cookies(v), 0);
    visitor_close(v);
}

TEST(choice_of_a_kiosk_is_marked_so_and_holds_a_day)
{
    struct assent_record record;
    uint64_t cursor = 0;

    open_kiosk();
    visit();
    CHECK_INT(assent_consents_next(&v->device.consents, &cursor, &record), ASSENT_OK);
    CHECK_INT(record.consent.flags & ASSENT_CONSENT_KIOSK, ASSENT_CONSENT_KIOSK);
    CHECK_INT(record.consent.valid_days, 1);
    CHECK_INT(visitor_post(v, "/.consent/", "assent=none"), 303);
    CHECK(strstr(v->answer, "\r\nSet-Cookie: assent=") != NULL);
    CHECK(strstr(strstr(v->answer, "\r\nSet-Cookie: assent="), "Max-Age=") == NULL);
    visitor_close(v);
}

/* An address for each visitor: the terminals of struct visitor's server. */
static uint8_t address;

static void peer(void *ctx, const struct assent_engine *engine,
                 uint8_t out[ASSENT_LIMIT_SOURCE_BYTES])
{
    (void)ctx;
    (void)engine;
    memset(out, 0, ASSENT_LIMIT_SOURCE_BYTES);
    out[3] = address;
}

TEST(terminals_have_sessions_of_their_own)
{
    char jar[VISITOR_COOKIES][160];

    open_kiosk();
    v->server.peer = peer;
    address = 1;
    visit();
    memcpy(jar, v->cookie, sizeof(jar));
    memset(v->cookie, 0, sizeof(v->cookie));
    address = 2;
    visit();
    CHECK_INT(visitor_post(v, "/.consent/done", "x=1"), 303);
    memcpy(v->cookie, jar, sizeof(jar));
    CHECK_INT(visitor_get(v, "/"), 303);
    memcpy(v->cookie, jar, sizeof(jar));
    address = 1;
    CHECK_INT(visitor_get(v, "/echo"), 200);
    CHECK(visitor_has(v, "pk_usage=1"));
    visitor_close(v);
}

TEST(more_terminals_than_there_is_room_for_end_the_idlest_session)
{
    char jar[VISITOR_COOKIES][160];

    open_kiosk();
    v->server.peer = peer;
    address = 1;
    visit();
    memcpy(jar, v->cookie, sizeof(jar));
    for (unsigned i = 0; i < ASSENT_KIOSK_TERMINALS; i++) {
        v->uptime_ms += 10;
        memset(v->cookie, 0, sizeof(v->cookie));
        address++;
        CHECK_INT(visitor_get(v, "/"), 200);
    }
    memcpy(v->cookie, jar, sizeof(jar));
    address = 1;
    check_ended("full");
    visitor_close(v);
}

TEST(device_that_is_no_kiosk_knows_nothing_of_it)
{
    v = visitor_open();
    (void)visitor_get(v, "/");
    CHECK(!visitor_has(v, "assent-done\""));
    CHECK(!visitor_has(v, "Refresh"));
    CHECK(!visitor_keeps(v, "assent-kiosk="));
    CHECK_INT(visitor_get(v, "/.consent/ended"), 404);
    CHECK_INT(visitor_post(v, "/.consent/done", "x=1"), 404);
    visitor_close(v);
}

TEST_MAIN(CASE(idle_session_ends_and_the_next_visitor_is_asked_anew),
          CASE(button_ends_the_session_without_a_script), CASE(button_needs_a_form_of_the_site),
          CASE(restart_ends_sessions), CASE(token_of_an_ended_session_is_worth_nothing_in_the_next),
          CASE(mark_of_an_ended_session_is_worth_nothing),
          CASE(another_site_of_the_device_ends_with_the_session),
          CASE(nothing_of_an_ended_session_reaches_the_site_or_the_store),
          CASE(only_asking_for_a_page_keeps_a_session),
          CASE(screen_returns_by_itself_and_that_keeps_no_session),
          CASE(choice_of_a_kiosk_is_marked_so_and_holds_a_day),
          CASE(terminals_have_sessions_of_their_own),
          CASE(more_terminals_than_there_is_room_for_end_the_idlest_session),
          CASE(device_that_is_no_kiosk_knows_nothing_of_it))
