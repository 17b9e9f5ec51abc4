/* SPDX-License-Identifier: MIT */
#include "http/field.h"

#include "core/error.h"

/* Length of text up to an unquoted stop byte, or all of it (quoted-string: RFC 9110 s. 5.6.4). */
static size_t find_unquoted(struct assent_span text, uint8_t stop)
{
    bool quoted = false;
    size_t i = 0;

    for (; i < text.len && (quoted || text.ptr[i] != stop); i++) {
        if (text.ptr[i] == '"') {
            quoted = !quoted;
        } else if (quoted && text.ptr[i] == '\\') {
            i++;
        }
    }
    return i < text.len ? i : text.len;
}

bool assent_field_next(struct assent_span *list, struct assent_span *element)
{
    while (list->len > 0) {
        size_t len = find_unquoted(*list, ',');

        *element = assent_span_trim(assent_span_slice(*list, 0, len));
        *list = assent_span_slice(*list, len + 1, list->len);
        if (element->len > 0) {
            return true;
        }
    }
    return false;
}

bool assent_field_has(struct assent_span list, struct assent_span element)
{
    struct assent_span next;

    while (assent_field_next(&list, &next)) {
        if (assent_span_equal_nocase(next, element)) {
            return true;
        }
    }
    return false;
}

struct assent_span assent_field_main(struct assent_span element, struct assent_span *params)
{
    size_t len = find_unquoted(element, ';');

    *params = assent_span_slice(element, len + 1, element.len);
    return assent_span_trim(assent_span_slice(element, 0, len));
}

/* qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] ), RFC 9110 s. 12.4.2 */
static unsigned read_weight(struct assent_span text)
{
    unsigned weight = 0;
    unsigned place = 1000;

    if (text.len == 0 || text.len > 5 || (text.len > 1 && text.ptr[1] != '.')) {
        return 0;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (i == 1) {
            continue;
        }
        if ((uint8_t)(text.ptr[i] - '0') > 9) {
            return 0;
        }
        weight += (unsigned)(text.ptr[i] - '0') * place;
        place /= 10;
    }
    return weight <= 1000 ? weight : 0;
}

unsigned assent_field_weight(struct assent_span params)
{
    while (params.len > 0) {
        struct assent_span rest;
        struct assent_span param = assent_field_main(params, &rest);

        if (assent_span_starts_nocase(param, ASSENT_SPAN("q="))) {
            return read_weight(assent_span_slice(param, 2, param.len));
        }
        params = rest;
    }
    return 1000;
}

int assent_field_number(struct assent_span text, uint64_t *value)
{
    uint64_t number = 0;
    bool too_great = false;

    for (size_t i = 0; i < text.len; i++) {
        uint8_t digit = (uint8_t)(text.ptr[i] - '0');

        if (digit > 9) {
            return ASSENT_ERR_SYNTAX;
        }
        /* without a division of 64 bits, which is a library function on small machines */
        too_great = too_great || number > UINT64_MAX / 10 || number * 10 > UINT64_MAX - digit;
        number = number * 10 + digit;
    }
    if (text.len == 0) {
        return ASSENT_ERR_SYNTAX;
    }
    *value = number;
    return too_great ? ASSENT_ERR_LIMIT : ASSENT_OK;
}

int assent_field_hex(uint8_t digit)
{
    if ((uint8_t)(digit - '0') < 10) {
        return digit - '0';
    }
    digit = assent_span_lower(digit);
    return (uint8_t)(digit - 'a') < 6 ? digit - 'a' + 10 : -1;
}
