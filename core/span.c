/* SPDX-License-Identifier: MIT */
#include "core/span.h"

bool assent_span_equal_nocase(struct assent_span a, struct assent_span b)
{
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        if (assent_span_lower(a.ptr[i]) != assent_span_lower(b.ptr[i])) {
            return false;
        }
    }
    return true;
}

bool assent_span_starts_nocase(struct assent_span s, struct assent_span prefix)
{
    return s.len >= prefix.len && assent_span_equal_nocase(assent_span(s.ptr, prefix.len), prefix);
}

struct assent_span assent_span_trim(struct assent_span s)
{
    while (s.len > 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\t')) {
        s.ptr++;
        s.len--;
    }
    while (s.len > 0 && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t')) {
        s.len--;
    }
    return s;
}

struct assent_span assent_span_take(struct assent_span *rest, uint8_t separator)
{
    const uint8_t *end = rest->len > 0 ? memchr(rest->ptr, separator, rest->len) : NULL;
    size_t len = end != NULL ? (size_t)(end - rest->ptr) : rest->len;
    struct assent_span part = assent_span(rest->ptr, len);

    *rest = assent_span_slice(*rest, end != NULL ? len + 1 : len, rest->len);
    return part;
}
