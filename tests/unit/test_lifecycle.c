/* SPDX-License-Identifier: MIT */
#include "tests/unit/lifecycle_case.h"

/* ---- give ---- */

TEST(a_first_grant_makes_a_subject_and_a_record)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_lifecycle_outcome out = choose(NULL, ANALYTICS, ADVERTISING, &context);

    CHECK_INT(out.action, ASSENT_LIFECYCLE_STORE);
    CHECK_INT(out.event, ASSENT_AUDIT_GIVEN);
    CHECK(out.changed);
    CHECK(out.consent.has_subject);
    CHECK(memcmp(out.consent.subject, fresh, sizeof(fresh)) == 0);
    CHECK_CHOICES(out.consent, G, R);
    CHECK_INT(out.consent.sequence, 1);
    CHECK_INT(out.consent.changed_s, NOW);
    CHECK_INT(out.consent.trust, ASSENT_CLOCK_SYNCED);
    CHECK_INT(out.consent.valid_days, 180);
    CHECK_INT(out.consent.revision, 3);
    CHECK_INT(out.consent.rights, policy.rights);
    CHECK_INT(out.consent.fingerprint[ASSENT_TIER_ANALYTICS], 0xA1);
    CHECK_INT(out.consent.fingerprint[ASSENT_TIER_ADVERTISING], 0xA2);
}

TEST(the_record_keeps_what_was_shown_and_how_it_was_answered)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_record r = choose(NULL, BOTH, 0, &context).record;

    CHECK_INT(r.given_s, NOW);
    CHECK_INT(r.given_revision, 3);
    CHECK_INT(r.given_method, ASSENT_METHOD_SAVE);
    CHECK_INT(r.method, ASSENT_METHOD_SAVE);
    CHECK_INT(r.site, 4);
    CHECK_INT(r.regime, ASSENT_REGIME_UK);
    CHECK(memcmp(r.notice, notice, sizeof(notice)) == 0);
    CHECK(memcmp(r.document, document, sizeof(document)) == 0);
    CHECK(memcmp(r.language, "de\0\0\0\0\0\0", 8) == 0);
}

TEST(a_long_language_tag_is_cut_at_a_subtag)
{
    static const struct {
        const char *tag;
        char kept[9];
    } rows[] = {
        {"", ""},
        {"zh-Hant", "zh-Hant"},
        {"de-CH-19", "de-CH-19"},
        {"zh-Hant-TW", "zh-Hant"},
        {"sr-Latn-RS", "sr-Latn"},
        {"de-CH-1996", "de-CH"},
        {"de-CH-1996-x-private", "de-CH"},
        {"abcdefgh-DE", "abcdefgh"},
        {"abcdefghi", ""},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_lifecycle_context context = at_notice();
        struct assent_lifecycle_outcome out;

        context.language = assent_span(rows[i].tag, strlen(rows[i].tag));
        out = choose(NULL, BOTH, 0, &context);
        CHECK_ROW(rows[i].tag, memcmp(out.record.language, rows[i].kept, 8) == 0);
    }
}

TEST(a_new_grant_leaves_nothing_of_the_language_before)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_record old;

    context.language = ASSENT_SPAN("zh-Hant");
    old = choose(NULL, ANALYTICS, ADVERTISING, &context).record;
    context.language = ASSENT_SPAN("de");
    CHECK(memcmp(choose(&old, BOTH, 0, &context).record.language, "de\0\0\0\0\0\0", 8) == 0);
}

TEST(a_language_that_is_no_tag_is_refused)
{
    struct assent_lifecycle_context context = at_notice();

    context.language = ASSENT_SPAN("d\"e");
    CHECK_INT(error_of(NULL, BOTH, 0, &context), ASSENT_ERR_RANGE);
}

TEST(a_refusal_makes_neither_subject_nor_record)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_lifecycle_outcome out = choose(NULL, 0, BOTH, &context);
    static const uint8_t nobody[ASSENT_SUBJECT_BYTES];

    CHECK_INT(out.action, ASSENT_LIFECYCLE_LEAVE);
    CHECK_INT(out.event, ASSENT_AUDIT_REFUSED);
    CHECK(!out.consent.has_subject);
    CHECK(memcmp(out.consent.subject, nobody, sizeof(nobody)) == 0);
    CHECK_CHOICES(out.consent, R, R);
    CHECK_INT(out.consent.sequence, 0);
    CHECK_INT(out.consent.valid_days, 200);
}

TEST(a_subject_is_not_used_up_by_a_refusal)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_record refused = choose(NULL, 0, BOTH, &context).record;
    struct assent_lifecycle_outcome out = choose(&refused, ANALYTICS, 0, &context);

    CHECK(out.consent.has_subject);
    CHECK_INT(out.consent.sequence, 1);
    CHECK_INT(out.event, ASSENT_AUDIT_GIVEN);
    CHECK_CHOICES(out.consent, G, R);
}

TEST(what_is_known_of_nobody_is_the_consent_alone)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_record refused = choose(NULL, 0, BOTH, &context).record;
    struct assent_lifecycle_outcome out;

    refused.consent.sequence = 7;
    refused.given_s = 8;
    refused.given_method = ASSENT_METHOD_ACCEPT;
    out = choose(&refused, 0, BOTH, &context);
    CHECK(!out.changed);
    CHECK_INT(out.consent.sequence, 0);
    CHECK_INT(out.record.given_s, 0);
    CHECK_INT(out.record.given_method, ASSENT_METHOD_NONE);
}

TEST(a_grant_without_randomness_is_an_error)
{
    struct assent_lifecycle_context context = at_notice();

    context.fresh_subject = NULL;
    CHECK_INT(error_of(NULL, ANALYTICS, 0, &context), ASSENT_ERR_ENTROPY);
    CHECK_INT(error_of(NULL, 0, BOTH, &context), ASSENT_OK);
}

TEST(a_tier_that_is_not_offered_is_never_granted)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_lifecycle_outcome out;

    policy.offered = ASSENT_TIERS_ESSENTIAL | ANALYTICS;
    out = choose(NULL, BOTH, 0, &context);
    CHECK_CHOICES(out.consent, G, U);
    out = choose(NULL, 0, BOTH, &context);
    CHECK_CHOICES(out.consent, R, U);
    out = choose(NULL, ADVERTISING, 0, &context);
    CHECK_CHOICES(out.consent, U, U);
    CHECK(!out.consent.has_subject);
}

TEST(a_tier_that_is_no_longer_offered_becomes_undecided)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_record both = choose(NULL, BOTH, 0, &context).record;

    policy.offered = ASSENT_TIERS_ESSENTIAL | ANALYTICS;
    CHECK_CHOICES(choose(&both, ANALYTICS, 0, &context).consent, G, U);
}

TEST(under_a_minimum_age_a_grant_needs_the_age_confirmed)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_lifecycle_outcome out;

    policy.minimum_age = 16;
    CHECK_INT(error_of(NULL, ANALYTICS, ADVERTISING, &context), ASSENT_ERR_FORBIDDEN);
    out = choose(NULL, 0, BOTH, &context);
    CHECK_INT(out.consent.flags, 0);
    context.age_confirmed = true;
    out = choose(NULL, ANALYTICS, ADVERTISING, &context);
    CHECK_INT(out.consent.flags, ASSENT_CONSENT_AGE_CONFIRMED);
}

TEST(an_age_once_confirmed_holds_for_the_revision_it_was_said_to)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_record old;

    policy.minimum_age = 16;
    context.age_confirmed = true;
    old = choose(NULL, ANALYTICS, ADVERTISING, &context).record;
    context.age_confirmed = false;
    CHECK_INT(choose(&old, BOTH, 0, &context).consent.flags, ASSENT_CONSENT_AGE_CONFIRMED);
    policy.revision = 4;
    policy.minimum_age = 18;
    CHECK_INT(error_of(&old, BOTH, 0, &context), ASSENT_ERR_FORBIDDEN);
    CHECK_INT(withdraw(&old, &context).consent.flags, 0);
}

TEST(without_a_clock_nothing_is_granted_and_everything_refused)
{
    struct assent_lifecycle_context context = at_notice();
    struct assent_record granted = choose(NULL, BOTH, 0, &context).record;
    struct assent_lifecycle_outcome out;

    context.now = (struct assent_time){17, ASSENT_CLOCK_NONE};
    CHECK_INT(error_of(NULL, ANALYTICS, 0, &context), ASSENT_ERR_CLOCK);
    CHECK_INT(choose(NULL, 0, BOTH, &context).consent.trust, ASSENT_CLOCK_NONE);
    out = withdraw(&granted, &context);
    CHECK_CHOICES(out.consent, W, W);
    CHECK_INT(out.consent.trust, ASSENT_CLOCK_NONE);
    CHECK_INT(out.consent.changed_s, NOW);
}

TEST(only_a_visitors_own_act_can_grant)
{
    static const bool grants[ASSENT_METHODS + 1] = {
        [ASSENT_METHOD_ACCEPT] = true,      [ASSENT_METHOD_SAVE] = true,
        [ASSENT_METHOD_PREFERENCES] = true, [ASSENT_METHOD_API] = true,
        [ASSENT_METHOD_IMPORT] = true, /* an act elsewhere, with its proof */
    };

    for (unsigned method = 0; method <= ASSENT_METHODS; method++) {
        struct assent_lifecycle_context context = at_notice();
        bool known = method != ASSENT_METHOD_NONE && method < ASSENT_METHODS;

        context.method = (uint8_t)method;
        CHECK_INT(error_of(NULL, ANALYTICS, 0, &context),
                  grants[method] ? ASSENT_OK : ASSENT_ERR_RANGE);
        CHECK_INT(error_of(NULL, 0, BOTH, &context), known ? ASSENT_OK : ASSENT_ERR_RANGE);
    }
}

TEST(a_grant_needs_the_hashes_of_what_was_shown)
{
    struct assent_lifecycle_context context = at_notice();

    context.notice = NULL;
    CHECK_INT(error_of(NULL, ANALYTICS, 0, &context), ASSENT_ERR_RANGE);
    CHECK_INT(error_of(NULL, 0, BOTH, &context), ASSENT_OK);
    context = at_notice();
    context.document = NULL;
    CHECK_INT(error_of(NULL, ANALYTICS, 0, &context), ASSENT_ERR_RANGE);
}

TEST(sets_that_make_no_sense_are_refused)
{
    struct assent_lifecycle_context context = at_notice();

    CHECK_INT(error_of(NULL, ANALYTICS, ANALYTICS, &context), ASSENT_ERR_RANGE);
    CHECK_INT(error_of(NULL, ASSENT_TIERS_ESSENTIAL, 0, &context), ASSENT_ERR_RANGE);
    CHECK_INT(error_of(NULL, 0, 0x80, &context), ASSENT_ERR_RANGE);
}

TEST(fields_that_no_format_can_hold_are_refused)
{
    struct assent_lifecycle_context context = at_notice();

    context.now.unix_s = UINT64_C(1) << 40;
    CHECK_INT(error_of(NULL, ANALYTICS, 0, &context), ASSENT_ERR_RANGE);
    context = at_notice();
    policy.refusal_days = 396;
    CHECK_INT(error_of(NULL, 0, BOTH, &context), ASSENT_ERR_RANGE);
    context = at_notice();
    policy.grant_days = 0;
    CHECK_INT(error_of(NULL, BOTH, 0, &context), ASSENT_ERR_RANGE);
}

TEST(a_choice_on_a_shared_terminal_says_so_and_holds_a_day)
{
    struct assent_lifecycle_context context = at_notice();

    context.kiosk = true;
    CHECK_INT(choose(NULL, BOTH, 0, &context).consent.flags, ASSENT_CONSENT_KIOSK);
    CHECK_INT(choose(NULL, BOTH, 0, &context).consent.valid_days, 1);
    CHECK_INT(choose(NULL, 0, BOTH, &context).consent.valid_days, 1);
}

/* ---- every path ---- */

/* From every state of two tiers, by every answer: what comes out is valid, a grant is only where one
 * was asked for or there before, and repeating the answer changes nothing. */
TEST(every_answer_to_every_state_leads_to_a_valid_state)
{
    for (unsigned state = 0; state < 16; state++) {
        for (unsigned answer = 0; answer < 9; answer++) {
            struct assent_lifecycle_context context = at_notice();
            struct assent_record old = choose(NULL, BOTH, 0, &context).record;
            const unsigned words[2] = {answer % 3, answer / 3}; /* nothing, yes, no */
            uint8_t grant =
                (uint8_t)((words[0] == 1 ? ANALYTICS : 0) | (words[1] == 1 ? ADVERTISING : 0));
            uint8_t refuse =
                (uint8_t)((words[0] == 2 ? ANALYTICS : 0) | (words[1] == 2 ? ADVERTISING : 0));
            struct assent_lifecycle_outcome out;
            uint8_t bytes[ASSENT_RECORD_BYTES];

            old.consent.choice[1] = (uint8_t)(state & 3);
            old.consent.choice[2] = (uint8_t)(state >> 2);
            out = choose(&old, grant, refuse, &context);
            CHECK_INT(assent_record_encode(&out.record, bytes), ASSENT_OK);
            for (unsigned t = 1; t < ASSENT_TIER_COUNT; t++) {
                uint8_t before = old.consent.choice[t];
                uint8_t after = out.consent.choice[t];
                uint8_t expected = words[t - 1] == 1            ? G
                                   : words[t - 1] == 0          ? before
                                   : before == G || before == W ? W
                                                                : R;

                CHECK_INT(after, expected);
            }
            CHECK(!choose(&out.record, grant, refuse, &context).changed);
        }
    }
}

TEST_MAIN(
    CASE(a_first_grant_makes_a_subject_and_a_record),
    CASE(the_record_keeps_what_was_shown_and_how_it_was_answered),
    CASE(a_long_language_tag_is_cut_at_a_subtag),
    CASE(a_new_grant_leaves_nothing_of_the_language_before),
    CASE(a_language_that_is_no_tag_is_refused), CASE(a_refusal_makes_neither_subject_nor_record),
    CASE(a_subject_is_not_used_up_by_a_refusal), CASE(what_is_known_of_nobody_is_the_consent_alone),
    CASE(a_grant_without_randomness_is_an_error), CASE(a_tier_that_is_not_offered_is_never_granted),
    CASE(a_tier_that_is_no_longer_offered_becomes_undecided),
    CASE(under_a_minimum_age_a_grant_needs_the_age_confirmed),
    CASE(an_age_once_confirmed_holds_for_the_revision_it_was_said_to),
    CASE(without_a_clock_nothing_is_granted_and_everything_refused),
    CASE(only_a_visitors_own_act_can_grant), CASE(a_grant_needs_the_hashes_of_what_was_shown),
    CASE(sets_that_make_no_sense_are_refused), CASE(fields_that_no_format_can_hold_are_refused),
    CASE(a_choice_on_a_shared_terminal_says_so_and_holds_a_day),
    CASE(every_answer_to_every_state_leads_to_a_valid_state))
