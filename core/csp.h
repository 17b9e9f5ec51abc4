/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_CSP_H
#define ASSENT_CORE_CSP_H

#include "core/policy.h"
#include "core/writer.h"

/* Write the value of a Content-Security-Policy field (CSP Level 3) that lets a page load from its own
 * origin and from the third-party hosts of the allowed tiers, and from no other host, so that a
 * tracker without consent never loads. Inline code and data: stay possible: what the page itself
 * contains is the site's own. Sent beside a policy of the site, it can only narrow that one, since a
 * browser enforces each.
 *   allowed  a set of tiers, as struct assent_decision has it */
void assent_csp_write(struct assent_writer *w, const struct assent_policy *policy, uint8_t allowed);

#endif
