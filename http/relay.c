/* SPDX-License-Identifier: MIT */
/* The exchange of the gateway. What comes from the application's side ends in step(), which reads heads
 * and lets the engine go on; what comes from the visitor's side fills the send buffer. */
#include "http/relay_state.h"

#include "http/field.h"
#include "http/relay_head.h"

enum { CHUNK_HEAD = 6, CHUNK_TAIL = 2, LAST_CHUNK = 5 };

/* ---- small things ---- */

/* Let the engine go on, unless it is to be held back. The relay may be over afterwards. */
static void kick(struct assent_relay *relay)
{
    struct assent_engine *engine = relay->engine;
    const struct assent_relay_link *link = relay->link;

    if (engine != NULL && !has(relay, HOLDING)) {
        assent_engine_run(engine);
        link->run(link->ctx, engine);
    }
}

static void hang_up(struct assent_relay *relay, bool keep)
{
    if (relay->connection != NULL) {
        relay->link->close(relay->link->ctx, relay, keep);
    }
    relay->connection = NULL;
}

/* An error for people, where a page was asked for; others get a problem document. */
static void answer_page(struct assent_response *response, unsigned status)
{
    static const char page[] = "<!doctype html>\n<html lang=\"en\"><head><meta "
                               "charset=\"utf-8\"><title>No answer</title></head>\n"
                               "<body><h1>The site does not answer</h1>\n<p>Please try again in a "
                               "moment.</p></body></html>\n";

    assent_response_start(response, status);
    assent_response_text(response, "Content-Type", "text/html; charset=utf-8");
    assent_response_text(response, "Cache-Control", "no-store");
    if (assent_response_length(response, sizeof(page) - 1) == ASSENT_OK) {
        assent_response_borrow(response, assent_span(page, sizeof(page) - 1));
        (void)assent_response_end(response);
    }
}

void assent_relay_refuse(struct assent_engine *engine, unsigned status)
{
    if (assent_relay_is_page(&engine->request) == ASSENT_RELAY_PAGE &&
        engine->response.state == ASSENT_RESPONSE_READY) {
        answer_page(&engine->response, status);
    } else {
        assent_engine_refuse(engine, status);
    }
}

void assent_relay_give_up(struct assent_relay *relay, unsigned status)
{
    struct assent_engine *engine = relay->engine;
    const struct assent_relay_link *link = relay->link;

    hang_up(relay, false);
    if (relay->state == ASSENT_RELAY_FREE || relay->state == ASSENT_RELAY_DONE) {
        return;
    }
    relay->state = ASSENT_RELAY_DONE;
    clear(relay, HOLDING);
    if (has(relay, KNOWN) && engine->response.state == ASSENT_RESPONSE_READY) {
        answer_page(&engine->response, status);
        assent_engine_run(engine);
    } else {
        assent_engine_refuse(engine, status);
    }
    link->run(link->ctx, engine);
}

/* Whether the request may be sent twice: idempotent (RFC 9110 s. 9.2.2), no content. */
static bool is_repeatable(const struct assent_relay *relay)
{
    const struct assent_request *request = &relay->engine->request;

    return request->body == ASSENT_BODY_NONE && !has(relay, UPGRADE) &&
           (request->method == ASSENT_METHOD_GET || request->method == ASSENT_METHOD_HEAD ||
            request->method == ASSENT_METHOD_PUT || request->method == ASSENT_METHOD_DELETE ||
            request->method == ASSENT_METHOD_OPTIONS);
}

/* ---- the way in ---- */

/* Max-Forwards of OPTIONS (RFC 9110 s. 7.6.2).
 *   return  hops that are left, 255: not limited, -1: the request ends here */
static int max_forwards(const struct assent_request *request)
{
    struct assent_span value;
    uint64_t hops;

    if (request->method != ASSENT_METHOD_OPTIONS ||
        assent_request_field(request, ASSENT_SPAN("max-forwards"), &value) != 1 ||
        assent_field_number(value, &hops) != ASSENT_OK || hops > 255) {
        return 255;
    }
    return (int)hops - 1;
}

static void answer_options(struct assent_response *response)
{
    assent_response_start(response, 204);
    assent_response_text(response, "Allow", "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS");
    (void)assent_response_empty(response);
}

void assent_relay_begin(struct assent_relay *relay, struct assent_engine *engine,
                        struct assent_visit *visit, const struct assent_upstream *upstream,
                        const struct assent_relay_link *link)
{
    const struct assent_request *request = &engine->request;
    struct assent_writer w = assent_writer(relay->send, sizeof(relay->send));
    enum assent_relay_page page = assent_relay_is_page(request);
    int hops = max_forwards(request);
    int kept;
    struct assent_relay_request how = {
        .upgrade = assent_relay_is_websocket(request),
        .page = upstream->insert && page != ASSENT_RELAY_NO_PAGE,
        .expect_continue = request->expect_continue && request->body != ASSENT_BODY_NONE,
        .max_forwards = (uint8_t)hops,
    };

    if (hops < 0) {
        answer_options(&engine->response);
        return;
    }
    if (assent_relay_write_request(&w, engine, visit, upstream, &how) != ASSENT_OK) {
        assent_engine_refuse(engine, 431);
        return;
    }
    relay->engine = engine;
    relay->visit = visit;
    relay->upstream = upstream;
    relay->link = link;
    relay->connection = NULL;
    relay->head_len = (uint16_t)w.len;
    relay->send_start = 0;
    relay->send_end = (uint16_t)w.len;
    relay->recv_start = relay->recv_end = 0;
    relay->interim_count = 0;
    relay->now_ms = engine->now_ms;
    relay->since_ms = engine->now_ms;
    relay->flags = 0;
    set(relay, (how.upgrade ? UPGRADE : 0) | (how.page ? PAGE : 0) |
                   (page == ASSENT_RELAY_PAGE ? KNOWN : 0) | (how.expect_continue ? HOLDING : 0));
    relay->state = ASSENT_RELAY_HEAD;
    engine->user = relay;
    assent_engine_limit_content(engine, UINT64_MAX);
    if (how.expect_continue) {
        assent_engine_hold(engine);
    }
    /* What cannot be repeated does not go to a connection that may be dead already. */
    kept = link->open(link->ctx, relay, !is_repeatable(relay));
    set(relay, kept == 1 ? KEPT : 0);
    if (kept < 0) {
        relay->state = ASSENT_RELAY_DONE;
        clear(relay, HOLDING);
        assent_relay_refuse(engine, kept == ASSENT_ERR_FULL ? 503 : 502);
    }
}

/* Room behind what is to be sent; moves it to the front if that helps. */
static size_t send_room(struct assent_relay *relay)
{
    size_t len = (size_t)(relay->send_end - relay->send_start);

    if (relay->send_start > 0 && sizeof(relay->send) - relay->send_end < sizeof(relay->send) / 2) {
        memmove(relay->send, relay->send + relay->send_start, len);
        relay->send_start = 0;
        relay->send_end = (uint16_t)len;
    }
    return sizeof(relay->send) - relay->send_end;
}

static void put(struct assent_relay *relay, const void *bytes, size_t len)
{
    memcpy(relay->send + relay->send_end, bytes, len);
    relay->send_end = (uint16_t)(relay->send_end + len);
}

/* Content into the send buffer, framed anew. */
static size_t put_content(struct assent_relay *relay, struct assent_span bytes)
{
    bool chunked = relay->state == ASSENT_RELAY_HEAD || relay->state == ASSENT_RELAY_BODY;
    size_t room = send_room(relay);
    size_t framing;

    chunked = chunked && relay->engine->request.body == ASSENT_BODY_CHUNKED;
    framing = chunked ? CHUNK_HEAD + CHUNK_TAIL : 0;
    room = room > framing ? room - framing : 0;
    bytes.len = bytes.len < room ? bytes.len : room;
    if (bytes.len == 0) {
        return 0;
    }
    if (chunked) {
        uint8_t head[CHUNK_HEAD];

        for (unsigned i = 0; i < 4; i++) {
            head[i] = (uint8_t) "0123456789abcdef"[(bytes.len >> (12 - 4 * i)) & 15];
        }
        head[4] = '\r';
        head[5] = '\n';
        put(relay, head, sizeof(head));
    }
    put(relay, bytes.ptr, bytes.len);
    if (chunked) {
        put(relay, "\r\n", 2);
    }
    return bytes.len;
}

size_t assent_relay_content(struct assent_relay *relay, struct assent_span bytes)
{
    size_t used = 0;

    if (relay->state == ASSENT_RELAY_DONE || relay->connection == NULL) {
        return bytes.len; /* the answer does not need it */
    }
    while (used < bytes.len) {
        size_t taken = put_content(relay, assent_span_slice(bytes, used, bytes.len));

        used += taken;
        wake(relay);
        if (taken == 0 || relay->connection == NULL) {
            break;
        }
    }
    return used;
}

void assent_relay_content_end(struct assent_relay *relay)
{
    if (relay->state == ASSENT_RELAY_TUNNEL) {
        set(relay, SHUT);
        wake(relay);
        return;
    }
    set(relay, REQUEST_ENDED);
    wake(relay);
}

bool assent_relay_is_shut(const struct assent_relay *relay)
{
    return has(relay, SHUT) && relay->send_start == relay->send_end;
}

/* The last chunk is not in the buffer until it is asked for, so that it always finds room. */
static void put_last_chunk(struct assent_relay *relay)
{
    if (has(relay, REQUEST_ENDED) && !has(relay, LAST_PUT) &&
        relay->engine->request.body == ASSENT_BODY_CHUNKED && send_room(relay) >= LAST_CHUNK) {
        put(relay, "0\r\n\r\n", LAST_CHUNK);
        set(relay, LAST_PUT);
    }
}

const uint8_t *assent_relay_send_buf(struct assent_relay *relay, size_t *len)
{
    put_last_chunk(relay);
    *len = (size_t)(relay->send_end - relay->send_start);
    return *len > 0 ? relay->send + relay->send_start : NULL;
}

void assent_relay_send_ack(struct assent_relay *relay, size_t len)
{
    relay->send_start = (uint16_t)(relay->send_start + len);
    relay->since_ms = relay->now_ms;
    /* The head of a request without content stays for a second try. */
    if (relay->send_start == relay->send_end && !is_repeatable(relay)) {
        relay->send_start = relay->send_end = 0;
    }
    if (relay->state == ASSENT_RELAY_TUNNEL ||
        (!has(relay, REQUEST_ENDED) && relay->engine->request.body != ASSENT_BODY_NONE)) {
        kick(relay);
    }
}

/* ---- the end ---- */

void assent_relay_finish(struct assent_relay *relay)
{
    bool whole = relay->state == ASSENT_RELAY_DONE && has(relay, REQUEST_ENDED) &&
                 (relay->engine->request.body != ASSENT_BODY_CHUNKED || has(relay, LAST_PUT)) &&
                 relay->send_start == relay->send_end && assent_relay_held(relay) == 0;

    hang_up(relay, whole && has(relay, REUSABLE) && has(relay, ENDING) && !has(relay, APP_ENDED));
    relay->engine->user = NULL;
    relay->engine = NULL;
    relay->state = ASSENT_RELAY_FREE;
}

/* ---- the transport's side ---- */

uint8_t *assent_relay_recv_buf(struct assent_relay *relay, size_t *len)
{
    size_t count = assent_relay_held(relay);

    if (relay->recv_start > 0) {
        memmove(relay->recv, relay->recv + relay->recv_start, count);
        relay->recv_start = 0;
        relay->recv_end = (uint16_t)count;
    }
    *len = sizeof(relay->recv) - count;
    return relay->recv + count;
}

static void step(struct assent_relay *relay)
{
    assent_relay_read_heads(relay);
    if (relay->engine != NULL && relay->state != ASSENT_RELAY_FREE) {
        kick(relay);
    }
}

void assent_relay_recv_ack(struct assent_relay *relay, size_t len)
{
    relay->recv_end = (uint16_t)(relay->recv_end + len);
    relay->since_ms = relay->now_ms;
    set(relay, ANSWERED);
    step(relay);
}

void assent_relay_recv_end(struct assent_relay *relay)
{
    if (relay->state == ASSENT_RELAY_HEAD && !has(relay, ANSWERED)) {
        assent_relay_lost(relay);
        return;
    }
    set(relay, APP_ENDED);
    step(relay);
}

void assent_relay_lost(struct assent_relay *relay)
{
    const struct assent_relay_link *link = relay->link;

    relay->connection = NULL;
    if (relay->state == ASSENT_RELAY_HEAD && !has(relay, ANSWERED | RETRIED) && has(relay, KEPT) &&
        is_repeatable(relay)) {
        set(relay, RETRIED);
        relay->send_start = 0;
        relay->send_end = relay->head_len;
        if (link->open(link->ctx, relay, true) >= 0) {
            return;
        }
    }
    assent_relay_give_up(relay, 502);
}

/* Whether something is due from the application, rather than from the visitor. */
static bool is_due(const struct assent_relay *relay)
{
    switch ((enum assent_relay_state)relay->state) {
    case ASSENT_RELAY_HEAD:
        return has(relay, REQUEST_ENDED) || relay->send_start < relay->send_end;
    case ASSENT_RELAY_BODY:
        return assent_relay_held(relay) == 0 && !has(relay, ENDING);
    case ASSENT_RELAY_TUNNEL:
    case ASSENT_RELAY_FREE:
    case ASSENT_RELAY_DONE:
        break;
    }
    return false;
}

void assent_relay_tick(struct assent_relay *relay, uint32_t now_ms)
{
    uint32_t silent_ms = now_ms - relay->since_ms;

    if (relay->state == ASSENT_RELAY_FREE || (int32_t)(now_ms - relay->now_ms) < 0) {
        return;
    }
    relay->now_ms = now_ms;
    if (!is_due(relay)) {
        relay->since_ms = has(relay, HOLDING) ? relay->since_ms : now_ms;
    }
    if (has(relay, HOLDING) && silent_ms >= ASSENT_RELAY_CONTINUE_MS) {
        clear(relay, HOLDING);
        kick(relay);
    } else if (is_due(relay) && silent_ms >= ASSENT_RELAY_SILENCE_MS) {
        assent_relay_give_up(relay, 504);
    } else if (relay->state == ASSENT_RELAY_HEAD && assent_relay_held(relay) > 0) {
        step(relay);
    }
}
