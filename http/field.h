/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_FIELD_H
#define ASSENT_HTTP_FIELD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/span.h"

/* What field values have in common: comma lists, parameters, weights (RFC 9110 s. 5.6, 12.4.2). */

/* Take the next element from a comma list; commas within a quoted string do not count, empty
 * elements are passed over.
 *   list     what is left of the list; shortened
 *   element  without the white space around it, never empty
 *   return   false at the end of the list */
bool assent_field_next(struct assent_span *list, struct assent_span *element);

/* Whether a comma list has an element, compared without regard to case. */
bool assent_field_has(struct assent_span list, struct assent_span element);

/* Split an element at its first ';'.
 *   params  what stands behind it; empty if there is none
 *   return  what stands before it, trimmed */
struct assent_span assent_field_main(struct assent_span element, struct assent_span *params);

/* The weight "q=" among parameters, in thousandths.
 *   return  0..1000; 1000 if there is none, 0 if it is malformed */
unsigned assent_field_weight(struct assent_span params);

/* Read a whole text as decimal digits.
 *   value   set on success
 *   return  ASSENT_OK
 *           ASSENT_ERR_SYNTAX  empty, or a byte that is no digit: no sign, no white space
 *           ASSENT_ERR_LIMIT   digits only, but more than 64 bits */
int assent_field_number(struct assent_span text, uint64_t *value);

/* Value of a hexadecimal digit of either case, or -1. */
int assent_field_hex(uint8_t digit);

#endif
