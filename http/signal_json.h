/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_SIGNAL_JSON_H
#define ASSENT_HTTP_SIGNAL_JSON_H

#include "core/consent.h"
#include "core/writer.h"

/* Body of /.well-known/gpc.json (Global Privacy Control s. 4):
 * {"gpc":true,"lastUpdate":"2026-01-15"}.
 *   updated_s  when the site's handling of the signal last changed */
void assent_signal_json_gpc(struct assent_writer *w, uint64_t updated_s);

/* Consent Mode v2 as one JSON object of "granted" and "denied": ad_storage, ad_user_data,
 * ad_personalization and personalization_storage by advertising, analytics_storage by analytics,
 * functionality_storage and security_storage by essential.
 *   allowed  tiers allowed by a decision, a set */
void assent_signal_json_consent_mode(struct assent_writer *w, uint8_t allowed);

#endif
