/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_CONSENT_BODY_H
#define ASSENT_CORE_CONSENT_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/consent.h"
#include "core/span.h"

/* A consent as bytes, the same in token and record; integers little-endian:
 *   offset  bytes  field
 *        0      1  choices: analytics in bits 0..1, advertising in bits 2..3, bit 7 has a subject
 *        1      1  flags in bits 0..4, clock trust in bits 5..6
 *        2      2  valid_days
 *        4      5  changed_s
 *        9      4  sequence
 *       13      4  revision
 *       17      2  rights
 *       19      4  fingerprint of analytics
 *       23      4  fingerprint of advertising
 *       27     16  subject, only if bit 7 of the choices is set
 * Bits not named are 0 and are checked, so that each consent has exactly one encoding. Essential
 * has no choice and no fingerprint here: both read as 0. */
enum {
    ASSENT_CONSENT_BODY_BYTES = 43,      /* with a subject */
    ASSENT_CONSENT_BODY_BARE_BYTES = 27, /* without */
    ASSENT_CONSENT_DAYS = 395            /* longest validity: 13 months */
};

/* Whether each field is in its range: choices and trust named, flags and rights known to the format
 * (rights < 2^16), 1..395 days, changed_s < 2^40, essential undecided, and a subject behind every
 * grant and withdrawal, for who has none has never granted anything. */
bool assent_consent_body_valid(const struct assent_consent *consent);

/* Encode a consent.
 *   return  bytes written, ASSENT_CONSENT_BODY_BYTES or ASSENT_CONSENT_BODY_BARE_BYTES
 *           ASSENT_ERR_RANGE  the consent is not valid */
int assent_consent_body_encode(const struct assent_consent *consent,
                               uint8_t out[ASSENT_CONSENT_BODY_BYTES]);

/* Decode a consent; body must have exactly the length of its encoding.
 *   consent  void unless ASSENT_OK
 *   return   ASSENT_OK
 *            ASSENT_ERR_SYNTAX  any other length, an unused bit set, or not valid */
int assent_consent_body_decode(struct assent_span body, struct assent_consent *consent);

#endif
