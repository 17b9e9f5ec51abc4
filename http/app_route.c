/* SPDX-License-Identifier: MIT */
/* Which path is answered how. */
#include "http/api.h"
#include "http/asset_consent.h"
#include "http/field.h"
#include "http/form.h"
#include "http/page.h"
#include "http/signal_json.h"
#include "http/target.h"

enum { PATH_BYTES = 160 }; /* the longest: a document of a revision */

enum { GET = 1, POST = 2, STATE = 4 };

static void answer_preferences(struct assent_visit *visit, struct assent_response *response)
{
    static const struct {
        const char *word;
        enum assent_text_key message;
    } done[] = {
        {"saved", ASSENT_TEXT_SAVED},
        {"withdrawn", ASSENT_TEXT_WITHDRAWN},
        {"erased", ASSENT_TEXT_ERASED},
        {"age", ASSENT_TEXT_AGE_LIMITED},
    };
    enum assent_text_key message = ASSENT_TEXT_COUNT;
    struct assent_span word = assent_span(NULL, 0);

    (void)assent_target_form_find(visit->request.query, ASSENT_SPAN("done"), &word);
    for (size_t i = 0; i < sizeof(done) / sizeof(done[0]); i++) {
        if (assent_span_equal(word, assent_span(done[i].word, strlen(done[i].word)))) {
            message = done[i].message;
        }
    }
    assent_page_preferences(visit, response, 200, message);
}

/* ---- one function for each path, by its last segment ---- */

static void answer_root(struct assent_visit *visit, struct assent_response *response,
                        struct assent_span name)
{
    if (visit->request.method == ASSENT_METHOD_POST) {
        assent_form_answer(visit, response, name);
    } else {
        answer_preferences(visit, response);
    }
}

static void answer_state(struct assent_visit *visit, struct assent_response *response,
                         struct assent_span name)
{
    (void)name;
    assent_api_state(visit, response);
}

static void answer_receipt(struct assent_visit *visit, struct assent_response *response,
                           struct assent_span name)
{
    assent_api_receipt(visit, response, assent_span_equal(name, ASSENT_SPAN("export")));
}

static void answer_kept(struct assent_visit *visit, struct assent_response *response,
                        struct assent_span name)
{
    (void)name;
    assent_form_kept(visit, response);
}

static void answer_ended(struct assent_visit *visit, struct assent_response *response,
                         struct assent_span name)
{
    (void)name;
    assent_kiosk_page(visit, response);
}

static void answer_policy(struct assent_visit *visit, struct assent_response *response,
                          struct assent_span name)
{
    (void)name;
    assent_page_policy(visit, response);
}

static void answer_policies(struct assent_visit *visit, struct assent_response *response,
                            struct assent_span name)
{
    (void)name;
    assent_page_policies(visit, response);
}

static void send_asset(struct assent_response *response, const char *type, struct assent_span bytes)
{
    assent_response_start(response, 200);
    assent_response_text(response, "Content-Type", type);
    assent_response_text(response, "Cache-Control", "max-age=3600");
    assent_response_text(response, "X-Content-Type-Options", "nosniff");
    if (assent_response_length(response, bytes.len) == ASSENT_OK) {
        assent_response_borrow(response, bytes);
        (void)assent_response_end(response);
    }
}

static void answer_script(struct assent_visit *visit, struct assent_response *response,
                          struct assent_span name)
{
    (void)visit;
    (void)name;
    send_asset(response, "text/javascript; charset=utf-8", assent_asset_consent_script());
}

static void answer_rule(struct assent_visit *visit, struct assent_response *response,
                        struct assent_span name)
{
    (void)visit;
    (void)name;
    send_asset(response, "application/json", assent_asset_consent_rule());
}

static const struct route {
    const char *name; /* behind the prefix */
    uint8_t methods;
    void (*answer)(struct assent_visit *visit, struct assent_response *response,
                   struct assent_span name);
} routes[] = {
    {"", GET | POST, answer_root},        {"restrict", POST, answer_root},
    {"object", POST, answer_root},        {"erase", POST, answer_root},
    {"state", GET | STATE, answer_state}, {"receipt", GET, answer_receipt},
    {"export", GET, answer_receipt},      {"kept", GET, answer_kept},
    {"policy", GET, answer_policy},       {"policies", GET, answer_policies},
    {"done", POST, answer_root},          {"ended", GET, answer_ended},
    {"consent.js", GET, answer_script},   {"consent-o-matic.json", GET, answer_rule},
};

static unsigned method_bit(uint8_t method)
{
    switch (method) {
    case ASSENT_METHOD_GET:
    case ASSENT_METHOD_HEAD:
        return GET;
    case ASSENT_METHOD_POST:
        return POST;
    case ASSENT_METHOD_PUT:
    case ASSENT_METHOD_DELETE:
        return STATE;
    default:
        return 0;
    }
}

static const char *allowed(unsigned methods)
{
    switch (methods) {
    case GET:
        return "GET, HEAD, OPTIONS";
    case POST:
        return "POST, OPTIONS";
    case GET | POST:
        return "GET, HEAD, POST, OPTIONS";
    default:
        return "GET, HEAD, PUT, DELETE, OPTIONS";
    }
}

/* Whether the method is one of the path's; if not, the answer has been given. */
static bool takes(const struct assent_visit *visit, struct assent_response *response,
                  unsigned methods)
{
    if (visit->request.method == ASSENT_METHOD_OPTIONS) {
        assent_response_start(response, 204);
        assent_response_text(response, "Allow", allowed(methods));
        (void)assent_response_empty(response);
        return false;
    }
    if ((method_bit(visit->request.method) & methods) == 0) {
        (void)assent_response_not_allowed(response, allowed(methods));
        return false;
    }
    if (visit->request.body_bytes > ASSENT_APP_BODY_BYTES) {
        (void)assent_response_problem(response, 413, NULL);
        return false;
    }
    return true;
}

static void answer_revision(struct assent_visit *visit, struct assent_response *response,
                            struct assent_span rest)
{
    struct assent_span file = rest;
    struct assent_span number = assent_span_take(&file, '/');
    bool slash = number.len < rest.len;
    uint64_t revision;

    if (assent_field_number(number, &revision) != ASSENT_OK || revision > UINT32_MAX ||
        (slash && file.len == 0)) {
        (void)assent_response_problem(response, 404, NULL);
    } else if (takes(visit, response, GET)) {
        assent_page_revision(visit, response, (uint32_t)revision, file);
    }
}

static void answer_own(struct assent_visit *visit, struct assent_response *response,
                       struct assent_span name)
{
    struct assent_span policy = ASSENT_SPAN("policy/");

    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        if (assent_span_equal(name, assent_span(routes[i].name, strlen(routes[i].name)))) {
            if (takes(visit, response, routes[i].methods)) {
                routes[i].answer(visit, response, name);
            }
            return;
        }
    }
    if (assent_span_starts(name, policy)) {
        answer_revision(visit, response, assent_span_slice(name, policy.len, name.len));
        return;
    }
    (void)assent_response_problem(response, 404, NULL);
}

static void answer_gpc(const struct assent_visit *visit, struct assent_response *response)
{
    uint8_t text[64];
    struct assent_writer w = assent_writer(text, sizeof(text));

    if (takes(visit, response, GET)) {
        assent_signal_json_gpc(&w, visit->site->policy.effective_s);
        (void)assent_response_send(response, 200, "application/json", assent_writer_span(&w));
    }
}

bool assent_app_answer(struct assent_visit *visit, struct assent_response *response)
{
    struct assent_span prefix = ASSENT_SPAN(ASSENT_APP_PREFIX);
    uint8_t text[PATH_BYTES];
    int len = assent_target_decode(visit->request.path, text, sizeof(text));
    struct assent_span path = assent_span(text, len > 0 ? (size_t)len : 0);

    if (visit->site == NULL) {
        if (assent_span_equal(path, ASSENT_SPAN("/")) && takes(visit, response, GET)) {
            assent_page_sites(visit, response);
        } else if (response->state == ASSENT_RESPONSE_READY) {
            (void)assent_response_problem(response, 404, "No site of this device has this name.");
        }
        return true;
    }
    if (assent_kiosk_answer(visit, response)) {
        return true;
    }
    if (!assent_app_owns(visit->request.path)) {
        return false;
    }
    if (assent_span_equal(path, ASSENT_SPAN("/.well-known/gpc.json"))) {
        answer_gpc(visit, response);
    } else if (assent_span_equal(path, ASSENT_SPAN("/.consent"))) {
        (void)assent_response_redirect(response, 308, prefix);
    } else {
        answer_own(visit, response, assent_span_slice(path, prefix.len, path.len));
    }
    return true;
}
