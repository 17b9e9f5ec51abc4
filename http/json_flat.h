/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_JSON_FLAT_H
#define ASSENT_HTTP_JSON_FLAT_H

#include <stdbool.h>

#include "core/error.h"
#include "core/span.h"

/* Reads one JSON object without nesting (RFC 8259), as small requests are: members with strings, true,
 * false or null. Strict: names and strings hold printable ASCII without '"' and '\', nothing follows
 * the object. */

enum assent_json_flat_kind {
    ASSENT_JSON_FLAT_STRING,
    ASSENT_JSON_FLAT_TRUE,
    ASSENT_JSON_FLAT_FALSE,
    ASSENT_JSON_FLAT_NULL
};

struct assent_json_flat {
    struct assent_span rest; /* set by the caller: the whole document */
    bool inside;             /* zero to start, as the next */
    bool done;
};

struct assent_json_flat_member {
    struct assent_span name;
    enum assent_json_flat_kind kind;
    struct assent_span text; /* of a string */
};

/* Read the next member.
 *   return  1  a member
 *           0  the end of the object, behind which there is nothing
 *           ASSENT_ERR_SYNTAX  anything else; the document is void */
int assent_json_flat_next(struct assent_json_flat *json, struct assent_json_flat_member *member);

#endif
