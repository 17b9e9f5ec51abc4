/* SPDX-License-Identifier: MIT */
#include "core/decision.h"

#define DAY_S 86400U

/* The newer of token and record; NULL if there is no choice at all. */
static const struct assent_consent *choice_in_force(const struct assent_decision_input *in)
{
    const struct assent_consent *token = in->token;

    if (token != NULL && token->has_subject && in->record_state == ASSENT_RECORD_PRESENT &&
        in->record->sequence > token->sequence) {
        return in->record;
    }
    return token;
}

/* A reason that lies in the choice as a whole and keeps every optional tier off; GRANTED if there
 * is none. */
static enum assent_reason overall_obstacle(const struct assent_decision_input *in,
                                           const struct assent_consent *consent)
{
    if (in->now.trust == ASSENT_CLOCK_NONE) {
        return ASSENT_REASON_CLOCK; /* DEC-7 */
    }
    if (consent != NULL && consent->has_subject) {
        if (in->record_state == ASSENT_RECORD_ABSENT) {
            return ASSENT_REASON_NO_RECORD; /* DEC-8 */
        }
        if (in->record_state == ASSENT_RECORD_FAILED) {
            return ASSENT_REASON_FAILED;
        }
    }
    if (consent != NULL && (consent->flags & ASSENT_CONSENT_RESTRICTED) != 0) {
        return ASSENT_REASON_RESTRICTED; /* DEC-5 */
    }
    if (consent != NULL && (consent->flags & ASSENT_CONSENT_OBJECTED) != 0) {
        return ASSENT_REASON_OBJECTED;
    }
    return ASSENT_REASON_GRANTED;
}

/* Whether a choice still stands, whatever it says: GRANTED, or why it has lapsed. */
static enum assent_reason lapse(const struct assent_decision_input *in,
                                const struct assent_consent *consent, enum assent_tier tier)
{
    const struct assent_policy *policy = in->policy;

    /* A floor clock may be late by any amount, so only the better ones can tell the future. */
    if (in->now.trust >= ASSENT_CLOCK_SET &&
        consent->changed_s > in->now.unix_s + ASSENT_DECISION_SKEW_S) {
        return ASSENT_REASON_FUTURE;
    }
    if (in->now.unix_s >= consent->changed_s &&
        in->now.unix_s - consent->changed_s >= (uint64_t)consent->valid_days * DAY_S) {
        return ASSENT_REASON_EXPIRED; /* DEC-4 */
    }
    if (consent->fingerprint[tier] != policy->fingerprint[tier]) {
        return ASSENT_REASON_CHANGED; /* DEC-3 */
    }
    if ((policy->flags & ASSENT_POLICY_KEEPS_RIGHTS) != 0 &&
        (consent->rights & ~(uint32_t)policy->rights) != 0) {
        return ASSENT_REASON_RIGHTS; /* DEC-9 */
    }
    return ASSENT_REASON_GRANTED;
}

/* What holds for an offered tier without a choice (DEC-2, DEC-10). */
static enum assent_reason by_default(const struct assent_decision_input *in, enum assent_tier tier,
                                     bool age_confirmed)
{
    const struct assent_policy *policy = in->policy;
    enum assent_reason allowed = ASSENT_REASON_UNDECIDED;

    if (policy->regime == ASSENT_REGIME_US) {
        allowed = ASSENT_REASON_NOT_OPTED_OUT;
    } else if (policy->regime == ASSENT_REGIME_UK &&
               (policy->objectable & ASSENT_TIER_BIT(tier)) != 0 && tier == ASSENT_TIER_ANALYTICS) {
        allowed = ASSENT_REASON_NOT_OBJECTED;
    }
    if (allowed == ASSENT_REASON_UNDECIDED) {
        return allowed;
    }
    if (policy->minimum_age > 0 && !age_confirmed) {
        return ASSENT_REASON_AGE;
    }
    return allowed;
}

/* What holds for an offered tier about which a choice stands. */
static enum assent_reason by_choice(const struct assent_decision_input *in,
                                    const struct assent_consent *consent, enum assent_tier tier)
{
    bool age_confirmed = (consent->flags & ASSENT_CONSENT_AGE_CONFIRMED) != 0;

    switch ((enum assent_choice)consent->choice[tier]) {
    case ASSENT_CHOICE_GRANTED:
        if (in->policy->minimum_age > 0 && !age_confirmed) {
            return ASSENT_REASON_AGE; /* DEC-5 */
        }
        return ASSENT_REASON_GRANTED;
    case ASSENT_CHOICE_REFUSED:
        return ASSENT_REASON_REFUSED;
    case ASSENT_CHOICE_WITHDRAWN:
        return ASSENT_REASON_WITHDRAWN;
    case ASSENT_CHOICE_UNDECIDED:
        return by_default(in, tier, age_confirmed);
    }
    return ASSENT_REASON_FAILED;
}

static bool says_no(uint8_t choice)
{
    return choice == ASSENT_CHOICE_REFUSED || choice == ASSENT_CHOICE_WITHDRAWN;
}

/* Decide one offered optional tier, Sec-GPC aside. Sets the choice in force and whether to ask. */
static enum assent_reason decide_tier(const struct assent_decision_input *in,
                                      const struct assent_consent *consent, enum assent_tier tier,
                                      struct assent_decision *out)
{
    enum assent_reason lapsed;

    if (consent == NULL) {
        out->ask = true;
        return by_default(in, tier, false);
    }
    lapsed = lapse(in, consent, tier);
    if (lapsed == ASSENT_REASON_GRANTED) {
        out->choice[tier] = consent->choice[tier];
        out->ask |= consent->choice[tier] == ASSENT_CHOICE_UNDECIDED;
        return by_choice(in, consent, tier);
    }
    out->ask = true;
    /* An opt-out does not turn into a yes by growing old, nor by a new revision. A lapsed grant
     * does not fall back to "not opted out" either: who was asked once is asked again. */
    if (in->policy->regime != ASSENT_REGIME_EU && says_no(consent->choice[tier])) {
        out->choice[tier] = consent->choice[tier];
        return by_choice(in, consent, tier);
    }
    return lapsed;
}

static bool allows(enum assent_reason reason)
{
    return reason <= ASSENT_REASON_LAST_ALLOWED;
}

/* Sec-GPC: 1 and the advertising tier (DEC-6; rules of GPC apply to sale and sharing only). */
static enum assent_reason apply_gpc(const struct assent_decision_input *in,
                                    const struct assent_consent *consent, enum assent_reason reason,
                                    struct assent_decision *out)
{
    bool informed = consent != NULL && (consent->flags & ASSENT_CONSENT_GPC_PRESENT) != 0;

    if (reason == ASSENT_REASON_GRANTED) {
        out->gpc_conflict = true;
        if (in->policy->regime == ASSENT_REGIME_US && !informed) {
            out->gpc_honoured = true;
            return ASSENT_REASON_GPC;
        }
        return reason;
    }
    out->gpc_honoured = true;
    return allows(reason) || reason == ASSENT_REASON_UNDECIDED ? ASSENT_REASON_GPC : reason;
}

void assent_decision_make(const struct assent_decision_input *input, struct assent_decision *out)
{
    const struct assent_consent *consent = choice_in_force(input);
    enum assent_reason obstacle = overall_obstacle(input, consent);

    *out = (struct assent_decision){.allowed = ASSENT_TIERS_ESSENTIAL};
    out->reason[ASSENT_TIER_ESSENTIAL] = ASSENT_REASON_ESSENTIAL;
    for (unsigned t = ASSENT_TIER_ANALYTICS; t < ASSENT_TIER_COUNT; t++) {
        enum assent_tier tier = (enum assent_tier)t;
        enum assent_reason reason = ASSENT_REASON_NOT_OFFERED; /* DEC-1 */

        if ((input->policy->offered & ASSENT_TIER_BIT(tier)) != 0) {
            reason = decide_tier(input, consent, tier, out);
            if (input->gpc && tier == ASSENT_TIER_ADVERTISING) {
                reason = apply_gpc(input, consent, reason, out);
            }
            if (obstacle != ASSENT_REASON_GRANTED) {
                reason = obstacle;
            }
        }
        if (allows(reason)) {
            out->allowed |= ASSENT_TIER_BIT(tier);
        }
        out->reason[tier] = (uint8_t)reason;
    }
    /* Who restricted or objected has decided, and without a clock no answer could be dated. */
    if (obstacle == ASSENT_REASON_CLOCK || obstacle == ASSENT_REASON_RESTRICTED ||
        obstacle == ASSENT_REASON_OBJECTED) {
        out->ask = false;
    } else if (obstacle == ASSENT_REASON_NO_RECORD) {
        out->ask = true;
        out->choice[ASSENT_TIER_ANALYTICS] = ASSENT_CHOICE_UNDECIDED;
        out->choice[ASSENT_TIER_ADVERTISING] = ASSENT_CHOICE_UNDECIDED;
    }
    if (input->gpc && input->policy->gpc == ASSENT_POLICY_GPC_REFUSE && consent == NULL) {
        out->ask = false; /* the signal is the answer; the link to choose otherwise stays */
    }
}
