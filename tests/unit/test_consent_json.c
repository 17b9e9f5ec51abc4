/* SPDX-License-Identifier: MIT */
#include "core/consent_json.h"

#include "tests/unit/test.h"

static uint8_t text[256];
static struct assent_writer out;

static void start(void)
{
    out = assent_writer(text, sizeof(text));
}

TEST(each_choice_has_its_word)
{
    const uint8_t first[ASSENT_TIER_COUNT] = {0, ASSENT_CHOICE_UNDECIDED, ASSENT_CHOICE_GRANTED};
    const uint8_t other[ASSENT_TIER_COUNT] = {0, ASSENT_CHOICE_REFUSED, ASSENT_CHOICE_WITHDRAWN};

    start();
    assent_consent_json_choices(&out, first);
    CHECK_SPAN(assent_writer_span(&out),
               "{\"analytics\":\"undecided\",\"advertising\":\"granted\"}");
    start();
    assent_consent_json_choices(&out, other);
    CHECK_SPAN(assent_writer_span(&out),
               "{\"analytics\":\"refused\",\"advertising\":\"withdrawn\"}");
}

TEST(flags_are_a_list_of_those_that_are_set)
{
    static const struct {
        unsigned flags;
        const char *expected;
    } rows[] = {
        {0, "[]"},
        {ASSENT_CONSENT_AGE_CONFIRMED, "[\"age_confirmed\"]"},
        {ASSENT_CONSENT_GPC_PRESENT, "[\"gpc_present\"]"},
        {ASSENT_CONSENT_RESTRICTED, "[\"restricted\"]"},
        {ASSENT_CONSENT_OBJECTED, "[\"objected\"]"},
        {ASSENT_CONSENT_KIOSK, "[\"kiosk\"]"},
        {ASSENT_CONSENT_RESTRICTED | ASSENT_CONSENT_KIOSK, "[\"restricted\",\"kiosk\"]"},
        {ASSENT_CONSENT_FLAGS,
         "[\"age_confirmed\",\"gpc_present\",\"restricted\",\"objected\",\"kiosk\"]"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        start();
        assent_consent_json_flags(&out, (uint8_t)rows[i].flags);
        CHECK_SPAN(assent_writer_span(&out), rows[i].expected);
    }
}

TEST(a_time_says_how_far_it_can_be_believed)
{
    static const char *const trusts[] = {"none", "floor", "set", "synced", "unknown"};

    for (unsigned trust = 0; trust < 5; trust++) {
        char expected[64];

        start();
        assent_consent_json_time(&out, UINT64_C(1800000000), (uint8_t)trust);
        snprintf(expected, sizeof(expected), "\"2027-01-15T08:00:00Z\",\"clock\":\"%s\"",
                 trusts[trust]);
        CHECK_SPAN(assent_writer_span(&out), expected);
    }
}

TEST(dates_words_and_bytes_are_strings)
{
    static const uint8_t bytes[] = {0x0A, 0xFF};

    start();
    assent_consent_json_date(&out, 0);
    assent_consent_json_word(&out, "given");
    assent_consent_json_hex(&out, bytes, sizeof(bytes));
    CHECK_SPAN(assent_writer_span(&out), "\"1970-01-01T00:00:00Z\"\"given\"\"0aff\"");
}

TEST_MAIN(CASE(each_choice_has_its_word), CASE(flags_are_a_list_of_those_that_are_set),
          CASE(a_time_says_how_far_it_can_be_believed), CASE(dates_words_and_bytes_are_strings))
