/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_GUARD_H
#define ASSENT_HTTP_GUARD_H

#include <stdbool.h>

#include "http/app.h"

/* Who may change something: a page of the site itself, and nobody else (APP-2). */

enum assent_origin {
    ASSENT_ORIGIN_SAME,    /* the browser says: this very origin */
    ASSENT_ORIGIN_UNKNOWN, /* it says nothing; an old browser, or none */
    ASSENT_ORIGIN_OTHER    /* another origin, or something that cannot be read */
};

/* Read Sec-Fetch-Site (Fetch Metadata s. 2.3) and Origin (RFC 6454 s. 7). */
enum assent_origin assent_guard_origin(const struct assent_app_request *request);

/* The form token of this moment: HMAC-SHA-256 under the site's form key over "assent form v1", the
 * hour (4 bytes) and the visitor's subject, if there is one; cut to 128 bits.
 *   text    as base64url
 *   return  ASSENT_OK, ASSENT_ERR_CRYPTO */
int assent_guard_form(const struct assent_visit *visit, uint8_t text[ASSENT_APP_FORM_BYTES]);

/* Check a form token: of this hour or one of the 11 before it, and of this subject. Where the browser
 * says that the form is of this origin, one made before there was a subject will do: another tab may
 * have chosen meanwhile. */
bool assent_guard_check(const struct assent_visit *visit, struct assent_span text,
                        enum assent_origin origin);

/* A field of the request that may stand only once; empty if it is not there or stands twice. */
struct assent_span assent_guard_field(const struct assent_app_request *request,
                                      struct assent_span name);

#endif
