/* SPDX-License-Identifier: MIT */
/* The operator's side behind the engine: which path is answered how, and answers piece by piece. */
#include "http/admin_part.h"

#include "core/bytes.h"
#include "core/consent_json.h"
#include "http/admin_evidence.h"
#include "http/field.h"
#include "http/guard.h"
#include "http/target.h"

enum {
    PATH_BYTES = 64,
    IGNORED_BYTES = 131072 /* of a refused request, read while its answer is on its way */
};

static const struct assent_admin_route routes[] = {
    {"", ASSENT_ADMIN_NO_CONTENT, false, assent_admin_page_overview},
    {"log", ASSENT_ADMIN_NO_CONTENT, false, assent_admin_page_log},
    {"health", ASSENT_ADMIN_NO_CONTENT, false, assent_admin_json_health},
    {"counters", ASSENT_ADMIN_NO_CONTENT, false, assent_admin_json_counters},
    {"metrics", ASSENT_ADMIN_NO_CONTENT, false, assent_admin_metrics},
    {"unclassified", ASSENT_ADMIN_NO_CONTENT, false, assent_admin_seen_cookies},
    {"hosts", ASSENT_ADMIN_NO_CONTENT, false, assent_admin_seen_hosts},
    {"upstreams", ASSENT_ADMIN_NO_CONTENT, false, assent_admin_upstream_list},
    {"upstream", ASSENT_ADMIN_FORM, false, assent_admin_upstream_set},
    {"upstream-ca", ASSENT_ADMIN_CERTIFICATE, false, assent_admin_certificate_end},
    {"classify", ASSENT_ADMIN_NO_CONTENT, false, assent_admin_seen_classify},
    {"audit", ASSENT_ADMIN_NO_CONTENT, false, assent_admin_audit_list},
    {"audit/export", ASSENT_ADMIN_NO_CONTENT, false, assent_admin_audit_export},
    {"evidence", ASSENT_ADMIN_NO_CONTENT, false, assent_admin_evidence},
    {"policies", ASSENT_ADMIN_UPLOAD, false, assent_admin_json_policies},
    {"rotate", ASSENT_ADMIN_FORM, false, assent_admin_act_rotate},
    {"revoke", ASSENT_ADMIN_FORM, false, assent_admin_act_revoke},
    {"clock", ASSENT_ADMIN_FORM, false, assent_admin_act_clock},
    {"token", ASSENT_ADMIN_FORM, false, assent_admin_auth_renew},
    {"login", ASSENT_ADMIN_FORM, true, assent_admin_auth_login},
    {"logout", ASSENT_ADMIN_FORM, false, assent_admin_auth_logout},
    {"style.css", ASSENT_ADMIN_NO_CONTENT, true, assent_admin_page_style},
};

void assent_admin_init(struct assent_admin *admin)
{
    const struct assent_entropy *entropy = admin->app->entropy;

    admin->failures = (struct assent_limit){
        .interval_ms = 1000, .source_interval_ms = 10000, .burst = 32, .source_burst = 5};
    admin->seen_ms = admin->app->clock->uptime_ms(admin->app->clock->ctx);
    admin->ready = entropy->random(entropy->ctx, admin->secret, sizeof(admin->secret)) == ASSENT_OK;
}

/* ---- what the other files use ---- */

struct assent_time assent_admin_now(const struct assent_admin *admin)
{
    return admin->app->clock->now(admin->app->clock->ctx);
}

struct assent_app_site *assent_admin_site(const struct assent_admin *admin, struct assent_span id)
{
    struct assent_policy_controller controller;

    for (unsigned i = 0; i < admin->app->site_count; i++) {
        assent_policy_controller(&admin->app->sites[i].policy, &controller);
        if (assent_span_equal(controller.id, id)) {
            return &admin->app->sites[i];
        }
    }
    return NULL;
}

struct assent_span assent_admin_value(const struct assent_admin_exchange *x, const char *name)
{
    struct assent_span value = assent_span(NULL, 0);

    return assent_target_form_find(assent_span(x->body, x->body_len),
                                   assent_span(name, strlen(name)), &value) == 1
               ? value
               : assent_span(NULL, 0);
}

struct assent_span assent_admin_query(const struct assent_engine *engine, const char *name)
{
    struct assent_span value = assent_span(NULL, 0);

    return assent_target_form_find(engine->request.query, assent_span(name, strlen(name)),
                                   &value) == 1
               ? value
               : assent_span(NULL, 0);
}

bool assent_admin_number(const struct assent_engine *engine, const char *name, uint32_t other,
                         uint32_t *value)
{
    struct assent_span text = assent_admin_query(engine, name);
    uint64_t number = other;
    bool ok = text.ptr == NULL ||
              (assent_field_number(text, &number) == ASSENT_OK && number <= UINT32_MAX);

    *value = (uint32_t)number;
    return ok;
}

struct assent_admin_work *assent_admin_take_work(struct assent_admin_exchange *x,
                                                 struct assent_engine *engine)
{
    struct assent_admin_work *work = &x->admin->work;

    if (work->owner != NULL && work->owner != x) {
        assent_admin_refuse(x, engine, 503, "Another upload or bundle is under way.");
        return NULL;
    }
    memset(work, 0, sizeof(*work));
    work->owner = x;
    return work;
}

/* ---- answers ---- */

/* The fields that every answer in parts has, and the end of its head. */
void assent_admin_begin(struct assent_admin_exchange *x, struct assent_engine *engine,
                        unsigned status, assent_admin_part *const *parts)
{
    x->parts = parts;
    x->part = 0;
    x->index = 0;
    assent_engine_limit_content(engine, IGNORED_BYTES); /* or the answer would be cut by a 413 */
    assent_response_start(&engine->response, status);
}

void assent_admin_end_head(struct assent_engine *engine, const char *type)
{
    struct assent_response *response = &engine->response;

    assent_response_text(response, "Content-Type", type);
    assent_response_text(response, "Cache-Control", "no-store");
    assent_response_text(response, "X-Content-Type-Options", "nosniff");
    assent_response_text(response, "Cross-Origin-Resource-Policy", "same-origin");
    assent_response_text(response, "Referrer-Policy", "same-origin");
    assent_response_text(response, "Content-Security-Policy",
                         "default-src 'none'; style-src 'self'; form-action 'self'; base-uri "
                         "'none'; frame-ancestors 'none'");
    (void)assent_response_chunked(response);
}

void assent_admin_start(struct assent_admin_exchange *x, struct assent_engine *engine,
                        unsigned status, const char *type, const char *name,
                        assent_admin_part *const *parts)
{
    assent_admin_begin(x, engine, status, parts);
    if (name != NULL) {
        assent_response_attachment(&engine->response, name);
    }
    assent_admin_end_head(engine, type);
}

void assent_admin_refuse(struct assent_admin_exchange *x, struct assent_engine *engine,
                         unsigned status, const char *detail)
{
    if (x->allowed && x->session != 0) {
        assent_admin_page_refusal(x, engine, status, detail);
    } else {
        (void)assent_response_problem(&engine->response, status, detail);
    }
}

void assent_admin_done(struct assent_admin_exchange *x, struct assent_engine *engine,
                       const char *word)
{
    uint8_t text[64];
    struct assent_writer w = assent_writer(text, sizeof(text));

    assent_writer_text(&w, x->session != 0 ? ASSENT_ADMIN_PREFIX "?done=" : "{\"done\":\"");
    assent_writer_text(&w, word);
    if (x->session != 0) {
        (void)assent_response_redirect(&engine->response, 303, assent_writer_span(&w));
        return;
    }
    assent_writer_text(&w, "\"}\n");
    (void)assent_response_send(&engine->response, 200, "application/json", assent_writer_span(&w));
}

/* One piece on the stack; it is only made when there is room for the longest. */
static bool write_piece(struct assent_admin_exchange *x, struct assent_engine *engine)
{
    uint8_t piece[ASSENT_ADMIN_PIECE_BYTES];
    struct assent_writer w = assent_writer(piece, sizeof(piece));

    while (x->parts[x->part] != NULL && !x->parts[x->part](x, &w, x->index)) {
        x->part++;
        x->index = 0;
    }
    if (x->parts[x->part] == NULL) {
        return false;
    }
    x->index++;
    if (w.error != ASSENT_OK) {
        assent_engine_refuse(engine, 500); /* too late for a status: the connection ends */
        return false;
    }
    (void)assent_response_write(&engine->response, assent_writer_span(&w));
    return true;
}

static struct assent_admin_exchange *exchange_of(struct assent_admin *admin,
                                                 const struct assent_engine *engine)
{
    for (unsigned i = 0; i < admin->exchange_count; i++) {
        if (admin->exchanges[i].engine == engine) {
            return &admin->exchanges[i];
        }
    }
    return NULL;
}

static void produce(void *context, struct assent_engine *engine)
{
    struct assent_admin_exchange *x = exchange_of(context, engine);
    struct assent_response *response = &engine->response;

    if (x == NULL || x->parts == NULL || response->silent) {
        (void)assent_response_end(response);
        return;
    }
    while (response->state == ASSENT_RESPONSE_BODY &&
           assent_response_room(response) >= ASSENT_ADMIN_PIECE_BYTES) {
        if (!write_piece(x, engine)) {
            (void)assent_response_end(response);
        }
    }
}

/* ---- requests ---- */

/* Uptime in 64 bits; of a clock that wraps after 49 days. */
static void let_time_pass(struct assent_admin *admin)
{
    uint32_t now_ms = admin->app->clock->uptime_ms(admin->app->clock->ctx);

    admin->uptime_ms += now_ms - admin->seen_ms;
    admin->seen_ms = now_ms;
}

static const struct assent_admin_route *route_of(struct assent_span path)
{
    struct assent_span prefix = ASSENT_SPAN(ASSENT_ADMIN_PREFIX);
    uint8_t text[PATH_BYTES];
    int len = assent_target_decode(path, text, sizeof(text));
    struct assent_span plain = assent_span(text, len > 0 ? (size_t)len : 0);

    if (!assent_span_starts(plain, prefix)) {
        return NULL;
    }
    plain = assent_span_slice(plain, prefix.len, plain.len);
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        if (assent_span_equal(plain, assent_span(routes[i].name, strlen(routes[i].name)))) {
            return &routes[i];
        }
    }
    return NULL;
}

static const char *allowed(const struct assent_admin_route *route)
{
    switch (route->content) {
    case ASSENT_ADMIN_FORM:
    case ASSENT_ADMIN_CERTIFICATE:
        return "POST, OPTIONS";
    case ASSENT_ADMIN_UPLOAD:
        return "GET, HEAD, POST, OPTIONS";
    default:
        return "GET, HEAD, OPTIONS";
    }
}

static bool is_get(const struct assent_engine *engine)
{
    return engine->request.method == ASSENT_METHOD_GET ||
           engine->request.method == ASSENT_METHOD_HEAD;
}

static bool takes(const struct assent_admin_route *route, struct assent_engine *engine)
{
    bool get = route->content != ASSENT_ADMIN_FORM && route->content != ASSENT_ADMIN_CERTIFICATE;
    bool post = route->content != ASSENT_ADMIN_NO_CONTENT;

    if (engine->request.method == ASSENT_METHOD_OPTIONS) {
        assent_response_start(&engine->response, 204);
        assent_response_text(&engine->response, "Allow", allowed(route));
        (void)assent_response_empty(&engine->response);
        return false;
    }
    if (is_get(engine) ? !get : !post || engine->request.method != ASSENT_METHOD_POST) {
        (void)assent_response_not_allowed(&engine->response, allowed(route));
        return false;
    }
    return true;
}

static bool is_form(const struct assent_engine *engine)
{
    struct assent_span value = assent_span(NULL, 0);
    struct assent_span params;

    return assent_request_field(&engine->request, ASSENT_SPAN("content-type"), &value) == 1 &&
           assent_span_equal_nocase(assent_field_main(value, &params),
                                    ASSENT_SPAN("application/x-www-form-urlencoded"));
}

static void answer_unknown(struct assent_admin_exchange *x, struct assent_engine *engine)
{
    if (assent_span_equal(engine->request.path, ASSENT_SPAN("/"))) {
        (void)assent_response_redirect(&engine->response, 303, ASSENT_SPAN(ASSENT_ADMIN_PREFIX));
    } else {
        assent_admin_refuse(x, engine, 404, NULL);
    }
}

/* The head is there: who asks is known before any content is looked at. */
static void request(void *context, struct assent_engine *engine)
{
    struct assent_admin *admin = context;
    struct assent_admin_exchange *x = exchange_of(admin, NULL);

    let_time_pass(admin);
    if (x == NULL) {
        (void)assent_response_problem(&engine->response, 503, NULL);
        return;
    }
    memset(x, 0, sizeof(*x));
    x->admin = admin;
    x->engine = engine;
    x->route = route_of(engine->request.path);
    assent_engine_limit_content(engine, ASSENT_ADMIN_BODY_BYTES);
    if ((x->route == NULL || !x->route->open) && !assent_admin_auth(x, engine)) {
        return;
    }
    if (x->route == NULL) {
        answer_unknown(x, engine);
    } else if (!takes(x->route, engine) || is_get(engine)) {
        return;
    } else if (x->route->content == ASSENT_ADMIN_UPLOAD) {
        assent_admin_upload_begin(x, engine);
    } else if (x->route->content == ASSENT_ADMIN_CERTIFICATE) {
        assent_admin_certificate_begin(x, engine);
    } else if (!is_form(engine)) {
        assent_admin_refuse(x, engine, 415, "A form is expected.");
    }
}

static size_t content(void *context, struct assent_engine *engine, struct assent_span bytes)
{
    struct assent_admin_exchange *x = exchange_of(context, engine);
    size_t room;

    if (x == NULL || engine->response.state != ASSENT_RESPONSE_READY) {
        return bytes.len;
    }
    if (x->route->content == ASSENT_ADMIN_UPLOAD) {
        assent_admin_upload_take(x, bytes);
        return bytes.len;
    }
    if (x->route->content == ASSENT_ADMIN_CERTIFICATE) {
        assent_admin_certificate_take(x, bytes);
        return bytes.len;
    }
    room = sizeof(x->body) - x->body_len;
    room = room < bytes.len ? room : bytes.len;
    memcpy(x->body + x->body_len, bytes.ptr, room);
    x->body_len = (uint16_t)(x->body_len + room);
    x->content_bytes += (uint32_t)bytes.len;
    return bytes.len;
}

static void content_end(void *context, struct assent_engine *engine, struct assent_span trailers)
{
    struct assent_admin_exchange *x = exchange_of(context, engine);

    (void)trailers;
    if (x == NULL || x->route == NULL || engine->response.state != ASSENT_RESPONSE_READY) {
        return;
    }
    if (is_get(engine)) {
        x->route->answer(x, engine);
    } else if (x->route->content == ASSENT_ADMIN_UPLOAD) {
        assent_admin_upload_end(x, engine);
    } else if (x->route->open || x->route->content == ASSENT_ADMIN_CERTIFICATE ||
               assent_admin_auth_change(x, engine, assent_admin_value(x, "form"))) {
        x->route->answer(x, engine);
    }
}

static void finish(void *context, struct assent_engine *engine, bool complete)
{
    struct assent_admin *admin = context;
    struct assent_admin_exchange *x = exchange_of(admin, engine);

    (void)complete;
    if (x != NULL) {
        if (admin->work.owner == x) {
            admin->work.owner = NULL;
        }
        assent_bytes_wipe(x->body, sizeof(x->body));
        x->engine = NULL;
    }
}

const struct assent_handler assent_admin_handler = {
    .request = request,
    .content = content,
    .content_end = content_end,
    .produce = produce,
    .finish = finish,
};
