/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_HOST_RFC3339_H
#define ASSENT_PORT_HOST_RFC3339_H

#include <stdbool.h>
#include <stdint.h>

#include "core/span.h"

/* Read "YYYY-MM-DD" (midnight UTC) or "YYYY-MM-DDThh:mm:ssZ" (RFC 3339 s. 5.6, UTC only; T and Z in
 * upper case; no fraction; years 1970..9999). A device writes such dates and never reads one.
 *   return  true and *unix_s if text is exactly that and the day and the time exist */
bool assent_rfc3339_parse(struct assent_span text, uint64_t *unix_s);

#endif
