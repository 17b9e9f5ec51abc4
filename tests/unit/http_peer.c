/* SPDX-License-Identifier: MIT */
#include "tests/unit/http_peer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/engine_state.h"

static struct peer the_peer;
static const uint8_t fixed_content[3000] = "fixed";

__attribute__((format(printf, 2, 3))) static void note(struct peer *peer, const char *format, ...)
{
    va_list list;
    int len;

    va_start(list, format);
    len = vsnprintf(peer->log + peer->log_len, PEER_LOG - peer->log_len, format, list);
    va_end(list);
    if (len > 0 && (size_t)len < PEER_LOG - peer->log_len) {
        peer->log_len += (size_t)len;
    }
}

static bool is_path(const struct assent_engine *engine, const char *path)
{
    return assent_span_equal(engine->request.path, assent_span(path, strlen(path)));
}

static void on_request(void *context, struct assent_engine *engine)
{
    struct peer *peer = context;
    const struct assent_request *request = &engine->request;

    peer->dispatched++;
    if (request->method == ASSENT_METHOD_HEAD && peer->head_count < 64) {
        peer->head_at[peer->head_count++] = peer->out_len; /* all before has been sent */
    }
    peer->content_bytes = 0;
    peer->streamed = 0;
    note(peer, "[%.*s %.*s host %.*s port %u fields %u]", (int)request->method_name.len,
         (const char *)request->method_name.ptr, (int)request->target.len,
         (const char *)request->target.ptr, (int)request->host.len, (const char *)request->host.ptr,
         request->port, request->field_count);
    if (request->method == ASSENT_METHOD_OTHER) {
        assent_engine_refuse(engine, 501);
    } else if (is_path(engine, "/early")) {
        (void)assent_response_send(&engine->response, 200, "text/plain", ASSENT_SPAN("early\n"));
    } else if (is_path(engine, "/hold")) {
        assent_engine_hold(engine);
    } else if (is_path(engine, "/small")) {
        assent_engine_limit_content(engine, 4);
    } else if (is_path(engine, "/large") || is_path(engine, "/drop")) {
        assent_engine_limit_content(engine, UINT64_MAX);
    } else if (is_path(engine, "/split")) {
        assent_response_start(&engine->response, 200);
        assent_response_text(&engine->response, "X-Back", "a\r\nSet-Cookie: evil=1");
        (void)assent_response_empty(&engine->response);
    } else if (is_path(engine, "/broken")) {
        assent_response_start(&engine->response, 200);
        (void)assent_response_length(&engine->response, 10);
        (void)assent_response_write(&engine->response, ASSENT_SPAN("four"));
        (void)assent_response_end(&engine->response);
    } else if (is_path(engine, "/change") || is_path(engine, "/give-up")) {
        assent_response_start(&engine->response, 200);
        assent_response_text(&engine->response, "X-Wrong", "yes");
        if (is_path(engine, "/give-up")) {
            (void)assent_response_length(&engine->response, 10);
        }
        assent_engine_refuse(engine, 503);
    } else if (is_path(engine, "/upgrade")) {
        assent_response_start(&engine->response, 101);
        assent_response_text(&engine->response, "Upgrade", "test");
        (void)assent_response_until_close(&engine->response);
    }
    if (is_path(engine, "/drop")) {
        assent_engine_drop_head(engine);
    }
}

static size_t on_content(void *context, struct assent_engine *engine, struct assent_span bytes)
{
    struct peer *peer = context;

    if (is_path(engine, "/stuck") && !peer->answer) {
        return 0;
    }
    if (is_path(engine, "/slow")) {
        bytes.len = 1;
    }
    if (is_path(engine, "/echo") && engine->response.state == ASSENT_RESPONSE_READY) {
        assent_response_start(&engine->response, 200);
        (void)assent_response_chunked(&engine->response);
    }
    if (engine->response.state == ASSENT_RESPONSE_BODY) {
        bytes.len = assent_response_write(&engine->response, bytes);
    }
    note(peer, "%.*s", (int)bytes.len, (const char *)bytes.ptr);
    peer->content_bytes += bytes.len;
    return bytes.len;
}

static void answer(struct peer *peer, struct assent_engine *engine)
{
    const struct assent_request *request = &engine->request;
    char text[128];
    int len = snprintf(text, sizeof(text), "%.*s %.*s %llu\n", (int)request->method_name.len,
                       (const char *)request->method_name.ptr,
                       (int)(request->target.len < 64 ? request->target.len : 64),
                       (const char *)request->target.ptr, (unsigned long long)peer->content_bytes);

    (void)assent_response_send(&engine->response, 200, "text/plain",
                               assent_span(text, (size_t)len));
}

static void on_content_end(void *context, struct assent_engine *engine, struct assent_span trailers)
{
    struct peer *peer = context;

    note(peer, "(end %u)", (unsigned)trailers.len);
    if (is_path(engine, "/stream")) {
        assent_response_start(&engine->response, 200);
        (void)assent_response_chunked(&engine->response);
    } else if (is_path(engine, "/fixed")) {
        (void)assent_response_send_fixed(&engine->response, 200, "text/plain",
                                         assent_span(fixed_content, sizeof(fixed_content)));
    } else if (is_path(engine, "/upgrade") && engine->body.kind != ASSENT_BODY_CLOSE) {
        return; /* the end of the request, not of the tunnel */
    } else if (engine->response.state == ASSENT_RESPONSE_BODY) {
        (void)assent_response_end(&engine->response);
    } else if (!is_path(engine, "/late") || peer->answer) {
        answer(peer, engine);
    }
}

static void on_produce(void *context, struct assent_engine *engine)
{
    static const uint8_t letters[64] =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+";
    struct peer *peer = context;

    if (is_path(engine, "/echo") && (engine->flags & CONTENT_ENDED) != 0) {
        (void)assent_response_end(&engine->response);
    }
    if (!is_path(engine, "/stream")) {
        return;
    }
    while (peer->streamed < peer->stream_bytes) {
        uint64_t left = peer->stream_bytes - peer->streamed;
        size_t len = assent_response_write(&engine->response,
                                           assent_span(letters, left < 64 ? (size_t)left : 64));

        if (len == 0) {
            return;
        }
        peer->streamed += len;
    }
    (void)assent_response_end(&engine->response);
}

static void on_finish(void *context, struct assent_engine *engine, bool complete)
{
    struct peer *peer = context;

    (void)engine;
    peer->finished++;
    peer->completed += complete;
    note(peer, "{%s}", complete ? "complete" : "broken");
}

struct peer *peer_open_sized(size_t recv_bytes, size_t send_bytes)
{
    struct peer *peer = &the_peer;

    memset(peer, 0, offsetof(struct peer, out));
    peer->handler = (struct assent_handler){
        .request = on_request,
        .content = on_content,
        .content_end = on_content_end,
        .produce = on_produce,
        .finish = on_finish,
    };
    peer->settings.handler = &peer->handler;
    peer->settings.context = peer;
    peer->send_max = SIZE_MAX;
    peer->stream_bytes = 2000;
    peer->now_ms = 1000;
    assent_engine_init(&peer->engine, &peer->settings, peer->recv, recv_bytes, peer->send,
                       send_bytes, peer->now_ms);
    return peer;
}

struct peer *peer_open(void)
{
    return peer_open_sized(PEER_RECV, PEER_SEND);
}

void peer_drain(struct peer *peer)
{
    size_t len;
    bool fixed;
    const uint8_t *from;

    while (!peer->stop_reading &&
           (from = assent_engine_send_buf(&peer->engine, &len, &fixed)) != NULL) {
        len = len < peer->send_max ? len : peer->send_max;
        if (len > PEER_OUT - peer->out_len) {
            abort(); /* the test is too small for its answer */
        }
        memcpy(peer->out + peer->out_len, from, len);
        peer->out_len += len;
        assent_engine_send_ack(&peer->engine, len);
    }
}

size_t peer_send(struct peer *peer, struct assent_span bytes, size_t piece)
{
    size_t sent = 0;

    while (sent < bytes.len) {
        size_t room;
        size_t len = bytes.len - sent < piece ? bytes.len - sent : piece;
        uint8_t *to = assent_engine_recv_buf(&peer->engine, &room);

        if (to == NULL) {
            break;
        }
        len = len < room ? len : room;
        memcpy(to, bytes.ptr + sent, len);
        assent_engine_recv_ack(&peer->engine, len);
        sent += len;
        peer_drain(peer);
    }
    peer_drain(peer);
    return sent;
}

void peer_wait(struct peer *peer, uint32_t ms)
{
    for (uint32_t passed = 0; passed < ms; passed += 250) {
        peer->now_ms += ms - passed < 250 ? ms - passed : 250;
        assent_engine_tick(&peer->engine, peer->now_ms);
        peer_drain(peer);
    }
}

struct assent_span peer_output(const struct peer *peer)
{
    return assent_span(peer->out, peer->out_len);
}

static const uint8_t *find(struct assent_span in, const char *text)
{
    size_t len = strlen(text);

    for (size_t i = 0; i + len <= in.len; i++) {
        if (memcmp(in.ptr + i, text, len) == 0) {
            return in.ptr + i;
        }
    }
    return NULL;
}

bool peer_has(const struct peer *peer, const char *text)
{
    return find(peer_output(peer), text) != NULL;
}

/* Length of the response at the start of in, 0 if it is not complete. */
static size_t response_length(struct assent_span in, unsigned status, bool head_only)
{
    const uint8_t *end = find(in, "\r\n\r\n");
    size_t head = end != NULL ? (size_t)(end - in.ptr) + 4 : 0;
    struct assent_span span = assent_span(in.ptr, head);
    const uint8_t *length = find(span, "Content-Length: ");
    size_t total = head;

    if (head == 0 || status < 200 || status == 204 || status == 304 || head_only) {
        return head;
    }
    if (length != NULL) {
        total += (size_t)strtoul((const char *)length + 16, NULL, 10);
    } else if (find(span, "chunked") != NULL) {
        struct assent_body body;
        struct assent_span rest = assent_span(in.ptr + head, in.len - head);
        struct assent_span out;
        int result;

        assent_body_init(&body, ASSENT_BODY_CHUNKED, 0);
        while ((result = assent_body_next(&body, &rest, &out)) == 1) {
            assent_body_take(&body, &rest, out.len);
        }
        total = result == 0 ? in.len - rest.len : 0;
    } else {
        total = in.len;
    }
    return total <= in.len ? total : 0;
}

const char *peer_statuses(const struct peer *peer, bool with_interim)
{
    static char text[4096];
    struct assent_span rest = peer_output(peer);
    size_t len = 0;
    unsigned heads = 0;

    text[0] = '\0';
    while (rest.len > 0 && len < sizeof(text) - 16) {
        unsigned status = 0;
        size_t used;
        bool head_only =
            heads < peer->head_count && peer->head_at[heads] <= (size_t)(rest.ptr - peer->out);

        if (rest.len >= 12 && memcmp(rest.ptr, "HTTP/1.1 ", 9) == 0) {
            status = (unsigned)(rest.ptr[9] - '0') * 100 + (unsigned)(rest.ptr[10] - '0') * 10 +
                     (unsigned)(rest.ptr[11] - '0');
        }
        if (status == 0) {
            len += (size_t)snprintf(text + len, sizeof(text) - len, "%s?", len > 0 ? " " : "");
            break;
        }
        if (status >= 200 || with_interim) {
            len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%u", len > 0 ? " " : "",
                                    status);
        }
        used = response_length(rest, status, head_only);
        heads += head_only && status >= 200;
        if (used == 0) {
            len += (size_t)snprintf(text + len, sizeof(text) - len, " ...");
            break;
        }
        rest = assent_span(rest.ptr + used, rest.len - used);
    }
    return text;
}
