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

TEST(dates_words_and_bytes_are_strings)
{
    static const uint8_t bytes[] = {0x0A, 0xFF};

    start();
    assent_consent_json_open(&out, '[');
    assent_consent_json_date(&out, 0);
    assent_consent_json_word(&out, "given");
    assent_consent_json_hex(&out, bytes, sizeof(bytes));
    CHECK_SPAN(assent_writer_span(&out), "[\"1970-01-01T00:00:00Z\",\"given\",\"0aff\"");
}

TEST(a_comma_comes_behind_a_value_and_nowhere_else)
{
    static const struct {
        const char *before;
        const char *expected;
    } rows[] = {
        {"", "\"x\":"},
        {"{", "{\"x\":"},
        {"[", "[\"x\":"},
        {"1:", "1:\"x\":"},
        {"\n", "\n\"x\":"},
        {"(", "(\"x\":"},
        {"\"a\"", "\"a\",\"x\":"},
        {"{}", "{},\"x\":"},
        {"[]", "[],\"x\":"},
        {"10", "10,\"x\":"},
        {"null", "null,\"x\":"},
        {"false", "false,\"x\":"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        start();
        assent_writer_text(&out, rows[i].before);
        assent_consent_json_name(&out, "x");
        CHECK_SPAN(assent_writer_span(&out), rows[i].expected);
    }
}

TEST(each_kind_of_member_is_written_in_its_way)
{
    const struct values {
        struct assent_span text;
        struct assent_span nothing;
        const char *literal;
        uint64_t date_s;
        uint32_t wide;
        uint16_t days;
        uint8_t narrow;
        uint8_t hex[2];
        uint8_t flags;
        uint8_t choices[ASSENT_TIER_COUNT];
        enum assent_tier tier;
        uint8_t past_the_end;
    } values = {.text = ASSENT_SPAN("a\"b"),
                .literal = "word",
                .date_s = UINT64_C(1800000000),
                .wide = UINT32_MAX,
                .days = 30,
                .narrow = 3,
                .hex = {0x0A, 0xFF},
                .flags = ASSENT_CONSENT_KIOSK,
                .choices = {0, ASSENT_CHOICE_GRANTED, ASSENT_CHOICE_REFUSED},
                .tier = ASSENT_TIER_ADVERTISING,
                .past_the_end = 99};
#define ROW(kind, field) ASSENT_CONSENT_JSON_MEMBER("m", kind, 0, struct values, field)
    static const struct {
        struct assent_consent_json_member member;
        const char *expected;
    } rows[] = {
        {{"as is", ASSENT_CONSENT_JSON_AS_IS, 0, 0, 0}, "as is"},
        {ROW(TEXT, text), "\"m\":\"a\\\"b\""},
        {ROW(TEXT, nothing), "\"m\":\"\""},
        {ROW(OPTIONAL, text), "\"m\":\"a\\\"b\""},
        {ROW(OPTIONAL, nothing), ""},
        {ROW(LITERAL, literal), "\"m\":\"word\""},
        {ROW(HEX, hex), "\"m\":\"0aff\""},
        {ROW(NUMBER, wide), "\"m\":4294967295"},
        {ROW(NUMBER, days), "\"m\":30"},
        {ROW(NUMBER, narrow), "\"m\":3"},
        {ROW(NUMBER, date_s), "\"m\":1800000000"},
        {ROW(DAYS, days), "\"m\":\"P30D\""},
        {ROW(DATE, date_s), "\"m\":\"2027-01-15T08:00:00Z\""},
        {ROW(CLOCK, narrow), "\"m\":\"synced\""},
        {ROW(TIER, tier), "\"m\":\"advertising\""},
        {ROW(CHOICE, narrow), "\"m\":\"withdrawn\""},
        {ROW(REGIME, choices[1]), "\"m\":\"uk\""},
        {ROW(METHOD, narrow), "\"m\":\"save\""},
        {ROW(EVENT, narrow), "\"m\":\"consent_withdrawn\""},
        {ROW(EVENT, past_the_end), "\"m\":\"unknown\""},
        {ROW(CHOICES, choices), "\"m\":{\"analytics\":\"granted\",\"advertising\":\"refused\"}"},
        {ROW(FLAGS, flags), "\"m\":[\"kiosk\"]"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const void *bases[] = {&values};

        start();
        assent_consent_json_members(&out, &rows[i].member, 1, bases);
        CHECK_SPAN(assent_writer_span(&out), rows[i].expected);
        bases[0] = NULL;
        start();
        assent_consent_json_members(&out, &rows[i].member, 1, bases);
        CHECK_SPAN(assent_writer_span(&out), "");
    }
}

TEST_MAIN(CASE(each_choice_has_its_word), CASE(flags_are_a_list_of_those_that_are_set),
          CASE(dates_words_and_bytes_are_strings),
          CASE(a_comma_comes_behind_a_value_and_nowhere_else),
          CASE(each_kind_of_member_is_written_in_its_way))
