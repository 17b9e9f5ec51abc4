/* SPDX-License-Identifier: MIT */
/* Sessions of a shared terminal. */
#include "http/kiosk.h"

#include "core/bytes.h"
#include "core/cookie.h"
#include "core/head.h"
#include "core/set_cookie_build.h"
#include "http/guard.h"
#include "http/notice.h"
#include "http/page.h"

enum {
    IDLE_MAX_S = 604800, /* far below the turn of a clock of milliseconds */
    RETURN_S = 20,       /* how long the end is shown before the screen goes back to the start */
    MARK_TEXT_BYTES = 22 /* a session as base64url */
};

/* The mark; over HTTPS bound to the host by its prefix. */
#define MARK        "assent-kiosk"
#define MARK_SECURE "__Host-assent-kiosk"

/* Where a screen that was left goes. */
#define ENDED ASSENT_APP_PREFIX "ended"

/* ---- sessions ---- */

void assent_kiosk_sweep(struct assent_app *app)
{
    uint32_t idle_s = app->kiosk.idle_s < IDLE_MAX_S ? app->kiosk.idle_s : IDLE_MAX_S;
    uint32_t now_ms = app->clock->uptime_ms(app->clock->ctx);

    for (unsigned i = 0; i < ASSENT_KIOSK_TERMINALS; i++) {
        struct assent_kiosk_terminal *terminal = &app->kiosk.terminals[i];

        if (terminal->used && now_ms - terminal->act_ms >= idle_s * 1000) {
            assent_bytes_wipe(terminal, sizeof(*terminal));
        }
    }
}

static struct assent_kiosk_terminal *find(const struct assent_visit *visit)
{
    for (unsigned i = 0; i < ASSENT_KIOSK_TERMINALS; i++) {
        struct assent_kiosk_terminal *terminal = &visit->app->kiosk.terminals[i];

        if (terminal->used &&
            memcmp(terminal->peer, visit->request.peer, sizeof(terminal->peer)) == 0) {
            return terminal;
        }
    }
    return NULL;
}

/* A free place, or that of the session that has been idle for longest: it ends. */
static struct assent_kiosk_terminal *make_room(struct assent_app *app, uint32_t now_ms)
{
    struct assent_kiosk_terminal *best = &app->kiosk.terminals[0];

    for (unsigned i = 0; i < ASSENT_KIOSK_TERMINALS; i++) {
        struct assent_kiosk_terminal *terminal = &app->kiosk.terminals[i];

        if (!terminal->used) {
            return terminal;
        }
        if (now_ms - terminal->act_ms > now_ms - best->act_ms) {
            best = terminal;
        }
    }
    return best;
}

/* The session of this terminal, a new one if need be.
 *   return  false: no id could be drawn */
static bool begin(struct assent_visit *visit)
{
    struct assent_app *app = visit->app;
    uint32_t now_ms = app->clock->uptime_ms(app->clock->ctx);
    struct assent_kiosk_terminal *terminal = find(visit);

    if (terminal == NULL) {
        terminal = make_room(app, now_ms);
        terminal->used = false;
        if (app->entropy->random(app->entropy->ctx, terminal->session, ASSENT_SUBJECT_BYTES) !=
            ASSENT_OK) {
            return false;
        }
        memcpy(terminal->peer, visit->request.peer, sizeof(terminal->peer));
        terminal->act_ms = now_ms;
        terminal->used = true;
    }
    memcpy(visit->session, terminal->session, ASSENT_SUBJECT_BYTES);
    visit->has_session = true;
    return true;
}

/* ---- the way in ---- */

static bool is_mark(struct assent_span name)
{
    return assent_span_equal(name, ASSENT_SPAN(MARK)) ||
           assent_span_equal(name, ASSENT_SPAN(MARK_SECURE));
}

static bool is_no_mark(void *ctx, const struct assent_cookie *cookie)
{
    (void)ctx;
    return !is_mark(cookie->name);
}

/* Take marks out of a Cookie field; spaces fill the line up, which nobody sees (RFC 9112 s. 5.1). */
static void take_mark(uint8_t *value, size_t len)
{
    size_t left = assent_cookie_filter(value, len, is_no_mark, NULL);

    memset(value + left, ' ', len - left);
}

static bool is_session(struct assent_span text, const struct assent_kiosk_terminal *terminal)
{
    uint8_t id[ASSENT_SUBJECT_BYTES];

    return terminal != NULL && text.len == MARK_TEXT_BYTES &&
           assent_writer_decode_base64url(text, id, sizeof(id)) == (int)sizeof(id) &&
           assent_bytes_equal_secret(id, terminal->session, sizeof(id));
}

void assent_kiosk_enter(struct assent_visit *visit, uint8_t *head, size_t len)
{
    const struct assent_kiosk_terminal *terminal;
    struct assent_head lines;
    struct assent_head_field field;
    struct assent_cookie cookie;
    struct assent_span start;
    bool live = false;
    bool any = false;

    if (visit->app->kiosk.idle_s == 0) {
        return;
    }
    assent_kiosk_sweep(visit->app);
    terminal = find(visit);
    for (unsigned pass = 0; pass < 2; pass++) {
        if (assent_head_start(&lines, assent_span(head, len), &start) != ASSENT_OK) {
            break;
        }
        while (assent_head_next(&lines, &field) == 1) {
            struct assent_span rest = field.value;

            if (!assent_span_equal_nocase(field.name, ASSENT_SPAN("cookie"))) {
                continue;
            }
            if (pass == 1) {
                take_mark(head + (rest.ptr - head), rest.len);
                continue;
            }
            while (assent_cookie_next(&rest, &cookie)) {
                any = true;
                live = live || (is_mark(cookie.name) && is_session(cookie.value, terminal));
            }
        }
        if (!live) {
            break;
        }
    }
    visit->kiosk = live ? ASSENT_KIOSK_LIVE : any ? ASSENT_KIOSK_ENDED : ASSENT_KIOSK_NEW;
    if (live) {
        memcpy(visit->session, terminal->session, ASSENT_SUBJECT_BYTES);
        visit->has_session = true;
    }
}

const struct assent_token_keys *assent_kiosk_keys(const struct assent_visit *visit,
                                                  struct assent_token_keys *room)
{
    const struct assent_crypto *crypto = visit->app->crypto;
    struct assent_span parts[2] = {ASSENT_SPAN("assent kiosk v1"),
                                   assent_span(visit->session, sizeof(visit->session))};

    if (visit->kiosk == ASSENT_KIOSK_OFF) {
        return &visit->site->keys;
    }
    if (!visit->has_session) {
        return NULL;
    }
    *room = visit->site->keys;
    for (unsigned i = 0; i < room->count; i++) {
        if (crypto->hmac(crypto->ctx, visit->site->keys.key[i], parts, 2, room->key[i]) !=
            ASSENT_OK) {
            assent_bytes_wipe(room, sizeof(*room));
            return NULL;
        }
    }
    return room;
}

/* ---- answers ---- */

/* Whether the visitor asks for a page: browsers that say what a request is for say so
 * (Fetch Metadata s. 2.1), others ask for HTML by name. */
static bool is_act(const struct assent_app_request *request)
{
    struct assent_span dest = assent_guard_field(request, ASSENT_SPAN("sec-fetch-dest"));
    struct assent_span rest = assent_guard_field(request, ASSENT_SPAN("accept"));

    if (dest.len > 0) {
        return assent_span_equal(dest, ASSENT_SPAN("document"));
    }
    while (rest.len > 0) {
        if (assent_span_starts_nocase(assent_span_trim(assent_span_take(&rest, ',')),
                                      ASSENT_SPAN("text/html"))) {
            return true;
        }
    }
    return false;
}

/* The page at the end of a session is about none. */
static bool is_about_end(const struct assent_visit *visit)
{
    return assent_span_equal(visit->request.path, ASSENT_SPAN(ENDED));
}

bool assent_kiosk_note(struct assent_visit *visit)
{
    struct assent_kiosk_terminal *terminal;

    if (visit->kiosk == ASSENT_KIOSK_OFF || is_about_end(visit)) {
        return true;
    }
    if (visit->kiosk == ASSENT_KIOSK_ENDED || (visit->kiosk == ASSENT_KIOSK_NEW && !begin(visit))) {
        return false;
    }
    terminal = find(visit);
    if (terminal != NULL && is_act(&visit->request)) {
        terminal->act_ms = visit->app->clock->uptime_ms(visit->app->clock->ctx);
    }
    return true;
}

bool assent_kiosk_answer(struct assent_visit *visit, struct assent_response *response)
{
    if (assent_kiosk_note(visit)) {
        return false;
    }
    if (visit->kiosk == ASSENT_KIOSK_NEW) {
        (void)assent_response_problem(response, 503, NULL);
    } else if (is_act(&visit->request)) {
        (void)assent_response_redirect(response, 303, ASSENT_SPAN(ENDED));
    } else {
        (void)assent_response_problem(response, 403, "This session has ended.");
    }
    return true;
}

static bool is_page(struct assent_span head)
{
    struct assent_head lines;
    struct assent_head_field field;
    struct assent_span start;

    if (assent_head_start(&lines, head, &start) == ASSENT_OK) {
        while (assent_head_next(&lines, &field) == 1) {
            if (assent_span_equal_nocase(field.name, ASSENT_SPAN("content-type"))) {
                return assent_span_starts_nocase(field.value, ASSENT_SPAN("text/html"));
            }
        }
    }
    return false;
}

static void write_refresh(struct assent_writer *out, uint32_t after_s, const char *path)
{
    assent_writer_text(out, "Refresh: ");
    assent_writer_decimal(out, after_s);
    assent_writer_text(out, ";url=");
    assent_writer_text(out, path);
    assent_writer_text(out, "\r\n");
}

static void write_mark(const struct assent_visit *visit, struct assent_writer *out)
{
    uint8_t text[MARK_TEXT_BYTES];
    struct assent_writer value = assent_writer(text, sizeof(text));
    bool https = visit->gate.https;
    struct assent_set_cookie mark;

    assent_writer_base64url(&value, assent_span(visit->session, sizeof(visit->session)));
    mark = assent_set_cookie(https ? ASSENT_SPAN(MARK_SECURE) : ASSENT_SPAN(MARK),
                             assent_writer_span(&value));
    mark.path = ASSENT_SPAN("/");
    mark.has_path = true;
    mark.http_only = true;
    mark.secure = https;
    mark.same_site = ASSENT_SAME_SITE_LAX;
    assent_writer_text(out, "Set-Cookie: ");
    (void)assent_set_cookie_build(out, &mark);
    assent_writer_text(out, "\r\n");
}

/* Seconds until the session ends if nothing happens. */
static uint32_t left_s(const struct assent_visit *visit)
{
    const struct assent_app *app = visit->app;
    const struct assent_kiosk_terminal *terminal = find(visit);
    uint32_t gone_s =
        terminal == NULL ? 0 : (app->clock->uptime_ms(app->clock->ctx) - terminal->act_ms) / 1000;

    return app->kiosk.idle_s > gone_s ? app->kiosk.idle_s - gone_s : 0;
}

void assent_kiosk_fields(const struct assent_visit *visit, struct assent_span head,
                         struct assent_writer *out)
{
    if (visit->kiosk == ASSENT_KIOSK_NEW && visit->has_session) {
        write_mark(visit, out);
    }
    if (visit->kiosk == ASSENT_KIOSK_ENDED) {
        assent_writer_text(out, "Clear-Site-Data: \"cache\", \"cookies\", \"storage\"\r\n");
    }
    if (visit->kiosk == ASSENT_KIOSK_OFF || !is_page(head)) {
        return;
    }
    if (visit->kiosk == ASSENT_KIOSK_LIVE) {
        write_refresh(out, left_s(visit) + 1, ENDED);
    } else if (is_about_end(visit)) {
        write_refresh(out, RETURN_S, "/");
    }
}

/* Keep a name for the answer, which expires it; what finds no room comes with the next request. */
static void expire(struct assent_gate_exchange *gate, struct assent_span name)
{
    if (name.len <= 255 && name.len < sizeof(gate->names) - gate->names_len) {
        gate->names[gate->names_len] = (uint8_t)name.len;
        if (name.len > 0) {
            memcpy(gate->names + gate->names_len + 1, name.ptr, name.len);
        }
        gate->names_len = (uint16_t)(gate->names_len + 1 + name.len);
    }
}

void assent_kiosk_end(struct assent_visit *visit, struct assent_response *response)
{
    struct assent_kiosk_terminal *terminal = find(visit);
    struct assent_head fields = visit->request.fields;
    struct assent_head_field field;
    struct assent_cookie cookie;
    bool https = visit->gate.https;

    if (visit->kiosk == ASSENT_KIOSK_OFF) {
        (void)assent_response_problem(response, 404, NULL);
        return;
    }
    if (terminal != NULL) {
        assent_bytes_wipe(terminal, sizeof(*terminal));
    }
    visit->kiosk = ASSENT_KIOSK_ENDED;
    visit->has_session = false;
    visit->gate.has_consent = false;
    visit->gate.expire_all = true;
    expire(&visit->gate,
           https ? ASSENT_SPAN(ASSENT_TOKEN_COOKIE_SECURE) : ASSENT_SPAN(ASSENT_TOKEN_COOKIE));
    expire(&visit->gate, https ? ASSENT_SPAN(MARK_SECURE) : ASSENT_SPAN(MARK));
    while (assent_head_next(&fields, &field) == 1) {
        if (assent_span_equal_nocase(field.name, ASSENT_SPAN("cookie"))) {
            while (assent_cookie_next(&field.value, &cookie)) {
                expire(&visit->gate, cookie.name);
            }
        }
    }
    (void)assent_response_redirect(response, 303, ASSENT_SPAN(ENDED));
}

static bool write_ended(struct assent_html *h, const struct assent_visit *visit, unsigned index)
{
    if (index > 0) {
        return false;
    }
    assent_page_head(h, visit, ASSENT_TEXT_PAGE_TITLE);
    if (visit->kiosk != ASSENT_KIOSK_LIVE) {
        assent_page_word(h, visit, "<p role=\"status\">", ASSENT_TEXT_KIOSK_ENDED, "</p>\n");
    }
    return true;
}

void assent_kiosk_page(struct assent_visit *visit, struct assent_response *response)
{
    static assent_page_part *const page[] = {write_ended, assent_page_foot, NULL};

    if (visit->kiosk == ASSENT_KIOSK_OFF) {
        (void)assent_response_problem(response, 404, NULL);
    } else {
        assent_page_start(visit, response, 200, page, NULL);
    }
}
