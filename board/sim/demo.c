/* SPDX-License-Identifier: MIT */
/* A start page, an echo and bytes without end. */
#include "board/sim/demo.h"

#include <string.h>

#include "http/field.h"

enum { CONTENT_MAX_BYTES = 16 << 20, BYTES_MAX = 1000000000 };

/* 1024 bytes with the padding of spaces. */
static const char page[1025] =
    "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>assent</title>\n"
    "<h1>assent</h1>\n<p>This page came through lwIP and the device's own HTTP server.</p>\n"
    "<ul>\n<li><a href=\"/echo\">/echo</a> shows what arrives</li>\n"
    "<li><a href=\"/bytes/100000\">/bytes/100000</a> sends so many bytes</li>\n</ul>\n"
    "                                                                                "
    "                                                                                "
    "                                                                                "
    "                                                                                "
    "                                                                                "
    "                                                                                "
    "                                                                                "
    "                                                                                ";

/* The exchange that belongs to an engine: there are as many of both. */
static struct sim_demo_exchange *exchange_of(struct sim_demo *demo,
                                             const struct assent_engine *engine)
{
    struct sim_demo_exchange *exchange = demo->exchanges;

    while (exchange->engine != engine && exchange->engine != NULL &&
           exchange < &demo->exchanges[SIM_DEMO_EXCHANGES - 1]) {
        exchange++;
    }
    exchange->engine = engine;
    return exchange;
}

static int filter_request(void *context, struct assent_engine *engine, uint8_t *head, size_t len)
{
    struct sim_demo *demo = context;
    struct sim_demo_exchange *exchange = exchange_of(demo, engine);
    struct assent_gate_input input = {.now = demo->clock->now(demo->clock->ctx),
                                      .https = demo->https};

    exchange->filtered = false;
    if (demo->gate == NULL) {
        return (int)len;
    }
    exchange->filtered = true;
    return assent_gate_request(demo->gate, &input, head, len, &exchange->gate);
}

static int filter_response(void *context, struct assent_engine *engine, struct assent_span head,
                           struct assent_writer *out)
{
    struct sim_demo *demo = context;
    struct sim_demo_exchange *exchange = exchange_of(demo, engine);
    bool interim = engine->response.status < 200 && engine->response.status != 101;

    if (!exchange->filtered) {
        assent_writer_put(out, head);
        return assent_writer_result(out) < 0 ? ASSENT_ERR_SPACE : ASSENT_OK;
    }
    return assent_gate_response(demo->gate, &exchange->gate,
                                interim ? ASSENT_GATE_INTERIM : ASSENT_GATE_FINAL, head, out);
}

/* "/bytes/N" */
static bool read_count(struct assent_span path, uint64_t *count)
{
    struct assent_span prefix = ASSENT_SPAN("/bytes/");

    return assent_span_starts(path, prefix) &&
           assent_field_number(assent_span_slice(path, prefix.len, path.len), count) == ASSENT_OK &&
           *count <= BYTES_MAX;
}

static bool is_echo(const struct assent_engine *engine)
{
    return assent_span_equal(engine->request.path, ASSENT_SPAN("/echo"));
}

static void begin_bytes(struct assent_engine *engine, struct sim_demo_exchange *exchange)
{
    assent_response_start(&engine->response, 200);
    assent_response_text(&engine->response, "Content-Type", "application/octet-stream");
    assent_response_text(&engine->response, "Cache-Control", "no-store");
    (void)assent_response_length(&engine->response, exchange->left);
}

static void request(void *context, struct assent_engine *engine)
{
    struct sim_demo_exchange *exchange = exchange_of(context, engine);
    bool reads =
        engine->request.method == ASSENT_METHOD_GET || engine->request.method == ASSENT_METHOD_HEAD;

    exchange->content_bytes = 0;
    exchange->left = 0;
    if (is_echo(engine)) {
        assent_engine_limit_content(engine, CONTENT_MAX_BYTES);
    } else if (!reads) {
        (void)assent_response_not_allowed(&engine->response, "GET, HEAD");
    } else if (assent_span_equal(engine->request.path, ASSENT_SPAN("/"))) {
        (void)assent_response_send_fixed(&engine->response, 200, "text/html; charset=utf-8",
                                         assent_span(page, sizeof(page) - 1));
    } else if (read_count(engine->request.path, &exchange->left)) {
        begin_bytes(engine, exchange);
    } else {
        (void)assent_response_problem(&engine->response, 404, NULL);
    }
}

static size_t content(void *context, struct assent_engine *engine, struct assent_span bytes)
{
    exchange_of(context, engine)->content_bytes += bytes.len;
    return bytes.len;
}

static void put_line(struct assent_writer *w, const char *name, struct assent_span value)
{
    assent_writer_text(w, name);
    assent_writer_put(w, value);
    assent_writer_byte(w, '\n');
}

/* The answer of /echo, once all content is there. */
static void content_end(void *context, struct assent_engine *engine, struct assent_span trailers)
{
    struct sim_demo_exchange *exchange = exchange_of(context, engine);
    struct assent_head fields = assent_request_fields(&engine->request);
    struct assent_head_field field;
    uint8_t text[2048];
    struct assent_writer w = assent_writer(text, sizeof(text));

    (void)trailers;
    if (!is_echo(engine) || engine->response.state != ASSENT_RESPONSE_READY) {
        return;
    }
    put_line(&w, "method: ", engine->request.method_name);
    put_line(&w, "target: ", engine->request.target);
    assent_writer_text(&w, "length: ");
    assent_writer_decimal(&w, exchange->content_bytes);
    assent_writer_byte(&w, '\n');
    while (assent_head_next(&fields, &field) == 1) {
        if (assent_span_equal_nocase(field.name, ASSENT_SPAN("cookie"))) {
            put_line(&w, "cookie: ", field.value);
        }
    }
    if (w.error != ASSENT_OK) {
        (void)assent_response_problem(&engine->response, 431, NULL);
        return;
    }
    assent_response_start(&engine->response, 200);
    assent_response_text(&engine->response, "Content-Type", "text/plain; charset=utf-8");
    assent_response_text(&engine->response, "Cache-Control", "no-store");
    (void)assent_response_length(&engine->response, w.len);
    (void)assent_response_write(&engine->response, assent_writer_span(&w));
    (void)assent_response_end(&engine->response);
}

/* The content of /bytes: the alphabet, over and over. */
static void produce(void *context, struct assent_engine *engine)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz012345";
    struct sim_demo_exchange *exchange = exchange_of(context, engine);
    uint8_t piece[512];
    size_t room = assent_response_room(&engine->response);

    while (exchange->left > 0 && room > 0) {
        size_t len = room < sizeof(piece) ? room : sizeof(piece);

        len = len < exchange->left ? len : (size_t)exchange->left;
        for (size_t i = 0; i < len; i++) {
            piece[i] = (uint8_t)letters[(exchange->left - i) % (sizeof(letters) - 1)];
        }
        exchange->left -= assent_response_write(&engine->response, assent_span(piece, len));
        room = assent_response_room(&engine->response);
    }
    if (exchange->left == 0) {
        (void)assent_response_end(&engine->response);
    }
}

const struct assent_handler sim_demo_handler = {
    .filter_request = filter_request,
    .filter_response = filter_response,
    .request = request,
    .content = content,
    .content_end = content_end,
    .produce = produce,
};
