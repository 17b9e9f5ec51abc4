/* SPDX-License-Identifier: MIT */
#include "http/app_handler.h"

enum { CONTENT_MAX_BYTES = 16 << 20 };

/* The exchange that belongs to an engine: there are as many of both. Found from where the engine lies, so
 * that many of them cost no search. */
static struct assent_app_exchange *exchange_of(struct assent_app_server *server,
                                               const struct assent_engine *engine)
{
    size_t at = (uintptr_t)engine / sizeof(*engine) % server->exchange_count;
    struct assent_app_exchange *exchange = &server->exchanges[at];

    for (unsigned tried = 1; tried < server->exchange_count; tried++) {
        if (exchange->engine == engine || exchange->engine == NULL) {
            break;
        }
        at = at + 1 < server->exchange_count ? at + 1 : 0;
        exchange = &server->exchanges[at];
    }
    exchange->engine = engine;
    return exchange;
}

static int filter_request(void *context, struct assent_engine *engine, uint8_t *head, size_t len)
{
    struct assent_app_server *server = context;
    struct assent_app_exchange *exchange = exchange_of(server, engine);

    exchange->body_len = 0;
    exchange->filtered = true;
    memset(exchange->visit.request.peer, 0, sizeof(exchange->visit.request.peer));
    if (server->peer != NULL) {
        server->peer(server->peer_ctx, engine, exchange->visit.request.peer);
    }
    return assent_app_filter_request(server->app, &exchange->visit, engine->request.host,
                                     server->https, head, len);
}

static int filter_response(void *context, struct assent_engine *engine, struct assent_span head,
                           struct assent_writer *out)
{
    struct assent_app_exchange *exchange = exchange_of(context, engine);
    unsigned status = engine->response.status;

    if (!exchange->filtered) {
        return ASSENT_ERR_STATE;
    }
    return assent_app_filter_response(&exchange->visit, status < 200 && status != 101, head, out);
}

static void request(void *context, struct assent_engine *engine)
{
    struct assent_app_server *server = context;
    struct assent_request *in = &engine->request;
    struct assent_visit *visit = &exchange_of(server, engine)->visit;
    struct assent_app_request *out = &visit->request;

    *out = (struct assent_app_request){
        .host = in->host,
        .path = in->path,
        .query = in->query,
        .target = in->target,
        .method_name = in->method_name,
        .fields = assent_request_fields(in),
        .port = in->port,
        .method = in->method,
        .https = server->https,
    };
    if (in->form == ASSENT_FORM_ABSOLUTE) {
        out->target = in->path;
    }
    if (server->peer != NULL) {
        server->peer(server->peer_ctx, engine, out->peer);
    }
    /* What comes from an ended session goes nowhere (KIOSK-2). */
    if (assent_app_owns(in->path) ||
        (assent_kiosk_note(visit) && assent_gateway_begin(server->gateway, engine, visit))) {
        return;
    }
    assent_engine_limit_content(engine, CONTENT_MAX_BYTES);
}

static size_t content(void *context, struct assent_engine *engine, struct assent_span bytes)
{
    struct assent_app_exchange *exchange = exchange_of(context, engine);
    size_t room = sizeof(exchange->body) - exchange->body_len;
    size_t len = bytes.len < room ? bytes.len : room;

    if (engine->user != NULL) {
        return assent_relay_content(engine->user, bytes);
    }
    if (len > 0) {
        memcpy(exchange->body + exchange->body_len, bytes.ptr, len);
        exchange->body_len = (uint16_t)(exchange->body_len + len);
    }
    exchange->visit.request.body_bytes += bytes.len;
    return bytes.len;
}

static void content_end(void *context, struct assent_engine *engine, struct assent_span trailers)
{
    struct assent_app_server *server = context;
    struct assent_app_exchange *exchange = exchange_of(server, engine);
    struct assent_visit *visit = &exchange->visit;

    (void)trailers; /* they may be left out (RFC 9110 s. 6.5.1), and nobody here reads any */
    if (engine->user != NULL) {
        assent_relay_content_end(engine->user);
        return;
    }
    if (engine->response.state != ASSENT_RESPONSE_READY) {
        return;
    }
    visit->request.body = assent_span(exchange->body, exchange->body_len);
    if (assent_app_answer(visit, &engine->response)) {
        return;
    }
    if (server->answer != NULL) {
        server->answer(visit, &engine->response);
    } else {
        (void)assent_response_problem(&engine->response, 404, NULL);
    }
}

static void produce(void *context, struct assent_engine *engine)
{
    if (engine->user != NULL) {
        assent_relay_produce(engine->user);
    } else {
        assent_app_produce(&exchange_of(context, engine)->visit, &engine->response);
    }
}

static void finish(void *context, struct assent_engine *engine, bool complete)
{
    (void)context;
    (void)complete;
    if (engine->user != NULL) {
        assent_relay_finish(engine->user);
    }
}

const struct assent_handler assent_app_handler = {
    .filter_request = filter_request,
    .filter_response = filter_response,
    .request = request,
    .content = content,
    .content_end = content_end,
    .produce = produce,
    .finish = finish,
};
