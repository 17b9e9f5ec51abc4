/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TESTS_UNIT_GUARD_H
#define ASSENT_TESTS_UNIT_GUARD_H

#include <stdint.h>

#include "core/span.h"

/* Memory that ends at an unreadable page, so that reading one byte too many is a fault even where no
 * sanitizer looks. One piece at a time. */

enum { GUARD_BYTES = 1 << 20 };

/* A copy of up to GUARD_BYTES bytes whose last byte is the last readable one. */
uint8_t *guard_copy(struct assent_span bytes);

/* The same; writing to it is a fault as well. */
uint8_t *guard_copy_read_only(struct assent_span bytes);

#endif
