/* SPDX-License-Identifier: MIT */
/* Whole responses in one call, and reason phrases. */
#include "http/response.h"

#include "http/target.h"

static const struct {
    uint16_t status;
    const char *phrase;
} phrases[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {103, "Early Hints"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {426, "Upgrade Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
};

const char *assent_response_phrase(unsigned status)
{
    for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
        if (phrases[i].status == status) {
            return phrases[i].phrase;
        }
    }
    return "Unknown";
}

struct assent_span assent_response_overload(void)
{
    return ASSENT_SPAN("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\n"
                       "Content-Length: 0\r\nConnection: close\r\n\r\n");
}

static void start_typed(struct assent_response *response, unsigned status, const char *type)
{
    assent_response_start(response, status);
    if (type != NULL) {
        assent_response_text(response, "Content-Type", type);
    }
}

int assent_response_send_fixed(struct assent_response *response, unsigned status, const char *type,
                               struct assent_span content)
{
    start_typed(response, status, type);
    if (assent_response_length(response, content.len) == ASSENT_OK) {
        assent_response_borrow(response, content);
        (void)assent_response_end(response);
    }
    return response->error;
}

/* Content that must fit behind the head, which is complete but for its framing. */
static int send_copy(struct assent_response *response, struct assent_span content)
{
    if (assent_response_length(response, content.len) == ASSENT_OK) {
        (void)assent_response_write(response, content);
        (void)assent_response_end(response);
    }
    return response->error;
}

int assent_response_send(struct assent_response *response, unsigned status, const char *type,
                         struct assent_span content)
{
    start_typed(response, status, type);
    return send_copy(response, content);
}

int assent_response_problem(struct assent_response *response, unsigned status, const char *detail)
{
    uint8_t text[ASSENT_RESPONSE_DETAIL + 96];
    struct assent_writer w = assent_writer(text, sizeof(text));

    assent_writer_text(&w, "{\"title\":\"");
    assent_writer_text(&w, assent_response_phrase(status));
    assent_writer_text(&w, "\",\"status\":");
    assent_writer_decimal(&w, status);
    if (detail != NULL && strlen(detail) <= ASSENT_RESPONSE_DETAIL) {
        assent_writer_text(&w, ",\"detail\":\"");
        assent_writer_text(&w, detail);
        assent_writer_byte(&w, '"');
    }
    assent_writer_text(&w, "}\n");
    start_typed(response, status, "application/problem+json");
    assent_response_text(response, "Cache-Control", "no-store");
    return send_copy(response, assent_writer_span(&w));
}

int assent_response_not_allowed(struct assent_response *response, const char *allow)
{
    assent_response_start(response, 405);
    assent_response_text(response, "Allow", allow);
    return assent_response_empty(response);
}

int assent_response_redirect(struct assent_response *response, unsigned status,
                             struct assent_span path)
{
    assent_response_start(response, status);
    assent_response_field(response, ASSENT_SPAN("Location"),
                          assent_target_is_local(path) ? path : ASSENT_SPAN("/"));
    return assent_response_empty(response);
}
