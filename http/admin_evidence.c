/* SPDX-License-Identifier: MIT */
/* The bundle of proof: finds what belongs to a receipt, and writes it line by line under one seal. */
#include "http/admin_evidence.h"

#include "core/bytes.h"
#include "core/consent_json.h"
#include "core/receipt.h"
#include "http/field.h"
#include "http/notice.h"

enum {
    NOTICE_BYTES = 320, /* of the notice in one line */
    IMAGE_BYTES = 480   /* of the image in one line; a multiple of 3 */
};

#define NO_ENTRY UINT32_MAX

static struct assent_audit_log *log_of(const struct assent_admin_exchange *x)
{
    return x->admin->app->consents->audit;
}

/* ---- finding ---- */

static bool read_id(struct assent_span text, uint8_t id[ASSENT_RECEIPT_ID_BYTES])
{
    for (size_t i = 0; i < ASSENT_RECEIPT_ID_BYTES; i++) {
        int high = text.len == 2 * ASSENT_RECEIPT_ID_BYTES ? assent_field_hex(text.ptr[2 * i]) : -1;
        int low = high < 0 ? -1 : assent_field_hex(text.ptr[2 * i + 1]);

        if (low < 0) {
            return false;
        }
        id[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* Whether the receipt is of one of the record's last states; which is left in the work. */
static bool is_of(const struct assent_admin_exchange *x, struct assent_admin_work *work)
{
    const struct assent_app *app = x->admin->app;
    const struct assent_app_site *site = assent_app_site_of(x->admin->app, work->record.site);
    struct assent_consent consent = work->record.consent;
    uint8_t id[ASSENT_RECEIPT_ID_BYTES];

    for (unsigned i = 0; site != NULL && i < ASSENT_ADMIN_EVIDENCE_STATES && consent.sequence > 0;
         i++) {
        if (assent_receipt_id(app->crypto, site->receipt_key, &consent, id) == ASSENT_OK &&
            memcmp(id, work->id, sizeof(id)) == 0) {
            work->state_sequence = consent.sequence;
            return true;
        }
        consent.sequence--;
    }
    return false;
}

static bool find_record(const struct assent_admin_exchange *x, struct assent_admin_work *work)
{
    struct assent_consents *consents = x->admin->app->consents;
    uint64_t cursor = 0;

    while (assent_consents_next(consents, &cursor, &work->record) == ASSENT_OK) {
        if (is_of(x, work)) {
            return true;
        }
    }
    return false;
}

/* The host by which the notice gives the hash that the record holds. */
static void find_host(const struct assent_admin_exchange *x, struct assent_admin_work *work)
{
    uint8_t hash[ASSENT_HASH_BYTES];
    struct assent_wording wording = {.policy = &work->policy, .language = work->language};

    for (unsigned i = 0; (wording.host = assent_policy_site(&work->policy, i)).len > 0; i++) {
        if (assent_notice_hash(&wording, x->admin->app->crypto, hash) == ASSENT_OK &&
            memcmp(hash, work->record.notice, sizeof(hash)) == 0) {
            work->host = wording.host;
            return;
        }
    }
}

/* Open the image of the revision that was shown: in flash, or the one in force. */
static void find_policy(const struct assent_admin_exchange *x, struct assent_admin_work *work)
{
    const struct assent_admin *admin = x->admin;
    const struct assent_app_site *site = assent_app_site_of(admin->app, work->record.site);
    const uint8_t *tag = work->record.language;
    const uint8_t *end = memchr(tag, 0, sizeof(work->record.language));

    if (site->policy.revision == work->record.given_revision) {
        work->policy = site->policy;
        work->has_policy = true;
    } else {
        work->has_policy =
            assent_archive_open(admin->app->archive, site->number, work->record.given_revision,
                                admin->app->text, &work->policy, &work->image) == ASSENT_OK;
    }
    if (work->has_policy) {
        work->language = (uint8_t)assent_policy_language(
            &work->policy,
            assent_span(tag, end != NULL ? (size_t)(end - tag) : sizeof(work->record.language)));
        find_host(x, work);
    }
}

/* The first entry about the subject, and the one that put its policy in force before that. */
static void find_entries(const struct assent_admin_exchange *x, struct assent_admin_work *work)
{
    const struct assent_record *record = &work->record;
    uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES];
    struct assent_audit_entry entry;
    uint32_t sequence = 0;

    work->activation = NO_ENTRY;
    work->first = NO_ENTRY;
    if (assent_consents_history(x->admin->app->consents, record->consent.subject, &sequence,
                                bytes) == ASSENT_OK) {
        work->first = sequence - 1;
    }
    sequence = 0;
    while (assent_audit_log_next(log_of(x), &sequence, bytes) == ASSENT_OK &&
           sequence - 1 < work->first) {
        if (assent_audit_decode(bytes, &entry) == ASSENT_OK &&
            entry.type == ASSENT_AUDIT_POLICY_ACTIVATED && entry.site == record->site &&
            assent_bytes_load32(entry.detail) == record->given_revision) {
            work->activation = entry.sequence;
        }
    }
}

/* ---- lines ---- */

/* A line is complete: it counts for the seal. */
static bool line(struct assent_admin_exchange *x, struct assent_writer *w)
{
    const struct assent_crypto *crypto = x->admin->app->crypto;
    struct assent_admin_work *work = &x->admin->work;
    struct assent_span parts[2] = {assent_span(work->digest, sizeof(work->digest))};

    assent_writer_byte(w, '\n');
    parts[1] = assent_writer_span(w);
    if (crypto->sha256(crypto->ctx, parts, 2, work->digest) != ASSENT_OK) {
        assent_writer_fail(w, ASSENT_ERR_CRYPTO);
    }
    return true;
}

static void member_number(struct assent_writer *w, const char *name, uint64_t value)
{
    assent_consent_json_name(w, name);
    assent_writer_decimal(w, value);
}

static void member_hex(struct assent_writer *w, const char *name, const uint8_t *bytes, size_t len)
{
    assent_consent_json_name(w, name);
    assent_consent_json_hex(w, bytes, len);
}

static bool head_lines(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    const struct assent_admin_work *work = &x->admin->work;
    const struct assent_app_site *site = assent_app_site_of(x->admin->app, work->record.site);
    struct assent_time now = assent_admin_now(x->admin);
    struct assent_policy_controller controller;
    uint8_t record[ASSENT_RECORD_BYTES];

    if (index == 0) {
        assent_policy_controller(&site->policy, &controller);
        assent_writer_text(w, "{\"bundle\":\"assent evidence\",\"version\":1");
        member_hex(w, "receipt_id", work->id, sizeof(work->id));
        assent_consent_json_name(w, "site");
        assent_writer_json(w, controller.id);
        member_number(w, "site_number", site->number);
        assent_consent_json_name(w, "made");
        assent_consent_json_time(w, now.unix_s, (uint8_t)now.trust);
        assent_writer_byte(w, ',');
        return line(x, w);
    }
    if (index > 2) {
        return false;
    }
    if (index == 1) {
        if (assent_record_encode(&work->record, record) != ASSENT_OK) {
            assent_writer_fail(w, ASSENT_ERR_RANGE);
        }
        member_hex(w, "record", record, sizeof(record));
        member_hex(w, "salt", work->salt, sizeof(work->salt));
        member_number(w, "sequence", work->state_sequence);
    } else {
        assent_consent_json_name(w, "notice_host");
        if (work->host.len > 0) {
            assent_writer_json(w, work->host);
        } else {
            assent_writer_text(w, "null");
        }
    }
    assent_writer_byte(w, ',');
    return line(x, w);
}

/* The notice, cut between characters. x->next is how far it has come. */
static bool notice_lines(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    const struct assent_admin_work *work = &x->admin->work;
    struct assent_wording wording = {&work->policy, work->host, work->language};
    uint8_t text[NOTICE_BYTES + 1];
    struct assent_html h;
    size_t len;

    if (index == 0) {
        x->next = 0;
        assent_writer_text(w, "\"notice\":[");
        return line(x, w);
    }
    if (!work->has_policy) {
        return false;
    }
    h = assent_html(text, sizeof(text), x->next);
    assent_notice_text(&h, &wording);
    len = h.len;
    if (len > NOTICE_BYTES) {
        len = NOTICE_BYTES;
        while (len > 0 && (text[len] & 0xC0) == 0x80) {
            len--;
        }
    }
    if (len == 0) {
        return false;
    }
    assent_writer_text(w, index > 1 ? "," : "");
    assent_writer_json(w, assent_span(text, len));
    x->next += (uint32_t)len;
    return line(x, w);
}

static bool policy_lines(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    const struct assent_admin_work *work = &x->admin->work;
    size_t from = ((size_t)index - 1) * IMAGE_BYTES;

    if (index == 0) {
        assent_writer_text(w, "],\"policy_revision\":");
        assent_writer_decimal(w, work->record.given_revision);
        assent_writer_text(w, ",\"policy\":[");
        return line(x, w);
    }
    if (!work->has_policy || from >= work->policy.image.len) {
        return false;
    }
    assent_writer_text(w, index > 1 ? ",\"" : "\"");
    assent_writer_base64url(w, assent_span_slice(work->policy.image, from, from + IMAGE_BYTES));
    assent_writer_byte(w, '"');
    return line(x, w);
}

/* Where a run begins: the number and epoch of its first entry, and the MAC of the one before. */
static void write_start(const struct assent_admin_exchange *x, struct assent_writer *w,
                        uint32_t sequence)
{
    struct assent_audit_chain start = {.epoch = 0};
    uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES];
    struct assent_audit_entry entry = {.epoch = log_of(x)->chain.epoch};
    uint32_t at = sequence;

    (void)assent_audit_log_start(log_of(x), &start);
    if (sequence > start.sequence) {
        at = sequence - 1;
        if (assent_audit_log_next(log_of(x), &at, bytes) == ASSENT_OK) {
            memcpy(start.mac, bytes + ASSENT_AUDIT_BODY_BYTES, sizeof(start.mac));
        }
        at = sequence;
    }
    if (assent_audit_log_next(log_of(x), &at, bytes) == ASSENT_OK) {
        (void)assent_audit_decode(bytes, &entry);
    }
    assent_writer_text(w, "{");
    member_number(w, "sequence", sequence);
    member_number(w, "epoch", entry.epoch);
    member_hex(w, "mac", start.mac, sizeof(start.mac));
    assent_writer_text(w, "}");
}

/* The next entry of a run up to x->last. */
static bool entry_line(struct assent_admin_exchange *x, struct assent_writer *w)
{
    uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES];

    if (x->next >= x->last || assent_audit_log_next(log_of(x), &x->next, bytes) != ASSENT_OK ||
        x->next > x->last) {
        return false;
    }
    assent_writer_byte(w, ',');
    assent_audit_write_json(w, bytes);
    return line(x, w);
}

static bool activation_lines(struct assent_admin_exchange *x, struct assent_writer *w,
                             unsigned index)
{
    const struct assent_admin_work *work = &x->admin->work;

    if (index == 0) {
        assent_writer_text(w, "],\"activation\":[");
        return line(x, w);
    }
    if (work->activation == NO_ENTRY) {
        return false;
    }
    if (index == 1) {
        x->next = work->activation;
        x->last = work->activation + 1;
        write_start(x, w, work->activation);
        return line(x, w);
    }
    return entry_line(x, w);
}

static bool log_lines(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    const struct assent_admin_work *work = &x->admin->work;

    if (index == 0) {
        assent_writer_text(w, "],\"log\":[");
        return line(x, w);
    }
    if (index == 1) {
        x->next = work->first != NO_ENTRY ? work->first : work->end;
        x->last = work->end;
        write_start(x, w, x->next);
        return line(x, w);
    }
    return entry_line(x, w);
}

static bool seal_lines(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    const struct assent_admin_work *work = &x->admin->work;
    uint8_t seal[ASSENT_SHA256_BYTES];

    if (index == 0) {
        assent_writer_text(w, "]");
        member_hex(w, "head", work->head, sizeof(work->head));
        assent_writer_byte(w, ',');
        return line(x, w);
    }
    if (index > 1) {
        return false;
    }
    if (assent_audit_log_seal(log_of(x), work->digest, seal) != ASSENT_OK) {
        assent_writer_fail(w, ASSENT_ERR_CRYPTO);
    }
    member_hex(w, "seal", seal, sizeof(seal));
    assent_writer_text(w, "}\n");
    return true;
}

void assent_admin_evidence(struct assent_admin_exchange *x, struct assent_engine *engine)
{
    static assent_admin_part *const parts[] = {
        head_lines, notice_lines, policy_lines, activation_lines, log_lines, seal_lines, NULL};
    struct assent_admin_work *work = assent_admin_take_work(x, engine);
    struct assent_consents *consents = x->admin->app->consents;

    if (work == NULL) {
        return;
    }
    if (!read_id(assent_admin_query(engine, "receipt"), work->id)) {
        assent_admin_refuse(x, engine, 400, "receipt is the id of one: 32 hexadecimal digits.");
        return;
    }
    if (!find_record(x, work) ||
        assent_consents_salt(consents, work->record.consent.subject, work->salt) != ASSENT_OK) {
        assent_admin_refuse(x, engine, 404, "No record here belongs to this receipt.");
        return;
    }
    if (assent_audit_log_head(log_of(x), assent_admin_now(x->admin), work->head) != ASSENT_OK) {
        assent_admin_refuse(x, engine, 503, "The audit log cannot be sealed now.");
        return;
    }
    work->end = log_of(x)->chain.sequence;
    find_policy(x, work);
    find_entries(x, work);
    assent_admin_start(x, engine, 200, "application/json", "evidence.json", parts);
}
