/* SPDX-License-Identifier: MIT */
/* The connection state machine. Everything that can happen ends in advance(), which takes steps until
 * nothing moves any more. What transport, handler and clock call is in engine_io.c.
 *
 *   ENGINE-1  a head is read only when the answer before it has been sent in full (step_finish)
 *   ENGINE-2  after request() was called, finish() is called exactly once
 *   ENGINE-3  what could not be framed for sure is never read as a request: LINGER instead of IDLE */
#include "http/engine_state.h"

#include "core/error.h"

void assent_engine_init(struct assent_engine *engine, const struct assent_engine_settings *settings,
                        uint8_t *recv, size_t recv_bytes, uint8_t *send, size_t send_bytes,
                        uint32_t now_ms)
{
    *engine = (struct assent_engine){
        .settings = settings,
        .ptr = recv,
        .cap = (uint16_t)recv_bytes,
        .now_ms = now_ms,
        .since_ms = now_ms,
        .phase = ASSENT_ENGINE_IDLE,
    };
    assent_response_init(&engine->response, send, send_bytes);
    engine->response.clock = settings->clock;
}

bool assent_engine_is_sending(struct assent_engine *engine)
{
    size_t len;
    bool fixed;

    return assent_response_pending(&engine->response, &len, &fixed) != NULL;
}

static void enter(struct assent_engine *engine, enum assent_engine_phase phase)
{
    engine->phase = (uint8_t)phase;
    engine->since_ms = engine->now_ms;
    engine->moved_bytes = 0;
    engine->content_bytes = 0;
}

/* ---- answers of the engine's own ------------------------------------------------------------- */

/* Start the answer anew, without the gate: it has nothing to say about what comes from here. */
static void restart_answer(struct assent_engine *engine)
{
    if (engine->response.state == ASSENT_RESPONSE_HEAD) {
        engine->response.end = engine->response.mark;
    }
    assent_response_reset(&engine->response, &engine->request);
    engine->response.gate = NULL;
}

/* Answer with an error. The connection goes on only if all of the request has been read. */
static void answer_error(struct assent_engine *engine, unsigned status)
{
    restart_answer(engine);
    engine->response.keep_alive = engine->phase == ASSENT_ENGINE_EXCHANGE &&
                                  engine->request.keep_alive &&
                                  (engine->flags & CONTENT_ENDED) != 0;
    if (status == 405) {
        (void)assent_response_not_allowed(&engine->response, "GET, HEAD, POST, OPTIONS");
    } else {
        (void)assent_response_problem(&engine->response, status, NULL);
    }
}

static void call_finish(struct assent_engine *engine, bool complete)
{
    const struct assent_handler *handler = engine->settings->handler;
    bool due = (engine->flags & DISPATCHED) != 0;

    engine->flags &= (uint8_t)~DISPATCHED;
    if (due && handler->finish != NULL) {
        handler->finish(engine->settings->context, engine, complete);
    }
}

void assent_engine_abort(struct assent_engine *engine)
{
    engine->phase = ASSENT_ENGINE_CLOSED;
    call_finish(engine, false);
}

/* Give the exchange up; what has been written is still sent. */
static void break_off(struct assent_engine *engine)
{
    call_finish(engine, false);
    enter(engine, ASSENT_ENGINE_LINGER);
}

/* An error while a request is read, or while it is answered. */
void assent_engine_fail(struct assent_engine *engine, unsigned status)
{
    bool exchange = engine->phase == ASSENT_ENGINE_EXCHANGE;

    if (exchange && engine->response.state != ASSENT_RESPONSE_READY &&
        engine->response.state != ASSENT_RESPONSE_HEAD) {
        break_off(engine);
        return;
    }
    answer_error(engine, status);
    if (!exchange) {
        enter(engine, ASSENT_ENGINE_LINGER);
    }
}

/* ---- heads ----------------------------------------------------------------------------------- */

static unsigned filter_status(int error)
{
    return error == ASSENT_ERR_SYNTAX || error == ASSENT_ERR_MORE ? 400
           : error == ASSENT_ERR_LIMIT                            ? 431
           : error == ASSENT_ERR_FORBIDDEN                        ? 403
           : error == ASSENT_ERR_FULL                             ? 503
                                                                  : 500;
}

/* Whether a request still is the one it was before the gate. */
static bool is_same(const struct assent_request *a, const struct assent_request *b)
{
    return a->method == b->method && a->form == b->form && a->minor == b->minor &&
           a->body == b->body && a->content_length == b->content_length && a->port == b->port &&
           a->host.len == b->host.len && a->target.len == b->target.len &&
           a->keep_alive == b->keep_alive;
}

/* Let the gate rewrite the head, and read it again.
 *   return  0 or the status to refuse it with */
static unsigned filter_head(struct assent_engine *engine)
{
    const struct assent_handler *handler = engine->settings->handler;
    struct assent_request before = engine->request;
    uint8_t *head = engine->ptr + (before.head.ptr - engine->ptr);
    int len;

    if (handler->filter_request == NULL) {
        return 0;
    }
    len = handler->filter_request(engine->settings->context, engine, head, before.head.len);
    if (len < 0) {
        return filter_status(len);
    }
    assent_request_init(&engine->request);
    if ((size_t)len > before.head.len ||
        assent_request_parse(&engine->request, assent_span(head, (size_t)len)) != ASSENT_OK ||
        !is_same(&before, &engine->request)) {
        engine->request = before; /* its framing still says where the content ends */
        return 500;
    }
    return 0;
}

static int pass_filter(void *context, struct assent_span head, struct assent_writer *out)
{
    struct assent_engine *engine = context;

    return engine->settings->handler->filter_response(engine->settings->context, engine, head, out);
}

/* Prepare the exchange; the request has been read, content follows. */
static void begin_exchange(struct assent_engine *engine)
{
    const struct assent_request *request = &engine->request;

    enter(engine, ASSENT_ENGINE_EXCHANGE);
    engine->flags &= PEER_ENDED | RUNNING;
    engine->content_limit = ASSENT_ENGINE_CONTENT_BYTES;
    engine->base = engine->start;
    assent_body_init(&engine->body, (enum assent_body_kind)request->body, request->content_length);
    assent_response_reset(&engine->response, request);
    engine->response.gate = engine->settings->handler->filter_response != NULL ? pass_filter : NULL;
    engine->response.gate_context = engine;
    if (request->body == ASSENT_BODY_NONE) {
        engine->flags |= CONTENT_ENDED;
    } else if (request->expect_continue) {
        /* Whoever is answered without 100 may or may not send the content: the connection cannot go
         * on (RFC 9110 s. 10.1.1). */
        engine->flags |= CONTINUE_DUE;
        engine->response.keep_alive = false;
    }
}

static void end_content(struct assent_engine *engine, struct assent_span trailers)
{
    const struct assent_handler *handler = engine->settings->handler;

    engine->flags |= CONTENT_ENDED;
    if (handler->content_end != NULL && engine->response.state != ASSENT_RESPONSE_DONE) {
        handler->content_end(engine->settings->context, engine, trailers);
    }
}

static void call_request(struct assent_engine *engine)
{
    const struct assent_handler *handler = engine->settings->handler;

    engine->flags |= DISPATCHED;
    handler->request(engine->settings->context, engine);
    if (engine->response.state == ASSENT_RESPONSE_READY &&
        engine->request.content_length > engine->content_limit) {
        assent_engine_fail(engine, 413);
        return;
    }
    if ((engine->flags & CONTENT_ENDED) != 0) {
        end_content(engine, assent_span(NULL, 0));
    }
}

static void dispatch(struct assent_engine *engine)
{
    unsigned status = 0;

    /* No tunnels to anywhere, and no echo of cookies (RFC 9110 s. 9.3.6, 9.3.8). */
    if (engine->request.method == ASSENT_METHOD_CONNECT) {
        status = 501;
    } else if (engine->request.method == ASSENT_METHOD_TRACE) {
        status = 405;
    } else {
        status = filter_head(engine);
    }
    begin_exchange(engine);
    if (status != 0) {
        assent_engine_fail(engine, status);
    } else {
        call_request(engine);
    }
}

static bool step_head(struct assent_engine *engine)
{
    size_t limit = (size_t)(engine->cap - ASSENT_ENGINE_WINDOW_BYTES);
    size_t len;
    int result;

    if (engine->phase == ASSENT_ENGINE_IDLE) {
        len = (size_t)(engine->end - engine->start);
        if (len == 0) {
            engine->phase =
                (engine->flags & PEER_ENDED) != 0 ? ASSENT_ENGINE_CLOSED : engine->phase;
            return false;
        }
        memmove(engine->ptr, engine->ptr + engine->start, len);
        engine->start = 0;
        engine->end = (uint16_t)len;
        assent_request_init(&engine->request);
        enter(engine, ASSENT_ENGINE_HEAD);
    }
    /* Only so much is looked at, however much came at once. */
    len = engine->end < limit ? engine->end : limit;
    result = assent_request_parse(&engine->request, assent_span(engine->ptr, len));
    if (result == ASSENT_OK) {
        engine->start =
            (uint16_t)(engine->request.head.ptr + engine->request.head.len - engine->ptr);
        dispatch(engine);
        return true;
    }
    if (result == ASSENT_ERR_MORE && len < limit && (engine->flags & PEER_ENDED) == 0) {
        return false;
    }
    if (result == ASSENT_ERR_MORE) {
        result = len < limit ? 400 : assent_request_too_long(&engine->request);
    }
    assent_engine_fail(engine, (unsigned)result);
    return true;
}

/* ---- content --------------------------------------------------------------------------------- */

/* Send 100 Continue once the content is wanted, unless it is there already. */
static void step_continue(struct assent_engine *engine)
{
    struct assent_response *response = &engine->response;
    bool here = engine->end > engine->start;

    if ((engine->flags & CONTINUE_DUE) == 0 || response->state != ASSENT_RESPONSE_READY ||
        ((engine->flags & HELD) != 0 && !here)) {
        return;
    }
    engine->flags &= (uint8_t)~CONTINUE_DUE;
    response->keep_alive = engine->request.keep_alive;
    if (!here) {
        int (*gate)(void *, struct assent_span, struct assent_writer *) = response->gate;

        response->gate = NULL;
        assent_response_start(response, 100);
        (void)assent_response_interim(response);
        response->gate = gate;
    }
}

/* Use content up: by the handler, or, when it has no use for it, by nobody.
 *   return  bytes used */
static size_t use_content(struct assent_engine *engine, struct assent_span bytes)
{
    const struct assent_handler *handler = engine->settings->handler;
    bool done = engine->response.state == ASSENT_RESPONSE_DONE;
    uint64_t limit = done ? ASSENT_ENGINE_DISCARD_BYTES : engine->content_limit;
    size_t used;

    if (bytes.len > limit - engine->content_bytes || engine->content_bytes > limit) {
        if (done) {
            engine->response.keep_alive = false; /* too much to keep the connection for */
            return 0;
        }
        assent_engine_fail(engine, 413);
        return 0;
    }
    if (done || handler->content == NULL) {
        return bytes.len;
    }
    if ((engine->flags & HELD) != 0) {
        return 0;
    }
    used = handler->content(engine->settings->context, engine, bytes);
    return used < bytes.len ? used : bytes.len;
}

/* No more is to be had from what was received. */
static void starve(struct assent_engine *engine)
{
    if ((engine->flags & PEER_ENDED) == 0) {
        if (engine->start == engine->base && engine->end == engine->cap) {
            assent_engine_fail(engine, 431); /* trailers that do not fit */
        }
    } else if (assent_body_end(&engine->body) == ASSENT_OK) {
        end_content(engine, assent_span(NULL, 0)); /* the end of a tunnel */
    } else if (engine->response.state == ASSENT_RESPONSE_DONE) {
        engine->response.keep_alive = false; /* answered without the rest */
    } else {
        assent_engine_fail(engine, 400);
    }
}

/* Read content as far as somebody takes it.
 *   return  whether something happened */
static bool step_content(struct assent_engine *engine)
{
    struct assent_span in =
        assent_span(engine->ptr + engine->start, (size_t)(engine->end - engine->start));
    struct assent_span out;
    size_t used = 0;
    int result;

    if ((engine->flags & CONTENT_ENDED) != 0) {
        return false;
    }
    result = assent_body_next(&engine->body, &in, &out);
    engine->flags &= (uint8_t)~STALLED;
    if (result == 1) {
        used = use_content(engine, out);
        engine->flags |= used < out.len ? STALLED : 0;
        assent_body_take(&engine->body, &in, used);
        engine->content_bytes += used;
    }
    engine->start = (uint16_t)(engine->end - in.len);
    if (engine->phase != ASSENT_ENGINE_EXCHANGE) {
        return true;
    }
    if (result == 0) {
        end_content(engine, out);
    } else if (result == ASSENT_ERR_MORE) {
        starve(engine);
    } else if (result < 0) {
        assent_engine_fail(engine, 400);
    }
    return used > 0 || (engine->flags & CONTENT_ENDED) != 0 ||
           engine->phase != ASSENT_ENGINE_EXCHANGE;
}

/* ---- answer ---------------------------------------------------------------------------------- */

static bool step_produce(struct assent_engine *engine)
{
    const struct assent_handler *handler = engine->settings->handler;
    struct assent_response *response = &engine->response;
    uint64_t before = response->content_bytes;

    if (response->state != ASSENT_RESPONSE_BODY || handler->produce == NULL ||
        (assent_response_room(response) == 0 && response->left > 0)) {
        return false;
    }
    handler->produce(engine->settings->context, engine);
    return response->content_bytes != before || response->state != ASSENT_RESPONSE_BODY;
}

/* The answer has become impossible. */
static bool step_failure(struct assent_engine *engine)
{
    if (engine->response.state != ASSENT_RESPONSE_FAILED) {
        return false;
    }
    if (engine->response.status == 0 && (engine->flags & RESCUED) == 0) {
        engine->flags |= RESCUED;
        answer_error(engine, 500);
    } else {
        break_off(engine);
    }
    return true;
}

/* After 101 both directions are bytes without framing until the end of the connection. */
static void step_upgrade(struct assent_engine *engine)
{
    if (engine->response.status == 101 && engine->response.state == ASSENT_RESPONSE_BODY &&
        engine->body.kind != ASSENT_BODY_CLOSE) {
        assent_body_init(&engine->body, ASSENT_BODY_CLOSE, 0);
        engine->content_limit = UINT64_MAX;
        engine->flags &= (uint8_t)~CONTENT_ENDED;
    }
}

/* The end of an exchange: all sent, and all read that is going to be read. */
static bool step_finish(struct assent_engine *engine)
{
    bool ended = (engine->flags & CONTENT_ENDED) != 0;
    bool keep = engine->response.keep_alive;

    if (engine->response.state != ASSENT_RESPONSE_DONE || (keep && !ended) ||
        assent_engine_is_sending(engine)) {
        return false;
    }
    call_finish(engine, ended);
    enter(engine, keep ? ASSENT_ENGINE_IDLE : ASSENT_ENGINE_LINGER);
    return true;
}

static bool step_exchange(struct assent_engine *engine)
{
    bool moved = step_failure(engine);

    if (engine->phase != ASSENT_ENGINE_EXCHANGE) {
        return true;
    }
    step_continue(engine);
    step_upgrade(engine);
    moved = step_content(engine) || moved;
    if (engine->phase == ASSENT_ENGINE_EXCHANGE) {
        moved = step_produce(engine) || moved;
        moved = step_finish(engine) || moved;
    }
    return moved || engine->response.state == ASSENT_RESPONSE_FAILED;
}

static bool step(struct assent_engine *engine)
{
    switch ((enum assent_engine_phase)engine->phase) {
    case ASSENT_ENGINE_IDLE:
    case ASSENT_ENGINE_HEAD:
        return step_head(engine);
    case ASSENT_ENGINE_EXCHANGE:
        return step_exchange(engine);
    case ASSENT_ENGINE_LINGER:
        engine->start = 0;
        engine->end = 0;
        if ((engine->flags & PEER_ENDED) != 0 && !assent_engine_is_sending(engine)) {
            engine->phase = ASSENT_ENGINE_CLOSED;
        }
        return false;
    case ASSENT_ENGINE_CLOSED:
        break;
    }
    return false;
}

void assent_engine_advance(struct assent_engine *engine)
{
    if ((engine->flags & RUNNING) != 0) {
        return;
    }
    engine->flags |= RUNNING;
    while (step(engine)) {
    }
    engine->flags &= (uint8_t)~RUNNING;
}
