/* SPDX-License-Identifier: MIT */
#include "tests/unit/http_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/set_cookie.h"

struct place {
    char host[256]; /* in lower case */
    char path[1024];
    bool https;
};

static struct place read_url(const char *url)
{
    struct place place = {.https = strncmp(url, "https:", 6) == 0};
    const char *host = strstr(url, "//") + 2;
    const char *path = host + strcspn(host, "/");
    size_t host_len = strcspn(host, ":/");

    for (size_t i = 0; i < host_len; i++) {
        place.host[i] = (char)assent_span_lower((uint8_t)host[i]);
    }
    snprintf(place.path, sizeof(place.path), "%.*s", (int)strcspn(path, "?#"), path);
    return place;
}

/* Domain matching (s. 5.1.3). */
static bool domain_matches(const char *host, const char *domain)
{
    size_t host_len = strlen(host);
    size_t domain_len = strlen(domain);
    bool address = host[strspn(host, "0123456789.")] == '\0';

    if (strcmp(host, domain) == 0) {
        return true;
    }
    return !address && host_len > domain_len && strcmp(host + host_len - domain_len, domain) == 0 &&
           host[host_len - domain_len - 1] == '.';
}

/* Path matching (s. 5.1.4). */
static bool path_matches(const char *request, const char *path)
{
    size_t len = strlen(path);

    return strncmp(request, path, len) == 0 &&
           (request[len] == '\0' || request[len] == '/' || path[len - 1] == '/');
}

static void copy(char *to, size_t cap, struct assent_span from, bool lower)
{
    if (from.len >= cap) {
        abort();
    }
    for (size_t i = 0; i < from.len; i++) {
        to[i] = (char)(lower ? assent_span_lower(from.ptr[i]) : from.ptr[i]);
    }
    to[from.len] = '\0';
}

static bool same_key(const struct http_state_cookie *a, const struct http_state_cookie *b)
{
    return a->name_len == b->name_len && memcmp(a->name, b->name, a->name_len) == 0 &&
           strcmp(a->domain, b->domain) == 0 && a->host_only == b->host_only &&
           strcmp(a->path, b->path) == 0 && a->partitioned == b->partitioned;
}

static void store(struct http_state *state, const struct http_state_cookie *cookie)
{
    bool gone = !cookie->session && cookie->expires_s <= state->now_s;
    size_t at = 0;

    while (at < state->count && !same_key(&state->cookies[at], cookie)) {
        at++;
    }
    if (!gone) {
        if (at == HTTP_STATE_COOKIES) {
            abort();
        }
        state->cookies[at] = *cookie;
        state->count += at == state->count ? 1 : 0;
    } else if (at < state->count) {
        state->count--;
        memmove(&state->cookies[at], &state->cookies[at + 1],
                (state->count - at) * sizeof(state->cookies[0]));
    }
}

void http_state_receive(struct http_state *state, struct assent_span field, const char *url)
{
    static struct http_state_cookie cookie;
    struct place place = read_url(url);
    struct assent_set_cookie sc;
    struct assent_span path;

    if (assent_set_cookie_parse(field, &sc) != ASSENT_OK ||
        assent_set_cookie_acceptable(&sc, place.https) != ASSENT_OK) {
        return;
    }
    path = sc.path.len > 0
               ? sc.path
               : assent_set_cookie_default_path(assent_span(place.path, strlen(place.path)));
    memset(&cookie, 0, sizeof(cookie));
    copy(cookie.name, sizeof(cookie.name), sc.name, false);
    cookie.name_len = sc.name.len;
    copy(cookie.value, sizeof(cookie.value), sc.value, false);
    cookie.value_len = sc.value.len;
    copy(cookie.path, sizeof(cookie.path), path, false);
    cookie.host_only = !sc.has_domain;
    cookie.secure = sc.secure;
    cookie.partitioned = sc.partitioned;
    if (sc.has_domain) {
        copy(cookie.domain, sizeof(cookie.domain), sc.domain, true);
        /* A public suffix counts only for itself, and then as host-only. */
        cookie.host_only =
            strchr(cookie.domain, '.') == NULL && strcmp(cookie.domain, place.host) == 0;
        if (!domain_matches(place.host, cookie.domain) ||
            (strchr(cookie.domain, '.') == NULL && !cookie.host_only)) {
            return;
        }
    } else {
        snprintf(cookie.domain, sizeof(cookie.domain), "%s", place.host);
    }
    cookie.expires_s =
        state->now_s + assent_set_cookie_lifetime(&sc, state->now_s, &cookie.session);
    store(state, &cookie);
}

static bool goes_to(const struct http_state_cookie *cookie, const struct place *place)
{
    bool host = cookie->host_only ? strcmp(cookie->domain, place->host) == 0
                                  : domain_matches(place->host, cookie->domain);

    return host && path_matches(place->path, cookie->path) && (!cookie->secure || place->https);
}

void http_state_send(const struct http_state *state, const char *url, struct assent_writer *w)
{
    struct place place = read_url(url);

    /* Longer paths come first, and older cookies among equals. */
    for (size_t len = sizeof(state->cookies[0].path); len > 0; len--) {
        for (size_t i = 0; i < state->count; i++) {
            const struct http_state_cookie *cookie = &state->cookies[i];

            if (strlen(cookie->path) != len || !goes_to(cookie, &place)) {
                continue;
            }
            assent_writer_text(w, w->len > 0 ? "; " : "");
            assent_writer_put(w, assent_span(cookie->name, cookie->name_len));
            assent_writer_text(w, cookie->name_len > 0 ? "=" : "");
            assent_writer_put(w, assent_span(cookie->value, cookie->value_len));
        }
    }
}
