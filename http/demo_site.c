/* SPDX-License-Identifier: MIT */
#include "http/demo_site.h"

#include "core/writer.h"
#include "http/notice.h"
#include "http/page.h"

enum { TEXT_BYTES = 2048 };

/* ---- cookies ---- */

/* A cookie that a script of the site sets, not the server. */
static bool is_scripted(const struct assent_policy_cookie *cookie)
{
    return (cookie->flags & ASSENT_POLICY_COOKIE_SCRIPT) != 0 && !cookie->prefix;
}

static void write_name(struct assent_writer *w, const struct assent_policy_cookie *cookie)
{
    assent_writer_put(w, cookie->name);
    assent_writer_text(w, cookie->prefix ? "demo" : "");
}

/* Every third is for all hosts below this one, every third for /shop/ alone. */
static void set_cookie(const struct assent_visit *visit, struct assent_response *response,
                       const struct assent_policy_cookie *cookie, unsigned index)
{
    struct assent_writer *w = assent_response_open(response, "Set-Cookie");

    write_name(w, cookie);
    assent_writer_text(w, index % 3 == 2 ? "=1; Path=/shop/" : "=1; Path=/");
    if (index % 3 == 1) {
        assent_writer_text(w, "; Domain=");
        assent_writer_put(w, visit->request.host);
    }
    if (cookie->max_age_s > 0) {
        assent_writer_text(w, "; Max-Age=");
        assent_writer_decimal(w, cookie->max_age_s);
    }
    if ((cookie->flags & ASSENT_POLICY_COOKIE_HTTP_ONLY) != 0) {
        assent_writer_text(w, "; HttpOnly");
    }
    assent_response_close(response);
}

static void set_cookies(const struct assent_visit *visit, struct assent_response *response)
{
    struct assent_policy_cookie cookie;

    for (unsigned i = 0; assent_policy_cookie(&visit->site->policy, i, &cookie) == ASSENT_OK; i++) {
        if (!is_scripted(&cookie)) {
            set_cookie(visit, response, &cookie, i);
        }
    }
    assent_response_text(response, "Set-Cookie", "demo_unknown=1; Path=/; Max-Age=31536000");
}

/* ---- the page ---- */

static bool write_head(struct assent_html *h, const struct assent_visit *visit, unsigned index)
{
    struct assent_policy_controller controller;

    if (index > 0) {
        return false;
    }
    assent_policy_controller(&visit->site->policy, &controller);
    assent_html_put(h, "<!doctype html>\n<html lang=\"en\" data-assent-tiers=\"essential");
    for (unsigned t = ASSENT_TIER_ANALYTICS; t < ASSENT_TIER_COUNT; t++) {
        if ((visit->gate.decision.allowed & ASSENT_TIER_BIT(t)) != 0) {
            assent_html_put(h, " ");
            assent_html_put(h, assent_consent_tier_name((enum assent_tier)t));
        }
    }
    assent_html_put(h, "\">\n<head><meta charset=\"utf-8\"><meta name=\"viewport\" "
                       "content=\"width=device-width,initial-scale=1\"><title>");
    assent_html_text(h, controller.name);
    assent_html_put(h, "</title></head>\n<body>\n");
    return true;
}

static bool write_intro(struct assent_html *h, const struct assent_visit *visit, unsigned index)
{
    struct assent_policy_controller controller;

    if (index > 0) {
        return false;
    }
    assent_policy_controller(&visit->site->policy, &controller);
    assent_html_wrap(h, "<main>\n<h1>", controller.name, "</h1>\n");
    assent_html_put(
        h, "<p>A demonstration. With every page this site tries to set all cookies that "
           "its policy names, and some that it does not name. What was not allowed is not set at "
           "all. Reload it: the lists below show which of them your browser sent; an empty list "
           "means none.</p>\n"
           "<p><a href=\"/\">Start</a> <a href=\"/shop/\">Shop</a> "
           "<a href=\"/echo\">Echo</a></p>\n"
           "<h2>What reached the site</h2>\n<ul id=\"passed\">\n");
    return true;
}

/* The cookie pair at index among those that passed the gate. */
static bool write_passed(struct assent_html *h, const struct assent_visit *visit, unsigned index)
{
    struct assent_head fields = visit->request.fields;
    struct assent_head_field field;

    while (assent_head_next(&fields, &field) == 1) {
        struct assent_span rest = field.value;

        if (!assent_span_equal_nocase(field.name, ASSENT_SPAN("cookie"))) {
            continue;
        }
        while (rest.len > 0) {
            struct assent_span pair = assent_span_trim(assent_span_take(&rest, ';'));

            if (index-- == 0) {
                assent_html_wrap(h, "<li><code>", assent_span_take(&pair, '='), "</code></li>\n");
                return true;
            }
        }
    }
    return false;
}

static bool write_between(struct assent_html *h, const struct assent_visit *visit, unsigned index)
{
    (void)visit;
    if (index > 0) {
        return false;
    }
    assent_html_put(h, "</ul>\n<h2>What the browser sent and the gate held back</h2>\n"
                       "<ul id=\"dropped\">\n");
    return true;
}

/* The name at index among those that the gate took out. */
static bool write_dropped(struct assent_html *h, const struct assent_visit *visit, unsigned index)
{
    const struct assent_gate_exchange *gate = &visit->gate;
    size_t at = 0;

    while (at < gate->names_len && index > 0) {
        at += 1U + gate->names[at];
        index--;
    }
    if (at >= gate->names_len) {
        return false;
    }
    assent_html_wrap(h, "<li><code>", assent_span(gate->names + at + 1, gate->names[at]),
                     "</code></li>\n");
    return true;
}

/* The pixel, and the script with the names that it is to set. */
static bool write_foot(struct assent_html *h, const struct assent_visit *visit, unsigned index)
{
    struct assent_policy_cookie cookie;

    if (index > 0) {
        return false;
    }
    assent_html_put(h, "</ul>\n<p><img src=\"/pixel.gif\" alt=\"\" width=\"1\" height=\"1\"></p>\n"
                       "<script src=\"/demo.js\" data-cookies=\"");
    assent_html_put(h, visit->gate.decision.ask ? "demo_script" : "");
    for (unsigned i = 0; assent_policy_cookie(&visit->site->policy, i, &cookie) == ASSENT_OK; i++) {
        bool allowed = (visit->gate.decision.allowed & ASSENT_TIER_BIT(cookie.tier)) != 0;

        if (is_scripted(&cookie) && (allowed || visit->gate.decision.ask)) {
            assent_html_put(h, " ");
            assent_html_text(h, cookie.name);
        }
    }
    assent_html_put(h, "\"></script>\n</main>\n");
    return true;
}

static bool write_end(struct assent_html *h, const struct assent_visit *visit, unsigned index)
{
    (void)visit;
    if (index > 0) {
        return false;
    }
    assent_html_put(h, "</body></html>\n");
    return true;
}

static void answer_page(struct assent_visit *visit, struct assent_response *response)
{
    static assent_page_part *const parts[] = {
        write_head,    assent_notice_part, write_intro,        write_passed, write_between,
        write_dropped, write_foot,         assent_notice_link, write_end,    NULL};

    if (assent_page_open(visit, response, 200, parts, "'self'")) {
        set_cookies(visit, response);
        (void)assent_response_chunked(response);
    }
}

/* ---- the rest ---- */

static void answer_pixel(struct assent_response *response)
{
    static const char gif[] =
        "GIF89a\1\0\1\0\200\0\0\0\0\0\377\377\377!\371\4\1\0\0\0\0,\0\0\0\0\1\0"
        "\1\0\0\2\2D\1\0;";

    assent_response_start(response, 200);
    assent_response_text(response, "Content-Type", "image/gif");
    assent_response_text(response, "Cache-Control", "no-store");
    assent_response_text(response, "Set-Cookie",
                         "demo_pixel=1; Path=/; Max-Age=31536000; HttpOnly");
    if (assent_response_length(response, sizeof(gif) - 1) == ASSENT_OK) {
        assent_response_borrow(response, assent_span(gif, sizeof(gif) - 1));
        (void)assent_response_end(response);
    }
}

static void answer_script(struct assent_response *response)
{
    static const char script[] =
        "document.currentScript.dataset.cookies.split(' ').filter(Boolean)\n"
        "    .forEach(function (name) {\n"
        "  document.cookie = name + '=1; path=/; max-age=31536000';\n"
        "});\n";

    (void)assent_response_send_fixed(response, 200, "text/javascript; charset=utf-8",
                                     assent_span(script, sizeof(script) - 1));
}

static void put_line(struct assent_writer *w, const char *name, struct assent_span value)
{
    assent_writer_text(w, name);
    assent_writer_put(w, value);
    assent_writer_byte(w, '\n');
}

static void answer_echo(const struct assent_visit *visit, struct assent_response *response)
{
    struct assent_head fields = visit->request.fields;
    struct assent_head_field field;
    uint8_t text[TEXT_BYTES];
    struct assent_writer w = assent_writer(text, sizeof(text));

    put_line(&w, "method: ", visit->request.method_name);
    put_line(&w, "target: ", visit->request.target);
    assent_writer_text(&w, "length: ");
    assent_writer_decimal(&w, visit->request.body_bytes);
    assent_writer_byte(&w, '\n');
    while (assent_head_next(&fields, &field) == 1) {
        if (assent_span_equal_nocase(field.name, ASSENT_SPAN("cookie"))) {
            put_line(&w, "cookie: ", field.value);
        }
    }
    if (w.error != ASSENT_OK) {
        (void)assent_response_problem(response, 431, NULL);
        return;
    }
    assent_response_start(response, 200);
    assent_response_text(response, "Content-Type", "text/plain; charset=utf-8");
    assent_response_text(response, "Cache-Control", "no-store");
    (void)assent_response_length(response, w.len);
    (void)assent_response_write(response, assent_writer_span(&w));
    (void)assent_response_end(response);
}

void assent_demo_site_answer(struct assent_visit *visit, struct assent_response *response)
{
    struct assent_span path = visit->request.path;
    uint8_t method = visit->request.method;

    if (assent_span_equal(path, ASSENT_SPAN("/echo"))) {
        answer_echo(visit, response);
    } else if (method != ASSENT_METHOD_GET && method != ASSENT_METHOD_HEAD) {
        (void)assent_response_not_allowed(response, "GET, HEAD");
    } else if (assent_span_equal(path, ASSENT_SPAN("/")) ||
               assent_span_equal(path, ASSENT_SPAN("/shop/"))) {
        answer_page(visit, response);
    } else if (assent_span_equal(path, ASSENT_SPAN("/pixel.gif"))) {
        answer_pixel(response);
    } else if (assent_span_equal(path, ASSENT_SPAN("/demo.js"))) {
        answer_script(response);
    } else {
        (void)assent_response_problem(response, 404, NULL);
    }
}
