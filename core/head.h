/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_HEAD_H
#define ASSENT_CORE_HEAD_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/span.h"

/* The lines of an HTTP/1.1 message head (RFC 9112 s. 2.1 and 5): a start line, field lines and an
 * empty line, each ended by CRLF. Strict where leniency has been exploited: no bare CR or LF, no
 * space before the colon, no line folding, no control character but tab in a value. What a field
 * means is the caller's matter; so are limits on number and size. */
struct assent_head {
    const uint8_t *at;  /* next byte to read */
    const uint8_t *end; /* end of the input */
};

struct assent_head_field {
    struct assent_span name;  /* a token, as sent; names are compared without regard to case */
    struct assent_span value; /* without the white space around it; may be empty */
    struct assent_span line;  /* the whole line with its CRLF */
};

/* Begin to read a head, or trailers if start_line is NULL.
 *   input       begins with the head; what follows the empty line is not looked at. Borrowed
 *   start_line  receives the first line without its CRLF
 *   return      ASSENT_OK
 *               ASSENT_ERR_MORE    the line has no end yet
 *               ASSENT_ERR_SYNTAX  bare CR or LF, control character, or an empty start line */
int assent_head_start(struct assent_head *head, struct assent_span input,
                      struct assent_span *start_line);

/* Read the next field line.
 *   field   void unless 1 is returned
 *   return  1                  a field
 *           0                  the empty line: the head is complete, head->at is behind it
 *           ASSENT_ERR_MORE    the line has no end yet
 *           ASSENT_ERR_SYNTAX  not a field line by RFC 9112 s. 5.1 or RFC 9110 s. 5.5 */
int assent_head_next(struct assent_head *head, struct assent_head_field *field);

/* Whether a byte may stand in a token (RFC 9110 s. 5.6.2). */
bool assent_head_is_token(uint8_t byte);

#endif
