/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TESTS_UNIT_CONSENTS_CASE_H
#define ASSENT_TESTS_UNIT_CONSENTS_CASE_H

/* A device whose visitors grant, withdraw and are erased, for the tests of storage/consents.h. In the header,
 * because failures are counted in the file that includes tests/unit/test.h. */

#include "core/bytes.h"
#include "tests/unit/device.h"
#include "tests/unit/test.h"

#define DAY_S 86400

static struct device device;
static const uint8_t notice[ASSENT_HASH_BYTES] = {1};
static const uint8_t document[ASSENT_HASH_BYTES] = {2};
static struct assent_policy policy;

static inline struct assent_lifecycle_context context_of(uint8_t method)
{
    return (struct assent_lifecycle_context){.policy = &policy,
                                             .now = device.now,
                                             .site = 1,
                                             .method = method,
                                             .language = ASSENT_SPAN("de"),
                                             .notice = notice,
                                             .document = document};
}

static inline void open_device(void)
{
    policy = (struct assent_policy){.revision = 1,
                                    .grant_days = 180,
                                    .refusal_days = 180,
                                    .cookie_days = 30,
                                    .retention_days = 30,
                                    .offered = ASSENT_TIERS_ESSENTIAL | ASSENT_TIERS_OPTIONAL};
    device_open(&device, 4096, 64, 0);
}

/* A visitor accepts all. */
static inline int grant(uint8_t subject[ASSENT_SUBJECT_BYTES])
{
    struct assent_lifecycle_context context = context_of(ASSENT_METHOD_ACCEPT);
    struct assent_lifecycle_outcome outcome;
    int error;

    for (unsigned i = 0; i < ASSENT_SUBJECT_BYTES; i++) {
        subject[i] = (uint8_t)device_random(&device, 256);
    }
    context.fresh_subject = subject;
    error = assent_lifecycle_choose(NULL, ASSENT_TIERS_OPTIONAL, 0, &context, &outcome);
    return error != ASSENT_OK ? error
                              : assent_consents_apply(&device.consents, 1, &outcome, device.now);
}

static inline int confirm(const uint8_t subject[ASSENT_SUBJECT_BYTES])
{
    return assent_consents_confirm(&device.consents, subject, device.now);
}

static inline int withdraw(const uint8_t subject[ASSENT_SUBJECT_BYTES])
{
    struct assent_lifecycle_context context = context_of(ASSENT_METHOD_PREFERENCES);
    struct assent_lifecycle_outcome outcome;
    struct assent_record record;
    int error = assent_consents_find(&device.consents, subject, &record);

    if (error == ASSENT_OK) {
        error = assent_lifecycle_withdraw(&record, &context, &outcome);
    }
    return error != ASSENT_OK ? error
                              : assent_consents_apply(&device.consents, 1, &outcome, device.now);
}

static inline int erase(const uint8_t subject[ASSENT_SUBJECT_BYTES])
{
    struct assent_lifecycle_context context = context_of(ASSENT_METHOD_PREFERENCES);
    struct assent_lifecycle_outcome outcome;
    struct assent_record record;
    int error = assent_consents_find(&device.consents, subject, &record);

    if (error == ASSENT_OK) {
        error = assent_lifecycle_erase(&record, &context, &outcome);
    }
    return error != ASSENT_OK ? error
                              : assent_consents_apply(&device.consents, 1, &outcome, device.now);
}

/* Types of a subject's audit entries, one letter each. */
static inline const char *history(const uint8_t subject[ASSENT_SUBJECT_BYTES])
{
    static char letters[32];
    uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES];
    struct assent_audit_entry entry;
    uint32_t sequence = 0;
    size_t len = 0;

    while (len < sizeof(letters) - 1 &&
           assent_consents_history(&device.consents, subject, &sequence, bytes) == ASSENT_OK) {
        CHECK_INT(assent_audit_decode(bytes, &entry), ASSENT_OK);
        letters[len++] = "-GCWRSOEX"[entry.type <= ASSENT_AUDIT_EXPIRED ? entry.type : 0];
    }
    letters[len] = '\0';
    return letters;
}

static inline uint32_t entries(void)
{
    return device.log.chain.sequence;
}

static inline const struct assent_policy *policy_of(void *ctx, uint8_t site)
{
    (void)ctx;
    return site == 1 ? &policy : NULL;
}

static inline void sweep(void)
{
    while (assent_consents_sweep(&device.consents, policy_of, NULL, device.now) == 1) {
    }
}

static inline uint32_t counted(unsigned counter)
{
    return device.counters.value[1][counter];
}

#endif
