/* SPDX-License-Identifier: MIT */
/* What transport and handler call. */
#include "http/engine_state.h"

/* ---- transport ------------------------------------------------------------------------------- */

/* Make room behind the content that is waiting. */
static void compact(struct assent_engine *engine)
{
    size_t len = (size_t)(engine->end - engine->start);

    if (engine->start > engine->base &&
        (len == 0 || engine->cap - engine->end < (engine->cap - engine->base) / 4)) {
        memmove(engine->ptr + engine->base, engine->ptr + engine->start, len);
        engine->start = engine->base;
        engine->end = (uint16_t)(engine->base + len);
    }
}

uint8_t *assent_engine_recv_buf(struct assent_engine *engine, size_t *len)
{
    *len = 0;
    if (engine->phase == ASSENT_ENGINE_CLOSED || (engine->flags & PEER_ENDED) != 0) {
        return NULL;
    }
    if (engine->phase == ASSENT_ENGINE_EXCHANGE) {
        compact(engine);
    }
    *len = (size_t)(engine->cap - engine->end);
    return *len > 0 ? engine->ptr + engine->end : NULL;
}

void assent_engine_recv_ack(struct assent_engine *engine, size_t len)
{
    if (engine->phase == ASSENT_ENGINE_CLOSED) {
        return;
    }
    if (engine->phase == ASSENT_ENGINE_LINGER) {
        engine->content_bytes += len;
        if (engine->content_bytes > ASSENT_ENGINE_DISCARD_BYTES) {
            engine->phase = ASSENT_ENGINE_CLOSED;
        }
        return;
    }
    engine->end = (uint16_t)(engine->end + len);
    engine->moved_bytes += (uint32_t)len;
    assent_engine_advance(engine);
}

void assent_engine_recv_end(struct assent_engine *engine)
{
    engine->flags |= PEER_ENDED;
    assent_engine_advance(engine);
}

const uint8_t *assent_engine_send_buf(struct assent_engine *engine, size_t *len, bool *fixed)
{
    *len = 0;
    *fixed = false;
    return engine->phase == ASSENT_ENGINE_CLOSED
               ? NULL
               : assent_response_pending(&engine->response, len, fixed);
}

void assent_engine_send_ack(struct assent_engine *engine, size_t len)
{
    assent_response_sent(&engine->response, len);
    engine->moved_bytes += (uint32_t)len;
    if (engine->phase == ASSENT_ENGINE_LINGER && !assent_engine_is_sending(engine)) {
        engine->since_ms = engine->now_ms;
    }
    assent_engine_advance(engine);
}

unsigned assent_engine_state(struct assent_engine *engine)
{
    unsigned state = 0;
    size_t room;

    if (engine->phase == ASSENT_ENGINE_CLOSED) {
        return ASSENT_ENGINE_DONE;
    }
    if (assent_engine_is_sending(engine)) {
        state |= ASSENT_ENGINE_SEND;
    } else if (engine->phase == ASSENT_ENGINE_LINGER) {
        state |= ASSENT_ENGINE_FIN;
    }
    if (assent_engine_recv_buf(engine, &room) != NULL) {
        state |= ASSENT_ENGINE_RECV;
    }
    return state;
}

/* ---- time ------------------------------------------------------------------------------------ */

uint32_t assent_engine_idle_ms(const struct assent_engine *engine)
{
    return engine->phase == ASSENT_ENGINE_EXCHANGE ? 0 : engine->now_ms - engine->since_ms + 1;
}

/* Whether an exchange waits for the peer rather than for the handler. */
static bool is_peer_due(struct assent_engine *engine)
{
    size_t room;

    if (assent_engine_is_sending(engine)) {
        return true;
    }
    /* A tunnel may be silent. */
    return (engine->flags & (CONTENT_ENDED | HELD | STALLED)) == 0 &&
           engine->body.kind != ASSENT_BODY_CLOSE && assent_engine_recv_buf(engine, &room) != NULL;
}

/* Enough has to move in each period while the peer is due. */
static void tick_exchange(struct assent_engine *engine, uint32_t elapsed_ms)
{
    bool due = is_peer_due(engine);

    if (due && elapsed_ms < ASSENT_ENGINE_PERIOD_MS) {
        return;
    }
    if (due && engine->moved_bytes < ASSENT_ENGINE_PERIOD_BYTES) {
        if (engine->phase == ASSENT_ENGINE_LINGER || assent_engine_is_sending(engine)) {
            assent_engine_abort(engine); /* it does not read: no answer can help */
        } else {
            assent_engine_fail(engine, 408);
            assent_engine_advance(engine);
        }
        return;
    }
    engine->since_ms = engine->now_ms;
    engine->moved_bytes = 0;
}

void assent_engine_tick(struct assent_engine *engine, uint32_t now_ms)
{
    uint32_t elapsed_ms = now_ms - engine->since_ms; /* the clock wraps: differences only */

    if ((int32_t)(now_ms - engine->now_ms) < 0) {
        return; /* it never goes back */
    }
    engine->now_ms = now_ms;
    switch ((enum assent_engine_phase)engine->phase) {
    case ASSENT_ENGINE_IDLE:
        if (elapsed_ms >= ASSENT_ENGINE_IDLE_MS) {
            engine->phase = ASSENT_ENGINE_CLOSED;
        }
        break;
    case ASSENT_ENGINE_HEAD:
        if (elapsed_ms >= ASSENT_ENGINE_HEAD_MS) {
            assent_engine_fail(engine, 408);
            assent_engine_advance(engine);
        }
        break;
    case ASSENT_ENGINE_EXCHANGE:
        tick_exchange(engine, elapsed_ms);
        break;
    case ASSENT_ENGINE_LINGER:
        if (assent_engine_is_sending(engine)) {
            tick_exchange(engine, elapsed_ms);
        } else if (elapsed_ms >= ASSENT_ENGINE_LINGER_MS) {
            engine->phase = ASSENT_ENGINE_CLOSED;
        }
        break;
    case ASSENT_ENGINE_CLOSED:
        break;
    }
}

/* ---- handler --------------------------------------------------------------------------------- */

void assent_engine_run(struct assent_engine *engine)
{
    engine->flags &= (uint8_t)~HELD;
    assent_engine_advance(engine);
}

void assent_engine_hold(struct assent_engine *engine)
{
    engine->flags |= HELD;
}

void assent_engine_refuse(struct assent_engine *engine, unsigned status)
{
    if (engine->phase != ASSENT_ENGINE_EXCHANGE) {
        return;
    }
    if (engine->response.state == ASSENT_RESPONSE_BODY) {
        engine->response.error = ASSENT_ERR_STATE;
        engine->response.state = ASSENT_RESPONSE_FAILED;
    } else if (engine->response.state != ASSENT_RESPONSE_DONE) {
        assent_engine_fail(engine, status);
    }
    assent_engine_advance(engine);
}

void assent_engine_limit_content(struct assent_engine *engine, uint64_t bytes)
{
    engine->content_limit = bytes;
}

void assent_engine_drop_head(struct assent_engine *engine)
{
    struct assent_request *request = &engine->request;
    const struct assent_span none = {NULL, 0};

    if (engine->phase == ASSENT_ENGINE_EXCHANGE) {
        request->head = none;
        request->fields = none;
        request->method_name = none;
        request->target = none;
        request->host = none;
        request->path = none;
        request->query = none;
        engine->base = 0;
    }
}
