/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_GATE_H
#define ASSENT_CORE_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/config.h"
#include "core/decision.h"
#include "core/ledger.h"
#include "core/policy.h"
#include "core/seam.h"
#include "core/set_cookie.h"
#include "core/token.h"
#include "core/writer.h"

/* The gate: every request head and every response head of a site passes through it. Request head in,
 * filtered head and decision out; response head in, filtered head out. No I/O.
 *
 *   GATE-1  no cookie of a tier that is not allowed passes, in either direction
 *   GATE-2  a cookie the policy does not name passes in neither direction, unless the policy says so
 *   GATE-3  the consent token never reaches an application, and no application can set it
 *   GATE-4  whatever cannot be read does not pass: a cookie with a control character or over its
 *           limit, Set-Cookie2, Cookie2, a Set-Cookie in an interim response or in trailers
 *   GATE-5  a browser that still sends a cookie that is not allowed is told to delete it, by the
 *           tuples of the ledger or else by every domain and path it can have come from
 *   GATE-6  Sec-GPC: 1 is never removed (Global Privacy Control s. 3.2)
 *   GATE-7  deleting is always allowed: a Set-Cookie that expires a cookie passes without its value */

/* One cookie that the policy does not name, for the operator to classify. */
struct assent_gate_report {
    struct assent_span name;             /* borrowed for the call */
    const struct assent_set_cookie *set; /* as it was to be set; NULL: seen in a request */
};

/* One site. Long-lived; everything it points to is borrowed. */
struct assent_gate {
    const struct assent_policy *policy;
    const struct assent_token_keys *keys; /* NULL: no token is believed */
    const struct assent_crypto *crypto;   /* may be NULL only if keys is */
    const struct assent_ledger *ledger;   /* NULL: cookies are expired by guess alone */
    struct assent_span decision_field; /* name of the request field that tells applications what is
                                             allowed: inbound copies are removed. Empty: none */
    bool csp;    /* add Content-Security-Policy to what a browser may show or run */
    bool closed; /* no cookie passes, not even an essential one; what comes is expired (GATE-5) */

    void *ctx; /* handed to the two functions below */
    /* Read the record of a subject, where there is a store. NULL: tokens decide alone.
     *   return  ASSENT_OK and *out; ASSENT_ERR_NOT_FOUND: none; another error: could not be read */
    int (*find_record)(void *ctx, const uint8_t subject[ASSENT_SUBJECT_BYTES],
                       struct assent_consent *out);
    /* Told of each unclassified cookie, every time it is seen. NULL: not wanted. */
    void (*report)(void *ctx, const struct assent_gate_report *report);
};

/* What the connection and the clock know about a request. */
struct assent_gate_input {
    struct assent_time now;
    bool https; /* the visitor's connection is encrypted */
    bool gpc;   /* the visitor is known to send Sec-GPC: 1, whether this request does or not */
    /* Use this choice instead of looking for a token; for tools and for hosts that keep consent in
     * another way. Borrowed for the call. NULL: the Cookie field decides. */
    const struct assent_consent *consent;
    bool preset; /* consent is to be used, even if it is NULL: no choice */
};

/* One request and its responses. Owned by the caller; filled in by assent_gate_request. */
struct assent_gate_exchange {
    struct assent_decision decision;
    struct assent_consent consent; /* the choice of the newest valid token, if has_consent */
    struct assent_time now;
    bool has_consent;
    bool https;
    bool gpc;        /* Sec-GPC: 1 was there */
    bool expire_all; /* set by the caller, after a withdrawal or refusal: the response expires every
                        cookie of the ledger that is not allowed, seen in this request or not */
    bool notice; /* set by the caller: the response contains the notice, so nobody may store it */
    uint16_t passed_count;       /* cookies that stayed in the request */
    uint16_t dropped_count;      /* cookies taken out, tokens aside */
    uint16_t unclassified_count; /* of these, not named by the policy */
    uint16_t omitted_count;      /* expiries that found no room, in all responses so far */
    uint16_t names_len;
    uint16_t host_len;
    uint16_t path_len;
    uint8_t names[ASSENT_GATE_NAMES_BYTES]; /* dropped names: length byte, bytes */
    uint8_t place[ASSENT_GATE_PLACE_BYTES]; /* host, then path */
};

/* Filter a request head in place and decide.
 *   head    len bytes: request line, fields and empty line (RFC 9112) and nothing more; rewritten.
 *           What lies behind the new length is void
 *   return  the new length, at most len; 0 is never returned
 *           ASSENT_ERR_SYNTAX  not a head by RFC 9112 (answer 400); exchange allows essential only
 *           ASSENT_ERR_MORE    the head is not complete; the same
 *           ASSENT_ERR_LIMIT   more than ASSENT_GATE_FIELDS fields to rewrite, or 2 GiB (answer
 *                              431); the same
 * After an error the head must not be passed on. */
int assent_gate_request(const struct assent_gate *gate, const struct assent_gate_input *input,
                        uint8_t *head, size_t len, struct assent_gate_exchange *exchange);

enum assent_gate_response_kind {
    ASSENT_GATE_FINAL,   /* status 2xx to 5xx */
    ASSENT_GATE_INTERIM, /* status 1xx, such as 103 Early Hints */
    ASSENT_GATE_TRAILERS /* fields after a chunked body; there is no start line */
};

/* Filter a response head into out.
 *   head    status line, fields and empty line; trailers without a status line
 *   out     where the filtered head is appended. It needs the length of head and about 600 bytes, and
 *           150 for each expiry; expiries that find no room are left for a later response
 *   return  ASSENT_OK
 *           ASSENT_ERR_SYNTAX, ASSENT_ERR_MORE  not a head (answer 502); out is void
 *           ASSENT_ERR_SPACE                    out is too small even without expiries; out is void */
int assent_gate_response(const struct assent_gate *gate, struct assent_gate_exchange *exchange,
                         enum assent_gate_response_kind kind, struct assent_span head,
                         struct assent_writer *out);

/* Write the Set-Cookie line, with field name and CRLF, that stores a token at the visitor.
 *   token   text of assent_token_mint
 *   days    life of the cookie, 0: until the browser session ends
 *   return  ASSENT_OK, or an error of assent_set_cookie_build */
int assent_gate_write_token(struct assent_writer *w, struct assent_span token, unsigned days,
                            bool https);

#endif
