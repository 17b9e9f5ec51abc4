/* SPDX-License-Identifier: MIT */
#include "tests/unit/lifecycle_case.h"

/* ---- restrict and object ---- */

TEST(restricting_and_objecting_leave_the_choices_as_they_are)
{
    static const struct {
        unsigned flag;
        enum assent_audit_type event;
    } rows[] = {
        {ASSENT_CONSENT_RESTRICTED, ASSENT_AUDIT_RESTRICTED},
        {ASSENT_CONSENT_OBJECTED, ASSENT_AUDIT_OBJECTED},
    };

    for (unsigned i = 0; i < 2; i++) {
        struct assent_lifecycle_context context = at_notice();
        struct assent_record given = choose(NULL, ANALYTICS, ADVERTISING, &context).record;
        struct assent_lifecycle_outcome out;

        context.now.unix_s += DAY;
        context.method = ASSENT_METHOD_PREFERENCES;
        out = flag(&given, rows[i].flag, true, &context);
        CHECK_INT(out.record.method, ASSENT_METHOD_PREFERENCES);
        CHECK_INT(out.record.given_method, ASSENT_METHOD_SAVE);
        CHECK_INT(out.action, ASSENT_LIFECYCLE_STORE);
        CHECK_INT(out.event, rows[i].event);
        CHECK_INT(out.consent.flags, rows[i].flag);
        CHECK_INT(out.consent.sequence, 2);
        CHECK_INT(out.consent.changed_s, NOW);
        CHECK_CHOICES(out.consent, G, R);
        CHECK(!flag(&out.record, rows[i].flag, true, &context).changed);
        out = flag(&out.record, rows[i].flag, false, &context);
        CHECK_INT(out.consent.flags, 0);
        CHECK_INT(out.consent.sequence, 3);
        CHECK_INT(out.event, rows[i].event);
    }
}

TEST(restriction_and_objection_outlast_a_new_choice)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_record old = choose(NULL, ANALYTICS, ADVERTISING, &context).record;

    old = flag(&old, ASSENT_CONSENT_RESTRICTED, true, &context).record;
    old = flag(&old, ASSENT_CONSENT_OBJECTED, true, &context).record;
    old = choose(&old, BOTH, 0, &context).record;
    CHECK_INT(old.consent.flags, ASSENT_CONSENT_RESTRICTED | ASSENT_CONSENT_OBJECTED);
    CHECK_INT(withdraw(&old, &context).consent.flags,
              ASSENT_CONSENT_RESTRICTED | ASSENT_CONSENT_OBJECTED);
}

TEST(objecting_needs_no_subject)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_lifecycle_outcome out = flag(NULL, ASSENT_CONSENT_OBJECTED, true, &context);

    CHECK(!out.consent.has_subject);
    CHECK_INT(out.action, ASSENT_LIFECYCLE_LEAVE);
    CHECK(out.changed);
    CHECK_CHOICES(out.consent, U, U);
    CHECK_INT(out.consent.flags, ASSENT_CONSENT_OBJECTED);
    CHECK_INT(out.consent.valid_days, 200);
    CHECK_INT(out.consent.fingerprint[ASSENT_TIER_ANALYTICS], 0xA1);
    CHECK_INT(out.consent.revision, 3);
    CHECK_INT(out.consent.rights, policy.rights);
    CHECK_INT(out.consent.trust, ASSENT_CLOCK_SYNCED);
}

TEST(an_objection_in_an_old_refusal_is_remembered_for_its_full_time)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_record old = choose(NULL, 0, BOTH, &context).record;

    context.now.unix_s += 190 * DAY;
    context.now.trust = ASSENT_CLOCK_SET;
    policy.refusal_days = 250;
    old = flag(&old, ASSENT_CONSENT_OBJECTED, true, &context).record;
    CHECK_INT(old.consent.changed_s, NOW + 190 * DAY);
    CHECK_INT(old.consent.trust, ASSENT_CLOCK_SET);
    CHECK_INT(old.consent.valid_days, 250);
    CHECK_CHOICES(old.consent, R, R);
}

TEST(lifting_what_was_never_there_changes_nothing)
{
    struct assent_lifecycle_context context = at_notice();

    CHECK(!flag(NULL, ASSENT_CONSENT_OBJECTED, false, &context).changed);
}

TEST(other_flags_cannot_be_asked_for)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_lifecycle_outcome out;

    for (unsigned i = 0; i < 256; i++) {
        bool known = i == ASSENT_CONSENT_RESTRICTED || i == ASSENT_CONSENT_OBJECTED;

        CHECK_INT(assent_lifecycle_flag(NULL, (uint8_t)i, true, &context, &out),
                  known ? ASSENT_OK : ASSENT_ERR_RANGE);
    }
    context.method = ASSENT_METHOD_NONE;
    CHECK_INT(assent_lifecycle_flag(NULL, ASSENT_CONSENT_OBJECTED, true, &context, &out),
              ASSENT_ERR_RANGE);
    context.method = ASSENT_METHODS;
    CHECK_INT(assent_lifecycle_flag(NULL, ASSENT_CONSENT_OBJECTED, true, &context, &out),
              ASSENT_ERR_RANGE);
}

/* ---- erase ---- */

TEST(erasing_leaves_a_refusal_of_nobody)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_record old = choose(NULL, BOTH, 0, &context).record;
    struct assent_lifecycle_outcome out;
    static const uint8_t nobody[ASSENT_SUBJECT_BYTES];

    old = flag(&old, ASSENT_CONSENT_RESTRICTED, true, &context).record;
    context.now.unix_s += DAY;
    CHECK_INT(assent_lifecycle_erase(&old, &context, &out), ASSENT_OK);
    CHECK_INT(out.action, ASSENT_LIFECYCLE_DELETE);
    CHECK_INT(out.event, ASSENT_AUDIT_ERASED);
    CHECK(out.changed);
    CHECK(memcmp(out.record.consent.subject, fresh, sizeof(fresh)) == 0);
    CHECK(!out.consent.has_subject);
    CHECK(memcmp(out.consent.subject, nobody, sizeof(nobody)) == 0);
    CHECK_CHOICES(out.consent, R, R);
    CHECK_INT(out.consent.sequence, 0);
    CHECK_INT(out.consent.flags, 0);
    CHECK_INT(out.consent.changed_s, NOW + DAY);
    CHECK_INT(out.consent.valid_days, 200);
}

TEST(erasing_what_is_not_held_deletes_nothing)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_record refused = choose(NULL, 0, BOTH, &context).record;
    struct assent_lifecycle_outcome out;

    CHECK_INT(assent_lifecycle_erase(NULL, &context, &out), ASSENT_OK);
    CHECK_INT(out.action, ASSENT_LIFECYCLE_LEAVE);
    CHECK_INT(out.event, ASSENT_AUDIT_NONE);
    CHECK_CHOICES(out.consent, R, R);
    context.gpc = true;
    CHECK_INT(assent_lifecycle_erase(&refused, &context, &out), ASSENT_OK);
    CHECK_INT(out.action, ASSENT_LIFECYCLE_LEAVE);
    CHECK_INT(out.consent.flags, ASSENT_CONSENT_GPC_PRESENT);
    CHECK_INT(out.record.consent.choice[ASSENT_TIER_ANALYTICS], R);
    policy.refusal_days = 396;
    CHECK_INT(assent_lifecycle_erase(&refused, &context, &out), ASSENT_ERR_RANGE);
}

TEST(erasing_works_without_a_clock)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_record old = choose(NULL, BOTH, 0, &context).record;
    struct assent_lifecycle_outcome out;

    context.now = (struct assent_time){0, ASSENT_CLOCK_NONE};
    CHECK_INT(assent_lifecycle_erase(&old, &context, &out), ASSENT_OK);
    CHECK_INT(out.action, ASSENT_LIFECYCLE_DELETE);
}

/* ---- time ---- */

TEST(time_does_three_things_to_a_record)
{
    static const struct {
        const char *what;
        uint64_t age_s;
        enum assent_clock_trust trust;
        uint8_t analytics;
        uint8_t advertising;
        enum assent_lifecycle_fate fate;
    } rows[] = {
        {"just given", 0, ASSENT_CLOCK_SYNCED, G, R, ASSENT_LIFECYCLE_KEEP},
        {"a second to go", 180 * DAY - 1, ASSENT_CLOCK_SYNCED, G, R, ASSENT_LIFECYCLE_KEEP},
        {"at its end", 180 * DAY, ASSENT_CLOCK_SYNCED, G, R, ASSENT_LIFECYCLE_LAPSE},
        {"at its end, by a floor clock", 180 * DAY, ASSENT_CLOCK_FLOOR, G, R,
         ASSENT_LIFECYCLE_LAPSE},
        {"no clock", 400 * DAY, ASSENT_CLOCK_NONE, G, R, ASSENT_LIFECYCLE_KEEP},
        {"withdrawn, at its end", 180 * DAY, ASSENT_CLOCK_SYNCED, W, R, ASSENT_LIFECYCLE_KEEP},
        {"lapsed before", 200 * DAY, ASSENT_CLOCK_SYNCED, U, R, ASSENT_LIFECYCLE_KEEP},
        {"retention, a second to go", 210 * DAY - 1, ASSENT_CLOCK_SYNCED, W, R,
         ASSENT_LIFECYCLE_KEEP},
        {"retention over", 210 * DAY, ASSENT_CLOCK_SYNCED, W, R, ASSENT_LIFECYCLE_DISPOSE},
        {"retention over while nobody looked", 9999 * DAY, ASSENT_CLOCK_SYNCED, G, G,
         ASSENT_LIFECYCLE_DISPOSE},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_lifecycle_context context = at_notice();
        struct assent_record r = choose(NULL, ANALYTICS, ADVERTISING, &context).record;
        struct assent_time now = {NOW + rows[i].age_s, rows[i].trust};

        r.consent.choice[1] = rows[i].analytics;
        r.consent.choice[2] = rows[i].advertising;
        CHECK_INT_ROW(rows[i].what, assent_lifecycle_due(&r, &policy, now), rows[i].fate);
    }
}

TEST(a_clock_set_back_makes_nothing_due)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_record r = choose(NULL, BOTH, 0, &context).record;
    struct assent_time now = {0, ASSENT_CLOCK_SYNCED};

    CHECK_INT(assent_lifecycle_due(&r, &policy, now), ASSENT_LIFECYCLE_KEEP);
}

TEST(expiring_undoes_grants_and_nothing_else)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_record r = choose(NULL, ANALYTICS, ADVERTISING, &context).record;
    struct assent_lifecycle_outcome out;

    CHECK_INT(assent_lifecycle_expire(&r, &context, &out), ASSENT_OK);
    CHECK_INT(out.action, ASSENT_LIFECYCLE_LEAVE);
    CHECK(!out.changed);
    context.now.unix_s += 180 * DAY;
    CHECK_INT(assent_lifecycle_expire(&r, &context, &out), ASSENT_OK);
    CHECK_INT(out.action, ASSENT_LIFECYCLE_STORE);
    CHECK_INT(out.event, ASSENT_AUDIT_EXPIRED);
    CHECK_CHOICES(out.record.consent, U, R);
    CHECK_INT(out.record.consent.sequence, 2);
    CHECK_INT(out.record.consent.changed_s, NOW);
    CHECK_INT(out.record.consent.valid_days, 180);
    CHECK_INT(out.record.given_s, NOW);
    CHECK_INT(out.record.method, ASSENT_METHOD_TIME);
    CHECK_INT(assent_lifecycle_expire(&out.record, &context, &out), ASSENT_OK);
    CHECK_INT(out.action, ASSENT_LIFECYCLE_LEAVE);
}

TEST(past_retention_the_record_is_deleted)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_record r = choose(NULL, BOTH, 0, &context).record;
    struct assent_lifecycle_outcome out;

    context.now.unix_s += 210 * DAY;
    CHECK_INT(assent_lifecycle_expire(&r, &context, &out), ASSENT_OK);
    CHECK_INT(out.action, ASSENT_LIFECYCLE_DELETE);
    CHECK_INT(out.event, ASSENT_AUDIT_EXPIRED);
    CHECK(memcmp(out.record.consent.subject, fresh, sizeof(fresh)) == 0);
    CHECK(!out.consent.has_subject);
    CHECK(out.changed);
}

TEST(only_a_stored_record_expires)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_record refused = choose(NULL, 0, BOTH, &context).record;
    struct assent_lifecycle_outcome out;

    CHECK_INT(assent_lifecycle_expire(&refused, &context, &out), ASSENT_ERR_RANGE);
}

TEST(a_lapsed_grant_is_allowed_in_no_regime_and_asked_about_in_each)
{
    for (unsigned regime = ASSENT_REGIME_EU; regime <= ASSENT_REGIME_US; regime++) {
        struct assent_lifecycle_context context = at_notice();
        struct assent_record r = choose(NULL, BOTH, 0, &context).record;
        struct assent_lifecycle_outcome out;
        struct assent_decision decision;
        struct assent_decision_input in = {
            .policy = &policy,
            .token = &r.consent,
            .record = &out.consent,
            .record_state = ASSENT_RECORD_PRESENT,
        };

        policy.regime = (uint8_t)regime;
        policy.objectable = ANALYTICS;
        context.now.unix_s += 180 * DAY;
        in.now = context.now;
        CHECK_INT(assent_lifecycle_expire(&r, &context, &out), ASSENT_OK);
        assent_decision_make(&in, &decision);
        CHECK_INT(decision.allowed, ASSENT_TIERS_ESSENTIAL);
        CHECK(decision.ask);
    }
}

TEST_MAIN(CASE(restricting_and_objecting_leave_the_choices_as_they_are),
          CASE(restriction_and_objection_outlast_a_new_choice), CASE(objecting_needs_no_subject),
          CASE(an_objection_in_an_old_refusal_is_remembered_for_its_full_time),
          CASE(lifting_what_was_never_there_changes_nothing), CASE(other_flags_cannot_be_asked_for),
          CASE(erasing_leaves_a_refusal_of_nobody), CASE(erasing_what_is_not_held_deletes_nothing),
          CASE(erasing_works_without_a_clock), CASE(time_does_three_things_to_a_record),
          CASE(a_clock_set_back_makes_nothing_due), CASE(expiring_undoes_grants_and_nothing_else),
          CASE(past_retention_the_record_is_deleted), CASE(only_a_stored_record_expires),
          CASE(a_lapsed_grant_is_allowed_in_no_regime_and_asked_about_in_each))
