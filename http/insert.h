/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_INSERT_H
#define ASSENT_HTTP_INSERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/config.h"
#include "core/span.h"
#include "http/insert_host.h"

/* Finds in a stream of HTML where a notice and a link may stand, and makes scripts live that carry the
 * name of a tier which is allowed. It knows as much of the HTML parser (WHATWG HTML s. 13.2.5, 13.2.6) as
 * that takes: which bytes are text, markup, comments, scripts; what opens the body.
 *
 *     while there is input, or after assent_insert_end:
 *         event = assent_insert_next(insert, &in, room, &out)
 *         BYTES  out is to be sent
 *         START  here the body begins, and nothing stands in it yet: the notice
 *         END    here the page ends: the link, which still goes into the body
 *         MORE   all input is used up
 *
 *   INSERT-1  with scripts aside, out is the input, byte for byte
 *   INSERT-2  START and END come at most once, START before END, and only between tokens of the body
 *             that is open there: never within a tag, a comment, a script, a style, a title, a template,
 *             foreign markup, a page of frames
 *   INSERT-3  what is no page (a fragment: neither doctype nor html, head, body), or not in a charset that
 *             has ASCII where ASCII has it, gets neither
 *   INSERT-4  only a script whose type is text/plain and whose data-assent names allowed tiers alone is
 *             changed, and nothing of it but the type
 *   INSERT-5  the result does not depend on how the input is cut */
enum assent_insert_event {
    ASSENT_INSERT_MORE,
    ASSENT_INSERT_BYTES,
    ASSENT_INSERT_START,
    ASSENT_INSERT_END
};

struct assent_insert {
    uint16_t hold_len;  /* bytes of a tag that is not decided yet */
    uint16_t hold_sent; /* of these, sent */
    uint8_t state;      /* of insert.c */
    uint8_t mode;
    uint8_t allowed; /* set of tiers */
    uint8_t raw;     /* element whose text is no markup */
    uint8_t matched; /* bytes of its end tag, or of a comment's marks */
    uint8_t templates;
    uint8_t foreign;
    uint8_t escape; /* of script text */
    uint8_t dashes;
    uint8_t event; /* to be told */
    uint16_t flags;
    struct assent_insert_host host;            /* found may be set after assent_insert_init */
    uint8_t hold[ASSENT_INSERT_TAG_BYTES + 8]; /* the live type is longer */
};

/* Begin.
 *   allowed  tiers, as struct assent_decision has them
 *   page     it is known that this is a page that a visitor looks at, whatever it begins with */
void assent_insert_init(struct assent_insert *insert, uint8_t allowed, bool page);

/* Go on. START and END are told once each; the call after it goes on behind.
 *   in      what has come; what is used up is taken off its front
 *   room    bytes that can be sent now, 1..; out is never longer
 *   out     set for BYTES: within in, or within insert until the next call
 *   return  the event */
enum assent_insert_event assent_insert_next(struct assent_insert *insert, struct assent_span *in,
                                            size_t room, struct assent_span *out);

/* The input has come to its end: assent_insert_next with empty input tells what is left, then MORE. */
void assent_insert_end(struct assent_insert *insert);

#endif
