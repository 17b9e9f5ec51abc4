/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_REPLY_H
#define ASSENT_HTTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/head.h"
#include "core/span.h"
#include "http/body.h"

/* The head of an answer that an application gives to the gateway (RFC 9112 s. 4 and 6.3), read as
 * strictly as a request: what two readers might frame in two ways is refused. */
struct assent_reply {
    struct assent_head fields; /* for assent_head_next */
    uint64_t content_length;   /* bytes, if has_length */
    size_t head_bytes;         /* with the empty line */
    uint16_t status;           /* 100..599 */
    uint8_t minor;             /* 0: HTTP/1.0, 1: HTTP/1.1 */
    uint8_t body;              /* enum assent_body_kind of what follows */
    bool has_length;           /* may be there without content: HEAD, 304 */
    bool keep_alive;           /* the connection may serve another request */
};

/* Read a head.
 *   input      begins with the head; borrowed as long as reply is used
 *   head_only  the request was HEAD: no content follows, whatever the fields say
 *   return     ASSENT_OK
 *              ASSENT_ERR_MORE       it has no end yet
 *              ASSENT_ERR_SYNTAX     malformed, Content-Length twice or no number, Content-Length with
 *                                    Transfer-Encoding, a coding in HTTP/1.0
 *              ASSENT_ERR_FORBIDDEN  a coding other than chunked
 *              ASSENT_ERR_VERSION    not HTTP/1.x
 *              ASSENT_ERR_RANGE      a status outside 100..599 */
int assent_reply_parse(struct assent_reply *reply, struct assent_span input, bool head_only);

/* What a message's fields Connection name, for assent_reply_is_hop. */
struct assent_reply_hops {
    struct assent_span named; /* value of the first of them */
    struct assent_head
        more; /* the fields behind it, if there is another one among them; else none */
};

/* Look for fields Connection, once for all fields of a message.
 *   fields  all of the message; borrowed as long as the result is used */
struct assent_reply_hops assent_reply_hops(struct assent_head fields);

/* Whether a field line belongs to one connection alone (RFC 9110 s. 7.6.1): the fields known for that,
 * and what a field Connection names. */
bool assent_reply_is_hop(const struct assent_reply_hops *hops, struct assent_span name);

#endif
