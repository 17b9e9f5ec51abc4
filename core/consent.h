/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_CONSENT_H
#define ASSENT_CORE_CONSENT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/seam.h"
#include "core/words.h"

/* The words that policy, token, record and decision share. */

/* Purposes are asked for by tier; essential needs no consent. */
enum assent_tier {
    ASSENT_TIER_ESSENTIAL = 0,
    ASSENT_TIER_ANALYTICS = 1,
    ASSENT_TIER_ADVERTISING = 2
};

enum {
    ASSENT_TIER_COUNT = 3,
    ASSENT_SUBJECT_BYTES = 16, /* a random 128-bit id */
    ASSENT_HASH_BYTES = 16     /* SHA-256 cut to 128 bits, as records and entries keep it */
};

/* A set of tiers, one bit each. */
#define ASSENT_TIER_BIT(tier)  ((uint8_t)(1U << (unsigned)(tier)))
#define ASSENT_TIERS_ESSENTIAL ASSENT_TIER_BIT(ASSENT_TIER_ESSENTIAL)
#define ASSENT_TIERS_OPTIONAL                                                                      \
    ((uint8_t)(ASSENT_TIER_BIT(ASSENT_TIER_ANALYTICS) | ASSENT_TIER_BIT(ASSENT_TIER_ADVERTISING)))

/* "essential", "analytics", "advertising"; "unknown" for any other value. */
extern const char assent_consent_tier_words[]; /* core/words.h */
static inline const char *assent_consent_tier_name(enum assent_tier tier)
{
    return assent_words_at(assent_consent_tier_words, (unsigned)tier);
}

/* What the visitor said about one tier. Undecided is neither yes nor no: it allows nothing where
 * consent is needed, and it is asked about. */
enum assent_choice {
    ASSENT_CHOICE_UNDECIDED = 0,
    ASSENT_CHOICE_GRANTED = 1,
    ASSENT_CHOICE_REFUSED = 2,
    ASSENT_CHOICE_WITHDRAWN = 3
};

/* "undecided", "granted", "refused", "withdrawn"; "unknown" for any other value. */
extern const char assent_consent_choice_words[]; /* core/words.h */
static inline const char *assent_consent_choice_name(enum assent_choice choice)
{
    return assent_words_at(assent_consent_choice_words, (unsigned)choice);
}

/* The law a policy is written for. No geolocation: the policy says it. */
enum assent_regime {
    ASSENT_REGIME_EU = 0, /* opt-in for everything that is not essential (ePrivacy Art. 5(3)) */
    ASSENT_REGIME_UK = 1, /* as EU, but statistics may run until objected to (PECR Sch. A1) */
    ASSENT_REGIME_US = 2  /* opt-out; Sec-GPC is a valid opt-out (CCPA regs s. 7025) */
};

/* "eu", "uk", "us"; "unknown" for any other value. */
extern const char assent_consent_regime_words[]; /* core/words.h */
static inline const char *assent_consent_regime_name(enum assent_regime regime)
{
    return assent_words_at(assent_consent_regime_words, (unsigned)regime);
}

/* "none", "floor", "set", "synced": how far a time can be believed; "unknown" for any other value. */
extern const char assent_consent_clock_words[]; /* core/words.h */
static inline const char *assent_consent_clock_name(enum assent_clock_trust trust)
{
    return assent_words_at(assent_consent_clock_words, (unsigned)trust);
}

enum {
    ASSENT_CONSENT_AGE_CONFIRMED = 0x01, /* said to have reached the policy's minimum age */
    ASSENT_CONSENT_GPC_PRESENT = 0x02,   /* Sec-GPC: 1 came with the choice, and it said so */
    ASSENT_CONSENT_RESTRICTED = 0x04,    /* asked to restrict processing (GDPR Art. 18) */
    ASSENT_CONSENT_OBJECTED = 0x08,      /* objected to processing (GDPR Art. 21) */
    ASSENT_CONSENT_KIOSK = 0x10,         /* given on a shared terminal; ends with the session */
    ASSENT_CONSENT_FLAGS = 0x1F          /* every flag there is */
};

/* One visitor's choice on one site: what the token carries and the record proves. */
struct assent_consent {
    bool has_subject; /* false: a refusal, which leaves nothing about the visitor on the device */
    uint8_t subject[ASSENT_SUBJECT_BYTES];
    uint8_t choice[ASSENT_TIER_COUNT];       /* enum assent_choice; essential is always undecided */
    uint8_t flags;                           /* ASSENT_CONSENT_* */
    uint8_t trust;                           /* enum assent_clock_trust when the choice was made */
    uint32_t fingerprint[ASSENT_TIER_COUNT]; /* of each tier as the notice described it */
    uint32_t revision;                       /* of the policy shown */
    uint32_t rights;                         /* ASSENT_RIGHT_* that policy granted */
    uint32_t sequence;   /* 1 for the first choice of a subject, one more for each change */
    uint64_t changed_s;  /* when this choice was made, seconds since 1970 */
    uint16_t valid_days; /* 1..395: how long it holds, as the notice said */
};

#endif
