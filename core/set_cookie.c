/* SPDX-License-Identifier: MIT */
/* Reads the response field Set-Cookie as a browser does and judges whether and how long one would
 * keep the cookie. */
#include "core/set_cookie.h"

#include "core/cookie.h"
#include "core/date.h"
#include "core/scan.h"

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

/* The place of a word among count others, without regard to case; count if it is not there. */
static size_t find_word(struct assent_span word, const char words[][12], size_t count)
{
    size_t i = 0;

    while (i < count && (word.len >= sizeof(words[0]) || words[i][word.len] != '\0' ||
                         !assent_span_equal_nocase(word, assent_span(words[i], word.len)))) {
        i++;
    }
    return i;
}

static enum assent_same_site same_site_of(struct assent_span value)
{
    static const char words[][12] = {"strict", "lax", "none"};

    switch (find_word(value, words, 3)) {
    case 0:
        return ASSENT_SAME_SITE_STRICT;
    case 1:
        return ASSENT_SAME_SITE_LAX;
    case 2:
        return ASSENT_SAME_SITE_NONE;
    default:
        return ASSENT_SAME_SITE_UNSET;
    }
}

enum attribute {
    PATH,
    SECURE,
    DOMAIN,
    EXPIRES,
    MAX_AGE,
    HTTP_ONLY,
    SAME_SITE,
    PARTITIONED,
    ATTRIBUTES
};

static void set_attribute(struct assent_set_cookie *sc, struct assent_span name,
                          struct assent_span value)
{
    static const char words[ATTRIBUTES][12] = {"path",    "secure",   "domain",   "expires",
                                               "max-age", "httponly", "samesite", "partitioned"};

    if (value.len > ASSENT_COOKIE_ATTRIBUTE_BYTES) {
        return;
    }
    switch (find_word(name, words, ATTRIBUTES)) {
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

/* A part up to the next ';': "left = right", or "alone". */
struct part {
    struct assent_span left;
    struct assent_span right;
    bool has_equal;
};

static struct part take_part(struct assent_span *rest)
{
    const size_t len = assent_scan_find(rest->ptr, rest->len, rest->len, ';');
    const size_t equal = assent_scan_find(rest->ptr, len, rest->len, '=');
    struct part part = {0};

    part.has_equal = equal < len;
    part.left = assent_span_trim(assent_span(rest->ptr, part.has_equal ? equal : len));
    if (part.has_equal) {
        part.right = assent_span_trim(assent_span(rest->ptr + equal + 1, len - equal - 1));
    }
    *rest = assent_span_slice(*rest, len + 1, rest->len);
    return part;
}

int assent_set_cookie_parse(struct assent_span field, struct assent_set_cookie *out)
{
    struct part part;

    if (field.len == 0 || assent_cookie_has_control(field)) {
        return ASSENT_ERR_SYNTAX;
    }
    part = take_part(&field);
    /* Without '=' the name is empty and all of it is the value. */
    *out = part.has_equal ? assent_set_cookie(part.left, part.right)
                          : assent_set_cookie(part.right, part.left);
    if (out->name.len + out->value.len == 0) {
        return ASSENT_ERR_SYNTAX;
    }
    if (out->name.len + out->value.len > ASSENT_COOKIE_PAIR_BYTES) {
        return ASSENT_ERR_LIMIT;
    }
    while (field.len > 0) {
        part = take_part(&field);
        set_attribute(out, part.left, part.right);
    }
    return ASSENT_OK;
}

bool assent_set_cookie_keeps_prefix(const struct assent_set_cookie *sc)
{
    bool host = sc->secure && sc->domain.len == 0 && assent_span_equal(sc->path, ASSENT_SPAN("/"));

    /* A nameless cookie must not look like a prefixed one when it comes back without '='. */
    if (sc->name.len == 0) {
        return assent_cookie_prefix(sc->value) == ASSENT_COOKIE_PREFIX_NONE;
    }
    switch (assent_cookie_prefix(sc->name)) {
    case ASSENT_COOKIE_PREFIX_SECURE:
        return sc->secure;
    case ASSENT_COOKIE_PREFIX_HOST:
        return host;
    case ASSENT_COOKIE_PREFIX_HTTP:
        return sc->secure && sc->http_only;
    case ASSENT_COOKIE_PREFIX_HOST_HTTP:
        return host && sc->http_only;
    case ASSENT_COOKIE_PREFIX_NONE:
    default:
        return true;
    }
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

uint64_t assent_set_cookie_lifetime(const struct assent_set_cookie *sc, uint64_t now_s,
                                    bool *session)
{
    const uint64_t longest_s = (uint64_t)ASSENT_COOKIE_LIFETIME_DAYS * 86400;
    uint64_t left_s = 0;

    *session = !sc->has_max_age && !sc->has_expires;
    if (sc->has_max_age) {
        left_s = sc->max_age_s > 0 ? (uint64_t)sc->max_age_s : 0;
    } else if (sc->has_expires && sc->expires_s > now_s) {
        left_s = sc->expires_s - now_s;
    }
    return left_s < longest_s ? left_s : longest_s;
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
