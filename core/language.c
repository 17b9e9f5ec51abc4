/* SPDX-License-Identifier: MIT */
#include "core/language.h"

enum { RANGE_BYTES = 35 }; /* the longest tag of RFC 5646 s. 4.4.1 */

bool assent_language_reaches(struct assent_span range, struct assent_span tag)
{
    return range.len <= RANGE_BYTES && tag.len > 0 && assent_span_starts_nocase(range, tag) &&
           (range.len == tag.len || range.ptr[tag.len] == '-');
}

static bool is_digit(uint8_t c)
{
    return (uint8_t)(c - '0') < 10;
}

/* qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )    RFC 9110 s. 12.4.2 */
static bool read_quality(struct assent_span text, unsigned *quality)
{
    unsigned value = 0;

    if (text.len == 0 || text.len > 5 || (text.len > 1 && text.ptr[1] != '.')) {
        return false;
    }
    for (size_t i = 0; i < 5; i++) {
        if (i == 1) {
            continue;
        }
        if (i < text.len && !is_digit(text.ptr[i])) {
            return false;
        }
        value = value * 10 + (i < text.len ? text.ptr[i] - (unsigned)'0' : 0);
    }
    *quality = value;
    return value <= 1000;
}

static bool is_range(struct assent_span s)
{
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.ptr[i];

        if ((uint8_t)(assent_span_lower(c) - 'a') >= 26 && !is_digit(c) && c != '-' && c != '*') {
            return false;
        }
    }
    return s.len > 0;
}

/* The text before the first separator, which is taken off the rest as well. */
static struct assent_span cut(struct assent_span *rest, uint8_t separator)
{
    const uint8_t *end = rest->len > 0 ? memchr(rest->ptr, separator, rest->len) : NULL;
    size_t len = end != NULL ? (size_t)(end - rest->ptr) : rest->len;
    struct assent_span first = assent_span_slice(*rest, 0, len);

    *rest = assent_span_slice(*rest, len + 1, rest->len);
    return assent_span_trim(first);
}

bool assent_language_next(struct assent_span *rest, struct assent_span *range, unsigned *quality)
{
    while (rest->len > 0) {
        struct assent_span element = cut(rest, ',');
        bool weighted = element.len > 0 && memchr(element.ptr, ';', element.len) != NULL;

        *range = cut(&element, ';');
        *quality = 1000;
        element = assent_span_trim(element);
        if (is_range(*range) &&
            (!weighted || (assent_span_starts_nocase(element, ASSENT_SPAN("q=")) &&
                           read_quality(assent_span_slice(element, 2, element.len), quality)))) {
            return true;
        }
    }
    return false;
}
