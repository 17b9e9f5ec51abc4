/* SPDX-License-Identifier: MIT */
#include "http/response.h"

#include "core/date.h"
#include "core/head.h"

/* The buffer: sent | ptr[start..mark) complete | ptr[mark..end) a head or chunk being written | free.
 * Nothing moves in it; it is used from its front again when all of it has been sent. */

/* "0000\r\n" before and "\r\n" behind the content of a chunk. */
enum { CHUNK_HEAD = 6, CHUNK_TAIL = 2, LAST_CHUNK = 3 };

/* Content that stays is sent from where it lies if it is longer, bytes: a copy would take the transport's
 * memory until it is acknowledged. */
enum { BORROW_MIN = 256 };

void assent_response_init(struct assent_response *response, uint8_t *buffer, size_t cap)
{
    *response = (struct assent_response){.ptr = buffer, .cap = (uint16_t)cap};
}

void assent_response_reset(struct assent_response *response, const struct assent_request *request)
{
    response->left = 0;
    response->content_bytes = 0;
    response->value = assent_writer(NULL, 0);
    response->error = ASSENT_OK;
    response->status = 0;
    response->state = ASSENT_RESPONSE_READY;
    response->kind = ASSENT_BODY_NONE;
    response->minor = request != NULL ? request->minor : 1;
    response->head_only = request != NULL && request->method == ASSENT_METHOD_HEAD;
    response->keep_alive = request != NULL && request->keep_alive;
    response->silent = false;
    response->chunk_open = false;
    response->trailing = false;
}

static void fail(struct assent_response *response, int error)
{
    if (response->state == ASSENT_RESPONSE_FAILED) {
        return;
    }
    if (response->state == ASSENT_RESPONSE_HEAD) {
        response->end = response->mark;
        response->status = 0;
    }
    response->error = error;
    response->state = ASSENT_RESPONSE_FAILED;
}

static bool is_in(struct assent_response *response, enum assent_response_state state)
{
    if (response->state != state || response->value.ptr != NULL) {
        fail(response, ASSENT_ERR_STATE);
    }
    return response->state == state;
}

static void put(struct assent_response *response, struct assent_span bytes)
{
    if (response->state == ASSENT_RESPONSE_FAILED) {
        return;
    }
    if (bytes.len > (size_t)(response->cap - response->end)) {
        fail(response, ASSENT_ERR_SPACE);
        return;
    }
    if (bytes.len > 0) {
        memcpy(response->ptr + response->end, bytes.ptr, bytes.len);
        response->end = (uint16_t)(response->end + bytes.len);
    }
}

static struct assent_span text_span(const char *text)
{
    return assent_span(text, strlen(text));
}

static void put_text(struct assent_response *response, const char *text)
{
    put(response, text_span(text));
}

static void put_number(struct assent_response *response, uint64_t number)
{
    uint8_t digits[20];
    struct assent_writer w = assent_writer(digits, sizeof(digits));

    assent_writer_decimal(&w, number);
    put(response, assent_writer_span(&w));
}

/* ---- the head -------------------------------------------------------------------------------- */

void assent_response_start(struct assent_response *response, unsigned status)
{
    if (!is_in(response, ASSENT_RESPONSE_READY)) {
        return;
    }
    if (status < 100 || status > 599) {
        fail(response, ASSENT_ERR_RANGE);
        return;
    }
    response->mark = response->end;
    response->status = (uint16_t)status;
    response->dated = false;
    response->state = ASSENT_RESPONSE_HEAD;
    put_text(response, "HTTP/1.1 ");
    put_number(response, status);
    put_text(response, " ");
    put_text(response, assent_response_phrase(status));
    put_text(response, "\r\n");
}

static bool is_one_of(struct assent_span name, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (assent_span_equal_nocase(name, text_span(*names))) {
            return true;
        }
    }
    return false;
}

static bool is_token(struct assent_span name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (!assent_head_is_token(name.ptr[i])) {
            return false;
        }
    }
    return name.len > 0;
}

static bool is_value(struct assent_span value)
{
    for (size_t i = 0; i < value.len; i++) {
        if ((value.ptr[i] < ' ' && value.ptr[i] != '\t') || value.ptr[i] == 0x7F) {
            return false;
        }
    }
    return true;
}

/* "Name: ", if the caller may write this field. */
static void put_name(struct assent_response *response, struct assent_span name)
{
    static const char *const ours[] = {"Connection",     "Keep-Alive",        "Proxy-Connection",
                                       "Content-Length", "Transfer-Encoding", NULL};

    if (!is_token(name) || is_one_of(name, ours) ||
        (response->status != 101 && response->status != 426 &&
         assent_span_equal_nocase(name, ASSENT_SPAN("Upgrade")))) {
        fail(response, ASSENT_ERR_FORBIDDEN);
        return;
    }
    if (assent_span_equal_nocase(name, ASSENT_SPAN("Date"))) {
        response->dated = true;
    }
    put(response, name);
    put_text(response, ": ");
}

void assent_response_field(struct assent_response *response, struct assent_span name,
                           struct assent_span value)
{
    if (!is_in(response, ASSENT_RESPONSE_HEAD)) {
        return;
    }
    put_name(response, name);
    if (!is_value(value)) {
        fail(response, ASSENT_ERR_FORBIDDEN);
    }
    put(response, value);
    put_text(response, "\r\n");
}

void assent_response_text(struct assent_response *response, const char *name, const char *value)
{
    assent_response_field(response, text_span(name), text_span(value));
}

struct assent_writer *assent_response_open(struct assent_response *response, const char *name)
{
    if (is_in(response, ASSENT_RESPONSE_HEAD)) {
        put_name(response, text_span(name));
    }
    if (response->state == ASSENT_RESPONSE_HEAD) {
        response->value =
            assent_writer(response->ptr + response->end, (size_t)(response->cap - response->end));
    } else {
        response->value = assent_writer(NULL, 0);
    }
    return &response->value;
}

void assent_response_close(struct assent_response *response)
{
    struct assent_writer value = response->value;

    response->value = assent_writer(NULL, 0);
    if (value.ptr == NULL) {
        fail(response, ASSENT_ERR_STATE);
        return;
    }
    if (value.error != ASSENT_OK) {
        fail(response, value.error);
        return;
    }
    if (!is_value(assent_writer_span(&value))) {
        fail(response, ASSENT_ERR_FORBIDDEN);
        return;
    }
    response->end = (uint16_t)(response->end + value.len);
    put_text(response, "\r\n");
}

/* Hand the complete head to the gate, which writes what goes out in its place. */
static void pass_gate(struct assent_response *response)
{
    size_t len = (size_t)(response->end - response->mark);
    uint8_t *moved = response->ptr + response->cap - len;
    struct assent_writer out =
        assent_writer(response->ptr + response->mark, response->cap - len - response->mark);
    int error;

    if (response->gate == NULL || response->state != ASSENT_RESPONSE_HEAD) {
        return;
    }
    memmove(moved, response->ptr + response->mark, len);
    error = response->gate(response->gate_context, assent_span(moved, len), &out);
    if (error != ASSENT_OK || out.error != ASSENT_OK) {
        fail(response, error != ASSENT_OK ? error : out.error);
        return;
    }
    response->end = (uint16_t)(response->mark + out.len);
}

static void put_date(struct assent_response *response)
{
    struct assent_time now = {0, ASSENT_CLOCK_NONE};
    struct assent_response_date once = {0};
    struct assent_response_date *date = response->date != NULL ? response->date : &once;

    if (response->clock != NULL && !response->dated) {
        now = response->clock->now(response->clock->ctx);
    }
    if (now.trust < ASSENT_CLOCK_SET) {
        return;
    }
    if (date->text[0] == 0 || date->unix_s != now.unix_s) {
        struct assent_writer w = assent_writer(date->text, sizeof(date->text));

        assent_date_write_imf(&w, now.unix_s);
        date->unix_s = now.unix_s;
    }
    put_text(response, "Date: ");
    put(response, assent_span(date->text, sizeof(date->text)));
    put_text(response, "\r\n");
}

/* The lines that are the writer's business, the empty line, the gate.
 *   next  state if all went well */
static int end_head(struct assent_response *response, enum assent_response_state next)
{
    if (response->status >= 200) {
        put_date(response);
        if (!response->keep_alive) {
            put_text(response, "Connection: close\r\n");
        } else if (response->minor == 0) {
            put_text(response, "Connection: keep-alive\r\n");
        }
    } else if (response->status == 101) {
        put_text(response, "Connection: upgrade\r\n");
    }
    put_text(response, "\r\n");
    pass_gate(response);
    if (response->state == ASSENT_RESPONSE_HEAD) {
        response->state = (uint8_t)next;
        response->mark = response->end;
    }
    return response->error;
}

int assent_response_interim(struct assent_response *response)
{
    if (is_in(response, ASSENT_RESPONSE_HEAD) &&
        (response->status >= 200 || response->status == 101)) {
        fail(response, ASSENT_ERR_STATE);
    }
    if (response->minor == 0 && response->state == ASSENT_RESPONSE_HEAD) {
        response->end = response->mark;
        response->state = ASSENT_RESPONSE_READY;
    } else {
        (void)end_head(response, ASSENT_RESPONSE_READY);
    }
    response->status = 0;
    return response->error;
}

/* Whether the head of a final response can end now; decides about silence. */
static bool can_end(struct assent_response *response, bool upgraded)
{
    if (is_in(response, ASSENT_RESPONSE_HEAD) && response->status < 200 &&
        (response->status != 101 || !upgraded)) {
        fail(response, ASSENT_ERR_STATE);
    }
    response->silent = response->head_only || response->status == 204 || response->status == 304;
    return response->state == ASSENT_RESPONSE_HEAD;
}

int assent_response_empty(struct assent_response *response)
{
    if (can_end(response, false) && response->status != 204 && response->status != 304) {
        put_text(response, "Content-Length: 0\r\n");
    }
    return end_head(response, ASSENT_RESPONSE_DONE);
}

int assent_response_length(struct assent_response *response, uint64_t length)
{
    if (can_end(response, false) && response->status != 204 && response->status != 304) {
        put_text(response, "Content-Length: ");
        put_number(response, length);
        put_text(response, "\r\n");
    }
    response->kind = ASSENT_BODY_LENGTH;
    response->left = length;
    return end_head(response, ASSENT_RESPONSE_BODY);
}

int assent_response_chunked(struct assent_response *response)
{
    if (response->minor == 0) {
        return assent_response_until_close(response);
    }
    if (can_end(response, false) && !response->silent) {
        put_text(response, "Transfer-Encoding: chunked\r\n");
    }
    response->kind = ASSENT_BODY_CHUNKED;
    return end_head(response, ASSENT_RESPONSE_BODY);
}

int assent_response_until_close(struct assent_response *response)
{
    if (can_end(response, true) && !response->silent) {
        response->keep_alive = false;
    }
    response->kind = ASSENT_BODY_CLOSE;
    return end_head(response, ASSENT_RESPONSE_BODY);
}

/* ---- content --------------------------------------------------------------------------------- */

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
    put_text(response, "\r\n");
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

    if (!is_in(response, ASSENT_RESPONSE_BODY)) {
        return 0;
    }
    if (response->trailing ||
        (!response->silent && response->kind == ASSENT_BODY_LENGTH && bytes.len > response->left)) {
        fail(response, ASSENT_ERR_STATE);
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
        put_text(response, "0000\r\n");
    }
    put(response, bytes);
    return bytes.len;
}

void assent_response_borrow(struct assent_response *response, struct assent_span bytes)
{
    if (!is_in(response, ASSENT_RESPONSE_BODY)) {
        return;
    }
    if (response->kind != ASSENT_BODY_LENGTH || (bytes.len != response->left)) {
        fail(response, ASSENT_ERR_STATE);
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
        put_text(response, "0\r\n");
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
    if (!is_token(name) || !is_value(value) || is_one_of(name, never)) {
        return ASSENT_ERR_FORBIDDEN;
    }
    if (response->silent) {
        return ASSENT_OK;
    }
    error = put_last_chunk(response, name.len + 2 + value.len + 2 + 2);
    if (error == ASSENT_OK) {
        put(response, name);
        put_text(response, ": ");
        put(response, value);
        put_text(response, "\r\n");
    }
    return error;
}

int assent_response_end(struct assent_response *response)
{
    if (!is_in(response, ASSENT_RESPONSE_BODY)) {
        return response->error;
    }
    if (!response->silent && response->kind == ASSENT_BODY_LENGTH && response->left > 0) {
        fail(response, ASSENT_ERR_STATE);
        return response->error;
    }
    if (!response->silent && response->kind == ASSENT_BODY_CHUNKED) {
        int error = put_last_chunk(response, 2);

        if (error != ASSENT_OK) {
            return error;
        }
        put_text(response, "\r\n");
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
