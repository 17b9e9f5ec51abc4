/* SPDX-License-Identifier: MIT */
#include "core/consent_json.h"

#include "core/audit.h"
#include "core/date.h"
#include "core/record.h"
#include "core/words.h"

void assent_consent_json_open(struct assent_writer *w, uint8_t bracket)
{
    uint8_t last = w->len > 0 ? w->ptr[w->len - 1] | 0x20 : ' '; /* makes '}' of ']' */

    if (last == '"' || last == '}' || (uint8_t)(last - 'a') < 26 || (uint8_t)(last - '0') < 10) {
        assent_writer_byte(w, ',');
    }
    assent_writer_byte(w, bracket);
}

void assent_consent_json_word(struct assent_writer *w, const char *word)
{
    assent_consent_json_open(w, '"');
    assent_writer_text(w, word);
    assent_writer_byte(w, '"');
}

void assent_consent_json_name(struct assent_writer *w, const char *name)
{
    assent_consent_json_word(w, name);
    assent_writer_byte(w, ':');
}

void assent_consent_json_hex(struct assent_writer *w, const uint8_t *bytes, size_t len)
{
    assent_consent_json_open(w, '"');
    assent_writer_hex(w, assent_span(bytes, len));
    assent_writer_byte(w, '"');
}

void assent_consent_json_date(struct assent_writer *w, uint64_t unix_s)
{
    assent_consent_json_open(w, '"');
    assent_date_write_rfc3339(w, unix_s);
    assent_writer_byte(w, '"');
}

void assent_consent_json_set(struct assent_writer *w, const char *words, uint32_t set)
{
    assent_consent_json_open(w, '[');
    for (unsigned i = 0; set != 0; i++, set >>= 1) {
        if ((set & 1) != 0) {
            assent_consent_json_word(w, assent_words_at(words, i));
        }
    }
    assent_writer_byte(w, ']');
}

void assent_consent_json_flags(struct assent_writer *w, uint8_t flags)
{
    /* In the order of the bits of ASSENT_CONSENT_FLAGS. */
    assent_consent_json_set(w,
                            "age_confirmed\0"
                            "gpc_present\0"
                            "restricted\0"
                            "objected\0"
                            "kiosk\0",
                            flags & ASSENT_CONSENT_FLAGS);
}

void assent_consent_json_choices(struct assent_writer *w, const uint8_t choice[ASSENT_TIER_COUNT])
{
    assent_consent_json_open(w, '{');
    for (unsigned t = ASSENT_TIER_ANALYTICS; t < ASSENT_TIER_COUNT; t++) {
        assent_consent_json_name(w, assent_consent_tier_name((enum assent_tier)t));
        assent_consent_json_word(w, assent_consent_choice_name((enum assent_choice)choice[t]));
    }
    assent_writer_byte(w, '}');
}

/* ---- members ---- */

static uint64_t load(const void *at, unsigned bytes)
{
    switch (bytes) {
    case sizeof(uint8_t):
        return *(const uint8_t *)at;
    case sizeof(uint16_t):
        return *(const uint16_t *)at;
    case sizeof(uint32_t):
        return *(const uint32_t *)at;
    default:
        return *(const uint64_t *)at;
    }
}

static void write_value(struct assent_writer *w, const struct assent_consent_json_member *member,
                        const void *at)
{
    /* In the order of enum assent_consent_json_kind. */
    static const char *const lists[] = {assent_consent_clock_words,  assent_consent_tier_words,
                                        assent_consent_choice_words, assent_consent_regime_words,
                                        assent_record_method_words,  assent_audit_type_words};

    switch (member->kind) {
    case ASSENT_CONSENT_JSON_TEXT:
    case ASSENT_CONSENT_JSON_OPTIONAL:
        assent_writer_json(w, *(const struct assent_span *)at);
        break;
    case ASSENT_CONSENT_JSON_LITERAL:
        assent_consent_json_word(w, *(const char *const *)at);
        break;
    case ASSENT_CONSENT_JSON_HEX:
        assent_consent_json_hex(w, at, member->bytes);
        break;
    case ASSENT_CONSENT_JSON_NUMBER:
        assent_writer_decimal(w, load(at, member->bytes));
        break;
    case ASSENT_CONSENT_JSON_DAYS:
        assent_writer_text(w, "\"P");
        assent_writer_decimal(w, load(at, member->bytes));
        assent_writer_text(w, "D\"");
        break;
    case ASSENT_CONSENT_JSON_DATE:
        assent_consent_json_date(w, load(at, member->bytes));
        break;
    case ASSENT_CONSENT_JSON_CHOICES:
        assent_consent_json_choices(w, at);
        break;
    case ASSENT_CONSENT_JSON_FLAGS:
        assent_consent_json_flags(w, *(const uint8_t *)at);
        break;
    default:
        assent_consent_json_word(w, assent_words_at(lists[member->kind - ASSENT_CONSENT_JSON_CLOCK],
                                                    (unsigned)load(at, member->bytes)));
        break;
    }
}

static bool is_empty(const void *span)
{
    return ((const struct assent_span *)span)->len == 0;
}

void assent_consent_json_members(struct assent_writer *w,
                                 const struct assent_consent_json_member *members, size_t count,
                                 const void *const *bases)
{
    for (const struct assent_consent_json_member *m = members; m < members + count; m++) {
        const uint8_t *base = bases[m->base];

        if (base == NULL) {
            continue;
        }
        if (m->kind == ASSENT_CONSENT_JSON_AS_IS) {
            assent_writer_text(w, m->name);
        } else if (m->kind != ASSENT_CONSENT_JSON_OPTIONAL || !is_empty(base + m->at)) {
            assent_consent_json_name(w, m->name);
            write_value(w, m, base + m->at);
        }
    }
}
