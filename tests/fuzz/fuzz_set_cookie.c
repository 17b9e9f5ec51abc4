/* SPDX-License-Identifier: MIT */
/* The Set-Cookie field: what is read lies inside the field; what a browser would store can be written
 * again to the same effect, and expired; nothing that is written splits the field or the head. */
#include "core/set_cookie.h"

#include <stdlib.h>

#include "core/cookie.h"
#include "core/set_cookie_build.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static void must_lie_in(struct assent_span part, struct assent_span field)
{
    must(part.len == 0 || (part.ptr >= field.ptr && part.ptr + part.len <= field.ptr + field.len));
}

static bool same_tuple(const struct assent_set_cookie *a, const struct assent_set_cookie *b)
{
    return assent_span_equal(a->name, b->name) && assent_span_equal(a->domain, b->domain) &&
           assent_span_equal(a->path, b->path) && a->secure == b->secure &&
           a->partitioned == b->partitioned;
}

static struct assent_set_cookie read_back(const struct assent_writer *w)
{
    struct assent_set_cookie back;

    must(!assent_cookie_has_control(assent_writer_span(w)));
    must(assent_set_cookie_parse(assent_writer_span(w), &back) == ASSENT_OK);
    must(assent_set_cookie_acceptable(&back, true) == ASSENT_OK);
    return back;
}

static void check_writing(const struct assent_set_cookie *sc, bool parsed)
{
    static uint8_t room[ASSENT_COOKIE_PAIR_BYTES + 2 * ASSENT_COOKIE_ATTRIBUTE_BYTES + 200];
    struct assent_writer w = assent_writer(room, sizeof(room));
    struct assent_set_cookie back;
    bool session;

    if (assent_set_cookie_build_relay(&w, sc) == ASSENT_OK) {
        back = read_back(&w);
        must(same_tuple(&back, sc) && assent_span_equal(back.value, sc->value));
        must(back.http_only == sc->http_only && back.same_site == sc->same_site);
        must(assent_set_cookie_lifetime(&back, 1000, &session) ==
             assent_set_cookie_lifetime(sc, 1000, &session));
    } else {
        /* What a browser would store is refused for a domain that no host has, and for nothing else. */
        bool odd_domain =
            sc->domain.len > 0 &&
            (sc->domain.ptr[0] == '.' || sc->domain.ptr[0] == ' ' || sc->domain.ptr[0] == '\t');

        must(w.len == 0);
        must(!parsed || odd_domain || assent_set_cookie_acceptable(sc, true) != ASSENT_OK);
    }
    w = assent_writer(room, sizeof(room));
    if (assent_set_cookie_build_expiry(&w, sc) == ASSENT_OK) {
        back = read_back(&w);
        must(same_tuple(&back, sc));
        must(assent_set_cookie_lifetime(&back, 1000, &session) == 0 && !session);
    }
    w = assent_writer(room, sizeof(room));
    if (assent_set_cookie_build(&w, sc) == ASSENT_OK) {
        back = read_back(&w);
        must(same_tuple(&back, sc) && assent_span_equal(back.value, sc->value));
    }
}

/* A cookie that no parser has seen: the parts are any bytes. */
static void check_forging(struct assent_span bytes)
{
    size_t third = bytes.len / 3;
    struct assent_set_cookie sc = {
        .name = assent_span_slice(bytes, 0, third),
        .value = assent_span_slice(bytes, third, 2 * third),
        .path = assent_span_slice(bytes, 2 * third, bytes.len),
        .secure = true,
    };

    check_writing(&sc, false);
    sc.domain = sc.path;
    sc.path = assent_span(NULL, 0);
    check_writing(&sc, false);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct assent_span field = assent_span(data, size);
    struct assent_set_cookie sc;

    if (assent_set_cookie_parse(field, &sc) == ASSENT_OK) {
        must_lie_in(sc.name, field);
        must_lie_in(sc.value, field);
        must_lie_in(sc.domain, field);
        must_lie_in(sc.path, field);
        must(!assent_cookie_has_control(field));
        check_writing(&sc, true);
    }
    check_forging(field);
    return 0;
}
