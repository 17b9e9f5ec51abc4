/* SPDX-License-Identifier: MIT */
#include "http/insert_tag.h"

#include "core/consent.h"
#include "core/span.h"

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

static bool ends_name(uint8_t c)
{
    return is_space(c) || c == '/' || c == '>' || c == '=';
}

static void skip_space(struct assent_span *rest)
{
    while (rest->len > 0 && is_space(rest->ptr[0])) {
        *rest = assent_span_slice(*rest, 1, rest->len);
    }
}

/* A value in quotes or without. */
static struct assent_span take_value(struct assent_span *rest)
{
    struct assent_span value;
    size_t len = 0;
    uint8_t quote = rest->len > 0 ? rest->ptr[0] : 0;

    if (quote == '"' || quote == '\'') {
        *rest = assent_span_slice(*rest, 1, rest->len);
        return assent_span_take(rest, quote);
    }
    while (len < rest->len && !is_space(rest->ptr[len]) && rest->ptr[len] != '>') {
        len++;
    }
    value = assent_span_slice(*rest, 0, len);
    *rest = assent_span_slice(*rest, len, rest->len);
    return value;
}

/* Take the next attribute off a tag whose name has been taken.
 *   return  false: there is none */
static bool take_attribute(struct assent_span *rest, struct assent_span *name,
                           struct assent_span *value)
{
    size_t len = 1; /* even '=' may begin a name */

    while (rest->len > 0 && (is_space(rest->ptr[0]) || rest->ptr[0] == '/')) {
        *rest = assent_span_slice(*rest, 1, rest->len);
    }
    if (rest->len == 0 || rest->ptr[0] == '>') {
        return false;
    }
    while (len < rest->len && !ends_name(rest->ptr[len])) {
        len++;
    }
    *name = assent_span_slice(*rest, 0, len);
    *value = assent_span(NULL, 0);
    *rest = assent_span_slice(*rest, len, rest->len);
    skip_space(rest);
    if (rest->len > 0 && rest->ptr[0] == '=') {
        *rest = assent_span_slice(*rest, 1, rest->len);
        skip_space(rest);
        *value = take_value(rest);
    }
    return true;
}

static bool is_allowed(struct assent_span tiers, uint8_t allowed)
{
    unsigned count = 0;

    while (tiers.len > 0) {
        struct assent_span word = assent_span_take(&tiers, ' ');
        unsigned t = 0;

        if (word.len == 0) {
            continue;
        }
        while (t < ASSENT_TIER_COUNT) {
            const char *name = assent_consent_tier_name((enum assent_tier)t);

            if (assent_span_equal_nocase(word, assent_span(name, strlen(name)))) {
                break;
            }
            t++;
        }
        if (t == ASSENT_TIER_COUNT || (allowed & ASSENT_TIER_BIT(t)) == 0) {
            return false;
        }
        count++;
    }
    return count > 0;
}

size_t assent_insert_tag_release(uint8_t *tag, size_t len, uint8_t allowed)
{
    static const char live[] = "text/javascript";
    struct assent_span rest = assent_span(tag, len);
    struct assent_span type = assent_span(NULL, 0);
    struct assent_span tiers = assent_span(NULL, 0);
    struct assent_span name;
    struct assent_span value;
    size_t at;

    rest = assent_span_slice(rest, sizeof("<script") - 1, len);
    while (take_attribute(&rest, &name, &value)) {
        /* Of two attributes with one name the first counts. */
        if (type.ptr == NULL && assent_span_equal_nocase(name, ASSENT_SPAN("type"))) {
            type = value.ptr != NULL ? value : name;
        } else if (tiers.ptr == NULL &&
                   assent_span_equal_nocase(name, ASSENT_SPAN("data-assent"))) {
            tiers = value.ptr != NULL ? value : ASSENT_SPAN("-");
        }
    }
    if (!assent_span_equal_nocase(type, ASSENT_SPAN("text/plain")) || !is_allowed(tiers, allowed)) {
        return len;
    }
    at = (size_t)(type.ptr - tag);
    memmove(tag + at + sizeof(live) - 1, tag + at + type.len, len - at - type.len);
    memcpy(tag + at, live, sizeof(live) - 1);
    return len + sizeof(live) - 1 - type.len;
}
