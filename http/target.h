/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_TARGET_H
#define ASSENT_HTTP_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/span.h"

/* Paths, queries and forms, decoded. There is one spelling of each path: what has a second reading
 * (dot segments, empty segments, encoded separators, overlong UTF-8) is refused, not repaired. */

/* Decode a path.
 *   path    of a request target: begins with '/'; percent-encoded
 *   out     room for cap bytes; the decoded path is never longer than path. May be path.ptr
 *   return  length of the decoded path
 *           ASSENT_ERR_SYNTAX     does not begin with '/', a bad percent sequence, or not UTF-8
 *           ASSENT_ERR_FORBIDDEN  a control character, '\', an encoded '/', an empty segment that is
 *                                 not the last, or a segment "." or ".."
 *           ASSENT_ERR_SPACE      longer than cap */
int assent_target_decode(struct assent_span path, uint8_t *out, size_t cap);

/* Whether text can be sent in a field Location as a path on this very origin: "/…", not "//…", and
 * only characters of a path and query (RFC 3986), so no '\', white space, control character. */
bool assent_target_is_local(struct assent_span text);

/* Take the next pair from a query or a body of application/x-www-form-urlencoded.
 *   form    what is left; shortened
 *   return  false at the end */
bool assent_target_form_next(struct assent_span *form, struct assent_span *name,
                             struct assent_span *value);

/* Find a pair by its name, which stands in the form unencoded.
 *   value   set if it is there; still encoded
 *   return  number of pairs with this name; a caller that needs one refuses 2 */
int assent_target_form_find(struct assent_span form, struct assent_span name,
                            struct assent_span *value);

/* Decode a name or value of a form: '+' is a space.
 *   out     room for cap bytes; never needs more than text.len. May be text.ptr
 *   return  length
 *           ASSENT_ERR_SYNTAX     a bad percent sequence, or not UTF-8
 *           ASSENT_ERR_FORBIDDEN  NUL
 *           ASSENT_ERR_SPACE      longer than cap */
int assent_target_form_decode(struct assent_span text, uint8_t *out, size_t cap);

#endif
