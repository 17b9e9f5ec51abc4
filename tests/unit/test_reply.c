/* SPDX-License-Identifier: MIT */
/* Heads of answers; what the gateway makes of them, in tests/sim/gateway.js. */
#include "http/reply.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/guard.h"
#include "tests/unit/test.h"

static const struct {
    const char *head;
    int result;
    int status;
    enum assent_body_kind body;
    bool keep;
    bool head_only;
} rows[] = {
    {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", ASSENT_OK, 200, ASSENT_BODY_LENGTH, true,
     false},
    {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", ASSENT_OK, 200, ASSENT_BODY_NONE, true, true},
    {"HTTP/1.1 200\r\n\r\n", ASSENT_OK, 200, ASSENT_BODY_CLOSE, false, false},
    {"HTTP/1.1 200 \r\nTransfer-Encoding: Chunked\r\n\r\n", ASSENT_OK, 200, ASSENT_BODY_CHUNKED,
     true, false},
    {"HTTP/1.1 204 x\r\nConnection: a, Close\r\n\r\n", ASSENT_OK, 204, ASSENT_BODY_NONE, false,
     false},
    {"HTTP/1.1 304 x\r\nContent-Length: 9\r\n\r\n", ASSENT_OK, 304, ASSENT_BODY_NONE, true, false},
    {"HTTP/1.1 103 x\r\nContent-Length: 9\r\n\r\n", ASSENT_OK, 103, ASSENT_BODY_NONE, true, false},
    {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", ASSENT_OK, 200, ASSENT_BODY_LENGTH, false,
     false},
    {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n", ASSENT_OK, 200,
     ASSENT_BODY_LENGTH, true, false},
    {"HTTP/1.2 599 \xff\r\nContent-Length: 0\r\n\r\n", ASSENT_OK, 599, ASSENT_BODY_LENGTH, true,
     false},
    {"HTTP/2.0 200 OK\r\n\r\n", ASSENT_ERR_VERSION, 0, 0, false, false},
    {"http/1.1 200 OK\r\n\r\n", ASSENT_ERR_SYNTAX, 0, 0, false, false},
    {"HTTP/1.1 20 OK\r\n\r\n", ASSENT_ERR_SYNTAX, 0, 0, false, false},
    {"HTTP/1.1 2000 OK\r\n\r\n", ASSENT_ERR_SYNTAX, 0, 0, false, false},
    {"HTTP/1.1  200 OK\r\n\r\n", ASSENT_ERR_SYNTAX, 0, 0, false, false},
    {"HTTP/1.1 099 OK\r\n\r\n", ASSENT_ERR_RANGE, 0, 0, false, false},
    {"HTTP/1.1 600 OK\r\n\r\n", ASSENT_ERR_RANGE, 0, 0, false, false},
    {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n", ASSENT_ERR_SYNTAX, 0, 0,
     false, false},
    {"HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\n", ASSENT_ERR_SYNTAX, 0, 0, false, false},
    {"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n\r\n", ASSENT_ERR_SYNTAX, 0, 0,
     false, false},
    {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
     ASSENT_ERR_SYNTAX, 0, 0, false, false},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
     ASSENT_ERR_SYNTAX, 0, 0, false, false},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", ASSENT_ERR_FORBIDDEN, 0, 0, false,
     false},
    {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", ASSENT_ERR_SYNTAX, 0, 0, false,
     false},
    {"HTTP/1.1 200 OK\nContent-Length: 3\n\n", ASSENT_ERR_SYNTAX, 0, 0, false, false},
    {"HTTP/1.1 200 OK\r\nX : y\r\n\r\n", ASSENT_ERR_SYNTAX, 0, 0, false, false},
    {"HTTP/1.1 200 OK\r\nX: y\r\n z\r\n\r\n", ASSENT_ERR_SYNTAX, 0, 0, false, false},
};

TEST(a_head_tells_its_framing_or_is_refused)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_span head = assent_span(rows[i].head, strlen(rows[i].head));
        struct assent_reply reply;
        int result = assent_reply_parse(&reply, head, rows[i].head_only);

        CHECK_INT_ROW(rows[i].head, result, rows[i].result);
        if (result == ASSENT_OK) {
            CHECK_INT_ROW(rows[i].head, reply.status, rows[i].status);
            CHECK_INT_ROW(rows[i].head, reply.body, rows[i].body);
            CHECK_INT_ROW(rows[i].head, reply.keep_alive, rows[i].keep);
            CHECK_INT_ROW(rows[i].head, reply.head_bytes, head.len);
        }
    }
}

TEST(every_prefix_needs_more_or_is_refused_as_the_whole_is)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t len = 0; len < strlen(rows[i].head); len++) {
            struct assent_reply reply;
            struct assent_span prefix =
                assent_span(guard_copy(assent_span(rows[i].head, len)), len);
            int result = assent_reply_parse(&reply, prefix, rows[i].head_only);

            CHECK_ROW(rows[i].head, result == ASSENT_ERR_MORE || result == rows[i].result);
            CHECK_ROW(rows[i].head, result != ASSENT_OK);
        }
    }
}

TEST(fields_of_one_connection_are_known_by_name_or_by_connection)
{
    static const struct {
        const char *fields;
        const char *hops; /* each letter x-LETTER */
    } lists[] = {
        {"X-A: 1\r\n", ""},
        {"Connection:\r\nX-A: 1\r\n", ""},
        {"Connection: close\r\nX-A: 1\r\n", ""},
        {"Connection: x-a, X-B\r\nX-C: 1\r\n", "ab"},
        {"X-A: 1\r\nConnection: X-A\r\n", "a"},
        {"Connection: x-a\r\nX-C: 1\r\nCONNECTION: x-d\r\n", "ad"},
        {"connection: x-a\r\nConnection: x-b\r\nX-C: 1\r\nConnection: ,x-c,, x-d\r\n", "abcd"},
    };
    static const char *const known[] = {
        "Connection",
        "Keep-Alive",
        "Proxy-Connection",
        "TE",
        "trailer",
        "UPGRADE",
        "Transfer-Encoding",
        "proxy-authenticate",
        "pRoxy-authorization",
        "Proxy-Authentication-Info",
    };
    static const char *const others[] = {"X-", "T", "Keep-Alives", "Cookie", "Content-Length", ""};

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        struct assent_head head;
        struct assent_reply_hops hops;
        char text[128];
        int len = snprintf(text, sizeof(text), "%s\r\n", lists[i].fields);

        CHECK_INT(assent_head_start(&head, assent_span(text, (size_t)len), NULL), ASSENT_OK);
        hops = assent_reply_hops(head);
        for (int c = 'a'; c <= 'd'; c++) {
            char name[] = {'X', '-', (char)(c - 32), '\0'};
            bool is_hop = assent_reply_is_hop(&hops, assent_span(name, 3));

            CHECK_ROW(lists[i].fields, is_hop == (strchr(lists[i].hops, c) != NULL));
        }
        for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++) {
            CHECK_ROW(known[k],
                      assent_reply_is_hop(&hops, assent_span(known[k], strlen(known[k]))));
        }
        for (size_t k = 0; k < sizeof(others) / sizeof(others[0]); k++) {
            CHECK_ROW(others[k],
                      !assent_reply_is_hop(&hops, assent_span(others[k], strlen(others[k]))));
        }
    }
}

TEST_MAIN(CASE(a_head_tells_its_framing_or_is_refused),
          CASE(every_prefix_needs_more_or_is_refused_as_the_whole_is),
          CASE(fields_of_one_connection_are_known_by_name_or_by_connection))
