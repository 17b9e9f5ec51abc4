/* SPDX-License-Identifier: MIT */
#include "http/target.h"

#include "core/writer.h"
#include "http/field.h"

/* Decode the byte at the front of text, which is not empty, and take it off.
 *   escaped  set to whether it was percent-encoded
 *   return   0..255 or ASSENT_ERR_SYNTAX */
static int take_byte(struct assent_span *text, bool *escaped)
{
    int byte = text->ptr[0];
    size_t used = 1;

    *escaped = byte == '%';
    if (*escaped) {
        int high = text->len >= 3 ? assent_field_hex(text->ptr[1]) : -1;
        int low = text->len >= 3 ? assent_field_hex(text->ptr[2]) : -1;

        if (high < 0 || low < 0) {
            return ASSENT_ERR_SYNTAX;
        }
        byte = high << 4 | low;
        used = 3;
    }
    *text = assent_span(text->ptr + used, text->len - used);
    return byte;
}

static bool is_utf8(struct assent_span text)
{
    while (text.len > 0) {
        size_t len = assent_writer_utf8_length(text);

        if (len == 0) {
            return false;
        }
        text = assent_span(text.ptr + len, text.len - len);
    }
    return true;
}

/* No segment is "", "." or "..", but for an empty one at the end. path begins with '/'. */
static bool has_plain_segments(struct assent_span path)
{
    size_t start = 1;

    for (size_t i = 1; i <= path.len; i++) {
        size_t len = i - start;

        if (i < path.len && path.ptr[i] != '/') {
            continue;
        }
        if ((len == 0 && i < path.len) || (len == 1 && path.ptr[start] == '.') ||
            (len == 2 && path.ptr[start] == '.' && path.ptr[start + 1] == '.')) {
            return false;
        }
        start = i + 1;
    }
    return true;
}

int assent_target_decode(struct assent_span path, uint8_t *out, size_t cap)
{
    size_t len = 0;

    if (path.len == 0 || path.ptr[0] != '/') {
        return ASSENT_ERR_SYNTAX;
    }
    while (path.len > 0) {
        bool escaped;
        int byte = take_byte(&path, &escaped);

        if (byte < 0) {
            return byte;
        }
        if (byte < 0x20 || byte == 0x7F || byte == '\\' || (escaped && byte == '/')) {
            return ASSENT_ERR_FORBIDDEN;
        }
        if (len == cap) {
            return ASSENT_ERR_SPACE;
        }
        out[len++] = (uint8_t)byte;
    }
    if (!is_utf8(assent_span(out, len))) {
        return ASSENT_ERR_SYNTAX;
    }
    return has_plain_segments(assent_span(out, len)) ? (int)len : ASSENT_ERR_FORBIDDEN;
}

bool assent_target_is_local(struct assent_span text)
{
    static const char marks[] = "-._~!$&'()*+,;=:@/?%";

    /* Browsers read "//" and "/\" as the start of another host (WHATWG URL). */
    if (text.len == 0 || text.ptr[0] != '/' || (text.len > 1 && text.ptr[1] == '/')) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];

        if ((uint8_t)(c - '0') > 9 && (uint8_t)(assent_span_lower(c) - 'a') > 25 &&
            memchr(marks, c, sizeof(marks) - 1) == NULL) {
            return false;
        }
    }
    return true;
}

static size_t find(struct assent_span text, uint8_t byte)
{
    const uint8_t *at = text.len > 0 ? memchr(text.ptr, byte, text.len) : NULL;

    return at != NULL ? (size_t)(at - text.ptr) : text.len;
}

bool assent_target_form_next(struct assent_span *form, struct assent_span *name,
                             struct assent_span *value)
{
    while (form->len > 0) {
        struct assent_span pair = assent_span_slice(*form, 0, find(*form, '&'));
        size_t equals = find(pair, '=');

        *form = assent_span_slice(*form, pair.len + 1, form->len);
        if (pair.len > 0) {
            *name = assent_span_slice(pair, 0, equals);
            *value = assent_span_slice(pair, equals + 1, pair.len);
            return true;
        }
    }
    return false;
}

int assent_target_form_find(struct assent_span form, struct assent_span name,
                            struct assent_span *value)
{
    struct assent_span next_name;
    struct assent_span next_value;
    int count = 0;

    while (assent_target_form_next(&form, &next_name, &next_value)) {
        if (assent_span_equal(next_name, name) && count++ == 0) {
            *value = next_value;
        }
    }
    return count;
}

int assent_target_form_decode(struct assent_span text, uint8_t *out, size_t cap)
{
    size_t len = 0;

    while (text.len > 0) {
        bool escaped;
        int byte = take_byte(&text, &escaped);

        if (byte < 0) {
            return byte;
        }
        if (byte == 0) {
            return ASSENT_ERR_FORBIDDEN;
        }
        if (len == cap) {
            return ASSENT_ERR_SPACE;
        }
        out[len++] = byte == '+' && !escaped ? ' ' : (uint8_t)byte;
    }
    return is_utf8(assent_span(out, len)) ? (int)len : ASSENT_ERR_SYNTAX;
}
