/* SPDX-License-Identifier: MIT */
#include "core/gate.h"

#include "port/crypto/mbedtls.h"
#include "port/host/ledger_table.h"
#include "tests/unit/sample_policy.h"
#include "tests/unit/test.h"

#define NOW UINT64_C(1800000000)

/* The sample policy (tests/policies/gate.json) names: sess, csrf (essential); _ga, _ga_*, an_*,
 * __Host-an (analytics); ads_* (advertising). */

static uint8_t buffer[16384];
static uint8_t output[32768];
static struct assent_gate_exchange exchange;

static struct assent_gate gate_of(const struct assent_policy *policy)
{
    struct assent_gate gate = {
        .policy = policy, .decision_field = ASSENT_SPAN("Assent-Consent"), .csp = false};

    return gate;
}

static struct assent_consent consent_of(const struct assent_policy *policy, uint8_t granted)
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
static struct assent_span request(const struct assent_gate *gate, uint8_t granted, bool https,
                                  struct assent_span head)
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
static struct assent_span response(const struct assent_gate *gate,
                                   enum assent_gate_response_kind kind, struct assent_span head)
{
    struct assent_writer out = assent_writer(output, sizeof(output));

    CHECK_INT(assent_gate_response(gate, &exchange, kind, head, &out), ASSENT_OK);
    return assent_writer_span(&out);
}

static bool contains(struct assent_span text, const char *part)
{
    size_t len = strlen(part);

    for (size_t i = 0; i + len <= text.len; i++) {
        if (memcmp(text.ptr + i, part, len) == 0) {
            return true;
        }
    }
    return false;
}

static unsigned count(struct assent_span text, const char *part)
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

TEST(set_cookie_is_judged_hardened_and_shortened)
{
    const struct {
        const char *why;
        uint8_t granted;
        bool https;
        struct assent_span in;
        const char *out; /* what remains of the line; "" if it is dropped */
    } rows[] = {
        {"complete: copied byte by byte", ALL, true,
         ASSENT_SPAN("sEt-cOOkie:  sess=1;path=/;secure;httponly;samesite=lax;Priority=High"),
         "sEt-cOOkie:  sess=1;path=/;secure;httponly;samesite=lax;Priority=High\r\n"},
        {"hardened", ALL, true, ASSENT_SPAN("Set-Cookie: sess=1"),
         "Set-Cookie: sess=1; Secure; HttpOnly; SameSite=Lax\r\n"},
        {"not Secure over HTTP", ALL, false, ASSENT_SPAN("Set-Cookie: sess=1; SameSite=Strict"),
         "Set-Cookie: sess=1; HttpOnly; SameSite=Strict\r\n"},
        {"not HttpOnly where scripts need it", ALL, false, ASSENT_SPAN("Set-Cookie: _ga=1"),
         "Set-Cookie: _ga=1; SameSite=Lax\r\n"},
        {"not granted", NOTHING, false, ASSENT_SPAN("Set-Cookie: _ga=1; HttpOnly; Path=/p/"), ""},
        {"other letters", NOTHING, false, ASSENT_SPAN("SET-COOKIE: _ga=1"), ""},
        {"no choice", 0, false, ASSENT_SPAN("Set-Cookie: ads_http=1; HttpOnly"), ""},
        {"unknown", ALL, false, ASSENT_SPAN("Set-Cookie: other=1"), ""},
        {"nameless", ALL, false, ASSENT_SPAN("Set-Cookie: sess"), ""},
        {"nameless by '='", ALL, false, ASSENT_SPAN("Set-Cookie: =sess"), ""},
        {"the token is ours", ALL, false, ASSENT_SPAN("Set-Cookie: assent=x"), ""},
        {"and so is its other name", ALL, true,
         ASSENT_SPAN("Set-Cookie: __Host-assent=x; Secure; Path=/"), ""},
        {"tab in a value is no control", ALL, false,
         ASSENT_SPAN("Set-Cookie: sess=a\tb; HttpOnly; SameSite=Lax"),
         "Set-Cookie: sess=a\tb; HttpOnly; SameSite=Lax\r\n"},
        {"obsolete", ALL, false, ASSENT_SPAN("Set-Cookie2: sess=1"), ""},
        {"promised as session cookie", ALL, false,
         ASSENT_SPAN("Set-Cookie: sess=1; Max-Age=99; HttpOnly; SameSite=Lax"),
         "Set-Cookie: sess=1; HttpOnly; SameSite=Lax\r\n"},
        {"life cut to the inventory's 30 days", ALL, false,
         ASSENT_SPAN("Set-Cookie: an_sub=1; Max-Age=99999999; Path=/p/; SameSite=Lax"),
         "Set-Cookie: an_sub=1; Path=/p/; Max-Age=2592000; SameSite=Lax\r\n"},
        {"life by date", ALL, false,
         ASSENT_SPAN("Set-Cookie: an_sub=1; Expires=Fri, 31 Dec 2060 00:00:00 GMT; SameSite=Lax"),
         "Set-Cookie: an_sub=1; Max-Age=2592000; SameSite=Lax\r\n"},
        {"short enough", ALL, false, ASSENT_SPAN("Set-Cookie: an_sub=1; Max-Age=60; SameSite=Lax"),
         "Set-Cookie: an_sub=1; Max-Age=60; SameSite=Lax\r\n"},
        {"deleting passes, its value does not", NOTHING, false,
         ASSENT_SPAN("Set-Cookie: _ga=secret; Max-Age=0; Path=/p/"),
         "Set-Cookie: _ga=; Path=/p/; Max-Age=0\r\n"},
        {"deleting by date", 0, false,
         ASSENT_SPAN("Set-Cookie: _ga=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"),
         "Set-Cookie: _ga=; Expires=Thu, 01 Jan 1970 00:00:00 GMT\r\n"},
    };
    struct assent_gate gate = gate_of(sample_policy());

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_writer w = assent_writer(buffer + 8192, 4096);
        struct assent_writer expected = assent_writer(buffer + 12288, 2048);
        struct assent_span out;

        request(&gate, rows[i].granted, rows[i].https, ASSENT_SPAN(GET "\r\n"));
        assent_writer_text(&w, OKAY "Content-Type: image/png\r\n");
        assent_writer_put(&w, rows[i].in);
        assent_writer_text(&w, "\r\nX: y\r\n\r\n");
        out = response(&gate, ASSENT_GATE_FINAL, assent_writer_span(&w));
        assent_writer_text(&expected, OKAY "Content-Type: image/png\r\n");
        assent_writer_text(&expected, rows[i].out);
        assent_writer_text(&expected, "X: y\r\n");
        CHECK_ROW(rows[i].why, assent_span_starts(out, assent_writer_span(&expected)));
        if (!assent_span_starts(out, assent_writer_span(&expected))) {
            printf("%.*s", (int)out.len, (const char *)out.ptr);
        }
    }
}

TEST(nothing_slips_through_among_fifty)
{
    struct assent_gate gate = gate_of(sample_policy());
    struct assent_writer w = assent_writer(buffer + 4096, 8192);
    struct assent_span out;

    request(&gate, NOTHING, false, ASSENT_SPAN(GET "\r\n"));
    assent_writer_text(&w, OKAY);
    for (unsigned i = 0; i < 50; i++) {
        assent_writer_text(&w, i % 2 == 0 ? "Set-Cookie: ads_" : "SET-COOKIE: an_");
        assent_writer_decimal(&w, i);
        assent_writer_text(&w, "=leak; HttpOnly\r\n");
    }
    assent_writer_text(&w, "Set-Cookie: sess=1\r\n\r\n");
    out = response(&gate, ASSENT_GATE_FINAL, assent_writer_span(&w));
    CHECK(!contains(out, "leak"));
    CHECK_INT(count(out, "ookie: "), 1);
}

TEST(interim_responses_and_trailers_set_no_cookie_and_gain_no_field)
{
    struct assent_gate gate = gate_of(sample_policy());

    gate.csp = true;
    request(&gate, ALL, false, ASSENT_SPAN(GET "Cookie: other=1\r\n\r\n"));
    CHECK_SPAN(response(&gate, ASSENT_GATE_INTERIM,
                        ASSENT_SPAN("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nSet-Cookie: "
                                    "sess=1\r\n\r\n")),
               "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
    CHECK_SPAN(response(&gate, ASSENT_GATE_TRAILERS,
                        ASSENT_SPAN("Set-Cookie: _ga=1\r\nDigest: x\r\n\r\n")),
               "Digest: x\r\n\r\n");
}

TEST(a_response_head_that_cannot_be_read_is_refused)
{
    const struct assent_span rows[] = {
        ASSENT_SPAN(OKAY "Set-Cookie: sess=1\nSet-Cookie: _ga=1\r\n\r\n"),
        ASSENT_SPAN(OKAY "Set-Cookie: sess=1\r\n Set-Cookie: _ga=1\r\n\r\n"),
        ASSENT_SPAN(OKAY "Set-Cookie : _ga=1\r\n\r\n"),
        ASSENT_SPAN(OKAY "Set-Cookie: _ga=1\0\r\n\r\n"),
        ASSENT_SPAN(OKAY "Set-Cookie: _ga=1\r\n\r\nbody"),
    };
    struct assent_gate gate = gate_of(sample_policy());

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_writer out = assent_writer(output, sizeof(output));

        request(&gate, ALL, false, ASSENT_SPAN(GET "\r\n"));
        CHECK_INT(assent_gate_response(&gate, &exchange, ASSENT_GATE_FINAL, rows[i], &out),
                  ASSENT_ERR_SYNTAX);
    }
}

TEST(too_little_room_is_an_error_but_never_for_expiries)
{
    struct assent_gate gate = gate_of(sample_policy());
    struct assent_span head = ASSENT_SPAN(OKAY "Content-Type: text/html\r\n\r\n");
    struct assent_writer all = assent_writer(output, sizeof(output));
    bool complete = false;
    size_t needed = 0;

    request(&gate, NOTHING, false, ASSENT_SPAN(GET "Cookie: _ga=1; other=2\r\n\r\n"));
    CHECK_INT(assent_gate_response(&gate, &exchange, ASSENT_GATE_FINAL, head, &all), ASSENT_OK);
    CHECK_INT(exchange.omitted_count, 0);
    for (size_t cap = 0; cap <= all.len; cap++) {
        struct assent_writer out = assent_writer(buffer + 8192, cap);
        int error = assent_gate_response(&gate, &exchange, ASSENT_GATE_FINAL, head, &out);

        CHECK(error == ASSENT_OK || error == ASSENT_ERR_SPACE);
        CHECK(error == ASSENT_OK || !complete); /* once there is room, more room does not hurt */
        if (error == ASSENT_OK && !complete) {
            complete = true;
            needed = cap;
        }
        CHECK(error != ASSENT_OK || memcmp(out.ptr + out.len - 4, "\r\n\r\n", 4) == 0);
    }
    CHECK(needed < 150);
}

TEST(what_the_browser_must_not_keep_is_expired_everywhere_it_can_be)
{
    struct assent_gate gate = gate_of(sample_policy());
    struct assent_span out;

    request(&gate, NOTHING, true, ASSENT_SPAN(GET "Cookie: _ga=1; sess=2\r\n\r\n"));
    out = response(&gate, ASSENT_GATE_FINAL, ASSENT_SPAN(OKAY "\r\n"));
    CHECK(contains(out, "Set-Cookie: _ga=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; "
                        "Max-Age=0; Secure\r\n"));
    CHECK(contains(out, "_ga=; Domain=www.shop.example; Path=/; "));
    CHECK(contains(out, "_ga=; Domain=shop.example; Path=/; "));
    CHECK(!contains(out, "Domain=example;"));
    CHECK(contains(out, "_ga=; Path=/p; "));
    CHECK(contains(out, "_ga=; Path=/p/; "));
    CHECK(contains(out, "_ga=; Path=/p/x; "));
    CHECK(contains(out, "Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Secure; "
                        "Partitioned\r\n"));
    CHECK(!contains(out, "q=1"));
    CHECK(!contains(out, "sess="));
}

TEST(a_closed_gate_passes_nothing_and_expires_what_came)
{
    struct assent_gate gate = gate_of(sample_policy());
    struct assent_span out;

    gate.closed = true;
    out = request(&gate, ALL, false, ASSENT_SPAN(GET "Cookie: sess=1; _ga=2; other=3\r\n\r\n"));
    CHECK(!contains(out, "Cookie"));
    out = response(&gate, ASSENT_GATE_FINAL, ASSENT_SPAN(OKAY "Set-Cookie: sess=new\r\n\r\n"));
    CHECK(!contains(out, "sess=new"));
    CHECK(contains(out, "Set-Cookie: sess=; Path=/; "));
    CHECK(contains(out, "Set-Cookie: _ga=; Path=/; "));
    CHECK(contains(out, "Set-Cookie: other=; Path=/; "));
}

TEST(an_address_has_no_parent_domains)
{
    struct assent_gate gate = gate_of(sample_policy());
    struct assent_span out;

    request(&gate, NOTHING, false,
            ASSENT_SPAN("GET / HTTP/1.1\r\nHost: 10.0.2.15:80\r\nCookie: _ga=1\r\n\r\n"));
    out = response(&gate, ASSENT_GATE_FINAL, ASSENT_SPAN(OKAY "\r\n"));
    CHECK(!contains(out, "Domain="));
    CHECK_INT(count(out, "Set-Cookie: _ga="), 1);
}

TEST(a_name_with_a_prefix_is_expired_as_its_prefix_demands)
{
    struct assent_gate gate = gate_of(sample_policy());
    struct assent_span out;

    request(&gate, NOTHING, true, ASSENT_SPAN(GET "Cookie: __Host-an=1\r\n\r\n"));
    out = response(&gate, ASSENT_GATE_FINAL, ASSENT_SPAN(OKAY "\r\n"));
    CHECK(contains(out, "Set-Cookie: __Host-an=; Path=/; "));
    CHECK(!contains(out, "Domain="));
    CHECK(!contains(out, "Path=/p"));
}

TEST(withdrawal_expires_the_exact_tuples_of_the_ledger)
{
    static uint8_t room[1024];
    struct assent_ledger_table table = {room, sizeof(room), 0};
    struct assent_ledger ledger = assent_ledger_table_open(&table);
    struct assent_gate gate = gate_of(sample_policy());
    struct assent_span out;

    gate.ledger = &ledger;
    request(&gate, ALL, true, ASSENT_SPAN(GET "\r\n"));
    response(&gate, ASSENT_GATE_FINAL,
             ASSENT_SPAN(OKAY "Set-Cookie: an_sub=1; Path=/deep/er; HttpOnly\r\n"
                              "Set-Cookie: ads_d=1; Domain=.Shop.Example; Path=/\r\n"
                              "Set-Cookie: an_part=1; Path=/; Secure; Partitioned\r\n"
                              "Set-Cookie: an_default=1\r\n"
                              "Set-Cookie: sess=1; Path=/\r\n\r\n"));
    request(&gate, NOTHING, true, ASSENT_SPAN(GET "\r\n"));
    exchange.expire_all = true;
    out = response(&gate, ASSENT_GATE_FINAL, ASSENT_SPAN(OKAY "\r\n"));
    CHECK(contains(out, "Set-Cookie: an_sub=; Path=/deep/er; "));
    CHECK(contains(out, "Set-Cookie: ads_d=; Domain=shop.example; Path=/; "));
    CHECK(contains(out, "Set-Cookie: an_part=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; "
                        "Max-Age=0; Secure; Partitioned\r\n"));
    CHECK(contains(out, "Set-Cookie: an_default=; Path=/p; "));
    CHECK_INT(count(out, "Set-Cookie: "), 4); /* and no guesses */
    request(&gate, NOTHING, true, ASSENT_SPAN(GET "\r\n"));
    out = response(&gate, ASSENT_GATE_FINAL, ASSENT_SPAN(OKAY "\r\n"));
    CHECK_INT(count(out, "Set-Cookie: "), 0); /* nothing was sent, nothing is to be done */
}

static int fail_learn(void *ctx, const struct assent_ledger_tuple *tuple)
{
    (void)ctx;
    (void)tuple;
    return ASSENT_ERR_IO;
}

/* One tuple, and then the flash fails. */
static int fail_next(void *ctx, uint32_t *cursor, uint8_t bytes[ASSENT_LEDGER_TUPLE_BYTES],
                     struct assent_ledger_tuple *tuple)
{
    (void)ctx;
    (void)bytes;
    *tuple = (struct assent_ledger_tuple){ASSENT_SPAN("an_sub"), ASSENT_SPAN(""), ASSENT_SPAN("/s"),
                                          false, false};
    return (*cursor)++ == 0 ? ASSENT_OK : ASSENT_ERR_IO;
}

TEST(a_ledger_that_fails_is_told_apart_from_one_that_ends)
{
    struct assent_ledger ledger = {.learn = fail_learn, .next = fail_next};
    struct assent_gate gate = gate_of(sample_policy());
    struct assent_span out;

    gate.ledger = &ledger;
    request(&gate, NOTHING, true, ASSENT_SPAN(GET "Cookie: ads_x=1\r\n\r\n"));
    exchange.expire_all = true;
    out = response(&gate, ASSENT_GATE_FINAL,
                   ASSENT_SPAN(OKAY "Set-Cookie: ads_d=1\r\nSet-Cookie: sess=1\r\n\r\n"));
    CHECK(contains(out, "Set-Cookie: an_sub=; Path=/s; "));
    CHECK(contains(out, "Set-Cookie: ads_x=; "));
    CHECK(contains(out, "Set-Cookie: sess=1"));
    CHECK(!contains(out, "ads_d"));
    CHECK_INT(exchange.omitted_count, 1);
}

TEST(a_tuple_that_no_browser_can_have_leaves_no_broken_line)
{
    static uint8_t room[256];
    struct assent_ledger_table table = {room, sizeof(room), 0};
    struct assent_ledger ledger = assent_ledger_table_open(&table);
    struct assent_gate gate = gate_of(sample_policy());

    gate.ledger = &ledger;
    request(&gate, ALL, false, ASSENT_SPAN(GET "\r\n"));
    response(&gate, ASSENT_GATE_FINAL,
             ASSENT_SPAN(OKAY "Set-Cookie: __Host-an=1; Domain=shop.example\r\n\r\n"));
    request(&gate, NOTHING, false, ASSENT_SPAN(GET "\r\n"));
    exchange.expire_all = true;
    CHECK(!contains(response(&gate, ASSENT_GATE_FINAL, ASSENT_SPAN(OKAY "\r\n")), "Set-Cookie"));
}

TEST(expiries_stay_within_their_number)
{
    struct assent_gate gate = gate_of(sample_policy());
    struct assent_writer w = assent_writer(buffer + 8192, 4096);
    struct assent_span out;

    assent_writer_text(&w, "GET /a/b/c/d/e/f HTTP/1.1\r\nHost: a.b.c.d.e.example\r\nCookie: z=0");
    for (unsigned i = 0; i < 40; i++) {
        assent_writer_text(&w, "; ads_");
        assent_writer_decimal(&w, i);
        assent_writer_text(&w, "=1");
    }
    assent_writer_text(&w, "\r\n\r\n");
    request(&gate, NOTHING, true, assent_writer_span(&w));
    CHECK_INT(exchange.dropped_count, 41);
    out = response(&gate, ASSENT_GATE_FINAL, ASSENT_SPAN(OKAY "\r\n"));
    CHECK_INT(count(out, "Set-Cookie: "), ASSENT_GATE_EXPIRIES);
    CHECK(exchange.omitted_count > 0);
}

#define VARY "Vary: Cookie, Sec-GPC\r\nCache-Control: private"

TEST(caching_fits_what_the_response_depends_on)
{
    const struct {
        const char *why;
        bool notice;
        struct assent_span in;
        const char *out;
    } rows[] = {
        {"a picture is left alone", false,
         ASSENT_SPAN("Content-Type: image/png\r\nCache-Control: public, max-age=9\r\n"),
         "Content-Type: image/png\r\nCache-Control: public, max-age=9\r\n"},
        {"a picture with a cookie is not", false,
         ASSENT_SPAN("Content-Type: image/png\r\nSet-Cookie: _ga=1\r\nCache-Control: public, "
                     "max-age=9\r\n"),
         "Content-Type: image/png\r\n" VARY ", max-age=9\r\n"},
        {"a page", false,
         ASSENT_SPAN(
             "Content-Type: text/html\r\nCache-Control: Public, S-MaxAge=9\r\nCache-Control: "
             "no-cache\r\n"),
         "Content-Type: text/html\r\n" VARY ", no-cache\r\n"},
        {"no type: may be a page", false, ASSENT_SPAN(""), VARY "\r\n"},
        {"no-store stays", false,
         ASSENT_SPAN("Content-Type: text/html\r\nCache-Control: no-store\r\n"),
         "Content-Type: text/html\r\n" VARY ", no-store\r\n"},
        {"the notice is for one visitor", true,
         ASSENT_SPAN("Content-Type: text/html\r\nCache-Control: max-age=9\r\n"),
         "Content-Type: text/html\r\n" VARY ", no-store, max-age=9\r\n"},
    };
    struct assent_gate gate = gate_of(sample_policy());

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_writer in = assent_writer(buffer + 8192, 2048);
        struct assent_writer expected = assent_writer(buffer + 12288, 2048);

        request(&gate, 0, false, ASSENT_SPAN(GET "\r\n"));
        exchange.notice = rows[i].notice;
        assent_writer_text(&in, OKAY);
        assent_writer_put(&in, rows[i].in);
        assent_writer_text(&in, "\r\n");
        assent_writer_text(&expected, OKAY);
        assent_writer_text(&expected, rows[i].out);
        assent_writer_text(&expected, "\r\n");
        assent_writer_byte(&expected, 0);
        CHECK_SPAN_ROW(rows[i].why, response(&gate, ASSENT_GATE_FINAL, assent_writer_span(&in)),
                       (const char *)expected.ptr);
    }
}

TEST(third_party_hosts_follow_the_tiers)
{
    const struct {
        uint8_t granted;
        bool analytics, advertising;
    } rows[] = {{0, false, false}, {NOTHING, false, false}, {SOME, true, false}, {ALL, true, true}};
    struct assent_gate gate = gate_of(sample_policy());

    gate.csp = true;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_span out;

        request(&gate, rows[i].granted, false, ASSENT_SPAN(GET "\r\n"));
        out = response(&gate, ASSENT_GATE_FINAL,
                       ASSENT_SPAN(OKAY "Content-Type: text/html\r\nContent-Security-Policy: "
                                        "default-src 'none'\r\n\r\n"));
        CHECK(
            contains(out, "Content-Security-Policy: default-src 'none'\r\n")); /* never loosened */
        CHECK(contains(out, "Content-Security-Policy: default-src 'self'"));
        CHECK_INT(contains(out, "https://www.google-analytics.com") ||
                      contains(out, " www.google-analytics.com"),
                  rows[i].analytics);
        CHECK_INT(contains(out, "ads.example"), rows[i].advertising);
    }
}

static unsigned reports;
static void count_report(void *ctx, const struct assent_gate_report *report)
{
    (void)ctx;
    (void)report;
    reports++;
}

TEST(unclassified_cookies_are_reported)
{
    struct assent_gate gate = gate_of(sample_policy());

    gate.report = count_report;
    reports = 0;
    request(&gate, ALL, false, ASSENT_SPAN(GET "Cookie: sess=1; what=2; _ga=3\r\n\r\n"));
    CHECK_INT(reports, 1);
    CHECK_INT(exchange.unclassified_count, 1);
    CHECK_INT(exchange.passed_count, 2);
    CHECK_INT(exchange.dropped_count, 1);
    response(&gate, ASSENT_GATE_FINAL, ASSENT_SPAN(OKAY "Set-Cookie: new=1\r\n\r\n"));
    CHECK_INT(reports, 2);
}

TEST(a_policy_may_let_unknown_cookies_pass)
{
    struct assent_policy policy = *sample_policy();
    struct assent_gate gate = gate_of(&policy);

    policy.flags |= ASSENT_POLICY_ALLOWS_UNKNOWN;
    CHECK_SPAN(request(&gate, 0, false, ASSENT_SPAN(GET "Cookie: what=2; _ga=3\r\n\r\n")),
               GET "Cookie: what=2\r\n\r\n");
    CHECK(contains(response(&gate, ASSENT_GATE_FINAL, ASSENT_SPAN(OKAY "Set-Cookie: n=1\r\n\r\n")),
                   "Set-Cookie: n=1"));
}

TEST(the_token_cookie_is_bound_to_the_host_over_https)
{
    struct assent_writer w = assent_writer(output, sizeof(output));

    CHECK_INT(assent_gate_write_token(&w, ASSENT_SPAN("abc"), 180, true), ASSENT_OK);
    CHECK_SPAN(assent_writer_span(&w), "Set-Cookie: __Host-assent=abc; Path=/; Max-Age=15552000; "
                                       "Secure; HttpOnly; SameSite=Lax\r\n");
    w = assent_writer(output, sizeof(output));
    CHECK_INT(assent_gate_write_token(&w, ASSENT_SPAN("abc"), 0, false), ASSENT_OK);
    CHECK_SPAN(assent_writer_span(&w),
               "Set-Cookie: assent=abc; Path=/; HttpOnly; SameSite=Lax\r\n");
}

TEST(a_request_context_fits_one_kilobyte)
{
    CHECK(sizeof(struct assent_gate_exchange) <= 1024);
}

TEST_MAIN(CASE(only_cookies_of_allowed_tiers_reach_the_application),
          CASE(what_is_no_head_is_refused_and_leaves_essential_only),
          CASE(one_field_too_many_is_refused_and_not_ignored),
          CASE(the_signal_counts_only_if_it_is_exactly_1), CASE(the_newest_valid_token_counts),
          CASE(of_two_tokens_of_one_second_the_refusal_counts),
          CASE(a_second_token_is_expired_and_the_good_one_is_not),
          CASE(many_tokens_cost_a_bounded_number_of_macs),
          CASE(whatever_fails_leaves_essential_only),
          CASE(set_cookie_is_judged_hardened_and_shortened),
          CASE(nothing_slips_through_among_fifty),
          CASE(interim_responses_and_trailers_set_no_cookie_and_gain_no_field),
          CASE(a_response_head_that_cannot_be_read_is_refused),
          CASE(too_little_room_is_an_error_but_never_for_expiries),
          CASE(what_the_browser_must_not_keep_is_expired_everywhere_it_can_be),
          CASE(a_closed_gate_passes_nothing_and_expires_what_came),
          CASE(an_address_has_no_parent_domains),
          CASE(a_name_with_a_prefix_is_expired_as_its_prefix_demands),
          CASE(withdrawal_expires_the_exact_tuples_of_the_ledger),
          CASE(a_ledger_that_fails_is_told_apart_from_one_that_ends),
          CASE(a_tuple_that_no_browser_can_have_leaves_no_broken_line),
          CASE(expiries_stay_within_their_number), CASE(caching_fits_what_the_response_depends_on),
          CASE(third_party_hosts_follow_the_tiers), CASE(unclassified_cookies_are_reported),
          CASE(a_policy_may_let_unknown_cookies_pass),
          CASE(the_token_cookie_is_bound_to_the_host_over_https),
          CASE(a_request_context_fits_one_kilobyte))
