/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_POLICY_TEXT_H
#define ASSENT_HTTP_POLICY_TEXT_H

#include "core/policy.h"
#include "http/text.h"

/* The words that pages show: those of the policy, and where it has none those that all sites share. */

/* Take the words that are the same on every site from an open text image.
 *   text    borrowed; NULL: none
 *   return  ASSENT_OK
 *           ASSENT_ERR_NOT_FOUND  a language of the policy leaves words to the shared texts, and
 *                                 they lack that language; nothing has changed */
int assent_policy_text_share(struct assent_policy *policy, const struct assent_text *text);

/* A text of the pages: the policy's own wording, or the shared one; empty if there is neither. Shared
 * texts are in memory. */
struct assent_span assent_policy_text(const struct assent_policy *policy, unsigned language,
                                      enum assent_text_key key);

/* The same to be read piece by piece, wherever it lies. */
struct assent_text_words assent_policy_words(const struct assent_policy *policy, unsigned language,
                                             enum assent_text_key key);

/* Language for the value of an Accept-Language field (RFC 9110 s. 12.5.4): the range of highest
 * quality that lookup finds, the first of equals. Malformed elements are passed over.
 *   return  0..languages-1; 0, the default language, if nothing fits */
unsigned assent_policy_text_negotiate(const struct assent_policy *policy,
                                      struct assent_span accept);

#endif
