/* SPDX-License-Identifier: MIT */
/* What a visitor may have: the receipt of the choice, everything that is held. Who asks again and again is
 * slowed, and then declined where the policy says so. */
#include "core/receipt.h"
#include "http/api.h"
#include "http/choice.h"
#include "http/page.h"

enum { FREE_REQUESTS = 5 /* within ASSENT_CONSENTS_REQUEST_DAYS */ };

static int write_receipt(const struct assent_visit *visit, struct assent_writer *w, bool all)
{
    uint8_t id[ASSENT_RECEIPT_ID_BYTES];
    uint8_t url[sizeof(ASSENT_APP_PREFIX "policy/") + 10];
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
    struct assent_policies_image image;
    struct assent_policy given;
    int error =
        assent_receipt_id(visit->app->crypto, visit->site->receipt_key, &visit->record.consent, id);

    if (error != ASSENT_OK) {
        return error;
    }
    /* In the words that were agreed to, where they are still kept. */
    if (visit->record.given_revision != receipt.policy->revision &&
        assent_archive_open(visit->app->archive, visit->site->number, visit->record.given_revision,
                            visit->app->text, &given, &image) == ASSENT_OK) {
        receipt.policy = &given;
    }
    assent_writer_text(&path, ASSENT_APP_PREFIX "policy/");
    assent_writer_decimal(&path, visit->record.given_revision);
    receipt.policy_url = assent_writer_span(&path);
    if (all) {
        assent_receipt_write_export(w, &receipt, assent_span(NULL, 0));
    } else {
        assent_receipt_write(w, &receipt);
    }
    return w->error;
}

static int write_one(const struct assent_visit *visit, struct assent_writer *w)
{
    return write_receipt(visit, w, false);
}

/* Everything that is held, however much it is: first what is not history, then one audit entry at a time,
 * then the end. The place is 1 and the sequence that the search goes on from. */
static bool write_next(const struct assent_visit *visit, struct assent_writer *w, uint32_t *next)
{
    uint8_t entry[ASSENT_AUDIT_ENTRY_BYTES];
    uint32_t sequence = *next - 1;
    bool first = sequence == 0;

    if (*next == 0) {
        w->error = write_receipt(visit, w, true);
        w->len -= w->len > 2 ? 2 : 0; /* "]}" */
        *next = 1;
        return true;
    }
    if (*next == UINT32_MAX) {
        return false;
    }
    if (assent_consents_history(visit->app->consents, visit->record.consent.subject, &sequence,
                                entry) != ASSENT_OK) {
        assent_writer_text(w, "]}\n");
        *next = UINT32_MAX;
        return true;
    }
    /* A value that follows another one begins with a comma: what it follows is cut off again. */
    assent_writer_byte(w, first ? '[' : '}');
    assent_audit_write_json(w, entry);
    if (w->error == ASSENT_OK) {
        w->len--;
        memmove(w->ptr, w->ptr + 1, w->len);
    }
    *next = sequence + 1;
    return true;
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
    if (all) {
        assent_page_stream(visit, response, "application/json", write_next, "consent-export.json");
    } else {
        assent_page_document(visit, response, "application/json", write_one,
                             "consent-receipt.json");
    }
}
