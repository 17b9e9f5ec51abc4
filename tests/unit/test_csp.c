/* SPDX-License-Identifier: MIT */
#include "core/csp.h"

#include "core/error.h"
#include "tests/unit/policy_file.h"
#include "tests/unit/test.h"

#define OWN  "-src 'self' data: blob:"
#define CODE " 'unsafe-inline' 'unsafe-eval'"

static uint8_t bytes[POLICY_FILE_BYTES];

static const struct {
    const char *name;
    unsigned allowed;
    const char *value;
} rows[] = {
    {"essential", ASSENT_TIERS_ESSENTIAL, "default" OWN CODE},
    {"analytics", ASSENT_TIERS_ESSENTIAL | ASSENT_TIER_BIT(ASSENT_TIER_ANALYTICS),
     "default" OWN CODE "; img" OWN " stats.example:8443"},
    {"advertising", ASSENT_TIERS_ESSENTIAL | ASSENT_TIER_BIT(ASSENT_TIER_ADVERTISING),
     "default" OWN CODE "; script" OWN CODE " *.ads.example; frame" OWN " *.ads.example"},
    {"all", ASSENT_TIERS_ESSENTIAL | ASSENT_TIERS_OPTIONAL,
     "default" OWN CODE "; script" OWN CODE " *.ads.example; img" OWN
     " stats.example:8443; frame" OWN " *.ads.example"},
    {"nothing at all", 0, "default" OWN CODE},
};

TEST(hosts_stand_in_the_directives_of_their_uses_once_their_tier_is_allowed)
{
    struct assent_policy policy;

    CHECK(policy_file_open("samples/sample", bytes, &policy));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t text[512];
        struct assent_writer w = assent_writer(text, sizeof(text));

        assent_csp_write(&w, &policy, (uint8_t)rows[i].allowed);
        CHECK_SPAN_ROW(rows[i].name, assent_writer_span(&w), rows[i].value);
    }
}

TEST(a_value_that_does_not_fit_is_an_error_at_every_length)
{
    struct assent_policy policy;
    const char *value = rows[3].value;

    CHECK(policy_file_open("samples/sample", bytes, &policy));
    for (size_t room = 0; room < strlen(value); room++) {
        uint8_t text[512];
        struct assent_writer w = assent_writer(text, room);

        assent_csp_write(&w, &policy, ASSENT_TIERS_ESSENTIAL | ASSENT_TIERS_OPTIONAL);
        CHECK_INT(assent_writer_result(&w), ASSENT_ERR_SPACE);
    }
}

TEST_MAIN(CASE(hosts_stand_in_the_directives_of_their_uses_once_their_tier_is_allowed),
          CASE(a_value_that_does_not_fit_is_an_error_at_every_length))
