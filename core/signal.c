/* SPDX-License-Identifier: MIT */
#include "core/signal.h"

#include "core/consent_json.h"
#include "core/date.h"

bool assent_signal_gpc(struct assent_span value)
{
    return assent_span_equal(assent_span_trim(value), ASSENT_SPAN("1"));
}

void assent_signal_write_gpc(struct assent_writer *w, uint64_t updated_s)
{
    uint8_t text[20];
    struct assent_writer date = assent_writer(text, sizeof(text));

    assent_date_write_rfc3339(&date, updated_s);
    assent_writer_text(w, "{\"gpc\":true,\"lastUpdate\":\"");
    assent_writer_put(w, assent_span(text, sizeof("YYYY-MM-DD") - 1));
    assent_writer_text(w, "\"}");
}

void assent_signal_write_consent_mode(struct assent_writer *w, uint8_t allowed)
{
    static const struct {
        const char *name;
        uint8_t tier;
    } signals[] = {
        {"{\"ad_storage\":", ASSENT_TIER_ADVERTISING},
        {",\"ad_user_data\":", ASSENT_TIER_ADVERTISING},
        {",\"ad_personalization\":", ASSENT_TIER_ADVERTISING},
        {",\"analytics_storage\":", ASSENT_TIER_ANALYTICS},
        {",\"functionality_storage\":", ASSENT_TIER_ESSENTIAL},
        {",\"personalization_storage\":", ASSENT_TIER_ADVERTISING},
        {",\"security_storage\":", ASSENT_TIER_ESSENTIAL},
    };

    allowed |= ASSENT_TIERS_ESSENTIAL;
    for (unsigned i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        bool granted = (allowed & ASSENT_TIER_BIT(signals[i].tier)) != 0;

        assent_writer_text(w, signals[i].name);
        assent_consent_json_word(w, granted ? "granted" : "denied");
    }
    assent_writer_byte(w, '}');
}
