/* SPDX-License-Identifier: MIT */
#include "core/head.h"

#include "core/scan.h"

/* tchar of RFC 9110 s. 5.6.2, one bit per byte value below 128. */
static const uint32_t token_bytes[4] = {
    0x00000000, /* controls */
    0x03FF6CFA, /* ! # $ % & ' * + - . 0-9 */
    0xC7FFFFFE, /* A-Z ^ _ */
    0x57FFFFFF, /* ` a-z | ~ */
};

bool assent_head_is_token(uint8_t byte)
{
    return byte < 128 && ((token_bytes[byte >> 5] >> (byte & 31)) & 1) != 0;
}

/* End of the line that starts at head->at: its CR, the only control character but tab in it. */
static int find_line_end(const struct assent_head *head, const uint8_t *from, const uint8_t **cr)
{
    const uint8_t *p = assent_scan_control(from, head->end);

    if (p == head->end) {
        return ASSENT_ERR_MORE;
    }
    if (*p != '\r') {
        return ASSENT_ERR_SYNTAX;
    }
    if (p + 1 == head->end) {
        return ASSENT_ERR_MORE;
    }
    if (p[1] != '\n') {
        return ASSENT_ERR_SYNTAX;
    }
    *cr = p;
    return ASSENT_OK;
}

int assent_head_start(struct assent_head *head, struct assent_span input,
                      struct assent_span *start_line)
{
    const uint8_t *cr;
    int error;

    head->at = input.ptr;
    head->end = input.ptr + input.len;
    if (start_line == NULL) {
        return ASSENT_OK;
    }
    error = find_line_end(head, head->at, &cr);
    if (error != ASSENT_OK) {
        return error;
    }
    *start_line = assent_span(head->at, (size_t)(cr - head->at));
    head->at = cr + 2;
    return start_line->len > 0 ? ASSENT_OK : ASSENT_ERR_SYNTAX;
}

int assent_head_next(struct assent_head *head, struct assent_head_field *field)
{
    const uint8_t *line = head->at;
    const uint8_t *colon = line;
    const uint8_t *cr;
    int error;

    /* Most bytes of names are letters. */
    while (colon < head->end &&
           ((uint8_t)((*colon | 0x20) - 'a') < 26 || assent_head_is_token(*colon))) {
        colon++;
    }
    if (colon == head->end) {
        return ASSENT_ERR_MORE;
    }
    if (colon == line) {
        /* Only the empty line begins with something else than a name: no folding. */
        error = find_line_end(head, line, &cr);
        if (error != ASSENT_OK) {
            return error;
        }
        head->at = cr == line ? line + 2 : line;
        return cr == line ? 0 : ASSENT_ERR_SYNTAX;
    }
    if (*colon != ':') {
        return ASSENT_ERR_SYNTAX;
    }
    error = find_line_end(head, colon + 1, &cr);
    if (error != ASSENT_OK) {
        return error;
    }
    field->name = assent_span(line, (size_t)(colon - line));
    field->value = assent_span_trim(assent_span(colon + 1, (size_t)(cr - colon) - 1));
    field->line = assent_span(line, (size_t)(cr + 2 - line));
    head->at = cr + 2;
    return 1;
}
