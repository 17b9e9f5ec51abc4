/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_INFLATE_H
#define ASSENT_HTTP_INFLATE_H

#include <stddef.h>
#include <stdint.h>

#include "core/span.h"

/* Unpack a whole gzip member (RFC 1952) for clients that do not take it as it is.
 *   in      the member, nothing before or behind it; any bytes
 *   out     room for cap bytes; void after an error
 *   return  bytes written; length and CRC-32 are those that the member states
 *           ASSENT_ERR_CORRUPT  not a gzip member, or a damaged one
 *           ASSENT_ERR_SPACE    longer than cap
 * Takes time proportional to in and out, and about 1 KiB of stack. */
int assent_inflate(struct assent_span in, uint8_t *out, size_t cap);

/* The same for what is in a member (RFC 1951), without checksum. */
int assent_inflate_stream(struct assent_span in, uint8_t *out, size_t cap);

#endif
