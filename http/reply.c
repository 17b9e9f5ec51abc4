/* SPDX-License-Identifier: MIT */
#include "http/reply.h"

#include "core/words.h"
#include "http/field.h"

enum { START_BYTES = 12 }; /* "HTTP/1.1 200" */

static int read_start(struct assent_reply *reply, struct assent_span start)
{
    unsigned status = 0;

    if (start.len < START_BYTES || !assent_span_starts(start, ASSENT_SPAN("HTTP/"))) {
        return ASSENT_ERR_SYNTAX;
    }
    if (start.ptr[5] != '1' || start.ptr[6] != '.' || start.ptr[7] < '0' || start.ptr[7] > '9') {
        return ASSENT_ERR_VERSION;
    }
    /* The space behind the status may be missing with an empty phrase, as many send it. */
    if (start.ptr[8] != ' ' || (start.len > START_BYTES && start.ptr[START_BYTES] != ' ')) {
        return ASSENT_ERR_SYNTAX;
    }
    for (unsigned i = 9; i < START_BYTES; i++) {
        if (start.ptr[i] < '0' || start.ptr[i] > '9') {
            return ASSENT_ERR_SYNTAX;
        }
        status = status * 10 + (unsigned)(start.ptr[i] - '0');
    }
    reply->status = (uint16_t)status;
    reply->minor = start.ptr[7] == '0' ? 0 : 1; /* a later one is understood as 1.1 */
    return status >= 100 && status <= 599 ? ASSENT_OK : ASSENT_ERR_RANGE;
}

struct framing {
    bool coding;
    bool close;
    bool keep_alive;
};

static int read_field(struct assent_reply *reply, struct framing *framing,
                      const struct assent_head_field *field)
{
    if (assent_span_equal_nocase(field->name, ASSENT_SPAN("content-length"))) {
        if (reply->has_length) {
            return ASSENT_ERR_SYNTAX;
        }
        reply->has_length = true;
        return assent_field_number(field->value, &reply->content_length) == ASSENT_OK
                   ? ASSENT_OK
                   : ASSENT_ERR_SYNTAX;
    }
    if (assent_span_equal_nocase(field->name, ASSENT_SPAN("transfer-encoding"))) {
        if (framing->coding) {
            return ASSENT_ERR_SYNTAX;
        }
        framing->coding = true;
        return assent_span_equal_nocase(field->value, ASSENT_SPAN("chunked"))
                   ? ASSENT_OK
                   : ASSENT_ERR_FORBIDDEN;
    }
    if (assent_span_equal_nocase(field->name, ASSENT_SPAN("connection"))) {
        framing->close = framing->close || assent_field_has(field->value, ASSENT_SPAN("close"));
        framing->keep_alive =
            framing->keep_alive || assent_field_has(field->value, ASSENT_SPAN("keep-alive"));
    }
    return ASSENT_OK;
}

/* RFC 9112 s. 6.3 */
static int frame(struct assent_reply *reply, const struct framing *framing, bool head_only)
{
    bool empty = head_only || reply->status < 200 || reply->status == 204 || reply->status == 304;

    if (framing->coding && (reply->has_length || reply->minor == 0)) {
        return ASSENT_ERR_SYNTAX;
    }
    reply->body = (uint8_t)(empty               ? ASSENT_BODY_NONE
                            : framing->coding   ? ASSENT_BODY_CHUNKED
                            : reply->has_length ? ASSENT_BODY_LENGTH
                                                : ASSENT_BODY_CLOSE);
    reply->keep_alive = !framing->close && reply->body != ASSENT_BODY_CLOSE &&
                        (reply->minor == 1 || framing->keep_alive);
    return ASSENT_OK;
}

int assent_reply_parse(struct assent_reply *reply, struct assent_span input, bool head_only)
{
    struct framing framing = {false, false, false};
    struct assent_span start = assent_span(NULL, 0);
    struct assent_head head;
    struct assent_head_field field;
    int result = assent_head_start(&head, input, &start);

    *reply = (struct assent_reply){0};
    if (result == ASSENT_OK) {
        result = read_start(reply, start);
    }
    if (result != ASSENT_OK) {
        return result;
    }
    reply->fields = head;
    while ((result = assent_head_next(&head, &field)) == 1) {
        int error = read_field(reply, &framing, &field);

        if (error != ASSENT_OK) {
            return error;
        }
    }
    if (result != 0) {
        return result;
    }
    reply->head_bytes = (size_t)(head.at - input.ptr);
    return frame(reply, &framing, head_only);
}

static bool is_connection(const struct assent_head_field *field)
{
    return assent_span_equal_nocase(field->name, ASSENT_SPAN("connection"));
}

struct assent_reply_hops assent_reply_hops(struct assent_head fields)
{
    struct assent_reply_hops hops = {.more = {.at = fields.end, .end = fields.end}};
    struct assent_head behind = fields;
    struct assent_head_field field;
    unsigned count = 0;

    while (assent_head_next(&fields, &field) == 1) {
        if (!is_connection(&field)) {
            continue;
        }
        if (count++ == 0) {
            hops.named = field.value;
            behind = fields;
        } else {
            hops.more = behind;
        }
    }
    return hops;
}

/* Whether a field has one of the names that are known. */
static bool is_known_hop(struct assent_span name)
{
    static const char hops[] = "connection\0"
                               "keep-alive\0"
                               "proxy-connection\0"
                               "te\0"
                               "trailer\0"
                               "transfer-encoding\0"
                               "upgrade\0"
                               "proxy-authenticate\0"
                               "proxy-authorization\0"
                               "proxy-authentication-info\0";
    uint8_t first = name.len > 0 ? assent_span_lower(name.ptr[0]) : 0;

    /* Most names do not even begin like one of them. */
    return (first == 'c' || first == 'k' || first == 'p' || first == 't' || first == 'u') &&
           assent_words_find(hops, name) < 10;
}

bool assent_reply_is_hop(const struct assent_reply_hops *hops, struct assent_span name)
{
    struct assent_head more = hops->more;
    struct assent_head_field field;

    if (is_known_hop(name) || assent_field_has(hops->named, name)) {
        return true;
    }
    while (assent_head_next(&more, &field) == 1) {
        if (is_connection(&field) && assent_field_has(field.value, name)) {
            return true;
        }
    }
    return false;
}
