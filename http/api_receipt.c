/* SPDX-License-Identifier: MIT */
/* What a visitor may have: the receipt of the choice, everything that is held. Who asks again and again is
 * slowed, and then declined where the policy says so. */
#include "core/receipt.h"
#include "http/api.h"
#include "http/choice.h"
#include "http/page.h"

enum {
    FREE_REQUESTS = 5, /* within ASSENT_CONSENTS_REQUEST_DAYS */
    HISTORY_ENTRIES = 16
};

/* The last entries about the subject, oldest first.
 *   return  bytes */
static size_t read_history(const struct assent_visit *visit,
                           uint8_t out[HISTORY_ENTRIES * ASSENT_AUDIT_ENTRY_BYTES])
{
    uint8_t entry[ASSENT_AUDIT_ENTRY_BYTES];
    uint32_t sequence = 0;
    size_t len = 0;

    while (assent_consents_history(visit->app->consents, visit->record.consent.subject, &sequence,
                                   entry) == ASSENT_OK) {
        if (len == HISTORY_ENTRIES * sizeof(entry)) {
            len -= sizeof(entry);
            memmove(out, out + sizeof(entry), len);
        }
        memcpy(out + len, entry, sizeof(entry));
        len += sizeof(entry);
    }
    return len;
}

static int write_receipt(const struct assent_visit *visit, struct assent_writer *w, bool all)
{
    uint8_t id[ASSENT_RECEIPT_ID_BYTES];
    uint8_t url[sizeof(ASSENT_APP_PREFIX "policy/") + 10];
    uint8_t history[HISTORY_ENTRIES * ASSENT_AUDIT_ENTRY_BYTES];
    struct assent_writer path = assent_writer(url, sizeof(url));
    struct assent_receipt receipt = {
        .record = &visit->record,
        .policy = &visit->site->policy,
        .id = id,
        .head = visit->has_head ? visit->head : NULL,
        .site = visit->request.host,
        .withdraw_url = ASSENT_SPAN(ASSENT_APP_PREFIX),
        .now = visit->gate.now,
    };
    int error =
        assent_receipt_id(visit->app->crypto, visit->site->receipt_key, &visit->record.consent, id);

    if (error != ASSENT_OK) {
        return error;
    }
    assent_writer_text(&path, ASSENT_APP_PREFIX "policy/");
    assent_writer_decimal(&path, visit->record.given_revision);
    receipt.policy_url = assent_writer_span(&path);
    if (all) {
        assent_receipt_write_export(w, &receipt,
                                    assent_span(history, read_history(visit, history)));
    } else {
        assent_receipt_write(w, &receipt);
    }
    return w->error;
}

static int write_one(const struct assent_visit *visit, struct assent_writer *w)
{
    return write_receipt(visit, w, false);
}

static int write_all(const struct assent_visit *visit, struct assent_writer *w)
{
    return write_receipt(visit, w, true);
}

/* Whether the request is to be served. */
static bool is_due(struct assent_visit *visit, struct assent_response *response)
{
    struct assent_app *app = visit->app;
    const uint8_t *subject = visit->record.consent.subject;
    int count = assent_consents_request(app->consents, subject, visit->gate.now);

    if (count > ASSENT_CONSENTS_REQUEST_LIMIT &&
        (visit->site->policy.flags & ASSENT_POLICY_DECLINES_REPEATS) != 0) {
        if (app->consents->counters != NULL) {
            assent_counters_add(app->consents->counters, visit->site->number,
                                ASSENT_COUNTER_DECLINED);
        }
        assent_page_preferences(visit, response, 403, ASSENT_TEXT_REQUESTS_DECLINED);
        return false;
    }
    if (count > FREE_REQUESTS &&
        assent_limit_take(&app->rights, subject, 0, app->clock->uptime_ms(app->clock->ctx)) > 0) {
        assent_page_preferences(visit, response, 429, ASSENT_TEXT_REQUESTS_SLOWED);
        return false;
    }
    return true; /* also if it could not be counted: a right does not depend on our store */
}

void assent_api_receipt(struct assent_visit *visit, struct assent_response *response, bool all)
{
    struct assent_app *app = visit->app;

    if (assent_choice_record(visit) != ASSENT_OK) {
        (void)assent_response_problem(response, 503, NULL);
        return;
    }
    if (!visit->has_record) {
        assent_page_preferences(visit, response, 404, ASSENT_TEXT_NOTHING_STORED);
        return;
    }
    if (!is_due(visit, response)) {
        return;
    }
    visit->has_head =
        assent_audit_log_head(app->consents->audit, visit->gate.now, visit->head) == ASSENT_OK;
    assent_page_document(visit, response, "application/json", all ? write_all : write_one,
                         all ? "consent-export.json" : "consent-receipt.json");
}
