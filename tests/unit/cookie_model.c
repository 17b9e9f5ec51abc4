/* SPDX-License-Identifier: MIT */
#include "tests/unit/cookie_model.h"

const struct cookie_model_row cookie_model_rows[COOKIE_MODEL_ROWS] = {
    {"a=b", "a", "b"},
    {"sid=abc", "sid", "abc"},
    {"a=1; sid=abc", "sid", "abc"},
    {"a=1; sid=abc; b=2", "sid", "abc"},
    {"a=1; b=2", "sid", NULL},
    {"a=1;sid=abc", "sid", "abc"},
    {"xsid=evil; sid=good", "sid", "good"},
    {"theme=x sid=evil; sid=good", "sid", "good"},
    {"theme=\"x; sid=evil\"; sid=good", "sid", "evil\""},
    {"flag; sid=abc", "sid", "abc"},
    {"SID=other; sid=good", "sid", "good"},
    {"__host-sid=evil; __Host-sid=good", "__Host-sid", "good"},
    {"sid=\"quoted\"", "sid", "\"quoted\""},
    {"sid=a,b", "sid", "a,b"},
    {"sid=a b", "sid", "a b"},
    {"sid=a\tb", "sid", "a\tb"},
    {"x=1,sid=evil; sid=good", "sid", "good"},
    {"sid=first; sid=second", "sid", "first"},
    {"sid=\xC3\xA4\xE2\x82\xAC", "sid", "\xC3\xA4\xE2\x82\xAC"},
    {"sid=", "sid", ""},
    {"sid=b=c", "sid", "b=c"},
    {"b=2; sid=abc; ", "sid", "abc"},
};

static struct assent_span take_until(struct assent_span *rest, uint8_t stop)
{
    struct assent_span part = {rest->ptr, 0};

    while (part.len < rest->len && part.ptr[part.len] != stop) {
        part.len++;
    }
    rest->ptr += part.len < rest->len ? part.len + 1 : part.len;
    rest->len -= part.len < rest->len ? part.len + 1 : part.len;
    return part;
}

bool cookie_model_next(struct assent_span *rest, struct assent_cookie *out, bool *control)
{
    while (rest->len > 0) {
        struct assent_span pair = assent_span_trim(take_until(rest, ';'));
        struct assent_span value = pair;
        struct assent_span name = take_until(&value, '=');
        bool nameless = name.len == pair.len;

        out->raw = pair;
        out->name = nameless ? assent_span(pair.ptr, 0) : assent_span_trim(name);
        out->value = nameless ? pair : assent_span_trim(value);
        *control = false;
        for (size_t i = 0; i < pair.len; i++) {
            *control |= (pair.ptr[i] < 0x20 && pair.ptr[i] != '\t') || pair.ptr[i] == 0x7F;
        }
        if (out->name.len + out->value.len > 0) {
            return true;
        }
    }
    return false;
}

size_t cookie_model_filter(struct assent_span field, uint8_t *out,
                           bool (*keep)(void *ctx, const struct assent_cookie *cookie), void *ctx)
{
    struct assent_span rest = field;
    struct assent_cookie cookie;
    bool control;
    size_t len = 0;

    while (cookie_model_next(&rest, &cookie, &control)) {
        if (control || cookie.name.len + cookie.value.len > ASSENT_COOKIE_PAIR_BYTES ||
            !keep(ctx, &cookie)) {
            continue;
        }
        if (len > 0) {
            out[len++] = ';';
            if (len < (size_t)(cookie.raw.ptr - field.ptr)) {
                out[len++] = ' ';
            }
        }
        memcpy(out + len, cookie.name.ptr, cookie.name.len);
        len += cookie.name.len;
        if (cookie.value.len != cookie.raw.len) {
            out[len++] = '=';
        }
        memcpy(out + len, cookie.value.ptr, cookie.value.len);
        len += cookie.value.len;
    }
    return len;
}
