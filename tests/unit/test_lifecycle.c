/* SPDX-License-Identifier: MIT */
#include "core/lifecycle.h"

#include "core/decision.h"
#include "core/error.h"
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
static struct assent_lifecycle_context at_notice(void)
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
static struct assent_lifecycle_outcome choose(const struct assent_record *old, unsigned grant,
                                              unsigned refuse,
                                              const struct assent_lifecycle_context *context)
{
    struct assent_lifecycle_outcome out = {0};

    CHECK_INT(assent_lifecycle_choose(old, (uint8_t)grant, (uint8_t)refuse, context, &out),
              ASSENT_OK);
    return out;
}

static int error_of(const struct assent_record *old, unsigned grant, unsigned refuse,
                    const struct assent_lifecycle_context *context)
{
    struct assent_lifecycle_outcome out;

    return assent_lifecycle_choose(old, (uint8_t)grant, (uint8_t)refuse, context, &out);
}

static struct assent_lifecycle_outcome withdraw(const struct assent_record *old,
                                                const struct assent_lifecycle_context *context)
{
    struct assent_lifecycle_outcome out = {0};

    CHECK_INT(assent_lifecycle_withdraw(old, context, &out), ASSENT_OK);
    return out;
}

static struct assent_lifecycle_outcome flag(const struct assent_record *old, unsigned which,
                                            bool on, const struct assent_lifecycle_context *context)
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
    CASE(tiers_are_chosen_independently), CASE(a_change_keeps_the_subject_it_has),
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
    CASE(a_grant_that_had_lapsed_is_refused_not_withdrawn),
    CASE(restricting_and_objecting_leave_the_choices_as_they_are),
    CASE(restriction_and_objection_outlast_a_new_choice), CASE(objecting_needs_no_subject),
    CASE(an_objection_in_an_old_refusal_is_remembered_for_its_full_time),
    CASE(lifting_what_was_never_there_changes_nothing), CASE(other_flags_cannot_be_asked_for),
    CASE(erasing_leaves_a_refusal_of_nobody), CASE(erasing_what_is_not_held_deletes_nothing),
    CASE(erasing_works_without_a_clock), CASE(time_does_three_things_to_a_record),
    CASE(a_clock_set_back_makes_nothing_due), CASE(expiring_undoes_grants_and_nothing_else),
    CASE(past_retention_the_record_is_deleted), CASE(only_a_stored_record_expires),
    CASE(a_lapsed_grant_is_allowed_in_no_regime_and_asked_about_in_each),
    CASE(every_answer_to_every_state_leads_to_a_valid_state))
