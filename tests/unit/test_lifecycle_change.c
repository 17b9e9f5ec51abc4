/* SPDX-License-Identifier: MIT */
#include "tests/unit/lifecycle_case.h"

/* ---- change ---- */

TEST(tiers_are_chosen_independently)
{
    static const struct {
        const char *what;
        uint8_t before[2];
        unsigned grant;
        unsigned refuse;
        uint8_t after[2];
        enum assent_audit_type event;
    } rows[] = {
        {"save both on", {U, U}, BOTH, 0, {G, G}, ASSENT_AUDIT_GIVEN},
        {"save one on", {U, U}, ADVERTISING, ANALYTICS, {R, G}, ASSENT_AUDIT_GIVEN},
        {"grant one, the other stays undecided", {U, U}, ANALYTICS, 0, {G, U}, ASSENT_AUDIT_GIVEN},
        {"refuse one, the other stays undecided",
         {U, U},
         0,
         ANALYTICS,
         {R, U},
         ASSENT_AUDIT_REFUSED},
        {"add one", {G, R}, ADVERTISING, 0, {G, G}, ASSENT_AUDIT_CHANGED},
        {"take one back", {G, G}, 0, ADVERTISING, {G, W}, ASSENT_AUDIT_CHANGED},
        {"take the last one back", {G, R}, 0, ANALYTICS, {W, R}, ASSENT_AUDIT_WITHDRAWN},
        {"take all back", {G, G}, 0, BOTH, {W, W}, ASSENT_AUDIT_WITHDRAWN},
        {"give again what was taken back", {W, R}, ANALYTICS, 0, {G, R}, ASSENT_AUDIT_GIVEN},
        {"refuse what was taken back, grant the other",
         {W, R},
         ADVERTISING,
         ANALYTICS,
         {W, G},
         ASSENT_AUDIT_GIVEN},
        {"swap", {G, R}, ADVERTISING, ANALYTICS, {W, G}, ASSENT_AUDIT_CHANGED},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_lifecycle_context context = at_notice();
        struct assent_record old = choose(NULL, BOTH, 0, &context).record;
        struct assent_lifecycle_outcome out;
        bool blank = rows[i].before[0] == U;

        old.consent.choice[1] = rows[i].before[0];
        old.consent.choice[2] = rows[i].before[1];
        out = choose(blank ? NULL : &old, rows[i].grant, rows[i].refuse, &context);
        CHECK_INT_ROW(rows[i].what, out.consent.choice[1], rows[i].after[0]);
        CHECK_INT_ROW(rows[i].what, out.consent.choice[2], rows[i].after[1]);
        CHECK_INT_ROW(rows[i].what, out.event, rows[i].event);
        CHECK_INT_ROW(rows[i].what, out.consent.sequence, blank ? out.consent.has_subject : 2);
        CHECK_ROW(rows[i].what, out.changed);
    }
}

TEST(a_change_keeps_the_subject_it_has)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_record old = choose(NULL, ANALYTICS, ADVERTISING, &context).record;
    static const uint8_t other[ASSENT_SUBJECT_BYTES] = {0xFF};

    context.fresh_subject = other;
    CHECK(memcmp(choose(&old, BOTH, 0, &context).consent.subject, fresh, sizeof(fresh)) == 0);
}

TEST(the_same_again_changes_nothing)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_record old = choose(NULL, ANALYTICS, ADVERTISING, &context).record;
    struct assent_lifecycle_outcome out;
    uint8_t before[ASSENT_RECORD_BYTES];
    uint8_t after[ASSENT_RECORD_BYTES];

    context.now.unix_s += ASSENT_LIFECYCLE_RENEW_S - 1;
    out = choose(&old, ANALYTICS, ADVERTISING, &context);
    CHECK(!out.changed);
    CHECK_INT(out.action, ASSENT_LIFECYCLE_LEAVE);
    CHECK_INT(out.event, ASSENT_AUDIT_NONE);
    CHECK_INT(out.consent.sequence, 1);
    CHECK_INT(out.consent.changed_s, NOW);
    CHECK_INT(assent_record_encode(&old, before), ASSENT_OK);
    CHECK_INT(assent_record_encode(&out.record, after), ASSENT_OK);
    CHECK(memcmp(before, after, sizeof(before)) == 0);
}

TEST(a_day_later_the_same_grant_renews)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_record old = choose(NULL, ANALYTICS, ADVERTISING, &context).record;
    struct assent_lifecycle_outcome out;

    context.now.unix_s += ASSENT_LIFECYCLE_RENEW_S;
    out = choose(&old, ANALYTICS, ADVERTISING, &context);
    CHECK(out.changed);
    CHECK_INT(out.consent.sequence, 2);
    CHECK_INT(out.consent.changed_s, NOW + ASSENT_LIFECYCLE_RENEW_S);
    CHECK_INT(out.event, ASSENT_AUDIT_CHANGED);
}

TEST(a_withdrawal_repeated_keeps_its_time_until_it_has_run_out)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_record old = choose(NULL, BOTH, 0, &context).record;

    old = withdraw(&old, &context).record;
    context.now.unix_s += 199 * DAY;
    CHECK(!withdraw(&old, &context).changed);
    context.now.unix_s += DAY;
    CHECK(withdraw(&old, &context).changed);
}

TEST(the_same_under_a_new_revision_renews)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_record old = choose(NULL, ANALYTICS, ADVERTISING, &context).record;
    struct assent_lifecycle_outcome out;

    policy.revision = 4;
    policy.fingerprint[ASSENT_TIER_ANALYTICS] = 0xB1;
    out = choose(&old, ANALYTICS, ADVERTISING, &context);
    CHECK_INT(out.consent.sequence, 2);
    CHECK_INT(out.consent.revision, 4);
    CHECK_INT(out.record.given_revision, 4);
    CHECK_INT(out.consent.fingerprint[ASSENT_TIER_ANALYTICS], 0xB1);
}

TEST(a_tier_that_is_not_answered_keeps_the_fingerprint_it_was_answered_for)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_record old = choose(NULL, ANALYTICS, ADVERTISING, &context).record;
    struct assent_consent c;

    policy.revision = 4;
    policy.fingerprint[ASSENT_TIER_ANALYTICS] = 0xB1;
    policy.fingerprint[ASSENT_TIER_ADVERTISING] = 0xB2;
    c = choose(&old, ADVERTISING, 0, &context).consent;
    CHECK_INT(c.fingerprint[ASSENT_TIER_ANALYTICS], 0xA1);
    CHECK_INT(c.fingerprint[ASSENT_TIER_ADVERTISING], 0xB2);
    old.consent.choice[ASSENT_TIER_ANALYTICS] = U;
    c = choose(&old, ADVERTISING, 0, &context).consent;
    CHECK_INT(c.fingerprint[ASSENT_TIER_ANALYTICS], 0xB1);
}

TEST(only_a_full_answer_gives_up_rights)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_record old = choose(NULL, ANALYTICS, ADVERTISING, &context).record;

    policy.rights = ASSENT_RIGHT_ACCESS | ASSENT_RIGHT_COMPLAINT;
    CHECK_INT(choose(&old, ADVERTISING, 0, &context).consent.rights,
              ASSENT_RIGHT_ACCESS | ASSENT_RIGHT_ERASURE | ASSENT_RIGHT_COMPLAINT);
    CHECK_INT(choose(&old, BOTH, 0, &context).consent.rights, policy.rights);
    CHECK_INT(withdraw(&old, &context).consent.rights, policy.rights);
}

TEST(an_answer_to_one_tier_does_not_prolong_the_other)
{
    static const struct {
        const char *what;
        uint64_t later_s;
        unsigned days;
        uint8_t analytics;
    } rows[] = {
        {"at once", 0, 180, G},
        {"a second later", 1, 179, G},
        {"after 100 days", 100 * DAY, 80, G},
        {"with a day left", 179 * DAY, 1, G},
        {"with less than a day left", 179 * DAY + 1, 180, U},
        {"after the end", 180 * DAY, 180, U},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_lifecycle_context context = at_notice();
        struct assent_record old = choose(NULL, ANALYTICS, ADVERTISING, &context).record;
        struct assent_consent c;

        context.now.unix_s += rows[i].later_s;
        c = choose(&old, ADVERTISING, 0, &context).consent;
        CHECK_INT_ROW(rows[i].what, c.choice[ASSENT_TIER_ANALYTICS], rows[i].analytics);
        CHECK_INT_ROW(rows[i].what, c.choice[ASSENT_TIER_ADVERTISING], G);
        CHECK_INT_ROW(rows[i].what, c.valid_days, rows[i].days);
        CHECK_ROW(rows[i].what,
                  rows[i].analytics != G || c.changed_s + c.valid_days * DAY <= NOW + 180 * DAY);
    }
}

TEST(a_refusal_is_not_shortened_by_another)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_record old = choose(NULL, 0, ANALYTICS, &context).record;

    context.now.unix_s += 150 * DAY;
    CHECK_INT(choose(&old, 0, ADVERTISING, &context).consent.valid_days, 200);
}

TEST(the_signal_counts_with_the_answer_about_advertising)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_record plain = choose(NULL, BOTH, 0, &context).record;
    struct assent_record signalled;

    context.gpc = true;
    signalled = choose(NULL, BOTH, 0, &context).record;
    CHECK_INT(signalled.consent.flags, ASSENT_CONSENT_GPC_PRESENT);
    CHECK_INT(choose(&plain, 0, ANALYTICS, &context).consent.flags, 0);
    CHECK_INT(choose(&plain, ADVERTISING, 0, &context).consent.flags, ASSENT_CONSENT_GPC_PRESENT);
    context.gpc = false;
    CHECK_INT(choose(&signalled, 0, ANALYTICS, &context).consent.flags, ASSENT_CONSENT_GPC_PRESENT);
    CHECK_INT(choose(&signalled, ADVERTISING, 0, &context).consent.flags, 0);
}

TEST(a_clock_that_can_only_be_late_does_not_turn_time_back)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_record old = choose(NULL, BOTH, 0, &context).record;

    context.now = (struct assent_time){NOW - 1000, ASSENT_CLOCK_FLOOR};
    CHECK_INT(withdraw(&old, &context).consent.changed_s, NOW);
    context.now = (struct assent_time){NOW + 1000, ASSENT_CLOCK_FLOOR};
    CHECK_INT(withdraw(&old, &context).consent.changed_s, NOW + 1000);
    context.now = (struct assent_time){NOW - 1000, ASSENT_CLOCK_SYNCED};
    CHECK_INT(withdraw(&old, &context).consent.changed_s, NOW - 1000);
}

TEST(the_last_numbers_are_kept_for_taking_back)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_record old = choose(NULL, ANALYTICS, ADVERTISING, &context).record;
    struct assent_lifecycle_outcome out;

    old.consent.sequence = UINT32_MAX - ASSENT_LIFECYCLE_RESERVED - 1;
    old = choose(&old, BOTH, 0, &context).record;
    CHECK_INT(old.consent.sequence, UINT32_MAX - ASSENT_LIFECYCLE_RESERVED);
    old.consent.choice[ASSENT_TIER_ADVERTISING] = R;
    CHECK_INT(error_of(&old, BOTH, 0, &context), ASSENT_ERR_LIMIT);
    old = flag(&old, ASSENT_CONSENT_RESTRICTED, true, &context).record;
    CHECK_INT(assent_lifecycle_flag(&old, ASSENT_CONSENT_RESTRICTED, false, &context, &out),
              ASSENT_ERR_LIMIT);
    old = withdraw(&old, &context).record;
    CHECK_CHOICES(old.consent, W, R);
    old.consent.choice[ASSENT_TIER_ANALYTICS] = G;
    old.consent.sequence = UINT32_MAX;
    CHECK_INT(assent_lifecycle_withdraw(&old, &context, &out), ASSENT_ERR_LIMIT);
    context.now.unix_s += 200 * DAY;
    CHECK_INT(assent_lifecycle_expire(&old, &context, &out), ASSENT_ERR_LIMIT);
    old.consent.sequence--;
    CHECK_INT(assent_lifecycle_expire(&old, &context, &out), ASSENT_OK);
    CHECK_INT(assent_lifecycle_erase(&old, &context, &out), ASSENT_OK);
}

/* ---- withdraw ---- */

TEST(withdrawing_keeps_the_proof_of_what_was_given)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_record given = choose(NULL, BOTH, 0, &context).record;
    struct assent_lifecycle_outcome out;

    context.now.unix_s += 10 * DAY;
    context.method = ASSENT_METHOD_PREFERENCES;
    context.language = ASSENT_SPAN("ar");
    context.notice = context.document = NULL;
    policy.revision = 5;
    policy.regime = ASSENT_REGIME_US;
    out = withdraw(&given, &context);
    CHECK_INT(out.action, ASSENT_LIFECYCLE_STORE);
    CHECK_INT(out.event, ASSENT_AUDIT_WITHDRAWN);
    CHECK_CHOICES(out.record.consent, W, W);
    CHECK_INT(out.record.given_s, NOW);
    CHECK_INT(out.record.given_revision, 3);
    CHECK_INT(out.record.given_method, ASSENT_METHOD_SAVE);
    CHECK_INT(out.record.regime, ASSENT_REGIME_UK);
    CHECK(memcmp(out.record.notice, notice, sizeof(notice)) == 0);
    CHECK(memcmp(out.record.language, "de", 3) == 0);
    CHECK_INT(out.record.method, ASSENT_METHOD_PREFERENCES);
    CHECK_INT(out.consent.changed_s, NOW + 10 * DAY);
    CHECK_INT(out.consent.valid_days, 200);
    CHECK_INT(out.consent.revision, 5);
    CHECK(memcmp(out.consent.subject, fresh, sizeof(fresh)) == 0);
}

TEST(withdrawing_what_was_never_given_is_a_refusal)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_lifecycle_outcome out = withdraw(NULL, &context);

    CHECK_CHOICES(out.consent, R, R);
    CHECK(!out.consent.has_subject);
    CHECK_INT(out.action, ASSENT_LIFECYCLE_LEAVE);
}

TEST(withdrawing_takes_as_little_as_giving)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_record given = choose(NULL, BOTH, 0, &context).record;

    policy.minimum_age = 99;
    context = (struct assent_lifecycle_context){
        .policy = &policy,
        .method = ASSENT_METHOD_OPERATOR,
    };
    CHECK_CHOICES(withdraw(&given, &context).consent, W, W);
}

TEST(a_grant_that_had_lapsed_is_refused_not_withdrawn)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_record given = choose(NULL, BOTH, 0, &context).record;
    struct assent_lifecycle_outcome out;

    context.now.unix_s += 180 * DAY;
    out = withdraw(&given, &context);
    CHECK_CHOICES(out.consent, R, R);
}

TEST_MAIN(CASE(tiers_are_chosen_independently), CASE(a_change_keeps_the_subject_it_has),
          CASE(the_same_again_changes_nothing), CASE(a_day_later_the_same_grant_renews),
          CASE(a_withdrawal_repeated_keeps_its_time_until_it_has_run_out),
          CASE(the_same_under_a_new_revision_renews),
          CASE(a_tier_that_is_not_answered_keeps_the_fingerprint_it_was_answered_for),
          CASE(only_a_full_answer_gives_up_rights),
          CASE(an_answer_to_one_tier_does_not_prolong_the_other),
          CASE(a_refusal_is_not_shortened_by_another),
          CASE(the_signal_counts_with_the_answer_about_advertising),
          CASE(a_clock_that_can_only_be_late_does_not_turn_time_back),
          CASE(the_last_numbers_are_kept_for_taking_back),
          CASE(withdrawing_keeps_the_proof_of_what_was_given),
          CASE(withdrawing_what_was_never_given_is_a_refusal),
          CASE(withdrawing_takes_as_little_as_giving),
          CASE(a_grant_that_had_lapsed_is_refused_not_withdrawn))
