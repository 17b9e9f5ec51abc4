/* SPDX-License-Identifier: MIT */
#include "tests/unit/visitor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/demo_site.h"
#include "port/host/error_text.h"
#include "tests/unit/policy_file.h"

enum { RECV_BYTES = 8192, SEND_BYTES = 16384 };

static const char *const names[VISITOR_SITES] = {"proclientchat", "procomm-voices", "prointerview",
                                                 "prokoders", "selfmento"};
static uint8_t images[VISITOR_SITES][POLICY_FILE_BYTES];
static uint8_t texts[POLICY_FILE_BYTES];
static struct visitor visitor;

static struct assent_time now(void *ctx)
{
    (void)ctx;
    return visitor.device.now;
}

static uint32_t uptime_ms(void *ctx)
{
    (void)ctx;
    return visitor.uptime_ms;
}

static void must(int error, const char *what)
{
    if (error != ASSENT_OK) {
        printf("visitor: %s: %s\n", what, assent_error_text(error));
        abort();
    }
}

static void open_app(void)
{
    visitor.clock = (struct assent_clock){NULL, now, uptime_ms};
    visitor.app = (struct assent_app){.consents = &visitor.device.consents,
                                      .keys = &visitor.device.keys,
                                      .crypto = &visitor.device.crypto,
                                      .clock = &visitor.clock,
                                      .entropy = &visitor.device.entropy,
                                      .text = &visitor.text,
                                      .scratch = visitor.scratch,
                                      .sites = visitor.sites,
                                      .site_max = VISITOR_SITES};
    assent_app_init(&visitor.app);
    for (unsigned i = 0; i < VISITOR_SITES; i++) {
        must(assent_app_open_site(&visitor.app, assent_span(images[i], sizeof(images[i])),
                                  (uint8_t)i),
             names[i]);
    }
    memset(&visitor.exchange, 0, sizeof(visitor.exchange));
    visitor.server = (struct assent_app_server){.app = &visitor.app,
                                                .exchanges = &visitor.exchange,
                                                .exchange_count = 1,
                                                .answer = assent_demo_site_answer};
}

struct visitor *visitor_open(void)
{
    size_t len = policy_file_read("texts", texts);

    memset(&visitor, 0, sizeof(visitor));
    device_open(&visitor.device, 4096, 64, 0);
    must(assent_text_open(&visitor.text, assent_span(texts, len), &visitor.device.crypto), "texts");
    for (unsigned i = 0; i < VISITOR_SITES; i++) {
        if (policy_file_read(names[i], images[i]) == 0) {
            abort();
        }
    }
    open_app();
    visitor.host = "prokoders.localhost";
    visitor.fields = "";
    visitor.send_bytes = 4096;
    return &visitor;
}

void visitor_close(struct visitor *v)
{
    device_close(&v->device);
}

void visitor_restart(struct visitor *v)
{
    must(device_start(&v->device), "start");
    open_app();
}

/* ---- the browser ---- */

static char *place_of(const char *pair, size_t name_len)
{
    char *free_place = NULL;

    for (unsigned i = 0; i < VISITOR_COOKIES; i++) {
        if (strncmp(visitor.cookie[i], pair, name_len + 1) == 0) {
            return visitor.cookie[i];
        }
        if (visitor.cookie[i][0] == '\0' && free_place == NULL) {
            free_place = visitor.cookie[i];
        }
    }
    return free_place;
}

void visitor_plant(struct visitor *v, const char *pair)
{
    (void)snprintf(place_of(pair, strcspn(pair, "=")), sizeof(v->cookie[0]), "%s", pair);
}

/* One Set-Cookie value. Domain and path are not looked at: names are enough here. */
static void store(const char *value, size_t len)
{
    char line[512];
    size_t pair;
    char *place;

    (void)snprintf(line, sizeof(line), "%.*s", (int)len, value);
    pair = strcspn(line, ";");
    place = place_of(line, strcspn(line, "="));
    if (strstr(line, "Max-Age=0") != NULL || strstr(line, "1970") != NULL) {
        place[0] = '\0';
    } else {
        line[pair] = '\0';
        (void)snprintf(place, sizeof(visitor.cookie[0]), "%.150s", line);
    }
}

static void store_all(void)
{
    const char *at = visitor.answer;

    while ((at = strstr(at, "\r\nSet-Cookie: ")) != NULL && at < visitor.content) {
        at += 14;
        store(at, strcspn(at, "\r"));
    }
}

/* Join the chunks of the content. */
static void join(void)
{
    char *from = visitor.answer + (visitor.content - visitor.answer);
    char *to = from;
    unsigned long len;

    while ((len = strtoul(from, &from, 16)) > 0) {
        memmove(to, from + 2, len);
        to += len;
        from += len + 4;
    }
    *to = '\0';
}

static void take_answer(size_t len)
{
    const char *end = NULL;

    visitor.answer[len] = '\0';
    end = strstr(visitor.answer, "\r\n\r\n");
    visitor.content = end != NULL ? end + 4 : visitor.answer + len;
    visitor.status = (unsigned)strtoul(visitor.answer + strcspn(visitor.answer, " "), NULL, 10);
    if (strstr(visitor.answer, "\r\nTransfer-Encoding: chunked\r\n") != NULL &&
        visitor.content[0] != '\0') {
        join();
    }
    if (!visitor.no_cookies) {
        store_all();
    }
}

static size_t write_request(char *out, size_t cap, const char *method, const char *path,
                            const char *type, const char *body)
{
    size_t len = (size_t)snprintf(out, cap, "%s %s HTTP/1.1\r\nHost: %s:8080\r\n%s", method, path,
                                  visitor.host, visitor.fields);
    bool first = true;

    for (unsigned i = 0; i < VISITOR_COOKIES; i++) {
        if (visitor.cookie[i][0] != '\0') {
            len += (size_t)snprintf(out + len, cap - len, "%s%s", first ? "Cookie: " : "; ",
                                    visitor.cookie[i]);
            first = false;
        }
    }
    len += (size_t)snprintf(out + len, cap - len, "%s", first ? "" : "\r\n");
    if (body != NULL) {
        len += (size_t)snprintf(out + len, cap - len, "Content-Type: %s\r\nContent-Length: %u\r\n",
                                type != NULL ? type : "application/x-www-form-urlencoded",
                                (unsigned)strlen(body));
    }
    len += (size_t)snprintf(out + len, cap - len, "\r\n%s", body != NULL ? body : "");
    return len;
}

/* Move bytes both ways until the engine has nothing more to say. */
static size_t exchange(struct assent_engine *engine, const char *request, size_t len)
{
    size_t sent = 0;
    size_t got = 0;
    bool moved = true;

    while (moved) {
        size_t room;
        bool fixed;
        uint8_t *in = assent_engine_recv_buf(engine, &room);
        const uint8_t *out;

        moved = false;
        if (in != NULL && sent < len) {
            room = room < len - sent ? room : len - sent;
            memcpy(in, request + sent, room);
            assent_engine_recv_ack(engine, room);
            sent += room;
            moved = true;
        }
        out = assent_engine_send_buf(engine, &room, &fixed);
        if (out != NULL && room > 0 && got + room < VISITOR_OUT_BYTES) {
            memcpy(visitor.answer + got, out, room);
            assent_engine_send_ack(engine, room);
            got += room;
            moved = true;
        }
    }
    return got;
}

unsigned visitor_ask(struct visitor *v, const char *method, const char *path, const char *type,
                     const char *body)
{
    static uint8_t recv[RECV_BYTES];
    static uint8_t send[SEND_BYTES];
    static struct assent_engine engine;
    static char request[RECV_BYTES];
    struct assent_engine_settings settings = {&assent_app_handler, &v->server, &v->clock};
    size_t len = write_request(request, sizeof(request), method, path, type, body);

    assent_engine_init(&engine, &settings, recv, sizeof(recv), send, v->send_bytes, v->uptime_ms);
    take_answer(exchange(&engine, request, len));
    assent_engine_abort(&engine);
    return v->status;
}

unsigned visitor_get(struct visitor *v, const char *path)
{
    return visitor_ask(v, "GET", path, NULL, NULL);
}

unsigned visitor_post(struct visitor *v, const char *path, const char *fields)
{
    char body[512];
    const char *form;
    unsigned status;

    (void)visitor_get(v, "/.consent/");
    form = strstr(v->content, "name=\"form\" value=\"");
    if (form == NULL) {
        return 0;
    }
    (void)snprintf(body, sizeof(body), "%s&form=%.22s", fields, form + 19);
    status = visitor_ask(v, "POST", path, NULL, body);
    if (status == 303 && strncmp(visitor_field(v, "Location"), "/.consent/kept", 14) == 0) {
        char kept[512];

        (void)snprintf(kept, sizeof(kept), "%s", visitor_field(v, "Location"));
        (void)visitor_get(v, kept);
    }
    return status;
}

bool visitor_has(const struct visitor *v, const char *text)
{
    return strstr(v->answer, text) != NULL;
}

bool visitor_keeps(const struct visitor *v, const char *name)
{
    const char *place = place_of(name, strlen(name) - 1);

    (void)v;
    return place != NULL && strncmp(place, name, strlen(name)) == 0;
}

unsigned visitor_cookies(const struct visitor *v)
{
    unsigned count = 0;

    for (unsigned i = 0; i < VISITOR_COOKIES; i++) {
        count += v->cookie[i][0] != '\0' ? 1 : 0;
    }
    return count;
}

const char *visitor_field(const struct visitor *v, const char *name)
{
    static char value[1024];
    char line[64];
    const char *at;

    (void)snprintf(line, sizeof(line), "\r\n%s: ", name);
    at = strstr(v->answer, line);
    value[0] = '\0';
    if (at != NULL && at < v->content) {
        at += strlen(line);
        (void)snprintf(value, sizeof(value), "%.*s", (int)strcspn(at, "\r"), at);
    }
    return value;
}

unsigned visitor_records(struct visitor *v)
{
    struct assent_record record;
    uint64_t cursor = 0;
    unsigned count = 0;

    while (assent_consents_next(&v->device.consents, &cursor, &record) == ASSENT_OK) {
        count++;
    }
    return count;
}
