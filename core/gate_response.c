/* SPDX-License-Identifier: MIT */

/* The response side of the gate. Set-Cookie lines are judged, kept, hardened, shortened or dropped,
 * caching fields are made to fit what the response depends on; what the gate has to say follows at
 * the end. */

#include "core/gate.h"

#include "core/csp.h"
#include "core/gate_expire.h"
#include "core/head.h"
#include "core/set_cookie_build.h"
#include "core/words.h"

#define DAY_S 86400U

/* A response is read once to learn what it is. One with cookies or caching fields is read twice more: to
 * copy what passes, and to gather what its Cache-Control lines said into one. */
enum pass { PASS_SURVEY, PASS_COPY, PASS_CACHE };

struct response {
    const struct assent_gate *gate;
    struct assent_gate_exchange *exchange;
    struct assent_writer *out;
    enum pass pass;
    bool final;
    bool document; /* something a browser may show or run: gets Content-Security-Policy */
    bool varies;   /* depends on the visitor: not for shared caches */
    bool judged;   /* has fields that are not simply copied */
};

/* Whether a type is one that a browser neither shows as a page nor runs. A picture in SVG is a page
 * (it can run scripts), and a script may become a worker. */
static bool is_inert(struct assent_span type)
{
    static const char inert[] = "image/\0"
                                "font/\0"
                                "audio/\0"
                                "video/\0"
                                "text/c\0" /* text/css, text/csv */
                                "text/plain\0"
                                "application/json\0";

    return assent_words_find_prefix(inert, type) < 7 &&
           !assent_span_starts_nocase(type, ASSENT_SPAN("image/svg"));
}

/* Set an attribute that must be there. */
static void demand(bool *attribute, bool demanded, bool *changed)
{
    if (demanded && !*attribute) {
        *attribute = true;
        *changed = true;
    }
}

/* Whether the value may go to the browser, and then how it should look. Everything that this
 * function changes is stricter than before.
 *   changed  the field has to be written anew */
static bool judge(const struct response *r, struct assent_set_cookie *sc, bool *changed)
{
    const struct assent_gate *gate = r->gate;
    struct assent_policy_cookie row;
    uint32_t cap_s = gate->policy->cookie_days * DAY_S;
    bool session;
    uint32_t life_s = assent_set_cookie_lifetime(sc, r->exchange->now.unix_s, &session);
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
        sc->max_age_s = cap_s;
        *changed = true;
    }
    demand(&sc->secure, r->exchange->https, changed);
    demand(&sc->http_only, (row.flags & ASSENT_POLICY_COOKIE_HTTP_ONLY) != 0, changed);
    if (sc->same_site == ASSENT_SAME_SITE_UNSET) {
        sc->same_site = ASSENT_SAME_SITE_LAX;
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
static void pass_set_cookie(struct response *r, const struct assent_head_field *field)
{
    struct assent_writer trial = *r->out;
    struct assent_set_cookie sc;
    bool changed = false;

    if (!r->final || assent_set_cookie_parse(field->value, &sc) != ASSENT_OK ||
        assent_gate_is_token(sc.name)) {
        return; /* GATE-3, GATE-4 */
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

/* Copy what a Cache-Control value says to the visitor's own cache (RFC 9111 s. 5.2.2). */
static void narrow_cache_control(struct response *r, struct assent_span value)
{
    while (value.len > 0) {
        struct assent_span directive = assent_span_trim(assent_span_take(&value, ','));

        if (directive.len == 0 || assent_words_find("public\0private\0", directive) < 2 ||
            assent_span_starts_nocase(directive, ASSENT_SPAN("s-maxage"))) {
            continue;
        }
        assent_writer_text(r->out, ", ");
        assent_writer_put(r->out, directive);
    }
}

/* One field line in one pass. */
static void read_field(struct response *r, const struct assent_head_field *field)
{
    enum { TYPE, CACHE_CONTROL, SET_COOKIE, SET_COOKIE2, OTHER } kind = OTHER;

    if (field->name.len >= 10 && field->name.len <= 13) {
        kind = assent_words_find("content-type\0"
                                 "cache-control\0"
                                 "set-cookie\0"
                                 "set-cookie2\0",
                                 field->name);
    }
    switch (r->pass) {
    case PASS_SURVEY:
        if (kind == TYPE) {
            r->document = !is_inert(field->value);
        }
        r->varies |= kind == SET_COOKIE;
        r->judged |= kind != TYPE && kind != OTHER;
        break;
    case PASS_COPY:
        if (kind == SET_COOKIE) {
            pass_set_cookie(r, field);
        } else if (kind != SET_COOKIE2 && !(kind == CACHE_CONTROL && r->varies)) {
            assent_writer_put(r->out, field->line);
        } /* GATE-4: Set-Cookie2 of RFC 2965 is obsolete, and nobody judges it */
        break;
    case PASS_CACHE:
        if (kind == CACHE_CONTROL) {
            narrow_cache_control(r, field->value);
        }
        break;
    }
}

static int read_fields(struct response *r, enum pass pass, struct assent_head head)
{
    struct assent_head_field field;
    int result;

    r->pass = pass;
    while ((result = assent_head_next(&head, &field)) == 1) {
        read_field(r, &field);
    }
    return result == 0 && head.at != head.end ? ASSENT_ERR_SYNTAX : result;
}

static void write_own_fields(struct response *r, struct assent_head lines)
{
    if (r->varies) {
        assent_writer_text(r->out, "Vary: Cookie, Sec-GPC\r\nCache-Control: private");
        if (r->exchange->notice) {
            assent_writer_text(r->out, ", no-store");
        }
        if (r->judged) {
            (void)read_fields(r, PASS_CACHE, lines);
        }
        assent_writer_text(r->out, "\r\n");
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
    struct response r = {.gate = gate, .exchange = exchange, .out = out, .document = true};
    struct assent_head lines;
    struct assent_span start = assent_span(NULL, 0);
    int result = assent_head_start(&lines, head, kind == ASSENT_GATE_TRAILERS ? NULL : &start);

    r.final = kind == ASSENT_GATE_FINAL;
    if (result == ASSENT_OK) {
        result = read_fields(&r, PASS_SURVEY, lines);
    }
    if (result != ASSENT_OK) {
        return result;
    }
    r.document &= r.final; /* without a type, browsers guess: may be a page */
    r.varies = r.document || (r.final && (r.varies || exchange->notice));
    assent_writer_put(out, assent_span(head.ptr, (size_t)(lines.at - head.ptr)));
    if (r.judged) {
        (void)read_fields(&r, PASS_COPY, lines);
    } else {
        assent_writer_put(out, assent_span(lines.at, (size_t)(lines.end - lines.at) - 2));
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
