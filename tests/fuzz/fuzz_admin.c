/* SPDX-License-Identifier: MIT */
/* The operator's side. The first byte says how: a request as it is, without a token or with the right one;
 * an image uploaded as it is, or with a good length and signature; a file in a form. Nothing that was not
 * compiled as a newer revision is ever put in force, whoever asks without a token gets nothing but 401,
 * 429 or what HTTP itself says, and every exchange gives its place back. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/image.h"
#include "http/admin.h"
#include "http/image_signature.h"
#include "tests/unit/visitor.h"

enum { RECV_BYTES = 2048, SEND_BYTES = 2048, INPUT_BYTES = 6000, OUT_BYTES = 1 << 16 };

enum { ANONYMOUS, KNOWN, IMAGE, SIGNED, FORM, MODES };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct visitor *v;
static struct assent_admin admin;
static struct assent_admin_board board;
static struct assent_admin_exchange exchange;
static struct assent_archive archive;
static const uint8_t key[ASSENT_SHA256_BYTES] = "a key that the operator shares..";
static char out[OUT_BYTES];

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static const uint8_t *map(void *ctx, uint32_t offset)
{
    (void)ctx;
    return v->device.sim.bytes +
           v->device.layout.region[ASSENT_REGION_POLICIES].first * (size_t)4096 + offset;
}

/* Again after a request for another one. */
static void set_token(void)
{
    static const char token[] = "operator-token-of-a-test";
    uint8_t text[ASSENT_ADMIN_TOKEN_MAX];
    size_t len;

    require(assent_admin_set_token(&v->device.keys, assent_span(token, sizeof(token) - 1), text,
                                   &len) == ASSENT_OK);
}

static void open_once(void)
{
    if (v != NULL) {
        return;
    }
    v = visitor_open();
    archive = (struct assent_archive){.policies = &v->device.policies, .map = map};
    v->app.archive = &archive;
    admin = (struct assent_admin){
        .app = &v->app, .board = &board, .exchanges = &exchange, .exchange_count = 1};
    assent_admin_init(&admin);
    set_token();
    require(assent_keys_put(&v->device.keys, ASSENT_SPAN(ASSENT_ADMIN_POLICY_KEY_NAME),
                            assent_span(key, sizeof(key))) == ASSENT_OK);
}

/* return  bytes of the request */
static size_t build(unsigned mode, const uint8_t *data, size_t size, char *request)
{
    static const char token[] = "Authorization: Bearer operator-token-of-a-test\r\n";
    static uint8_t body[INPUT_BYTES + 64];
    size_t len = size;
    int head;

    memcpy(body, data, size);
    if (mode == KNOWN) {
        /* The token goes behind the first line. */
        const uint8_t *end = memchr(data, '\n', size);
        size_t at = end != NULL ? (size_t)(end - data) + 1 : size;

        memcpy(request, data, at);
        memcpy(request + at, token, sizeof(token) - 1);
        memcpy(request + at + sizeof(token) - 1, data + at, size - at);
        return size + sizeof(token) - 1;
    }
    if (mode == ANONYMOUS) {
        memcpy(request, data, size);
        return size;
    }
    if (mode == SIGNED && size >= ASSENT_IMAGE_BODY) {
        uint8_t signature[ASSENT_IMAGE_SIGNATURE_BYTES];

        memcpy(body, "APOL", 4);
        assent_bytes_store32(body + 8, (uint32_t)size);
        require(assent_image_signature_make(assent_span(body, size), key, &v->device.crypto,
                                            signature) == ASSENT_OK);
        memcpy(&body[size], signature, sizeof(signature));
        len += ASSENT_IMAGE_SIGNATURE_BYTES;
    }
    head = snprintf(request, 512,
                    "POST /admin/policies HTTP/1.1\r\nHost: d\r\n%sContent-Type: %s\r\n"
                    "Content-Length: %zu\r\n\r\n",
                    token, mode == FORM ? "multipart/form-data" : "application/octet-stream", len);
    memcpy(request + head, body, len);
    return (size_t)head + len;
}

static void deliver(const char *request, size_t len, size_t piece)
{
    static uint8_t recv[RECV_BYTES];
    static uint8_t send[SEND_BYTES];
    static struct assent_engine engine;
    struct assent_engine_settings settings = {&assent_admin_handler, &admin, &v->clock};
    size_t given = 0;
    size_t got = 0;
    bool moved = true;

    assent_engine_init(&engine, &settings, recv, sizeof(recv), send, sizeof(send), v->uptime_ms);
    while (moved) {
        size_t room;
        bool fixed;
        uint8_t *in = assent_engine_recv_buf(&engine, &room);
        const uint8_t *sent;

        moved = false;
        if (in != NULL && given < len) {
            room = room < len - given ? room : len - given;
            room = room < piece ? room : piece;
            memcpy(in, request + given, room);
            assent_engine_recv_ack(&engine, room);
            given += room;
            moved = true;
        }
        sent = assent_engine_send_buf(&engine, &room, &fixed);
        if (sent != NULL && room > 0) {
            size_t kept = got + room < OUT_BYTES ? room : 0;

            memcpy(out + got, sent, kept);
            got += kept;
            assent_engine_send_ack(&engine, room);
            moved = true;
        }
    }
    out[got] = '\0';
    assent_engine_abort(&engine);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char request[INPUT_BYTES + 1024];
    uint32_t uploads;
    unsigned mode;

    if (size < 1 || size > INPUT_BYTES) {
        return 0;
    }
    open_once();
    mode = data[0] % MODES;
    uploads = admin.upload_count;
    v->uptime_ms += 100000; /* wrong tokens of before are forgiven */
    deliver(request, build(mode, data + 1, size - 1, request),
            (data[0] & 0x80) != 0 ? (size_t)(data[0] & 0x1F) + 1 : SIZE_MAX);
    require(admin.work.owner == NULL && exchange.engine == NULL);
    require(admin.upload_count == uploads);
    if (strstr(out, "{\"token\":\"") != NULL) {
        set_token();
    }
    if (mode == ANONYMOUS && strncmp(out, "HTTP/1.1 2", 10) == 0) {
        require(strstr(out, "text/css") != NULL); /* the style of the login form */
    }
    return 0;
}
