/* SPDX-License-Identifier: MIT */
#include "http/request.h"

#include "core/error.h"
#include "http/field.h"

/* The fields that decide framing and routing. Each is seen once at most; Connection may come again,
 * its lines are one list. */
enum seen {
    SEEN_START = 1,
    SEEN_HOST = 2,
    SEEN_LENGTH = 4,
    SEEN_CODING = 8,
    SEEN_KEEP_ALIVE = 16,
    SEEN_CLOSE = 32
};

enum {
    BAD_REQUEST = 400,
    LENGTH_REQUIRED = 411,
    TOO_LARGE = 413,
    URI_TOO_LONG = 414,
    EXPECTATION_FAILED = 417,
    FIELDS_TOO_LARGE = 431,
    NOT_IMPLEMENTED = 501,
    BAD_VERSION = 505
};

static const uint8_t root_path[] = "/";

void assent_request_init(struct assent_request *request)
{
    *request = (struct assent_request){0};
}

static enum assent_method find_method(struct assent_span name)
{
    static const char names[][8] = {
        [ASSENT_METHOD_GET] = "GET",         [ASSENT_METHOD_HEAD] = "HEAD",
        [ASSENT_METHOD_POST] = "POST",       [ASSENT_METHOD_PUT] = "PUT",
        [ASSENT_METHOD_DELETE] = "DELETE",   [ASSENT_METHOD_OPTIONS] = "OPTIONS",
        [ASSENT_METHOD_PATCH] = "PATCH",     [ASSENT_METHOD_TRACE] = "TRACE",
        [ASSENT_METHOD_CONNECT] = "CONNECT",
    };

    for (unsigned i = 1; i < sizeof(names) / sizeof(names[0]); i++) {
        if (name.len < sizeof(names[0]) && memcmp(names[i], name.ptr, name.len) == 0 &&
            names[i][name.len] == '\0') {
            return (enum assent_method)i;
        }
    }
    return ASSENT_METHOD_OTHER;
}

static bool is_alnum(uint8_t c)
{
    return (uint8_t)(c - '0') < 10 || (uint8_t)(assent_span_lower(c) - 'a') < 26;
}

/* Length of a host at the start of text: letters, digits and "-._", or an IPv6 address in brackets.
 * RFC 3986 s. 3.2.2 also allows "!$&'()*+,;=%~", which no host in use has and which do harm in what
 * is made from a host; 0 if there is none. */
static size_t host_length(struct assent_span text)
{
    size_t len = 0;

    if (text.len > 0 && text.ptr[0] == '[') {
        for (len = 1; len < text.len && text.ptr[len] != ']'; len++) {
            uint8_t c = assent_span_lower(text.ptr[len]);

            if ((uint8_t)(c - '0') > 9 && (uint8_t)(c - 'a') > 5 && c != ':' && c != '.') {
                return 0;
            }
        }
        return len > 1 && len < text.len ? len + 1 : 0;
    }
    while (len < text.len && (is_alnum(text.ptr[len]) || text.ptr[len] == '-' ||
                              text.ptr[len] == '.' || text.ptr[len] == '_')) {
        len++;
    }
    return len;
}

/* authority = host [ ":" *DIGIT ], without userinfo */
static bool read_authority(struct assent_request *request, struct assent_span text)
{
    size_t len = host_length(text);
    uint64_t port = 0;

    if (len == 0) {
        return false;
    }
    request->host = assent_span_slice(text, 0, len);
    if (text.len > len + 1) {
        if (text.ptr[len] != ':' || text.len > len + 6 ||
            assent_field_number(assent_span_slice(text, len + 1, text.len), &port) != ASSENT_OK ||
            port == 0 || port > 65535) {
            return false;
        }
    } else if (text.len == len + 1 && text.ptr[len] != ':') {
        return false;
    }
    request->port = (uint16_t)port;
    return true;
}

/* A target is visible ASCII. '#' never belongs into one; '"', '<' and '>' no client sends, and they
 * do harm in pages. */
static bool is_target(struct assent_span target)
{
    for (size_t i = 0; i < target.len; i++) {
        uint8_t c = target.ptr[i];

        if (c <= ' ' || c >= 0x7F || c == '#' || c == '"' || c == '<' || c == '>') {
            return false;
        }
    }
    return target.len > 0;
}

static void split_query(struct assent_request *request, struct assent_span text)
{
    size_t len = 0;

    while (len < text.len && text.ptr[len] != '?') {
        len++;
    }
    request->path = assent_span(text.ptr, len);
    if (len < text.len) {
        request->query = assent_span(text.ptr + len + 1, text.len - len - 1);
    }
}

/* absolute-form: the scheme is http or https, the authority goes before Host (RFC 9112 s. 3.2.2). */
static bool read_absolute(struct assent_request *request)
{
    struct assent_span rest = request->target;
    size_t len = 0;

    if (assent_span_starts_nocase(rest, ASSENT_SPAN("http://"))) {
        rest = assent_span_slice(rest, 7, rest.len);
    } else if (assent_span_starts_nocase(rest, ASSENT_SPAN("https://"))) {
        rest = assent_span_slice(rest, 8, rest.len);
    } else {
        return false;
    }
    while (len < rest.len && rest.ptr[len] != '/' && rest.ptr[len] != '?') {
        len++;
    }
    request->form = ASSENT_FORM_ABSOLUTE;
    if (!read_authority(request, assent_span_slice(rest, 0, len))) {
        return false;
    }
    split_query(request, assent_span_slice(rest, len, rest.len));
    if (request->path.len == 0) {
        request->path = assent_span(root_path, 1);
        if (request->method == ASSENT_METHOD_OPTIONS && request->query.ptr == NULL) {
            /* How a proxy is told to send "OPTIONS *" (RFC 9112 s. 3.2.4). */
            request->path = ASSENT_SPAN("*");
        }
    }
    return true;
}

static bool read_target(struct assent_request *request)
{
    struct assent_span target = request->target;

    if (!is_target(target)) {
        return false;
    }
    if (request->method == ASSENT_METHOD_CONNECT) {
        request->form = ASSENT_FORM_AUTHORITY;
        return read_authority(request, target) && request->port != 0;
    }
    if (target.ptr[0] == '/') {
        request->form = ASSENT_FORM_ORIGIN;
        split_query(request, target);
        return true;
    }
    if (target.len == 1 && target.ptr[0] == '*') {
        request->form = ASSENT_FORM_ASTERISK;
        request->path = target;
        return request->method == ASSENT_METHOD_OPTIONS;
    }
    return read_absolute(request);
}

/* request-line = method SP request-target SP HTTP-version, RFC 9112 s. 3: single spaces. */
static int read_start_line(struct assent_request *request, struct assent_span line)
{
    struct assent_span version;
    size_t len = 0;

    while (len < line.len && assent_head_is_token(line.ptr[len])) {
        len++;
    }
    if (len == 0 || len == line.len || line.ptr[len] != ' ') {
        return BAD_REQUEST;
    }
    request->method_name = assent_span(line.ptr, len);
    request->method = (uint8_t)find_method(request->method_name);
    line = assent_span_slice(line, len + 1, line.len);
    len = 0;
    while (len < line.len && line.ptr[len] != ' ') {
        len++;
    }
    request->target = assent_span_slice(line, 0, len);
    version = assent_span_slice(line, len + 1, line.len);
    /* HTTP-version = "HTTP" "/" DIGIT "." DIGIT, in upper case */
    if (version.len != 8 || !assent_span_starts(version, ASSENT_SPAN("HTTP/")) ||
        (uint8_t)(version.ptr[5] - '0') > 9 || version.ptr[6] != '.' ||
        (uint8_t)(version.ptr[7] - '0') > 9) {
        return BAD_REQUEST;
    }
    /* HTTP/1.2 and later could be read as 1.1 (RFC 9110 s. 2.5), but nobody sends them. */
    if (version.ptr[5] != '1' || version.ptr[7] > '1') {
        return BAD_VERSION;
    }
    request->minor = (uint8_t)(version.ptr[7] - '0');
    return read_target(request) ? ASSENT_OK : BAD_REQUEST;
}

static int read_host(struct assent_request *request, struct assent_span value)
{
    struct assent_span host = request->host;
    uint16_t port = request->port;

    /* A valid Host is asked for even where the target's own authority counts. */
    if ((request->seen & SEEN_HOST) != 0 || !read_authority(request, value)) {
        return BAD_REQUEST;
    }
    request->seen |= SEEN_HOST;
    if (request->form == ASSENT_FORM_ABSOLUTE || request->form == ASSENT_FORM_AUTHORITY) {
        request->host = host;
        request->port = port;
    }
    return ASSENT_OK;
}

static int read_length(struct assent_request *request, struct assent_span value)
{
    int error;

    /* No list either, not even of equal values, which RFC 9112 s. 6.3 would let pass. */
    if ((request->seen & (SEEN_LENGTH | SEEN_CODING)) != 0) {
        return BAD_REQUEST;
    }
    request->seen |= SEEN_LENGTH;
    error = assent_field_number(value, &request->content_length);
    request->body = request->content_length > 0 ? ASSENT_BODY_LENGTH : ASSENT_BODY_NONE;
    return error == ASSENT_OK ? ASSENT_OK : error == ASSENT_ERR_LIMIT ? TOO_LARGE : BAD_REQUEST;
}

static int read_coding(struct assent_request *request, struct assent_span value)
{
    struct assent_span element;
    bool known = false;

    /* RFC 9112 s. 6.1: never with Content-Length, never in HTTP/1.0; chunked once, and last. */
    if ((request->seen & (SEEN_LENGTH | SEEN_CODING)) != 0 || request->minor == 0) {
        return BAD_REQUEST;
    }
    request->seen |= SEEN_CODING;
    request->body = ASSENT_BODY_CHUNKED;
    if (assent_span_equal_nocase(value, ASSENT_SPAN("chunked"))) {
        return ASSENT_OK;
    }
    while (assent_field_next(&value, &element)) {
        if (known) {
            return BAD_REQUEST;
        }
        known = assent_span_equal_nocase(element, ASSENT_SPAN("chunked"));
    }
    return known ? NOT_IMPLEMENTED : BAD_REQUEST;
}

static void read_connection(struct assent_request *request, struct assent_span value)
{
    if (assent_field_has(value, ASSENT_SPAN("close"))) {
        request->seen |= SEEN_CLOSE;
    }
    if (assent_field_has(value, ASSENT_SPAN("keep-alive"))) {
        request->seen |= SEEN_KEEP_ALIVE;
    }
    if (assent_field_has(value, ASSENT_SPAN("upgrade"))) {
        request->upgrade = true;
    }
}

static int read_expect(struct assent_request *request, struct assent_span value)
{
    if (!assent_span_equal_nocase(value, ASSENT_SPAN("100-continue"))) {
        return EXPECTATION_FAILED;
    }
    /* RFC 9110 s. 10.1.1: ignored in an HTTP/1.0 request. */
    request->expect_continue = request->minor == 1;
    return ASSENT_OK;
}

static int read_field(struct assent_request *request, const struct assent_head_field *field)
{
    if (request->field_count == ASSENT_REQUEST_FIELDS) {
        return FIELDS_TOO_LARGE;
    }
    request->field_count++;
    switch (field->name.len) {
    case 4:
        return assent_span_equal_nocase(field->name, ASSENT_SPAN("Host"))
                   ? read_host(request, field->value)
                   : ASSENT_OK;
    case 6:
        return assent_span_equal_nocase(field->name, ASSENT_SPAN("Expect"))
                   ? read_expect(request, field->value)
                   : ASSENT_OK;
    case 10:
        if (assent_span_equal_nocase(field->name, ASSENT_SPAN("Connection"))) {
            read_connection(request, field->value);
        }
        return ASSENT_OK;
    case 14:
        return assent_span_equal_nocase(field->name, ASSENT_SPAN("Content-Length"))
                   ? read_length(request, field->value)
                   : ASSENT_OK;
    case 17:
        return assent_span_equal_nocase(field->name, ASSENT_SPAN("Transfer-Encoding"))
                   ? read_coding(request, field->value)
                   : ASSENT_OK;
    default:
        return ASSENT_OK;
    }
}

/* The empty line has come: what the head as a whole must satisfy. */
static int finish(struct assent_request *request, const uint8_t *end)
{
    const uint8_t *start = request->method_name.ptr;

    request->head = assent_span(start, (size_t)(end - start));
    request->fields.len = (size_t)(end - request->fields.ptr);
    if (request->minor == 1 && (request->seen & SEEN_HOST) == 0) {
        return BAD_REQUEST;
    }
    /* In HTTP/1.0 a body without Content-Length could only end with the connection, and the client
     * would wait for the answer (RFC 1945 s. 7.2.2). */
    if (request->minor == 0 && (request->seen & SEEN_LENGTH) == 0 &&
        (request->method == ASSENT_METHOD_POST || request->method == ASSENT_METHOD_PUT ||
         request->method == ASSENT_METHOD_PATCH)) {
        return LENGTH_REQUIRED;
    }
    request->keep_alive = (request->seen & SEEN_CLOSE) == 0 &&
                          (request->minor == 1 || (request->seen & SEEN_KEEP_ALIVE) != 0);
    return ASSENT_OK;
}

/* The request line, and before it one empty line, which some clients send after a POST (RFC 9112
 * s. 2.2). */
static int begin(struct assent_request *request, struct assent_head *head, struct assent_span input)
{
    struct assent_span line;
    int error;

    if (request->next == 0 && assent_span_starts(input, ASSENT_SPAN("\r\n"))) {
        request->next = 2;
    }
    error = assent_head_start(head, assent_span_slice(input, request->next, input.len), &line);
    if (error == ASSENT_OK) {
        error = read_start_line(request, line);
        request->seen |= SEEN_START;
        request->fields = assent_span(head->at, 0);
    }
    return error == ASSENT_ERR_SYNTAX ? BAD_REQUEST : error;
}

int assent_request_parse(struct assent_request *request, struct assent_span input)
{
    size_t len = input.len < UINT16_MAX ? input.len : UINT16_MAX;
    struct assent_head head = {input.ptr + request->next, input.ptr + len};
    struct assent_head_field field;
    int result = ASSENT_OK;

    if ((request->seen & SEEN_START) == 0) {
        result = begin(request, &head, assent_span(input.ptr, len));
    }
    while (result == ASSENT_OK) {
        request->next = (uint16_t)(head.at - input.ptr);
        result = assent_head_next(&head, &field);
        if (result == 0) {
            return finish(request, head.at);
        }
        if (result == 1) {
            result = read_field(request, &field);
        }
    }
    return result == ASSENT_ERR_SYNTAX ? BAD_REQUEST : result;
}

int assent_request_too_long(const struct assent_request *request)
{
    return (request->seen & SEEN_START) != 0 ? FIELDS_TOO_LARGE : URI_TOO_LONG;
}

struct assent_head assent_request_fields(const struct assent_request *request)
{
    struct assent_head head;

    (void)assent_head_start(&head, request->fields, NULL);
    return head;
}

int assent_request_field(const struct assent_request *request, struct assent_span name,
                         struct assent_span *value)
{
    struct assent_head head = assent_request_fields(request);
    struct assent_head_field field;
    int count = 0;

    while (assent_head_next(&head, &field) == 1) {
        if (assent_span_equal_nocase(field.name, name) && count++ == 0) {
            *value = field.value;
        }
    }
    return count;
}
