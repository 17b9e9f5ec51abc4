/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_CONSENT_JSON_H
#define ASSENT_CORE_CONSENT_JSON_H

#include <stddef.h>
#include <stdint.h>

#include "core/consent.h"
#include "core/writer.h"

/* Consent as JSON, the same wherever it is written. Commas come by themselves: each of these functions
 * writes one first if what stands before is the end of a value: '"', '}', ']', a digit or a letter. */

/* '{', '[' or '"', with which a value starts. */
void assent_consent_json_open(struct assent_writer *w, uint8_t bracket);

/* "name": with its colon. */
void assent_consent_json_name(struct assent_writer *w, const char *name);

/* A NUL-terminated text of the program itself, which needs no escaping. */
void assent_consent_json_word(struct assent_writer *w, const char *word);

/* Bytes as a string of lower-case hexadecimal. */
void assent_consent_json_hex(struct assent_writer *w, const uint8_t *bytes, size_t len);

/* A time in UTC: "2026-01-15T12:00:00Z". */
void assent_consent_json_date(struct assent_writer *w, uint64_t unix_s);

/* The same and, as the next member, how far it can be believed: "2026-01-15T12:00:00Z","clock":"synced". */
static inline void assent_consent_json_time(struct assent_writer *w, uint64_t unix_s, uint8_t trust)
{
    assent_consent_json_date(w, unix_s);
    assent_consent_json_name(w, "clock");
    assent_consent_json_word(w, assent_consent_clock_name((enum assent_clock_trust)trust));
}

/* A set as a list of words: word i of the list (core/words.h) for each bit i. */
void assent_consent_json_set(struct assent_writer *w, const char *words, uint32_t set);

/* {"analytics":"granted","advertising":"refused"} */
void assent_consent_json_choices(struct assent_writer *w, const uint8_t choice[ASSENT_TIER_COUNT]);

/* ["age_confirmed","gpc_present","restricted","objected","kiosk"], those of flags that are set. */
void assent_consent_json_flags(struct assent_writer *w, uint8_t flags);

/* How a value stands in memory and how it is written. */
enum assent_consent_json_kind {
    ASSENT_CONSENT_JSON_AS_IS,    /* no value: name is written as it stands */
    ASSENT_CONSENT_JSON_TEXT,     /* struct assent_span */
    ASSENT_CONSENT_JSON_OPTIONAL, /* struct assent_span; the member is left out if it is empty */
    ASSENT_CONSENT_JSON_LITERAL,  /* const char *: a word of the program */
    ASSENT_CONSENT_JSON_HEX,      /* bytes */
    ASSENT_CONSENT_JSON_NUMBER,   /* an unsigned integer */
    ASSENT_CONSENT_JSON_DAYS,     /* the same, as a duration of ISO 8601: "P30D" */
    ASSENT_CONSENT_JSON_DATE,     /* uint64_t, seconds since 1970 */
    ASSENT_CONSENT_JSON_CLOCK,    /* enum assent_clock_trust, as this or a smaller integer */
    ASSENT_CONSENT_JSON_TIER,     /* enum assent_tier, likewise */
    ASSENT_CONSENT_JSON_CHOICE,   /* enum assent_choice, likewise */
    ASSENT_CONSENT_JSON_REGIME,   /* enum assent_regime, likewise */
    ASSENT_CONSENT_JSON_METHOD,   /* enum assent_record_method, likewise */
    ASSENT_CONSENT_JSON_EVENT,    /* enum assent_audit_type, likewise */
    ASSENT_CONSENT_JSON_CHOICES,  /* uint8_t[ASSENT_TIER_COUNT] */
    ASSENT_CONSENT_JSON_FLAGS     /* uint8_t, ASSENT_CONSENT_* */
};

/* One member of an object: its name and where its value is found. */
struct assent_consent_json_member {
    const char *name;
    uint8_t kind;  /* enum assent_consent_json_kind */
    uint8_t base;  /* which struct holds the value: an index into bases */
    uint8_t at;    /* offset of the value in it */
    uint8_t bytes; /* size of the value */
};

#define ASSENT_CONSENT_JSON_MEMBER(name, kind, base, type, field)                                  \
    {                                                                                              \
        name, ASSENT_CONSENT_JSON_##kind, base, offsetof(type, field),                             \
            sizeof(((const type *)0)->field)                                                       \
    }

/* Write members, without the braces around them.
 *   bases  the structs that rows refer to; a member whose base is NULL is left out */
void assent_consent_json_members(struct assent_writer *w,
                                 const struct assent_consent_json_member *members, size_t count,
                                 const void *const *bases);

#endif
