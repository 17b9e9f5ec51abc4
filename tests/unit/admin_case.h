/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TESTS_UNIT_ADMIN_CASE_H
#define ASSENT_TESTS_UNIT_ADMIN_CASE_H

/* The operator's side of the sites and the device of tests/unit/visitor.h, and requests to it, split as one
 * likes. In the header, because failures are counted in the file that includes tests/unit/test.h. */

#include <stdlib.h>

#include "http/admin.h"
#include "tests/unit/test.h"
#include "tests/unit/visitor.h"

enum { ENGINES = 2, OUT_BYTES = 1 << 20, RECV_BYTES = 2048, SEND_BYTES = 16384 };

static const char token[] = "operator-token-of-a-test";

static struct visitor *v;
static struct assent_admin admin;
static struct assent_admin_board board;
static struct assent_admin_exchange exchanges[ENGINES];
static struct assent_unclassified unclassified;
static struct assent_archive archive;
static struct assent_engine engines[ENGINES];
static uint8_t recv_bytes[ENGINES][RECV_BYTES];
static uint8_t send_bytes[ENGINES][SEND_BYTES];
static char out[OUT_BYTES];
static size_t out_len;
static size_t send_room; /* of the next engines */

static inline const uint8_t *map(void *ctx, uint32_t offset)
{
    (void)ctx;
    return v->device.sim.bytes +
           v->device.layout.region[ASSENT_REGION_POLICIES].first * (size_t)4096 + offset;
}

static inline bool fault(void *ctx, unsigned index, const char **name, uint64_t *value)
{
    (void)ctx;
    *name = "a_fault";
    *value = UINT64_MAX;
    return index < 2;
}

static inline void open_admin(bool with_token)
{
    uint8_t text[ASSENT_ADMIN_TOKEN_MAX];
    size_t len;

    v = visitor_open();
    send_room = 4096;
    archive = (struct assent_archive){.policies = &v->device.policies, .map = map};
    board = (struct assent_admin_board){.fault = fault};
    memset(&unclassified, 0, sizeof(unclassified));
    memset(exchanges, 0, sizeof(exchanges));
    v->app.unclassified = &unclassified;
    v->app.hosts = &unclassified; /* as long and as odd */
    v->app.archive = &archive;
    admin = (struct assent_admin){
        .app = &v->app, .board = &board, .exchanges = exchanges, .exchange_count = ENGINES};
    assent_admin_init(&admin);
    if (with_token) {
        CHECK_INT(assent_admin_set_token(&v->device.keys, assent_span(token, sizeof(token) - 1),
                                         text, &len),
                  ASSENT_OK);
    }
}

static inline void connect_to(unsigned e)
{
    static struct assent_engine_settings settings;

    settings = (struct assent_engine_settings){&assent_admin_handler, &admin, &v->clock};
    assent_engine_init(&engines[e], &settings, recv_bytes[e], sizeof(recv_bytes[e]), send_bytes[e],
                       send_room, v->uptime_ms);
}

/* Hand over bytes as far as they are taken, and take what comes back.
 *   most    bytes at once
 *   return  bytes taken */
static inline size_t give(unsigned e, const char *bytes, size_t len, size_t most)
{
    size_t given = 0;
    bool moved = true;

    while (moved) {
        size_t room;
        bool fixed;
        uint8_t *in = assent_engine_recv_buf(&engines[e], &room);
        const uint8_t *sent;

        moved = false;
        if (in != NULL && given < len) {
            room = room < len - given ? room : len - given;
            room = room < most ? room : most;
            memcpy(in, bytes + given, room);
            assent_engine_recv_ack(&engines[e], room);
            given += room;
            moved = true;
        }
        sent = assent_engine_send_buf(&engines[e], &room, &fixed);
        if (sent != NULL && room > 0 && out_len + room < OUT_BYTES) {
            memcpy(out + out_len, sent, room);
            assent_engine_send_ack(&engines[e], room);
            out_len += room;
            moved = true;
        }
    }
    out[out_len] = '\0';
    return given;
}

static inline unsigned status(void)
{
    return (unsigned)strtoul(out + strcspn(out, " "), NULL, 10);
}

static inline size_t write_head(char *text, size_t cap, const char *method, const char *target,
                                const char *fields)
{
    return (size_t)snprintf(text, cap, "%s /admin/%s HTTP/1.1\r\nHost: device:8081\r\n%s\r\n",
                            method, target, fields);
}

/* One request with the token.
 *   return  the status; 0: the answer is not whole */
static inline unsigned get(const char *target)
{
    char text[512];
    size_t len = write_head(text, sizeof(text), "GET", target,
                            "Authorization: Bearer operator-token-of-a-test\r\n");

    out_len = 0;
    connect_to(0);
    (void)give(0, text, len, len);
    assent_engine_abort(&engines[0]);
    return strstr(out, "\r\nTransfer-Encoding: chunked\r\n") == NULL ||
                   (out_len > 5 && strcmp(out + out_len - 5, "0\r\n\r\n") == 0)
               ? status()
               : 0;
}

static inline unsigned post(const char *target, const char *fields, const char *body, size_t len,
                            size_t split)
{
    char text[1024];
    char more[640];
    size_t head;

    (void)snprintf(more, sizeof(more),
                   "Authorization: Bearer operator-token-of-a-test\r\n%sContent-Length: %u\r\n",
                   fields, (unsigned)len);
    head = write_head(text, sizeof(text), "POST", target, more);
    out_len = 0;
    connect_to(0);
    (void)give(0, text, head, head);
    if (split > 0) {
        (void)give(0, body, split, split);
    }
    (void)give(0, body + split, len - split, split == 0 ? 1 : len);
    assent_engine_abort(&engines[0]);
    return status();
}

#endif
