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

#endif
