/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_CHOICE_H
#define ASSENT_HTTP_CHOICE_H

#include <stdbool.h>
#include <stdint.h>

#include "http/app.h"

/* What a visitor asks for, however it came: form or JSON. One of three: an answer to tiers, a flag, or
 * to be forgotten. */
struct assent_choice_ask {
    uint8_t grant; /* tiers, a set */
    uint8_t refuse;
    uint8_t method; /* enum assent_record_method */
    uint8_t flag;   /* ASSENT_CONSENT_RESTRICTED or _OBJECTED, 0: no flag */
    bool on;        /* set the flag, or lift it */
    bool erase;
    bool age_confirmed;
};

/* Do it: lifecycle, store, new token, new decision. On success the visit's token, consent, decision and
 * record are the new ones, and the answer expires what is not allowed any more. A refusal never fails
 * for want of a store (APP-4).
 *   return  ASSENT_OK
 *           ASSENT_ERR_FORBIDDEN  a grant without the age confirmed
 *           ASSENT_ERR_CLOCK      a grant without a clock
 *           ASSENT_ERR_LIMIT      too many changes, from this source or in sum; try again later
 *           ASSENT_ERR_FULL and others of assent_consents_apply: nothing has changed */
int assent_choice_apply(struct assent_visit *visit, const struct assent_choice_ask *ask);

/* Read the record behind the token into the visit, if there is one.
 *   return  ASSENT_OK, also if there is none (visit->has_record), or an error of assent_consents_find */
int assent_choice_record(struct assent_visit *visit);

/* Remove the record that a grant made whose token does not come back, unless it has come back before.
 *   token  text of the token
 *   return ASSENT_OK, or an error: nothing is removed */
int assent_choice_undo(struct assent_visit *visit, struct assent_span token);

/* Last moment of the choice in force, seconds since 1970; 0 if there is no choice. */
uint64_t assent_choice_until_s(const struct assent_visit *visit);

#endif
