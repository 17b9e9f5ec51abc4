/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TESTS_UNIT_GATE_CASE_H
#define ASSENT_TESTS_UNIT_GATE_CASE_H

/* What the tests of the gate, one file for each direction, have in common. */
#include "core/gate.h"
#include "tests/unit/sample_policy.h"
#include "tests/unit/test.h"

#define NOW UINT64_C(1800000000)

/* The sample policy (tests/policies/gate.json) names: sess, csrf (essential); _ga, _ga_*, an_*,
 * __Host-an (analytics); ads_* (advertising). */

static uint8_t buffer[16384];
static uint8_t output[32768];
static struct assent_gate_exchange exchange;

static inline struct assent_gate gate_of(const struct assent_policy *policy)
{
    struct assent_gate gate = {
        .policy = policy, .decision_field = ASSENT_SPAN("Assent-Consent"), .csp = false};

    return gate;
}

static inline struct assent_consent consent_of(const struct assent_policy *policy, uint8_t granted)
{
    struct assent_consent c = {
        .trust = ASSENT_CLOCK_SYNCED,
        .revision = policy->revision,
        .rights = policy->rights,
        .sequence = 1,
        .changed_s = NOW,
        .valid_days = policy->grant_days,
        .flags = ASSENT_CONSENT_AGE_CONFIRMED,
    };

    c.has_subject = (granted & ASSENT_TIERS_OPTIONAL) != 0;
    for (unsigned t = ASSENT_TIER_ANALYTICS; t < ASSENT_TIER_COUNT; t++) {
        c.choice[t] =
            (granted & ASSENT_TIER_BIT(t)) != 0 ? ASSENT_CHOICE_GRANTED : ASSENT_CHOICE_REFUSED;
        c.fingerprint[t] = policy->fingerprint[t];
    }
    return c;
}

/* Filter a request, with a choice of granted tiers; or with none if granted is 0. */
static inline struct assent_span request(const struct assent_gate *gate, uint8_t granted,
                                         bool https, struct assent_span head)
{
    struct assent_consent consent = consent_of(gate->policy, granted);
    struct assent_gate_input input = {
        .now = {NOW, ASSENT_CLOCK_SYNCED},
        .https = https,
        .preset = true,
        .consent = granted != 0 ? &consent : NULL,
    };
    int len;

    memcpy(buffer, head.ptr, head.len);
    len = assent_gate_request(gate, &input, buffer, head.len, &exchange);
    return assent_span(buffer, len > 0 ? (size_t)len : 0);
}

/* Filter a response to the last request. */
static inline struct assent_span response(const struct assent_gate *gate,
                                          enum assent_gate_response_kind kind,
                                          struct assent_span head)
{
    struct assent_writer out = assent_writer(output, sizeof(output));

    CHECK_INT(assent_gate_response(gate, &exchange, kind, head, &out), ASSENT_OK);
    return assent_writer_span(&out);
}

static inline bool contains(struct assent_span text, const char *part)
{
    size_t len = strlen(part);

    for (size_t i = 0; i + len <= text.len; i++) {
        if (memcmp(text.ptr + i, part, len) == 0) {
            return true;
        }
    }
    return false;
}

static inline unsigned count(struct assent_span text, const char *part)
{
    size_t len = strlen(part);
    unsigned n = 0;

    for (size_t i = 0; i + len <= text.len; i++) {
        n += memcmp(text.ptr + i, part, len) == 0;
    }
    return n;
}

enum { NOTHING = ASSENT_TIERS_ESSENTIAL, SOME = ASSENT_TIERS_ESSENTIAL | 2, ALL = 7 };

#define GET  "GET /p/x?q=1 HTTP/1.1\r\nHost: www.shop.example:8080\r\n"
#define OKAY "HTTP/1.1 200 OK\r\n"

#endif
