/* SPDX-License-Identifier: MIT */

/* Telling a browser to delete a cookie takes its exact name, domain and path (RFC 6265bis s. 5.7).
 * The ledger knows them for every cookie that came through here. For one that a script made, or that
 * is older than the device, every place is tried that could have sent it with this request: each
 * domain the host belongs to, each path the target lies under. Deleting what is not there does
 * nothing. */

#include "core/gate_expire.h"

#include "core/cookie.h"
#include "core/set_cookie_build.h"

enum {
    DOMAINS = 4, /* host-only, the host as a domain, and its parents */
    PATHS = 8    /* "/" and the prefixes of the target's path, with and without the last slash */
};

struct expiry {
    const struct assent_gate_exchange *exchange;
    struct assent_writer *out;
    size_t cap; /* of the writer, less what must stay free */
    unsigned count;
    unsigned omitted;
};

/* Append one expiring line, or leave the writer as it was. */
static void write_expiry(struct expiry *e, const struct assent_ledger_tuple *tuple)
{
    struct assent_set_cookie sc = assent_set_cookie(tuple->name, assent_span(NULL, 0));
    struct assent_writer trial = *e->out;
    int error;

    sc.domain = tuple->domain;
    sc.has_domain = tuple->domain.len > 0;
    sc.path = tuple->path;
    sc.has_path = true;
    /* Over HTTPS Secure is always right: a cookie without it is replaced just the same, and one with
     * it could not be replaced otherwise (RFC 6265bis s. 5.7 step 15). */
    sc.secure = e->exchange->https;
    sc.partitioned = tuple->partitioned && e->exchange->https;
    trial.cap = e->cap;
    assent_writer_text(&trial, "Set-Cookie: ");
    if (e->count >= ASSENT_GATE_EXPIRIES || trial.error != ASSENT_OK) {
        e->omitted++;
        return;
    }
    error = assent_set_cookie_build_expiry(&trial, &sc);
    assent_writer_text(&trial, "\r\n");
    if (error == ASSENT_OK && trial.error == ASSENT_OK) {
        e->out->len = trial.len;
        e->count++;
    } else if (trial.error == ASSENT_ERR_SPACE) {
        e->omitted++;
    }
    /* Any other error: no browser has such a cookie, as one with __Host- and a domain. */
}

/* Domains that a cookie sent to this host can have. Addresses have no parents (RFC 6265bis s.
 * 5.1.3); a single label below which everybody lives is no parent either, browsers refuse it. */
static size_t list_domains(struct assent_span host, struct assent_span domains[DOMAINS])
{
    size_t count = 0;

    domains[count++] = assent_span(NULL, 0);
    if (host.len > 0 && host.ptr[0] != '[' && (uint8_t)(host.ptr[host.len - 1] - '0') >= 10) {
        do {
            domains[count++] = host;
            (void)assent_span_take(&host, '.');
        } while (count < DOMAINS && host.len > 0 && memchr(host.ptr, '.', host.len) != NULL);
    }
    return count;
}

static size_t list_paths(struct assent_span path, struct assent_span paths[PATHS])
{
    size_t count = 0;

    paths[count++] = ASSENT_SPAN("/");
    for (size_t i = 1; i < path.len && count < PATHS; i++) {
        if (path.ptr[i] == '/') {
            paths[count++] = assent_span(path.ptr, i);
            if (count < PATHS) {
                paths[count++] = assent_span(path.ptr, i + 1);
            }
        }
    }
    if (path.len > 1 && path.ptr[path.len - 1] != '/' && count < PATHS) {
        paths[count++] = path;
    }
    return count;
}

/* The next of the names that the request left, or false. */
static bool next_name(const struct assent_gate_exchange *x, size_t *at, struct assent_span *name)
{
    if (*at >= x->names_len) {
        return false;
    }
    *name = assent_span(x->names + *at + 1, x->names[*at]);
    *at += 1 + name->len;
    return true;
}

/* Expire every name at one place, but for the token that counts. */
static void expire_at(struct expiry *e, const struct assent_ledger_tuple *place)
{
    const struct assent_gate_exchange *x = e->exchange;
    bool own_place = place->domain.len == 0 && place->path.len == 1;
    struct assent_ledger_tuple tuple = *place;
    size_t at = 0;

    while (next_name(x, &at, &tuple.name)) {
        bool own = own_place && x->has_consent && assent_gate_is_token(tuple.name) &&
                   assent_span_starts(tuple.name, ASSENT_SPAN("__Host-")) == x->https;

        if (!own) {
            write_expiry(e, &tuple);
        }
    }
}

/* Expire the names wherever they can have come from. All names at the likeliest place come before any
 * at the next one, so that a cookie which cannot be reached does not stand in the way of others. */
static void expire_by_guess(struct expiry *e)
{
    const struct assent_gate_exchange *x = e->exchange;
    struct assent_span domains[DOMAINS];
    struct assent_span paths[PATHS];
    size_t domain_count = list_domains(assent_span(x->place, x->host_len), domains);
    size_t path_count = list_paths(assent_span(x->place + x->host_len, x->path_len), paths);
    struct assent_ledger_tuple place = {.secure = false};

    /* Over HTTPS once more for the jar of partitioned cookies (CHIPS), at "/" only. */
    for (unsigned jar = 0; jar <= (x->https ? 1U : 0U); jar++) {
        place.partitioned = jar == 1;
        for (size_t p = 0; p < (jar == 1 ? 1 : path_count); p++) {
            for (size_t d = 0; d < domain_count; d++) {
                place.domain = domains[d];
                place.path = paths[p];
                expire_at(e, &place);
            }
        }
    }
}

/* Expire the names where the ledger saw them, or all of the ledger that is not allowed. */
static void expire_known(const struct assent_gate *gate, struct expiry *e)
{
    const struct assent_gate_exchange *x = e->exchange;
    uint8_t buffer[ASSENT_LEDGER_TUPLE_BYTES];
    struct assent_ledger_tuple tuple;
    struct assent_policy_cookie row;
    uint32_t cursor = 0;
    int error;

    while ((error = gate->ledger->next(gate->ledger->ctx, &cursor, buffer, &tuple)) == ASSENT_OK) {
        struct assent_span name;
        bool wanted = false;
        size_t at = 0;

        if (x->expire_all) {
            wanted = !assent_gate_allows(gate, x, tuple.name, &row);
        }
        while (!wanted && next_name(x, &at, &name)) {
            wanted = assent_span_equal(tuple.name, name);
        }
        if (wanted) {
            write_expiry(e, &tuple);
        }
    }
    /* Another end of it may have left out anything. */
    e->omitted += error == ASSENT_ERR_NOT_FOUND ? 0 : 1;
}

void assent_gate_expire(const struct assent_gate *gate, struct assent_gate_exchange *exchange,
                        struct assent_writer *out, size_t reserve)
{
    struct expiry e = {exchange, out, 0, 0, 0};

    e.cap = out->cap > reserve ? out->cap - reserve : 0;
    if (out->error != ASSENT_OK || out->len > e.cap) {
        return;
    }
    if (gate->ledger != NULL && (exchange->expire_all || exchange->names_len > 0)) {
        expire_known(gate, &e);
    }
    if (exchange->names_len > 0) {
        expire_by_guess(&e);
    }
    exchange->omitted_count = (uint16_t)(exchange->omitted_count + e.omitted);
}
