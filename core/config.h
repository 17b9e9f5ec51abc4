/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_CONFIG_H
#define ASSENT_CORE_CONFIG_H

/* Every limit of core/, http/ and storage/, with its unit, its range and the bytes it costs. A board
 * overrides one with -D; a value outside its range does not compile. */

/* Cookie name plus value, bytes (RFC 6265bis s. 5.7 step 5: 4096). A longer cookie is not passed on.
 * Costs nothing. */
#ifndef ASSENT_COOKIE_PAIR_BYTES
#define ASSENT_COOKIE_PAIR_BYTES 4096
#endif
_Static_assert(ASSENT_COOKIE_PAIR_BYTES >= 64 && ASSENT_COOKIE_PAIR_BYTES <= 4096,
               "ASSENT_COOKIE_PAIR_BYTES");

/* One attribute value of a Set-Cookie field, bytes (RFC 6265bis s. 5.6: 1024). A longer one is
 * ignored, as a browser does. Costs nothing. */
#ifndef ASSENT_COOKIE_ATTRIBUTE_BYTES
#define ASSENT_COOKIE_ATTRIBUTE_BYTES 1024
#endif
_Static_assert(ASSENT_COOKIE_ATTRIBUTE_BYTES >= 64 && ASSENT_COOKIE_ATTRIBUTE_BYTES <= 1024,
               "ASSENT_COOKIE_ATTRIBUTE_BYTES");

/* Longest life of any cookie, days (RFC 6265bis s. 5.5: 400). Costs nothing. */
#ifndef ASSENT_COOKIE_LIFETIME_DAYS
#define ASSENT_COOKIE_LIFETIME_DAYS 400
#endif
_Static_assert(ASSENT_COOKIE_LIFETIME_DAYS >= 1 && ASSENT_COOKIE_LIFETIME_DAYS <= 400,
               "ASSENT_COOKIE_LIFETIME_DAYS");

/* One cookie in the ledger, encoded, bytes. Longer tuples are not learnt. Costs this much stack while
 * a response is filtered, and at most this much flash for each cookie of a site. */
#ifndef ASSENT_LEDGER_TUPLE_BYTES
#define ASSENT_LEDGER_TUPLE_BYTES 256
#endif
_Static_assert(ASSENT_LEDGER_TUPLE_BYTES >= 64 && ASSENT_LEDGER_TUPLE_BYTES <= 769,
               "ASSENT_LEDGER_TUPLE_BYTES");

/* Fields of one request that the gate rewrites or removes: Cookie and its like. One more is refused as
 * too large. Costs 16 bytes of stack each. */
#ifndef ASSENT_GATE_FIELDS
#define ASSENT_GATE_FIELDS 16
#endif
_Static_assert(ASSENT_GATE_FIELDS >= 2 && ASSENT_GATE_FIELDS <= 64, "ASSENT_GATE_FIELDS");

/* Consent tokens of one request whose MAC is checked; further ones are ignored and expired. Costs one
 * HMAC each. */
#ifndef ASSENT_GATE_TOKENS
#define ASSENT_GATE_TOKENS 4
#endif
_Static_assert(ASSENT_GATE_TOKENS >= 1 && ASSENT_GATE_TOKENS <= 16, "ASSENT_GATE_TOKENS");

/* Names of dropped cookies that are kept from a request to its response, where they are expired,
 * bytes with one length byte each. What does not fit is expired after a later request. Costs this much in
 * each request context. */
#ifndef ASSENT_GATE_NAMES_BYTES
#define ASSENT_GATE_NAMES_BYTES 256
#endif
_Static_assert(ASSENT_GATE_NAMES_BYTES >= 32 && ASSENT_GATE_NAMES_BYTES <= 4096,
               "ASSENT_GATE_NAMES_BYTES");

/* Host and path of a request as far as they are needed to expire cookies of unknown origin, bytes.
 * Longer ones are expired at host-only and "/" alone. Costs this much in each request context. */
#ifndef ASSENT_GATE_PLACE_BYTES
#define ASSENT_GATE_PLACE_BYTES 256
#endif
_Static_assert(ASSENT_GATE_PLACE_BYTES >= 64 && ASSENT_GATE_PLACE_BYTES <= 4096,
               "ASSENT_GATE_PLACE_BYTES");

/* Expiring Set-Cookie fields in one response. More follow in later responses. Costs up to about 150
 * bytes each in the response head. */
#ifndef ASSENT_GATE_EXPIRIES
#define ASSENT_GATE_EXPIRIES 40
#endif
_Static_assert(ASSENT_GATE_EXPIRIES >= 1 && ASSENT_GATE_EXPIRIES <= 200, "ASSENT_GATE_EXPIRIES");

#endif
