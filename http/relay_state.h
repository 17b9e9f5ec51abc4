/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_RELAY_STATE_H
#define ASSENT_HTTP_RELAY_STATE_H

#include "http/relay.h"

/* Between relay.c, which knows the request and the connection, and relay_answer.c. */

/* assent_relay.flags */
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

static inline bool has(const struct assent_relay *relay, unsigned flag)
{
    return (relay->flags & flag) != 0;
}

static inline void set(struct assent_relay *relay, unsigned flag)
{
    relay->flags = (uint16_t)(relay->flags | flag);
}

static inline void clear(struct assent_relay *relay, unsigned flag)
{
    relay->flags = (uint16_t)(relay->flags & ~flag);
}

static inline void wake(struct assent_relay *relay)
{
    if (relay->connection != NULL) {
        relay->link->wake(relay->link->ctx, relay);
    }
}

/* The exchange cannot come to a good end. The relay may be over afterwards.
 *   status  of the answer, if none has been begun */
void assent_relay_give_up(struct assent_relay *relay, unsigned status);

/* Read heads of answers, as far as they are there. The relay may be over afterwards. */
void assent_relay_read_heads(struct assent_relay *relay);

#endif
