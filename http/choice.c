/* SPDX-License-Identifier: MIT */
/* From what a visitor asks for to record, token and decision. */
#include "http/choice.h"

#include "core/bytes.h"
#include "core/lifecycle.h"
#include "http/notice.h"

#define DAY_S UINT64_C(86400)

enum {
    GRANT_RESERVE = 4 /* changes that first grants leave to others, of those in sum */
};

int assent_choice_record(struct assent_visit *visit)
{
    const struct assent_consent *consent = &visit->gate.consent;
    int error;

    visit->has_record = false;
    if (!visit->gate.has_consent || !consent->has_subject || visit->app->consents == NULL) {
        return ASSENT_OK;
    }
    error = assent_consents_find(visit->app->consents, consent->subject, &visit->record);
    visit->has_record = error == ASSENT_OK;
    return error == ASSENT_ERR_NOT_FOUND ? ASSENT_OK : error;
}

/* What was known before: the record, or what a token without subject says, or NULL. A subject whose
 * record is gone is nobody. */
static int known(struct assent_visit *visit, const struct assent_record **old)
{
    int error = assent_choice_record(visit);

    *old = visit->has_record ? &visit->record : NULL;
    if (visit->gate.has_consent && !visit->gate.consent.has_subject) {
        visit->record = (struct assent_record){.consent = visit->gate.consent};
        *old = &visit->record;
    }
    return error;
}

/* First 128 bits of the digest of the document that the policy was made from, in the language shown or
 * else the first; without documents that of the image. */
static void hash_document(const struct assent_visit *visit, uint8_t out[ASSENT_HASH_BYTES])
{
    const struct assent_policy *policy = &visit->site->policy;
    struct assent_span tag = assent_policy_tag(policy, visit->language);
    struct assent_span digest = assent_policy_digest(policy);
    struct assent_policy_document document;

    for (unsigned i = 0; assent_policy_document(policy, i, &document) == ASSENT_OK; i++) {
        if (i == 0 || assent_span_equal_nocase(document.tag, tag)) {
            digest = document.digest;
        }
    }
    memcpy(out, digest.ptr, ASSENT_HASH_BYTES);
}

static int decide(const struct assent_visit *visit, const struct assent_choice_ask *ask,
                  const struct assent_record *old, struct assent_lifecycle_outcome *out)
{
    uint8_t notice[ASSENT_HASH_BYTES];
    uint8_t document[ASSENT_HASH_BYTES];
    uint8_t subject[ASSENT_SUBJECT_BYTES];
    const struct assent_app *app = visit->app;
    struct assent_lifecycle_context context = {
        .policy = &visit->site->policy,
        .now = visit->gate.now,
        .site = visit->site->number,
        .method = ask->method,
        .gpc = visit->gate.gpc,
        .age_confirmed = ask->age_confirmed,
        .kiosk = visit->kiosk != ASSENT_KIOSK_OFF,
        .language = assent_policy_tag(&visit->site->policy, visit->language),
    };

    if (ask->erase) {
        return assent_lifecycle_erase(old, &context, out);
    }
    if (ask->flag != 0) {
        return assent_lifecycle_flag(old, ask->flag, ask->on, &context, out);
    }
    if (ask->grant != 0) {
        struct assent_wording wording = assent_notice_wording(visit);
        int error = assent_notice_hash(&wording, app->crypto, notice);

        if (error != ASSENT_OK) {
            return error;
        }
        hash_document(visit, document);
        context.notice = notice;
        context.document = document;
        if (app->entropy->random(app->entropy->ctx, subject, sizeof(subject)) == ASSENT_OK) {
            context.fresh_subject = subject;
        }
    }
    return assent_lifecycle_choose(old, ask->grant, ask->refuse, &context, out);
}

/* What takes consent away is not limited: it needs a grant before it. */
static bool is_limited(const struct assent_visit *visit, const struct assent_choice_ask *ask,
                       const struct assent_lifecycle_outcome *outcome)
{
    struct assent_app *app = visit->app;
    bool takes_away = ask->erase || (ask->flag == 0 && ask->grant == 0);
    uint32_t now_ms = app->clock->uptime_ms(app->clock->ctx);

    return outcome->action != ASSENT_LIFECYCLE_LEAVE && !takes_away &&
           assent_limit_take(&app->choices, visit->request.peer,
                             visit->has_record ? 0 : GRANT_RESERVE, now_ms) > 0;
}

/* How long the browser is to keep the token. Where a no counts even when it has grown old (DEC-4), the
 * token stays as long as any cookie may. */
static uint16_t token_days(const struct assent_visit *visit, const struct assent_consent *consent)
{
    const struct assent_policy *policy = &visit->site->policy;

    if (visit->kiosk != ASSENT_KIOSK_OFF) {
        return 0;
    }
    return policy->regime != ASSENT_REGIME_EU && policy->cookie_days > consent->valid_days
               ? policy->cookie_days
               : consent->valid_days;
}

/* From now on this is the visitor's choice. */
static int adopt(struct assent_visit *visit, const struct assent_consent *consent)
{
    struct assent_decision_input input = {
        .policy = &visit->site->policy,
        .token = consent,
        .record_state = ASSENT_RECORD_NOT_READ,
        .now = visit->gate.now,
        .gpc = visit->gate.gpc,
    };
    struct assent_token_keys room;
    const struct assent_token_keys *keys = assent_kiosk_keys(visit, &room);
    int len = keys == NULL ? ASSENT_ERR_CRYPTO
                           : assent_token_mint(keys, visit->app->crypto, consent, visit->token);

    assent_bytes_wipe(&room, sizeof(room));
    if (len < 0) {
        return len;
    }
    visit->token_len = (uint8_t)len;
    visit->token_days = token_days(visit, consent);
    visit->gate.consent = *consent;
    visit->gate.has_consent = true;
    visit->gate.expire_all = true;
    assent_decision_make(&input, &visit->gate.decision);
    return ASSENT_OK;
}

/* APP-4: a refusal that needs no store. */
static int refuse_without_record(struct assent_visit *visit)
{
    struct assent_lifecycle_context context = {.policy = &visit->site->policy,
                                               .now = visit->gate.now,
                                               .site = visit->site->number,
                                               .method = ASSENT_METHOD_REJECT,
                                               .gpc = visit->gate.gpc,
                                               .kiosk = visit->kiosk != ASSENT_KIOSK_OFF};
    struct assent_lifecycle_outcome outcome;
    int error = assent_lifecycle_withdraw(NULL, &context, &outcome);

    return error != ASSENT_OK ? error : adopt(visit, &outcome.consent);
}

static int apply(struct assent_visit *visit, const struct assent_choice_ask *ask)
{
    struct assent_lifecycle_outcome outcome;
    const struct assent_record *old;
    int error = known(visit, &old);

    if (error == ASSENT_OK) {
        error = decide(visit, ask, old, &outcome);
    }
    if (error == ASSENT_OK && is_limited(visit, ask, &outcome)) {
        error = ASSENT_ERR_LIMIT;
    }
    if (error == ASSENT_OK && (outcome.changed || outcome.action != ASSENT_LIFECYCLE_LEAVE)) {
        error = assent_consents_apply(visit->app->consents, visit->site->number, &outcome,
                                      visit->gate.now);
    }
    if (error != ASSENT_OK) {
        return error;
    }
    visit->record = outcome.record;
    visit->has_record =
        outcome.record.consent.has_subject && outcome.action != ASSENT_LIFECYCLE_DELETE;
    return adopt(visit, &outcome.consent);
}

int assent_choice_apply(struct assent_visit *visit, const struct assent_choice_ask *ask)
{
    int error = apply(visit, ask);

    if (error != ASSENT_OK && ask->grant == 0 && ask->flag == 0 && !ask->erase) {
        const struct assent_log *log = visit->app->log;

        if (log != NULL) {
            log->line(log->ctx, ASSENT_LOG_WARNING, "refusal_without_record", (uint32_t)-error);
        }
        error = refuse_without_record(visit);
    }
    return error;
}

int assent_choice_undo(struct assent_visit *visit, struct assent_span token)
{
    struct assent_choice_ask ask = {.erase = true, .method = ASSENT_METHOD_TIME};
    struct assent_lifecycle_outcome outcome;
    uint8_t entry[ASSENT_AUDIT_ENTRY_BYTES];
    uint32_t sequence = 0;
    struct assent_consent consent;
    struct assent_token_keys room;
    const struct assent_token_keys *keys = assent_kiosk_keys(visit, &room);
    int error = keys == NULL ? ASSENT_ERR_CRYPTO
                             : assent_token_verify(keys, visit->app->crypto, token, &consent);

    assent_bytes_wipe(&room, sizeof(room));
    if (error != ASSENT_OK || !consent.has_subject) {
        return error;
    }
    /* A grant whose token came back has its entry in the audit log. */
    if (assent_consents_history(visit->app->consents, consent.subject, &sequence, entry) !=
        ASSENT_ERR_NOT_FOUND) {
        return ASSENT_ERR_STATE;
    }
    error = assent_consents_find(visit->app->consents, consent.subject, &visit->record);
    if (error == ASSENT_OK) {
        error = decide(visit, &ask, &visit->record, &outcome);
    }
    return error != ASSENT_OK ? error
                              : assent_consents_apply(visit->app->consents, visit->site->number,
                                                      &outcome, visit->gate.now);
}

uint64_t assent_choice_until_s(const struct assent_visit *visit)
{
    const struct assent_consent *consent = &visit->gate.consent;

    return visit->gate.has_consent ? consent->changed_s + consent->valid_days * DAY_S : 0;
}
