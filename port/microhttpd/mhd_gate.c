/* SPDX-License-Identifier: MIT */
#include "port/microhttpd/mhd_gate.h"

#include <netinet/in.h>
#include <string.h>

#include "core/cookie.h"

enum { ANSWER_BLOCK_BYTES = 4096, FIELD_NAME_BYTES = 128 };

/* ---- the request ---- */

static struct assent_span text_span(const char *text)
{
    return assent_span(text, text != NULL ? strlen(text) : 0);
}

static enum MHD_Result add_field(void *ctx, enum MHD_ValueKind kind, const char *name,
                                 const char *value)
{
    (void)kind;
    assent_kit_field(ctx, text_span(name), text_span(value));
    return MHD_YES;
}

static bool write_head(struct mhd_gate_exchange *x, struct MHD_Connection *connection,
                       const char *method, const char *version)
{
    struct assent_writer w = assent_writer(x->head, sizeof(x->head));

    if (x->target_len >= sizeof(x->target)) {
        return false;
    }
    assent_kit_start(&w, method, x->target, version);
    (void)MHD_get_connection_values(connection, MHD_HEADER_KIND, add_field, &w);
    assent_kit_end(&w);
    x->head_len = w.len;
    return w.error == ASSENT_OK;
}

static struct assent_kit_client client_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *address =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    struct assent_kit_client client = {
        .https = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_PROTOCOL) != NULL};

    if (address != NULL && address->client_addr->sa_family == AF_INET) {
        const void *any = address->client_addr;
        const struct sockaddr_in *in = any;

        memcpy(client.peer, &in->sin_addr, sizeof(in->sin_addr));
    } else if (address != NULL && address->client_addr->sa_family == AF_INET6) {
        const void *any = address->client_addr;
        const struct sockaddr_in6 *in = any;

        memcpy(client.peer, &in->sin6_addr, sizeof(client.peer));
    }
    return client;
}

/* Replace a text of the library's where it lies: its memory is the connection's and can be written,
 * whatever its type says. What is longer than the text that was there is dropped. */
static void replace(const char *text, size_t len, struct assent_span value)
{
    char *bytes;
    size_t kept = value.len <= len ? value.len : 0;

    memcpy(&bytes, &text, sizeof(bytes));
    if (bytes != NULL) {
        if (kept > 0) {
            memmove(bytes, value.ptr, kept);
        }
        memset(bytes + kept, 0, len - kept);
    }
}

struct rewriting {
    struct mhd_gate_exchange *x;
    unsigned cookies; /* lines seen */
};

static enum MHD_Result rewrite_field(void *ctx, enum MHD_ValueKind kind, const char *name,
                                     size_t name_len, const char *value, size_t value_len)
{
    struct rewriting *r = ctx;
    struct assent_span field = assent_span(name, name_len);

    (void)kind;
    if (assent_span_equal_nocase(field, ASSENT_SPAN("cookie"))) {
        replace(value, value_len, assent_kit_value(&r->x->kit, field, r->cookies++));
    } else if (assent_kit_value(&r->x->kit, field, 0).ptr == NULL) {
        replace(value, value_len, assent_span(NULL, 0));
    }
    return MHD_YES;
}

static enum MHD_Result rewrite_cookie(void *ctx, enum MHD_ValueKind kind, const char *name,
                                      size_t name_len, const char *value, size_t value_len)
{
    struct rewriting *r = ctx;
    struct assent_span kept;

    (void)kind;
    for (unsigned i = 0; i < r->cookies; i++) {
        if (assent_cookie_find(assent_kit_value(&r->x->kit, ASSENT_SPAN("cookie"), i),
                               assent_span(name, name_len), &kept)) {
            return MHD_YES;
        }
    }
    replace(name, name_len, assent_span(NULL, 0));
    replace(value, value_len, assent_span(NULL, 0));
    return MHD_YES;
}

/* Pass the gate.
 *   return  0, or the status to refuse the request with */
static unsigned filter(struct mhd_gate_exchange *x, struct MHD_Connection *connection,
                       const char *method, const char *version)
{
    struct assent_kit_client client = client_of(connection);
    struct rewriting rewriting = {x, 0};

    if (!write_head(x, connection, method, version)) {
        return 431;
    }
    if (assent_kit_request(x->gate->kit, &x->kit, &client, x->head, x->head_len) < 0) {
        return x->kit.status;
    }
    x->filtered = true;
    (void)MHD_get_connection_values_n(connection, MHD_HEADER_KIND, rewrite_field, &rewriting);
    (void)MHD_get_connection_values_n(connection, MHD_COOKIE_KIND, rewrite_cookie, &rewriting);
    return 0;
}

/* ---- the answer ---- */

/* Fields that are the library's own. */
static bool is_framing(struct assent_span name)
{
    return assent_span_equal_nocase(name, ASSENT_SPAN("connection")) ||
           assent_span_equal_nocase(name, ASSENT_SPAN("content-length")) ||
           assent_span_equal_nocase(name, ASSENT_SPAN("transfer-encoding"));
}

/* Take each field of a head out of a response, or add it. */
static bool apply(struct MHD_Response *response, struct assent_span text, bool add)
{
    char name[FIELD_NAME_BYTES];
    char value[MHD_GATE_HEAD_BYTES];
    struct assent_span start;
    struct assent_head head;
    struct assent_head_field field;
    bool ok = assent_head_start(&head, text, &start) == ASSENT_OK;

    while (ok && assent_head_next(&head, &field) == 1) {
        if (is_framing(field.name)) {
            continue;
        }
        if (field.name.len >= sizeof(name) || field.value.len >= sizeof(value)) {
            return false;
        }
        memcpy(name, field.name.ptr, field.name.len);
        name[field.name.len] = '\0';
        if (field.value.len > 0) {
            memcpy(value, field.value.ptr, field.value.len);
        }
        value[field.value.len] = '\0';
        ok = (add ? MHD_add_response_header(response, name, value)
                  : MHD_del_response_header(response, name, value)) == MHD_YES;
    }
    return ok;
}

enum MHD_Result mhd_gate_queue(struct mhd_gate_exchange *x, struct MHD_Connection *connection,
                               unsigned status, struct MHD_Response *response)
{
    uint8_t before[MHD_GATE_HEAD_BYTES];
    uint8_t behind[MHD_GATE_HEAD_BYTES];
    struct assent_writer in = assent_writer(before, sizeof(before));
    struct assent_writer out = assent_writer(behind, sizeof(behind));

    assent_kit_start_answer(&in, status);
    (void)MHD_get_response_headers(response, add_field, &in);
    assent_kit_end(&in);
    if (in.error != ASSENT_OK ||
        assent_kit_response(&x->kit, false, assent_writer_span(&in), &out) != ASSENT_OK ||
        !apply(response, assent_writer_span(&in), false) ||
        !apply(response, assent_writer_span(&out), true)) {
        return MHD_NO;
    }
    return MHD_queue_response(connection, status, response);
}

static ssize_t read_content(void *ctx, uint64_t at, char *out, size_t cap)
{
    struct mhd_gate_exchange *x = ctx;
    int len = assent_kit_read(&x->kit, (uint8_t *)out, cap);

    (void)at;
    return len > 0    ? len
           : len == 0 ? MHD_CONTENT_READER_END_OF_STREAM
                      : MHD_CONTENT_READER_END_WITH_ERROR;
}

static enum MHD_Result answer(struct mhd_gate_exchange *x, struct MHD_Connection *connection)
{
    struct MHD_Response *response = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, ANSWER_BLOCK_BYTES, read_content, x, NULL);
    enum MHD_Result result = MHD_NO;

    if (response != NULL && apply(response, x->kit.head, true)) {
        result = MHD_queue_response(connection, x->kit.response.status, response);
    }
    if (response != NULL) {
        MHD_destroy_response(response);
    }
    return result;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned status)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    enum MHD_Result result = MHD_NO;

    if (response != NULL) {
        result = MHD_queue_response(connection, status, response);
        MHD_destroy_response(response);
    }
    return result;
}

/* ---- callbacks of the library ---- */

void *mhd_gate_begin(void *ctx, const char *uri, struct MHD_Connection *connection)
{
    struct mhd_gate *gate = ctx;

    (void)connection;
    for (unsigned i = 0; i < MHD_GATE_EXCHANGES; i++) {
        struct mhd_gate_exchange *x = &gate->exchanges[i];

        if (x->gate == NULL) {
            x->gate = gate;
            x->user = NULL;
            x->body_len = 0;
            x->body_bytes = 0;
            x->filtered = false;
            x->target_len = strlen(uri);
            if (x->target_len < sizeof(x->target)) {
                memcpy(x->target, uri, x->target_len + 1);
            }
            return x;
        }
    }
    return NULL;
}

static void keep_body(struct mhd_gate_exchange *x, const char *data, size_t *len)
{
    size_t room = sizeof(x->body) - x->body_len;
    size_t kept = *len < room ? *len : room;

    memcpy(x->body + x->body_len, data, kept);
    x->body_len += kept;
    x->body_bytes += *len;
    *len = 0;
}

enum MHD_Result mhd_gate_handle(void *ctx, struct MHD_Connection *connection, const char *url,
                                const char *method, const char *version, const char *data,
                                size_t *len, void **user)
{
    struct mhd_gate *gate = ctx;
    struct mhd_gate_exchange *x = *user;
    bool first = x != NULL && !x->filtered;

    if (x == NULL) {
        return refuse(connection, 503);
    }
    if (first) {
        unsigned status = filter(x, connection, method, version);

        if (status != 0) {
            return refuse(connection, status);
        }
    }
    if (!assent_kit_owns(&x->kit)) {
        return gate->handler(gate->ctx, connection, url, method, version, data, len, &x->user);
    }
    if (*len > 0) {
        keep_body(x, data, len);
        return MHD_YES;
    }
    if (first) {
        return MHD_YES; /* the content comes, or the same call again */
    }
    if (!assent_kit_answer(&x->kit, assent_span(x->body, x->body_len), x->body_bytes)) {
        return MHD_NO;
    }
    return answer(x, connection);
}

void mhd_gate_complete(void *ctx, struct MHD_Connection *connection, void **user,
                       enum MHD_RequestTerminationCode code)
{
    struct mhd_gate *gate = ctx;
    struct mhd_gate_exchange *x = *user;

    (void)connection;
    (void)code;
    if (x != NULL) {
        x->gate = NULL;
        assent_kit_idle(gate->kit);
    }
}

struct mhd_gate_exchange *mhd_gate_exchange(void **user)
{
    void *start = (char *)(void *)user - offsetof(struct mhd_gate_exchange, user);

    return start;
}
