/* SPDX-License-Identifier: MIT */

/* The request side of the gate. One pass over the head finds what matters: Cookie fields, fields that
 * must not pass, Sec-GPC, Host. Then the tokens are judged and the decision is made, and only then the
 * marked lines are rewritten and what follows them is moved up. */

#include "core/gate.h"

#include "core/cookie.h"
#include "core/gate_expire.h"
#include "core/head.h"
#include "core/signal.h"
#include "core/words.h"

/* A line to rewrite (its value is a Cookie field) or to remove (value_len is 0), as offsets. */
struct mark {
    uint32_t line;
    uint32_t value;
    uint32_t value_len;
    uint32_t end;
};

struct scan {
    struct mark marks[ASSENT_GATE_FIELDS];
    size_t count;
    struct assent_span target;
    struct assent_span host;
};

struct filter {
    const struct assent_gate *gate;
    struct assent_gate_exchange *exchange;
};

/* The secure name is the plain one with a prefix. */
static struct assent_span token_name(bool https)
{
    struct assent_span name = ASSENT_SPAN(ASSENT_TOKEN_COOKIE_SECURE);

    return assent_span_slice(name, https ? 0 : name.len - (sizeof(ASSENT_TOKEN_COOKIE) - 1),
                             name.len);
}

bool assent_gate_is_token(struct assent_span name)
{
    return assent_span_equal(name, token_name(name.len > sizeof(ASSENT_TOKEN_COOKIE) - 1));
}

/* Keep a name for the response, once (GATE-5). One that finds no room waits for a later request. */
static void remember(struct assent_gate_exchange *x, struct assent_span name)
{
    size_t at = 0;

    while (at < x->names_len) {
        struct assent_span known = assent_span(x->names + at + 1, x->names[at]);

        if (assent_span_equal(known, name)) {
            return;
        }
        at += 1 + known.len;
    }
    if (name.len > 255 || name.len + 1 > sizeof(x->names) - at) {
        x->omitted_count++;
        return;
    }
    x->names[at] = (uint8_t)name.len;
    if (name.len > 0) {
        memcpy(x->names + at + 1, name.ptr, name.len);
    }
    x->names_len = (uint16_t)(at + 1 + name.len);
}

static int mark_line(struct scan *scan, const uint8_t *head, const struct assent_head_field *field,
                     bool cookie)
{
    struct mark *mark = &scan->marks[scan->count];

    if (scan->count == ASSENT_GATE_FIELDS) {
        return ASSENT_ERR_LIMIT;
    }
    mark->line = (uint32_t)(field->line.ptr - head);
    mark->value = (uint32_t)(field->value.ptr - head);
    mark->value_len = cookie ? (uint32_t)field->value.len : 0;
    mark->end = mark->line + (uint32_t)field->line.len;
    scan->count++;
    return ASSENT_OK;
}

enum field_kind { FIELD_HOST, FIELD_COOKIE, FIELD_COOKIE2, FIELD_GPC, FIELD_OTHER };

static enum field_kind kind_of(struct assent_span name)
{
    /* Most names are longer. */
    return name.len > 7 ? FIELD_OTHER
                        : (enum field_kind)assent_words_find("host\0"
                                                             "cookie\0"
                                                             "cookie2\0"
                                                             "sec-gpc\0",
                                                             name);
}

static int scan_field(const struct assent_gate *gate, const uint8_t *head, struct scan *scan,
                      const struct assent_head_field *field, struct assent_gate_exchange *x)
{
    switch (kind_of(field->name)) {
    case FIELD_HOST:
        scan->host = field->value;
        return ASSENT_OK;
    case FIELD_COOKIE:
        return mark_line(scan, head, field, true);
    case FIELD_GPC:
        /* Of several fields any one counts (Global Privacy Control s. 3.2). */
        x->gpc = x->gpc || assent_signal_gpc(field->value);
        return ASSENT_OK;
    case FIELD_COOKIE2:
        return mark_line(scan, head, field, false);
    case FIELD_OTHER:
        break;
    }
    if (field->name.len == gate->decision_field.len && field->name.len > 0 &&
        assent_span_equal_nocase(field->name, gate->decision_field)) {
        return mark_line(scan, head, field, false);
    }
    return ASSENT_OK;
}

static int scan_head(const struct assent_gate *gate, const uint8_t *bytes, size_t len,
                     struct scan *scan, struct assent_gate_exchange *x)
{
    struct assent_head head;
    struct assent_head_field field;
    struct assent_span start;
    int result = assent_head_start(&head, assent_span(bytes, len), &start);

    if (result != ASSENT_OK) {
        return result;
    }
    (void)assent_span_take(&start, ' ');
    scan->target = assent_span_take(&start, ' ');
    if (scan->target.len == 0) {
        return ASSENT_ERR_SYNTAX;
    }
    while ((result = assent_head_next(&head, &field)) == 1) {
        int error = scan_field(gate, bytes, scan, &field, x);

        if (error != ASSENT_OK) {
            return error;
        }
    }
    if (result == 0 && head.at != head.end) {
        return ASSENT_ERR_SYNTAX;
    }
    return result;
}

static bool newer(const struct assent_consent *a, const struct assent_consent *b)
{
    if (a->changed_s != b->changed_s) {
        return a->changed_s > b->changed_s;
    }
    /* Of the same second: who has no subject has granted nothing. */
    return a->has_subject == b->has_subject ? a->sequence > b->sequence : b->has_subject;
}

/* Judge one token. The newest valid one counts; every other is to be expired. Over HTTPS only the
 * name that is bound to the host by its prefix is believed: the other one can come from anybody in the
 * network (RFC 6265bis s. 8.6).
 *   return  false if a primitive failed, so that nothing can be said */
static bool judge_token(const struct assent_gate *gate, struct assent_gate_exchange *x,
                        const struct assent_cookie *cookie, unsigned *checked)
{
    struct assent_consent consent;
    int error = ASSENT_ERR_AUTH;

    if (gate->keys != NULL && *checked < ASSENT_GATE_TOKENS &&
        assent_span_equal(cookie->name, token_name(x->https))) {
        ++*checked;
        error = assent_token_verify(gate->keys, gate->crypto, cookie->value, &consent);
    }
    if (error == ASSENT_ERR_CRYPTO) {
        return false;
    }
    if (error != ASSENT_OK) {
        remember(x, cookie->name);
        return true;
    }
    if (x->has_consent) {
        remember(x, cookie->name);
    }
    if (!x->has_consent || newer(&consent, &x->consent)) {
        x->consent = consent;
        x->has_consent = true;
    }
    return true;
}

static bool find_tokens(const struct assent_gate *gate, const uint8_t *head,
                        const struct scan *scan, struct assent_gate_exchange *x)
{
    unsigned checked = 0;
    bool ok = true;

    for (size_t i = 0; i < scan->count; i++) {
        struct assent_span rest =
            assent_span(head + scan->marks[i].value, scan->marks[i].value_len);
        struct assent_cookie cookie;

        while (assent_cookie_next(&rest, &cookie)) {
            if (assent_gate_is_token(cookie.name)) {
                ok = judge_token(gate, x, &cookie, &checked) && ok;
            }
        }
    }
    return ok;
}

static void decide(const struct assent_gate *gate, struct assent_gate_exchange *x)
{
    struct assent_consent record;
    struct assent_decision_input in = {
        .policy = gate->policy,
        .token = x->has_consent ? &x->consent : NULL,
        .record = &record,
        .record_state = ASSENT_RECORD_NOT_READ,
        .now = x->now,
        .gpc = x->gpc,
    };
    bool newer_record = false;

    if (x->has_consent && x->consent.has_subject && gate->find_record != NULL) {
        int error = gate->find_record(gate->ctx, x->consent.subject, &record);

        in.record_state = error == ASSENT_OK              ? ASSENT_RECORD_PRESENT
                          : error == ASSENT_ERR_NOT_FOUND ? ASSENT_RECORD_ABSENT
                                                          : ASSENT_RECORD_FAILED;
        newer_record = error == ASSENT_OK && record.sequence > x->consent.sequence;
    }
    assent_decision_make(&in, &x->decision);
    if (newer_record) {
        x->consent = record;
    }
}

static void allow_essential_only(struct assent_decision *decision)
{
    *decision = (struct assent_decision){.allowed = ASSENT_TIERS_ESSENTIAL};
    decision->reason[ASSENT_TIER_ESSENTIAL] = ASSENT_REASON_ESSENTIAL;
    decision->reason[ASSENT_TIER_ANALYTICS] = ASSENT_REASON_FAILED;
    decision->reason[ASSENT_TIER_ADVERTISING] = ASSENT_REASON_FAILED;
}

bool assent_gate_allows(const struct assent_gate *gate, const struct assent_gate_exchange *exchange,
                        struct assent_span name, struct assent_policy_cookie *row)
{
    if (assent_policy_find_cookie(gate->policy, name, row) != ASSENT_OK) {
        row->name = assent_span(NULL, 0);
        row->flags = 0;
        return !gate->closed && (gate->policy->flags & ASSENT_POLICY_ALLOWS_UNKNOWN) != 0;
    }
    return !gate->closed && (exchange->decision.allowed & ASSENT_TIER_BIT(row->tier)) != 0;
}

static bool keep_cookie(void *ctx, const struct assent_cookie *cookie)
{
    const struct filter *filter = ctx;
    const struct assent_gate *gate = filter->gate;
    struct assent_gate_exchange *x = filter->exchange;
    struct assent_policy_cookie row;
    bool allowed;

    if (assent_gate_is_token(cookie->name)) {
        return false; /* GATE-3 */
    }
    allowed = assent_gate_allows(gate, x, cookie->name, &row);
    if (row.name.len == 0) {
        x->unclassified_count++;
        if (gate->report != NULL) {
            struct assent_gate_report report = {cookie->name, NULL};

            gate->report(gate->ctx, &report);
        }
    }
    if (!allowed) {
        x->dropped_count++;
        remember(x, cookie->name);
        return false;
    }
    x->passed_count++;
    return true;
}

/* Rewrite the marked lines and close the gaps. Returns the new length. */
static size_t rewrite(uint8_t *head, size_t len, const struct scan *scan, struct filter *filter)
{
    size_t to = 0;
    size_t from = 0;

    for (size_t i = 0; i < scan->count; i++) {
        const struct mark *mark = &scan->marks[i];
        size_t value_len =
            assent_cookie_filter(head + mark->value, mark->value_len, keep_cookie, filter);
        size_t kept = value_len > 0 ? mark->value + value_len : mark->line;

        if (to != from) {
            memmove(head + to, head + from, kept - from);
        }
        to += kept - from;
        from = mark->end;
        if (value_len > 0) {
            from -= 2; /* the line keeps its CRLF */
        }
    }
    if (to != from) {
        memmove(head + to, head + from, len - from);
    }
    return to + (len - from);
}

/* Keep host and path for guessing where a cookie came from; nothing if they do not fit. */
static void keep_place(const struct scan *scan, struct assent_gate_exchange *x)
{
    struct assent_span rest = scan->host;
    struct assent_span host = assent_span_take(&rest, ':');
    struct assent_span path;
    struct assent_writer place = assent_writer(x->place, sizeof(x->place));

    rest = scan->target;
    path = assent_span_take(&rest, '?');
    if (path.ptr[0] != '/') { /* absolute-form: "http:", "", host, path (RFC 9112 s. 3.2.2) */
        for (unsigned i = 0; i < 3; i++) {
            (void)assent_span_take(&path, '/');
        }
        path = path.len > 0 ? assent_span(path.ptr - 1, path.len + 1) : path;
    }
    assent_writer_put(&place, host);
    assent_writer_put(&place, path);
    if (place.error == ASSENT_OK) {
        x->host_len = (uint16_t)host.len;
        x->path_len = (uint16_t)path.len;
    }
}

int assent_gate_request(const struct assent_gate *gate, const struct assent_gate_input *input,
                        uint8_t *head, size_t len, struct assent_gate_exchange *exchange)
{
    struct scan scan;
    struct filter filter = {gate, exchange};
    bool ok = true;
    int result;

    scan.count = 0;
    scan.target = assent_span(NULL, 0);
    scan.host = assent_span(NULL, 0);
    memset(exchange, 0,
           offsetof(struct assent_gate_exchange, names)); /* buffers are void until used */
    exchange->now = input->now;
    exchange->https = input->https;
    exchange->gpc = input->gpc;
    allow_essential_only(&exchange->decision);
    if (len > INT32_MAX) {
        return ASSENT_ERR_LIMIT;
    }
    result = scan_head(gate, head, len, &scan, exchange);
    if (result != ASSENT_OK) {
        return result;
    }
    if (!input->preset) {
        ok = find_tokens(gate, head, &scan, exchange);
    } else if (input->consent != NULL) {
        exchange->consent = *input->consent;
        exchange->has_consent = true;
    }
    if (ok) {
        decide(gate, exchange);
    }
    keep_place(&scan, exchange);
    return (int)rewrite(head, len, &scan, &filter);
}
