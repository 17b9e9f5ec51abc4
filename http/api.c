/* SPDX-License-Identifier: MIT */
#include "http/api.h"

#include "core/consent_json.h"
#include "http/choice.h"
#include "http/field.h"
#include "http/guard.h"
#include "http/json_flat.h"
#include "http/page.h"
#include "http/signal_json.h"

static void member_bool(struct assent_writer *w, const char *name, bool value)
{
    assent_consent_json_name(w, name);
    assent_writer_text(w, value ? "true" : "false");
}

static void write_tiers(struct assent_writer *w, const struct assent_visit *visit)
{
    const struct assent_decision *decision = &visit->gate.decision;

    assent_consent_json_name(w, "tiers");
    for (unsigned t = 0; t < ASSENT_TIER_COUNT; t++) {
        assent_writer_text(w, t == 0 ? "{" : "");
        assent_consent_json_name(w, assent_consent_tier_name((enum assent_tier)t));
        assent_writer_text(w, "{");
        member_bool(w, "allowed", (decision->allowed & ASSENT_TIER_BIT(t)) != 0);
        member_bool(w, "offered", (visit->site->policy.offered & ASSENT_TIER_BIT(t)) != 0);
        assent_consent_json_name(w, "choice");
        assent_consent_json_word(
            w, assent_consent_choice_name((enum assent_choice)decision->choice[t]));
        assent_consent_json_name(w, "reason");
        assent_consent_json_word(
            w, assent_decision_reason_name((enum assent_reason)decision->reason[t]));
        assent_writer_text(w, "}");
    }
    assent_writer_text(w, "}");
}

static void write_consent(struct assent_writer *w, const struct assent_visit *visit)
{
    const struct assent_consent *consent = &visit->gate.consent;
    uint8_t flags = visit->gate.has_consent ? consent->flags : 0;

    member_bool(w, "restricted", (flags & ASSENT_CONSENT_RESTRICTED) != 0);
    member_bool(w, "objected", (flags & ASSENT_CONSENT_OBJECTED) != 0);
    member_bool(w, "age_confirmed", (flags & ASSENT_CONSENT_AGE_CONFIRMED) != 0);
    member_bool(w, "record", visit->has_record);
    if (visit->gate.has_consent) {
        assent_consent_json_name(w, "changed");
        assent_consent_json_date(w, consent->changed_s);
        member_bool(w, "clock_certain", consent->trust >= ASSENT_CLOCK_SET);
        assent_consent_json_name(w, "valid_until");
        assent_consent_json_date(w, assent_choice_until_s(visit));
    }
}

static int write_state(const struct assent_visit *visit, struct assent_writer *w)
{
    const struct assent_policy *policy = &visit->site->policy;
    const struct assent_decision *decision = &visit->gate.decision;
    struct assent_policy_controller controller;

    assent_policy_controller(policy, &controller);
    assent_writer_text(w, "{\"site\":");
    assent_writer_json(w, controller.id);
    assent_consent_json_name(w, "revision");
    assent_writer_decimal(w, policy->revision);
    assent_consent_json_name(w, "regime");
    assent_consent_json_word(w, assent_consent_regime_name((enum assent_regime)policy->regime));
    assent_consent_json_name(w, "minimum_age");
    assent_writer_decimal(w, policy->minimum_age);
    member_bool(w, "ask", decision->ask);
    write_tiers(w, visit);
    write_consent(w, visit);
    member_bool(w, "gpc", visit->gate.gpc);
    member_bool(w, "gpc_honoured", decision->gpc_honoured);
    member_bool(w, "gpc_conflict", decision->gpc_conflict);
    assent_consent_json_name(w, "consent_mode");
    assent_signal_json_consent_mode(w, decision->allowed);
    assent_writer_text(w, "}\n");
    return w->error;
}

/* ---- changes ---- */

/* What a PUT asks for, member by member. */
struct change {
    struct assent_choice_ask choice;
    int restricted, objected; /* 0, 1, or -1: left as it is */
};

/* One member; each at most once. */
static int read_member(struct assent_visit *visit, const struct assent_json_flat_member *m,
                       unsigned *seen, struct change *change)
{
    static const char names[][14] = {"analytics", "advertising", "age_confirmed", "restricted",
                                     "objected"};
    bool on = m->kind == ASSENT_JSON_FLAT_TRUE;
    unsigned i = 0;

    if (assent_span_equal(m->name, ASSENT_SPAN("language")) && m->kind == ASSENT_JSON_FLAT_STRING &&
        (*seen & 0x80U) == 0) {
        *seen |= 0x80U;
        visit->language = (uint8_t)assent_policy_language(&visit->site->policy, m->text);
        return ASSENT_OK;
    }
    while (i < 5 && !assent_span_equal(m->name, assent_span(names[i], strlen(names[i])))) {
        i++;
    }
    if (i == 5 || (*seen & 1U << i) != 0 || (!on && m->kind != ASSENT_JSON_FLAT_FALSE)) {
        return ASSENT_ERR_SYNTAX;
    }
    *seen |= 1U << i;
    switch (i) {
    case 0:
    case 1:
        *(on ? &change->choice.grant : &change->choice.refuse) |= ASSENT_TIER_BIT(i + 1);
        break;
    case 2:
        change->choice.age_confirmed = on;
        break;
    case 3:
        change->restricted = on ? 1 : 0;
        break;
    default:
        change->objected = on ? 1 : 0;
        break;
    }
    return ASSENT_OK;
}

static int read_change(struct assent_visit *visit, struct change *change)
{
    struct assent_json_flat json = {.rest = visit->request.body};
    struct assent_json_flat_member m;
    unsigned seen = 0;
    int result;

    *change = (struct change){{.method = ASSENT_METHOD_API}, -1, -1};
    while ((result = assent_json_flat_next(&json, &m)) == 1) {
        result = read_member(visit, &m, &seen, change);
        if (result != ASSENT_OK) {
            return result;
        }
    }
    return result;
}

static int apply_flag(struct assent_visit *visit, uint8_t flag, bool on)
{
    struct assent_choice_ask ask = {.method = ASSENT_METHOD_API, .flag = flag, .on = on};

    return assent_choice_apply(visit, &ask);
}

static int apply_flags(struct assent_visit *visit, const struct change *change, int on)
{
    int error = ASSENT_OK;

    if (change->restricted == on) {
        error = apply_flag(visit, ASSENT_CONSENT_RESTRICTED, on == 1);
    }
    if (error == ASSENT_OK && change->objected == on) {
        error = apply_flag(visit, ASSENT_CONSENT_OBJECTED, on == 1);
    }
    return error;
}

/* What takes away goes first and what is lifted last, so that a failure half-way leaves less, not
 * more. */
static int apply_change(struct assent_visit *visit, const struct change *change)
{
    int error = apply_flags(visit, change, 1);

    if (error == ASSENT_OK && (change->choice.grant | change->choice.refuse) != 0) {
        error = assent_choice_apply(visit, &change->choice);
    }
    return error != ASSENT_OK ? error : apply_flags(visit, change, 0);
}

static void complain(struct assent_response *response, int error)
{
    switch (error) {
    case ASSENT_ERR_SYNTAX:
        (void)assent_response_problem(response, 400, "Not an object of known members.");
        break;
    case ASSENT_ERR_FORBIDDEN:
        (void)assent_response_problem(response, 422, "The minimum age has to be confirmed.");
        break;
    case ASSENT_ERR_LIMIT:
        (void)assent_response_problem(response, 429, "Too many changes. Wait a little.");
        break;
    default:
        (void)assent_response_problem(response, 503, "The choice cannot be stored now.");
        break;
    }
}

static int put(struct assent_visit *visit)
{
    struct change change;
    int error = read_change(visit, &change);

    return error != ASSENT_OK ? error : apply_change(visit, &change);
}

static int forget(struct assent_visit *visit)
{
    struct assent_choice_ask ask = {.method = ASSENT_METHOD_API, .erase = true};

    return assent_choice_apply(visit, &ask);
}

static bool is_json(const struct assent_visit *visit)
{
    struct assent_span params;
    struct assent_span type = assent_field_main(
        assent_guard_field(&visit->request, ASSENT_SPAN("content-type")), &params);

    return assent_span_equal_nocase(type, ASSENT_SPAN("application/json"));
}

void assent_api_state(struct assent_visit *visit, struct assent_response *response)
{
    uint8_t method = visit->request.method;
    int error = ASSENT_OK;

    if (method == ASSENT_METHOD_GET || method == ASSENT_METHOD_HEAD) {
        (void)assent_choice_record(visit);
    } else if (method != ASSENT_METHOD_PUT && method != ASSENT_METHOD_DELETE) {
        (void)assent_response_not_allowed(response, "GET, HEAD, PUT, DELETE");
        return;
    } else if (assent_guard_origin(&visit->request) == ASSENT_ORIGIN_OTHER) {
        (void)assent_response_problem(response, 403, "A choice is made on the site itself.");
        return;
    } else if (method == ASSENT_METHOD_PUT && !is_json(visit)) {
        (void)assent_response_problem(response, 415, NULL);
        return;
    } else {
        error = method == ASSENT_METHOD_PUT ? put(visit) : forget(visit);
    }
    if (error != ASSENT_OK) {
        complain(response, error);
        return;
    }
    assent_page_document(visit, response, "application/json", write_state, NULL);
}
