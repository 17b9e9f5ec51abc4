/* SPDX-License-Identifier: MIT */
#include "http/signal_json.h"

#include "core/consent_json.h"
#include "core/date.h"
#include "core/words.h"

void assent_signal_json_gpc(struct assent_writer *w, uint64_t updated_s)
{
    assent_writer_text(w, "{\"gpc\":true,\"lastUpdate\":\"");
    assent_date_write_day(w, updated_s);
    assent_writer_text(w, "\"}");
}

void assent_signal_json_consent_mode(struct assent_writer *w, uint8_t allowed)
{
    static const char signals[] = "ad_storage\0"
                                  "ad_user_data\0"
                                  "ad_personalization\0"
                                  "analytics_storage\0"
                                  "functionality_storage\0"
                                  "personalization_storage\0"
                                  "security_storage\0";
    static const uint8_t tiers[] = {
        ASSENT_TIER_ADVERTISING, ASSENT_TIER_ADVERTISING, ASSENT_TIER_ADVERTISING,
        ASSENT_TIER_ANALYTICS,   ASSENT_TIER_ESSENTIAL,   ASSENT_TIER_ADVERTISING,
        ASSENT_TIER_ESSENTIAL,
    };

    allowed |= ASSENT_TIERS_ESSENTIAL;
    assent_consent_json_open(w, '{');
    for (unsigned i = 0; i < sizeof(tiers); i++) {
        bool granted = (allowed & ASSENT_TIER_BIT(tiers[i])) != 0;

        assent_consent_json_name(w, assent_words_at(signals, i));
        assent_consent_json_word(w, granted ? "granted" : "denied");
    }
    assent_writer_byte(w, '}');
}
