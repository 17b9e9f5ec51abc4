/* SPDX-License-Identifier: MIT */
/* Records and their lifecycle. Bytes are refused or are the one encoding of a record. And a visitor
 * who does anything in any order, under a policy that changes, keeps the rules of core/lifecycle.h. */
#include "core/record.h"

#include <stdlib.h>

#include "core/error.h"
#include "core/lifecycle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static bool same(const struct assent_consent *a, const struct assent_consent *b)
{
    uint8_t x[ASSENT_CONSENT_BODY_BYTES];
    uint8_t y[ASSENT_CONSENT_BODY_BYTES];
    int len = assent_consent_body_encode(a, x);

    return len > 0 && assent_consent_body_encode(b, y) == len && memcmp(x, y, (size_t)len) == 0;
}

static void check_bytes(struct assent_span bytes)
{
    struct assent_record r;
    uint8_t again[ASSENT_RECORD_BYTES];

    if (assent_record_decode(bytes, &r) == ASSENT_OK) {
        must(assent_record_valid(&r));
        must(assent_record_encode(&r, again) == ASSENT_OK);
        must(bytes.len == sizeof(again) && memcmp(again, bytes.ptr, sizeof(again)) == 0);
    }
}

/* A step: what is done, in what circumstances. */
struct step {
    uint8_t what;   /* 0..5 choose, 6 restrict or object, 7 erase, 8 expire, 9 policy */
    uint8_t tiers;  /* sets */
    uint8_t method; /* and trust */
    uint8_t days;   /* that pass before */
};

static const uint8_t hash[ASSENT_HASH_BYTES] = {1};
static const uint8_t subject[ASSENT_SUBJECT_BYTES] = {2};

static struct assent_lifecycle_context
context_of(struct step step, const struct assent_policy *policy, uint64_t now_s)
{
    struct assent_lifecycle_context context = {
        .policy = policy,
        .now = {now_s, (enum assent_clock_trust)(step.method >> 4 & 3)},
        .method = step.method & 15,
        .gpc = (step.tiers & 0x40) != 0,
        .age_confirmed = (step.tiers & 0x80) != 0,
        .kiosk = (step.method & 0x40) != 0,
        .language = ASSENT_SPAN("de-AT"),
        .notice = hash,
        .document = hash,
        .fresh_subject = subject,
    };

    return context;
}

static void check_tier(unsigned tier, uint8_t before, uint8_t after, uint8_t grant,
                       const struct assent_policy *policy)
{
    bool asked = (grant >> tier & 1) != 0;

    if ((policy->offered >> tier & 1) == 0) {
        must(after == ASSENT_CHOICE_UNDECIDED); /* REC-2 */
    } else if (after == ASSENT_CHOICE_GRANTED) {
        must(asked || before == ASSENT_CHOICE_GRANTED);
    } else if (after == ASSENT_CHOICE_WITHDRAWN) {
        must(before == ASSENT_CHOICE_GRANTED || before == ASSENT_CHOICE_WITHDRAWN); /* REC-6 */
    }
}

/* End of the time that a grant was given for. */
static uint64_t end_s(const struct assent_consent *c)
{
    return c->changed_s + c->valid_days * UINT64_C(86400);
}

static void check_choice(const struct assent_record *old, const struct step *step,
                         const struct assent_lifecycle_context *context,
                         const struct assent_lifecycle_outcome *out)
{
    const struct assent_consent *before = &old->consent;
    const struct assent_consent *after = &out->consent;
    uint8_t grant = step->tiers & ASSENT_TIERS_OPTIONAL;
    uint8_t refuse = step->tiers >> 3 & ASSENT_TIERS_OPTIONAL;

    if (!out->changed) {
        must(same(after, before) && out->event == ASSENT_AUDIT_NONE);
        return;
    }
    for (unsigned tier = 1; tier < ASSENT_TIER_COUNT; tier++) {
        check_tier(tier, before->choice[tier], after->choice[tier], grant, context->policy);
        if (after->choice[tier] == ASSENT_CHOICE_GRANTED && !((grant | refuse) >> tier & 1)) {
            must(context->now.unix_s < before->changed_s || end_s(after) <= end_s(before));
        }
    }
    grant &= context->policy->offered;
    must(after->has_subject == (before->has_subject || grant != 0)); /* REC-1 */
    if (grant != 0) {
        must(context->now.trust != ASSENT_CLOCK_NONE);      /* REC-4 */
        must(assent_record_method_grants(context->method)); /* REC-5 */
        must(context->policy->minimum_age == 0 ||           /* REC-3 */
             (after->flags & ASSENT_CONSENT_AGE_CONFIRMED) != 0);
    }
    must(((after->flags ^ before->flags) & (ASSENT_CONSENT_RESTRICTED | ASSENT_CONSENT_OBJECTED)) ==
         0); /* REC-10 */
}

static void check_outcome(const struct assent_record *old,
                          const struct assent_lifecycle_outcome *out)
{
    uint8_t bytes[ASSENT_RECORD_BYTES];

    must(assent_consent_body_valid(&out->consent));
    if (out->action == ASSENT_LIFECYCLE_STORE) {
        must(assent_record_encode(&out->record, bytes) == ASSENT_OK);
        must(same(&out->consent, &out->record.consent));
        must(out->consent.sequence == old->consent.sequence + 1); /* REC-7 */
        must(out->event != ASSENT_AUDIT_NONE && out->changed);
    } else if (out->action == ASSENT_LIFECYCLE_DELETE) {
        must(!out->consent.has_subject && out->record.consent.has_subject);
    } else {
        must(!out->changed || !out->consent.has_subject);
    }
}

static int do_step(const struct assent_record *old, struct step step,
                   const struct assent_lifecycle_context *context,
                   struct assent_lifecycle_outcome *out)
{
    switch (step.what) {
    case 6:
        return assent_lifecycle_flag(old, step.tiers & 0x0C, (step.tiers & 1) != 0, context, out);
    case 7:
        return assent_lifecycle_erase(old, context, out);
    case 8:
        return assent_lifecycle_expire(old, context, out);
    default:
        return assent_lifecycle_choose(old, step.tiers & ASSENT_TIERS_OPTIONAL,
                                       step.tiers >> 3 & ASSENT_TIERS_OPTIONAL, context, out);
    }
}

static void check_lifecycle(const uint8_t *data, size_t size)
{
    struct assent_policy policy = {
        .revision = 1,
        .rights = 0xFF,
        .fingerprint = {0, 1, 1},
        .grant_days = 180,
        .refusal_days = 200,
        .retention_days = 60,
        .offered = ASSENT_TIERS_ESSENTIAL | ASSENT_TIERS_OPTIONAL,
    };
    struct assent_record r = {.consent = {.fingerprint = {0, 1, 1},
                                          .revision = 1,
                                          .rights = 0xFF,
                                          .changed_s = UINT64_C(1800000000),
                                          .valid_days = 200}};
    uint64_t now_s = UINT64_C(1800000000);

    for (size_t at = 0; at + sizeof(struct step) <= size; at += sizeof(struct step)) {
        struct step step;
        struct assent_lifecycle_context context;
        struct assent_lifecycle_outcome out;

        memcpy(&step, data + at, sizeof(step));
        step.what %= 10;
        now_s += step.days * UINT64_C(43200);
        if (step.what == 9) {
            policy.revision++;
            policy.fingerprint[1] += step.tiers & 1;
            policy.offered = ASSENT_TIERS_ESSENTIAL | (step.tiers & ASSENT_TIERS_OPTIONAL);
            policy.minimum_age = step.tiers & 0x10;
            continue;
        }
        context = context_of(step, &policy, now_s);
        if (do_step(&r, step, &context, &out) != ASSENT_OK) {
            continue;
        }
        check_outcome(&r, &out);
        if (step.what < 6) {
            check_choice(&r, &step, &context, &out);
        }
        if (out.action == ASSENT_LIFECYCLE_DELETE) {
            memset(&r, 0, sizeof(r));
            r.consent = out.consent;
        } else {
            r = out.record;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_bytes(assent_span(data, size));
    check_lifecycle(data, size);
    return 0;
}
