/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_DECISION_H
#define ASSENT_CORE_DECISION_H

#include <stdbool.h>
#include <stdint.h>

#include "core/consent.h"
#include "core/policy.h"
#include "core/seam.h"
#include "core/words.h"

/* Why a tier is allowed or not. Only the reasons up to ASSENT_REASON_LAST_ALLOWED allow. */
enum assent_reason {
    ASSENT_REASON_ESSENTIAL,     /* needs no consent */
    ASSENT_REASON_GRANTED,       /* the visitor said yes to this tier as it is now */
    ASSENT_REASON_NOT_OBJECTED,  /* regime uk: statistics, not objected to */
    ASSENT_REASON_NOT_OPTED_OUT, /* regime us: not opted out */
    ASSENT_REASON_LAST_ALLOWED = ASSENT_REASON_NOT_OPTED_OUT,
    ASSENT_REASON_NOT_OFFERED, /* the policy has no such tier: never allowed */
    ASSENT_REASON_UNDECIDED,   /* no choice yet, or none about this tier */
    ASSENT_REASON_REFUSED,     /* the visitor said no */
    ASSENT_REASON_WITHDRAWN,   /* the visitor took a yes back */
    ASSENT_REASON_EXPIRED,     /* the choice is older than it was to hold */
    ASSENT_REASON_CHANGED,     /* the tier has changed materially since the choice */
    ASSENT_REASON_RIGHTS,      /* the policy grants fewer rights than when the choice was made */
    ASSENT_REASON_GPC,         /* Sec-GPC: 1 */
    ASSENT_REASON_AGE,         /* the policy has a minimum age, which was not confirmed */
    ASSENT_REASON_RESTRICTED,  /* the visitor restricted processing */
    ASSENT_REASON_OBJECTED,    /* the visitor objected to processing */
    ASSENT_REASON_CLOCK,       /* no time to judge the choice by */
    ASSENT_REASON_FUTURE,      /* the choice is dated later than a trusted clock says */
    ASSENT_REASON_NO_RECORD,   /* the record of this subject is gone: erased or revoked */
    ASSENT_REASON_FAILED       /* something needed for the decision failed: essential only */
};

/* "granted", "not_offered" …: the reason in snake_case; "unknown" for any other value. The words lie in
 * the program that asks for them, if any does. */
static inline const char *assent_decision_reason_name(enum assent_reason reason)
{
    return assent_words_at("essential\0"
                           "granted\0"
                           "not_objected\0"
                           "not_opted_out\0"
                           "not_offered\0"
                           "undecided\0"
                           "refused\0"
                           "withdrawn\0"
                           "expired\0"
                           "changed\0"
                           "rights_reduced\0"
                           "gpc\0"
                           "age_not_confirmed\0"
                           "restricted\0"
                           "objected\0"
                           "no_clock\0"
                           "dated_in_the_future\0"
                           "no_record\0"
                           "failed\0",
                           (unsigned)reason);
}

/* What is known of the record behind a token. */
enum assent_record_state {
    ASSENT_RECORD_NOT_READ, /* the token alone decides */
    ASSENT_RECORD_PRESENT,  /* the record is given; where it is newer than the token, it wins */
    ASSENT_RECORD_ABSENT,   /* looked for and not there */
    ASSENT_RECORD_FAILED    /* could not be read */
};

struct assent_decision_input {
    const struct assent_policy *policy;
    const struct assent_consent *token;  /* of a verified token; NULL: none */
    const struct assent_consent *record; /* only if record_state is PRESENT, else ignored */
    enum assent_record_state record_state;
    struct assent_time now;
    bool gpc; /* the request carries Sec-GPC: 1 */
};

struct assent_decision {
    uint8_t allowed;                   /* tiers whose cookies pass, a set; always has essential */
    uint8_t reason[ASSENT_TIER_COUNT]; /* enum assent_reason */
    uint8_t choice[ASSENT_TIER_COUNT]; /* enum assent_choice now in force; lapsed: undecided */
    bool ask;                          /* the notice is to be shown */
    bool gpc_honoured; /* Sec-GPC: 1 keeps at least one offered tier off; to be displayed */
    bool gpc_conflict; /* an explicit choice overrides Sec-GPC: 1; to be disclosed */
};

/* A token that claims to be made up to this much later than a trusted clock still counts: two
 * clocks of one device, before and after synchronisation, differ that little. */
#define ASSENT_DECISION_SKEW_S 300

/* Decide one request. Pure: the same input always gives the same output. Never fails; what is
 * missing or contradictory leads to essential only.
 *
 *   DEC-1  a tier the policy does not offer is never allowed
 *   DEC-2  without a choice, eu allows nothing optional; uk allows tiers that may run until objected
 *          to; us allows what is offered, but advertising not under Sec-GPC: 1
 *   DEC-3  a choice counts for a tier only while the tier's fingerprint is the one it was made for;
 *          a changed tier is undecided, a change of wording changes nothing
 *   DEC-4  a choice older than its valid_days is undecided and asked for again; in uk and us a
 *          refusal that has grown old still refuses until the visitor decides anew
 *   DEC-5  restricted or objecting subjects, and subjects below or silent about a minimum age get
 *          essential only, whatever was granted
 *   DEC-6  Sec-GPC: 1 turns advertising off in us unless the choice was made in its presence; in eu
 *          and uk an explicit grant stands and the conflict is reported
 *   DEC-7  without a clock no grant counts; the notice is not shown, since no answer could be dated
 *   DEC-8  a record that is gone or unreadable takes the grants of its token with it
 *   DEC-9  a policy that keeps rights and now grants fewer of them asks first
 *   DEC-10 under a minimum age nothing optional runs before the age is confirmed, also in uk and us */
void assent_decision_make(const struct assent_decision_input *input, struct assent_decision *out);

#endif
