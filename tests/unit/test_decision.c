/* SPDX-License-Identifier: MIT */
#include "core/decision.h"

#include "tests/unit/test.h"

#define NOW  UINT64_C(1800000000)
#define DAY  UINT64_C(86400)
#define BOTH ASSENT_TIERS_OPTIONAL

enum { E = ASSENT_TIERS_ESSENTIAL, A = ASSENT_TIERS_ESSENTIAL | 2, V = ASSENT_TIERS_ESSENTIAL | 4 };
enum { EAV = ASSENT_TIERS_ESSENTIAL | ASSENT_TIERS_OPTIONAL };

/* A policy that offers both tiers, 180 days, no minimum age. Decisions look at nothing else. */
static struct assent_policy policy_of(enum assent_regime regime)
{
    struct assent_policy p = {
        .revision = 3,
        .rights = ASSENT_RIGHT_ACCESS | ASSENT_RIGHT_ERASURE,
        .fingerprint = {0, 0xA1, 0xA2},
        .grant_days = 180,
        .refusal_days = 180,
        .offered = EAV,
        .objectable = ASSENT_TIER_BIT(ASSENT_TIER_ANALYTICS),
        .regime = (uint8_t)regime,
    };

    return p;
}

static struct assent_consent choice_of(enum assent_choice analytics, enum assent_choice advertising)
{
    struct assent_consent c = {
        .has_subject = true,
        .choice = {0, (uint8_t)analytics, (uint8_t)advertising},
        .trust = ASSENT_CLOCK_SYNCED,
        .fingerprint = {0, 0xA1, 0xA2},
        .revision = 3,
        .rights = ASSENT_RIGHT_ACCESS | ASSENT_RIGHT_ERASURE,
        .sequence = 5,
        .changed_s = NOW - 10 * DAY,
        .valid_days = 180,
    };

    return c;
}

static struct assent_decision decide(const struct assent_policy *policy,
                                     const struct assent_consent *token, bool gpc)
{
    struct assent_decision_input in = {
        .policy = policy,
        .token = token,
        .now = {NOW, ASSENT_CLOCK_SYNCED},
        .gpc = gpc,
    };
    struct assent_decision out;

    assent_decision_make(&in, &out);
    return out;
}

TEST(every_regime_choice_and_signal_decides_as_its_rule_says)
{
    static const struct {
        const char *why;
        enum assent_regime regime;
        bool has_choice;
        enum assent_choice analytics, advertising;
        uint8_t flags;
        bool gpc;
        uint8_t allowed;
        enum assent_reason analytics_reason, advertising_reason;
        bool ask, honoured, conflict;
    } rows[] = {
#define NONE          0, 0, 0, 0
#define SAID(a, b)    1, ASSENT_CHOICE_##a, ASSENT_CHOICE_##b, 0
#define REASONS(a, b) ASSENT_REASON_##a, ASSENT_REASON_##b
        /* regime, choice, gpc, allowed, reasons, ask, honoured, conflict */
        {"eu none", 0, NONE, 0, E, REASONS(UNDECIDED, UNDECIDED), 1, 0, 0},
        {"eu none gpc", 0, NONE, 1, E, REASONS(UNDECIDED, GPC), 1, 1, 0},
        {"eu both", 0, SAID(GRANTED, GRANTED), 0, EAV, REASONS(GRANTED, GRANTED), 0, 0, 0},
        {"eu both gpc", 0, SAID(GRANTED, GRANTED), 1, EAV, REASONS(GRANTED, GRANTED), 0, 0, 1},
        {"eu one", 0, SAID(GRANTED, REFUSED), 0, A, REASONS(GRANTED, REFUSED), 0, 0, 0},
        {"eu one gpc", 0, SAID(GRANTED, REFUSED), 1, A, REASONS(GRANTED, REFUSED), 0, 1, 0},
        {"eu other", 0, SAID(REFUSED, GRANTED), 0, V, REASONS(REFUSED, GRANTED), 0, 0, 0},
        {"eu neither", 0, SAID(REFUSED, REFUSED), 0, E, REASONS(REFUSED, REFUSED), 0, 0, 0},
        {"eu taken back", 0, SAID(WITHDRAWN, WITHDRAWN), 0, E, REASONS(WITHDRAWN, WITHDRAWN), 0, 0,
         0},
        {"eu half", 0, SAID(GRANTED, UNDECIDED), 0, A, REASONS(GRANTED, UNDECIDED), 1, 0, 0},
        {"uk none", 1, NONE, 0, A, REASONS(NOT_OBJECTED, UNDECIDED), 1, 0, 0},
        {"uk none gpc", 1, NONE, 1, A, REASONS(NOT_OBJECTED, GPC), 1, 1, 0},
        {"uk objected", 1, SAID(REFUSED, REFUSED), 0, E, REASONS(REFUSED, REFUSED), 0, 0, 0},
        {"uk both", 1, SAID(GRANTED, GRANTED), 1, EAV, REASONS(GRANTED, GRANTED), 0, 0, 1},
        {"uk undecided", 1, SAID(UNDECIDED, UNDECIDED), 0, A, REASONS(NOT_OBJECTED, UNDECIDED), 1,
         0, 0},
        {"us none", 2, NONE, 0, EAV, REASONS(NOT_OPTED_OUT, NOT_OPTED_OUT), 1, 0, 0},
        {"us none gpc", 2, NONE, 1, A, REASONS(NOT_OPTED_OUT, GPC), 1, 1, 0},
        {"us out", 2, SAID(GRANTED, REFUSED), 0, A, REASONS(GRANTED, REFUSED), 0, 0, 0},
        {"us yes before gpc", 2, SAID(GRANTED, GRANTED), 1, A, REASONS(GRANTED, GPC), 0, 1, 1},
#undef SAID
#define SAID(a, b) 1, ASSENT_CHOICE_##a, ASSENT_CHOICE_##b, ASSENT_CONSENT_GPC_PRESENT
        {"us yes despite gpc", 2, SAID(GRANTED, GRANTED), 1, EAV, REASONS(GRANTED, GRANTED), 0, 0,
         1},
#undef SAID
#define SAID(a, b) 1, ASSENT_CHOICE_##a, ASSENT_CHOICE_##b, ASSENT_CONSENT_RESTRICTED
        {"restricted", 0, SAID(GRANTED, GRANTED), 0, E, REASONS(RESTRICTED, RESTRICTED), 0, 0, 0},
        {"restricted in us", 2, SAID(GRANTED, GRANTED), 0, E, REASONS(RESTRICTED, RESTRICTED), 0, 0,
         0},
#undef SAID
#define SAID(a, b) 1, ASSENT_CHOICE_##a, ASSENT_CHOICE_##b, ASSENT_CONSENT_OBJECTED
        {"objected", 1, SAID(GRANTED, GRANTED), 0, E, REASONS(OBJECTED, OBJECTED), 0, 0, 0},
        {"objected, undecided", 1, SAID(UNDECIDED, UNDECIDED), 0, E, REASONS(OBJECTED, OBJECTED), 0,
         0, 0},
#undef SAID
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_policy policy = policy_of(rows[i].regime);
        struct assent_consent consent = choice_of(rows[i].analytics, rows[i].advertising);
        struct assent_decision d;

        consent.flags = rows[i].flags;
        d = decide(&policy, rows[i].has_choice ? &consent : NULL, rows[i].gpc);
        CHECK_INT_ROW(rows[i].why, d.allowed, rows[i].allowed);
        CHECK_INT_ROW(rows[i].why, d.reason[ASSENT_TIER_ESSENTIAL], ASSENT_REASON_ESSENTIAL);
        CHECK_INT_ROW(rows[i].why, d.reason[ASSENT_TIER_ANALYTICS], rows[i].analytics_reason);
        CHECK_INT_ROW(rows[i].why, d.reason[ASSENT_TIER_ADVERTISING], rows[i].advertising_reason);
        CHECK_INT_ROW(rows[i].why, d.ask, rows[i].ask);
        CHECK_INT_ROW(rows[i].why, d.gpc_honoured, rows[i].honoured);
        CHECK_INT_ROW(rows[i].why, d.gpc_conflict, rows[i].conflict);
    }
}

TEST(a_tier_that_is_not_offered_is_never_allowed)
{
    for (unsigned regime = 0; regime < 3; regime++) {
        struct assent_policy policy = policy_of((enum assent_regime)regime);
        struct assent_consent consent = choice_of(ASSENT_CHOICE_GRANTED, ASSENT_CHOICE_GRANTED);
        struct assent_decision d;

        policy.offered = A;
        d = decide(&policy, &consent, false);
        CHECK_INT(d.allowed, A);
        CHECK_INT(d.reason[ASSENT_TIER_ADVERTISING], ASSENT_REASON_NOT_OFFERED);
        d = decide(&policy, NULL, true);
        CHECK_INT(d.reason[ASSENT_TIER_ADVERTISING], ASSENT_REASON_NOT_OFFERED);
        CHECK(!d.gpc_honoured); /* there was nothing to honour it on */
        policy.offered = E;
        d = decide(&policy, &consent, false);
        CHECK_INT(d.allowed, E);
        CHECK(!d.ask);
    }
}

TEST(a_choice_holds_to_its_last_second_and_then_is_asked_for_again)
{
    struct assent_policy policy = policy_of(ASSENT_REGIME_EU);
    struct assent_consent consent = choice_of(ASSENT_CHOICE_GRANTED, ASSENT_CHOICE_REFUSED);
    struct assent_decision d;

    consent.changed_s = NOW - 180 * DAY + 1;
    d = decide(&policy, &consent, false);
    CHECK_INT(d.allowed, A);
    CHECK(!d.ask);
    consent.changed_s = NOW - 180 * DAY;
    d = decide(&policy, &consent, false);
    CHECK_INT(d.allowed, E);
    CHECK(d.ask);
    CHECK_INT(d.reason[ASSENT_TIER_ANALYTICS], ASSENT_REASON_EXPIRED);
    CHECK_INT(d.choice[ASSENT_TIER_ANALYTICS], ASSENT_CHOICE_UNDECIDED);
    CHECK_INT(d.choice[ASSENT_TIER_ADVERTISING], ASSENT_CHOICE_UNDECIDED);
}

TEST(an_opt_out_that_has_grown_old_is_no_opt_in)
{
    static const enum assent_choice said[] = {ASSENT_CHOICE_REFUSED, ASSENT_CHOICE_WITHDRAWN};

    for (size_t i = 0; i < 2; i++) {
        struct assent_policy policy = policy_of(ASSENT_REGIME_US);
        struct assent_consent consent = choice_of(said[i], said[i]);
        struct assent_decision d;

        consent.changed_s = NOW - 800 * DAY;
        d = decide(&policy, &consent, false);
        CHECK_INT(d.allowed, E);
        CHECK(d.ask);
        consent = choice_of(said[i], said[i]);
        consent.fingerprint[ASSENT_TIER_ADVERTISING] = 0;
        d = decide(&policy, &consent, false);
        CHECK_INT(d.allowed, E);
    }
}

TEST(a_lapsed_grant_is_not_replaced_by_the_opt_out_default)
{
    struct assent_policy policy = policy_of(ASSENT_REGIME_US);
    struct assent_consent consent = choice_of(ASSENT_CHOICE_GRANTED, ASSENT_CHOICE_GRANTED);
    struct assent_decision d;

    consent.changed_s = NOW - 800 * DAY;
    d = decide(&policy, &consent, false);
    CHECK_INT(d.allowed, E);
    CHECK(d.ask);
}

TEST(only_the_tier_that_changed_materially_is_asked_about_again)
{
    struct assent_policy policy = policy_of(ASSENT_REGIME_EU);
    struct assent_consent consent = choice_of(ASSENT_CHOICE_GRANTED, ASSENT_CHOICE_GRANTED);
    struct assent_decision d;

    policy.revision = 9; /* a cosmetic revision: other number, same fingerprints */
    d = decide(&policy, &consent, false);
    CHECK_INT(d.allowed, EAV);
    CHECK(!d.ask);
    policy.fingerprint[ASSENT_TIER_ADVERTISING]++;
    d = decide(&policy, &consent, false);
    CHECK_INT(d.allowed, A);
    CHECK(d.ask);
    CHECK_INT(d.reason[ASSENT_TIER_ADVERTISING], ASSENT_REASON_CHANGED);
    CHECK_INT(d.choice[ASSENT_TIER_ADVERTISING], ASSENT_CHOICE_UNDECIDED);
    CHECK_INT(d.choice[ASSENT_TIER_ANALYTICS], ASSENT_CHOICE_GRANTED);
}

TEST(a_tier_added_later_is_undecided_and_neither_refused_nor_granted)
{
    struct assent_policy policy = policy_of(ASSENT_REGIME_EU);
    struct assent_consent consent = choice_of(ASSENT_CHOICE_GRANTED, ASSENT_CHOICE_UNDECIDED);
    struct assent_decision d;

    consent.fingerprint[ASSENT_TIER_ADVERTISING] = 0; /* was not there */
    d = decide(&policy, &consent, false);
    CHECK_INT(d.allowed, A);
    CHECK(d.ask);
    CHECK_INT(d.choice[ASSENT_TIER_ADVERTISING], ASSENT_CHOICE_UNDECIDED);
    consent = choice_of(ASSENT_CHOICE_GRANTED, ASSENT_CHOICE_UNDECIDED); /* was left out */
    d = decide(&policy, &consent, false);
    CHECK_INT(d.allowed, A);
    CHECK(d.ask);
    consent = choice_of(ASSENT_CHOICE_GRANTED, ASSENT_CHOICE_GRANTED); /* was something else */
    consent.fingerprint[ASSENT_TIER_ADVERTISING] = 0;
    d = decide(&policy, &consent, false);
    CHECK_INT(d.allowed, A);
    CHECK(d.ask);
}

TEST(fewer_rights_need_consent_where_the_policy_promised_so)
{
    struct assent_policy policy = policy_of(ASSENT_REGIME_EU);
    struct assent_consent consent = choice_of(ASSENT_CHOICE_GRANTED, ASSENT_CHOICE_GRANTED);
    struct assent_decision d;

    policy.rights = ASSENT_RIGHT_ACCESS;
    CHECK_INT(decide(&policy, &consent, false).allowed, EAV);
    policy.flags = ASSENT_POLICY_KEEPS_RIGHTS;
    d = decide(&policy, &consent, false);
    CHECK_INT(d.allowed, E);
    CHECK(d.ask);
    CHECK_INT(d.reason[ASSENT_TIER_ANALYTICS], ASSENT_REASON_RIGHTS);
    policy.rights = ASSENT_RIGHT_ACCESS | ASSENT_RIGHT_ERASURE | ASSENT_RIGHT_OBJECTION;
    CHECK_INT(decide(&policy, &consent, false).allowed, EAV); /* more rights ask nobody */
}

TEST(minors_and_those_who_do_not_say_get_essential_only)
{
    for (unsigned regime = 0; regime < 3; regime++) {
        struct assent_policy policy = policy_of((enum assent_regime)regime);
        struct assent_consent consent = choice_of(ASSENT_CHOICE_GRANTED, ASSENT_CHOICE_GRANTED);

        policy.minimum_age = 16;
        CHECK_INT(decide(&policy, NULL, false).allowed, E);
        CHECK_INT(decide(&policy, &consent, false).allowed, E);
        CHECK_INT(decide(&policy, &consent, false).reason[1], ASSENT_REASON_AGE);
        consent.flags = ASSENT_CONSENT_AGE_CONFIRMED;
        CHECK_INT(decide(&policy, &consent, false).allowed, EAV);
    }
}

TEST(gpc_can_stand_for_a_refusal_so_that_nobody_is_asked)
{
    struct assent_policy policy = policy_of(ASSENT_REGIME_EU);
    struct assent_consent consent = choice_of(ASSENT_CHOICE_GRANTED, ASSENT_CHOICE_GRANTED);
    struct assent_decision d;

    policy.gpc = ASSENT_POLICY_GPC_REFUSE;
    d = decide(&policy, NULL, true);
    CHECK_INT(d.allowed, E);
    CHECK(!d.ask);
    CHECK(d.gpc_honoured);
    CHECK(decide(&policy, NULL, false).ask);
    d = decide(&policy, &consent, true); /* a later explicit choice on this site wins */
    CHECK_INT(d.allowed, EAV);
    CHECK(d.gpc_conflict);
}

TEST(without_a_clock_nothing_optional_passes_and_nobody_is_asked)
{
    for (unsigned regime = 0; regime < 3; regime++) {
        struct assent_policy policy = policy_of((enum assent_regime)regime);
        struct assent_consent consent = choice_of(ASSENT_CHOICE_GRANTED, ASSENT_CHOICE_GRANTED);
        struct assent_decision_input in = {
            .policy = &policy, .token = &consent, .now = {NOW, ASSENT_CLOCK_NONE}};
        struct assent_decision d;

        assent_decision_make(&in, &d);
        CHECK_INT(d.allowed, E);
        CHECK(!d.ask);
        CHECK_INT(d.reason[ASSENT_TIER_ANALYTICS], ASSENT_REASON_CLOCK);
        in.token = NULL;
        assent_decision_make(&in, &d);
        CHECK_INT(d.allowed, E);
    }
}

TEST(a_choice_from_the_future_counts_only_for_a_clock_that_may_be_late)
{
    static const struct {
        const char *why;
        uint64_t ahead_s;
        enum assent_clock_trust trust;
        uint8_t allowed;
    } rows[] = {
        {"within the skew", ASSENT_DECISION_SKEW_S, ASSENT_CLOCK_SYNCED, EAV},
        {"beyond it", ASSENT_DECISION_SKEW_S + 1, ASSENT_CLOCK_SYNCED, E},
        {"beyond it, set by hand", ASSENT_DECISION_SKEW_S + 1, ASSENT_CLOCK_SET, E},
        {"beyond it, but the clock is a floor", 30 * DAY, ASSENT_CLOCK_FLOOR, EAV},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_policy policy = policy_of(ASSENT_REGIME_EU);
        struct assent_consent consent = choice_of(ASSENT_CHOICE_GRANTED, ASSENT_CHOICE_GRANTED);
        struct assent_decision_input in = {
            .policy = &policy, .token = &consent, .now = {NOW, rows[i].trust}};
        struct assent_decision d;

        consent.changed_s = NOW + rows[i].ahead_s;
        assent_decision_make(&in, &d);
        CHECK_INT_ROW(rows[i].why, d.allowed, rows[i].allowed);
    }
}

TEST(the_record_decides_over_an_older_token)
{
    struct assent_policy policy = policy_of(ASSENT_REGIME_EU);
    struct assent_consent token = choice_of(ASSENT_CHOICE_GRANTED, ASSENT_CHOICE_GRANTED);
    struct assent_consent record = choice_of(ASSENT_CHOICE_WITHDRAWN, ASSENT_CHOICE_WITHDRAWN);
    struct assent_decision_input in = {
        .policy = &policy, .token = &token, .record = &record, .now = {NOW, ASSENT_CLOCK_SYNCED}};
    struct assent_decision d;

    in.record_state = ASSENT_RECORD_PRESENT;
    record.sequence = token.sequence + 1;
    assent_decision_make(&in, &d);
    CHECK_INT(d.allowed, E); /* an old token cannot bring a withdrawn consent back */
    CHECK_INT(d.reason[ASSENT_TIER_ANALYTICS], ASSENT_REASON_WITHDRAWN);
    record.sequence = token.sequence - 1;
    assent_decision_make(&in, &d);
    CHECK_INT(d.allowed, EAV);
    in.record_state = ASSENT_RECORD_ABSENT;
    assent_decision_make(&in, &d);
    CHECK_INT(d.allowed, E);
    CHECK(d.ask);
    CHECK_INT(d.reason[ASSENT_TIER_ANALYTICS], ASSENT_REASON_NO_RECORD);
    in.record_state = ASSENT_RECORD_FAILED;
    assent_decision_make(&in, &d);
    CHECK_INT(d.allowed, E);
    CHECK_INT(d.reason[ASSENT_TIER_ANALYTICS], ASSENT_REASON_FAILED);
}

TEST(a_refusal_without_subject_needs_no_record)
{
    struct assent_policy policy = policy_of(ASSENT_REGIME_EU);
    struct assent_consent token = choice_of(ASSENT_CHOICE_REFUSED, ASSENT_CHOICE_REFUSED);
    struct assent_decision_input in = {
        .policy = &policy, .token = &token, .now = {NOW, ASSENT_CLOCK_SYNCED}};
    struct assent_decision d;

    token.has_subject = false;
    in.record_state = ASSENT_RECORD_ABSENT;
    assent_decision_make(&in, &d);
    CHECK_INT(d.allowed, E);
    CHECK(!d.ask);
    CHECK_INT(d.reason[ASSENT_TIER_ANALYTICS], ASSENT_REASON_REFUSED);
}

/* Whatever the input, allowed and reasons agree, and nothing unoffered passes (DEC-1). */
TEST(allowed_tiers_and_reasons_agree_over_the_whole_input_space)
{
    unsigned count = 0;

    for (unsigned bits = 0; bits < 1U << 17; bits++) {
        struct assent_policy policy = policy_of((enum assent_regime)((bits & 3) % 3));
        struct assent_consent consent =
            choice_of((enum assent_choice)((bits >> 2) & 3), (enum assent_choice)((bits >> 4) & 3));
        struct assent_decision_input in = {.policy = &policy, .record = &consent};
        struct assent_decision d;

        policy.offered = (uint8_t)(E | (((bits >> 6) & 3) << 1));
        policy.minimum_age = (bits >> 8) & 1 ? 18 : 0;
        policy.gpc = (bits >> 9) & 1;
        consent.flags = (uint8_t)((bits >> 10) & 15);
        in.token = (bits >> 14) & 1 ? &consent : NULL;
        in.gpc = (bits >> 15) & 1;
        in.now.unix_s = NOW;
        in.now.trust = (bits >> 16) & 1 ? ASSENT_CLOCK_SYNCED : ASSENT_CLOCK_NONE;
        assent_decision_make(&in, &d);
        for (unsigned t = 0; t < ASSENT_TIER_COUNT; t++) {
            bool allowed = (d.allowed & ASSENT_TIER_BIT(t)) != 0;

            count += allowed != (d.reason[t] <= ASSENT_REASON_LAST_ALLOWED);
        }
        count += (d.allowed & ~policy.offered) != 0;
        count += (d.allowed & E) == 0;
        count += in.now.trust == ASSENT_CLOCK_NONE && d.allowed != E;
    }
    CHECK_INT(count, 0);
}

TEST(names_are_those_of_the_interfaces)
{
    CHECK(strcmp(assent_decision_reason_name(ASSENT_REASON_GPC), "gpc") == 0);
    CHECK(strcmp(assent_decision_reason_name(ASSENT_REASON_FAILED), "failed") == 0);
    CHECK(strcmp(assent_decision_reason_name((enum assent_reason)99), "unknown") == 0);
    CHECK(strcmp(assent_consent_tier_name(ASSENT_TIER_ADVERTISING), "advertising") == 0);
    CHECK(strcmp(assent_consent_choice_name(ASSENT_CHOICE_WITHDRAWN), "withdrawn") == 0);
    CHECK(strcmp(assent_consent_regime_name(ASSENT_REGIME_UK), "uk") == 0);
}

TEST_MAIN(CASE(every_regime_choice_and_signal_decides_as_its_rule_says),
          CASE(a_tier_that_is_not_offered_is_never_allowed),
          CASE(a_choice_holds_to_its_last_second_and_then_is_asked_for_again),
          CASE(an_opt_out_that_has_grown_old_is_no_opt_in),
          CASE(a_lapsed_grant_is_not_replaced_by_the_opt_out_default),
          CASE(only_the_tier_that_changed_materially_is_asked_about_again),
          CASE(a_tier_added_later_is_undecided_and_neither_refused_nor_granted),
          CASE(fewer_rights_need_consent_where_the_policy_promised_so),
          CASE(minors_and_those_who_do_not_say_get_essential_only),
          CASE(gpc_can_stand_for_a_refusal_so_that_nobody_is_asked),
          CASE(without_a_clock_nothing_optional_passes_and_nobody_is_asked),
          CASE(a_choice_from_the_future_counts_only_for_a_clock_that_may_be_late),
          CASE(the_record_decides_over_an_older_token),
          CASE(a_refusal_without_subject_needs_no_record),
          CASE(allowed_tiers_and_reasons_agree_over_the_whole_input_space),
          CASE(names_are_those_of_the_interfaces))
