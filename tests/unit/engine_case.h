/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TESTS_UNIT_ENGINE_CASE_H
#define ASSENT_TESTS_UNIT_ENGINE_CASE_H

/* What the tests of the engine, one file for each subject, say to it. */
#include "tests/unit/http_peer.h"
#include "tests/unit/test.h"

#define END  "HTTP/1.1\r\nHost: a\r\n"
#define NEXT "GET /next " END "\r\n"

static inline struct assent_span span_of(const char *text)
{
    return assent_span(text, strlen(text));
}

static inline size_t send_text(struct peer *peer, const char *text)
{
    return peer_send(peer, span_of(text), SIZE_MAX);
}

#endif
