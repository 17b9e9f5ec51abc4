/* SPDX-License-Identifier: MIT */
/* The lifecycle of a consent as pure functions: from what was known and what is asked to what is to
 * be done. */
#include "core/lifecycle.h"

#include "core/consent_body.h"
#include "core/error.h"

#define DAY_S UINT32_C(86400)

static uint8_t granted_tiers(const struct assent_consent *c)
{
    uint8_t set = 0;

    for (unsigned t = 0; t < ASSENT_TIER_COUNT; t++) {
        if (c->choice[t] == ASSENT_CHOICE_GRANTED) {
            set |= ASSENT_TIER_BIT(t);
        }
    }
    return set;
}

/* Seconds that a choice has behind it, at most UINT32_MAX, which is more than any validity. */
static uint32_t age_s(const struct assent_consent *c, uint64_t at_s)
{
    uint64_t age = at_s > c->changed_s ? at_s - c->changed_s : 0;

    return age > UINT32_MAX ? UINT32_MAX : (uint32_t)age;
}

/* Seconds that a choice of this age still holds; 0: its time is over. */
static uint32_t left_s(const struct assent_consent *c, uint32_t age)
{
    uint32_t whole = c->valid_days * DAY_S;

    return age < whole ? whole - age : 0;
}

/* Grants become undecided; a no stays. */
static void lapse_grants(struct assent_consent *c)
{
    for (unsigned t = 0; t < ASSENT_TIER_COUNT; t++) {
        if (c->choice[t] == ASSENT_CHOICE_GRANTED) {
            c->choice[t] = ASSENT_CHOICE_UNDECIDED;
        }
    }
}

/* Start from what is known: old, or nobody who has said nothing. Until the change is settled, out->consent
 * is the choice before it, and out->record becomes what is after it. */
static void begin(struct assent_lifecycle_outcome *out, const struct assent_record *old,
                  const struct assent_lifecycle_context *context)
{
    const struct assent_policy *policy = context->policy;
    struct assent_consent *c = &out->record.consent;

    *out = (struct assent_lifecycle_outcome){0};
    if (old == NULL) {
        c->revision = policy->revision;
        c->rights = policy->rights;
        c->changed_s = context->now.unix_s;
        c->trust = (uint8_t)context->now.trust;
        c->valid_days = policy->refusal_days;
        memcpy(c->fingerprint, policy->fingerprint, sizeof(c->fingerprint));
        c->fingerprint[ASSENT_TIER_ESSENTIAL] = 0;
    } else if (old->consent.has_subject) {
        out->record = *old;
    } else {
        *c = old->consent;
        c->sequence = 0;
    }
    out->consent = *c;
}

/* REC-11. A floor clock can only be late, and no clock says nothing. */
static uint64_t time_of_change(const struct assent_record *old, struct assent_time now)
{
    bool late = now.trust == ASSENT_CLOCK_NONE || (now.trust == ASSENT_CLOCK_FLOOR && old != NULL &&
                                                   old->consent.changed_s > now.unix_s);

    return late && old != NULL ? old->consent.changed_s : now.unix_s;
}

/* REC-7. */
static int raise_sequence(struct assent_consent *c, bool takes_away)
{
    uint32_t last = takes_away ? UINT32_MAX : UINT32_MAX - ASSENT_LIFECYCLE_RESERVED;

    if (c->sequence >= last) {
        return ASSENT_ERR_LIMIT;
    }
    c->sequence++;
    return ASSENT_OK;
}

/* The last step of every change but erasing: checks the result and says what to do with it. */
static int settle(struct assent_lifecycle_outcome *out, enum assent_audit_type event,
                  bool takes_away)
{
    struct assent_consent *c = &out->record.consent;

    if (c->has_subject) {
        int error = raise_sequence(c, takes_away);

        if (error != ASSENT_OK) {
            return error;
        }
        out->action = ASSENT_LIFECYCLE_STORE;
    }
    if (!assent_consent_body_valid(c) || (c->has_subject && !assent_record_valid(&out->record))) {
        return ASSENT_ERR_RANGE;
    }
    out->consent = *c;
    out->changed = true;
    out->event = (uint8_t)event;
    return ASSENT_OK;
}

/* ---- choices ---- */

static bool age_known(const struct assent_consent *before,
                      const struct assent_lifecycle_context *context)
{
    return context->age_confirmed || ((before->flags & ASSENT_CONSENT_AGE_CONFIRMED) != 0 &&
                                      before->revision == context->policy->revision);
}

static int may_grant(const struct assent_consent *before,
                     const struct assent_lifecycle_context *context)
{
    if (!assent_record_method_grants(context->method) || context->notice == NULL ||
        context->document == NULL) {
        return ASSENT_ERR_RANGE;
    }
    if (context->policy->minimum_age > 0 && !age_known(before, context)) {
        return ASSENT_ERR_FORBIDDEN; /* REC-3 */
    }
    if (context->now.trust == ASSENT_CLOCK_NONE) {
        return ASSENT_ERR_CLOCK; /* REC-4 */
    }
    if (!before->has_subject && context->fresh_subject == NULL) {
        return ASSENT_ERR_ENTROPY;
    }
    return ASSENT_OK;
}

/* The choice about one tier after the answer. A tier that is answered, or about which nothing is
 * known, is judged as the policy describes it now; others as they were described then. */
static void answer_tier(struct assent_consent *c, unsigned tier, uint8_t grant, uint8_t refuse,
                        const struct assent_policy *policy)
{
    uint8_t bit = ASSENT_TIER_BIT(tier);
    uint8_t *choice = &c->choice[tier];

    if ((policy->offered & bit) == 0) {
        *choice = ASSENT_CHOICE_UNDECIDED; /* REC-2 */
    } else if ((grant & bit) != 0) {
        *choice = ASSENT_CHOICE_GRANTED;
    } else if ((refuse & bit) != 0) {
        bool had = *choice == ASSENT_CHOICE_GRANTED || *choice == ASSENT_CHOICE_WITHDRAWN;

        *choice = had ? ASSENT_CHOICE_WITHDRAWN : ASSENT_CHOICE_REFUSED; /* REC-6 */
    } else if (*choice != ASSENT_CHOICE_UNDECIDED) {
        return;
    }
    c->fingerprint[tier] = policy->fingerprint[tier];
}

static uint8_t flags_after(const struct assent_consent *before, uint8_t answered,
                           const struct assent_lifecycle_context *context)
{
    uint8_t flags = before->flags & (ASSENT_CONSENT_RESTRICTED | ASSENT_CONSENT_OBJECTED);

    if (age_known(before, context)) {
        flags |= ASSENT_CONSENT_AGE_CONFIRMED;
    }
    /* The signal is about advertising: an answer that leaves that tier out says nothing new. */
    if ((answered & ASSENT_TIER_BIT(ASSENT_TIER_ADVERTISING)) == 0) {
        flags |= before->flags & ASSENT_CONSENT_GPC_PRESENT;
    } else if (context->gpc) {
        flags |= ASSENT_CONSENT_GPC_PRESENT;
    }
    return context->kiosk ? flags | ASSENT_CONSENT_KIOSK : flags;
}

/* REC-9: how long the new choice holds, if the one before still does for left seconds. */
static uint16_t days_after(const struct assent_consent *c, uint8_t answered, uint32_t left,
                           const struct assent_policy *policy)
{
    uint8_t granted = granted_tiers(c);
    uint16_t days = granted != 0 ? policy->grant_days : policy->refusal_days;

    if ((c->flags & ASSENT_CONSENT_KIOSK) != 0) {
        return 1; /* its session has ended long before */
    }
    if ((granted & ~answered) != 0 && left / DAY_S < days) {
        days = (uint16_t)(left / DAY_S); /* at least 1, or the grant would have lapsed */
    }
    return days;
}

static bool same_choice(const struct assent_consent *a, const struct assent_consent *b)
{
    return memcmp(a->choice, b->choice, sizeof(a->choice)) == 0 && a->flags == b->flags &&
           memcmp(a->fingerprint, b->fingerprint, sizeof(a->fingerprint)) == 0 &&
           a->rights == b->rights;
}

/* REC-8, for a choice of this age that holds for left seconds more. */
static bool renews(const struct assent_consent *before, const struct assent_consent *c,
                   uint32_t age, uint32_t left)
{
    return left == 0 || before->revision != c->revision ||
           ((granted_tiers(c) != 0 || !c->has_subject) && age >= ASSENT_LIFECYCLE_RENEW_S);
}

/* What a grant leaves as proof beside the choice itself. */
static void keep_proof(struct assent_record *r, const struct assent_lifecycle_context *context)
{
    struct assent_span tag = context->language;

    r->given_s = r->consent.changed_s;
    r->given_revision = context->policy->revision;
    r->given_method = context->method;
    r->site = context->site;
    r->regime = context->policy->regime;
    memcpy(r->notice, context->notice, ASSENT_HASH_BYTES);
    memcpy(r->document, context->document, ASSENT_HASH_BYTES);
    if (tag.len > ASSENT_RECORD_LANGUAGE_BYTES) {
        tag.len = ASSENT_RECORD_LANGUAGE_BYTES + 1;
        while (tag.len > 0 && tag.ptr[tag.len - 1] != '-') {
            tag.len--;
        }
        tag.len -= tag.len > 0 ? 1 : 0;
    }
    memset(r->language, 0, sizeof(r->language));
    if (tag.len > 0) {
        memcpy(r->language, tag.ptr, tag.len);
    }
}

static enum assent_audit_type event_of(const struct assent_consent *before,
                                       const struct assent_consent *c)
{
    if (granted_tiers(c) != 0) {
        return granted_tiers(before) != 0 ? ASSENT_AUDIT_CHANGED : ASSENT_AUDIT_GIVEN;
    }
    return granted_tiers(before) != 0 ? ASSENT_AUDIT_WITHDRAWN : ASSENT_AUDIT_REFUSED;
}

static bool method_is_known(const struct assent_lifecycle_context *context)
{
    return context->method != ASSENT_METHOD_NONE && context->method < ASSENT_METHODS;
}

/* The choice is made now. */
static void date(struct assent_consent *c, const struct assent_record *old, struct assent_time now)
{
    c->changed_s = time_of_change(old, now);
    c->trust = (uint8_t)now.trust;
}

int assent_lifecycle_choose(const struct assent_record *old, uint8_t grant, uint8_t refuse,
                            const struct assent_lifecycle_context *context,
                            struct assent_lifecycle_outcome *out)
{
    const struct assent_policy *policy = context->policy;
    const struct assent_consent *before = &out->consent;
    struct assent_consent *c = &out->record.consent;
    uint8_t answered = grant | refuse;
    bool complete = (policy->offered & ASSENT_TIERS_OPTIONAL & ~answered) == 0;
    uint32_t age;
    uint32_t left;

    if ((answered & ~ASSENT_TIERS_OPTIONAL) != 0 || (grant & refuse) != 0 ||
        !method_is_known(context)) {
        return ASSENT_ERR_RANGE;
    }
    begin(out, old, context);
    grant &= policy->offered;
    if (grant != 0) {
        int error = may_grant(before, context);

        if (error != ASSENT_OK) {
            return error;
        }
    }
    date(c, old, context->now);
    c->revision = policy->revision;
    /* Only a full answer takes note of rights that the policy no longer grants. */
    c->rights = complete ? policy->rights : policy->rights | before->rights;
    c->flags = flags_after(before, answered, context);
    age = age_s(before, c->changed_s);
    left = left_s(before, age);
    /* A grant with less than a day left could not be carried over in whole days. */
    if (left == 0 || ((granted_tiers(c) & ~answered) != 0 && left < DAY_S)) {
        lapse_grants(c);
    }
    for (unsigned t = ASSENT_TIER_ANALYTICS; t < ASSENT_TIER_COUNT; t++) {
        answer_tier(c, t, grant, refuse, policy);
    }
    if (old != NULL && same_choice(before, c) && !renews(before, c, age, left)) {
        *c = *before;
        return ASSENT_OK;
    }
    c->valid_days = days_after(c, answered, left, policy);
    if (grant != 0) {
        if (!c->has_subject) {
            c->has_subject = true; /* REC-1 */
            memcpy(c->subject, context->fresh_subject, ASSENT_SUBJECT_BYTES);
        }
        keep_proof(&out->record, context);
    }
    out->record.method = context->method;
    return settle(out, event_of(before, c), grant == 0);
}

/* ---- rights ---- */

int assent_lifecycle_flag(const struct assent_record *old, uint8_t flag, bool on,
                          const struct assent_lifecycle_context *context,
                          struct assent_lifecycle_outcome *out)
{
    struct assent_consent *c = &out->record.consent;

    if ((flag != ASSENT_CONSENT_RESTRICTED && flag != ASSENT_CONSENT_OBJECTED) ||
        !method_is_known(context)) {
        return ASSENT_ERR_RANGE;
    }
    begin(out, old, context);
    if (((c->flags & flag) != 0) == on) {
        return ASSENT_OK;
    }
    c->flags ^= flag;
    out->record.method = context->method;
    if (!c->has_subject && on) {
        /* The token is all there is to remember it by, and holds no grant that this prolongs. */
        date(c, old, context->now);
        c->valid_days = context->policy->refusal_days;
    }
    return settle(
        out, flag == ASSENT_CONSENT_RESTRICTED ? ASSENT_AUDIT_RESTRICTED : ASSENT_AUDIT_OBJECTED,
        on);
}

/* The record goes, and its visitor is nobody again. */
static void drop(struct assent_lifecycle_outcome *out, const struct assent_record *record,
                 enum assent_audit_type event)
{
    out->record = *record;
    out->action = ASSENT_LIFECYCLE_DELETE;
    out->event = (uint8_t)event;
}

int assent_lifecycle_erase(const struct assent_record *old,
                           const struct assent_lifecycle_context *context,
                           struct assent_lifecycle_outcome *out)
{
    struct assent_consent *c = &out->consent;

    begin(out, NULL, context);
    out->changed = true;
    for (unsigned t = ASSENT_TIER_ANALYTICS; t < ASSENT_TIER_COUNT; t++) {
        answer_tier(c, t, 0, ASSENT_TIERS_OPTIONAL, context->policy);
    }
    c->flags = context->gpc ? ASSENT_CONSENT_GPC_PRESENT : 0;
    if (!assent_consent_body_valid(c)) {
        return ASSENT_ERR_RANGE;
    }
    if (old != NULL && old->consent.has_subject) {
        drop(out, old, ASSENT_AUDIT_ERASED);
    } else {
        out->record.consent = *c;
    }
    return ASSENT_OK;
}

/* ---- time ---- */

enum assent_lifecycle_fate assent_lifecycle_due(const struct assent_record *record,
                                                const struct assent_policy *policy,
                                                struct assent_time now)
{
    const struct assent_consent *c = &record->consent;
    uint32_t age = age_s(c, now.unix_s);

    if (now.trust == ASSENT_CLOCK_NONE || left_s(c, age) > 0) {
        return ASSENT_LIFECYCLE_KEEP;
    }
    if (age / DAY_S - c->valid_days >= policy->retention_days) {
        return ASSENT_LIFECYCLE_DISPOSE;
    }
    return granted_tiers(c) != 0 ? ASSENT_LIFECYCLE_LAPSE : ASSENT_LIFECYCLE_KEEP;
}

int assent_lifecycle_expire(const struct assent_record *record,
                            const struct assent_lifecycle_context *context,
                            struct assent_lifecycle_outcome *out)
{
    enum assent_lifecycle_fate fate;

    if (!assent_record_valid(record)) {
        return ASSENT_ERR_RANGE;
    }
    fate = assent_lifecycle_due(record, context->policy, context->now);
    begin(out, fate == ASSENT_LIFECYCLE_DISPOSE ? NULL : record, context);
    switch (fate) {
    case ASSENT_LIFECYCLE_KEEP:
        break;
    case ASSENT_LIFECYCLE_LAPSE:
        lapse_grants(&out->record.consent);
        out->record.method = ASSENT_METHOD_TIME;
        return settle(out, ASSENT_AUDIT_EXPIRED, true);
    case ASSENT_LIFECYCLE_DISPOSE:
        drop(out, record, ASSENT_AUDIT_EXPIRED);
        out->changed = true;
        break;
    }
    return ASSENT_OK;
}
