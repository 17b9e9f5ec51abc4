/* SPDX-License-Identifier: MIT */
#include "http/json_flat.h"

static void skip_space(struct assent_span *s)
{
    while (s->len > 0 &&
           (s->ptr[0] == ' ' || s->ptr[0] == '\t' || s->ptr[0] == '\n' || s->ptr[0] == '\r')) {
        *s = assent_span_slice(*s, 1, s->len);
    }
}

/* Take one character, with white space before and after it. */
static bool take(struct assent_span *s, uint8_t c)
{
    skip_space(s);
    if (s->len == 0 || s->ptr[0] != c) {
        return false;
    }
    *s = assent_span_slice(*s, 1, s->len);
    skip_space(s);
    return true;
}

static bool take_string(struct assent_span *s, struct assent_span *text)
{
    size_t i = 1;

    if (s->len == 0 || s->ptr[0] != '"') {
        return false;
    }
    while (i < s->len && s->ptr[i] != '"') {
        if (s->ptr[i] < 0x20 || s->ptr[i] > 0x7e || s->ptr[i] == '\\') {
            return false;
        }
        i++;
    }
    if (i == s->len) {
        return false;
    }
    *text = assent_span_slice(*s, 1, i);
    *s = assent_span_slice(*s, i + 1, s->len);
    return true;
}

static bool take_word(struct assent_span *s, struct assent_span word)
{
    if (!assent_span_starts(*s, word)) {
        return false;
    }
    *s = assent_span_slice(*s, word.len, s->len);
    return true;
}

static bool take_value(struct assent_span *s, struct assent_json_flat_member *member)
{
    member->text = assent_span(NULL, 0);
    if (take_string(s, &member->text)) {
        member->kind = ASSENT_JSON_FLAT_STRING;
    } else if (take_word(s, ASSENT_SPAN("true"))) {
        member->kind = ASSENT_JSON_FLAT_TRUE;
    } else if (take_word(s, ASSENT_SPAN("false"))) {
        member->kind = ASSENT_JSON_FLAT_FALSE;
    } else if (take_word(s, ASSENT_SPAN("null"))) {
        member->kind = ASSENT_JSON_FLAT_NULL;
    } else {
        return false;
    }
    return true;
}

int assent_json_flat_next(struct assent_json_flat *json, struct assent_json_flat_member *member)
{
    struct assent_span *s = &json->rest;

    if (json->done) {
        return s->len == 0 ? 0 : ASSENT_ERR_SYNTAX;
    }
    if (!json->inside && !take(s, '{')) {
        return ASSENT_ERR_SYNTAX;
    }
    if (take(s, '}')) {
        json->done = true;
        return s->len == 0 ? 0 : ASSENT_ERR_SYNTAX;
    }
    if (json->inside && !take(s, ',')) {
        return ASSENT_ERR_SYNTAX;
    }
    json->inside = true;
    if (!take_string(s, &member->name) || !take(s, ':') || !take_value(s, member)) {
        return ASSENT_ERR_SYNTAX;
    }
    return 1;
}
