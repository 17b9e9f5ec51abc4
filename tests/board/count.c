/* SPDX-License-Identifier: MIT */
/* Counts instructions on the target: the firmware's parts with another main(), run by QEMU with
 * -icount shift=0, where each instruction takes a nanosecond of the machine's time. Says, for each, what
 * one call takes, and ends with "counted". */
#include "port/cortex_m/clock.h"
#include "board/emcraft-sf2/registers.h"
#include "port/device/uart.h"
#include "board/emcraft-sf2/watchdog.h"
#include "core/gate.h"
#include "core/policies/builtin.h"
#include "port/cortex_m/fault.h"
#include "port/crypto/mbedtls.h"

enum { CALLS = 200 };

int main(void);

static const char head_start[] =
    "GET /shop/list?page=2 HTTP/1.1\r\n"
    "Host: procomm-voices.localhost\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
    "Accept-Language: de,en-US;q=0.7,en;q=0.3\r\n"
    "Accept-Encoding: gzip, deflate, br\r\n"
    "Referer: https://procomm-voices.localhost/shop/\r\n"
    "Cookie: pcv_session=4f9d2a61c07be835; pcv_auth=Zm9vYmFyYmF6; pcv_link=17188; pcv_ad=7; "
    "other=b7c2";
static const char head_end[] = "\r\nUpgrade-Insecure-Requests: 1\r\nSec-Fetch-Dest: document\r\n"
                               "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Site: same-origin\r\n"
                               "Sec-Fetch-User: ?1\r\n\r\n";

static struct assent_policy policy;
static struct assent_token_keys keys;
static struct assent_gate gate;
static struct assent_gate_exchange exchange;
static struct assent_crypto crypto;

/* Milliseconds by interrupts, the rest by the counter between them. */
static uint64_t now_ns(void)
{
    uint32_t ms;
    uint32_t left;

    do {
        ms = clock_uptime_ms();
        left = sf2_read(SYST_CVR);
    } while (ms != clock_uptime_ms());
    return (uint64_t)ms * 1000000U + (uint64_t)(SF2_CLOCK_HZ / 1000 - 1 - left) * 1000U / 142U;
}

static void filter(const uint8_t *head, size_t len)
{
    static uint8_t work[1024];
    static const struct assent_gate_input input = {.now = {1800000000, ASSENT_CLOCK_SET}};

    memcpy(work, head, len);
    if (assent_gate_request(&gate, &input, work, len, &exchange) <= 0) {
        assent_fault_panic(0, __LINE__);
    }
}

static void count(const char *name, struct assent_span token)
{
    static uint8_t head[1024];
    struct assent_writer w = assent_writer(head, sizeof(head));
    uint64_t start;

    assent_writer_text(&w, head_start);
    if (token.len > 0) {
        assent_writer_text(&w, "; assent=");
        assent_writer_put(&w, token);
    }
    assent_writer_text(&w, head_end);
    start = now_ns();
    for (unsigned i = 0; i < CALLS; i++) {
        filter(head, w.len);
    }
    uart_text(name);
    uart_text(" ");
    uart_decimal((now_ns() - start) / CALLS);
    uart_text(" instructions, head of ");
    uart_decimal(w.len);
    uart_text(" bytes\n");
}

int main(void)
{
    static const struct assent_consent consent = {
        .has_subject = true,
        .choice = {0, ASSENT_CHOICE_GRANTED, ASSENT_CHOICE_REFUSED},
        .trust = ASSENT_CLOCK_SYNCED,
        .sequence = 1,
        .changed_s = 1799990000,
        .valid_days = 180,
    };
    uint8_t text[ASSENT_TOKEN_TEXT_BYTES];
    int len;

    uart_init();
    clock_init();
    keys = (struct assent_token_keys){.site = ASSENT_SPAN("procomm-voices"), .count = 1};
    crypto = assent_mbedtls_hashes();
    gate = (struct assent_gate){.policy = &policy, .keys = &keys, .crypto = &crypto, .csp = true};
    if (assent_policy_open(&policy, assent_builtin_policies[1], &crypto) != ASSENT_OK) {
        assent_fault_panic(0, __LINE__);
    }
    len = assent_token_mint(&keys, &crypto, &consent, text);
    if (len <= 0) {
        assent_fault_panic(0, __LINE__);
    }
    watchdog_feed();
    count("gate_without_token", assent_span(NULL, 0));
    count("gate_with_token", assent_span(text, (size_t)len));
    uart_text("counted\n");
    for (;;) {
        watchdog_feed();
    }
}
