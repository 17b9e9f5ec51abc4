/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_WRITER_H
#define ASSENT_CORE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/span.h"

/* A bounded output buffer. The first error is kept and makes every later write do nothing, so that
 * a long sequence of writes is checked once, at its end. */
struct assent_writer {
    uint8_t *ptr; /* the caller's memory */
    size_t cap;   /* its size in bytes */
    size_t len;   /* bytes written */
    int error;    /* ASSENT_OK, or the first error: ASSENT_ERR_SPACE unless a caller set another */
};

/* Start writing to ptr[0..cap). ptr may be NULL if cap is 0. */
static inline struct assent_writer assent_writer(void *ptr, size_t cap)
{
    struct assent_writer w = {(uint8_t *)ptr, cap, 0, 0};
    return w;
}

/* Bytes, one byte, a NUL-terminated text (without its NUL). */
void assent_writer_put(struct assent_writer *w, struct assent_span bytes);
void assent_writer_byte(struct assent_writer *w, uint8_t byte);
void assent_writer_text(struct assent_writer *w, const char *text);

/* A number in decimal, without leading zeros. */
void assent_writer_decimal(struct assent_writer *w, uint64_t value);

/* A number in decimal with leading zeros up to digits (1..20) places. */
void assent_writer_padded(struct assent_writer *w, uint64_t value, unsigned digits);

/* Bytes as lower-case hexadecimal, and as base64url without padding (RFC 4648 s. 5). */
void assent_writer_hex(struct assent_writer *w, struct assent_span bytes);
void assent_writer_base64url(struct assent_writer *w, struct assent_span bytes);

/* A JSON string with its quotes (RFC 8259 s. 7). Control characters, '"' and '\' are escaped;
 * bytes that are not valid UTF-8 become U+FFFD, so that the output is always valid JSON. */
void assent_writer_json(struct assent_writer *w, struct assent_span text);

/* Length of the well-formed UTF-8 sequence at the start of s (Unicode 15, table 3-7).
 *   s       not empty
 *   return  1..4, or 0: what stands there is not well-formed */
size_t assent_writer_utf8_length(struct assent_span s);

/* Latch an error found by the caller; the first one stays. */
void assent_writer_fail(struct assent_writer *w, int error);

/* Length written, or the latched error (negative). */
static inline int assent_writer_result(const struct assent_writer *w)
{
    return w->error != 0 ? w->error : (int)w->len;
}

/* What has been written so far. */
static inline struct assent_span assent_writer_span(const struct assent_writer *w)
{
    return assent_span(w->ptr, w->len);
}

/* Decode base64url without padding (RFC 4648 s. 5).
 *   out     room for cap bytes
 *   return  bytes decoded
 *           ASSENT_ERR_SYNTAX  a foreign byte, an impossible length or non-zero trailing bits, so
 *                              that each value has exactly one text
 *           ASSENT_ERR_SPACE   more than cap bytes */
int assent_writer_decode_base64url(struct assent_span text, uint8_t *out, size_t cap);

#endif
