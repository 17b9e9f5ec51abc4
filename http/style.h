/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_STYLE_H
#define ASSENT_HTTP_STYLE_H

#include <stdint.h>

#include "core/policy.h"
#include "core/seam.h"
#include "http/html.h"

/* The style sheet of notice and pages: one text for all sites and the colours of one policy, in one
 * <style> element, which a Content-Security-Policy names by its hash (CSP Level 3 s. 2.3.1). */

enum { ASSENT_STYLE_SOURCE_BYTES = 53 }; /* 'sha256-…' with its quotes */

/* The content of the element; the same bytes each time for one policy. */
void assent_style_write(struct assent_html *h, const struct assent_policy *policy);

/* The hash source that lets a page apply it: for style-src.
 *   return  ASSENT_OK, ASSENT_ERR_CRYPTO */
int assent_style_source(const struct assent_policy *policy, const struct assent_crypto *crypto,
                        uint8_t source[ASSENT_STYLE_SOURCE_BYTES]);

#endif
