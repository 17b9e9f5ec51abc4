/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_LEDGER_H
#define ASSENT_CORE_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/config.h"
#include "core/error.h"
#include "core/span.h"

/* The ledger of a site: every cookie that was ever seen in a Set-Cookie field, by what a browser
 * tells cookies apart by. A request shows only names and values; to expire a cookie exactly, its
 * domain and path have to be known (RFC 6265bis s. 5.7). Values are never kept. */

struct assent_ledger_tuple {
    struct assent_span name;
    struct assent_span domain; /* empty: this host only */
    struct assent_span path;   /* starts with '/' */
    bool secure;
    bool partitioned;
};

/* Where the tuples are kept. learn and next may block for one flash operation. */
struct assent_ledger {
    void *ctx;

    /* Remember a tuple; nothing happens if it is known. Spans are borrowed for the call.
     *   ASSENT_ERR_LIMIT  longer than ASSENT_LEDGER_TUPLE_BYTES when encoded
     *   ASSENT_ERR_FULL   no room; the gate goes on without it */
    int (*learn)(void *ctx, const struct assent_ledger_tuple *tuple);

    /* Visit every tuple, in no order. *cursor is 0 to start.
     *   buffer  where the spans of tuple may point to
     *   return  ASSENT_OK; ASSENT_ERR_NOT_FOUND: no more; any other error: there may be more, and the
     *           gate counts it as omitted */
    int (*next)(void *ctx, uint32_t *cursor, uint8_t buffer[ASSENT_LEDGER_TUPLE_BYTES],
                struct assent_ledger_tuple *tuple);
};

/* A tuple as bytes: one byte of flags (1 Secure, 2 Partitioned), three bytes with the lengths of name,
 * domain and path, then these three; the domain in lower case. Each tuple has one encoding.
 *   return  length
 *           ASSENT_ERR_LIMIT  longer than ASSENT_LEDGER_TUPLE_BYTES, or a part over 255 bytes */
int assent_ledger_encode(const struct assent_ledger_tuple *tuple,
                         uint8_t out[ASSENT_LEDGER_TUPLE_BYTES]);

/* Read an encoded tuple.
 *   bytes   begins with a tuple; the spans of the tuple point into it
 *   return  length of the tuple
 *           ASSENT_ERR_CORRUPT  too short, unknown flags, or no path */
int assent_ledger_decode(struct assent_span bytes, struct assent_ledger_tuple *tuple);

#endif
