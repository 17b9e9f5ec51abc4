/* SPDX-License-Identifier: MIT */
#include "http/relay_head.h"

#include "core/consent.h"
#include "core/words.h"
#include "http/field.h"

/* ---- what a request is ---- */

static bool find(const struct assent_request *request, struct assent_span name,
                 struct assent_span *value)
{
    *value = assent_span(NULL, 0);
    return assent_request_field(request, name, value) > 0;
}

/* What a field Accept says of pages. */
static enum assent_relay_page accepts(struct assent_span list)
{
    struct assent_span params;
    struct assent_span element;
    enum assent_relay_page page = ASSENT_RELAY_NO_PAGE;

    while (assent_field_next(&list, &element)) {
        element = assent_field_main(element, &params);
        if (assent_span_equal_nocase(element, ASSENT_SPAN("text/html"))) {
            return ASSENT_RELAY_PAGE;
        }
        if (assent_span_equal_nocase(element, ASSENT_SPAN("*/*"))) {
            page = ASSENT_RELAY_MAY_BE_PAGE;
        }
    }
    return page;
}

enum assent_relay_page assent_relay_is_page(const struct assent_request *request)
{
    struct assent_span value;

    if ((request->method != ASSENT_METHOD_GET && request->method != ASSENT_METHOD_HEAD &&
         request->method != ASSENT_METHOD_POST) ||
        request->upgrade || find(request, ASSENT_SPAN("range"), &value) ||
        find(request, ASSENT_SPAN("x-requested-with"), &value)) {
        return ASSENT_RELAY_NO_PAGE;
    }
    if (find(request, ASSENT_SPAN("sec-fetch-dest"), &value)) {
        return assent_span_equal_nocase(value, ASSENT_SPAN("document")) ? ASSENT_RELAY_PAGE
                                                                        : ASSENT_RELAY_NO_PAGE;
    }
    return find(request, ASSENT_SPAN("accept"), &value) ? accepts(value) : ASSENT_RELAY_MAY_BE_PAGE;
}

bool assent_relay_is_websocket(const struct assent_request *request)
{
    struct assent_span value;

    return request->upgrade && request->method == ASSENT_METHOD_GET && request->minor == 1 &&
           request->body == ASSENT_BODY_NONE &&
           assent_request_field(request, ASSENT_SPAN("upgrade"), &value) == 1 &&
           assent_span_equal_nocase(value, ASSENT_SPAN("websocket"));
}

/* ---- the request ---- */

/* Fields that the gateway writes itself or does not believe. */
static bool is_own(struct assent_span name, bool page)
{
    static const char always[] = "host\0"
                                 "content-length\0"
                                 "expect\0"
                                 "max-forwards\0"
                                 "forwarded\0"
                                 "x-forwarded-for\0"
                                 "x-forwarded-proto\0"
                                 "x-forwarded-host\0"
                                 "x-forwarded-port\0"
                                 "x-forwarded-server\0"
                                 "x-real-ip\0"
                                 "http2-settings\0"
                                 "proxy\0"; /* CGI makes HTTP_PROXY of it */
    static const char page_only[] = "accept-encoding\0"
                                    "if-none-match\0"
                                    "if-modified-since\0"
                                    "if-range\0";

    return assent_words_find(always, name) < 13 || (page && assent_words_find(page_only, name) < 4);
}

static bool is_plain(struct assent_span name)
{
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = assent_span_lower(name.ptr[i]);

        if ((uint8_t)(c - 'a') >= 26 && (uint8_t)(c - '0') >= 10 && c != '-') {
            return false;
        }
    }
    return true;
}

static void put_field(struct assent_writer *w, const char *name, struct assent_span value)
{
    assent_writer_text(w, name);
    assent_writer_text(w, ": ");
    assent_writer_put(w, value);
    assent_writer_text(w, "\r\n");
}

static void put_authority(struct assent_writer *w, const struct assent_request *request)
{
    assent_writer_put(w, request->host);
    if (request->port != 0) {
        assent_writer_byte(w, ':');
        assent_writer_decimal(w, request->port);
    }
}

static void put_address(struct assent_writer *w, const uint8_t address[4])
{
    for (unsigned i = 0; i < 4; i++) {
        assent_writer_text(w, i > 0 ? "." : "");
        assent_writer_decimal(w, address[i]);
    }
}

static void write_start(struct assent_writer *w, const struct assent_request *request,
                        const struct assent_upstream *upstream)
{
    assent_writer_put(w, request->method_name);
    assent_writer_byte(w, ' ');
    assent_writer_put(w, request->path);
    if (request->query.ptr != NULL) {
        assent_writer_byte(w, '?');
        assent_writer_put(w, request->query);
    }
    assent_writer_text(w, " HTTP/1.1\r\nHost: ");
    if (upstream->host.len > 0) {
        assent_writer_put(w, upstream->host);
    } else {
        put_authority(w, request);
    }
    assent_writer_text(w, "\r\n");
}

static void copy_fields(struct assent_writer *w, const struct assent_request *request,
                        const struct assent_upstream *upstream, bool page)
{
    struct assent_head rest = assent_request_fields(request);
    struct assent_reply_hops hops = assent_reply_hops(rest);
    struct assent_head_field field;

    while (assent_head_next(&rest, &field) == 1) {
        /* Sec-GPC is a word of the visitor's, whatever Connection says (GATE-6). */
        bool hop = assent_reply_is_hop(&hops, field.name) &&
                   !assent_span_equal_nocase(field.name, ASSENT_SPAN("sec-gpc"));

        if (!hop && is_plain(field.name) && !is_own(field.name, page) &&
            !assent_span_equal_nocase(field.name, upstream->decision_field)) {
            assent_writer_put(w, field.name);
            assent_writer_text(w, ": ");
            assent_writer_put(w, field.value);
            assent_writer_text(w, "\r\n");
        }
    }
}

static void write_forwarding(struct assent_writer *w, const struct assent_request *request,
                             const struct assent_visit *visit)
{
    const char *proto = visit->request.https ? "https" : "http";

    assent_writer_text(w, request->minor == 0 ? "Via: 1.0 assent\r\n" : "Via: 1.1 assent\r\n");
    assent_writer_text(w, "X-Forwarded-For: ");
    put_address(w, visit->request.peer);
    assent_writer_text(w, "\r\nX-Forwarded-Proto: ");
    assent_writer_text(w, proto);
    assent_writer_text(w, "\r\nX-Forwarded-Host: ");
    put_authority(w, request);
    assent_writer_text(w, "\r\nForwarded: for=");
    put_address(w, visit->request.peer);
    assent_writer_text(w, ";host=\"");
    put_authority(w, request);
    assent_writer_text(w, "\";proto=");
    assent_writer_text(w, proto);
    assent_writer_text(w, "\r\n");
}

static void write_decision(struct assent_writer *w, const struct assent_visit *visit,
                           const struct assent_upstream *upstream)
{
    if (upstream->decision_field.len == 0) {
        return;
    }
    assent_writer_put(w, upstream->decision_field);
    assent_writer_text(w, ": essential");
    for (unsigned t = ASSENT_TIER_ANALYTICS; t < ASSENT_TIER_COUNT; t++) {
        if ((visit->gate.decision.allowed & ASSENT_TIER_BIT(t)) != 0) {
            assent_writer_text(w, ", ");
            assent_writer_text(w, assent_consent_tier_name((enum assent_tier)t));
        }
    }
    assent_writer_text(w, "\r\n");
}

int assent_relay_write_request(struct assent_writer *w, const struct assent_engine *engine,
                               const struct assent_visit *visit,
                               const struct assent_upstream *upstream,
                               const struct assent_relay_request *how)
{
    const struct assent_request *request = &engine->request;

    write_start(w, request, upstream);
    copy_fields(w, request, upstream, how->page);
    write_forwarding(w, request, visit);
    write_decision(w, visit, upstream);
    if (how->page) {
        put_field(w, "Accept-Encoding", ASSENT_SPAN("identity"));
    }
    if (how->expect_continue) {
        put_field(w, "Expect", ASSENT_SPAN("100-continue"));
    }
    if (how->max_forwards != 255) {
        assent_writer_text(w, "Max-Forwards: ");
        assent_writer_decimal(w, how->max_forwards);
        assent_writer_text(w, "\r\n");
    }
    if (request->body == ASSENT_BODY_LENGTH) {
        assent_writer_text(w, "Content-Length: ");
        assent_writer_decimal(w, request->content_length);
        assent_writer_text(w, "\r\n");
    } else if (request->body == ASSENT_BODY_CHUNKED) {
        put_field(w, "Transfer-Encoding", ASSENT_SPAN("chunked"));
    }
    assent_writer_text(w,
                       how->upgrade ? "Connection: upgrade\r\nUpgrade: websocket\r\n\r\n" : "\r\n");
    return w->error;
}

/* ---- the answer ---- */

void assent_relay_copy_fields(struct assent_response *response, const struct assent_reply *reply,
                              bool changed)
{
    static const char never[] = "content-length\0"
                                "alt-svc\0";
    static const char exact[] = "etag\0"
                                "last-modified\0"
                                "accept-ranges\0"
                                "content-md5\0"
                                "digest\0"
                                "content-digest\0"
                                "repr-digest\0";
    struct assent_head rest = reply->fields;
    struct assent_reply_hops hops = assent_reply_hops(rest);
    struct assent_head_field field;

    while (assent_head_next(&rest, &field) == 1) {
        if (response->status == 101 &&
            assent_span_equal_nocase(field.name, ASSENT_SPAN("upgrade"))) {
            assent_response_field(response, field.name, field.value);
        } else if (!assent_reply_is_hop(&hops, field.name) &&
                   assent_words_find(never, field.name) == 2 &&
                   !(changed && assent_words_find(exact, field.name) < 7)) {
            assent_response_field(response, field.name, field.value);
        }
    }
    assent_response_text(response, "Via", reply->minor == 0 ? "1.0 assent" : "1.1 assent");
}

/* A charset in which bytes below 128 are ASCII wherever markup stands, also between characters of
 * several bytes. */
static bool is_ascii_charset(struct assent_span params)
{
    static const char known[] = "utf-8\0"
                                "utf8\0"
                                "us-ascii\0"
                                "ascii\0"
                                "iso-8859-\0"
                                "latin1\0"
                                "windows-125\0"
                                "koi8-\0"
                                "shift_jis\0"
                                "euc-\0"
                                "gb2312\0"
                                "gbk\0"
                                "gb18030\0"
                                "big5\0";

    while (params.len > 0) {
        struct assent_span param = assent_span_trim(assent_span_take(&params, ';'));
        struct assent_span name = assent_span_trim(assent_span_take(&param, '='));

        param = assent_span_trim(param);
        if (param.len >= 2 && param.ptr[0] == '"' && param.ptr[param.len - 1] == '"') {
            param = assent_span_slice(param, 1, param.len - 1);
        }
        if (assent_span_equal_nocase(name, ASSENT_SPAN("charset"))) {
            return assent_words_find_prefix(known, param) < 14;
        }
    }
    return true; /* not declared here; the page itself tells: see http/insert.h */
}

bool assent_relay_is_html(const struct assent_reply *reply)
{
    struct assent_head rest = reply->fields;
    struct assent_head_field field;
    bool html = false;

    if (reply->status < 200 || reply->status == 204 || reply->status == 206 ||
        reply->status == 304) {
        return false;
    }
    while (assent_head_next(&rest, &field) == 1) {
        if (assent_span_equal_nocase(field.name, ASSENT_SPAN("content-encoding")) &&
            !assent_span_equal_nocase(field.value, ASSENT_SPAN("identity"))) {
            return false;
        }
        if (assent_span_equal_nocase(field.name, ASSENT_SPAN("content-type"))) {
            struct assent_span params;
            struct assent_span type = assent_field_main(field.value, &params);

            if (html || !assent_span_equal_nocase(type, ASSENT_SPAN("text/html")) ||
                !is_ascii_charset(params)) {
                return false;
            }
            html = true;
        }
    }
    return html;
}
