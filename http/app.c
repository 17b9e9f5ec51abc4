/* SPDX-License-Identifier: MIT */
/* The sites of a device, and the way of a request through the gate and back. */
#include "http/app.h"

#include "core/bytes.h"
#include "http/target.h"

enum {
    CHOICES_BURST = 64, /* changes of the store at once, then one a second */
    CHOICES_INTERVAL_MS = 1000,
    CHOICES_SOURCE_BURST = 32,
    CHOICES_SOURCE_INTERVAL_MS = 2000,
    RIGHTS_BURST = 32,
    RIGHTS_INTERVAL_MS = 1000,
    RIGHTS_SOURCE_BURST = 1,
    RIGHTS_SOURCE_INTERVAL_MS = 60000,
    PATH_BYTES = 256,
    TOKEN_LINE_BYTES = 192, /* Set-Cookie with the longest token */
    KIOSK_LINES_BYTES = 160 /* the mark or Clear-Site-Data, and Refresh */
};

void assent_app_init(struct assent_app *app)
{
    app->site_count = 0;
    app->choices = (struct assent_limit){.interval_ms = CHOICES_INTERVAL_MS,
                                         .source_interval_ms = CHOICES_SOURCE_INTERVAL_MS,
                                         .burst = CHOICES_BURST,
                                         .source_burst = CHOICES_SOURCE_BURST};
    app->rights = (struct assent_limit){.interval_ms = RIGHTS_INTERVAL_MS,
                                        .source_interval_ms = RIGHTS_SOURCE_INTERVAL_MS,
                                        .burst = RIGHTS_BURST,
                                        .source_burst = RIGHTS_SOURCE_BURST};
}

static int open_keys(struct assent_app *app, struct assent_app_site *site)
{
    struct assent_policy_controller controller;
    int error = assent_keys_create(app->keys, site->number);

    assent_policy_controller(&site->policy, &controller);
    site->keys.site = controller.id;
    if (error == ASSENT_OK) {
        error = assent_keys_load(app->keys, site->number, &site->keys);
    }
    if (error == ASSENT_OK) {
        error = assent_keys_secret(app->keys, ASSENT_SPAN("form"), site->number, site->form_key);
    }
    return error != ASSENT_OK ? error
                              : assent_keys_secret(app->keys, ASSENT_SPAN("receipt"), site->number,
                                                   site->receipt_key);
}

/* ctx is the records of a site, which lie in it. */
static void note_unclassified(void *ctx, const struct assent_gate_report *report)
{
    uint8_t *records = ctx;
    void *place = records - offsetof(struct assent_app_site, records);
    const struct assent_app_site *site = place;
    const struct assent_app *app = site->app;

    if (app->unclassified != NULL) {
        assent_unclassified_note(app->unclassified, site->number, report->name, report->set != NULL,
                                 app->clock->now(app->clock->ctx));
    }
}

static void wire_gate(struct assent_app *app, struct assent_app_site *site)
{
    site->ledger_store = (struct assent_ledger_store){
        .kv = app->consents->kv, .crypto = app->crypto, .clock = app->clock, .site = site->number};
    site->ledger = assent_ledger_store(&site->ledger_store);
    site->records = (struct assent_consents_site){app->consents, site->number};
    site->gate = (struct assent_gate){.policy = &site->policy,
                                      .keys = &site->keys,
                                      .crypto = app->crypto,
                                      .ledger = &site->ledger,
                                      .csp = true,
                                      .ctx = &site->records,
                                      .find_record = assent_consents_find_record,
                                      .report = note_unclassified};
}

int assent_app_open_site(struct assent_app *app, struct assent_span image, uint8_t number)
{
    struct assent_app_site *site = &app->sites[app->site_count];
    int error;

    if (app->site_count >= app->site_max) {
        return ASSENT_ERR_FULL;
    }
    memset(site, 0, sizeof(*site));
    site->number = number;
    site->app = app;
    error = assent_policy_open(&site->policy, image, app->crypto);
    if (error == ASSENT_OK) {
        error = assent_policy_text_share(&site->policy, app->text);
    }
    if (error == ASSENT_OK) {
        error = open_keys(app, site);
    }
    if (error == ASSENT_OK) {
        error = assent_style_source(&site->policy, app->crypto, site->style_source);
    }
    if (error == ASSENT_OK) {
        wire_gate(app, site);
        app->site_count++;
    }
    return error;
}

struct assent_app_site *assent_app_site_of(struct assent_app *app, uint8_t number)
{
    unsigned i = 0;

    while (i < app->site_count && app->sites[i].number != number) {
        i++;
    }
    return i < app->site_count ? &app->sites[i] : NULL;
}

int assent_app_replace_site(struct assent_app *app, struct assent_span image, uint8_t number)
{
    struct assent_app_site *site = assent_app_site_of(app, number);
    struct assent_policy_controller was;
    struct assent_policy_controller is;
    struct assent_policy policy;
    uint8_t source[ASSENT_STYLE_SOURCE_BYTES];
    int error =
        site != NULL ? assent_policy_open(&policy, image, app->crypto) : ASSENT_ERR_NOT_FOUND;

    if (error == ASSENT_OK) {
        assent_policy_controller(&site->policy, &was);
        assent_policy_controller(&policy, &is);
        error = assent_span_equal(was.id, is.id) ? assent_policy_text_share(&policy, app->text)
                                                 : ASSENT_ERR_NOT_FOUND;
    }
    if (error == ASSENT_OK) {
        error = assent_style_source(&policy, app->crypto, source);
    }
    if (error == ASSENT_OK) {
        site->policy = policy;
        site->keys.site = is.id; /* the same letters, in the new image */
        memcpy(site->style_source, source, sizeof(source));
    }
    return error;
}

struct assent_app_site *assent_app_site(struct assent_app *app, struct assent_span host)
{
    for (unsigned i = 0; i < app->site_count; i++) {
        if (assent_policy_serves(&app->sites[i].policy, host)) {
            return &app->sites[i];
        }
    }
    return NULL;
}

/* ---- the way in ---- */

/* The language that the browser asks for. */
static uint8_t negotiate(const struct assent_app_site *site, struct assent_span head)
{
    struct assent_span start;
    struct assent_head fields;
    struct assent_head_field field;

    if (assent_head_start(&fields, head, &start) == ASSENT_OK) {
        while (assent_head_next(&fields, &field) == 1) {
            if (assent_span_equal_nocase(field.name, ASSENT_SPAN("accept-language"))) {
                return (uint8_t)assent_policy_text_negotiate(&site->policy, field.value);
            }
        }
    }
    return 0;
}

/* The site's gate; nothing of a session that has ended passes it (KIOSK-2). */
static struct assent_gate gate_of(const struct assent_visit *visit)
{
    struct assent_gate gate = visit->site->gate;

    if (visit->kiosk == ASSENT_KIOSK_ENDED) {
        gate.closed = true;
        gate.report = NULL;
    }
    return gate;
}

int assent_app_filter_request(struct assent_app *app, struct assent_visit *visit,
                              struct assent_span host, bool https, uint8_t *head, size_t len)
{
    struct assent_gate_input input = {.now = app->clock->now(app->clock->ctx), .https = https};
    const struct assent_consent *consent = &visit->gate.consent;
    struct assent_token_keys keys;
    struct assent_gate gate;
    struct assent_app_request request = {.path = {NULL, 0}};
    int result;

    memcpy(request.peer, visit->request.peer, sizeof(request.peer));
    memset(visit, 0, sizeof(*visit));
    visit->request = request;
    visit->app = app;
    visit->message = ASSENT_TEXT_COUNT;
    visit->site = assent_app_site(app, host);
    if (visit->site == NULL) {
        return (int)len;
    }
    visit->policy = &visit->site->policy;
    visit->language = negotiate(visit->site, assent_span(head, len));
    assent_kiosk_enter(visit, head, len);
    gate = gate_of(visit);
    gate.keys = assent_kiosk_keys(visit, &keys);
    result = assent_gate_request(&gate, &input, head, len, &visit->gate);
    assent_bytes_wipe(&keys, sizeof(keys));
    if (result > 0 && visit->gate.has_consent && consent->has_subject) {
        /* What cannot be confirmed now will be by the next request. */
        (void)assent_consents_confirm(app->consents, consent->subject, input.now);
    }
    return result;
}

/* ---- the way out ---- */

/* The token goes behind the gate, which lets none pass (GATE-3), and so does what a kiosk has to say: the
 * empty line is taken off and comes again behind them. */
static int add_own(const struct assent_visit *visit, struct assent_span head,
                   struct assent_writer *out)
{
    int error = ASSENT_OK;

    if (out->error != ASSENT_OK || out->len < 2) {
        return out->error;
    }
    out->len -= 2;
    if (visit->token_len > 0) {
        error = assent_gate_write_token(out, assent_span(visit->token, visit->token_len),
                                        visit->token_days, visit->gate.https);
    }
    assent_kiosk_fields(visit, head, out);
    assent_writer_text(out, "\r\n");
    return error != ASSENT_OK ? error : out->error;
}

int assent_app_filter_response(struct assent_visit *visit, bool interim, struct assent_span head,
                               struct assent_writer *out)
{
    bool kiosk = visit->kiosk != ASSENT_KIOSK_OFF;
    size_t own =
        interim ? 0
                : (visit->token_len > 0 ? TOKEN_LINE_BYTES : 0U) + (kiosk ? KIOSK_LINES_BYTES : 0U);
    struct assent_gate gate;
    int error;

    if (visit->site == NULL) {
        assent_writer_put(out, head);
        return out->error;
    }
    gate = gate_of(visit);
    visit->gate.notice = visit->gate.notice || kiosk;
    visit->gate.expire_all = visit->gate.expire_all || gate.closed;
    /* Expiries take what room there is: what is added has to find its own. */
    own = out->cap > own ? own : 0;
    out->cap -= own;
    error = assent_gate_response(&gate, &visit->gate,
                                 interim ? ASSENT_GATE_INTERIM : ASSENT_GATE_FINAL, head, out);
    if (error == ASSENT_OK && own > 0) {
        out->cap += own;
        error = add_own(visit, head, out);
    }
    return error;
}

bool assent_app_owns(struct assent_span path)
{
    uint8_t text[PATH_BYTES];
    /* No path of ours is longer; a longer one that begins like them is ours all the same. */
    int len = assent_target_decode(assent_span_slice(path, 0, sizeof(text)), text, sizeof(text));
    struct assent_span plain = len > 0 ? assent_span(text, (size_t)len) : path;

    return assent_span_starts(plain, ASSENT_SPAN(ASSENT_APP_PREFIX)) ||
           assent_span_equal(plain, ASSENT_SPAN("/.consent")) ||
           assent_span_equal(plain, ASSENT_SPAN("/.well-known/gpc.json"));
}
