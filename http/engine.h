/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_ENGINE_H
#define ASSENT_HTTP_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/config.h"
#include "core/seam.h"
#include "core/span.h"
#include "http/body.h"
#include "http/request.h"
#include "http/response.h"

/* One HTTP/1.1 server connection, without I/O. A transport moves bytes:
 *
 *     while the connection lives:
 *         assent_engine_tick(e, now)                     before work, and at least every 250 ms
 *         p = assent_engine_recv_buf(e, &n)              room for received bytes; 0: stop reading
 *         assent_engine_recv_ack(e, got)                 they have been put there
 *         assent_engine_recv_end(e)                      the peer has ended its side
 *         p = assent_engine_send_buf(e, &n, &fixed)      bytes to send; 0: nothing
 *         assent_engine_send_ack(e, taken)               the transport has them (copied, or, if
 *                                                        fixed, will find them there)
 *         state = assent_engine_state(e)                 what is left to do
 *
 * and a handler answers requests. One exchange at a time: the next pipelined request is not looked at
 * before the answer to the first has been sent, so that a bad request never costs an earlier answer.
 *
 *                  head complete      answer started, or content wanted
 *     IDLE -> HEAD ------------> EXCHANGE ------------> IDLE   (keep-alive)
 *               |                   |
 *               | refused           | failed, or not to be kept alive
 *               v                   v
 *               LINGER: send what is left, end our side, discard what comes (so that no reset eats
 *                       the answer), until the peer ends or ASSENT_ENGINE_LINGER_MS pass
 *                 v
 *               CLOSED */
enum assent_engine_phase {
    ASSENT_ENGINE_IDLE,     /* no byte of a request yet */
    ASSENT_ENGINE_HEAD,     /* in a request head */
    ASSENT_ENGINE_EXCHANGE, /* the handler has the request */
    ASSENT_ENGINE_LINGER,
    ASSENT_ENGINE_CLOSED
};

struct assent_engine;

/* Who answers. All functions get the settings' context, run within a call of the engine, and may call
 * the response writer and the functions of the engine marked "handler" below. Those marked optional
 * may be NULL. */
struct assent_handler {
    /* A head is complete and well-formed; look at it and rewrite it in place before anybody else sees
     * it: the gate. engine->request is valid before the rewrite. Optional.
     *   head    len bytes: start line, fields, empty line
     *   return  new length, at most len. The result is parsed again and must have the same method,
     *           host and framing, else 500
     *           negative: the request is refused: SYNTAX 400, LIMIT 431, FORBIDDEN 403, FULL 503,
     *           others 500 */
    int (*filter_request)(void *context, struct assent_engine *engine, uint8_t *head, size_t len);

    /* The same for the head of the answer, interim ones included, see assent_response.gate. Answers
     * that the engine gives on its own do not pass here. Optional.
     *   head    status line, fields, empty line
     *   out     what is to be sent instead; does not overlap with head
     *   return  ASSENT_OK; negative: 500 is sent instead */
    int (*filter_response)(void *context, struct assent_engine *engine, struct assent_span head,
                           struct assent_writer *out);

    /* A request. engine->request is valid until finish, or assent_engine_drop_head. May answer at
     * once, or later. If it neither answers nor calls assent_engine_hold, 100 Continue is sent to a
     * client that waits for it. */
    void (*request)(void *context, struct assent_engine *engine);

    /* Content of the request, as it comes. NULL: it is discarded.
     *   return  bytes taken, 0..bytes.len. If fewer, the rest is offered again after
     *           assent_engine_run or when part of the answer has been sent; until then the peer is
     *           held back */
    size_t (*content)(void *context, struct assent_engine *engine, struct assent_span bytes);

    /* All content has been taken (also if there was none), and the answer is not complete yet.
     * Optional. In a tunnel, after 101, it comes a second time: the peer has ended its side.
     *   trailers  field lines and an empty line for assent_head_start without start line, or empty */
    void (*content_end)(void *context, struct assent_engine *engine, struct assent_span trailers);

    /* There is room for content of the answer, whose state is ASSENT_RESPONSE_BODY. Called until it
     * writes nothing; then again when bytes were sent and after assent_engine_run. Optional. */
    void (*produce)(void *context, struct assent_engine *engine);

    /* The exchange is over: once for each request. Optional.
     *   complete  request read and answer sent to the transport in full */
    void (*finish)(void *context, struct assent_engine *engine, bool complete);
};

/* Shared by connections, constant. */
struct assent_engine_settings {
    const struct assent_handler *handler;
    void *context;
    const struct assent_clock *clock; /* for Date; NULL: none is sent */
};

struct assent_engine {
    const struct assent_engine_settings *settings;
    void *user;                      /* the handler's, for this connection; NULL at first */
    struct assent_request request;   /* of the present exchange */
    struct assent_response response; /* its answer */
    struct assent_body body;         /* its content */
    uint64_t content_limit;          /* bytes of content, then 413 */
    uint64_t content_bytes;          /* taken or discarded so far */
    uint8_t *ptr;                    /* receive buffer, the caller's */
    uint16_t cap;                    /* its size */
    uint16_t start, end;             /* ptr[start..end) was received and not used yet */
    uint16_t base;                   /* bytes kept at its front: the head, during an exchange */
    uint32_t now_ms;                 /* as of the last tick */
    uint32_t since_ms;               /* begin of the phase; of a period, in an exchange */
    uint32_t moved_bytes;            /* sent or received in this period */
    uint8_t phase;                   /* enum assent_engine_phase */
    uint8_t flags;                   /* of engine.c */
};

/* Bytes of one connection without its buffers; see also ASSENT_ENGINE_CONTEXT_BYTES. */
_Static_assert(sizeof(struct assent_engine) <= ASSENT_ENGINE_CONTEXT_BYTES,
               "ASSENT_ENGINE_CONTEXT_BYTES");

/* A connection has been accepted.
 *   settings   borrowed until CLOSED
 *   recv, send caller's memory until CLOSED, 256..65535 bytes each. A request head may
 *              take up recv_bytes - ASSENT_ENGINE_WINDOW_BYTES, an answer's head send_bytes
 *   now_ms     of a clock that may wrap (assent_clock.uptime_ms) */
void assent_engine_init(struct assent_engine *engine, const struct assent_engine_settings *settings,
                        uint8_t *recv, size_t recv_bytes, uint8_t *send, size_t send_bytes,
                        uint32_t now_ms);

/* Transport side: see the loop above.
 *   recv_buf  NULL and 0 if nothing can be taken in now
 *   recv_ack  len up to what recv_buf gave, since when no other function was called
 *   send_buf  NULL and 0 if there is nothing to send. What it gives stays until send_ack */
uint8_t *assent_engine_recv_buf(struct assent_engine *engine, size_t *len);
void assent_engine_recv_ack(struct assent_engine *engine, size_t len);
void assent_engine_recv_end(struct assent_engine *engine);
const uint8_t *assent_engine_send_buf(struct assent_engine *engine, size_t *len, bool *fixed);
void assent_engine_send_ack(struct assent_engine *engine, size_t len);

/* The connection is gone (reset, memory, TLS failure): no more I/O; finish is called if due. */
void assent_engine_abort(struct assent_engine *engine);

/* Let time pass: enforces the limits of core/config.h on heads, content, reading of the answer, idle
 * and lingering connections. Two calls with the same time are like one. */
void assent_engine_tick(struct assent_engine *engine, uint32_t now_ms);

enum assent_engine_flag {
    ASSENT_ENGINE_RECV = 1, /* recv_buf has room */
    ASSENT_ENGINE_SEND = 2, /* send_buf has bytes */
    ASSENT_ENGINE_FIN = 4,  /* all is sent: end our side of the connection, go on reading */
    ASSENT_ENGINE_DONE = 8  /* close the connection and forget the engine */
};

/* A set of enum assent_engine_flag. */
unsigned assent_engine_state(struct assent_engine *engine);

/* How dispensable the connection is, for a full table: the greatest goes first, 0 never.
 *   return  0 in an exchange; else milliseconds in this phase, plus 1 */
uint32_t assent_engine_idle_ms(const struct assent_engine *engine);

/* Content that has been received and that the handler does not want yet, with what came behind it: bytes. */
static inline size_t assent_engine_unused(const struct assent_engine *engine)
{
    return engine->phase == ASSENT_ENGINE_EXCHANGE ? (size_t)(engine->end - engine->start) : 0;
}

/* Handler: go on. To be called when something outside has changed (content can be taken again, more
 * of the answer can be produced or has been written). Undoes hold. Within a callback it only undoes
 * hold. */
void assent_engine_run(struct assent_engine *engine);

/* Handler: offer no content, and do not send 100 Continue, until assent_engine_run. */
void assent_engine_hold(struct assent_engine *engine);

/* Handler: refuse the request with a short problem document, and close the connection if content is
 * still to come. Once the answer's head is complete, the connection ends instead.
 *   status  400..599; for 405 assent_response_not_allowed() is better: it knows what is allowed */
void assent_engine_refuse(struct assent_engine *engine, unsigned status);

/* Handler, within request(): accept so many bytes of content instead of ASSENT_ENGINE_CONTENT_BYTES.
 * A Content-Length above it is answered with 413 when request() returns without an answer. */
void assent_engine_limit_content(struct assent_engine *engine, uint64_t bytes);

/* Handler: the head is not needed any more; its spans are void and its memory serves content. */
void assent_engine_drop_head(struct assent_engine *engine);

#endif
