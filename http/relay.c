/* SPDX-License-Identifier: MIT */
/* The exchange of the gateway. What comes from the application's side ends in step(), which reads heads
 * and lets the engine go on; what comes from the visitor's side fills the send buffer. */
#include "http/relay.h"

#include "http/field.h"
#include "http/relay_head.h"
#include "http/relay_page.h"

enum {
    REQUEST_ENDED = 1, /* all of the request is in the send buffer, or was sent */
    RETRIED = 2,
    ANSWERED = 4,    /* bytes of an answer have come */
    KEPT = 8,        /* the connection had served before */
    HOLDING = 16,    /* the visitor waits for 100, and the application has not said it */
    UPGRADE = 32,    /* the request asked for a tunnel */
    PAGE = 64,       /* see assent_relay_request */
    REUSABLE = 128,  /* the answer lets the connection go on */
    APP_ENDED = 256, /* the application has ended its side */
    ENDING = 512,    /* content has come to its end; the answer's end is to be written */
    SHUT = 1024,     /* the visitor's side of a tunnel has ended */
    INSERTING = 4096,
    KNOWN = 8192,   /* the answer is a page for sure, if it is HTML */
    LAST_PUT = 2048 /* the last chunk of the request is in the send buffer */
};

enum { CHUNK_HEAD = 6, CHUNK_TAIL = 2, LAST_CHUNK = 5, FINAL_ROOM = 1024, END_ROOM = 8 };

/* ---- small things ---- */

static bool has(const struct assent_relay *relay, unsigned flag)
{
    return (relay->flags & flag) != 0;
}

static void set(struct assent_relay *relay, unsigned flag)
{
    relay->flags = (uint16_t)(relay->flags | flag);
}

static void clear(struct assent_relay *relay, unsigned flag)
{
    relay->flags = (uint16_t)(relay->flags & ~flag);
}

static void wake(struct assent_relay *relay)
{
    if (relay->connection != NULL) {
        relay->link->wake(relay->link->ctx, relay);
    }
}

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

/* The exchange cannot come to a good end. */
static void give_up(struct assent_relay *relay, unsigned status)
{
    struct assent_engine *engine = relay->engine;
    const struct assent_relay_link *link = relay->link;

    hang_up(relay, false);
    if (relay->state == ASSENT_RELAY_FREE || relay->state == ASSENT_RELAY_DONE) {
        return;
    }
    relay->state = ASSENT_RELAY_DONE;
    clear(relay, HOLDING);
    assent_engine_refuse(engine, status);
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
        assent_engine_refuse(engine, 503);
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

/* ---- heads of answers ---- */

static struct assent_span held(const struct assent_relay *relay)
{
    return assent_span(relay->recv + relay->recv_start, assent_relay_held(relay));
}

static void use(struct assent_relay *relay, size_t len)
{
    relay->recv_start = (uint16_t)(relay->recv_start + len);
    if (relay->recv_start == relay->recv_end) {
        relay->recv_start = relay->recv_end = 0;
    }
    wake(relay);
}

/* Whether a head and what the gate makes of it will find room in the engine's buffer. */
static bool has_room(const struct assent_relay *relay, const struct assent_reply *reply)
{
    const struct assent_response *response = &relay->engine->response;

    return (size_t)(response->cap - response->end) >= 2 * reply->head_bytes + FINAL_ROOM;
}

/* A 1xx answer. One that finds no room is left out: it is only a hint. */
static void pass_interim(struct assent_relay *relay, const struct assent_reply *reply)
{
    struct assent_response *response = &relay->engine->response;

    if (reply->status == 100) {
        clear(relay, HOLDING); /* the engine tells the visitor, if it waits */
    } else if (has_room(relay, reply)) {
        assent_response_start(response, reply->status);
        assent_relay_copy_fields(response, reply, false);
        (void)assent_response_interim(response);
    }
}

static void pass_upgrade(struct assent_relay *relay, const struct assent_reply *reply)
{
    struct assent_response *response = &relay->engine->response;

    assent_response_start(response, 101);
    assent_relay_copy_fields(response, reply, false);
    (void)assent_response_until_close(response);
    assent_body_init(&relay->body, ASSENT_BODY_CLOSE, 0);
    relay->state = ASSENT_RELAY_TUNNEL;
}

static void pass_final(struct assent_relay *relay, const struct assent_reply *reply)
{
    struct assent_response *response = &relay->engine->response;
    bool changed = has(relay, PAGE) && assent_relay_is_html(reply) &&
                   assent_relay_page_begin(relay, has(relay, KNOWN));

    assent_response_start(response, reply->status);
    assent_relay_copy_fields(response, reply, changed);
    assent_body_init(&relay->body, (enum assent_body_kind)reply->body, reply->content_length);
    if (reply->keep_alive) {
        set(relay, REUSABLE);
    }
    clear(relay, HOLDING);
    set(relay, changed && reply->body != ASSENT_BODY_NONE ? INSERTING : 0);
    relay->state = ASSENT_RELAY_BODY;
    if (reply->has_length && !changed) {
        (void)assent_response_length(response, reply->content_length);
    } else {
        (void)assent_response_chunked(response);
    }
}

/* The head of an answer is complete.
 *   return  false: it waits, or has been refused */
static bool pass_head(struct assent_relay *relay, const struct assent_reply *reply)
{
    bool interim = reply->status < 200 && reply->status != 101;

    if ((interim && ++relay->interim_count > ASSENT_RELAY_INTERIM) ||
        (reply->status == 101 && !has(relay, UPGRADE))) {
        give_up(relay, 502);
        return false;
    }
    if (interim) {
        pass_interim(relay, reply);
    } else if (!has_room(relay, reply) && relay->engine->response.end > 0) {
        return false; /* an interim answer has to leave first: see assent_relay_tick */
    } else if (reply->status == 101) {
        pass_upgrade(relay, reply);
    } else {
        pass_final(relay, reply);
    }
    use(relay, reply->head_bytes);
    return true;
}

static void read_heads(struct assent_relay *relay)
{
    struct assent_reply reply;
    int result;

    while (relay->state == ASSENT_RELAY_HEAD && assent_relay_held(relay) > 0) {
        bool head_only = relay->engine->request.method == ASSENT_METHOD_HEAD;

        result = assent_reply_parse(&reply, held(relay), head_only);
        if (result == ASSENT_ERR_MORE && assent_relay_held(relay) < ASSENT_RELAY_HEAD_BYTES &&
            !has(relay, APP_ENDED)) {
            return;
        }
        if (result != ASSENT_OK) {
            give_up(relay, 502);
            return;
        }
        if (!pass_head(relay, &reply)) {
            return;
        }
    }
}

/* ---- content of answers ---- */

/* All content has come: the end, when there is room for it. */
static void end_answer(struct assent_relay *relay)
{
    struct assent_response *response = &relay->engine->response;

    set(relay, ENDING);
    if ((!has(relay, INSERTING) || assent_relay_page_end(relay)) &&
        assent_response_end(response) != ASSENT_ERR_SPACE) {
        relay->state = ASSENT_RELAY_DONE;
    }
}

/* Trailers; those that find no room are left out, and those of a page that was changed. */
static void pass_trailers(struct assent_relay *relay, struct assent_span trailers)
{
    struct assent_response *response = &relay->engine->response;
    struct assent_head fields;
    struct assent_head_field field;

    if (trailers.len == 0 || has(relay, INSERTING) ||
        assent_head_start(&fields, trailers, NULL) != ASSENT_OK) {
        return;
    }
    while (assent_head_next(&fields, &field) == 1) {
        (void)assent_response_trailer(response, field.name, field.value);
    }
}

/* One piece of content.
 *   return  whether there may be more to do now */
static bool pass_piece(struct assent_relay *relay)
{
    struct assent_response *response = &relay->engine->response;
    struct assent_span in = held(relay);
    size_t before = in.len;
    struct assent_span out;
    size_t taken = 0;
    int result = assent_body_next(&relay->body, &in, &out);

    if (result == 1) {
        taken = out.len;
        if (has(relay, INSERTING)) {
            assent_relay_page_write(relay, &out);
            taken -= out.len;
        } else {
            taken = assent_response_write(response, out);
        }
        assent_body_take(&relay->body, &in, taken);
    } else if (result == 0) {
        pass_trailers(relay, out);
    }
    use(relay, before - in.len);
    if (result == 0) {
        end_answer(relay);
    } else if (result != 1 && result != ASSENT_ERR_MORE) {
        give_up(relay, 502);
    } else if (result == ASSENT_ERR_MORE && has(relay, APP_ENDED)) {
        if (assent_body_end(&relay->body) == ASSENT_OK) {
            end_answer(relay);
        } else {
            give_up(relay, 502);
        }
    }
    return taken > 0;
}

/* Whether something can be written, be it the end alone. */
static bool has_output(const struct assent_response *response)
{
    size_t room = assent_response_room(response);

    return response->kind == ASSENT_BODY_LENGTH ? room > 0 || response->left == 0
                                                : room >= END_ROOM;
}

void assent_relay_produce(struct assent_relay *relay)
{
    struct assent_response *response = &relay->engine->response;

    while ((relay->state == ASSENT_RELAY_BODY || relay->state == ASSENT_RELAY_TUNNEL) &&
           response->state == ASSENT_RESPONSE_BODY) {
        if (has(relay, ENDING)) {
            end_answer(relay);
            return;
        }
        if (!has_output(response) || !pass_piece(relay)) {
            return;
        }
    }
}

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
    read_heads(relay);
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
    give_up(relay, 502);
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
        give_up(relay, 504);
    } else if (relay->state == ASSENT_RELAY_HEAD && assent_relay_held(relay) > 0) {
        step(relay);
    }
}
