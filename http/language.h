/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_LANGUAGE_H
#define ASSENT_HTTP_LANGUAGE_H

#include <stdbool.h>

#include "core/span.h"

/* Language ranges as visitors send them. */

/* Take the next element off the value of an Accept-Language field (RFC 9110 s. 12.5.4). Malformed
 * elements are passed over.
 *   rest     what is left of the value; is shortened
 *   range    receives the language range, "*" included
 *   quality  receives 0..1000: the weight in thousandths
 *   return   false: there is no more */
bool assent_language_next(struct assent_span *rest, struct assent_span *range, unsigned *quality);

#endif
