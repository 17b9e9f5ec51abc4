/* SPDX-License-Identifier: MIT */
/* Requests: what reaches the application, and which token is believed. */
#include "port/crypto/mbedtls.h"
#include "tests/unit/gate_case.h"

TEST(only_cookies_of_allowed_tiers_reach_the_application)
{
    const struct {
        const char *why;
        uint8_t granted;
        struct assent_span in;
        const char *out;
    } rows[] = {
        {"all kept, nothing moved", ALL, ASSENT_SPAN(GET "Cookie: sess=1; _ga=2; ads_x=3\r\n\r\n"),
         GET "Cookie: sess=1; _ga=2; ads_x=3\r\n\r\n"},
        {"one tier", SOME, ASSENT_SPAN(GET "Cookie: sess=1; _ga=2; ads_x=3\r\nA: b\r\n\r\n"),
         GET "Cookie: sess=1; _ga=2\r\nA: b\r\n\r\n"},
        {"none", NOTHING, ASSENT_SPAN(GET "Cookie: _ga=2; sess=1; ads_x=3\r\nA: b\r\n\r\n"),
         GET "Cookie: sess=1\r\nA: b\r\n\r\n"},
        {"no choice", 0, ASSENT_SPAN(GET "Cookie: _ga=2; sess=1\r\n\r\n"),
         GET "Cookie: sess=1\r\n\r\n"},
        {"nothing left: the field goes", 0, ASSENT_SPAN(GET "Cookie: _ga=2\r\nA: b\r\n\r\n"),
         GET "A: b\r\n\r\n"},
        {"several fields", 0,
         ASSENT_SPAN(GET
                     "Cookie: _ga=2\r\nA: b\r\ncOOKIE: sess=1;ads_x=2\r\nC: d\r\nCOOKIE:\r\n\r\n"),
         GET "A: b\r\ncOOKIE: sess=1\r\nC: d\r\n\r\n"},
        {"unknown names", ALL, ASSENT_SPAN(GET "Cookie: sess=1; other=2; ses=3; sess2=4\r\n\r\n"),
         GET "Cookie: sess=1\r\n\r\n"},
        {"names are case-sensitive", ALL, ASSENT_SPAN(GET "Cookie: SESS=1; sess=2\r\n\r\n"),
         GET "Cookie: sess=2\r\n\r\n"},
        {"nameless cookies", ALL, ASSENT_SPAN(GET "Cookie: sess; =sess; sess=1\r\n\r\n"),
         GET "Cookie: sess=1\r\n\r\n"},
        {"no trick with quotes", 0, ASSENT_SPAN(GET "Cookie: sess=\"a; _ga=2; b\"\r\n\r\n"),
         GET "Cookie: sess=\"a\r\n\r\n"},
        {"no trick with commas", 0, ASSENT_SPAN(GET "Cookie: _ga=2,sess=1\r\n\r\n"), GET "\r\n"},
        {"tokens never arrive", ALL,
         ASSENT_SPAN(GET "Cookie: assent=x; sess=1; __Host-assent=y\r\n\r\n"),
         GET "Cookie: sess=1\r\n\r\n"},
        {"decision fields cannot be forged", ALL,
         ASSENT_SPAN(GET
                     "assent-consent: advertising\r\nCookie: sess=1\r\nAssent-Consent: x\r\n\r\n"),
         GET "Cookie: sess=1\r\n\r\n"},
        {"the obsolete field goes", ALL, ASSENT_SPAN(GET "Cookie2: $Version=1\r\n\r\n"),
         GET "\r\n"},
        {"the signal stays", 0, ASSENT_SPAN(GET "Sec-GPC: 1\r\nCookie: _ga=1\r\n\r\n"),
         GET "Sec-GPC: 1\r\n\r\n"},
        {"no cookies at all", 0, ASSENT_SPAN(GET "\r\n"), GET "\r\n"},
    };
    struct assent_gate gate = gate_of(sample_policy());

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CHECK_SPAN_ROW(rows[i].why, request(&gate, rows[i].granted, false, rows[i].in),
                       rows[i].out);
    }
}

TEST(what_is_no_head_is_refused_and_leaves_essential_only)
{
    const struct {
        const char *why;
        struct assent_span in;
        int error;
    } rows[] = {
        {"bare line feed", ASSENT_SPAN(GET "Cookie: _ga=1\nA: b\r\n\r\n"), ASSENT_ERR_SYNTAX},
        {"folded Cookie", ASSENT_SPAN(GET "Cookie: sess=1;\r\n _ga=1\r\n\r\n"), ASSENT_ERR_SYNTAX},
        {"NUL in Cookie", ASSENT_SPAN(GET "Cookie: sess=1\0; _ga=1\r\n\r\n"), ASSENT_ERR_SYNTAX},
        {"space before the colon", ASSENT_SPAN(GET "Cookie : _ga=1\r\n\r\n"), ASSENT_ERR_SYNTAX},
        {"not complete", ASSENT_SPAN(GET "Cookie: _ga=1\r\n"), ASSENT_ERR_MORE},
        {"something behind it", ASSENT_SPAN(GET "\r\nx"), ASSENT_ERR_SYNTAX},
        {"no target", ASSENT_SPAN("GET\r\n\r\n"), ASSENT_ERR_SYNTAX},
        {"empty", ASSENT_SPAN(""), ASSENT_ERR_MORE},
    };
    struct assent_gate gate = gate_of(sample_policy());
    struct assent_consent consent = consent_of(gate.policy, ALL);
    struct assent_gate_input input = {
        .now = {NOW, ASSENT_CLOCK_SYNCED}, .preset = true, .consent = &consent};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        memcpy(buffer, rows[i].in.ptr, rows[i].in.len);
        CHECK_INT_ROW(rows[i].why,
                      assent_gate_request(&gate, &input, buffer, rows[i].in.len, &exchange),
                      rows[i].error);
        CHECK_INT_ROW(rows[i].why, exchange.decision.allowed, ASSENT_TIERS_ESSENTIAL);
    }
}

TEST(one_field_too_many_is_refused_and_not_ignored)
{
    struct assent_gate gate = gate_of(sample_policy());
    struct assent_gate_input input = {.preset = true};
    struct assent_writer w = assent_writer(buffer, sizeof(buffer));

    assent_writer_text(&w, GET);
    for (unsigned i = 0; i < ASSENT_GATE_FIELDS + 1; i++) {
        assent_writer_text(&w, "Cookie: _ga=1\r\n");
    }
    assent_writer_text(&w, "\r\n");
    CHECK_INT(assent_gate_request(&gate, &input, buffer, w.len, &exchange), ASSENT_ERR_LIMIT);
}

TEST(the_signal_counts_only_if_it_is_exactly_1)
{
    const struct {
        struct assent_span in;
        bool gpc;
    } rows[] = {
        {ASSENT_SPAN(GET "Sec-GPC: 1\r\n\r\n"), true},
        {ASSENT_SPAN(GET "sec-gpc:1 \r\n\r\n"), true},
        {ASSENT_SPAN(GET "Sec-GPC: 0\r\nSec-GPC: 1\r\n\r\n"), true},
        {ASSENT_SPAN(GET "Sec-GPC: 11\r\n\r\n"), false},
        {ASSENT_SPAN(GET "Sec-GPC: true\r\n\r\n"), false},
        {ASSENT_SPAN(GET "Sec-GPC: \"1\"\r\n\r\n"), false},
        {ASSENT_SPAN(GET "Sec-GPC: 1, 1\r\n\r\n"), false},
        {ASSENT_SPAN(GET "X-Sec-GPC: 1\r\n\r\n"), false},
    };
    struct assent_gate gate = gate_of(sample_policy());

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        request(&gate, 0, false, rows[i].in);
        CHECK_INT(exchange.gpc, rows[i].gpc);
    }
}

/* Tokens, made with a real key. */
static int hmac_calls;
static int counting_hmac(void *ctx, const uint8_t key[ASSENT_SHA256_BYTES],
                         const struct assent_span *parts, size_t parts_count,
                         uint8_t out[ASSENT_SHA256_BYTES])
{
    (void)ctx;
    hmac_calls++;
    return assent_mbedtls_crypto().hmac(NULL, key, parts, parts_count, out);
}

static int failing_hmac(void *ctx, const uint8_t key[ASSENT_SHA256_BYTES],
                        const struct assent_span *parts, size_t parts_count,
                        uint8_t out[ASSENT_SHA256_BYTES])
{
    (void)ctx;
    (void)key;
    (void)parts;
    (void)parts_count;
    (void)out;
    return ASSENT_ERR_CRYPTO;
}

struct token_case {
    struct assent_token_keys keys;
    struct assent_crypto crypto;
    struct assent_gate gate;
    uint8_t text[3][ASSENT_TOKEN_TEXT_BYTES];
    size_t len[3];
};

/* Tokens 0 (refused, older), 1 (granted, newer) and 2 (of another key). */
static void make_tokens(struct token_case *t)
{
    const struct assent_policy *policy = sample_policy();

    memset(t, 0, sizeof(*t));
    t->keys.site = ASSENT_SPAN("shop");
    t->keys.count = 1;
    t->keys.id[0] = 7;
    t->crypto = assent_mbedtls_crypto();
    t->crypto.hmac = counting_hmac;
    t->gate = gate_of(policy);
    t->gate.keys = &t->keys;
    t->gate.crypto = &t->crypto;
    for (int i = 0; i < 3; i++) {
        struct assent_consent c = consent_of(policy, i == 0 ? NOTHING : ALL);
        int len;

        c.changed_s = NOW - 100 + (uint64_t)i;
        t->keys.key[0][0] = i == 2 ? 0xFF : 0;
        len = assent_token_mint(&t->keys, &t->crypto, &c, t->text[i]);
        CHECK(len > 0);
        t->len[i] = (size_t)len;
    }
    t->keys.key[0][0] = 0;
}

/* A request with the given tokens, named by digits, under the plain (-) or the secure name (+), as
 * in "-0+1". */
static uint8_t request_with(struct token_case *t, const char *which, bool https)
{
    struct assent_gate_input input = {.now = {NOW, ASSENT_CLOCK_SYNCED}, .https = https};
    struct assent_writer w = assent_writer(buffer, sizeof(buffer));
    int len;

    assent_writer_text(&w, GET "Cookie: sess=1; _ga=2");
    for (const char *p = which; p[0] != '\0'; p += 2) {
        unsigned i = (unsigned)(p[1] - '0');

        assent_writer_text(&w, p[0] == '+' ? "; __Host-assent=" : "; assent=");
        assent_writer_put(&w, assent_span(t->text[i], t->len[i]));
    }
    assent_writer_text(&w, "\r\n\r\n");
    len = assent_gate_request(&t->gate, &input, buffer, w.len, &exchange);
    CHECK(len > 0);
    CHECK(!contains(assent_span(buffer, (size_t)len), "assent="));
    return exchange.decision.allowed;
}

TEST(the_newest_valid_token_counts)
{
    const struct {
        const char *which;
        bool https;
        uint8_t allowed;
    } rows[] =
        {
            {"", false, NOTHING},    {"-0", false, NOTHING}, {"-1", false, ALL},
            {"-0-1", false, ALL},    {"-1-0", false, ALL},   {"-2", false, NOTHING},
            {"-2-1", false, ALL},    {"-1-2", false, ALL},   {"+1", true, ALL},
            {"+0-1", true, NOTHING}, /* a token that anybody in the network can set is not believed */
            {"-1", true, NOTHING},   {"+1", false, NOTHING},
        };
    struct token_case t;

    make_tokens(&t);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CHECK_INT_ROW(rows[i].which, request_with(&t, rows[i].which, rows[i].https),
                      rows[i].allowed);
    }
}

TEST(of_two_tokens_of_one_second_the_refusal_counts)
{
    struct token_case t;

    make_tokens(&t);
    for (int i = 0; i < 2; i++) {
        struct assent_consent c = consent_of(sample_policy(), i == 0 ? NOTHING : ALL);
        int len;

        c.has_subject = i == 1;
        c.sequence = i == 1 ? 1 : 0;
        c.changed_s = NOW - 50;
        len = assent_token_mint(&t.keys, &t.crypto, &c, t.text[i]);
        CHECK(len > 0);
        t.len[i] = (size_t)len;
    }
    CHECK_INT(request_with(&t, "-1", false), ALL);
    CHECK_INT(request_with(&t, "-0-1", false), NOTHING);
    CHECK_INT(request_with(&t, "-1-0", false), NOTHING);
}

TEST(a_second_token_is_expired_and_the_good_one_is_not)
{
    struct token_case t;
    struct assent_span out;

    make_tokens(&t);
    request_with(&t, "-0-1", false);
    out = response(&t.gate, ASSENT_GATE_FINAL, ASSENT_SPAN(OKAY "\r\n"));
    CHECK(contains(out, "Set-Cookie: assent=; Domain=shop.example; Path=/; "));
    CHECK(!contains(out, "Set-Cookie: assent=; Path=/; "));
    request_with(&t, "-2", false);
    out = response(&t.gate, ASSENT_GATE_FINAL, ASSENT_SPAN(OKAY "\r\n"));
    CHECK(contains(out, "Set-Cookie: assent=; Path=/; "));
    request_with(&t, "-1", false);
    out = response(&t.gate, ASSENT_GATE_FINAL, ASSENT_SPAN(OKAY "\r\n"));
    CHECK(!contains(out, "Set-Cookie: assent="));
}

TEST(many_tokens_cost_a_bounded_number_of_macs)
{
    struct token_case t;

    make_tokens(&t);
    hmac_calls = 0;
    request_with(&t, "-2-2-2-2-2-2-2-2-2-2-1", false);
    CHECK_INT(hmac_calls, ASSENT_GATE_TOKENS);
    CHECK_INT(exchange.decision.allowed, NOTHING);
}

static int record_error;
static struct assent_consent record_found;
static int find_record(void *ctx, const uint8_t subject[ASSENT_SUBJECT_BYTES],
                       struct assent_consent *out)
{
    (void)ctx;
    (void)subject;
    *out = record_found;
    return record_error;
}

TEST(whatever_fails_leaves_essential_only)
{
    struct token_case t;
    struct assent_consent c = consent_of(sample_policy(), ALL);

    make_tokens(&t);
    t.crypto.hmac = failing_hmac;
    CHECK_INT(request_with(&t, "-1", false), NOTHING);
    CHECK_INT(exchange.decision.reason[ASSENT_TIER_ANALYTICS], ASSENT_REASON_FAILED);
    t.crypto.hmac = counting_hmac;
    t.keys.count = 0;
    CHECK_INT(request_with(&t, "-1", false), NOTHING);
    t.keys.count = 1;
    t.keys.generation = 1;
    CHECK_INT(request_with(&t, "-1", false), NOTHING); /* revoked */
    t.keys.generation = 0;
    t.keys.site = ASSENT_SPAN("other");
    CHECK_INT(request_with(&t, "-1", false), NOTHING); /* of another site */
    t.keys.site = ASSENT_SPAN("shop");
    CHECK_INT(request_with(&t, "-1", false), ALL);
    c.has_subject = true;
    t.len[1] = (size_t)assent_token_mint(&t.keys, &t.crypto, &c, t.text[1]);
    t.gate.find_record = find_record;
    record_found = c;
    record_error = ASSENT_OK;
    CHECK_INT(request_with(&t, "-1", false), ALL);
    record_error = ASSENT_ERR_NOT_FOUND;
    CHECK_INT(request_with(&t, "-1", false), NOTHING);
    CHECK_INT(exchange.decision.reason[ASSENT_TIER_ANALYTICS], ASSENT_REASON_NO_RECORD);
    record_error = ASSENT_ERR_CORRUPT;
    CHECK_INT(request_with(&t, "-1", false), NOTHING);
    CHECK_INT(exchange.decision.reason[ASSENT_TIER_ANALYTICS], ASSENT_REASON_FAILED);
    record_error = ASSENT_OK;
    record_found.sequence = 2;
    record_found.choice[ASSENT_TIER_ANALYTICS] = ASSENT_CHOICE_WITHDRAWN;
    CHECK_INT(request_with(&t, "-1", false), ASSENT_TIERS_ESSENTIAL | 4);
}

TEST_MAIN(CASE(only_cookies_of_allowed_tiers_reach_the_application),
          CASE(what_is_no_head_is_refused_and_leaves_essential_only),
          CASE(one_field_too_many_is_refused_and_not_ignored),
          CASE(the_signal_counts_only_if_it_is_exactly_1), CASE(the_newest_valid_token_counts),
          CASE(of_two_tokens_of_one_second_the_refusal_counts),
          CASE(a_second_token_is_expired_and_the_good_one_is_not),
          CASE(many_tokens_cost_a_bounded_number_of_macs),
          CASE(whatever_fails_leaves_essential_only))
