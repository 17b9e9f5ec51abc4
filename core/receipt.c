/* SPDX-License-Identifier: MIT */
#include "core/receipt.h"

#include "core/audit.h"
#include "core/bytes.h"
#include "core/consent_json.h"
#include "core/error.h"
#include "core/words.h"

#define DAY_S       UINT64_C(86400)
#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

int assent_receipt_id(const struct assent_crypto *crypto, const uint8_t key[ASSENT_SHA256_BYTES],
                      const struct assent_consent *consent, uint8_t id[ASSENT_RECEIPT_ID_BYTES])
{
    uint8_t sequence[4];
    uint8_t mac[ASSENT_SHA256_BYTES];
    const struct assent_span parts[] = {ASSENT_SPAN("assent receipt v1"),
                                        assent_span(consent->subject, ASSENT_SUBJECT_BYTES),
                                        assent_span(sequence, sizeof(sequence))};

    if (!consent->has_subject) {
        return ASSENT_ERR_NOT_FOUND;
    }
    assent_bytes_store32(sequence, consent->sequence);
    if (crypto->hmac(crypto->ctx, key, parts, 3, mac) != ASSENT_OK) {
        return ASSENT_ERR_CRYPTO;
    }
    memcpy(id, mac, ASSENT_RECEIPT_ID_BYTES);
    return ASSENT_OK;
}

static struct assent_span language_of(const struct assent_record *record)
{
    const uint8_t *end = memchr(record->language, 0, ASSENT_RECORD_LANGUAGE_BYTES);

    return assent_span(record->language, end == NULL ? ASSENT_RECORD_LANGUAGE_BYTES
                                                     : (size_t)(end - record->language));
}

/* What is found out before anything is written. */
struct facts {
    struct assent_span language; /* of the notice that was shown */
    uint64_t valid_until_s;
    /* The event being written. */
    const char *state;
    uint64_t time_s;
    uint8_t method;
};

/* Where the members of a receipt come from. */
enum { RECEIPT, ID, HEAD, RECORD, POLICY, CONTROLLER, FACTS, BASES };

#define AS_IS(text)                                                                                \
    {                                                                                              \
        text, ASSENT_CONSENT_JSON_AS_IS, RECEIPT, 0, 0                                             \
    }
#define OF_RECEIPT(name, kind, field)                                                              \
    ASSENT_CONSENT_JSON_MEMBER(name, kind, RECEIPT, struct assent_receipt, field)
#define OF_RECORD(name, kind, field)                                                               \
    ASSENT_CONSENT_JSON_MEMBER(name, kind, RECORD, struct assent_record, field)
#define OF_POLICY(name, kind, field)                                                               \
    ASSENT_CONSENT_JSON_MEMBER(name, kind, POLICY, struct assent_policy, field)
#define OF_CONTROLLER(name, field)                                                                 \
    ASSENT_CONSENT_JSON_MEMBER(name, OPTIONAL, CONTROLLER, struct assent_policy_controller, field)
#define OF_FACTS(name, kind, field)                                                                \
    ASSENT_CONSENT_JSON_MEMBER(name, kind, FACTS, struct facts, field)

static const struct assent_consent_json_member before_lists[] = {
    AS_IS("{\"header\":{\"schema_version\":\"assent-receipt-1\",\"profile\":\"ISO/IEC TS 27560\""),
    {"receipt_id", ASSENT_CONSENT_JSON_HEX, ID, 0, ASSENT_RECEIPT_ID_BYTES},
    OF_RECEIPT("created", DATE, now.unix_s),
    OF_RECEIPT("clock", CLOCK, now.trust),
    {"record_id", ASSENT_CONSENT_JSON_HEX, ID, 0, ASSENT_RECEIPT_ID_BYTES},
    OF_RECORD("pii_principal_id", HEX, consent.subject),
    {"audit_head", ASSENT_CONSENT_JSON_HEX, HEAD, 0, ASSENT_AUDIT_HEAD_BYTES},
    AS_IS("},\"processing\":{"),
    OF_RECEIPT("site", TEXT, site),
    OF_RECEIPT("privacy_notice", OPTIONAL, policy_url),
    OF_RECORD("notice_hash", HEX, notice),
    OF_RECORD("policy_document_hash", HEX, document),
    OF_RECORD("policy_revision", NUMBER, given_revision),
    OF_POLICY("described_by_revision", NUMBER, revision),
    OF_FACTS("language", OPTIONAL, language),
    OF_RECORD("jurisdiction", REGIME, regime),
};

static const struct assent_consent_json_member behind_lists[] = {
    AS_IS(",\"storage_location\":\"the device that serves the site\""),
    OF_POLICY("retention", DAYS, retention_days),
    OF_RECEIPT("withdrawal_method", OPTIONAL, withdraw_url),
    AS_IS("},\"parties\":[{"),
    OF_CONTROLLER("id", id),
    AS_IS(",\"role\":\"controller\""),
    OF_CONTROLLER("name", name),
    OF_CONTROLLER("address", address),
    OF_CONTROLLER("contact", mail),
    OF_CONTROLLER("web", web),
    OF_CONTROLLER("data_protection_officer", dpo),
    AS_IS("}],\"events\":["),
};

static const struct assent_consent_json_member event[] = {
    AS_IS("{\"consent_type\":\"expressed\""), OF_FACTS("state", LITERAL, state),
    OF_FACTS("method", METHOD, method),       OF_RECORD("entity_id", HEX, consent.subject),
    OF_FACTS("time", DATE, time_s),
};

/* What else there is to the last event. */
static const struct assent_consent_json_member last_event[] = {
    OF_RECORD("clock", CLOCK, consent.trust),
    OF_RECORD("choices", CHOICES, consent.choice),
    OF_RECORD("flags", FLAGS, consent.flags),
    OF_RECORD("sequence", NUMBER, consent.sequence),
    OF_RECORD("validity", DAYS, consent.valid_days),
    OF_FACTS("valid_until", DATE, valid_until_s),
    AS_IS("}]}"),
};

/* ---- lists ---- */

static void write_purposes(struct assent_writer *w, const struct assent_receipt *r,
                           unsigned language)
{
    enum { PURPOSE, CHOICE };
#define OF_PURPOSE(name, kind, field)                                                              \
    ASSENT_CONSENT_JSON_MEMBER(name, kind, PURPOSE, struct assent_policy_purpose, field)
    static const struct assent_consent_json_member members[] = {
        OF_PURPOSE("id", OPTIONAL, id),
        OF_PURPOSE("title", OPTIONAL, title),
        OF_PURPOSE("description", OPTIONAL, text),
        OF_PURPOSE("tier", TIER, tier),
        {"choice", ASSENT_CONSENT_JSON_CHOICE, CHOICE, 0, 1},
        AS_IS("}"),
    };
    struct assent_policy_purpose purpose;

    assent_writer_text(w, ",\"purposes\":[");
    for (unsigned i = 0;
         assent_policy_purpose(r->policy, i, language, &purpose) == ASSENT_OK && w->error == 0;
         i++) {
        const void *const bases[] = {&purpose, &r->record->consent.choice[purpose.tier]};

        if (purpose.tier != ASSENT_TIER_ESSENTIAL) { /* that needs no consent: nobody was asked */
            assent_consent_json_open(w, '{');
            assent_consent_json_members(w, members, COUNT(members), bases);
        }
    }
}

static void write_pii_types(struct assent_writer *w, const struct assent_policy *policy)
{
    struct assent_policy_technology technology;
    uint8_t written = 0; /* kinds, one bit each */

    assent_writer_text(w, "],\"pii_types\":[\"cookie_identifier\"");
    for (unsigned i = 0; assent_policy_technology(policy, i, 0, &technology) == ASSENT_OK; i++) {
        if ((written >> technology.kind & 1) == 0) {
            /* In the order of enum assent_policy_technology_kind. */
            assent_consent_json_word(w, assent_words_at("web_beacon\0"
                                                        "advertising_id\0"
                                                        "unique_id\0"
                                                        "server_log\0"
                                                        "link_tracking\0"
                                                        "app_log\0",
                                                        technology.kind));
        }
        written |= (uint8_t)(1U << technology.kind);
    }
}

static void write_recipients(struct assent_writer *w, const struct assent_policy *policy,
                             unsigned language)
{
#define OF_RECIPIENT(name, field)                                                                  \
    ASSENT_CONSENT_JSON_MEMBER(name, OPTIONAL, 0, struct assent_policy_recipient, field)
    static const struct assent_consent_json_member members[] = {
        OF_RECIPIENT("id", id),
        OF_RECIPIENT("name", name),
        OF_RECIPIENT("description", text),
        OF_RECIPIENT("policy_url", url),
        AS_IS("}"),
    };
    struct assent_policy_recipient recipient;
    const void *const bases[] = {&recipient};

    assent_writer_text(w, ",\"recipients\":[");
    for (unsigned i = 0;
         assent_policy_recipient(policy, i, language, &recipient) == ASSENT_OK && w->error == 0;
         i++) {
        assent_consent_json_open(w, '{');
        assent_consent_json_members(w, members, COUNT(members), bases);
    }
}

static void write_lists(struct assent_writer *w, const struct assent_receipt *r,
                        struct assent_span tag, struct assent_span controller)
{
    unsigned language = assent_policy_language(r->policy, tag);

    write_purposes(w, r, language);
    write_pii_types(w, r->policy);
    assent_writer_text(w, "],\"controllers\":[");
    assent_writer_json(w, controller);
    assent_writer_byte(w, ']');
    write_recipients(w, r->policy, language);
    assent_writer_text(w, "],\"rights\":");
    /* In the order of the bits of ASSENT_RIGHT_*. */
    assent_consent_json_set(w,
                            "access\0"
                            "rectification\0"
                            "erasure\0"
                            "restriction\0"
                            "portability\0"
                            "objection\0"
                            "withdrawal\0"
                            "complaint\0"
                            "opt_out\0",
                            r->record->consent.rights & ASSENT_RIGHTS);
}

/* ---- the whole ---- */

/* The state of the consent as a whole, by ISO/IEC TS 27560. */
static const char *state_of(const struct assent_consent *c, bool over)
{
    uint8_t seen = 0; /* choices, one bit each */

    for (unsigned t = ASSENT_TIER_ANALYTICS; t < ASSENT_TIER_COUNT; t++) {
        seen |= (uint8_t)(1U << c->choice[t]);
    }
    if ((seen & 1U << ASSENT_CHOICE_GRANTED) != 0) {
        return over ? "expired" : "given";
    }
    if ((seen & 1U << ASSENT_CHOICE_WITHDRAWN) != 0) {
        return "withdrawn";
    }
    return (seen & 1U << ASSENT_CHOICE_REFUSED) != 0 ? "refused" : "expired";
}

void assent_receipt_write(struct assent_writer *w, const struct assent_receipt *receipt)
{
    const struct assent_record *record = receipt->record;
    const struct assent_consent *c = &record->consent;
    struct assent_policy_controller controller;
    struct facts facts;
    const void *const bases[BASES] = {
        [RECEIPT] = receipt, [ID] = receipt->id,         [HEAD] = receipt->head,
        [RECORD] = record,   [POLICY] = receipt->policy, [CONTROLLER] = &controller,
        [FACTS] = &facts,
    };

    if (!assent_record_valid(record)) {
        assent_writer_fail(w, ASSENT_ERR_RANGE);
        return;
    }
    assent_policy_controller(receipt->policy, &controller);
    facts.language = language_of(record);
    facts.valid_until_s = c->changed_s + c->valid_days * DAY_S;
    assent_consent_json_members(w, before_lists, COUNT(before_lists), bases);
    write_lists(w, receipt, facts.language, controller.id);
    assent_consent_json_members(w, behind_lists, COUNT(behind_lists), bases);
    if (record->given_s != c->changed_s || record->given_method != record->method) {
        facts.state = "given";
        facts.time_s = record->given_s;
        facts.method = record->given_method;
        assent_consent_json_members(w, event, COUNT(event), bases);
        assent_writer_text(w, "},");
    }
    facts.state = state_of(c, receipt->now.trust != ASSENT_CLOCK_NONE &&
                                  receipt->now.unix_s >= facts.valid_until_s);
    facts.time_s = c->changed_s;
    facts.method = record->method;
    assent_consent_json_members(w, event, COUNT(event), bases);
    assent_consent_json_members(w, last_event, COUNT(last_event), bases);
}

void assent_receipt_write_export(struct assent_writer *w, const struct assent_receipt *receipt,
                                 struct assent_span history)
{
    uint8_t record[ASSENT_RECORD_BYTES];

    if (assent_record_encode(receipt->record, record) != ASSENT_OK) {
        assent_writer_fail(w, ASSENT_ERR_RANGE);
        return;
    }
    assent_writer_text(w, "{\"receipt\":");
    assent_receipt_write(w, receipt);
    assent_consent_json_name(w, "record");
    assent_consent_json_hex(w, record, sizeof(record));
    assent_writer_text(w, ",\"history\":[");
    if (history.len % ASSENT_AUDIT_ENTRY_BYTES != 0) {
        assent_writer_fail(w, ASSENT_ERR_CORRUPT);
    }
    for (size_t at = 0; at < history.len && w->error == ASSENT_OK; at += ASSENT_AUDIT_ENTRY_BYTES) {
        assent_audit_write_json(w, history.ptr + at);
    }
    assent_writer_text(w, "]}");
}
