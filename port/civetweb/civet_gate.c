/* SPDX-License-Identifier: MIT */
#include "port/civetweb/civet_gate.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum { TARGET_BYTES = 4096, BLOCK_BYTES = 2048 };

static struct civet_gate *gate_of(const struct mg_connection *connection)
{
    return mg_get_user_data(mg_get_context(connection));
}

static struct assent_span text_span(const char *text)
{
    return assent_span(text, text != NULL ? strlen(text) : 0);
}

/* ---- the request ---- */

/* The path again as it was sent: the library has decoded it in place. */
static void write_target(struct assent_writer *w, const struct mg_request_info *info)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-._~!$&'()*+,;=:@/";

    for (struct assent_span rest = text_span(info->request_uri); rest.len > 0;
         rest = assent_span_slice(rest, 1, rest.len)) {
        if (memchr(plain, rest.ptr[0], sizeof(plain) - 1) != NULL) {
            assent_writer_byte(w, rest.ptr[0]);
        } else {
            assent_writer_byte(w, '%');
            assent_writer_hex(w, assent_span_slice(rest, 0, 1));
        }
    }
    if (info->query_string != NULL) {
        assent_writer_byte(w, '?');
        assent_writer_text(w, info->query_string);
    }
    assent_writer_byte(w, '\0');
}

static int write_head(struct assent_writer *w, const struct mg_request_info *info)
{
    char target[TARGET_BYTES];
    char version[16];
    struct assent_writer t = assent_writer(target, sizeof(target));

    write_target(&t, info);
    if (t.error != ASSENT_OK) {
        return t.error;
    }
    (void)snprintf(version, sizeof(version), "HTTP/%.8s", info->http_version);
    assent_kit_start(w, info->request_method, target, version);
    for (int i = 0; i < info->num_headers; i++) {
        assent_kit_field(w, text_span(info->http_headers[i].name),
                         text_span(info->http_headers[i].value));
    }
    assent_kit_end(w);
    return w->error;
}

/* Replace a value of the library's where it lies: its memory is the connection's and can be written,
 * whatever its type says. What is longer than the value that was there is dropped. */
static void replace(const char *text, struct assent_span value)
{
    char *bytes;
    size_t len = strlen(text);
    size_t kept = value.len <= len ? value.len : 0;

    memcpy(&bytes, &text, sizeof(bytes));
    if (kept > 0) {
        memmove(bytes, value.ptr, kept);
    }
    memset(bytes + kept, 0, len - kept);
}

static void rewrite(const struct civet_gate_exchange *x, const struct mg_request_info *info)
{
    unsigned cookies = 0;

    for (int i = 0; i < info->num_headers; i++) {
        struct assent_span name = text_span(info->http_headers[i].name);

        if (assent_span_equal_nocase(name, ASSENT_SPAN("cookie"))) {
            replace(info->http_headers[i].value, assent_kit_value(&x->kit, name, cookies++));
        } else if (assent_kit_value(&x->kit, name, 0).ptr == NULL) {
            replace(info->http_headers[i].value, assent_span(NULL, 0));
        }
    }
}

static struct assent_kit_client client_of(const struct mg_request_info *info)
{
    struct assent_kit_client client = {.https = info->is_ssl != 0};

    if (inet_pton(AF_INET, info->remote_addr, client.peer) != 1) {
        (void)inet_pton(AF_INET6, info->remote_addr, client.peer);
    }
    return client;
}

/* ---- the consent application's answers ---- */

static void send_head(struct mg_connection *connection, struct assent_span head)
{
    mg_disable_connection_keep_alive(connection);
    mg_write(connection, head.ptr, head.len - 2);
    mg_printf(connection, "Connection: close\r\n\r\n");
}

static void send_answer(struct civet_gate *gate, struct civet_gate_exchange *x,
                        struct mg_connection *connection)
{
    uint8_t block[BLOCK_BYTES];
    int len;

    send_head(connection, x->kit.head);
    do {
        (void)pthread_mutex_lock(&gate->lock);
        len = assent_kit_read(&x->kit, block, sizeof(block));
        (void)pthread_mutex_unlock(&gate->lock);
    } while (len > 0 && mg_write(connection, block, (size_t)len) == len);
}

static void answer(struct civet_gate *gate, struct civet_gate_exchange *x,
                   struct mg_connection *connection)
{
    uint8_t rest[BLOCK_BYTES];
    uint64_t all = 0;
    size_t kept = 0;
    int len;

    while (kept < sizeof(x->body) &&
           (len = mg_read(connection, x->body + kept, sizeof(x->body) - kept)) > 0) {
        kept += (size_t)len;
    }
    all = kept;
    while (kept == sizeof(x->body) && (len = mg_read(connection, rest, sizeof(rest))) > 0) {
        all += (size_t)len;
    }
    (void)pthread_mutex_lock(&gate->lock);
    (void)assent_kit_answer(&x->kit, assent_span(x->body, kept), all);
    (void)pthread_mutex_unlock(&gate->lock);
    send_answer(gate, x, connection);
}

/* ---- callbacks of the library ---- */

static struct civet_gate_exchange *take(struct civet_gate *gate)
{
    for (unsigned i = 0; i < CIVET_GATE_EXCHANGES; i++) {
        if (!gate->exchanges[i].used) {
            gate->exchanges[i].used = true;
            return &gate->exchanges[i];
        }
    }
    return NULL;
}

/* Pass the gate.
 *   return  0, or the status to refuse the request with */
static unsigned filter(struct civet_gate *gate, struct civet_gate_exchange *x,
                       const struct mg_request_info *info)
{
    struct assent_writer w = assent_writer(x->head, sizeof(x->head));
    struct assent_kit_client client = client_of(info);
    int error = write_head(&w, info);

    if (error != ASSENT_OK) {
        return error == ASSENT_ERR_SPACE ? 431 : 400;
    }
    if (assent_kit_request(gate->kit, &x->kit, &client, x->head, w.len) < 0) {
        return x->kit.status;
    }
    rewrite(x, info);
    return 0;
}

int civet_gate_begin(struct mg_connection *connection)
{
    struct civet_gate *gate = gate_of(connection);
    struct civet_gate_exchange *x;
    unsigned status = 503;

    (void)pthread_mutex_lock(&gate->lock);
    x = take(gate);
    if (x != NULL) {
        status = filter(gate, x, mg_get_request_info(connection));
    }
    (void)pthread_mutex_unlock(&gate->lock);
    mg_set_user_connection_data(connection, x);
    if (status != 0) {
        mg_printf(connection, "HTTP/1.1 %u %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                  status, assent_response_phrase(status));
        return (int)status;
    }
    if (!assent_kit_owns(&x->kit)) {
        return 0;
    }
    answer(gate, x, connection);
    return (int)x->kit.response.status;
}

void civet_gate_end(const struct mg_connection *connection, int status)
{
    struct civet_gate *gate = gate_of(connection);
    struct civet_gate_exchange *x = mg_get_user_connection_data(connection);

    (void)status;
    (void)pthread_mutex_lock(&gate->lock);
    if (x != NULL) {
        x->used = false;
        assent_kit_idle(gate->kit);
    }
    (void)pthread_mutex_unlock(&gate->lock);
    mg_set_user_connection_data(connection, NULL);
}

bool civet_gate_head(struct mg_connection *connection, struct assent_span head)
{
    struct civet_gate *gate = gate_of(connection);
    struct civet_gate_exchange *x = mg_get_user_connection_data(connection);
    uint8_t bytes[CIVET_GATE_HEAD_BYTES];
    struct assent_writer out = assent_writer(bytes, sizeof(bytes));
    int error = ASSENT_ERR_STATE;

    (void)pthread_mutex_lock(&gate->lock);
    if (x != NULL) {
        error = assent_kit_response(&x->kit, false, head, &out);
    }
    (void)pthread_mutex_unlock(&gate->lock);
    if (error != ASSENT_OK) {
        mg_printf(connection, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
        return false;
    }
    return mg_write(connection, bytes, out.len) == (int)out.len;
}

static int write_part(struct mg_connection *connection,
                      int (*part)(struct assent_kit_exchange *, uint8_t *, size_t), uint8_t *out,
                      size_t cap)
{
    struct civet_gate *gate = gate_of(connection);
    struct civet_gate_exchange *x = mg_get_user_connection_data(connection);
    int len;

    (void)pthread_mutex_lock(&gate->lock);
    len = x != NULL ? part(&x->kit, out, cap) : ASSENT_ERR_STATE;
    (void)pthread_mutex_unlock(&gate->lock);
    return len;
}

int civet_gate_notice(struct mg_connection *connection, uint8_t *out, size_t cap)
{
    return write_part(connection, assent_kit_notice, out, cap);
}

int civet_gate_link(struct mg_connection *connection, uint8_t *out, size_t cap)
{
    return write_part(connection, assent_kit_link, out, cap);
}
