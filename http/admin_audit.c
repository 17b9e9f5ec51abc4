/* SPDX-License-Identifier: MIT */
/* The audit log for programs: page by page, and all of it as lines that `assent audit verify` takes. */
#include "http/admin_part.h"

#include "core/consent_json.h"

enum { PAGE_ENTRIES = 50, PAGE_ENTRIES_MAX = 100 };

static struct assent_audit_log *log_of(const struct assent_admin_exchange *x)
{
    return x->admin->app->consents->audit;
}

/* The next entry before x->last; false at the end. */
static bool next_entry(struct assent_admin_exchange *x, uint8_t entry[ASSENT_AUDIT_ENTRY_BYTES])
{
    return x->next < x->last && assent_audit_log_next(log_of(x), &x->next, entry) == ASSENT_OK &&
           x->next <= x->last;
}

/* ---- a page ---- */

static bool list_entry(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    uint8_t entry[ASSENT_AUDIT_ENTRY_BYTES];

    if (index == 0) {
        assent_writer_text(w, "{\"entries\":[");
        return true;
    }
    if (!next_entry(x, entry)) {
        return false;
    }
    assent_writer_text(w, index > 1 ? ",\n" : "\n");
    assent_audit_write_json(w, entry);
    return true;
}

static bool list_end(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    if (index > 0) {
        return false;
    }
    assent_writer_text(w, "],\"next\":");
    if (x->next < log_of(x)->chain.sequence) {
        assent_writer_decimal(w, x->next);
    } else {
        assent_writer_text(w, "null");
    }
    assent_writer_text(w, ",\"total\":");
    assent_writer_decimal(w, log_of(x)->chain.sequence);
    assent_writer_text(w, "}\n");
    return true;
}

void assent_admin_audit_list(struct assent_admin_exchange *x, struct assent_engine *engine)
{
    static assent_admin_part *const parts[] = {list_entry, list_end, NULL};
    struct assent_audit_chain start = {.sequence = 0};
    uint32_t count;

    if (!assent_admin_number(engine, "from", 0, &x->next) ||
        !assent_admin_number(engine, "count", PAGE_ENTRIES, &count) || count == 0 ||
        count > PAGE_ENTRIES_MAX) {
        assent_admin_refuse(x, engine, 400, "from is a number, count one of 1 to 100.");
        return;
    }
    (void)assent_audit_log_start(log_of(x), &start);
    x->next = x->next > start.sequence ? x->next : start.sequence;
    x->last = x->next < UINT32_MAX - count ? x->next + count : UINT32_MAX;
    assent_admin_start(x, engine, 200, "application/json", NULL, parts);
}

/* ---- all of it ---- */

static bool export_entry(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    struct assent_audit_chain start = {.epoch = 0};
    uint8_t entry[ASSENT_AUDIT_ENTRY_BYTES];

    if (index == 0) {
        (void)assent_audit_log_start(log_of(x), &start);
        assent_writer_text(w, "{\"log\":\"assent audit\",\"version\":1,\"sequence\":");
        assent_writer_decimal(w, start.sequence);
        assent_writer_text(w, ",\"epoch\":");
        assent_writer_decimal(w, start.epoch);
        assent_consent_json_name(w, "mac");
        assent_consent_json_hex(w, start.mac, sizeof(start.mac));
        assent_writer_text(w, "}\n");
        return true;
    }
    if (!next_entry(x, entry)) {
        return false;
    }
    assent_audit_write_json(w, entry);
    assent_writer_byte(w, '\n');
    return true;
}

/* Sealed now: entries that came while the others were sent are no fault to a verifier, and missing
 * ones are, so the head is that of the end that was sent. */
static bool export_head(struct assent_admin_exchange *x, struct assent_writer *w, unsigned index)
{
    uint8_t head[ASSENT_AUDIT_HEAD_BYTES];

    if (index > 0 || x->last != log_of(x)->chain.sequence ||
        assent_audit_log_head(log_of(x), assent_admin_now(x->admin), head) != ASSENT_OK ||
        x->last != log_of(x)->chain.sequence) {
        return false;
    }
    assent_writer_text(w, "{");
    assent_consent_json_name(w, "head");
    assent_consent_json_hex(w, head, sizeof(head));
    assent_writer_text(w, "}\n");
    return true;
}

void assent_admin_audit_export(struct assent_admin_exchange *x, struct assent_engine *engine)
{
    static assent_admin_part *const parts[] = {export_entry, export_head, NULL};
    uint8_t head[ASSENT_AUDIT_HEAD_BYTES];

    /* What a power cut left is finished first, so that the end is firm. */
    (void)assent_audit_log_head(log_of(x), assent_admin_now(x->admin), head);
    x->next = 0;
    x->last = log_of(x)->chain.sequence;
    assent_admin_start(x, engine, 200, "application/x-ndjson", "audit.jsonl", parts);
}
