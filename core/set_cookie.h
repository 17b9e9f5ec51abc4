/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_SET_COOKIE_H
#define ASSENT_CORE_SET_COOKIE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/config.h"
#include "core/error.h"
#include "core/span.h"

/* The response field Set-Cookie, read by the algorithm of a browser (RFC 6265bis s. 5.6 and 5.7), so
 * that what is judged here is what a browser would store. core/set_cookie_build.h writes it. */

enum assent_same_site {
    ASSENT_SAME_SITE_UNSET, /* absent or unknown: browsers treat it much like Lax */
    ASSENT_SAME_SITE_STRICT,
    ASSENT_SAME_SITE_LAX,
    ASSENT_SAME_SITE_NONE
};

/* As they are written, from ASSENT_SAME_SITE_STRICT on (core/words.h). */
extern const char assent_set_cookie_same_site_words[];

/* Of an attribute that occurs more than once, the last one counts. */
struct assent_set_cookie {
    struct assent_span name; /* empty for a nameless cookie */
    struct assent_span value;
    struct assent_span domain; /* without leading dot, case as sent; empty: this host only */
    struct assent_span path;   /* starts with '/'; empty: assent_set_cookie_default_path() */
    uint64_t expires_s;        /* Unix time; see core/date.h. Void without has_expires */
    int64_t max_age_s;         /* seconds, saturated. Void without has_max_age */
    enum assent_same_site same_site;
    bool has_expires;
    bool has_max_age; /* takes precedence over expires_s */
    bool has_domain;  /* a Domain attribute that is not empty */
    bool has_path;    /* a Path attribute, even one that means the default path */
    bool secure;
    bool http_only;
    bool partitioned; /* CHIPS */
};

/* Read a Set-Cookie field value (RFC 6265bis s. 5.6, and step 4 of s. 5.7).
 *   field   without CRLF; any bytes
 *   out     spans into field, valid as long as it; void unless ASSENT_OK
 *   return  ASSENT_OK
 *           ASSENT_ERR_SYNTAX  a control character, or neither a name nor a value: browsers ignore
 *                              the whole field
 *           ASSENT_ERR_LIMIT   name and value are longer than ASSENT_COOKIE_PAIR_BYTES together.
 *                              Attribute values over ASSENT_COOKIE_ATTRIBUTE_BYTES are skipped */
int assent_set_cookie_parse(struct assent_span field, struct assent_set_cookie *out);

/* Whether a browser would store the cookie (RFC 6265bis s. 5.7): Secure needs a secure scheme,
 * SameSite=None and Partitioned need Secure, name prefixes keep their promises, a nameless cookie
 * does not have a value that looks like a prefixed name, Domain is ASCII. Not looked at: whether the
 * domain matches the host, public suffixes, cross-site requests.
 *   https   the response travels over TLS
 *   return  ASSENT_OK
 *           ASSENT_ERR_FORBIDDEN  it would not */
int assent_set_cookie_acceptable(const struct assent_set_cookie *sc, bool https);

/* Whether name, Secure, HttpOnly, Domain and Path fit the promise of the name's prefix, and a nameless
 * value does not pass for a prefixed name (RFC 6265bis s. 5.7; layered cookies draft). */
bool assent_set_cookie_keeps_prefix(const struct assent_set_cookie *sc);

/* How long a browser keeps the cookie (RFC 6265bis s. 5.5 and 5.7), at most
 * ASSENT_COOKIE_LIFETIME_DAYS.
 *   now_s    Unix time
 *   session  set to true if the cookie has neither Max-Age nor Expires and ends with the browser
 *            session; then the return value is 0
 *   return   seconds from now; 0 means that the field deletes the cookie */
uint32_t assent_set_cookie_lifetime(const struct assent_set_cookie *sc, uint64_t now_s,
                                    bool *session);

/* The path of a cookie without a Path attribute (RFC 6265bis s. 5.1.4).
 *   target  path of the request's URL, with or without query
 *   return  its directory without the trailing slash, "/" if there is none; a span into target or
 *           static */
struct assent_span assent_set_cookie_default_path(struct assent_span target);

/* A cookie of that name and value and no attribute. */
struct assent_set_cookie assent_set_cookie(struct assent_span name, struct assent_span value);

#endif
