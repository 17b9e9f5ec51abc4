/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_ASSET_CONSENT_H
#define ASSENT_HTTP_ASSET_CONSENT_H

#include "core/span.h"

/* Files of the application that are the same on every site. */

/* /.consent/consent.js, which no page needs. With it, window.assent has state (as GET
 * /.consent/state), set(members) and erase(); the document gets an event "assent:change" with the
 * state as its detail, at first and after each change; <script type="text/plain"
 * data-assent="analytics"> runs once its tier is allowed; Consent Mode is told through dataLayer. */
struct assent_span assent_asset_consent_script(void);

/* /.consent/consent-o-matic.json: the rule by which Consent-O-Matic fills in the notice. */
struct assent_span assent_asset_consent_rule(void);

#endif
