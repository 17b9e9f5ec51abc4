/* SPDX-License-Identifier: MIT */
#include "http/response.h"

#include "core/date.h"
#include "core/head.h"
#include "http/response_part.h"

/* The buffer: sent | ptr[start..mark) complete | ptr[mark..end) a head or chunk being written | free.
 * Nothing moves in it; it is used from its front again when all of it has been sent. */

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

static void put_number(struct assent_response *response, uint64_t number)
{
    uint8_t digits[20];
    struct assent_writer w = assent_writer(digits, sizeof(digits));

    assent_writer_decimal(&w, number);
    assent_response_put(response, assent_writer_span(&w));
}

void assent_response_fail(struct assent_response *response, int error)
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

bool assent_response_is_in(struct assent_response *response, enum assent_response_state state)
{
    if (response->state != state || response->value.ptr != NULL) {
        assent_response_fail(response, ASSENT_ERR_STATE);
    }
    return response->state == state;
}

void assent_response_put(struct assent_response *response, struct assent_span bytes)
{
    if (response->state == ASSENT_RESPONSE_FAILED) {
        return;
    }
    if (bytes.len > (size_t)(response->cap - response->end)) {
        assent_response_fail(response, ASSENT_ERR_SPACE);
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

void assent_response_put_text(struct assent_response *response, const char *text)
{
    assent_response_put(response, text_span(text));
}

bool assent_response_names(const char *const *names, struct assent_span name)
{
    for (; *names != NULL; names++) {
        if (assent_span_equal_nocase(name, text_span(*names))) {
            return true;
        }
    }
    return false;
}

bool assent_response_is_token(struct assent_span name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (!assent_head_is_token(name.ptr[i])) {
            return false;
        }
    }
    return name.len > 0;
}

bool assent_response_is_value(struct assent_span value)
{
    for (size_t i = 0; i < value.len; i++) {
        if ((value.ptr[i] < ' ' && value.ptr[i] != '\t') || value.ptr[i] == 0x7F) {
            return false;
        }
    }
    return true;
}

/* ---- the head -------------------------------------------------------------------------------- */

void assent_response_start(struct assent_response *response, unsigned status)
{
    if (!assent_response_is_in(response, ASSENT_RESPONSE_READY)) {
        return;
    }
    if (status < 100 || status > 599) {
        assent_response_fail(response, ASSENT_ERR_RANGE);
        return;
    }
    response->mark = response->end;
    response->status = (uint16_t)status;
    response->dated = false;
    response->state = ASSENT_RESPONSE_HEAD;
    assent_response_put_text(response, "HTTP/1.1 ");
    put_number(response, status);
    assent_response_put_text(response, " ");
    assent_response_put_text(response, assent_response_phrase(status));
    assent_response_put_text(response, "\r\n");
}

/* "Name: ", if the caller may write this field. */
static void put_name(struct assent_response *response, struct assent_span name)
{
    static const char *const ours[] = {"Connection",     "Keep-Alive",        "Proxy-Connection",
                                       "Content-Length", "Transfer-Encoding", NULL};

    if (!assent_response_is_token(name) || assent_response_names(ours, name) ||
        (response->status != 101 && response->status != 426 &&
         assent_span_equal_nocase(name, ASSENT_SPAN("Upgrade")))) {
        assent_response_fail(response, ASSENT_ERR_FORBIDDEN);
        return;
    }
    if (assent_span_equal_nocase(name, ASSENT_SPAN("Date"))) {
        response->dated = true;
    }
    assent_response_put(response, name);
    assent_response_put_text(response, ": ");
}

void assent_response_field(struct assent_response *response, struct assent_span name,
                           struct assent_span value)
{
    if (!assent_response_is_in(response, ASSENT_RESPONSE_HEAD)) {
        return;
    }
    put_name(response, name);
    if (!assent_response_is_value(value)) {
        assent_response_fail(response, ASSENT_ERR_FORBIDDEN);
    }
    assent_response_put(response, value);
    assent_response_put_text(response, "\r\n");
}

void assent_response_text(struct assent_response *response, const char *name, const char *value)
{
    assent_response_field(response, text_span(name), text_span(value));
}

struct assent_writer *assent_response_open(struct assent_response *response, const char *name)
{
    if (assent_response_is_in(response, ASSENT_RESPONSE_HEAD)) {
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
        assent_response_fail(response, ASSENT_ERR_STATE);
        return;
    }
    if (value.error != ASSENT_OK) {
        assent_response_fail(response, value.error);
        return;
    }
    if (!assent_response_is_value(assent_writer_span(&value))) {
        assent_response_fail(response, ASSENT_ERR_FORBIDDEN);
        return;
    }
    response->end = (uint16_t)(response->end + value.len);
    assent_response_put_text(response, "\r\n");
}

void assent_response_attachment(struct assent_response *response, const char *name)
{
    struct assent_writer *value = assent_response_open(response, "Content-Disposition");

    assent_writer_text(value, "attachment; filename=\"");
    assent_writer_text(value, name);
    assent_writer_byte(value, '"');
    assent_response_close(response);
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
        assent_response_fail(response, error != ASSENT_OK ? error : out.error);
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
    assent_response_put_text(response, "Date: ");
    assent_response_put(response, assent_span(date->text, sizeof(date->text)));
    assent_response_put_text(response, "\r\n");
}

/* The lines that are the writer's business, the empty line, the gate.
 *   next  state if all went well */
static int end_head(struct assent_response *response, enum assent_response_state next)
{
    if (response->status >= 200) {
        put_date(response);
        if (!response->keep_alive) {
            assent_response_put_text(response, "Connection: close\r\n");
        } else if (response->minor == 0) {
            assent_response_put_text(response, "Connection: keep-alive\r\n");
        }
    } else if (response->status == 101) {
        assent_response_put_text(response, "Connection: upgrade\r\n");
    }
    assent_response_put_text(response, "\r\n");
    pass_gate(response);
    if (response->state == ASSENT_RESPONSE_HEAD) {
        response->state = (uint8_t)next;
        response->mark = response->end;
    }
    return response->error;
}

int assent_response_interim(struct assent_response *response)
{
    if (assent_response_is_in(response, ASSENT_RESPONSE_HEAD) &&
        (response->status >= 200 || response->status == 101)) {
        assent_response_fail(response, ASSENT_ERR_STATE);
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
    if (assent_response_is_in(response, ASSENT_RESPONSE_HEAD) && response->status < 200 &&
        (response->status != 101 || !upgraded)) {
        assent_response_fail(response, ASSENT_ERR_STATE);
    }
    response->silent = response->head_only || response->status == 204 || response->status == 304;
    return response->state == ASSENT_RESPONSE_HEAD;
}

int assent_response_empty(struct assent_response *response)
{
    if (can_end(response, false) && response->status != 204 && response->status != 304) {
        assent_response_put_text(response, "Content-Length: 0\r\n");
    }
    return end_head(response, ASSENT_RESPONSE_DONE);
}

int assent_response_length(struct assent_response *response, uint64_t length)
{
    if (can_end(response, false) && response->status != 204 && response->status != 304) {
        assent_response_put_text(response, "Content-Length: ");
        put_number(response, length);
        assent_response_put_text(response, "\r\n");
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
        assent_response_put_text(response, "Transfer-Encoding: chunked\r\n");
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
