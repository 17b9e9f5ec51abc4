/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_NOTICE_H
#define ASSENT_HTTP_NOTICE_H

#include <stdbool.h>

#include "http/app.h"

/* The notice: one form that stands at the start of any page's body while the visitor has not decided,
 * with both layers, and without a script. It has its own style element; a page that has a
 * Content-Security-Policy of its own allows it by the site's style_source.
 *
 * Tools that fill in notices find it by "#assent-consent[data-assent-state='ask']", its buttons by
 * name and value ("assent" = "all", "none", "save"), its checkboxes by name "t" and value (the tier).
 * These never change with a language. Once decided, it is not there at all. */

#define ASSENT_NOTICE_VERSION "1"

/* The notice as part of a page, for a visit whose decision says to ask; see assent_page_part. Visits
 * that are not asked get nothing. */
bool assent_notice_part(struct assent_html *h, const struct assent_visit *visit, unsigned index);

/* The link to change the choice, for the foot of every page; on a kiosk also the button that ends the
 * session. */
bool assent_notice_link(struct assent_html *h, const struct assent_visit *visit, unsigned index);

/* The button "I'm done", on a kiosk whose session goes on; otherwise nothing. */
void assent_notice_done(struct assent_html *h, const struct assent_visit *visit);

/* The fields that a form of ours carries: form token, the language shown, and where to go back to; from
 * names the page that has the form. */
void assent_notice_fields(struct assent_html *h, const struct assent_visit *visit,
                          const char *from);

/* The question about the age, where the policy has a minimum age and the visitor has not confirmed
 * it; otherwise nothing. Neither answer is ticked. */
void assent_notice_age(struct assent_html *h, const struct assent_visit *visit);

/* Title and one line for each purpose of a tier. */
void assent_notice_purposes(struct assent_html *h, const struct assent_wording *wording,
                            enum assent_tier tier);

/* The notice as everybody is told: as the policy has it in a language, for a visitor who is asked the
 * first time, without the form's own fields. */
void assent_notice_text(struct assent_html *h, const struct assent_wording *wording);

/* What proves which text was shown: over assent_notice_text, in blocks of 512 bytes: h(0) = zeros,
 * h(n) = SHA-256(h(n - 1), block n); the first 128 bits of the last.
 *   return  ASSENT_OK, ASSENT_ERR_CRYPTO */
int assent_notice_hash(const struct assent_wording *wording, const struct assent_crypto *crypto,
                       uint8_t hash[ASSENT_HASH_BYTES]);

/* The words of the visit. */
struct assent_wording assent_notice_wording(const struct assent_visit *visit);

#endif
