/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_SIGNAL_H
#define ASSENT_CORE_SIGNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/consent.h"
#include "core/span.h"
#include "core/writer.h"

/* Signals between browser, device and page: Global Privacy Control and Consent Mode. */

/* Whether one Sec-GPC field says so: its value is exactly "1" (Global Privacy Control s. 3.2). With
 * several fields the signal is given if any of them says so; a list in one field does not. Fields
 * of a trailer do not count.
 *   value   as sent; space and tab around it are no part of it */
bool assent_signal_gpc(struct assent_span value);

/* Body of /.well-known/gpc.json (Global Privacy Control s. 4):
 * {"gpc":true,"lastUpdate":"2026-01-15"}.
 *   updated_s  when the site's handling of the signal last changed */
void assent_signal_write_gpc(struct assent_writer *w, uint64_t updated_s);

/* Consent Mode v2 as one JSON object of "granted" and "denied": ad_storage, ad_user_data,
 * ad_personalization and personalization_storage by advertising, analytics_storage by analytics,
 * functionality_storage and security_storage by essential.
 *   allowed  tiers allowed by a decision, a set */
void assent_signal_write_consent_mode(struct assent_writer *w, uint8_t allowed);

#endif
