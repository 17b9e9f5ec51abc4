/* SPDX-License-Identifier: MIT */
#include "http/signal_json.h"

#include "core/error.h"
#include "tests/unit/test.h"

TEST(the_support_resource_names_the_day)
{
    static const struct {
        uint64_t updated_s;
        const char *body;
    } rows[] = {
        {0, "{\"gpc\":true,\"lastUpdate\":\"1970-01-01\"}"},
        {UINT64_C(1800000000), "{\"gpc\":true,\"lastUpdate\":\"2027-01-15\"}"},
        {UINT64_C(1709251199), "{\"gpc\":true,\"lastUpdate\":\"2024-02-29\"}"},
        {UINT64_MAX, "{\"gpc\":true,\"lastUpdate\":\"9999-12-31\"}"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t text[64];
        struct assent_writer w = assent_writer(text, sizeof(text));

        assent_signal_json_gpc(&w, rows[i].updated_s);
        CHECK_SPAN(assent_writer_span(&w), rows[i].body);
        w = assent_writer(text, strlen(rows[i].body) - 1);
        assent_signal_json_gpc(&w, rows[i].updated_s);
        CHECK_INT(assent_writer_result(&w), ASSENT_ERR_SPACE);
    }
}

#define MODE(ads, statistics)                                                                      \
    "{\"ad_storage\":\"" ads "\",\"ad_user_data\":\"" ads "\",\"ad_personalization\":\"" ads       \
    "\",\"analytics_storage\":\"" statistics "\",\"functionality_storage\":\"granted\","           \
    "\"personalization_storage\":\"" ads "\",\"security_storage\":\"granted\"}"

TEST(consent_mode_follows_the_tiers)
{
    static const struct {
        unsigned allowed;
        const char *expected;
    } rows[] = {
        {0, MODE("denied", "denied")},
        {ASSENT_TIERS_ESSENTIAL, MODE("denied", "denied")},
        {ASSENT_TIERS_ESSENTIAL | ASSENT_TIER_BIT(ASSENT_TIER_ANALYTICS),
         MODE("denied", "granted")},
        {ASSENT_TIERS_ESSENTIAL | ASSENT_TIER_BIT(ASSENT_TIER_ADVERTISING),
         MODE("granted", "denied")},
        {ASSENT_TIERS_ESSENTIAL | ASSENT_TIERS_OPTIONAL, MODE("granted", "granted")},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t text[256];
        struct assent_writer w = assent_writer(text, sizeof(text));

        assent_signal_json_consent_mode(&w, (uint8_t)rows[i].allowed);
        CHECK_SPAN(assent_writer_span(&w), rows[i].expected);
    }
}

TEST_MAIN(CASE(the_support_resource_names_the_day), CASE(consent_mode_follows_the_tiers))
