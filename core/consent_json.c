/* SPDX-License-Identifier: MIT */
#include "core/consent_json.h"

#include "core/date.h"

void assent_consent_json_word(struct assent_writer *w, const char *word)
{
    assent_writer_byte(w, '"');
    assent_writer_text(w, word);
    assent_writer_byte(w, '"');
}

void assent_consent_json_choices(struct assent_writer *w, const uint8_t choice[ASSENT_TIER_COUNT])
{
    assent_writer_text(w, "{\"analytics\":");
    assent_consent_json_word(
        w, assent_consent_choice_name((enum assent_choice)choice[ASSENT_TIER_ANALYTICS]));
    assent_writer_text(w, ",\"advertising\":");
    assent_consent_json_word(
        w, assent_consent_choice_name((enum assent_choice)choice[ASSENT_TIER_ADVERTISING]));
    assent_writer_byte(w, '}');
}

void assent_consent_json_flags(struct assent_writer *w, uint8_t flags)
{
    /* In the order of the bits of ASSENT_CONSENT_FLAGS. */
    static const char *const names[] = {"age_confirmed", "gpc_present", "restricted", "objected",
                                        "kiosk"};
    uint8_t separator = '[';

    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if ((flags >> i & 1) != 0) {
            assent_writer_byte(w, separator);
            assent_consent_json_word(w, names[i]);
            separator = ',';
        }
    }
    assent_writer_text(w, separator == '[' ? "[]" : "]");
}

void assent_consent_json_date(struct assent_writer *w, uint64_t unix_s)
{
    assent_writer_byte(w, '"');
    assent_date_write_rfc3339(w, unix_s);
    assent_writer_byte(w, '"');
}

void assent_consent_json_time(struct assent_writer *w, uint64_t unix_s, uint8_t trust)
{
    static const char *const names[] = {"none", "floor", "set", "synced"};

    assent_consent_json_date(w, unix_s);
    assent_writer_text(w, ",\"clock\":");
    assent_consent_json_word(w, trust <= ASSENT_CLOCK_SYNCED ? names[trust] : "unknown");
}

void assent_consent_json_hex(struct assent_writer *w, const uint8_t *bytes, size_t len)
{
    assent_writer_byte(w, '"');
    assent_writer_hex(w, assent_span(bytes, len));
    assent_writer_byte(w, '"');
}
