/* SPDX-License-Identifier: MIT */
/* Who may: the token, the logins made with it, and what keeps others from guessing. */
#include "http/admin_part.h"

#include "core/bytes.h"
#include "core/cookie.h"
#include "http/field.h"
#include "http/guard.h"
#include "http/target.h"

#define COOKIE_NAME "assent_admin"

enum { SESSION_TEXT_BYTES = 22, MAC_BYTES = 16 };

/* ---- the token ---- */

static int digest_of(const struct assent_crypto *crypto, struct assent_span token,
                     uint8_t out[ASSENT_SHA256_BYTES])
{
    struct assent_span parts[] = {ASSENT_SPAN("assent admin v1"), token};

    return crypto->sha256(crypto->ctx, parts, 2, out);
}

static bool is_visible(struct assent_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~') {
            return false;
        }
    }
    return text.len >= ASSENT_ADMIN_TOKEN_MIN && text.len <= ASSENT_ADMIN_TOKEN_MAX;
}

int assent_admin_set_token(struct assent_keys *keys, struct assent_span given,
                           uint8_t text[ASSENT_ADMIN_TOKEN_MAX], size_t *len)
{
    uint8_t bytes[ASSENT_ADMIN_TOKEN_BYTES];
    uint8_t digest[ASSENT_SHA256_BYTES];
    struct assent_writer w = assent_writer(text, ASSENT_ADMIN_TOKEN_MAX);
    int error = ASSENT_OK;

    if (given.len > 0) {
        error = is_visible(given) ? ASSENT_OK : ASSENT_ERR_RANGE;
    } else {
        error = keys->entropy->random(keys->entropy->ctx, bytes, sizeof(bytes));
        if (error == ASSENT_OK) {
            assent_writer_base64url(&w, assent_span(bytes, sizeof(bytes)));
            given = assent_writer_span(&w);
        }
        assent_bytes_wipe(bytes, sizeof(bytes));
    }
    *len = w.len;
    if (error == ASSENT_OK) {
        error = digest_of(keys->crypto, given, digest);
    }
    return error != ASSENT_OK ? error
                              : assent_keys_put(keys, ASSENT_SPAN(ASSENT_ADMIN_TOKEN_NAME),
                                                assent_span(digest, sizeof(digest)));
}

int assent_admin_has_token(struct assent_keys *keys)
{
    uint8_t digest[ASSENT_SHA256_BYTES];
    int got = assent_keys_get(keys, ASSENT_SPAN(ASSENT_ADMIN_TOKEN_NAME), digest, sizeof(digest));

    return got < 0 ? got : got == (int)sizeof(digest) ? ASSENT_OK : ASSENT_ERR_CORRUPT;
}

/* Compare with what is kept (ADM-2). Without a digest it is compared with zeros and refused. */
static bool is_right(const struct assent_admin *admin, struct assent_span token)
{
    uint8_t kept[ASSENT_SHA256_BYTES] = {0};
    uint8_t digest[ASSENT_SHA256_BYTES];
    int got =
        assent_keys_get(admin->app->keys, ASSENT_SPAN(ASSENT_ADMIN_TOKEN_NAME), kept, sizeof(kept));
    int error = digest_of(admin->app->crypto, token, digest);
    bool equal = assent_bytes_equal_secret(kept, digest, sizeof(kept));

    return equal && error == ASSENT_OK && got == (int)sizeof(kept);
}

/* The rest of a refusal whose own fields are written: its content, and nothing is to be kept. */
static void send_problem(struct assent_response *response, struct assent_span text)
{
    assent_response_text(response, "Content-Type", "application/problem+json");
    assent_response_text(response, "Cache-Control", "no-store");
    if (assent_response_length(response, text.len) == ASSENT_OK) {
        assent_response_borrow(response, text);
        (void)assent_response_end(response);
    }
}

static void send_unauthorized(struct assent_response *response, const char *challenge)
{
    assent_response_start(response, 401);
    assent_response_text(response, "WWW-Authenticate", challenge);
    send_problem(response, ASSENT_SPAN("{\"title\":\"Unauthorized\",\"status\":401}\n"));
}

/* Too many wrong tokens: right ones have to wait as well (ADM-3). */
static void send_slow_down(struct assent_response *response, uint32_t retry_s)
{
    assent_response_start(response, 429);
    assent_writer_decimal(assent_response_open(response, "Retry-After"), retry_s);
    assent_response_close(response);
    send_problem(response, ASSENT_SPAN("{\"title\":\"Too Many Requests\",\"status\":429}\n"));
}

/* Try a token (ADM-3). If it is not right, the answer has been given. */
static bool try_token(struct assent_admin_exchange *x, struct assent_engine *engine,
                      struct assent_span token, bool page)
{
    struct assent_admin *admin = x->admin;
    uint8_t peer[ASSENT_LIMIT_SOURCE_BYTES] = {0};
    uint32_t wait_ms;

    if (admin->board->peer != NULL) {
        admin->board->peer(admin->board->ctx, engine, peer);
    }
    wait_ms = assent_limit_take(&admin->failures, peer, 0, admin->seen_ms);
    if (wait_ms > 0) {
        if (page) {
            assent_admin_page_login(x, engine, 429, wait_ms / 1000 + 1);
        } else {
            send_slow_down(&engine->response, wait_ms / 1000 + 1);
        }
        return false;
    }
    if (is_right(admin, token)) {
        assent_limit_give(&admin->failures, peer);
        return true;
    }
    admin->failure_count++;
    if (page) {
        assent_admin_page_login(x, engine, 401, 0);
    } else {
        send_unauthorized(&engine->response, "Bearer realm=\"assent\", error=\"invalid_token\"");
    }
    return false;
}

/* ---- logins ---- */

static bool is_alive(const struct assent_admin *admin, const struct assent_admin_session *session)
{
    return session->open && admin->seen_ms - session->started_ms < ASSENT_ADMIN_SESSION_MS &&
           admin->seen_ms - session->used_ms < ASSENT_ADMIN_IDLE_MS;
}

/* The login of a cookie's value: its place, counted from 1; 0: none. */
static uint8_t find_session(struct assent_admin *admin, struct assent_span text)
{
    uint8_t id[ASSENT_ADMIN_SESSION_BYTES];
    uint8_t found = 0;

    if (assent_writer_decode_base64url(text, id, sizeof(id)) != (int)sizeof(id)) {
        return 0;
    }
    for (unsigned i = 0; i < ASSENT_ADMIN_SESSIONS; i++) {
        struct assent_admin_session *session = &admin->session[i];

        if (assent_bytes_equal_secret(session->id, id, sizeof(id)) && is_alive(admin, session)) {
            session->used_ms = admin->seen_ms;
            found = (uint8_t)(i + 1);
        }
    }
    return found;
}

/* The login that the request's cookies name. */
static uint8_t session_of(struct assent_admin *admin, const struct assent_engine *engine)
{
    struct assent_head fields = assent_request_fields(&engine->request);
    struct assent_head_field field;
    struct assent_cookie cookie;
    uint8_t session = 0;

    while (assent_head_next(&fields, &field) == 1) {
        if (!assent_span_equal_nocase(field.name, ASSENT_SPAN("cookie"))) {
            continue;
        }
        while (session == 0 && assent_cookie_next(&field.value, &cookie)) {
            if (assent_span_equal(cookie.name, ASSENT_SPAN(COOKIE_NAME))) {
                session = find_session(admin, cookie.value);
            }
        }
    }
    return session;
}

/* "Bearer TOKEN" (RFC 6750 s. 2.1).
 *   return  how many fields Authorization there are; token is empty unless it is one of this scheme */
static int bearer_of(const struct assent_engine *engine, struct assent_span *token)
{
    struct assent_span scheme = ASSENT_SPAN("bearer ");
    struct assent_span value = assent_span(NULL, 0);
    int count = assent_request_field(&engine->request, ASSENT_SPAN("authorization"), &value);

    *token = count == 1 && assent_span_starts_nocase(value, scheme)
                 ? assent_span_trim(assent_span_slice(value, scheme.len, value.len))
                 : assent_span(NULL, 0);
    return count;
}

/* Nobody is known: 401, for a browser with the form to log in. */
static void answer_unauthorized(struct assent_admin_exchange *x, struct assent_engine *engine)
{
    struct assent_span accept = assent_span(NULL, 0);
    struct assent_span element;
    struct assent_span params;
    bool html = false;

    (void)assent_request_field(&engine->request, ASSENT_SPAN("accept"), &accept);
    while (assent_field_next(&accept, &element)) {
        html = html || assent_span_equal_nocase(assent_field_main(element, &params),
                                                ASSENT_SPAN("text/html"));
    }
    if (html) {
        assent_admin_page_login(x, engine, 401, 0);
        return;
    }
    send_unauthorized(&engine->response, "Bearer realm=\"assent\"");
}

bool assent_admin_auth(struct assent_admin_exchange *x, struct assent_engine *engine)
{
    struct assent_span token;

    if (bearer_of(engine, &token) > 0) {
        x->allowed = try_token(x, engine, token, false);
        return x->allowed;
    }
    x->session = session_of(x->admin, engine);
    x->allowed = x->session != 0;
    if (!x->allowed) {
        answer_unauthorized(x, engine);
    }
    return x->allowed;
}

/* ---- changes ---- */

static int make_form(const struct assent_admin_exchange *x, uint8_t mac[ASSENT_SHA256_BYTES])
{
    const struct assent_admin *admin = x->admin;
    const struct assent_crypto *crypto = admin->app->crypto;
    struct assent_span parts[] = {
        ASSENT_SPAN("assent admin form v1"),
        assent_span(admin->session[x->session - 1].id, ASSENT_ADMIN_SESSION_BYTES)};

    return admin->ready ? crypto->hmac(crypto->ctx, admin->secret, parts, 2, mac)
                        : ASSENT_ERR_ENTROPY;
}

void assent_admin_auth_form(const struct assent_admin_exchange *x,
                            uint8_t text[ASSENT_ADMIN_FORM_BYTES])
{
    uint8_t mac[ASSENT_SHA256_BYTES] = {0};
    struct assent_writer w = assent_writer(text, ASSENT_ADMIN_FORM_BYTES);

    memset(text, '0', ASSENT_ADMIN_FORM_BYTES);
    if (x->session != 0 && make_form(x, mac) == ASSENT_OK) {
        assent_writer_base64url(&w, assent_span(mac, MAC_BYTES));
    }
}

static bool is_own_form(const struct assent_admin_exchange *x, struct assent_span form)
{
    uint8_t mac[ASSENT_SHA256_BYTES];
    uint8_t given[MAC_BYTES];

    return assent_writer_decode_base64url(form, given, sizeof(given)) == MAC_BYTES &&
           make_form(x, mac) == ASSENT_OK && assent_bytes_equal_secret(mac, given, MAC_BYTES);
}

/* Whether another origin may have made the request. */
static bool is_foreign(const struct assent_admin_exchange *x, const struct assent_engine *engine)
{
    struct assent_app_request request = {.host = engine->request.host,
                                         .fields = assent_request_fields(&engine->request),
                                         .port = engine->request.port,
                                         .https = x->admin->https};

    return assent_guard_origin(&request) == ASSENT_ORIGIN_OTHER;
}

bool assent_admin_auth_change(struct assent_admin_exchange *x, struct assent_engine *engine,
                              struct assent_span form)
{
    if (is_foreign(x, engine)) {
        assent_admin_refuse(x, engine, 403, "Another origin may have made this request.");
        return false;
    }
    if (x->session != 0 && !is_own_form(x, form)) {
        assent_admin_refuse(x, engine, 403, "The form is too old. Load the page again.");
        return false;
    }
    return true;
}

/* ---- log in, log out, another token ---- */

static uint8_t open_session(struct assent_admin *admin)
{
    unsigned place = 0;

    for (unsigned i = 0; i < ASSENT_ADMIN_SESSIONS; i++) {
        if (!is_alive(admin, &admin->session[i])) {
            place = i;
            break;
        }
        if (admin->seen_ms - admin->session[i].used_ms >
            admin->seen_ms - admin->session[place].used_ms) {
            place = i;
        }
    }
    admin->session[place] =
        (struct assent_admin_session){.started_ms = admin->seen_ms, .used_ms = admin->seen_ms};
    admin->session[place].open =
        admin->ready &&
        admin->app->entropy->random(admin->app->entropy->ctx, admin->session[place].id,
                                    ASSENT_ADMIN_SESSION_BYTES) == ASSENT_OK;
    return admin->session[place].open ? (uint8_t)(place + 1) : 0;
}

static void redirect_with_cookie(struct assent_admin_exchange *x, struct assent_engine *engine,
                                 bool forget)
{
    struct assent_writer *w;

    assent_response_start(&engine->response, 303);
    assent_response_text(&engine->response, "Location", ASSENT_ADMIN_PREFIX);
    w = assent_response_open(&engine->response, "Set-Cookie");
    assent_writer_text(w, COOKIE_NAME "=");
    if (!forget) {
        assent_writer_base64url(
            w, assent_span(x->admin->session[x->session - 1].id, ASSENT_ADMIN_SESSION_BYTES));
    }
    assent_writer_text(w, "; Path=" ASSENT_ADMIN_PREFIX "; HttpOnly; SameSite=Strict");
    assent_writer_text(w, x->admin->https ? "; Secure" : "");
    assent_writer_text(w, forget ? "; Max-Age=0" : "");
    assent_response_close(&engine->response);
    assent_response_text(&engine->response, "Cache-Control", "no-store");
    (void)assent_response_empty(&engine->response);
}

void assent_admin_auth_login(struct assent_admin_exchange *x, struct assent_engine *engine)
{
    struct assent_span value = assent_admin_value(x, "token");
    uint8_t token[ASSENT_ADMIN_TOKEN_MAX];
    int len = assent_target_form_decode(value, token, sizeof(token));
    bool right;

    if (is_foreign(x, engine)) {
        (void)assent_response_problem(&engine->response, 403,
                                      "Another origin may have made this request.");
        return;
    }
    right = try_token(x, engine, assent_span(token, len > 0 ? (size_t)len : 0), true);
    assent_bytes_wipe(token, sizeof(token));
    if (!right) {
        return;
    }
    x->session = open_session(x->admin);
    if (x->session == 0) {
        (void)assent_response_problem(&engine->response, 503, "There is no randomness.");
        return;
    }
    x->allowed = true;
    x->admin->login_count++;
    redirect_with_cookie(x, engine, false);
}

void assent_admin_auth_logout(struct assent_admin_exchange *x, struct assent_engine *engine)
{
    if (x->session == 0) {
        assent_admin_refuse(x, engine, 400, "There is no login to end.");
        return;
    }
    assent_bytes_wipe(&x->admin->session[x->session - 1], sizeof(x->admin->session[0]));
    redirect_with_cookie(x, engine, true);
}

void assent_admin_auth_renew(struct assent_admin_exchange *x, struct assent_engine *engine)
{
    uint8_t text[ASSENT_ADMIN_TOKEN_MAX];
    size_t len = 0;

    if (assent_admin_set_token(x->admin->app->keys, assent_span(NULL, 0), text, &len) !=
        ASSENT_OK) {
        assent_admin_refuse(x, engine, 503, "The token cannot be stored now.");
        return;
    }
    /* Who has logged in with the former token is logged out, but for who asked. */
    for (unsigned i = 0; i < ASSENT_ADMIN_SESSIONS; i++) {
        if (i + 1U != x->session) {
            assent_bytes_wipe(&x->admin->session[i], sizeof(x->admin->session[i]));
        }
    }
    assent_admin_page_token(x, engine, assent_span(text, len));
    assent_bytes_wipe(text, sizeof(text));
}
