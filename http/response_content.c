/* SPDX-License-Identifier: MIT */
/* The content of a response: its framing, its trailers, and what is to be sent. */
#include "http/response_part.h"

/* "0000\r\n" before and "\r\n" behind the content of a chunk. */
enum { CHUNK_HEAD = 6, CHUNK_TAIL = 2, LAST_CHUNK = 3 };

/* Content that stays is sent from where it lies if it is longer, bytes: a copy would take the transport's
 * memory until it is acknowledged. */
enum { BORROW_MIN = 256 };

/* Fill in the size of the open chunk and end it. Its CRLF has been kept free. */
static void close_chunk(struct assent_response *response)
{
    size_t len = (size_t)(response->end - response->mark - CHUNK_HEAD);

    if (!response->chunk_open) {
        return;
    }
    for (unsigned i = 0; i < 4; i++) {
        response->ptr[response->mark + i] =
            (uint8_t) "0123456789abcdef"[(len >> (12 - 4 * i)) & 15];
    }
    response->chunk_open = false;
    assent_response_put_text(response, "\r\n");
    response->mark = response->end;
}

size_t assent_response_room(const struct assent_response *response)
{
    size_t room = (size_t)(response->cap - response->end);
    size_t framing = 0;

    if (response->state != ASSENT_RESPONSE_BODY || response->trailing) {
        return 0;
    }
    if (response->silent) {
        return response->cap;
    }
    if (response->kind == ASSENT_BODY_CHUNKED) {
        framing = response->chunk_open ? CHUNK_TAIL : CHUNK_HEAD + CHUNK_TAIL;
    }
    room = room > framing ? room - framing : 0;
    if (response->kind == ASSENT_BODY_LENGTH && room > response->left) {
        room = (size_t)response->left;
    }
    return room;
}

size_t assent_response_write(struct assent_response *response, struct assent_span bytes)
{
    size_t room;

    if (!assent_response_is_in(response, ASSENT_RESPONSE_BODY)) {
        return 0;
    }
    if (response->trailing ||
        (!response->silent && response->kind == ASSENT_BODY_LENGTH && bytes.len > response->left)) {
        assent_response_fail(response, ASSENT_ERR_STATE);
        return 0;
    }
    room = response->silent ? bytes.len : assent_response_room(response);
    bytes.len = bytes.len < room ? bytes.len : room;
    response->content_bytes += bytes.len;
    if (response->silent || bytes.len == 0) {
        return bytes.len;
    }
    if (response->kind == ASSENT_BODY_LENGTH) {
        response->left -= bytes.len;
    } else if (response->kind == ASSENT_BODY_CHUNKED && !response->chunk_open) {
        response->chunk_open = true;
        response->mark = response->end;
        assent_response_put_text(response, "0000\r\n");
    }
    assent_response_put(response, bytes);
    return bytes.len;
}

void assent_response_borrow(struct assent_response *response, struct assent_span bytes)
{
    if (!assent_response_is_in(response, ASSENT_RESPONSE_BODY)) {
        return;
    }
    if (response->kind != ASSENT_BODY_LENGTH || (bytes.len != response->left)) {
        assent_response_fail(response, ASSENT_ERR_STATE);
        return;
    }
    if (response->silent ||
        (bytes.len <= BORROW_MIN && bytes.len <= assent_response_room(response))) {
        (void)assent_response_write(response, bytes); /* not worth a piece of its own */
        return;
    }
    response->content_bytes += bytes.len;
    response->left = 0;
    response->fixed = bytes;
}

/* End the content of a chunked body, if the room is there for it and for so many bytes behind. */
static int put_last_chunk(struct assent_response *response, size_t more)
{
    size_t need =
        more + (response->chunk_open ? CHUNK_TAIL : 0) + (response->trailing ? 0 : LAST_CHUNK);

    if (need > (size_t)(response->cap - response->end)) {
        return ASSENT_ERR_SPACE;
    }
    close_chunk(response);
    if (!response->trailing) {
        assent_response_put_text(response, "0\r\n");
        response->trailing = true;
    }
    return ASSENT_OK;
}

int assent_response_trailer(struct assent_response *response, struct assent_span name,
                            struct assent_span value)
{
    /* RFC 9110 s. 6.5.1, as far as a name can do harm behind the content. */
    static const char *const never[] = {"Connection",
                                        "Content-Length",
                                        "Transfer-Encoding",
                                        "Trailer",
                                        "Host",
                                        "Set-Cookie",
                                        "Set-Cookie2",
                                        "Cookie",
                                        "Authorization",
                                        "Location",
                                        "Cache-Control",
                                        "Content-Encoding",
                                        "Content-Type",
                                        "WWW-Authenticate",
                                        "Vary",
                                        "Expires",
                                        "Content-Range",
                                        "Clear-Site-Data",
                                        NULL};
    int error;

    if (response->state != ASSENT_RESPONSE_BODY || response->kind != ASSENT_BODY_CHUNKED) {
        return ASSENT_ERR_STATE;
    }
    if (!assent_response_is_token(name) || !assent_response_is_value(value) ||
        assent_response_names(never, name)) {
        return ASSENT_ERR_FORBIDDEN;
    }
    if (response->silent) {
        return ASSENT_OK;
    }
    error = put_last_chunk(response, name.len + 2 + value.len + 2 + 2);
    if (error == ASSENT_OK) {
        assent_response_put(response, name);
        assent_response_put_text(response, ": ");
        assent_response_put(response, value);
        assent_response_put_text(response, "\r\n");
    }
    return error;
}

int assent_response_end(struct assent_response *response)
{
    if (!assent_response_is_in(response, ASSENT_RESPONSE_BODY)) {
        return response->error;
    }
    if (!response->silent && response->kind == ASSENT_BODY_LENGTH && response->left > 0) {
        assent_response_fail(response, ASSENT_ERR_STATE);
        return response->error;
    }
    if (!response->silent && response->kind == ASSENT_BODY_CHUNKED) {
        int error = put_last_chunk(response, 2);

        if (error != ASSENT_OK) {
            return error;
        }
        assent_response_put_text(response, "\r\n");
    }
    response->state = ASSENT_RESPONSE_DONE;
    return ASSENT_OK;
}

/* ---- sending --------------------------------------------------------------------------------- */

const uint8_t *assent_response_pending(struct assent_response *response, size_t *len, bool *fixed)
{
    uint16_t end;

    close_chunk(response);
    end = response->state == ASSENT_RESPONSE_HEAD ? response->mark : response->end;
    *fixed = false;
    *len = (size_t)(end - response->start);
    if (*len > 0) {
        return response->ptr + response->start;
    }
    *fixed = response->fixed.len > 0;
    *len = response->fixed.len;
    return *fixed ? response->fixed.ptr : NULL;
}

void assent_response_sent(struct assent_response *response, size_t len)
{
    size_t unsent = (size_t)(response->end - response->start);
    size_t buffered = len < unsent ? len : unsent;

    response->start = (uint16_t)(response->start + buffered);
    response->fixed = assent_span_slice(response->fixed, len - buffered, response->fixed.len);
    if (response->start == response->end) {
        response->start = 0;
        response->end = 0;
        response->mark = 0;
    }
}
