/* SPDX-License-Identifier: MIT */
/* The consent application as a visitor meets it: what is shown, linked to, and given as a file. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include "tests/unit/policy_file.h"
#include "tests/unit/visitor.h"

static struct visitor *v;

TEST(receipt_and_export_are_given_slowed_and_declined)
{
    unsigned slowed = 0;

    v = visitor_open();
    v->host = "procomm-voices.localhost";
    (void)visitor_post(v, "/.consent/", "assent=all");
    CHECK_INT(visitor_get(v, "/.consent/receipt"), 200);
    CHECK(visitor_has(v, "attachment; filename=\"consent-receipt.json\""));
    CHECK_INT(visitor_get(v, "/.consent/export"), 200);
    for (unsigned i = 0; i < 16; i++) {
        slowed += visitor_get(v, "/.consent/receipt") == 429 ? 1 : 0;
    }
    CHECK(slowed > 5);
    for (unsigned i = 0; i < 4; i++) {
        v->uptime_ms += 120000;
        (void)visitor_get(v, "/.consent/receipt");
    }
    CHECK_INT(v->status, 403);
    CHECK(visitor_has(v, "is declined. Write to privacy@procommvoices.com"));
    visitor_close(v);
}

static unsigned count(const char *text, const char *part)
{
    unsigned n = 0;

    while ((text = strstr(text, part)) != NULL) {
        text++;
        n++;
    }
    return n;
}

/* Whether braces and brackets outside of strings close what was opened, down to the last one. */
static bool is_closed(const char *text)
{
    bool quoted = false;
    int depth = 0;

    for (; *text != '\0' && depth >= 0; text++) {
        if (quoted && *text == '\\') {
            text++;
        } else if (*text == '"') {
            quoted = !quoted;
        } else if (!quoted) {
            depth += *text == '{' || *text == '[' ? 1 : *text == '}' || *text == ']' ? -1 : 0;
        }
    }
    return depth == 0 && !quoted;
}

TEST(export_has_every_entry_however_many_there_are)
{
    enum { CHANGES = 200 };
    static const size_t buffers[] = {16384, 4096, 2900};

    v = visitor_open();
    v->host = "procomm-voices.localhost";
    (void)visitor_post(v, "/.consent/", "assent=all");
    for (unsigned i = 1; i < CHANGES; i++) {
        v->uptime_ms += 2500;
        CHECK_INT(visitor_post(v, "/.consent/object", i % 2 == 1 ? "on=1" : "on=0"), 303);
    }
    for (unsigned i = 0; i < sizeof(buffers) / sizeof(buffers[0]); i++) {
        v->send_bytes = buffers[i];
        CHECK_INT(visitor_get(v, "/.consent/export"), 200);
        CHECK_INT(count(v->content, "{\"sequence\":"), CHANGES);
        CHECK_INT(count(v->content, "},{\"sequence\":"), CHANGES - 1);
        CHECK(strstr(v->content, "\"history\":[{\"sequence\":") != NULL);
        CHECK(is_closed(v->content));
    }
    visitor_close(v);
}

TEST(every_page_comes_whole_through_small_buffers)
{
    static const char *const paths[] = {"/",
                                        "/.consent/",
                                        "/.consent/policy",
                                        "/.consent/policy/1",
                                        "/.consent/policies",
                                        "/.consent/state",
                                        "/.consent/consent.js",
                                        "/.consent/consent-o-matic.json",
                                        "/.well-known/gpc.json"};
    static char large[VISITOR_OUT_BYTES];

    for (unsigned i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        v = visitor_open();
        v->send_bytes = 16384;
        CHECK_INT_ROW(paths[i], visitor_get(v, paths[i]), 200);
        (void)snprintf(large, sizeof(large), "%s", v->content);
        memset(v->cookie, 0, sizeof(v->cookie));
        v->send_bytes = 2900;
        CHECK_INT_ROW(paths[i], visitor_get(v, paths[i]), 200);
        CHECK_SPAN_ROW(paths[i], assent_span(v->content, strlen(v->content)), large);
        visitor_close(v);
    }
}

TEST(paths_methods_and_hosts_that_do_not_exist_say_so)
{
    static const struct {
        const char *method, *path;
        unsigned status;
    } rows[] = {
        {"GET", "/.consent", 308},
        {"GET", "/.consent/none", 404},
        {"GET", "/.consent/policy/1/", 404},
        {"GET", "/.consent/policy/1/x.txt", 404},
        {"POST", "/.consent/policy/1/prokoders.txt", 405},
        {"GET", "/.consent/policy/2/prokoders.txt", 404},
        {"GET", "/.consent/policy/9", 404},
        {"GET", "/.consent/policy/x", 404},
        {"GET", "/.consent/erase", 405},
        {"PUT", "/.consent/", 405},
        {"PATCH", "/.consent/state", 405},
        {"OPTIONS", "/.consent/state", 204},
        {"HEAD", "/.consent/", 200},
        {"GET", "/%2Econsent/none", 404},
        {"GET", "/.consent/%6eone", 404},
        {"HEAD", "/.consent/policy", 200},
    };

    v = visitor_open();
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CHECK_INT_ROW(rows[i].path, visitor_ask(v, rows[i].method, rows[i].path, NULL, NULL),
                      rows[i].status);
    }
    v->host = "nobody.example";
    CHECK_INT(visitor_get(v, "/"), 200);
    CHECK(visitor_has(v, "http://prokoders.localhost:8080/"));
    CHECK_INT(visitor_get(v, "/.consent/"), 404);
    visitor_close(v);
}

TEST(full_text_of_the_document_is_served_and_every_record_names_it)
{
    static const struct {
        const char *fields;
        unsigned status;
        bool coded;
    } rows[] = {
        {"", 200, false},
        {"Accept-Encoding: gzip, deflate, br\r\n", 200, true},
        {"Accept-Encoding: gzip;q=0.1\r\n", 200, true},
        {"Accept-Encoding: gzip;q=0\r\n", 200, false},
        {"Accept-Encoding: br, identity;q=0.5, gzip;q=0.4\r\n", 200, false},
        {"Accept-Encoding: *;q=0\r\n", 406, false},
        {"Accept-Encoding: identity;q=0, gzip\r\n", 200, true},
        {"Accept-Encoding: identity;q=0\r\n", 406, false},
    };
    static char text[20000];
    uint8_t digest[ASSENT_SHA256_BYTES];
    struct assent_record record;
    uint64_t cursor = 0;
    struct assent_span part;

    v = visitor_open();
    part = assent_span(text, policy_file_document("prokoders", text, sizeof(text)));
    CHECK_INT(v->device.crypto.sha256(v->device.crypto.ctx, &part, 1, digest), ASSENT_OK);
    (void)visitor_get(v, "/.consent/policy");
    CHECK(visitor_has(v, "<a href=\"/.consent/policy/1/prokoders.txt\">prokoders.txt</a>"));
    (void)visitor_post(v, "/.consent/", "assent=all&age=yes");
    CHECK_INT(assent_consents_next(&v->device.consents, &cursor, &record), ASSENT_OK);
    CHECK(memcmp(record.document, digest, ASSENT_HASH_BYTES) == 0);
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        v->fields = rows[i].fields;
        CHECK_INT_ROW(rows[i].fields, visitor_get(v, "/.consent/policy/1/prokoders.txt"),
                      rows[i].status);
        CHECK_INT_ROW(rows[i].fields, visitor_has(v, "\r\nContent-Encoding: gzip\r\n"),
                      rows[i].coded);
        CHECK_ROW(rows[i].fields,
                  rows[i].coded || rows[i].status != 200 || strcmp(v->content, text) == 0);
        CHECK_ROW(rows[i].fields, !rows[i].coded || memcmp(v->content, "\x1f\x8b", 2) == 0);
    }
    visitor_close(v);
}

TEST(signal_is_honoured_and_shown)
{
    v = visitor_open();
    v->host = "prointerview.localhost";
    v->fields = "Sec-GPC: 1\r\n";
    (void)visitor_get(v, "/.consent/");
    CHECK(visitor_has(v, "Opt-Out Request Honored"));
    CHECK(visitor_has(v, "data-tier=\"advertising\" data-allowed=\"no\""));
    (void)visitor_get(v, "/");
    CHECK(visitor_has(v, "Do Not Sell or Share My Personal Information"));
    CHECK(visitor_has(v, "Cookie choices"));
    visitor_close(v);
}

TEST(page_speaks_the_language_of_the_visitor)
{
    v = visitor_open();
    v->fields = "Accept-Language: de-AT, en;q=0.5\r\n";
    (void)visitor_get(v, "/.consent/");
    CHECK(visitor_has(v, "<html lang=\"de\" dir=\"ltr\">"));
    v->fields = "";
    (void)visitor_get(v, "/.consent/");
    CHECK(visitor_has(v, "<html lang=\"en\""));
    visitor_close(v);
}

TEST(notice_tells_purposes_before_it_asks)
{
    const char *purpose;
    const char *button;

    v = visitor_open();
    v->host = "procomm-voices.localhost";
    (void)visitor_get(v, "/");
    purpose = strstr(v->content, "<dt>Ads viewed or clicked</dt><dd>");
    button = strstr(v->content, "<button");
    CHECK(purpose != NULL && button != NULL && purpose < button);
    CHECK(visitor_has(v, "name=\"t\" value=\"analytics\""));
    CHECK(visitor_has(v, "name=\"t\" value=\"advertising\""));
    visitor_close(v);
}

TEST(notice_links_to_policy_cookies_and_recipients)
{
    v = visitor_open();
    v->host = "procomm-voices.localhost";
    (void)visitor_get(v, "/");
    CHECK(visitor_has(v, "href=\"/.consent/policy\""));
    CHECK(visitor_has(v, "href=\"/.consent/#cookies\""));
    CHECK(visitor_has(v, "href=\"/.consent/#recipients\""));
    (void)visitor_get(v, "/.consent/policy");
    CHECK(visitor_has(v, "ProComm Studio Services, Inc."));
    CHECK(visitor_has(v, "<th scope=\"row\"><bdi>pcv_ad_click</bdi></th>"));
    CHECK(visitor_has(v, "id=\"recipients\""));
    visitor_close(v);
}

TEST(pages_are_the_same_after_a_refusal)
{
    static const struct {
        const char *path, *content;
    } rows[] = {
        {"/", "<p>A demonstration. With every page"},
        {"/shop/", "<p>A demonstration. With every page"},
        {"/echo", "method: GET"},
        {"/pixel.gif", "GIF89a"},
        {"/demo.js", "document.cookie"},
    };
    static const char *const choices[] = {"assent=none", "assent=all"};

    for (unsigned c = 0; c < 2; c++) {
        v = visitor_open();
        (void)visitor_post(v, "/.consent/", choices[c]);
        for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            CHECK_INT_ROW(rows[i].path, visitor_get(v, rows[i].path), 200);
            CHECK_ROW(rows[i].path, visitor_has(v, rows[i].content));
        }
        visitor_close(v);
    }
}

/* What the page says after each button of it, and how it says that the choice was made. */
TEST(every_button_of_the_page_says_what_it_did)
{
    static const struct {
        const char *path, *fields, *done, *how, *kept;
    } rows[] = {
        {"", "assent=all", "Your choice has been saved.", "Allowed", "as proof."},
        {"", "assent=save", "Your choice has been saved.", "Refused", "Only your browser keeps"},
        {"", "assent=none", "Your choice has been saved.", "Refused", "Only your browser keeps"},
        {"restrict", "on=1", "Your choice has been saved.", "is restricted", "Only your browser"},
    };

    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char path[40] = "/.consent/";
        char fields[80];

        v = visitor_open();
        (void)snprintf(path + 10, sizeof(path) - 10, "%s", rows[i].path);
        (void)snprintf(fields, sizeof(fields), "%s&from=preferences&back=/.consent/?done%%3Dsaved",
                       rows[i].fields);
        CHECK_INT_ROW(rows[i].fields, visitor_post(v, path, fields), 303);
        CHECK_INT_ROW(rows[i].fields, visitor_get(v, visitor_field(v, "Location")), 200);
        CHECK_ROW(rows[i].fields, visitor_has(v, rows[i].done));
        CHECK_ROW(rows[i].fields, visitor_has(v, rows[i].how));
        CHECK_ROW(rows[i].fields, visitor_has(v, rows[i].kept));
        visitor_close(v);
    }
}

TEST(withdrawing_is_called_so)
{
    v = visitor_open();
    (void)visitor_post(v, "/.consent/", "assent=all&from=preferences");
    (void)visitor_get(v, "/.consent/");
    CHECK(visitor_has(v, " on this page. Valid until "));
    CHECK_INT(visitor_post(v, "/.consent/", "assent=withdraw&from=preferences"), 303);
    CHECK(strcmp(visitor_field(v, "Location"), "/.consent/?done=withdrawn") == 0);
    (void)visitor_get(v, "/.consent/?done=withdrawn");
    CHECK(visitor_has(v, "<p role=\"status\">Your consent has been withdrawn."));
    CHECK_INT(visitor_post(v, "/.consent/", "assent=withdraw&back=/shop/"), 303);
    CHECK(strcmp(visitor_field(v, "Location"), "/shop/") == 0);
    visitor_close(v);
}

TEST(conflict_with_the_signal_is_told)
{
    v = visitor_open();
    v->host = "procomm-voices.localhost";
    v->fields = "Sec-GPC: 1\r\n";
    (void)visitor_get(v, "/");
    CHECK(!visitor_has(v, "data-assent-state=\"ask\""));
    (void)visitor_post(v, "/.consent/", "assent=all");
    (void)visitor_get(v, "/.consent/");
    CHECK(visitor_has(v, "id=\"gpc-conflict\""));
    CHECK(visitor_has(v, "data-tier=\"advertising\" data-allowed=\"yes\""));
    visitor_close(v);
}

TEST_MAIN(CASE(receipt_and_export_are_given_slowed_and_declined),
          CASE(export_has_every_entry_however_many_there_are),
          CASE(every_page_comes_whole_through_small_buffers),
          CASE(paths_methods_and_hosts_that_do_not_exist_say_so),
          CASE(full_text_of_the_document_is_served_and_every_record_names_it),
          CASE(signal_is_honoured_and_shown), CASE(page_speaks_the_language_of_the_visitor),
          CASE(notice_tells_purposes_before_it_asks),
          CASE(notice_links_to_policy_cookies_and_recipients),
          CASE(pages_are_the_same_after_a_refusal), CASE(every_button_of_the_page_says_what_it_did),
          CASE(withdrawing_is_called_so), CASE(conflict_with_the_signal_is_told))
