/* SPDX-License-Identifier: MIT */
/* The gate, both ways. The first byte chooses the circumstances, the second where the request head
 * ends and the response head begins. Whatever goes in, what comes out is read again and judged
 * independently: only cookies of allowed tiers, and fields that expire. */
#include "core/gate.h"

#include <stdlib.h>

#include "core/cookie.h"
#include "core/head.h"
#include "port/host/ledger_table.h"
#include "tests/unit/sample_policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW UINT64_C(1800000000)

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static bool may_pass(struct assent_span name, uint8_t allowed)
{
    struct assent_policy_cookie row;

    return assent_policy_find_cookie(sample_policy(), name, &row) == ASSENT_OK &&
           (allowed & ASSENT_TIER_BIT(row.tier)) != 0;
}

static void judge_request(struct assent_span out, uint8_t allowed)
{
    struct assent_head head;
    struct assent_head_field field;
    struct assent_span start;
    int result;

    must(assent_head_start(&head, out, &start) == ASSENT_OK);
    while ((result = assent_head_next(&head, &field)) == 1) {
        struct assent_span rest = field.value;
        struct assent_cookie cookie;

        must(!assent_span_equal_nocase(field.name, ASSENT_SPAN("cookie2")));
        if (assent_span_equal_nocase(field.name, ASSENT_SPAN("cookie"))) {
            while (assent_cookie_next(&rest, &cookie)) {
                must(may_pass(cookie.name, allowed));
            }
        }
    }
    must(result == 0 && head.at == head.end);
}

static void judge_response(struct assent_span out, uint8_t allowed, bool final)
{
    struct assent_head head;
    struct assent_head_field field;
    int result;

    must(assent_head_start(&head, out, NULL) == ASSENT_OK);
    if (final) {
        struct assent_span start;

        must(assent_head_start(&head, out, &start) == ASSENT_OK);
    }
    while ((result = assent_head_next(&head, &field)) == 1) {
        struct assent_set_cookie sc;
        bool session;

        must(!assent_span_equal_nocase(field.name, ASSENT_SPAN("set-cookie2")));
        if (!assent_span_equal_nocase(field.name, ASSENT_SPAN("set-cookie"))) {
            continue;
        }
        must(final);
        must(assent_set_cookie_parse(field.value, &sc) == ASSENT_OK);
        must(may_pass(sc.name, allowed) || (assent_set_cookie_lifetime(&sc, NOW, &session) == 0 &&
                                            !session && sc.value.len <= 1));
    }
    must(result == 0 && head.at == head.end);
}

/* A copy exactly as large as it has to be, so that the sanitizer sees a byte too many. */
static uint8_t *copy_of(struct assent_span s)
{
    uint8_t *copy = malloc(s.len > 0 ? s.len : 1);

    must(copy != NULL);
    if (s.len > 0) {
        memcpy(copy, s.ptr, s.len);
    }
    return copy;
}

static void filter_response(const struct assent_gate *gate, struct assent_gate_exchange *exchange,
                            enum assent_gate_response_kind kind, struct assent_span in)
{
    static uint8_t room[65536];
    struct assent_writer out = assent_writer(room, sizeof(room));
    uint8_t *head = copy_of(in);

    if (assent_gate_response(gate, exchange, kind, assent_span(head, in.len), &out) == ASSENT_OK) {
        struct assent_span result = assent_writer_span(&out);

        if (kind == ASSENT_GATE_INTERIM) { /* its status line is no field */
            struct assent_head lines;
            struct assent_span start;

            must(assent_head_start(&lines, result, &start) == ASSENT_OK);
            result = assent_span(lines.at, (size_t)(lines.end - lines.at));
        }
        judge_response(result, exchange->decision.allowed, kind == ASSENT_GATE_FINAL);
    }
    free(head);
}

/* The MAC of a token is a constant, so that what judges tokens is reached. */
static int constant_hmac(void *ctx, const uint8_t key[ASSENT_SHA256_BYTES],
                         const struct assent_span *parts, size_t count,
                         uint8_t out[ASSENT_SHA256_BYTES])
{
    (void)ctx, (void)key, (void)parts, (void)count;
    memset(out, 0, ASSENT_SHA256_BYTES);
    return ASSENT_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct assent_crypto crypto = {.hmac = constant_hmac};
    const struct assent_token_keys keys = {.site = ASSENT_SPAN("s"), .generation = 1, .count = 1};
    static uint8_t table_room[2048];
    struct assent_ledger_table table = {table_room, sizeof(table_room), 0};
    struct assent_ledger ledger = assent_ledger_table_open(&table);
    const struct assent_policy *policy = sample_policy();
    struct assent_gate gate = {.policy = policy, .ledger = &ledger};
    struct assent_consent consent = {.changed_s = NOW, .valid_days = 180};
    struct assent_gate_input input = {.now = {NOW, ASSENT_CLOCK_SYNCED}, .preset = true};
    struct assent_gate_exchange exchange;
    struct assent_span request;
    uint8_t *head;
    int len;

    if (size < 2) {
        return 0;
    }
    for (unsigned t = ASSENT_TIER_ANALYTICS; t < ASSENT_TIER_COUNT; t++) {
        consent.choice[t] = (data[0] >> t) & 1 ? ASSENT_CHOICE_GRANTED : ASSENT_CHOICE_REFUSED;
        consent.fingerprint[t] = policy->fingerprint[t];
    }
    input.consent = (data[0] & 1) != 0 ? &consent : NULL;
    input.https = (data[0] & 8) != 0;
    gate.csp = (data[0] & 16) != 0;
    if (data[0] >> 6 == 3) { /* what holds is what a token of the request says */
        input.preset = false;
        gate.keys = &keys;
        gate.crypto = &crypto;
        gate.decision_field = ASSENT_SPAN("Assent-Consent");
    }
    request = assent_span_slice(assent_span(data + 2, size - 2), 0, data[1] * 4U);
    head = copy_of(request);
    len = assent_gate_request(&gate, &input, head, request.len, &exchange);
    must(len != 0 && (len < 0 || (size_t)len <= request.len));
    must(len > 0 || exchange.decision.allowed == ASSENT_TIERS_ESSENTIAL);
    if (len > 0) {
        struct assent_gate_exchange again;

        judge_request(assent_span(head, (size_t)len), exchange.decision.allowed);
        input.preset = true; /* the token is gone now */
        input.consent = exchange.has_consent ? &exchange.consent : NULL;
        must(assent_gate_request(&gate, &input, head, (size_t)len, &again) == len);
    }
    free(head);
    exchange.expire_all = (data[0] & 32) != 0;
    filter_response(&gate, &exchange, (enum assent_gate_response_kind)((data[0] >> 6) % 3),
                    assent_span_slice(assent_span(data + 2, size - 2), request.len, size));
    return 0;
}
