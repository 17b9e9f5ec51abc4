/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_LIFECYCLE_H
#define ASSENT_CORE_LIFECYCLE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/audit.h"
#include "core/policy.h"
#include "core/record.h"
#include "core/seam.h"
#include "core/span.h"

/* What may happen to a consent: give, change, withdraw, restrict, object, erase, expire. */

enum {
    /* The same choice again within this time is the same request, not a renewal. */
    ASSENT_LIFECYCLE_RENEW_S = 86400,
    /* The last numbers of a subject's sequence are kept for changes that take something away. */
    ASSENT_LIFECYCLE_RESERVED = 16
};

/* In what circumstances something is asked. Borrowed for the call. */
struct assent_lifecycle_context {
    const struct assent_policy *policy; /* the one in force */
    struct assent_time now;
    uint8_t site;
    uint8_t method;     /* enum assent_record_method */
    bool gpc;           /* Sec-GPC: 1 came with it, and the answer will say what that means */
    bool age_confirmed; /* said to have reached the policy's minimum age */
    bool kiosk;         /* on a shared terminal: the choice holds for a day at most */
    struct assent_span language;  /* BCP 47 tag of the notice shown; may be empty */
    const uint8_t *notice;        /* ASSENT_HASH_BYTES of the notice text; needed for a grant */
    const uint8_t *document;      /* ASSENT_HASH_BYTES of the policy document; needed for a grant */
    const uint8_t *fresh_subject; /* ASSENT_SUBJECT_BYTES just drawn at random; used if a visitor
                                     without subject grants something; NULL: none to be had */
};

/* What the caller has to do about it, in this order: store or delete, log, answer with a token. */
enum assent_lifecycle_action {
    ASSENT_LIFECYCLE_LEAVE, /* nothing to store: no record, or it stays as it is */
    ASSENT_LIFECYCLE_STORE, /* store record under its subject */
    ASSENT_LIFECYCLE_DELETE /* delete the record of record.consent.subject and its salt */
};

struct assent_lifecycle_outcome {
    enum assent_lifecycle_action action;
    struct assent_record record;   /* as it is now; with DELETE, as it was */
    struct assent_consent consent; /* for the new token; equals record.consent but with DELETE */
    bool changed;                  /* false: the visitor had said exactly this before */
    uint8_t event;                 /* enum assent_audit_type; NONE: nothing to log. Without subject
                                      it is for counters only: a log entry would help nobody and
                                      wear the flash */
};

/* The lifecycle. Each function is pure: from what was known (old, or NULL if nothing is) and what
 * is asked to the outcome. Nothing is stored about who is refused something here.
 *
 *   REC-1   a subject comes into being with the first grant and with nothing else
 *   REC-2   a tier that the policy does not offer is undecided afterwards
 *   REC-3   a policy with a minimum age takes grants only with the age confirmed, at this time or
 *           earlier under the same revision
 *   REC-4   without a clock nothing is granted; everything else works
 *   REC-5   a grant needs a method by which a visitor can say yes: not reject, GPC, operator, time
 *   REC-6   a tier that was granted becomes withdrawn when it is refused, and stays so
 *   REC-7   the sequence rises by one with each change of a record
 *   REC-8   the same again changes nothing, unless it renews: the old choice has expired or was
 *           made for another revision, or something is granted and ASSENT_LIFECYCLE_RENEW_S passed
 *   REC-9   an answer to one tier never prolongs a grant of another
 *   REC-10  restriction and objection outlast choices; only being asked to lifts them
 *   REC-11  the time of a choice never runs back under a clock that can only be late, or under none
 *   REC-12  what is no longer granted keeps its proof until retention ends; what is erased keeps
 *           nothing */

/* Answer for some or all optional tiers: give, change, refuse. Accept all is grant
 * ASSENT_TIERS_OPTIONAL; a form that is saved grants what is ticked and refuses the rest. Tiers in
 * neither set stay as they are; those that were granted lapse if their time is over.
 *   old     NULL, or what record and token say; no part of *out
 *   grant   tiers, a set
 *   refuse  tiers, a set disjoint from grant
 *   out     void unless ASSENT_OK
 *   return  ASSENT_OK
 *           ASSENT_ERR_RANGE      sets that overlap or name unknown tiers, a method that cannot
 *                                 grant (REC-5), a time or a policy field out of range, or a grant
 *                                 without hashes
 *           ASSENT_ERR_FORBIDDEN  a grant without the age confirmed (REC-3)
 *           ASSENT_ERR_CLOCK      a grant without a clock (REC-4)
 *           ASSENT_ERR_ENTROPY    a first grant without a fresh subject
 *           ASSENT_ERR_LIMIT      the sequence of the subject is used up */
int assent_lifecycle_choose(const struct assent_record *old, uint8_t grant, uint8_t refuse,
                            const struct assent_lifecycle_context *context,
                            struct assent_lifecycle_outcome *out);

/* Take back every grant and refuse the rest, in one call; also "Reject all".
 *   return  as assent_lifecycle_choose of a refusal of everything */
static inline int assent_lifecycle_withdraw(const struct assent_record *old,
                                            const struct assent_lifecycle_context *context,
                                            struct assent_lifecycle_outcome *out)
{
    return assent_lifecycle_choose(old, 0, ASSENT_TIERS_OPTIONAL, context, out);
}

/* Restrict processing (GDPR Art. 18) or object to it (Art. 21), or lift that again: flag is
 * ASSENT_CONSENT_RESTRICTED or ASSENT_CONSENT_OBJECTED. Choices and their time stay as they are.
 * Who has no subject gets a token that says so.
 *   return  ASSENT_OK
 *           ASSENT_ERR_RANGE  another flag, or a time or a policy field out of range
 *           ASSENT_ERR_LIMIT  the sequence of the subject is used up */
int assent_lifecycle_flag(const struct assent_record *old, uint8_t flag, bool on,
                          const struct assent_lifecycle_context *context,
                          struct assent_lifecycle_outcome *out);

/* Forget the subject (GDPR Art. 17): the record is to be deleted, what remains is a refusal without
 * subject.
 *   return  ASSENT_OK
 *           ASSENT_ERR_RANGE  a time or a policy field out of range */
int assent_lifecycle_erase(const struct assent_record *old,
                           const struct assent_lifecycle_context *context,
                           struct assent_lifecycle_outcome *out);

/* What time has done to a stored record under the policy in force. A record ends when its choice
 * has held for its valid_days, a refusal or withdrawal as much as a grant: until then the token
 * relies on it. Retention counts from there. Without a clock: nothing. */
enum assent_lifecycle_fate {
    ASSENT_LIFECYCLE_KEEP,   /* nothing is due */
    ASSENT_LIFECYCLE_LAPSE,  /* grants have reached their end: assent_lifecycle_expire is due */
    ASSENT_LIFECYCLE_DISPOSE /* retention has ended: the record is to be deleted */
};
enum assent_lifecycle_fate assent_lifecycle_due(const struct assent_record *record,
                                                const struct assent_policy *policy,
                                                struct assent_time now);

/* Let time do its work: grants that have reached their end become undecided; refusals and
 * withdrawals stay what they are, since a no does not turn into a maybe by growing old. Time and
 * validity of the choice stay, so that retention counts from its end. Past retention: delete.
 *   out     LEAVE if nothing is due
 *   return  ASSENT_OK
 *           ASSENT_ERR_RANGE  a record without subject, or one that is not valid
 *           ASSENT_ERR_LIMIT  the sequence of the subject is used up */
int assent_lifecycle_expire(const struct assent_record *record,
                            const struct assent_lifecycle_context *context,
                            struct assent_lifecycle_outcome *out);

#endif
