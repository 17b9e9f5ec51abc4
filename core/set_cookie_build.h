/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_SET_COOKIE_BUILD_H
#define ASSENT_CORE_SET_COOKIE_BUILD_H

#include "core/set_cookie.h"
#include "core/writer.h"

/* Writing Set-Cookie field values, without field name and CRLF. All three functions check first and
 * write nothing at all unless every check passes; attributes come in the order Domain, Path, Expires,
 * Max-Age, Secure, HttpOnly, SameSite, Partitioned. All of them refuse:
 *   ASSENT_ERR_SYNTAX     a ';' or a control character (CR and LF above all) anywhere; a '=' in the
 *                         name; space at either end of a part; a Domain with a leading dot
 *   ASSENT_ERR_LIMIT      name and value over ASSENT_COOKIE_PAIR_BYTES together, Domain or Path over
 *                         ASSENT_COOKIE_ATTRIBUTE_BYTES
 *   ASSENT_ERR_FORBIDDEN  a Path that does not start with '/'; SameSite=None or Partitioned without
 *                         Secure; a name prefix (without regard to case) whose promise is not kept
 *   ASSENT_ERR_SPACE      the writer is full; what it holds is void */

/* Write a cookie of our own, exactly as a server should (RFC 6265bis s. 4.1.1).
 *   sc      domain and path are written if not empty, expires_s and max_age_s if their has_ is set
 *   return  ASSENT_OK, or one of the above; also
 *           ASSENT_ERR_SYNTAX     a name that is not a token (empty included), a value that is not
 *                                 cookie-octets, possibly between double quotes; a Domain that is
 *                                 not a host name (letters, digits, hyphens, dots); a Path with
 *                                 other than visible ASCII and space
 *           ASSENT_ERR_FORBIDDEN  a Max-Age below 1, which s. 4.1.1 does not have; see expiry */
int assent_set_cookie_build(struct assent_writer *w, const struct assent_set_cookie *sc);

/* Write again a cookie that somebody else made and assent_set_cookie_parse() read: any name and
 * value that a browser would store, such as brackets in the name, JSON in the value, no name, tabs
 * within. A Max-Age below 1 is written as 0.
 *   return  ASSENT_OK, or one of the above; ASSENT_ERR_SYNTAX if name and value are both empty */
int assent_set_cookie_build_relay(struct assent_writer *w, const struct assent_set_cookie *sc);

/* Write the field that deletes exactly one cookie: of its name, domain, path, Secure and Partitioned
 * state, with an empty value ("x" for a nameless one, since a browser ignores a field that has
 * neither), Max-Age=0 and Expires=Thu, 01 Jan 1970 00:00:00 GMT. HttpOnly is added where the prefix
 * of the name demands it; SameSite is passed on, as a cross-site response may not set another.
 *   sc      value, expires_s, max_age_s and their has_ are not looked at; path should be given:
 *           without it a browser takes the path of the request
 *   return  as build_relay */
int assent_set_cookie_build_expiry(struct assent_writer *w, const struct assent_set_cookie *sc);

#endif
