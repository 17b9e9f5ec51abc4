/* SPDX-License-Identifier: MIT */
/* The consent application behind the engine, on a device with its sites. The first byte says which site's
 * forms are known, whether the connection is HTTPS, and whether the device is a kiosk; the rest is what a
 * client sends, on one connection after the other where a byte 0 stands. What only the device can make is
 * put in: 22 times '@' is a form token, 84 times '~' and 63 times '^' are the last consent token of that
 * length. What leaves is whole and well-formed answers; no cookie that needs consent is set and nothing is
 * recorded unless a choice was taken. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/gate_expire.h"
#include "http/guard.h"
#include "tests/unit/visitor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 8192, OUT_MAX = 1 << 20, REQUESTS = 256, HTTPS = 0x40, KIOSK = 0x80 };

/* A request that the application saw. */
struct seen {
    const struct assent_app_site *site;
    uint8_t method;
    bool choice; /* asks for what may be a grant */
};

static struct visitor *v;
static struct device pristine;
static struct assent_app app;
static struct assent_app_site sites[VISITOR_SITES];
static struct seen seen[REQUESTS];
static unsigned seen_count;
static unsigned choices; /* that were taken */
static char tokens[2][96];
static char out[OUT_MAX];
static size_t out_len;

static void require(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "%s in:\n%.*s\n", what, (int)out_len, out);
        abort();
    }
}

/* ---- what the application sees ---- */

static void request(void *context, struct assent_engine *engine)
{
    const struct assent_request *in = &engine->request;
    struct seen *one = &seen[seen_count < REQUESTS ? seen_count : REQUESTS - 1];

    one->site = assent_app_site(&v->app, in->host);
    one->method = in->method;
    one->choice = in->method == ASSENT_METHOD_POST || in->method == ASSENT_METHOD_PUT;
    seen_count++;
    assent_app_handler.request(context, engine);
}

/* ---- what leaves ---- */

static bool is_essential(const struct assent_app_site *site, struct assent_span name)
{
    struct assent_policy_cookie row;

    return assent_gate_is_token(name) || assent_span_equal(name, ASSENT_SPAN("assent-kiosk")) ||
           assent_span_equal(name, ASSENT_SPAN("__Host-assent-kiosk")) ||
           (assent_policy_find_cookie(&site->policy, name, &row) == ASSENT_OK &&
            row.tier == ASSENT_TIER_ESSENTIAL);
}

static void check_cookie(const struct seen *one, struct assent_span line)
{
    struct assent_span rest = line;
    struct assent_span pair = assent_span_take(&rest, ';');
    struct assent_span name = assent_span_take(&pair, '=');
    bool expires = false;

    for (size_t i = 0; i + 9 <= line.len; i++) {
        expires = expires || memcmp(line.ptr + i, "Max-Age=0", 9) == 0;
    }
    if (assent_gate_is_token(name) && pair.len == 84) {
        memcpy(tokens[0], pair.ptr, pair.len);
    } else if (assent_gate_is_token(name) && pair.len == 63) {
        memcpy(tokens[1], pair.ptr, pair.len);
    }
    /* Under opt-out and until objected to, more may pass without a choice. */
    require(expires || choices > 0 || one == NULL || one->site == NULL ||
                one->site->policy.regime != ASSENT_REGIME_EU || is_essential(one->site, name),
            "a cookie without a choice");
}

static const char *find(const char *from, const char *end, const char *what)
{
    size_t len = strlen(what);

    while ((size_t)(end - from) >= len && memcmp(from, what, len) != 0) {
        from++;
    }
    return (size_t)(end - from) >= len ? from : NULL;
}

/* Lines of a head: what frames the content, which cookies are set.
 *   length  -1: none; -2: chunked */
static void read_head(const struct seen *one, const char *at, const char *end, long *length)
{
    *length = -1;
    while (at < end) {
        const char *line_end = find(at, end, "\r\n");
        size_t len = (size_t)(line_end - at);

        require(memchr(at, '\0', len) == NULL && memchr(at, ':', len) != NULL, "no field");
        if (len > 12 && memcmp(at, "Set-Cookie: ", 12) == 0) {
            check_cookie(one, assent_span(at + 12, len - 12));
        }
        if (len > 16 && memcmp(at, "Content-Length: ", 16) == 0) {
            require(*length == -1, "two framings");
            *length = strtol(at + 16, NULL, 10);
        }
        if (len >= 26 && memcmp(at, "Transfer-Encoding: chunked", 26) == 0) {
            require(*length == -1, "two framings");
            *length = -2;
        }
        at = line_end + 2;
    }
}

static const char *skip_chunks(const char *at, const char *end)
{
    for (;;) {
        char *behind;
        unsigned long len = strtoul(at, &behind, 16);

        require(behind > at && behind + 2 <= end && memcmp(behind, "\r\n", 2) == 0, "no chunk");
        at = behind + 2;
        require((size_t)(end - at) >= len + 2 && memcmp(at + len, "\r\n", 2) == 0, "a cut chunk");
        at += len + 2;
        if (len == 0) {
            return at;
        }
    }
}

/* All answers of a connection, each whole. */
static void read_answers(const char *at, const char *end)
{
    unsigned index = 0;

    while (at < end) {
        const struct seen *one = index < seen_count && index < REQUESTS ? &seen[index] : NULL;
        const char *head = find(at, end, "\r\n");
        const char *body = find(at, end, "\r\n\r\n");
        unsigned status;
        long length;

        require(head != NULL && body != NULL && end - at > 12 && memcmp(at, "HTTP/1.1 ", 9) == 0,
                "no answer");
        status = (unsigned)strtoul(at + 9, NULL, 10);
        require(status >= 100 && status < 600, "no status");
        read_head(one, head + 2, body + 2, &length);
        at = body + 4;
        if (status < 200) {
            continue;
        }
        choices += one != NULL && one->choice && (status == 303 || status == 200) ? 1 : 0;
        index++;
        if ((one != NULL && one->method == ASSENT_METHOD_HEAD) || status == 204 || status == 304 ||
            (one == NULL && at == end)) { /* the refusal of a HEAD that was not read to its end */
            continue;
        }
        if (length == -2) {
            at = skip_chunks(at, end);
        } else if (length >= 0) {
            require(end - at >= length, "content that is cut");
            at += length;
        } else {
            at = end; /* the end of the connection */
        }
    }
    /* The last one may not be complete. */
    require(index + 1 >= seen_count, "a request without an answer");
}

/* ---- one connection ---- */

static void deliver(const uint8_t *data, size_t size)
{
    static uint8_t recv[8192];
    static uint8_t send[4096];
    static struct assent_engine engine;
    struct assent_handler handler = assent_app_handler;
    struct assent_engine_settings settings = {&handler, &v->server, &v->clock};
    size_t sent = 0;
    bool moved = true;

    handler.request = request;
    seen_count = 0;
    out_len = 0;
    assent_engine_init(&engine, &settings, recv, sizeof(recv), send, sizeof(send), v->uptime_ms);
    while (moved) {
        size_t room;
        bool fixed;
        uint8_t *in = assent_engine_recv_buf(&engine, &room);
        const uint8_t *bytes;

        moved = false;
        if (in != NULL && sent < size) {
            room = room < size - sent ? room : size - sent;
            memcpy(in, data + sent, room);
            assent_engine_recv_ack(&engine, room);
            sent += room;
            moved = room > 0;
        }
        bytes = assent_engine_send_buf(&engine, &room, &fixed);
        if (bytes != NULL && room > 0 && out_len + room < OUT_MAX) {
            memcpy(out + out_len, bytes, room);
            assent_engine_send_ack(&engine, room);
            out_len += room;
            moved = true;
        }
    }
    assent_engine_abort(&engine);
    out[out_len] = '\0';
    read_answers(out, out + out_len);
}

/* Put text over each run of so many letters. */
static void fill(uint8_t *bytes, size_t size, uint8_t letter, const char *text, size_t len)
{
    size_t run = 0;

    for (size_t i = 0; i < size; i++) {
        run = bytes[i] == letter ? run + 1 : 0;
        if (run == len && text[0] != '\0') {
            memcpy(bytes + i + 1 - len, text, len);
            run = 0;
        }
    }
}

/* ---- an input ---- */

static void start(void)
{
    if (v == NULL) {
        v = visitor_open();
        device_open(&pristine, 4096, 64, 0);
        device_clone(&pristine, &v->device);
        app = v->app;
        memcpy(sites, v->sites, sizeof(sites));
    }
    device_clone(&v->device, &pristine);
    v->app = app;
    memcpy(v->sites, sites, sizeof(sites));
    memset(&v->exchange, 0, sizeof(v->exchange));
    memset(tokens, 0, sizeof(tokens));
    choices = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t input[INPUT_MAX];
    uint8_t form[ASSENT_APP_FORM_BYTES + 1] = {0};
    struct assent_visit visit = {0};
    size_t from = 0;

    if (size < 2 || size > INPUT_MAX) {
        return 0;
    }
    start();
    v->server.https = (data[0] & HTTPS) != 0;
    v->app.kiosk.idle_s = (data[0] & KIOSK) != 0 ? 60 : 0;
    visit.app = &v->app;
    visit.site = &v->sites[(data[0] & 0x3F) % VISITOR_SITES];
    visit.gate.now = v->device.now;
    require(assent_guard_form(&visit, form) == ASSENT_OK, "no form");
    memcpy(input, data + 1, size - 1);
    for (size_t i = 0; i < size; i++) {
        if (i == size - 1 || input[i] == 0) {
            fill(input + from, i - from, '@', (char *)form, ASSENT_APP_FORM_BYTES);
            fill(input + from, i - from, '~', tokens[0], 84);
            fill(input + from, i - from, '^', tokens[1], 63);
            deliver(input + from, i - from);
            from = i + 1;
        }
    }
    require(choices > 0 || visitor_records(v) == 0, "a record without a choice");
    require(visitor_records(v) <= choices, "more records than choices");
    return 0;
}
