/* SPDX-License-Identifier: MIT */
#include "http/form.h"

#include "http/choice.h"
#include "http/field.h"
#include "http/guard.h"
#include "http/page.h"
#include "http/target.h"

/* A value of the form that stands there once; empty if it does not. */
static struct assent_span value_of(const struct assent_visit *visit, struct assent_span name)
{
    struct assent_span value = assent_span(NULL, 0);

    return assent_target_form_find(visit->request.body, name, &value) == 1 ? value
                                                                           : assent_span(NULL, 0);
}

static bool is(const struct assent_visit *visit, struct assent_span name, struct assent_span value)
{
    return assent_span_equal(value_of(visit, name), value);
}

/* The tiers that are ticked.
 *   return  ASSENT_OK, or ASSENT_ERR_SYNTAX: not a tier that can be ticked, or twice */
static int read_ticks(const struct assent_visit *visit, uint8_t *tiers)
{
    struct assent_span rest = visit->request.body;
    struct assent_span name;
    struct assent_span value;

    *tiers = 0;
    while (assent_target_form_next(&rest, &name, &value)) {
        uint8_t bit = 0;

        if (!assent_span_equal(name, ASSENT_SPAN("t"))) {
            continue;
        }
        if (assent_span_equal(value, ASSENT_SPAN("analytics"))) {
            bit = ASSENT_TIER_BIT(ASSENT_TIER_ANALYTICS);
        } else if (assent_span_equal(value, ASSENT_SPAN("advertising"))) {
            bit = ASSENT_TIER_BIT(ASSENT_TIER_ADVERTISING);
        }
        if (bit == 0 || (*tiers & bit) != 0) {
            return ASSENT_ERR_SYNTAX;
        }
        *tiers |= bit;
    }
    return ASSENT_OK;
}

static int read_choice(const struct assent_visit *visit, struct assent_choice_ask *ask)
{
    struct assent_span choice = value_of(visit, ASSENT_SPAN("assent"));
    uint8_t ticks;

    if (read_ticks(visit, &ticks) != ASSENT_OK) {
        return ASSENT_ERR_SYNTAX;
    }
    if (assent_span_equal(choice, ASSENT_SPAN("all"))) {
        ask->grant = ASSENT_TIERS_OPTIONAL;
        ask->method = ASSENT_METHOD_ACCEPT;
    } else if (assent_span_equal(choice, ASSENT_SPAN("save"))) {
        ask->grant = ticks;
        ask->method = ASSENT_METHOD_SAVE;
    } else if (assent_span_equal(choice, ASSENT_SPAN("none")) ||
               assent_span_equal(choice, ASSENT_SPAN("withdraw"))) {
        ask->method = ASSENT_METHOD_REJECT;
    } else {
        return ASSENT_ERR_SYNTAX;
    }
    ask->refuse = ASSENT_TIERS_OPTIONAL & (uint8_t)~ask->grant;
    if (is(visit, ASSENT_SPAN("from"), ASSENT_SPAN("preferences"))) {
        ask->method = ASSENT_METHOD_PREFERENCES;
    }
    return ASSENT_OK;
}

/* What a post asks for.
 *   name  see assent_form_answer */
static int read_ask(const struct assent_visit *visit, struct assent_span name,
                    struct assent_choice_ask *ask)
{
    *ask = (struct assent_choice_ask){.method = ASSENT_METHOD_PREFERENCES};
    ask->age_confirmed = is(visit, ASSENT_SPAN("age"), ASSENT_SPAN("yes"));
    if (name.len == 0) {
        return read_choice(visit, ask);
    }
    ask->on = is(visit, ASSENT_SPAN("on"), ASSENT_SPAN("1"));
    ask->erase = assent_span_equal(name, ASSENT_SPAN("erase"));
    if (!ask->erase) {
        ask->flag = assent_span_equal(name, ASSENT_SPAN("object")) ? ASSENT_CONSENT_OBJECTED
                                                                   : ASSENT_CONSENT_RESTRICTED;
    }
    return ask->on || (ask->flag != 0 && is(visit, ASSENT_SPAN("on"), ASSENT_SPAN("0")))
               ? ASSENT_OK
               : ASSENT_ERR_SYNTAX;
}

/* The path to go on with, decoded into out; "/" if it is none of this origin. */
static struct assent_span read_back(struct assent_span value, uint8_t out[ASSENT_APP_BACK_BYTES])
{
    int len = assent_target_form_decode(value, out, ASSENT_APP_BACK_BYTES);
    struct assent_span path = assent_span(out, len > 0 ? (size_t)len : 0);

    return assent_target_is_local(path) ? path : ASSENT_SPAN("/");
}

static bool is_form(const struct assent_visit *visit)
{
    struct assent_span params;
    struct assent_span type = assent_field_main(
        assent_guard_field(&visit->request, ASSENT_SPAN("content-type")), &params);

    return assent_span_equal_nocase(type, ASSENT_SPAN("application/x-www-form-urlencoded"));
}

/* A browser that has shown any cookie keeps cookies. Of others it turns out on the way back. */
static bool shows_cookies(const struct assent_visit *visit)
{
    return visit->gate.has_consent || visit->kiosk == ASSENT_KIOSK_LIVE ||
           visit->gate.passed_count + visit->gate.dropped_count > 0;
}

/* Percent-encode a local path as the value of a query. */
static void write_query(struct assent_writer *w, struct assent_span text)
{
    static const char hex[] = "0123456789ABCDEF";

    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];

        if (c == '&' || c == '+' || c == '%' || c == '=' || c == '#') {
            assent_writer_byte(w, '%');
            assent_writer_byte(w, (uint8_t)hex[c >> 4]);
            assent_writer_byte(w, (uint8_t)hex[c & 15]);
        } else {
            assent_writer_byte(w, c);
        }
    }
}

static void go_on(struct assent_visit *visit, struct assent_response *response, bool knows_cookies,
                  struct assent_span back)
{
    uint8_t
        text[sizeof(ASSENT_APP_PREFIX) + ASSENT_TOKEN_TEXT_BYTES + 3 * ASSENT_APP_BACK_BYTES + 16];
    struct assent_writer w = assent_writer(text, sizeof(text));

    if (knows_cookies || !visit->gate.consent.has_subject) {
        (void)assent_response_redirect(response, 303, back);
        return;
    }
    assent_writer_text(&w, ASSENT_APP_PREFIX "kept?t=");
    assent_writer_put(&w, assent_span(visit->token, visit->token_len));
    assent_writer_text(&w, "&back=");
    write_query(&w, back);
    (void)assent_response_redirect(response, 303, assent_writer_span(&w));
}

/* Why nothing was done, in words and as a status. */
static void complain(struct assent_visit *visit, struct assent_response *response, int error)
{
    switch (error) {
    case ASSENT_ERR_FORBIDDEN:
        assent_page_preferences(visit, response, 422, ASSENT_TEXT_AGE_NEEDED);
        break;
    case ASSENT_ERR_LIMIT:
        assent_page_preferences(visit, response, 429, ASSENT_TEXT_REQUESTS_SLOWED);
        break;
    default:
        assent_page_preferences(visit, response, 503, ASSENT_TEXT_STORE_FULL);
        break;
    }
}

void assent_form_answer(struct assent_visit *visit, struct assent_response *response,
                        struct assent_span name)
{
    enum assent_origin origin = assent_guard_origin(&visit->request);
    struct assent_span back;
    uint8_t path[ASSENT_APP_BACK_BYTES];
    struct assent_choice_ask ask;
    bool knows_cookies = shows_cookies(visit);
    bool minor;
    int error;

    if (!is_form(visit)) {
        (void)assent_response_problem(response, 415, NULL);
        return;
    }
    if (origin == ASSENT_ORIGIN_OTHER) {
        (void)assent_response_problem(response, 403, "A choice is made on the site itself.");
        return;
    }
    if (!assent_guard_check(visit, value_of(visit, ASSENT_SPAN("form")), origin)) {
        assent_page_preferences(visit, response, 403, ASSENT_TEXT_FORM_EXPIRED);
        return;
    }
    if (assent_span_equal(name, ASSENT_SPAN("done"))) {
        assent_kiosk_end(visit, response);
        return;
    }
    if (read_ask(visit, name, &ask) != ASSENT_OK) {
        (void)assent_response_problem(response, 400, NULL);
        return;
    }
    /* Who is too young gets what a refusal gets; the answer to the question is kept nowhere. */
    minor = ask.grant != 0 && visit->site->policy.minimum_age > 0 &&
            is(visit, ASSENT_SPAN("age"), ASSENT_SPAN("no"));
    if (minor) {
        ask.grant = 0;
        ask.refuse = ASSENT_TIERS_OPTIONAL;
        ask.method = ASSENT_METHOD_REJECT;
    }
    visit->language =
        (uint8_t)assent_policy_language(&visit->site->policy, value_of(visit, ASSENT_SPAN("lang")));
    error = assent_choice_apply(visit, &ask);
    if (error != ASSENT_OK) {
        complain(visit, response, error);
        return;
    }
    back = read_back(value_of(visit, ASSENT_SPAN("back")), path);
    if (minor) {
        back = ASSENT_SPAN(ASSENT_APP_PREFIX "?done=age");
    } else if (ask.erase) {
        back = ASSENT_SPAN(ASSENT_APP_PREFIX "?done=erased");
    } else if (ask.method == ASSENT_METHOD_PREFERENCES &&
               is(visit, ASSENT_SPAN("assent"), ASSENT_SPAN("withdraw"))) {
        back = ASSENT_SPAN(ASSENT_APP_PREFIX "?done=withdrawn");
    }
    go_on(visit, response, knows_cookies, back);
}

void assent_form_kept(struct assent_visit *visit, struct assent_response *response)
{
    struct assent_span token = assent_span(NULL, 0);
    struct assent_span back = assent_span(NULL, 0);
    uint8_t path[ASSENT_APP_BACK_BYTES];

    (void)assent_target_form_find(visit->request.query, ASSENT_SPAN("t"), &token);
    (void)assent_target_form_find(visit->request.query, ASSENT_SPAN("back"), &back);
    if (visit->gate.has_consent) {
        (void)assent_response_redirect(response, 303, read_back(back, path));
        return;
    }
    (void)assent_choice_undo(visit, token);
    assent_page_preferences(visit, response, 200, ASSENT_TEXT_NO_COOKIES);
}
