/* SPDX-License-Identifier: MIT */
/* What one request costs at the gate: a browser's head of 600 bytes with six cookies, decision and
 * filter, with and without the MAC of its token; and one response. Medians over many rounds. */
#include "core/gate.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "port/crypto/mbedtls.h"
#include "tests/unit/sample_policy.h"

enum { ROUNDS = 101, CALLS = 2000 };
#define NOW UINT64_C(1800000000)

static const char request_head[] =
    "GET /shop/list?page=2 HTTP/1.1\r\n"
    "Host: www.shop.example\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
    "Accept-Language: de,en-US;q=0.7,en;q=0.3\r\n"
    "Accept-Encoding: gzip, deflate, br\r\n"
    "Referer: https://www.shop.example/shop/\r\n"
    "Cookie: sess=4f9d2a61c07be835; csrf=Zm9vYmFyYmF6; _ga=GA1.1.1193852.17188; "
    "_ga_X1=GS1.1.17188.1; an_sub=7; ads_id=b7c2";
static const char request_end[] = "\r\nUpgrade-Insecure-Requests: 1\r\nSec-Fetch-Dest: document\r\n"
                                  "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Site: same-origin\r\n"
                                  "Sec-Fetch-User: ?1\r\n\r\n";

static const char response_head[] =
    "HTTP/1.1 200 OK\r\nDate: Sat, 21 Nov 2026 10:00:00 GMT\r\nServer: app\r\n"
    "Content-Type: text/html; charset=utf-8\r\nContent-Length: 10240\r\n"
    "Cache-Control: max-age=60\r\nSet-Cookie: sess=4f9d2a61c07be835; Path=/; HttpOnly\r\n"
    "Set-Cookie: _ga=GA1.1.1193852.17188; Path=/; Max-Age=63072000\r\n"
    "Set-Cookie: ads_id=b7c2; Path=/; Domain=shop.example\r\n\r\n";

struct gate_case {
    struct assent_gate gate;
    struct assent_gate_input input;
    uint8_t head[1024];
    size_t len;
};

static struct assent_gate_exchange exchange;

static double now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

static void copy_only(const struct gate_case *c)
{
    static uint8_t work[1024];

    memcpy(work, c->head, c->len);
    __asm__ volatile("" : : "r"(work) : "memory");
}

static void filter_request(const struct gate_case *c)
{
    static uint8_t work[1024];

    memcpy(work, c->head, c->len);
    if (assent_gate_request(&c->gate, &c->input, work, c->len, &exchange) <= 0) {
        abort();
    }
}

static void filter_response(const struct gate_case *c)
{
    static uint8_t work[4096];
    struct assent_writer out = assent_writer(work, sizeof(work));

    if (assent_gate_response(&c->gate, &exchange, ASSENT_GATE_FINAL,
                             assent_span(response_head, sizeof(response_head) - 1),
                             &out) != ASSENT_OK) {
        abort();
    }
}

static double median_ns(void (*run)(const struct gate_case *), const struct gate_case *c)
{
    static double rounds[ROUNDS];

    for (unsigned r = 0; r < ROUNDS; r++) {
        double start = now_ns();

        for (unsigned i = 0; i < CALLS; i++) {
            run(c);
        }
        rounds[r] = (now_ns() - start) / CALLS;
    }
    qsort(rounds, ROUNDS, sizeof(rounds[0]), by_value);
    return rounds[ROUNDS / 2];
}

static void make_head(struct gate_case *c, const char *token, size_t token_len)
{
    struct assent_writer w = assent_writer(c->head, sizeof(c->head));

    assent_writer_text(&w, request_head);
    if (token_len > 0) {
        assent_writer_text(&w, "; assent=");
        assent_writer_put(&w, assent_span(token, token_len));
    }
    assent_writer_text(&w, request_end);
    c->len = w.len;
}

int main(void)
{
    static struct gate_case plain;
    static struct gate_case with_token;
    const struct assent_policy *policy = sample_policy();
    struct assent_crypto crypto = assent_mbedtls_crypto();
    struct assent_token_keys keys = {.site = ASSENT_SPAN("shop"), .count = 1};
    struct assent_consent consent = {
        .has_subject = true,
        .choice = {0, ASSENT_CHOICE_GRANTED, ASSENT_CHOICE_REFUSED},
        .trust = ASSENT_CLOCK_SYNCED,
        .sequence = 1,
        .changed_s = NOW,
        .valid_days = 180,
    };
    uint8_t token[ASSENT_TOKEN_TEXT_BYTES];
    double copy;
    double request;
    double token_request;
    double response;
    double expiring;
    int token_len;

    for (unsigned t = 0; t < ASSENT_TIER_COUNT; t++) {
        consent.fingerprint[t] = policy->fingerprint[t];
    }
    token_len = assent_token_mint(&keys, &crypto, &consent, token);
    if (token_len <= 0) {
        return 1;
    }
    plain.gate.policy = policy;
    plain.input = (struct assent_gate_input){
        .now = {NOW, ASSENT_CLOCK_SYNCED}, .preset = true, .consent = &consent};
    with_token = plain;
    with_token.gate.keys = &keys;
    with_token.gate.crypto = &crypto;
    with_token.input.preset = false;
    make_head(&plain, NULL, 0);
    make_head(&with_token, (const char *)token, (size_t)token_len);
    copy = median_ns(copy_only, &plain);
    request = median_ns(filter_request, &plain) - copy;
    token_request = median_ns(filter_request, &with_token) - copy;
    filter_request(&plain); /* drops a cookie, which the response then expires */
    expiring = median_ns(filter_response, &plain);
    exchange.names_len = 0;
    response = median_ns(filter_response, &plain);
    printf("gate                                    ns/head    MB/s\n");
    printf("request, %3zu bytes, decision and filter %7.0f  %6.0f\n", plain.len, request,
           (double)plain.len * 1e3 / request);
    printf("  the same with a token, %3zu bytes      %7.0f  %6.0f\n", with_token.len, token_request,
           (double)with_token.len * 1e3 / token_request);
    printf("  of which HMAC-SHA-256 of the token    %7.0f\n", token_request - request);
    printf("response, %3zu bytes, three Set-Cookie   %7.0f  %6.0f\n", sizeof(response_head) - 1,
           response, (double)(sizeof(response_head) - 1) * 1e3 / response);
    printf("  the same, expiring one cookie         %7.0f\n", expiring);
    printf("request under 1000 ns: %s\n", request < 1000 ? "yes" : "NO");
    return request < 1000 ? 0 : 1;
}
