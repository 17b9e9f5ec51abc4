/* SPDX-License-Identifier: MIT */
#include "http/language.h"

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

bool assent_language_next(struct assent_span *rest, struct assent_span *range, unsigned *quality)
{
    while (rest->len > 0) {
        struct assent_span weight = assent_span_trim(assent_span_take(rest, ','));
        size_t len = weight.len;
        struct assent_span first = assent_span_take(&weight, ';');

        *range = assent_span_trim(first);
        *quality = 1000;
        weight = assent_span_trim(weight);
        if (is_range(*range) &&
            (first.len == len ||
             (assent_span_starts_nocase(weight, ASSENT_SPAN("q=")) &&
              read_quality(assent_span_slice(weight, 2, weight.len), quality)))) {
            return true;
        }
    }
    return false;
}
