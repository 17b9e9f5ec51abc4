/* SPDX-License-Identifier: MIT */
#include "core/receipt.h"

#include "core/audit.h"
#include "core/bytes.h"
#include "core/consent_json.h"
#include "core/error.h"

#define DAY_S UINT64_C(86400)

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

/* A member whose value is a text of the policy or the caller; left out if it is empty. lead is what
 * stands before the value: "\"name\":" with a comma or brace. */
static void text_member(struct assent_writer *w, const char *lead, struct assent_span text)
{
    if (text.len > 0) {
        assent_writer_text(w, lead);
        assent_writer_json(w, text);
    }
}

static void number_member(struct assent_writer *w, const char *lead, uint64_t number)
{
    assent_writer_text(w, lead);
    assent_writer_decimal(w, number);
}

static void hash_member(struct assent_writer *w, const char *lead, const uint8_t *hash)
{
    assent_writer_text(w, lead);
    assent_consent_json_hex(w, hash, ASSENT_HASH_BYTES);
}

static void word_member(struct assent_writer *w, const char *lead, const char *word)
{
    assent_writer_text(w, lead);
    assent_consent_json_word(w, word);
}

/* "," before every element of a list but the first. */
static void next_element(struct assent_writer *w, bool *first)
{
    if (!*first) {
        assent_writer_byte(w, ',');
    }
    *first = false;
}

static struct assent_span language_of(const struct assent_record *record)
{
    const uint8_t *end = memchr(record->language, 0, ASSENT_RECORD_LANGUAGE_BYTES);

    return assent_span(record->language, end == NULL ? ASSENT_RECORD_LANGUAGE_BYTES
                                                     : (size_t)(end - record->language));
}

/* ---- header ---- */

static void write_header(struct assent_writer *w, const struct assent_receipt *r)
{
    assent_writer_text(w, "{\"header\":{\"schema_version\":\"assent-receipt-1\",\"profile\":"
                          "\"ISO/IEC TS 27560\"");
    hash_member(w, ",\"receipt_id\":", r->id);
    assent_writer_text(w, ",\"created\":");
    assent_consent_json_time(w, r->now.unix_s, (uint8_t)r->now.trust);
    hash_member(w, ",\"record_id\":", r->id);
    hash_member(w, ",\"pii_principal_id\":", r->record->consent.subject);
    if (r->head != NULL) {
        assent_writer_text(w, ",\"audit_head\":");
        assent_consent_json_hex(w, r->head, ASSENT_AUDIT_HEAD_BYTES);
    }
}

/* ---- processing ---- */

static void write_purposes(struct assent_writer *w, const struct assent_receipt *r,
                           unsigned language)
{
    struct assent_policy_purpose purpose;
    bool first = true;

    assent_writer_text(w, ",\"purposes\":[");
    for (unsigned i = 0;
         assent_policy_purpose(r->policy, i, language, &purpose) == ASSENT_OK && w->error == 0;
         i++) {
        if (purpose.tier == ASSENT_TIER_ESSENTIAL) {
            continue; /* needs no consent: no part of what was asked */
        }
        next_element(w, &first);
        text_member(w, "{\"id\":", purpose.id);
        text_member(w, ",\"title\":", purpose.title);
        text_member(w, ",\"description\":", purpose.text);
        word_member(w, ",\"tier\":", assent_consent_tier_name(purpose.tier));
        word_member(w, ",\"choice\":",
                    assent_consent_choice_name(
                        (enum assent_choice)r->record->consent.choice[purpose.tier]));
        assent_writer_byte(w, '}');
    }
    assent_writer_byte(w, ']');
}

static void write_pii_types(struct assent_writer *w, const struct assent_policy *policy)
{
    static const char *const names[ASSENT_POLICY_TECHNOLOGY_KINDS] = {
        [ASSENT_POLICY_BEACON] = "web_beacon",
        [ASSENT_POLICY_ADVERTISING_ID] = "advertising_id",
        [ASSENT_POLICY_UNIQUE_ID] = "unique_id",
        [ASSENT_POLICY_SERVER_LOG] = "server_log",
        [ASSENT_POLICY_LINK_TRACKING] = "link_tracking",
        [ASSENT_POLICY_APP_LOG] = "app_log"};
    struct assent_policy_technology technology;
    uint8_t written = 0; /* kinds, one bit each */

    assent_writer_text(w, ",\"pii_types\":[\"cookie_identifier\"");
    for (unsigned i = 0; assent_policy_technology(policy, i, 0, &technology) == ASSENT_OK; i++) {
        if ((written >> technology.kind & 1) == 0) {
            word_member(w, ",", names[technology.kind]);
        }
        written |= (uint8_t)(1U << technology.kind);
    }
    assent_writer_byte(w, ']');
}

static void write_recipients(struct assent_writer *w, const struct assent_policy *policy,
                             unsigned language)
{
    struct assent_policy_recipient recipient;
    bool first = true;

    assent_writer_text(w, ",\"recipients\":[");
    for (unsigned i = 0;
         assent_policy_recipient(policy, i, language, &recipient) == ASSENT_OK && w->error == 0;
         i++) {
        next_element(w, &first);
        text_member(w, "{\"id\":", recipient.id);
        text_member(w, ",\"name\":", recipient.name);
        text_member(w, ",\"description\":", recipient.text);
        text_member(w, ",\"policy_url\":", recipient.url);
        assent_writer_byte(w, '}');
    }
    assent_writer_byte(w, ']');
}

static void write_rights(struct assent_writer *w, uint32_t rights)
{
    /* In the order of the bits of ASSENT_RIGHT_*. */
    static const char *const names[] = {"access",      "rectification", "erasure",
                                        "restriction", "portability",   "objection",
                                        "withdrawal",  "complaint",     "opt_out"};
    bool first = true;

    assent_writer_text(w, ",\"rights\":[");
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if ((rights >> i & 1) != 0) {
            next_element(w, &first);
            assent_consent_json_word(w, names[i]);
        }
    }
    assent_writer_byte(w, ']');
}

static void write_processing(struct assent_writer *w, const struct assent_receipt *r,
                             const struct assent_policy_controller *controller)
{
    const struct assent_record *record = r->record;
    struct assent_span tag = language_of(record);
    unsigned language = assent_policy_language(r->policy, tag);

    assent_writer_text(w, "},\"processing\":{\"site\":");
    assent_writer_json(w, r->site);
    text_member(w, ",\"privacy_notice\":", r->policy_url);
    hash_member(w, ",\"notice_hash\":", record->notice);
    hash_member(w, ",\"policy_document_hash\":", record->document);
    number_member(w, ",\"policy_revision\":", record->given_revision);
    number_member(w, ",\"described_by_revision\":", r->policy->revision);
    text_member(w, ",\"language\":", tag);
    word_member(
        w, ",\"jurisdiction\":", assent_consent_regime_name((enum assent_regime)record->regime));
    write_purposes(w, r, language);
    write_pii_types(w, r->policy);
    text_member(w, ",\"controllers\":[", controller->id);
    assent_writer_byte(w, ']');
    write_recipients(w, r->policy, language);
    write_rights(w, record->consent.rights);
    word_member(w, ",\"storage_location\":", "the device that serves the site");
    number_member(w, ",\"retention\":\"P", r->policy->retention_days);
    assent_writer_text(w, "D\"");
    text_member(w, ",\"withdrawal_method\":", r->withdraw_url);
}

static void write_parties(struct assent_writer *w,
                          const struct assent_policy_controller *controller)
{
    text_member(w, "},\"parties\":[{\"id\":", controller->id);
    assent_writer_text(w, ",\"role\":\"controller\"");
    text_member(w, ",\"name\":", controller->name);
    text_member(w, ",\"address\":", controller->address);
    text_member(w, ",\"contact\":", controller->mail);
    text_member(w, ",\"web\":", controller->web);
    text_member(w, ",\"data_protection_officer\":", controller->dpo);
}

/* ---- events ---- */

/* The state of the consent as a whole, by ISO/IEC TS 27560. */
static const char *state_of(const struct assent_consent *c, struct assent_time now)
{
    uint8_t seen = 0; /* choices, one bit each */
    bool over = now.trust != ASSENT_CLOCK_NONE &&
                now.unix_s >= c->changed_s + (uint64_t)c->valid_days * DAY_S;

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

/* An event up to its time, which the caller writes. */
static void start_event(struct assent_writer *w, const char *state, uint8_t method,
                        const uint8_t subject[ASSENT_SUBJECT_BYTES])
{
    word_member(w, "{\"consent_type\":", "expressed");
    word_member(w, ",\"state\":", state);
    word_member(w, ",\"method\":", assent_record_method_name((enum assent_record_method)method));
    hash_member(w, ",\"entity_id\":", subject);
    assent_writer_text(w, ",\"time\":");
}

/* The last grant, and what has become of it. */
static void write_events(struct assent_writer *w, const struct assent_receipt *r)
{
    const struct assent_record *record = r->record;
    const struct assent_consent *c = &record->consent;

    assent_writer_text(w, "}],\"events\":[");
    if (record->given_s != c->changed_s || record->given_method != record->method) {
        start_event(w, "given", record->given_method, c->subject);
        assent_consent_json_date(w, record->given_s);
        assent_writer_text(w, "},");
    }
    start_event(w, state_of(c, r->now), record->method, c->subject);
    assent_consent_json_time(w, c->changed_s, c->trust);
    assent_writer_text(w, ",\"choices\":");
    assent_consent_json_choices(w, c->choice);
    assent_writer_text(w, ",\"flags\":");
    assent_consent_json_flags(w, c->flags);
    number_member(w, ",\"sequence\":", c->sequence);
    number_member(w, ",\"validity\":\"P", c->valid_days);
    assent_writer_text(w, "D\",\"valid_until\":");
    assent_consent_json_date(w, c->changed_s + c->valid_days * DAY_S);
    assent_writer_text(w, "}]}");
}

void assent_receipt_write(struct assent_writer *w, const struct assent_receipt *receipt)
{
    struct assent_policy_controller controller;

    if (!assent_record_valid(receipt->record)) {
        assent_writer_fail(w, ASSENT_ERR_RANGE);
        return;
    }
    assent_policy_controller(receipt->policy, &controller);
    write_header(w, receipt);
    write_processing(w, receipt, &controller);
    write_parties(w, &controller);
    write_events(w, receipt);
}

void assent_receipt_write_export(struct assent_writer *w, const struct assent_receipt *receipt,
                                 struct assent_span history)
{
    uint8_t record[ASSENT_RECORD_BYTES];
    bool first = true;

    if (assent_record_encode(receipt->record, record) != ASSENT_OK) {
        assent_writer_fail(w, ASSENT_ERR_RANGE);
        return;
    }
    assent_writer_text(w, "{\"receipt\":");
    assent_receipt_write(w, receipt);
    assent_writer_text(w, ",\"record\":");
    assent_consent_json_hex(w, record, sizeof(record));
    assent_writer_text(w, ",\"history\":[");
    if (history.len % ASSENT_AUDIT_ENTRY_BYTES != 0) {
        assent_writer_fail(w, ASSENT_ERR_CORRUPT);
    }
    for (size_t at = 0; at < history.len && w->error == ASSENT_OK; at += ASSENT_AUDIT_ENTRY_BYTES) {
        next_element(w, &first);
        assent_audit_write_json(w, history.ptr + at);
    }
    assent_writer_text(w, "]}");
}
