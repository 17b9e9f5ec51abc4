/* SPDX-License-Identifier: MIT */
/* Reads the response field Set-Cookie as a browser does and judges whether and how long one would
 * keep the cookie. */
#include "core/set_cookie.h"

#include "core/cookie.h"
#include "core/date.h"
#include "core/words.h"

struct assent_set_cookie assent_set_cookie(struct assent_span name, struct assent_span value)
{
    return (struct assent_set_cookie){.name = name, .value = value};
}

static bool is_digit(uint8_t byte)
{
    return (uint8_t)(byte - '0') < 10;
}

/* Max-Age (s. 5.6.2): "-" and digits only, else ignored. */
static void set_max_age(struct assent_set_cookie *sc, struct assent_span value)
{
    bool negative = value.len > 0 && value.ptr[0] == '-';
    size_t at = negative ? 1 : 0;
    int64_t age_s = 0;

    if (at == value.len) {
        return;
    }
    for (; at < value.len; at++) {
        if (!is_digit(value.ptr[at])) {
            return;
        }
        if (age_s <= (INT64_MAX - 9) / 10) {
            age_s = age_s * 10 + (value.ptr[at] - '0');
        } else {
            age_s = INT64_MAX; /* and stays there */
        }
    }
    sc->has_max_age = true;
    sc->max_age_s = negative ? -age_s : age_s;
}

static void set_expires(struct assent_set_cookie *sc, struct assent_span value)
{
    uint64_t unix_s;

    if (assent_date_parse_cookie(value, &unix_s)) {
        sc->has_expires = true;
        sc->expires_s = unix_s;
    }
}

static void set_domain(struct assent_set_cookie *sc, struct assent_span value)
{
    bool dotted = value.len > 0 && value.ptr[0] == '.';

    sc->domain = assent_span_slice(value, dotted ? 1 : 0, value.len);
    sc->has_domain = sc->domain.len > 0;
}

static void set_path(struct assent_set_cookie *sc, struct assent_span value)
{
    bool absolute = value.len > 0 && value.ptr[0] == '/';

    sc->path = assent_span_slice(value, 0, absolute ? value.len : 0);
    sc->has_path = true;
}

const char assent_set_cookie_same_site_words[] = "Strict\0"
                                                 "Lax\0"
                                                 "None\0";

static enum assent_same_site same_site_of(struct assent_span value)
{
    /* A word that is none of the three is found behind them. */
    unsigned index = assent_words_find(assent_set_cookie_same_site_words, value);

    return (enum assent_same_site)((ASSENT_SAME_SITE_STRICT + index) % 4);
}

enum attribute { PATH, SECURE, DOMAIN, EXPIRES, MAX_AGE, HTTP_ONLY, SAME_SITE, PARTITIONED };

static void set_attribute(struct assent_set_cookie *sc, struct assent_span name,
                          struct assent_span value)
{
    /* In the order of the enum. */
    static const char words[] = "path\0"
                                "secure\0"
                                "domain\0"
                                "expires\0"
                                "max-age\0"
                                "httponly\0"
                                "samesite\0"
                                "partitioned\0";

    if (value.len > ASSENT_COOKIE_ATTRIBUTE_BYTES) {
        return;
    }
    switch (assent_words_find(words, name)) {
    case PATH:
        set_path(sc, value);
        break;
    case SECURE:
        sc->secure = true;
        break;
    case DOMAIN:
        set_domain(sc, value);
        break;
    case EXPIRES:
        set_expires(sc, value);
        break;
    case MAX_AGE:
        set_max_age(sc, value);
        break;
    case HTTP_ONLY:
        sc->http_only = true;
        break;
    case SAME_SITE:
        sc->same_site = same_site_of(value);
        break;
    case PARTITIONED:
        sc->partitioned = true;
        break;
    default: /* unknown attributes are skipped */
        break;
    }
}

int assent_set_cookie_parse(struct assent_span field, struct assent_set_cookie *out)
{
    const uint8_t *start = field.ptr;
    struct assent_cookie part;

    /* The first part has to say something; a part of nothing would be skipped. */
    if (assent_cookie_has_control(field) || !assent_cookie_next(&field, &part) ||
        memchr(start, ';', (size_t)(part.raw.ptr - start)) != NULL) {
        return ASSENT_ERR_SYNTAX;
    }
    *out = assent_set_cookie(part.name, part.value);
    if (out->name.len + out->value.len > ASSENT_COOKIE_PAIR_BYTES) {
        return ASSENT_ERR_LIMIT;
    }
    while (assent_cookie_next(&field, &part)) {
        /* An attribute without '=' is all value to a reader of pairs. */
        if (part.value.ptr == part.raw.ptr) {
            part.name = part.value;
            part.value.len = 0;
        }
        set_attribute(out, part.name, part.value);
    }
    return ASSENT_OK;
}

bool assent_set_cookie_keeps_prefix(const struct assent_set_cookie *sc)
{
    enum assent_cookie_prefix prefix;
    bool host;
    bool http;

    /* A nameless cookie must not look like a prefixed one when it comes back without '='. */
    if (sc->name.len == 0) {
        return assent_cookie_prefix(sc->value) == ASSENT_COOKIE_PREFIX_NONE;
    }
    prefix = assent_cookie_prefix(sc->name);
    host = prefix == ASSENT_COOKIE_PREFIX_HOST || prefix == ASSENT_COOKIE_PREFIX_HOST_HTTP;
    http = prefix == ASSENT_COOKIE_PREFIX_HTTP || prefix == ASSENT_COOKIE_PREFIX_HOST_HTTP;
    return (sc->secure || prefix == ASSENT_COOKIE_PREFIX_NONE) && (sc->http_only || !http) &&
           (!host || (sc->domain.len == 0 && assent_span_equal(sc->path, ASSENT_SPAN("/"))));
}

static bool is_ascii(struct assent_span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

int assent_set_cookie_acceptable(const struct assent_set_cookie *sc, bool https)
{
    bool needs_secure = sc->partitioned || sc->same_site == ASSENT_SAME_SITE_NONE;

    if ((sc->secure && !https) || (needs_secure && !sc->secure) || !is_ascii(sc->domain) ||
        !assent_set_cookie_keeps_prefix(sc)) {
        return ASSENT_ERR_FORBIDDEN;
    }
    return ASSENT_OK;
}

uint32_t assent_set_cookie_lifetime(const struct assent_set_cookie *sc, uint64_t now_s,
                                    bool *session)
{
    const uint32_t longest_s = ASSENT_COOKIE_LIFETIME_DAYS * 86400U;
    uint64_t left_s = 0;

    *session = !sc->has_max_age && !sc->has_expires;
    if (sc->has_max_age) {
        left_s = sc->max_age_s > 0 ? (uint64_t)sc->max_age_s : 0;
    } else if (sc->has_expires && sc->expires_s > now_s) {
        left_s = sc->expires_s - now_s;
    }
    return left_s < longest_s ? (uint32_t)left_s : longest_s;
}

struct assent_span assent_set_cookie_default_path(struct assent_span target)
{
    size_t last = 0;

    if (target.len == 0 || target.ptr[0] != '/') {
        return ASSENT_SPAN("/");
    }
    for (size_t i = 1; i < target.len && target.ptr[i] != '?' && target.ptr[i] != '#'; i++) {
        last = target.ptr[i] == '/' ? i : last;
    }
    return last == 0 ? ASSENT_SPAN("/") : assent_span(target.ptr, last);
}
