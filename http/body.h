/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_BODY_H
#define ASSENT_HTTP_BODY_H

#include <stdint.h>

#include "core/config.h"
#include "core/error.h"
#include "core/span.h"

/* Message content, out of its framing (RFC 9112 s. 6 and 7). Works on bytes where they lie: content
 * is handed out as spans into the input, nothing is copied. Serves requests and, for a gateway, the
 * responses of the application behind it. */

enum assent_body_kind {
    ASSENT_BODY_NONE,    /* no content */
    ASSENT_BODY_LENGTH,  /* Content-Length */
    ASSENT_BODY_CHUNKED, /* Transfer-Encoding: chunked */
    ASSENT_BODY_CLOSE    /* until the connection ends: HTTP/1.0 responses and tunnels */
};

struct assent_body {
    uint64_t left;            /* content bytes still to come in this chunk or body */
    uint16_t extension_bytes; /* chunk extensions so far */
    uint8_t kind;             /* enum assent_body_kind */
    uint8_t state;            /* of body.c */
    uint8_t digits;           /* of the chunk size being read */
};

/* Begin.
 *   length  bytes, for ASSENT_BODY_LENGTH; else not looked at */
void assent_body_init(struct assent_body *body, enum assent_body_kind kind, uint64_t length);

/* Read framing up to the next content.
 *   in      what was received; what is used up is taken off its front. The trailer section is only
 *           taken as a whole: as long as it has no end, ASSENT_ERR_MORE leaves all of it in *in
 *   out     1: content, the front of *in, to be taken with assent_body_take
 *           0: the trailer section: field lines and the empty line, for assent_head_start without
 *           a start line; empty if the framing has none
 *   return  1                  there is content
 *           0                  the body is complete, *in begins with what follows it
 *           ASSENT_ERR_MORE    nothing more to be had from *in
 *           ASSENT_ERR_SYNTAX  malformed; so is everything after
 *           ASSENT_ERR_LIMIT   more than ASSENT_BODY_EXTENSION_BYTES of chunk extensions */
int assent_body_next(struct assent_body *body, struct assent_span *in, struct assent_span *out);

/* Content has been used.
 *   len  up to the length of what assent_body_next has just handed out */
void assent_body_take(struct assent_body *body, struct assent_span *in, size_t len);

/* The connection has ended behind all that assent_body_next has seen.
 *   return  ASSENT_OK        the body is complete
 *           ASSENT_ERR_MORE  it was cut off */
int assent_body_end(const struct assent_body *body);

#endif
