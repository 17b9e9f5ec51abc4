/* SPDX-License-Identifier: MIT */
/* One exchange of the gateway without a network: cut at every byte on either side, broken at every byte.
 * With a network and more of what can go wrong: tests/sim/gateway.js. */
#include "http/gateway.h"

#include "tests/unit/test.h"
#include "tests/unit/visitor.h"

enum { RECV_BYTES = 4096, SEND_BYTES = 12288, SEEN_BYTES = 16384 };

static struct {
    struct visitor *visitor;
    struct assent_gateway gateway;
    struct assent_relay relay;
    struct assent_engine engine;
    struct assent_engine_settings settings;
    size_t piece;    /* bytes that the application takes at a time */
    unsigned opened; /* connections to the application */
    unsigned closed;
    bool kept;       /* the last one was to be kept */
    bool serve_kept; /* the next one has served before */
    uint8_t recv[RECV_BYTES];
    uint8_t send[SEND_BYTES];
    char to_app[SEEN_BYTES];
    size_t to_app_len;
    char to_visitor[SEEN_BYTES];
    size_t to_visitor_len;
} t;

/* ---- the transport ---- */

static void drain(struct assent_engine *engine)
{
    const uint8_t *from;
    size_t len;
    bool fixed;

    while ((from = assent_engine_send_buf(engine, &len, &fixed)) != NULL) {
        CHECK(t.to_visitor_len + len < SEEN_BYTES);
        memcpy(t.to_visitor + t.to_visitor_len, from, len);
        t.to_visitor_len += len;
        assent_engine_send_ack(engine, len);
    }
}

static void wake(void *ctx, struct assent_relay *relay)
{
    static bool busy;
    const uint8_t *from;
    size_t len;

    (void)ctx;
    if (busy) {
        return;
    }
    busy = true;
    while (relay->connection != NULL && (from = assent_relay_send_buf(relay, &len)) != NULL) {
        len = len < t.piece ? len : t.piece;
        CHECK(t.to_app_len + len < SEEN_BYTES);
        memcpy(t.to_app + t.to_app_len, from, len);
        t.to_app_len += len;
        assent_relay_send_ack(relay, len);
    }
    busy = false;
}

static int open_link(void *ctx, struct assent_relay *relay, bool fresh)
{
    int kept = t.serve_kept && !fresh;

    (void)ctx;
    t.opened++;
    relay->connection = &t;
    wake(NULL, relay);
    return kept;
}

static void close_link(void *ctx, struct assent_relay *relay, bool keep)
{
    (void)ctx;
    (void)relay;
    t.closed++;
    t.kept = keep;
}

static void run(void *ctx, struct assent_engine *engine)
{
    (void)ctx;
    CHECK(engine == &t.engine);
    drain(engine);
}

/* A device with an application behind one of its sites, and a visitor's connection to it. */
static void begin(size_t piece)
{
    struct assent_upstream upstream = {.address = {10, 0, 0, 1},
                                       .port = 80,
                                       .decision_field = ASSENT_SPAN(ASSENT_GATEWAY_FIELD),
                                       .insert = true};

    memset(&t.relay, 0, sizeof(t.relay));
    t.piece = piece;
    t.opened = t.closed = 0;
    t.kept = t.serve_kept = false;
    t.to_app_len = t.to_visitor_len = 0;
    t.gateway = (struct assent_gateway){.relays = &t.relay,
                                        .relay_count = 1,
                                        .link = {NULL, open_link, wake, close_link, run, NULL}};
    CHECK_INT(assent_gateway_lead(&t.gateway, &t.visitor->app, 4, &upstream), ASSENT_OK);
    t.visitor->server.gateway = &t.gateway;
    t.settings = (struct assent_engine_settings){&assent_app_handler, &t.visitor->server, NULL};
    assent_engine_init(&t.engine, &t.settings, t.recv, RECV_BYTES, t.send, SEND_BYTES, 1000);
}

static void from_visitor(const char *text, size_t len)
{
    while (len > 0) {
        size_t room;
        uint8_t *to = assent_engine_recv_buf(&t.engine, &room);

        if (to == NULL) {
            return;
        }
        room = room < len ? room : len;
        memcpy(to, text, room);
        assent_engine_recv_ack(&t.engine, room);
        drain(&t.engine);
        text += room;
        len -= room;
    }
}

static void from_app(const char *text, size_t len)
{
    size_t room;
    uint8_t *to;

    if (t.relay.connection == NULL || len == 0) {
        return;
    }
    to = assent_relay_recv_buf(&t.relay, &room);
    CHECK(len <= room);
    memcpy(to, text, len);
    assent_relay_recv_ack(&t.relay, len);
    drain(&t.engine);
}

static void finish(void)
{
    assent_engine_abort(&t.engine);
    CHECK_INT(t.relay.state, ASSENT_RELAY_FREE);
    CHECK(t.engine.user == NULL);
}

/* ---- tests ---- */

static const char request[] =
    "POST /a?b HTTP/1.1\r\nHost: selfmento.localhost\r\nTransfer-Encoding: chunked\r\n"
    "Cookie: _ga=1; sm_session=2\r\nAccept: text/html\r\n\r\n"
    "5\r\nhello\r\n3;x=y\r\n!!!\r\n0\r\nX-T: 1\r\n\r\n";
static const char answer[] =
    "HTTP/1.1 103 Early\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\n"
    "Content-Type: text/plain\r\nSet-Cookie: sm_session=3\r\n"
    "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\nX-S: 1\r\n\r\n";

/* Content of chunks alone: how they are cut is not the same each time. */
static const char *unchunked(const char *bytes, size_t len)
{
    static char out[SEEN_BYTES];
    size_t to = 0;
    size_t at = 0;

    while (at + 4 < len && memcmp(bytes + at, "\r\n\r\n", 4) != 0) {
        at++;
    }
    at += 4;
    for (;;) {
        unsigned size = 0;

        if (at >= len || sscanf(bytes + at, "%x", &size) != 1 || size == 0) {
            break;
        }
        while (bytes[at++] != '\n') {
        }
        memcpy(out + to, bytes + at, size);
        to += size;
        at += size + 2;
    }
    out[to] = '\0';
    return out;
}

TEST(an_exchange_is_the_same_wherever_either_side_is_cut)
{
    size_t most = sizeof(request) > sizeof(answer) ? sizeof(request) : sizeof(answer);

    t.visitor = visitor_open();
    for (size_t cut = 0; cut < most; cut++) {
        size_t in = cut < sizeof(request) - 1 ? cut : sizeof(request) - 1;
        size_t out = cut < sizeof(answer) - 1 ? cut : sizeof(answer) - 1;
        const char *final;

        begin(cut % 7 + 1);
        from_visitor(request, in);
        from_visitor(request + in, sizeof(request) - 1 - in);
        t.to_app[t.to_app_len] = '\0';
        CHECK(strstr(t.to_app, "\r\nCookie: sm_session=2\r\n") != NULL);
        CHECK(strstr(t.to_app, "_ga") == NULL && strstr(t.to_app, "X-T") == NULL);
        CHECK(strncmp(t.to_app, "POST /a?b HTTP/1.1\r\n", 20) == 0);
        CHECK_SPAN(assent_span(unchunked(t.to_app, t.to_app_len), 8), "hello!!!");
        from_app(answer, out);
        from_app(answer + out, sizeof(answer) - 1 - out);
        t.to_visitor[t.to_visitor_len] = '\0';
        final = strstr(t.to_visitor, "HTTP/1.1 200 OK");
        CHECK(strncmp(t.to_visitor, "HTTP/1.1 103", 12) == 0 && final != NULL);
        if (final != NULL) {
            CHECK(strstr(final, "Set-Cookie: sm_session=3") != NULL);
            CHECK_SPAN(assent_span(unchunked(final, strlen(final)), 3), "abc");
            CHECK(strstr(final, "X-S: 1") != NULL);
        }
        CHECK_INT(t.relay.state, ASSENT_RELAY_FREE);
        CHECK_INT(t.closed, 1);
        CHECK(t.kept);
        finish();
    }
    visitor_close(t.visitor);
}

TEST(either_side_may_break_at_every_byte)
{
    t.visitor = visitor_open();
    for (size_t cut = 0; cut < sizeof(answer) - 1; cut++) {
        for (unsigned how = 0; how < 3; how++) {
            begin(100);
            from_visitor(request, sizeof(request) - 1);
            from_app(answer, cut);
            if (how == 0) {
                t.relay.connection = NULL;
                assent_relay_lost(&t.relay);
            } else if (how == 1) {
                assent_relay_recv_end(&t.relay);
            }
            drain(&t.engine);
            t.to_visitor[t.to_visitor_len] = '\0';
            /* The last chunk is never made up. */
            CHECK(strstr(t.to_visitor, "\r\n0\r\n") == NULL);
            CHECK(how == 2 || strstr(t.to_visitor, " 200 OK") != NULL ||
                  strstr(t.to_visitor, " 502 ") != NULL);
            finish();
            CHECK(!t.kept);
        }
    }
    for (size_t cut = 0; cut < sizeof(request) - 1; cut++) {
        begin(3);
        from_visitor(request, cut);
        finish();
        CHECK_INT(t.opened, t.closed);
    }
    visitor_close(t.visitor);
}

TEST(a_dead_connection_is_tried_once_more_for_what_may_be_repeated)
{
    static const struct {
        const char *request;
        bool kept;
        unsigned opened;
    } rows[] = {
        {"GET / HTTP/1.1\r\nHost: selfmento.localhost\r\n\r\n", true, 2},
        {"GET / HTTP/1.1\r\nHost: selfmento.localhost\r\n\r\n", false, 1},
        {"DELETE / HTTP/1.1\r\nHost: selfmento.localhost\r\n\r\n", true, 2},
        {"POST / HTTP/1.1\r\nHost: selfmento.localhost\r\n\r\n", true, 1},
        {"PUT / HTTP/1.1\r\nHost: selfmento.localhost\r\nContent-Length: 1\r\n\r\nx", true, 1},
    };

    t.visitor = visitor_open();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        begin(1000);
        t.serve_kept = rows[i].kept;
        from_visitor(rows[i].request, strlen(rows[i].request));
        for (unsigned n = 0; n < 3 && t.relay.connection != NULL; n++) {
            t.relay.connection = NULL;
            assent_relay_lost(&t.relay);
        }
        drain(&t.engine);
        t.to_visitor[t.to_visitor_len] = '\0';
        CHECK_INT_ROW(rows[i].request, t.opened, rows[i].opened);
        CHECK_ROW(rows[i].request, strstr(t.to_visitor, " 502 ") != NULL);
        finish();
    }
    visitor_close(t.visitor);
}

TEST(silence_of_the_application_ends_in_504)
{
    t.visitor = visitor_open();
    begin(1000);
    from_visitor(request, sizeof(request) - 1);
    for (uint32_t ms = 1000; ms < 1000 + ASSENT_RELAY_SILENCE_MS; ms += 250) {
        assent_relay_tick(&t.relay, ms);
        CHECK_INT(t.to_visitor_len, 0);
    }
    assent_relay_tick(&t.relay, 1250 + ASSENT_RELAY_SILENCE_MS);
    t.to_visitor[t.to_visitor_len] = '\0';
    CHECK(strstr(t.to_visitor, " 504 ") != NULL);
    finish();
    visitor_close(t.visitor);
}

TEST_MAIN(CASE(an_exchange_is_the_same_wherever_either_side_is_cut),
          CASE(either_side_may_break_at_every_byte),
          CASE(a_dead_connection_is_tried_once_more_for_what_may_be_repeated),
          CASE(silence_of_the_application_ends_in_504))
