/* SPDX-License-Identifier: MIT */
/* Request heads: the same result however they come, spans within the input, one framing at most, and a
 * host that can be used in an answer. What follows from a head (path, conditions, ranges, codings) is
 * run as well. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http/asset.h"
#include "http/request.h"
#include "http/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void require_within(struct assent_span span, const uint8_t *data, size_t size)
{
    require(span.len == 0 || span.len == 1 /* a path that the target does not spell out */ ||
            (span.ptr >= data && span.ptr + span.len <= data + size));
}

static void check_host(struct assent_span host)
{
    for (size_t i = 0; i < host.len; i++) {
        uint8_t c = assent_span_lower(host.ptr[i]);

        require((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || memchr("-._[]:", c, 6) != NULL);
    }
}

static void check_request(const struct assent_request *request, const uint8_t *data, size_t size)
{
    struct assent_head head = assent_request_fields(request);
    struct assent_head_field field;
    struct assent_span value;
    unsigned count = 0;
    int lengths = assent_request_field(request, ASSENT_SPAN("Content-Length"), &value);
    int codings = assent_request_field(request, ASSENT_SPAN("Transfer-Encoding"), &value);

    while (assent_head_next(&head, &field) == 1) {
        count++;
    }
    require(head.at == request->head.ptr + request->head.len);
    require(count == request->field_count && count <= ASSENT_REQUEST_FIELDS);
    require(lengths + codings <= 1);
    require((request->body == ASSENT_BODY_CHUNKED) == (codings == 1));
    require(request->body != ASSENT_BODY_LENGTH || (lengths == 1 && request->content_length > 0));
    require(request->minor == 0 || assent_request_field(request, ASSENT_SPAN("Host"), &value) == 1);
    require(request->minor == 0 || request->host.len > 0);
    check_host(request->host);
    require_within(request->head, data, size);
    require_within(request->fields, data, size);
    require_within(request->method_name, data, size);
    require_within(request->target, data, size);
    require_within(request->host, data, size);
    require_within(request->path, data, size);
    require_within(request->query, data, size);
}

static void check_path(struct assent_span path)
{
    uint8_t *out = malloc(path.len + 1);
    int len = assent_target_decode(path, out, path.len);

    if (len > 0) {
        require(out[0] == '/' && memchr(out, '\0', (size_t)len) == NULL);
        for (int i = 0; i + 1 < len; i++) {
            require(out[i] != '/' || out[i + 1] != '/');
        }
        require(len < 3 || memcmp(out + len - 3, "/..", 3) != 0);
    }
    free(out);
}

static void check_asset(const struct assent_request *request)
{
    static uint8_t buffer[1024];
    const struct assent_asset asset = {
        {(const uint8_t *)"/", 1},
        "text/plain",
        NULL,
        "t",
        {{(const uint8_t *)"B", 1},
         {(const uint8_t *)"GZ", 2},
         {(const uint8_t *)"0123456789", 10}},
    };
    struct assent_response response;

    assent_response_init(&response, buffer, sizeof(buffer));
    assent_response_reset(&response, request);
    require(assent_asset_answer(&asset, request, &response, NULL, NULL) == ASSENT_OK);
    require(response.state == ASSENT_RESPONSE_DONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct assent_request whole;
    struct assent_request grown;
    int expected;
    int result = ASSENT_ERR_MORE;

    assent_request_init(&whole);
    expected = assent_request_parse(&whole, assent_span(data, size));
    assent_request_init(&grown);
    for (size_t len = 0; len <= size && result == ASSENT_ERR_MORE; len++) {
        /* in memory of exactly this length */
        uint8_t *copy = malloc(len + 1);
        struct assent_request fresh;

        memcpy(copy, data, len);
        assent_request_init(&fresh);
        (void)assent_request_parse(&fresh, assent_span(copy, len));
        free(copy);
        result = assent_request_parse(&grown, assent_span(data, len));
    }
    require(result == expected);
    require(expected == ASSENT_OK || expected == ASSENT_ERR_MORE ||
            (expected >= 400 && expected <= 599));
    if (expected == ASSENT_OK) {
        require(memcmp(&whole, &grown, sizeof(whole)) == 0);
        check_request(&whole, data, size);
        check_path(whole.path);
        check_asset(&whole);
    }
    return 0;
}
