/* SPDX-License-Identifier: MIT */
#include "http/kit.h"

#include "core/consent.h"
#include "http/crypto_check.h"
#include "http/guard.h"
#include "http/notice.h"

/* ---- flash, and what lives in it ---- */

static int open_sites(struct assent_kit *kit, const struct assent_kit_setup *setup)
{
    int error = assent_text_open(&kit->text, setup->texts, setup->crypto);

    kit->app = (struct assent_app){.consents = &kit->stores.consents,
                                   .keys = &kit->stores.keys,
                                   .crypto = setup->crypto,
                                   .clock = &kit->stores.clock,
                                   .entropy = setup->entropy,
                                   .log = setup->log,
                                   .text = &kit->text,
                                   .scratch = setup->scratch,
                                   .sites = setup->sites,
                                   .site_max = setup->policy_count};
    assent_app_init(&kit->app);
    for (unsigned i = 0; i < setup->policy_count && error == ASSENT_OK; i++) {
        error = assent_app_open_site(&kit->app, setup->policies[i], (uint8_t)i);
        setup->sites[i].gate.decision_field = setup->decision_field;
    }
    return error;
}

int assent_kit_init_sized(struct assent_kit *kit, const struct assent_kit_setup *setup,
                          size_t sizes)
{
    int error;

    if (sizes != ASSENT_KIT_SIZES) {
        return ASSENT_ERR_VERSION; /* not a byte of what may be smaller here than there */
    }
    memset(kit, 0, sizeof(*kit));
    kit->stores = (struct assent_stores){.flash = setup->flash,
                                         .crypto = setup->crypto,
                                         .entropy = setup->entropy,
                                         .board_clock = setup->clock,
                                         .heads = setup->heads,
                                         .heads_bytes = setup->heads_bytes,
                                         .buffer = setup->buffer,
                                         .buffer_bytes = setup->buffer_bytes,
                                         .store_key = setup->store_key};
    error = assent_crypto_check(setup->crypto, setup->store_key != NULL);
    if (error == ASSENT_OK) {
        error = assent_stores_open(&kit->stores);
    }
    if (error == ASSENT_OK) {
        error = open_sites(kit, setup);
    }
    if (error != ASSENT_OK) {
        memset(&kit->app, 0, sizeof(kit->app)); /* KIT-3 */
    }
    return error;
}

static const struct assent_policy *policy_of(void *ctx, uint8_t site)
{
    const struct assent_kit *kit = ctx;

    return site < kit->app.site_count ? &kit->app.sites[site].policy : NULL;
}

void assent_kit_idle(struct assent_kit *kit)
{
    (void)assent_stores_idle(&kit->stores, policy_of, kit);
}

void assent_kit_flush(struct assent_kit *kit)
{
    while (assent_counters_flush(&kit->stores.counters, 0, true) > 0) {
    }
    (void)assent_clock_floor_keep(&kit->stores.floor, true);
}

/* ---- heads out of parts ---- */

static struct assent_span text_span(const char *text)
{
    return assent_span(text, strlen(text));
}

static bool is_token(struct assent_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!assent_head_is_token(text.ptr[i])) {
            return false;
        }
    }
    return text.len > 0;
}

/* Without control characters but tab; without white space either if it is to be one word. */
static bool is_line(struct assent_span text, bool word)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == 0x7F || (text.ptr[i] < ' ' && (word || text.ptr[i] != '\t')) ||
            (word && text.ptr[i] == ' ')) {
            return false;
        }
    }
    return !word || text.len > 0;
}

void assent_kit_start(struct assent_writer *w, const char *method, const char *target,
                      const char *version)
{
    if (!is_token(text_span(method)) || !is_line(text_span(target), true) ||
        !is_line(text_span(version), true)) {
        assent_writer_fail(w, ASSENT_ERR_FORBIDDEN);
    }
    assent_writer_text(w, method);
    assent_writer_byte(w, ' ');
    assent_writer_text(w, target);
    assent_writer_byte(w, ' ');
    assent_writer_text(w, version);
    assent_writer_text(w, "\r\n");
}

void assent_kit_start_answer(struct assent_writer *w, unsigned status)
{
    if (status < 100 || status > 599) {
        assent_writer_fail(w, ASSENT_ERR_RANGE);
    }
    assent_writer_text(w, "HTTP/1.1 ");
    assent_writer_decimal(w, status);
    assent_writer_byte(w, ' ');
    assent_writer_text(w, assent_response_phrase(status));
    assent_writer_text(w, "\r\n");
}

void assent_kit_field(struct assent_writer *w, struct assent_span name, struct assent_span value)
{
    if (!is_token(name) || !is_line(value, false)) {
        assent_writer_fail(w, ASSENT_ERR_FORBIDDEN);
    }
    assent_writer_put(w, name);
    assent_writer_text(w, ": ");
    assent_writer_put(w, value);
    assent_writer_text(w, "\r\n");
}

void assent_kit_end(struct assent_writer *w)
{
    assent_writer_text(w, "\r\n");
}

/* ---- the way in ---- */

static unsigned status_of(int error)
{
    switch (error) {
    case ASSENT_ERR_SYNTAX:
    case ASSENT_ERR_MORE:
        return 400;
    case ASSENT_ERR_LIMIT:
        return 431;
    case ASSENT_ERR_FORBIDDEN:
        return 403;
    case ASSENT_ERR_FULL:
        return 503;
    default:
        return 500;
    }
}

/* Read a head.
 *   return  ASSENT_OK; ASSENT_ERR_SYNTAX, and the status to refuse it with */
static int parse(struct assent_kit_exchange *x, struct assent_span head)
{
    int result;

    assent_request_init(&x->request);
    result = assent_request_parse(&x->request, head);
    if (result == ASSENT_OK && x->request.head.len == head.len) {
        return ASSENT_OK;
    }
    x->status = result >= 400 ? (unsigned)result : 400;
    return ASSENT_ERR_SYNTAX;
}

/* Take out of a head for a host that is no site what only a site's gate could judge.
 *   return  the new length */
static size_t drop_cookies(const struct assent_kit *kit, uint8_t *head, size_t len)
{
    struct assent_span claim =
        kit->app.site_count > 0 ? kit->app.sites[0].gate.decision_field : assent_span(NULL, 0);
    struct assent_head_field field;
    struct assent_head rest;
    struct assent_span start;

    (void)assent_head_start(&rest, assent_span(head, len), &start);
    while (assent_head_next(&rest, &field) == 1) {
        if (assent_span_equal_nocase(field.name, ASSENT_SPAN("cookie")) ||
            assent_span_equal_nocase(field.name, ASSENT_SPAN("cookie2")) ||
            assent_span_equal_nocase(field.name, claim)) {
            size_t at = (size_t)(field.line.ptr - head);
            size_t behind = at + field.line.len;

            memmove(head + at, head + behind, len - behind);
            len -= field.line.len;
            rest = (struct assent_head){head + at, head + len};
        }
    }
    return len;
}

static int enter(struct assent_kit *kit, struct assent_kit_exchange *x,
                 const struct assent_kit_client *client, uint8_t *head, size_t len)
{
    int result = parse(x, assent_span(head, len));
    const struct assent_request *in = &x->request;

    if (result != ASSENT_OK) {
        return result;
    }
    if (kit->app.clock == NULL) {
        x->status = 503;
        return ASSENT_ERR_STATE;
    }
    memcpy(x->visit.request.peer, client->peer, sizeof(client->peer));
    result = assent_app_filter_request(&kit->app, &x->visit, in->host, client->https, head, len);
    if (result < 0) {
        x->status = status_of(result);
        return result;
    }
    len = x->visit.site != NULL ? (size_t)result : drop_cookies(kit, head, len);
    result = parse(x, assent_span(head, len));
    if (result != ASSENT_OK) {
        return result;
    }
    x->visit.request = (struct assent_app_request){
        .host = in->host,
        .path = in->path,
        .query = in->query,
        .target = in->form == ASSENT_FORM_ABSOLUTE ? in->path : in->target,
        .method_name = in->method_name,
        .fields = assent_request_fields(in),
        .port = in->port,
        .method = in->method,
        .https = client->https,
    };
    memcpy(x->visit.request.peer, client->peer, sizeof(client->peer));
    x->status = 0;
    return (int)len;
}

int assent_kit_request(struct assent_kit *kit, struct assent_kit_exchange *x,
                       const struct assent_kit_client *client, uint8_t *head, size_t len)
{
    int result = enter(kit, x, client, head, len);

    x->answered = false;
    if (result < 0) { /* KIT-3 */
        memset(&x->visit, 0, sizeof(x->visit));
        assent_request_init(&x->request);
    }
    return result;
}

struct assent_span assent_kit_value(const struct assent_kit_exchange *x, struct assent_span name,
                                    unsigned index)
{
    struct assent_head_field field;
    struct assent_head rest;

    if (x->request.head.len == 0) {
        return assent_span(NULL, 0); /* KIT-3 */
    }
    rest = assent_request_fields(&x->request);
    while (assent_head_next(&rest, &field) == 1) {
        if (assent_span_equal_nocase(field.name, name) && index-- == 0) {
            return field.value;
        }
    }
    return assent_span(NULL, 0);
}

/* ---- the consent application ---- */

/* Behind the gate, Connection is left out: it is the server's. */
static int gate(void *ctx, struct assent_span head, struct assent_writer *out)
{
    struct assent_kit_exchange *x = ctx;
    uint8_t *line = out->ptr + out->len;
    struct assent_span start;
    struct assent_head fields;
    struct assent_head_field field;
    int error = assent_app_filter_response(&x->visit, false, head, out);

    if (error == ASSENT_OK) {
        error = assent_head_start(&fields, assent_writer_span(out), &start);
    }
    if (error != ASSENT_OK) {
        return error;
    }
    while ((error = assent_head_next(&fields, &field)) == 1) {
        if (assent_span_equal_nocase(field.name, ASSENT_SPAN("connection"))) {
            size_t at = (size_t)(field.line.ptr - line);
            size_t behind = at + field.line.len;

            memmove(line + at, line + behind, out->len - behind);
            out->len -= field.line.len;
            return ASSENT_OK;
        }
    }
    return error;
}

/* Answered as for HTTP/1.0, whose content has no framing of its own. */
static void reset(struct assent_kit_exchange *x)
{
    assent_response_init(&x->response, x->send, sizeof(x->send));
    assent_response_reset(&x->response, &x->request);
    x->response.minor = 0;
    x->response.keep_alive = false;
    x->response.gate = gate;
    x->response.gate_context = x;
}

/* Answer with an error, whatever was begun. */
static void fail(struct assent_kit_exchange *x, unsigned status)
{
    reset(x);
    (void)assent_response_problem(&x->response, status >= 400 && status < 600 ? status : 500, NULL);
}

bool assent_kit_answer(struct assent_kit_exchange *x, struct assent_span body, uint64_t body_bytes)
{
    const uint8_t *sent;
    size_t len;
    bool fixed;

    x->visit.request.body = body;
    x->visit.request.body_bytes = body_bytes;
    reset(x);
    if (x->visit.app == NULL) {
        fail(x, x->status); /* KIT-3 */
    } else if (!assent_app_answer(&x->visit, &x->response)) {
        return false;
    } else if (x->response.state == ASSENT_RESPONSE_FAILED) {
        fail(x, 500);
    }
    sent = assent_response_pending(&x->response, &len, &fixed);
    x->head = assent_span(sent, sent != NULL && !fixed ? len : 0);
    for (size_t i = 3; i < x->head.len; i++) {
        if (memcmp(x->head.ptr + i - 3, "\r\n\r\n", 4) == 0) {
            x->head.len = i + 1;
            break;
        }
    }
    assent_response_sent(&x->response, x->head.len);
    return true;
}

int assent_kit_read(struct assent_kit_exchange *x, uint8_t *out, size_t cap)
{
    const uint8_t *sent;
    size_t len;
    bool fixed;

    if (x->response.state == ASSENT_RESPONSE_BODY) {
        assent_app_produce(&x->visit, &x->response);
    }
    sent = assent_response_pending(&x->response, &len, &fixed);
    if (sent == NULL || len == 0) {
        return x->response.state == ASSENT_RESPONSE_DONE ? 0 : ASSENT_ERR_STATE;
    }
    len = len < cap ? len : cap;
    memcpy(out, sent, len);
    assent_response_sent(&x->response, len);
    return (int)len;
}

/* ---- the way out ---- */

int assent_kit_response(struct assent_kit_exchange *x, bool interim, struct assent_span head,
                        struct assent_writer *out)
{
    if (x->visit.site == NULL) {
        return ASSENT_ERR_STATE; /* KIT-3 */
    }
    if (!assent_span_starts(head, ASSENT_SPAN("HTTP/"))) {
        return ASSENT_ERR_SYNTAX; /* a field in the place of the status line would pass unseen */
    }
    x->answered = x->answered || !interim;
    return assent_app_filter_response(&x->visit, interim, head, out);
}

static int write_part(struct assent_kit_exchange *x, assent_page_part *part, uint8_t *out,
                      size_t cap)
{
    struct assent_html h = assent_html(out, cap, 0);

    if (x->visit.site == NULL) {
        return 0;
    }
    if (x->answered) {
        return ASSENT_ERR_STATE;
    }
    if (assent_guard_form(&x->visit, x->visit.form) != ASSENT_OK) {
        return ASSENT_ERR_CRYPTO;
    }
    for (unsigned i = 0; part(&h, &x->visit, i); i++) {
    }
    x->visit.gate.notice = x->visit.gate.notice || h.total > 0;
    return assent_html_is_cut(&h, 0) ? ASSENT_ERR_SPACE : (int)h.len;
}

int assent_kit_notice(struct assent_kit_exchange *x, uint8_t *out, size_t cap)
{
    return write_part(x, assent_notice_part, out, cap);
}

int assent_kit_link(struct assent_kit_exchange *x, uint8_t *out, size_t cap)
{
    return write_part(x, assent_notice_link, out, cap);
}

void assent_kit_tiers(const struct assent_kit_exchange *x, struct assent_writer *w)
{
    assent_writer_text(w, assent_consent_tier_name(ASSENT_TIER_ESSENTIAL));
    for (unsigned t = ASSENT_TIER_ANALYTICS; t < ASSENT_TIER_COUNT; t++) {
        if (assent_kit_allows(x, (enum assent_tier)t)) {
            assent_writer_text(w, ", ");
            assent_writer_text(w, assent_consent_tier_name((enum assent_tier)t));
        }
    }
}
