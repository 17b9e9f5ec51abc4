/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_COOKIE_H
#define ASSENT_CORE_COOKIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/config.h"
#include "core/span.h"

/* The request field Cookie (RFC 6265bis s. 4.2 and 5.8.3), as a server has to read it: pairs end at
 * ';' and nowhere else, a name ends at the first '=', quotes and commas are bytes like others, names
 * are compared byte by byte. Everything here takes one pass over the field. */

struct assent_cookie {
    struct assent_span name;  /* empty for a nameless cookie: "text" or "=text" */
    struct assent_span value; /* without surrounding space and tab; quotes belong to it */
    struct assent_span raw;   /* the whole pair as it stands, without surrounding space and tab */
};

/* Take the next pair off a Cookie field value.
 *   rest    the field value without CRLF, any bytes; on return what follows the pair
 *   out     spans into the field, valid as long as it; void if the return is false
 *   return  false if no pair is left. Pairs of nothing ("", " ", "=") are skipped */
bool assent_cookie_next(struct assent_span *rest, struct assent_cookie *out);

/* The first cookie of that name, which is the one with the longest path (RFC 6265bis s. 5.8.3).
 *   field   a Cookie field value
 *   name    compared byte by byte; empty finds a nameless cookie
 *   return  true and *value, a span into field, if there is one */
static inline bool assent_cookie_find(struct assent_span field, struct assent_span name,
                                      struct assent_span *value)
{
    struct assent_cookie cookie;

    while (assent_cookie_next(&field, &cookie)) {
        if (assent_span_equal(cookie.name, name)) {
            *value = cookie.value;
            return true;
        }
    }
    return false;
}

/* Rewrite a Cookie field value in place so that only wanted cookies remain, in their order, joined
 * by "; ". What is left is written as it was judged: name, '=', value (no '=' if there was none).
 * Nothing is moved in a field that is already in this form and loses nothing.
 * Pairs with a control character other than tab, and pairs with name and value of more than
 * ASSENT_COOKIE_PAIR_BYTES together, are dropped without asking.
 *   field   len bytes, rewritten; what lies behind the new length is void
 *   keep    asked once for each other pair, in order; its spans are valid only during the call. It
 *           must not touch the field
 *   return  the new length, 0..len; 0 if nothing is left (then the field has to go) */
size_t assent_cookie_filter(uint8_t *field, size_t len,
                            bool (*keep)(void *ctx, const struct assent_cookie *cookie), void *ctx);

/* What the name promises (RFC 6265bis s. 4.1.3; HTTP and HOST_HTTP: layered cookies draft). */
enum assent_cookie_prefix {
    ASSENT_COOKIE_PREFIX_HOST_HTTP, /* __Host-Http-: all of the others */
    ASSENT_COOKIE_PREFIX_HOST,      /* __Host-: Secure, Path=/, no Domain */
    ASSENT_COOKIE_PREFIX_SECURE,    /* __Secure-: Secure */
    ASSENT_COOKIE_PREFIX_HTTP,      /* __Http-: Secure, HttpOnly */
    ASSENT_COOKIE_PREFIX_NONE
};

/* The prefix of a cookie name, without regard to case, as browsers match it: "__host-x" never is
 * what it pretends to be. Names themselves are still compared with regard to case. */
enum assent_cookie_prefix assent_cookie_prefix(struct assent_span name);

/* True if text contains a control character (%x00-08, %x0A-1F, %x7F; not tab), for which a browser
 * ignores a whole Set-Cookie field (RFC 6265bis s. 5.6 step 1). */
bool assent_cookie_has_control(struct assent_span text);

#endif
