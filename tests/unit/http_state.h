/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TESTS_UNIT_HTTP_STATE_H
#define ASSENT_TESTS_UNIT_HTTP_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/span.h"
#include "core/writer.h"

/* A browser's cookie store in small (RFC 6265bis s. 5.7 and 5.8): what happens to the fields that the
 * core reads and writes. Without public suffix list (a domain of one label is taken for one), without
 * cross-site rules, without eviction. */

enum { HTTP_STATE_COOKIES = 16, HTTP_STATE_TEXT_BYTES = 4200 };

struct http_state_cookie {
    char name[HTTP_STATE_TEXT_BYTES];
    size_t name_len;
    char value[HTTP_STATE_TEXT_BYTES];
    size_t value_len;
    char domain[256];
    char path[256];
    bool host_only;
    bool secure;
    bool partitioned;
    bool session;
    uint64_t expires_s;
};

struct http_state {
    struct http_state_cookie cookies[HTTP_STATE_COOKIES]; /* in order of creation */
    size_t count;
    uint64_t now_s;
};

/* Take a Set-Cookie field value from the response to url ("http://host:port/path?query"). */
void http_state_receive(struct http_state *state, struct assent_span field, const char *url);

/* Write the Cookie field value of a request to url; nothing if no cookie goes there. */
void http_state_send(const struct http_state *state, const char *url, struct assent_writer *w);

#endif
