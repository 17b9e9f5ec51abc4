/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TESTS_LIFECYCLE_CASE_H
#define ASSENT_TESTS_LIFECYCLE_CASE_H

/* A policy, a visitor at its notice, and what the visitor does, for the tests of core/lifecycle.h. */

#include "core/decision.h"
#include "core/error.h"
#include "core/lifecycle.h"
#include "tests/unit/test.h"

#define NOW UINT64_C(1800000000)
#define DAY UINT64_C(86400)

enum {
    ANALYTICS = ASSENT_TIER_BIT(ASSENT_TIER_ANALYTICS),
    ADVERTISING = ASSENT_TIER_BIT(ASSENT_TIER_ADVERTISING),
    BOTH = ASSENT_TIERS_OPTIONAL,
    U = ASSENT_CHOICE_UNDECIDED,
    G = ASSENT_CHOICE_GRANTED,
    R = ASSENT_CHOICE_REFUSED,
    W = ASSENT_CHOICE_WITHDRAWN
};

static const uint8_t fresh[ASSENT_SUBJECT_BYTES] = {0x51, 2, 3, 4, 5, 6, 7, 8, 9, 10};
static const uint8_t notice[ASSENT_HASH_BYTES] = {0x0E};
static const uint8_t document[ASSENT_HASH_BYTES] = {0x0D};

static struct assent_policy policy = {0};

/* A common policy and a visitor at the notice, with everything that a grant needs. */
static inline struct assent_lifecycle_context at_notice(void)
{
    struct assent_lifecycle_context context = {
        .policy = &policy,
        .now = {NOW, ASSENT_CLOCK_SYNCED},
        .site = 4,
        .method = ASSENT_METHOD_SAVE,
        .language = ASSENT_SPAN("de"),
        .notice = notice,
        .document = document,
        .fresh_subject = fresh,
    };

    policy = (struct assent_policy){
        .revision = 3,
        .rights = ASSENT_RIGHT_ACCESS | ASSENT_RIGHT_ERASURE,
        .fingerprint = {0xA0, 0xA1, 0xA2},
        .grant_days = 180,
        .refusal_days = 200,
        .retention_days = 30,
        .offered = ASSENT_TIERS_ESSENTIAL | BOTH,
        .regime = ASSENT_REGIME_UK,
    };
    return context;
}

/* The outcome of a choice that must succeed. */
static inline struct assent_lifecycle_outcome choose(const struct assent_record *old,
                                                     unsigned grant, unsigned refuse,
                                                     const struct assent_lifecycle_context *context)
{
    struct assent_lifecycle_outcome out = {0};

    CHECK_INT(assent_lifecycle_choose(old, (uint8_t)grant, (uint8_t)refuse, context, &out),
              ASSENT_OK);
    return out;
}

static inline int error_of(const struct assent_record *old, unsigned grant, unsigned refuse,
                           const struct assent_lifecycle_context *context)
{
    struct assent_lifecycle_outcome out;

    return assent_lifecycle_choose(old, (uint8_t)grant, (uint8_t)refuse, context, &out);
}

static inline struct assent_lifecycle_outcome
withdraw(const struct assent_record *old, const struct assent_lifecycle_context *context)
{
    struct assent_lifecycle_outcome out = {0};

    CHECK_INT(assent_lifecycle_withdraw(old, context, &out), ASSENT_OK);
    return out;
}

static inline struct assent_lifecycle_outcome flag(const struct assent_record *old, unsigned which,
                                                   bool on,
                                                   const struct assent_lifecycle_context *context)
{
    struct assent_lifecycle_outcome out = {0};

    CHECK_INT(assent_lifecycle_flag(old, (uint8_t)which, on, context, &out), ASSENT_OK);
    return out;
}

#define CHECK_CHOICES(consent, analytics, advertising)                                             \
    do {                                                                                           \
        CHECK_INT((consent).choice[ASSENT_TIER_ANALYTICS], (analytics));                           \
        CHECK_INT((consent).choice[ASSENT_TIER_ADVERTISING], (advertising));                       \
    } while (0)

#endif
