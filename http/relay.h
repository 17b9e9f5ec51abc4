/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_RELAY_H
#define ASSENT_HTTP_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/config.h"
#include "http/app.h"
#include "http/body.h"
#include "http/engine.h"
#include "http/insert.h"
#include "http/reply.h"

/* One exchange of the gateway: a request that an engine has read and the gate has filtered goes to an
 * application, its answer comes back. Both are written anew from what was parsed (RFC 9110 s. 7.6), with
 * exactly one framing; content streams through two small buffers, and whoever does not read holds the
 * other one back. No I/O: a transport moves bytes as it does for engines.
 *
 *            begin          head of the answer          content
 *     FREE ---------> HEAD --------------------> BODY ------------> DONE ---> FREE (finish)
 *                       |  1xx: stays                                 |
 *                       |  101                                        |
 *                       +-------------------> TUNNEL -----------------+
 *
 *   RELAY-1  the token, cookies that are not allowed and copies of fields that the application trusts
 *            never reach it: the head is made from what the gate has left, plus the relay's own fields
 *   RELAY-2  what has one meaning for one connection never crosses: hop-by-hop fields, those that
 *            Connection names, framing, chunk extensions, trailers that could change the meaning
 *   RELAY-3  a connection is used again only if both messages on it have come to their end and nothing
 *            more had come
 *   RELAY-4  a request is sent a second time only if it is idempotent, without content, was sent on a
 *            connection that had served before, and no byte of an answer has come (RFC 9110 s. 9.2.2) */

struct assent_relay;

/* Longest head of an answer, bytes. A little less than the buffer, so that a transport whose window is no
 * larger than this never waits for the rest of a head that cannot come. */
#define ASSENT_RELAY_HEAD_BYTES (ASSENT_RELAY_RECV_BYTES - 256)

/* An application behind the gateway. Borrowed; while exchanges with it are under way it does not change. */
struct assent_upstream {
    uint8_t address[4]; /* IPv4, if there is no name */
    struct assent_span
        name; /* to be resolved, and to be in its certificate; with a NUL behind it */
    uint16_t port;
    bool tls;
    bool broken;             /* it leads nowhere: 502 */
    struct assent_span host; /* field Host of all requests; empty: as the visitor calls the site */
    /* Name of the field that tells which tiers are allowed: "essential, analytics". */
    struct assent_span decision_field;
    bool insert; /* put notice and link into its pages, make tagged scripts live */
};

/* What a relay asks of its transport. */
struct assent_relay_link {
    void *ctx;
    /* Connect, or take a connection that is kept. The relay is told by lost if that fails later.
     *   fresh   not one that is kept
     *   return  0: new; 1: one that has served before
     *           ASSENT_ERR_FULL       none is to be had: 503
     *           ASSENT_ERR_NOT_FOUND  nothing leads there: 502 */
    int (*open)(void *ctx, struct assent_relay *relay, bool fresh);
    /* There may be bytes to send, or room to receive. */
    void (*wake)(void *ctx, struct assent_relay *relay);
    /* The connection is not needed any more: keep it, or end it. */
    void (*close)(void *ctx, struct assent_relay *relay, bool keep);
    /* The engine has something to do: see assent_lwip_server_run. The relay may be over afterwards. */
    void (*run)(void *ctx, struct assent_engine *engine);
    /* The application of a site changes: reset what is open to it. May be NULL where it never does. */
    void (*forget)(void *ctx, uint8_t site);
};

enum assent_relay_state {
    ASSENT_RELAY_FREE,
    ASSENT_RELAY_HEAD,
    ASSENT_RELAY_BODY,
    ASSENT_RELAY_TUNNEL,
    ASSENT_RELAY_DONE
};

struct assent_relay {
    struct assent_engine *engine; /* of the visitor's connection */
    struct assent_visit *visit;
    const struct assent_upstream *upstream;
    const struct assent_relay_link *link;
    void *connection;        /* the transport's; NULL: none */
    struct assent_body body; /* of the answer */
    struct assent_insert insert;
    uint32_t now_ms;
    uint32_t since_ms;             /* last time the application's connection moved */
    uint16_t head_len;             /* of the request, in send */
    uint16_t send_start, send_end; /* to be sent: send[start..end) */
    uint16_t recv_start, recv_end; /* received, not used: recv[start..end) */
    uint8_t state;                 /* enum assent_relay_state */
    uint8_t interim_count;
    uint16_t flags; /* of relay.c */
    uint8_t send[ASSENT_RELAY_SEND_BYTES];
    uint8_t recv[ASSENT_RELAY_RECV_BYTES];
};

/* Answer an error as a relay does: a page where one was asked for, else a problem document. */
void assent_relay_refuse(struct assent_engine *engine, unsigned status);

/* ---- the handler's side, in the order of struct assent_handler ---- */

/* Take a request over. Called within the handler's request(), behind the gate. engine->user becomes
 * the relay; if it cannot be relayed an error is answered and the relay stays free.
 *   relay  FREE, or zeros */
void assent_relay_begin(struct assent_relay *relay, struct assent_engine *engine,
                        struct assent_visit *visit, const struct assent_upstream *upstream,
                        const struct assent_relay_link *link);
size_t assent_relay_content(struct assent_relay *relay, struct assent_span bytes);
void assent_relay_content_end(struct assent_relay *relay);
void assent_relay_produce(struct assent_relay *relay);
void assent_relay_finish(struct assent_relay *relay);

/* ---- the transport's side; after each of these the relay may be over ---- */

/* Bytes for the application: NULL and 0 if there is nothing to send. */
const uint8_t *assent_relay_send_buf(struct assent_relay *relay, size_t *len);
void assent_relay_send_ack(struct assent_relay *relay, size_t len);
/* After the last byte of a tunnel our side is to be ended. */
bool assent_relay_is_shut(const struct assent_relay *relay);

/* Room for bytes of the application: never less than ASSENT_RELAY_RECV_BYTES minus
 * assent_relay_held(). */
uint8_t *assent_relay_recv_buf(struct assent_relay *relay, size_t *len);
void assent_relay_recv_ack(struct assent_relay *relay, size_t len);
static inline size_t assent_relay_held(const struct assent_relay *relay)
{
    return (size_t)(relay->recv_end - relay->recv_start);
}

/* The application has ended its side; the connection is lost, or could not be made. */
void assent_relay_recv_end(struct assent_relay *relay);
void assent_relay_lost(struct assent_relay *relay);

/* Let time pass; at least every 250 ms.
 *   now_ms  of a clock that may wrap, the same as the engine's */
void assent_relay_tick(struct assent_relay *relay, uint32_t now_ms);

#endif
