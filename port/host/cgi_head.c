/* SPDX-License-Identifier: MIT */
#include "port/host/cgi_head.h"

#include <arpa/inet.h>
#include <string.h>

#include "http/field.h"

enum { NAME_BYTES = 128 };

static struct assent_span text_span(const char *text)
{
    return assent_span(text, strlen(text));
}

const char *cgi_head_variable(char *const *variables, const char *name)
{
    size_t len = strlen(name);

    for (; *variables != NULL; variables++) {
        if (strncmp(*variables, name, len) == 0 && (*variables)[len] == '=') {
            return *variables + len + 1;
        }
    }
    return NULL;
}

/* ---- the request ---- */

/* The field that a variable stands for: HTTP_ACCEPT_LANGUAGE is "accept-language".
 *   return  false: none */
static bool field_name(struct assent_span variable, struct assent_writer *name)
{
    struct assent_span prefix = ASSENT_SPAN("HTTP_");

    if (assent_span_starts(variable, prefix)) {
        variable = assent_span_slice(variable, prefix.len, variable.len);
        /* Some servers hand these out twice. */
        if (assent_span_equal(variable, ASSENT_SPAN("CONTENT_LENGTH")) ||
            assent_span_equal(variable, ASSENT_SPAN("CONTENT_TYPE"))) {
            return false;
        }
    } else if (!assent_span_starts(variable, ASSENT_SPAN("CONTENT_"))) {
        return false;
    }
    for (size_t i = 0; i < variable.len; i++) {
        assent_writer_byte(name, variable.ptr[i] == '_' ? '-' : assent_span_lower(variable.ptr[i]));
    }
    return name->len > 0 && name->error == ASSENT_OK;
}

/* A variable as a field; Content-Length may be there and empty. */
static void put_variable(struct assent_writer *w, const char *variable)
{
    struct assent_span value = text_span(variable);
    struct assent_span name = assent_span_take(&value, '=');
    uint8_t bytes[NAME_BYTES];
    struct assent_writer field = assent_writer(bytes, sizeof(bytes));

    if (field_name(name, &field) &&
        (value.len > 0 || !assent_span_starts(name, ASSENT_SPAN("CONTENT_")))) {
        assent_kit_field(w, assent_writer_span(&field), value);
    }
}

int cgi_head_write(struct assent_writer *w, char *const *variables)
{
    const char *method = cgi_head_variable(variables, "REQUEST_METHOD");
    const char *target = cgi_head_variable(variables, "REQUEST_URI");
    const char *version = cgi_head_variable(variables, "SERVER_PROTOCOL");

    if (method == NULL || target == NULL) {
        return ASSENT_ERR_SYNTAX;
    }
    assent_kit_start(w, method, target,
                     version != NULL && strcmp(version, "HTTP/1.0") == 0 ? version : "HTTP/1.1");
    for (; *variables != NULL; variables++) {
        put_variable(w, *variables);
    }
    assent_kit_end(w);
    return w->error;
}

struct assent_kit_client cgi_head_client(char *const *variables)
{
    const char *https = cgi_head_variable(variables, "HTTPS");
    const char *address = cgi_head_variable(variables, "REMOTE_ADDR");
    struct assent_kit_client client = {.https = https != NULL && strcmp(https, "on") == 0};

    if (address != NULL && inet_pton(AF_INET, address, client.peer) != 1) {
        (void)inet_pton(AF_INET6, address, client.peer);
    }
    return client;
}

bool cgi_head_filtered(const struct assent_kit_exchange *exchange, struct assent_span name,
                       struct assent_span *value)
{
    uint8_t bytes[NAME_BYTES];
    struct assent_writer field = assent_writer(bytes, sizeof(bytes));

    if (!field_name(name, &field)) {
        return false;
    }
    *value = assent_kit_value(exchange, assent_writer_span(&field), 0);
    return true;
}

/* ---- the answer ---- */

int cgi_head_answer(struct assent_writer *w, struct assent_span head, bool with_length)
{
    struct assent_span start;
    struct assent_head rest;
    struct assent_head_field field;
    int result = assent_head_start(&rest, head, &start);

    if (result != ASSENT_OK) {
        return ASSENT_ERR_SYNTAX;
    }
    (void)assent_span_take(&start, ' ');
    assent_kit_field(w, ASSENT_SPAN("Status"), start);
    while ((result = assent_head_next(&rest, &field)) == 1) {
        if (!assent_span_equal_nocase(field.name, ASSENT_SPAN("connection")) &&
            !assent_span_equal_nocase(field.name, ASSENT_SPAN("transfer-encoding")) &&
            (with_length || !assent_span_equal_nocase(field.name, ASSENT_SPAN("content-length")))) {
            assent_writer_put(w, field.line);
        }
    }
    assent_kit_end(w);
    return result == 0 ? w->error : ASSENT_ERR_SYNTAX;
}

/* Take a line off, without its end.
 *   return  false: it has none yet */
static bool take_line(struct assent_span *rest, struct assent_span *line)
{
    const uint8_t *end = rest->len > 0 ? memchr(rest->ptr, '\n', rest->len) : NULL;

    if (end == NULL) {
        return false;
    }
    *line = assent_span_take(rest, '\n');
    if (line->len > 0 && line->ptr[line->len - 1] == '\r') {
        line->len--;
    }
    return true;
}

/* What the program says of its status (RFC 3875 s. 6.2): Status, or a redirect, or 200.
 *   return  0: no head, ASSENT_ERR_MORE: no end yet */
static int find_status(struct assent_span input)
{
    struct assent_span line;
    uint64_t status = 200;

    while (take_line(&input, &line)) {
        struct assent_span name = assent_span_take(&line, ':');
        struct assent_span value = assent_span_trim(line);

        if (name.len == 0) {
            return status >= 200 && status <= 599 ? (int)status : 0;
        }
        if (assent_span_equal_nocase(name, ASSENT_SPAN("status"))) {
            if (assent_field_number(assent_span_take(&value, ' '), &status) != ASSENT_OK) {
                return 0;
            }
        } else if (assent_span_equal_nocase(name, ASSENT_SPAN("location")) && status == 200) {
            status = 302;
        }
    }
    return ASSENT_ERR_MORE;
}

int cgi_head_read(struct assent_span input, struct assent_writer *out)
{
    struct assent_span rest = input;
    struct assent_span line;
    int status = find_status(input);

    if (status <= 0) {
        return status == 0 ? ASSENT_ERR_SYNTAX : status;
    }
    assent_kit_start_answer(out, (unsigned)status);
    while (take_line(&rest, &line) && line.len > 0) {
        struct assent_span name = assent_span_take(&line, ':');

        if (!assent_span_equal_nocase(name, ASSENT_SPAN("status"))) {
            assent_kit_field(out, name, assent_span_trim(line));
        }
    }
    assent_kit_end(out);
    return out->error != ASSENT_OK ? ASSENT_ERR_SYNTAX : (int)(input.len - rest.len);
}
