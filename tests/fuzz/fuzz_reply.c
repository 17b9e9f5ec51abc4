/* SPDX-License-Identifier: MIT */
/* Heads of answers: one framing, the same result for every prefix, and fields of one connection are known
 * whatever their spelling. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http/field.h"
#include "http/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void check_reply(const struct assent_reply *reply, size_t size)
{
    struct assent_head fields = reply->fields;
    struct assent_reply_hops hops = assent_reply_hops(fields);
    struct assent_head_field field;
    struct assent_span name;
    unsigned lengths = 0;
    unsigned codings = 0;

    require(reply->status >= 100 && reply->status <= 599 && reply->head_bytes <= size);
    while (assent_head_next(&fields, &field) == 1) {
        lengths += assent_span_equal_nocase(field.name, ASSENT_SPAN("content-length"));
        codings += assent_span_equal_nocase(field.name, ASSENT_SPAN("transfer-encoding"));
        if (assent_span_equal_nocase(field.name, ASSENT_SPAN("connection"))) {
            require(assent_reply_is_hop(&hops, field.name));
            while (assent_field_next(&field.value, &name)) {
                require(assent_reply_is_hop(&hops, name));
            }
        }
    }
    require(lengths + codings <= 1 && reply->has_length == (lengths == 1));
    require(reply->body != ASSENT_BODY_CHUNKED || codings == 1);
    require(reply->body != ASSENT_BODY_LENGTH || lengths == 1);
    require(reply->body != ASSENT_BODY_CLOSE || !reply->keep_alive);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool head_only = size > 0 && (data[size - 1] & 1) != 0;
    struct assent_reply whole;
    int expected = assent_reply_parse(&whole, assent_span(data, size), head_only);
    int result = ASSENT_ERR_MORE;

    for (size_t len = 0; len <= size && result == ASSENT_ERR_MORE; len++) {
        uint8_t *copy = malloc(len + 1); /* in memory of exactly this length */
        struct assent_reply reply;

        require(copy != NULL);
        memcpy(copy + 1, data, len);
        result = assent_reply_parse(&reply, assent_span(copy + 1, len), head_only);
        free(copy);
    }
    require(result == expected);
    if (expected == ASSENT_OK) {
        check_reply(&whole, size);
        require(!head_only || whole.body == ASSENT_BODY_NONE);
    }
    return 0;
}
