/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_SPAN_H
#define ASSENT_CORE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Bytes borrowed from somebody else: text or blob, never NUL-terminated, passed by value.
 * ptr may be NULL only if len is 0. Valid as long as the memory it was taken from. */
struct assent_span {
    const uint8_t *ptr;
    size_t len;
};

/* A span over a string literal. Not in static tables: ISO C has no constants of such a form. */
#define ASSENT_SPAN(literal)                                                                       \
    ((struct assent_span){(const uint8_t *)("" literal), sizeof(literal) - 1})

static inline struct assent_span assent_span(const void *ptr, size_t len)
{
    struct assent_span s = {(const uint8_t *)ptr, len};
    return s;
}

/* Bytes from..to (exclusive) of s; both are clamped to its length. */
static inline struct assent_span assent_span_slice(struct assent_span s, size_t from, size_t to)
{
    to = to > s.len ? s.len : to;
    from = from > to ? to : from;
    /* Neither NULL + 0 nor NULL with a length may come to be. */
    return s.ptr != NULL ? assent_span(s.ptr + from, to - from) : assent_span(NULL, 0);
}

static inline bool assent_span_equal(struct assent_span a, struct assent_span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool assent_span_starts(struct assent_span s, struct assent_span prefix)
{
    return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

/* ASCII letters to lower case; every other byte unchanged. */
static inline uint8_t assent_span_lower(uint8_t c)
{
    return (uint8_t)(c - 'A') < 26 ? (uint8_t)(c | 0x20) : c;
}

/* Equal but for the case of ASCII letters, as field names and attribute names are compared
 * (RFC 9110 s. 5.1). */
bool assent_span_equal_nocase(struct assent_span a, struct assent_span b);

bool assent_span_starts_nocase(struct assent_span s, struct assent_span prefix);

/* s without leading and trailing space and tab (OWS of RFC 9110 s. 5.6.3). */
struct assent_span assent_span_trim(struct assent_span s);

/* Take what stands before the first separator, or everything if there is none. *rest is left with
 * what stands behind that separator; it is empty at the end. */
struct assent_span assent_span_take(struct assent_span *rest, uint8_t separator);

#endif
