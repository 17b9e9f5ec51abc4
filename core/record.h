/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_RECORD_H
#define ASSENT_CORE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/audit.h"
#include "core/consent.h"
#include "core/consent_body.h"
#include "core/policy.h"
#include "core/seam.h"
#include "core/span.h"

/* The consent record: the proof in flash (GDPR Art. 7(1)), and what may happen to it.
 *
 * Bytes, integers little-endian:
 *   offset  bytes  field
 *        0      1  format version, 1
 *        1      1  site, its number on the device
 *        2      1  method of the last grant in bits 0..3, of the last change in bits 4..7
 *        3      1  regime
 *        4      5  given_s
 *        9      4  given_revision
 *       13      8  language, padded with zeros
 *       21     16  hash of the notice text
 *       37     16  hash of the policy document
 *       53     43  consent with its subject (core/consent_body.h)
 * Each record has exactly one encoding; anything else is refused. */
enum {
    ASSENT_RECORD_VERSION = 1,
    ASSENT_RECORD_BYTES = 96,
    ASSENT_RECORD_LANGUAGE_BYTES = 8,
    /* The same choice again within this time is the same request, not a renewal. */
    ASSENT_RECORD_RENEW_S = 86400,
    /* The last numbers of a subject's sequence are kept for changes that take something away. */
    ASSENT_RECORD_RESERVED = 16
};

/* How a choice reached the device. */
enum assent_record_method {
    ASSENT_METHOD_NONE = 0,
    ASSENT_METHOD_ACCEPT = 1,      /* "Accept all" of the notice */
    ASSENT_METHOD_REJECT = 2,      /* "Reject all" of the notice */
    ASSENT_METHOD_SAVE = 3,        /* "Save" of the notice */
    ASSENT_METHOD_PREFERENCES = 4, /* the preferences page */
    ASSENT_METHOD_API = 5,         /* the JSON interface, by a script of the page */
    ASSENT_METHOD_GPC = 6,         /* Sec-GPC: 1 */
    ASSENT_METHOD_IMPORT = 7,      /* carried over from another system with its proof */
    ASSENT_METHOD_OPERATOR = 8,    /* on the visitor's behalf, by a request through another way */
    ASSENT_METHOD_TIME = 9,        /* nobody: validity or a session came to its end */
    ASSENT_METHODS
};

/* "accept", "reject" …; "none" for 0, "unknown" for any other value. */
const char *assent_record_method_name(enum assent_record_method method);

/* A record. What is known of a visitor without subject is a record too, of which only the consent
 * is looked at: it was in the token and is stored nowhere. */
struct assent_record {
    struct assent_consent consent;
    uint64_t given_s;        /* when something was last granted; the following four belong to it */
    uint32_t given_revision; /* of the policy shown then */
    uint8_t language[ASSENT_RECORD_LANGUAGE_BYTES]; /* BCP 47 tag of the notice, zeros behind it;
                                                       longer ones are cut at a subtag */
    uint8_t notice[ASSENT_HASH_BYTES];              /* hash of the notice text */
    uint8_t document[ASSENT_HASH_BYTES];            /* hash of the policy document */
    uint8_t site;
    uint8_t regime;       /* enum assent_regime */
    uint8_t given_method; /* enum assent_record_method of the last grant, */
    uint8_t method;       /* and of the last change */
};

/* Encode a record.
 *   return  ASSENT_OK
 *           ASSENT_ERR_RANGE  no subject, or a field outside its range */
int assent_record_encode(const struct assent_record *record, uint8_t out[ASSENT_RECORD_BYTES]);

/* Decode a record.
 *   record  void unless ASSENT_OK
 *   return  ASSENT_OK
 *           ASSENT_ERR_VERSION  made by another version
 *           ASSENT_ERR_CORRUPT  any other length, a field out of range, or padding that is not 0 */
int assent_record_decode(struct assent_span in, struct assent_record *record);

/* In what circumstances something is asked. Borrowed for the call. */
struct assent_record_context {
    const struct assent_policy *policy; /* the one in force */
    struct assent_time now;
    uint8_t site;
    uint8_t method;     /* enum assent_record_method */
    bool gpc;           /* Sec-GPC: 1 came with it, and the answer will say what that means */
    bool age_confirmed; /* said to have reached the policy's minimum age */
    bool kiosk;         /* on a shared terminal */
    struct assent_span language;  /* BCP 47 tag of the notice shown; may be empty */
    const uint8_t *notice;        /* ASSENT_HASH_BYTES of the notice text; needed for a grant */
    const uint8_t *document;      /* ASSENT_HASH_BYTES of the policy document; needed for a grant */
    const uint8_t *fresh_subject; /* ASSENT_SUBJECT_BYTES just drawn at random; used if a visitor
                                     without subject grants something; NULL: none to be had */
};

/* What the caller has to do about it, in this order: store or delete, log, answer with a token. */
enum assent_record_action {
    ASSENT_RECORD_LEAVE, /* nothing to store: no record, or it stays as it is */
    ASSENT_RECORD_STORE, /* store record under its subject */
    ASSENT_RECORD_DELETE /* delete the record of record.consent.subject and its salt */
};

struct assent_record_outcome {
    enum assent_record_action action;
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
 *           made for another revision, or something is granted and ASSENT_RECORD_RENEW_S have passed
 *   REC-9   an answer to one tier never prolongs a grant of another
 *   REC-10  restriction and objection outlast choices; only being asked to lifts them
 *   REC-11  the time of a choice never runs back under a clock that can only be late
 *   REC-12  what is no longer granted keeps its proof until retention ends; what is erased keeps
 *           nothing */

/* Answer for some or all optional tiers: give, change, refuse. Accept all is grant
 * ASSENT_TIERS_OPTIONAL; a form that is saved grants what is ticked and refuses the rest. Tiers in
 * neither set stay as they are; those that were granted lapse if their time is over.
 *   old     NULL, or what record and token say
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
int assent_record_choose(const struct assent_record *old, uint8_t grant, uint8_t refuse,
                         const struct assent_record_context *context,
                         struct assent_record_outcome *out);

/* Take back every grant and refuse the rest, in one call; also "Reject all".
 *   return  as assent_record_choose of a refusal of everything */
int assent_record_withdraw(const struct assent_record *old,
                           const struct assent_record_context *context,
                           struct assent_record_outcome *out);

/* Restrict processing (GDPR Art. 18) or object to it (Art. 21), or lift that again: flag is
 * ASSENT_CONSENT_RESTRICTED or ASSENT_CONSENT_OBJECTED. Choices and their time stay as they are.
 * Who has no subject gets a token that says so.
 *   return  ASSENT_OK
 *           ASSENT_ERR_RANGE  another flag, or a time or a policy field out of range
 *           ASSENT_ERR_LIMIT  the sequence of the subject is used up */
int assent_record_flag(const struct assent_record *old, uint8_t flag, bool on,
                       const struct assent_record_context *context,
                       struct assent_record_outcome *out);

/* Forget the subject (GDPR Art. 17): the record is to be deleted, what remains is a refusal without
 * subject.
 *   return  ASSENT_OK
 *           ASSENT_ERR_RANGE  a time or a policy field out of range */
int assent_record_erase(const struct assent_record *old,
                        const struct assent_record_context *context,
                        struct assent_record_outcome *out);

/* What time has done to a stored record under the policy in force. Without a clock: nothing. */
enum assent_record_fate {
    ASSENT_RECORD_KEEP,   /* nothing is due */
    ASSENT_RECORD_LAPSE,  /* grants have reached their end: assent_record_expire is due */
    ASSENT_RECORD_DISPOSE /* retention has ended: the record is to be deleted */
};
enum assent_record_fate assent_record_due(const struct assent_record *record,
                                          const struct assent_policy *policy,
                                          struct assent_time now);

/* Let time do its work: grants that have reached their end become undecided; refusals and
 * withdrawals stay what they are, since a no does not turn into a maybe by growing old. Time and
 * validity of the choice stay, so that retention counts from its end. Past retention: delete.
 *   out     LEAVE if nothing is due
 *   return  ASSENT_OK
 *           ASSENT_ERR_RANGE  a record without subject */
int assent_record_expire(const struct assent_record *record,
                         const struct assent_record_context *context,
                         struct assent_record_outcome *out);

#endif
