/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_CONSENT_JSON_H
#define ASSENT_CORE_CONSENT_JSON_H

#include <stdint.h>

#include "core/consent.h"
#include "core/seam.h"
#include "core/writer.h"

/* The words of consent as JSON, the same wherever a consent is written. */

/* {"analytics":"granted","advertising":"refused"} */
void assent_consent_json_choices(struct assent_writer *w, const uint8_t choice[ASSENT_TIER_COUNT]);

/* ["age_confirmed","gpc_present","restricted","objected","kiosk"], those of flags that are set. */
void assent_consent_json_flags(struct assent_writer *w, uint8_t flags);

/* "2026-01-15T12:00:00Z","clock":"synced": a time and, as the next member, how far it can be
 * believed: "none", "floor", "set" or "synced". */
void assent_consent_json_time(struct assent_writer *w, uint64_t unix_s, uint8_t trust);

/* Bytes as a string of lower-case hexadecimal. */
void assent_consent_json_hex(struct assent_writer *w, const uint8_t *bytes, size_t len);

/* A NUL-terminated text of the program itself, which needs no escaping. */
void assent_consent_json_word(struct assent_writer *w, const char *word);

/* A time in UTC: "2026-01-15T12:00:00Z". */
void assent_consent_json_date(struct assent_writer *w, uint64_t unix_s);

#endif
