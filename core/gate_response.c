/* SPDX-License-Identifier: MIT */

/* The response side of the gate. A first pass learns what kind of response it is, a second one copies
 * it line by line: Set-Cookie lines are judged, kept, hardened, shortened or dropped, caching fields
 * are made to fit what the response depends on; what the gate has to say follows at the end. */

#include "core/gate.h"

#include "core/csp.h"
#include "core/gate_expire.h"
#include "core/head.h"
#include "core/set_cookie_build.h"

#define DAY_S 86400U

struct response {
    const struct assent_gate *gate;
    struct assent_gate_exchange *exchange;
    struct assent_writer *out;
    struct assent_span type; /* Content-Type; empty: none */
    bool final;
    bool document;    /* something a browser may show or run: gets Content-Security-Policy */
    bool sets_cookie; /* at least one Set-Cookie line remains */
    bool varies;      /* depends on the visitor: not for shared caches */
    bool no_store;    /* the response itself says so */
};

static bool is(struct assent_span name, struct assent_span expected)
{
    return assent_span_equal_nocase(name, expected);
}

/* Types that a browser neither shows as a page nor runs. A missing type is guessed by browsers, so it
 * counts as a page; a picture in SVG is one (it can run scripts), and a script may become a worker. */
static bool is_document(struct assent_span type)
{
    static const char *const inert[] = {"image/",   "font/",      "audio/",          "video/",
                                        "text/css", "text/plain", "application/json"};

    if (assent_span_starts_nocase(type, ASSENT_SPAN("image/svg"))) {
        return true;
    }
    for (size_t i = 0; i < sizeof(inert) / sizeof(inert[0]); i++) {
        size_t len = 0;

        while (inert[i][len] != '\0') {
            len++;
        }
        if (assent_span_starts_nocase(type, assent_span(inert[i], len))) {
            return false;
        }
    }
    return true;
}

/* Whether the value may go to the browser, and then how it should look. Everything that this
 * function changes is stricter than before.
 *   changed  the field has to be written anew */
static bool judge(const struct response *r, struct assent_set_cookie *sc, bool *changed)
{
    const struct assent_gate *gate = r->gate;
    struct assent_policy_cookie row;
    uint64_t cap_s = (uint64_t)gate->policy->cookie_days * DAY_S;
    bool session;
    uint64_t life_s = assent_set_cookie_lifetime(sc, r->exchange->now.unix_s, &session);
    bool deletes = !session && life_s == 0;
    bool allowed = assent_gate_allows(gate, r->exchange, sc->name, &row);

    if (row.name.len == 0 && gate->report != NULL) {
        struct assent_gate_report report = {sc->name, sc};

        gate->report(gate->ctx, &report);
    }
    if (deletes) {
        *changed = sc->value.len > 0; /* GATE-7 */
        sc->value = sc->name.len > 0 ? assent_span(NULL, 0) : ASSENT_SPAN("x");
        return true;
    }
    if (!allowed) {
        return false;
    }
    if (row.name.len > 0 && !session && row.max_age_s < cap_s) {
        cap_s = row.max_age_s;
    }
    if (!session && cap_s == 0) { /* the policy promises a session cookie */
        sc->has_expires = false;
        sc->has_max_age = false;
        *changed = true;
    } else if (!session && life_s > cap_s) {
        sc->has_expires = false;
        sc->has_max_age = true;
        sc->max_age_s = (int64_t)cap_s;
        *changed = true;
    }
    if (r->exchange->https && !sc->secure) {
        sc->secure = true;
        *changed = true;
    }
    if (sc->same_site == ASSENT_SAME_SITE_UNSET) {
        sc->same_site = ASSENT_SAME_SITE_LAX;
        *changed = true;
    }
    if ((row.flags & ASSENT_POLICY_COOKIE_HTTP_ONLY) != 0 && !sc->http_only) {
        sc->http_only = true;
        *changed = true;
    }
    return true;
}

static void learn(const struct response *r, const struct assent_set_cookie *sc)
{
    const struct assent_gate_exchange *x = r->exchange;
    struct assent_ledger_tuple tuple = {sc->name, sc->domain, sc->path, sc->secure,
                                        sc->partitioned};

    if (r->gate->ledger == NULL) {
        return;
    }
    if (tuple.path.len == 0) {
        tuple.path =
            assent_set_cookie_default_path(assent_span(x->place + x->host_len, x->path_len));
    }
    /* A full ledger, or a tuple too long for it, costs exactness and nothing else: the name is then
     * expired by guess. */
    (void)r->gate->ledger->learn(r->gate->ledger->ctx, &tuple);
}

/* One Set-Cookie line: copy it, write it anew, or let it go. */
static void pass_set_cookie(struct response *r, const struct assent_head_field *field, bool write)
{
    struct assent_writer trial = *r->out;
    struct assent_set_cookie sc;
    bool changed = false;

    if (!r->final || assent_set_cookie_parse(field->value, &sc) != ASSENT_OK ||
        assent_gate_is_token(sc.name)) {
        return; /* GATE-3, GATE-4 */
    }
    if (!write) {
        r->sets_cookie = true; /* for the first pass: perhaps */
        return;
    }
    learn(r, &sc);
    if (!judge(r, &sc, &changed)) {
        return;
    }
    if (!changed) {
        assent_writer_put(r->out, field->line);
        return;
    }
    assent_writer_text(&trial, "Set-Cookie: ");
    switch (assent_set_cookie_build_relay(&trial, &sc)) {
    case ASSENT_OK:
        assent_writer_text(&trial, "\r\n");
        *r->out = trial;
        return;
    case ASSENT_ERR_SPACE:
        assent_writer_fail(r->out, ASSENT_ERR_SPACE);
        return;
    default:
        return; /* a browser would not store it: nothing is lost */
    }
}

/* Copy a Cache-Control value without what invites shared caches (RFC 9111 s. 5.2.2). */
static void narrow_cache_control(struct response *r, struct assent_span value)
{
    while (value.len > 0) {
        const uint8_t *comma = memchr(value.ptr, ',', value.len);
        size_t len = comma != NULL ? (size_t)(comma - value.ptr) : value.len;
        struct assent_span directive = assent_span_trim(assent_span(value.ptr, len));

        value = assent_span_slice(value, len + 1, value.len);
        if (directive.len == 0 || is(directive, ASSENT_SPAN("public")) ||
            is(directive, ASSENT_SPAN("private")) || is(directive, ASSENT_SPAN("no-store")) ||
            assent_span_starts_nocase(directive, ASSENT_SPAN("s-maxage"))) {
            continue;
        }
        assent_writer_text(r->out, ", ");
        assent_writer_put(r->out, directive);
    }
}

static bool has_directive(struct assent_span value, struct assent_span wanted)
{
    while (value.len > 0) {
        const uint8_t *comma = memchr(value.ptr, ',', value.len);
        size_t len = comma != NULL ? (size_t)(comma - value.ptr) : value.len;

        if (is(assent_span_trim(assent_span(value.ptr, len)), wanted)) {
            return true;
        }
        value = assent_span_slice(value, len + 1, value.len);
    }
    return false;
}

/* First pass: what kind of response is it? */
static int survey(struct response *r, struct assent_head head)
{
    struct assent_head_field field;
    int result;

    while ((result = assent_head_next(&head, &field)) == 1) {
        if (is(field.name, ASSENT_SPAN("content-type"))) {
            r->type = field.value;
        } else if (is(field.name, ASSENT_SPAN("set-cookie"))) {
            pass_set_cookie(r, &field, false);
        } else if (is(field.name, ASSENT_SPAN("cache-control"))) {
            r->no_store = r->no_store || has_directive(field.value, ASSENT_SPAN("no-store"));
        }
    }
    if (result == 0 && head.at != head.end) {
        return ASSENT_ERR_SYNTAX;
    }
    r->document = r->final && is_document(r->type);
    r->varies = r->final && (r->document || r->sets_cookie || r->exchange->notice);
    return result;
}

/* Second pass: one line. */
static void copy_line(struct response *r, const struct assent_head_field *field)
{
    if (is(field->name, ASSENT_SPAN("set-cookie"))) {
        pass_set_cookie(r, field, true);
    } else if (is(field->name, ASSENT_SPAN("set-cookie2"))) {
        return; /* GATE-4: RFC 2965 is obsolete, and nobody judges it */
    } else if (r->varies && is(field->name, ASSENT_SPAN("cache-control"))) {
        return; /* written anew at the end */
    } else {
        assent_writer_put(r->out, field->line);
    }
}

/* One Cache-Control line for all that the response had. */
static void write_cache_control(struct response *r, struct assent_head head)
{
    struct assent_head_field field;

    assent_writer_text(r->out, "Cache-Control: private");
    if (r->no_store || r->exchange->notice) {
        assent_writer_text(r->out, ", no-store");
    }
    while (assent_head_next(&head, &field) == 1) {
        if (is(field.name, ASSENT_SPAN("cache-control"))) {
            narrow_cache_control(r, field.value);
        }
    }
    assent_writer_text(r->out, "\r\n");
}

static void write_own_fields(struct response *r, struct assent_head head)
{
    if (r->varies) {
        write_cache_control(r, head);
        assent_writer_text(r->out, "Vary: Cookie, Sec-GPC\r\n");
    }
    if (r->document && r->gate->csp) {
        assent_writer_text(r->out, "Content-Security-Policy: ");
        assent_csp_write(r->out, r->gate->policy, r->exchange->decision.allowed);
        assent_writer_text(r->out, "\r\n");
    }
    if (r->final) {
        assent_gate_expire(r->gate, r->exchange, r->out, 2);
    }
}

int assent_gate_response(const struct assent_gate *gate, struct assent_gate_exchange *exchange,
                         enum assent_gate_response_kind kind, struct assent_span head,
                         struct assent_writer *out)
{
    struct response r = {.gate = gate, .exchange = exchange, .out = out};
    struct assent_head lines;
    struct assent_head reader;
    struct assent_head_field field;
    struct assent_span start = assent_span(NULL, 0);
    int result = assent_head_start(&lines, head, kind == ASSENT_GATE_TRAILERS ? NULL : &start);

    r.final = kind == ASSENT_GATE_FINAL;
    if (result == ASSENT_OK) {
        result = survey(&r, lines);
    }
    if (result != ASSENT_OK) {
        return result;
    }
    if (kind != ASSENT_GATE_TRAILERS) {
        assent_writer_put(out, start);
        assent_writer_text(out, "\r\n");
    }
    reader = lines;
    while (assent_head_next(&reader, &field) == 1) {
        copy_line(&r, &field);
    }
    write_own_fields(&r, lines);
    assent_writer_text(out, "\r\n");
    return out->error;
}

int assent_gate_write_token(struct assent_writer *w, struct assent_span token, unsigned days,
                            bool https)
{
    struct assent_set_cookie sc = assent_set_cookie(
        https ? ASSENT_SPAN(ASSENT_TOKEN_COOKIE_SECURE) : ASSENT_SPAN(ASSENT_TOKEN_COOKIE), token);
    int error;

    sc.path = ASSENT_SPAN("/");
    sc.has_path = true;
    sc.http_only = true;
    sc.secure = https;
    sc.same_site = ASSENT_SAME_SITE_LAX;
    sc.has_max_age = days > 0;
    sc.max_age_s = (int64_t)days * DAY_S;
    assent_writer_text(w, "Set-Cookie: ");
    error = assent_set_cookie_build(w, &sc);
    assent_writer_text(w, "\r\n");
    return error != ASSENT_OK ? error : w->error;
}
