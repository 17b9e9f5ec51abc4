/* SPDX-License-Identifier: MIT */
/* The kit as a web server uses it: heads put together and taken apart, refused, answered piece by piece. */
#include "tests/unit/test.h"

#include "core/bytes.h"
#include "http/kit.h"
#include "tests/unit/device.h"
#include "tests/unit/policy_file.h"

enum { HEAD_BYTES = 2048, PAGE_BYTES = 1 << 17 };

static struct device device;
static struct assent_kit kit;
static struct assent_kit_exchange x;
static struct assent_app_site sites[1];
static struct assent_clock clock;
static uint8_t texts[POLICY_FILE_BYTES];
static uint8_t image[POLICY_FILE_BYTES];
static uint8_t scratch[ASSENT_APP_SCRATCH_BYTES];
static uint16_t heads[2048] __attribute__((aligned(8)));
static uint8_t buffer[1024];
static uint8_t head[HEAD_BYTES];
static uint8_t page[PAGE_BYTES];
static size_t page_len;

static struct assent_time now(void *ctx)
{
    (void)ctx;
    return device.now;
}

static uint32_t uptime_ms(void *ctx)
{
    (void)ctx;
    return 0;
}

static struct assent_kit_setup setup_of(const struct assent_span *policies)
{
    return (struct assent_kit_setup){
        .flash = &device.sim.flash,
        .crypto = &device.crypto,
        .clock = &clock,
        .entropy = &device.entropy,
        .texts = assent_span(texts, sizeof(texts)),
        .policies = policies,
        .sites = sites,
        .scratch = scratch,
        .buffer = buffer,
        .heads = heads,
        .heads_bytes = sizeof(heads),
        .buffer_bytes = sizeof(buffer),
        .decision_field = ASSENT_SPAN("Assent-Consent"),
        .policy_count = 1,
    };
}

static int open_kit(void)
{
    struct assent_span policy = assent_span(image, sizeof(image));
    struct assent_kit_setup setup = setup_of(&policy);

    return assent_kit_init(&kit, &setup);
}

static void open_device(void)
{
    clock = (struct assent_clock){NULL, now, uptime_ms};
    device_open(&device, 4096, 64, 0);
    CHECK(policy_file_read("texts", texts) > 0);
    CHECK(policy_file_read("prokoders", image) > 0);
    CHECK_INT(open_kit(), ASSENT_OK);
}

/* One request; what the gate has left lies in head. */
static int ask(const char *text)
{
    struct assent_kit_client client = {.https = false};
    size_t len = strlen(text);

    CHECK(len <= sizeof(head));
    memcpy(head, text, len);
    return assent_kit_request(&kit, &x, &client, head, len);
}

/* The content of an answer in pieces of so many bytes. */
static int read_page(size_t step)
{
    int len;

    page_len = 0;
    while ((len = assent_kit_read(&x, page + page_len, step)) > 0) {
        page_len += (size_t)len;
        CHECK(page_len + step < sizeof(page));
    }
    page[page_len] = '\0';
    return len;
}

static bool page_has(const char *text)
{
    return strstr((const char *)page, text) != NULL;
}

#define HOST "Host: prokoders.localhost\r\n"

TEST(a_request_keeps_what_is_allowed_and_nothing_else)
{
    open_device();
    CHECK(ask("GET /a?b=c HTTP/1.1\r\n" HOST "Assent-Consent: analytics\r\n"
              "Cookie: pk_session=1; pk_usage=2\r\n\r\n") > 0);
    CHECK_SPAN(assent_kit_value(&x, ASSENT_SPAN("cookie"), 0), "pk_session=1");
    CHECK(assent_kit_value(&x, ASSENT_SPAN("cookie"), 1).ptr == NULL);
    CHECK(assent_kit_value(&x, ASSENT_SPAN("ASSENT-consent"), 0).ptr == NULL);
    CHECK_SPAN(x.visit.request.path, "/a");
    CHECK_SPAN(x.visit.request.query, "b=c");
    CHECK(assent_kit_allows(&x, ASSENT_TIER_ESSENTIAL));
    CHECK(!assent_kit_allows(&x, ASSENT_TIER_ANALYTICS));
    CHECK(!assent_kit_owns(&x));
    CHECK(!assent_kit_answer(&x, assent_span(NULL, 0), 0));
    device_close(&device);
}

TEST(what_is_no_request_is_refused_with_its_status)
{
    static const struct {
        const char *text;
        unsigned status;
    } rows[] = {
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST, 400},
        {"GET / HTTP/1.1\r\n" HOST "\r\nmore", 400},
        {"GET / HTTP/1.1\r\n" HOST " Cookie: a=b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400},
        {"GET / HTTP/2.0\r\n" HOST "\r\n", 505},
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "Expect: magic\r\n\r\n", 417},
    };

    open_device();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CHECK(ask(rows[i].text) < 0);
        CHECK_INT(x.status, rows[i].status);
    }
    device_close(&device);
}

TEST(a_head_cannot_be_split_by_its_parts)
{
    static const struct {
        const char *method, *target, *version, *name, *value;
    } rows[] = {
        {"GET /x", "/", "HTTP/1.1", "a", "b"},       {"", "/", "HTTP/1.1", "a", "b"},
        {"GET", "/ HTTP/1.1\r\nb: c", "", "a", "b"}, {"GET", "/a b", "HTTP/1.1", "a", "b"},
        {"GET", "", "HTTP/1.1", "a", "b"},           {"GET", "/", "HTTP/1.1 ", "a", "b"},
        {"GET", "/", "HTTP/1.1", "a: b\r\nc", "d"},  {"GET", "/", "HTTP/1.1", "", "b"},
        {"GET", "/", "HTTP/1.1", "a", "b\r\nc: d"},  {"GET", "/", "HTTP/1.1", "a", "b\nc"},
        {"GET", "/", "HTTP/1.1", "a", "b\rc"},       {"GET", "/", "HTTP/1.1", "a b", "c"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_writer w = assent_writer(head, sizeof(head));

        assent_kit_start(&w, rows[i].method, rows[i].target, rows[i].version);
        assent_kit_field(&w, assent_span(rows[i].name, strlen(rows[i].name)),
                         assent_span(rows[i].value, strlen(rows[i].value)));
        assent_kit_end(&w);
        CHECK_INT(w.error, ASSENT_ERR_FORBIDDEN);
    }
}

TEST(heads_are_put_together_from_parts)
{
    struct assent_writer w = assent_writer(head, sizeof(head));

    assent_kit_start(&w, "GET", "/a?b", "HTTP/1.1");
    assent_kit_field(&w, ASSENT_SPAN("Host"), ASSENT_SPAN("x"));
    assent_kit_field(&w, ASSENT_SPAN("Empty"), ASSENT_SPAN(""));
    assent_kit_end(&w);
    CHECK_INT(w.error, ASSENT_OK);
    CHECK_SPAN(assent_writer_span(&w), "GET /a?b HTTP/1.1\r\nHost: x\r\nEmpty: \r\n\r\n");
    w = assent_writer(head, sizeof(head));
    assent_kit_start_answer(&w, 404);
    assent_kit_end(&w);
    CHECK_SPAN(assent_writer_span(&w), "HTTP/1.1 404 Not Found\r\n\r\n");
    assent_kit_start_answer(&w, 600);
    CHECK_INT(w.error, ASSENT_ERR_RANGE);
}

TEST(an_answer_is_the_same_in_pieces_of_any_size)
{
    static uint8_t whole[PAGE_BYTES];
    size_t whole_len;

    open_device();
    CHECK(ask("GET /.consent/ HTTP/1.1\r\n" HOST "\r\n") > 0);
    CHECK(assent_kit_owns(&x));
    CHECK(assent_kit_answer(&x, assent_span(NULL, 0), 0));
    CHECK_INT(x.response.status, 200);
    CHECK(assent_span_starts(x.head, ASSENT_SPAN("HTTP/1.1 200 OK\r\n")));
    CHECK_INT(read_page(4096), 0);
    CHECK(page_len > 4096 && page_has("</html>"));
    memcpy(whole, page, page_len);
    whole_len = page_len;
    for (size_t step = 1; step < 900; step += 89) {
        CHECK(ask("GET /.consent/ HTTP/1.1\r\n" HOST "\r\n") > 0);
        CHECK(assent_kit_answer(&x, assent_span(NULL, 0), 0));
        CHECK_INT(read_page(step), 0);
        CHECK(page_len == whole_len && memcmp(page, whole, whole_len) == 0);
    }
    device_close(&device);
}

TEST(heads_of_answers_say_nothing_of_the_connection)
{
    static const char *const targets[] = {"/.consent/", "/.consent/state", "/.consent/consent.js",
                                          "/.consent/none", "/.well-known/gpc.json"};

    open_device();
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        static const char *const methods[] = {"GET", "HEAD"};

        for (unsigned m = 0; m < 2; m++) {
            struct assent_writer w = assent_writer(head, sizeof(head));
            struct assent_kit_client client = {.https = true};
            struct assent_head rest;
            struct assent_head_field field;
            struct assent_span start;

            assent_kit_start(&w, methods[m], targets[i], "HTTP/1.1");
            assent_kit_field(&w, ASSENT_SPAN("Host"), ASSENT_SPAN("prokoders.localhost"));
            assent_kit_end(&w);
            CHECK(assent_kit_request(&kit, &x, &client, head, w.len) > 0);
            CHECK(assent_kit_answer(&x, assent_span(NULL, 0), 0));
            CHECK_INT(assent_head_start(&rest, x.head, &start), ASSENT_OK);
            while (assent_head_next(&rest, &field) == 1) {
                CHECK(!assent_span_equal_nocase(field.name, ASSENT_SPAN("connection")));
                CHECK(!assent_span_equal_nocase(field.name, ASSENT_SPAN("transfer-encoding")));
            }
            CHECK(rest.at == x.head.ptr + x.head.len);
            CHECK_INT(read_page(512), 0);
            CHECK((page_len > 0) == (m == 0));
        }
    }
    device_close(&device);
}

TEST(hosts_that_are_no_site_never_reach_an_application)
{
    open_device();
    CHECK(ask("GET /shop HTTP/1.1\r\nHost: other.example\r\nCookie: pk_usage=1\r\n\r\n") > 0);
    CHECK(assent_kit_owns(&x));
    CHECK(assent_kit_answer(&x, assent_span(NULL, 0), 0));
    CHECK_INT(x.response.status, 404);
    CHECK_INT(assent_kit_notice(&x, page, sizeof(page)), 0);
    CHECK_INT(assent_kit_link(&x, page, sizeof(page)), 0);
    device_close(&device);
}

/* The head of an answer that sets what nobody has allowed.
 *   return  as assent_kit_response; out is text */
static int set_all(char out[HEAD_BYTES])
{
    struct assent_span answer = ASSENT_SPAN("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
                                            "Set-Cookie: pk_usage=1\r\n\r\n");
    struct assent_writer w = assent_writer(out, HEAD_BYTES - 1);
    int error = assent_kit_response(&x, false, answer, &w);

    out[w.len] = '\0';
    return error;
}

TEST(an_error_that_is_overlooked_refuses_all_the_same)
{
    static const char *const rows[] = {
        "GET / HTTP/1.1\r\n" HOST "Cookie: pk_usage=1\r\nNo Field: x\r\n\r\n",
        "GET / HTTP/1.1\r\n" HOST "Cookie: pk_usage=1\r\n",
        "GET / HTTP/1.1\r\nCookie: pk_usage=1\r\n\r\n",
    };
    char out[HEAD_BYTES];

    open_device();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CHECK(ask("GET / HTTP/1.1\r\n" HOST "Cookie: pk_session=1\r\n\r\n") > 0);
        CHECK(ask(rows[i]) < 0);
        CHECK(assent_kit_value(&x, ASSENT_SPAN("cookie"), 0).ptr == NULL);
        CHECK(!assent_kit_allows(&x, ASSENT_TIER_ANALYTICS));
        CHECK_INT(assent_kit_notice(&x, page, sizeof(page)), 0);
        CHECK_INT(set_all(out), ASSENT_ERR_STATE);
        CHECK(strstr(out, "pk_usage") == NULL);
        CHECK(assent_kit_owns(&x));
        CHECK(assent_kit_answer(&x, assent_span(NULL, 0), 0));
        CHECK_INT(x.response.status, 400);
        CHECK(assent_span_starts(x.head, ASSENT_SPAN("HTTP/1.1 400 ")));
        CHECK_INT(read_page(512), 0);
    }
    device_close(&device);
}

TEST(an_exchange_without_a_request_lets_nothing_pass)
{
    char out[HEAD_BYTES];

    open_device();
    memset(&x, 0, sizeof(x));
    CHECK_INT(set_all(out), ASSENT_ERR_STATE);
    CHECK(assent_kit_answer(&x, assent_span(NULL, 0), 0));
    CHECK_INT(x.response.status, 500);
    device_close(&device);
}

TEST(a_kit_that_did_not_open_refuses_every_request)
{
    char out[HEAD_BYTES];

    open_device();
    image[100] ^= 1;
    CHECK(open_kit() < 0);
    CHECK_INT(ask("GET / HTTP/1.1\r\n" HOST "Cookie: pk_usage=1\r\n\r\n"), ASSENT_ERR_STATE);
    CHECK_INT(x.status, 503);
    CHECK_INT(set_all(out), ASSENT_ERR_STATE);
    device_close(&device);
}

TEST(a_host_that_is_no_site_has_no_cookies_in_either_direction)
{
    char out[HEAD_BYTES];
    int len;

    open_device();
    len = ask("GET / HTTP/1.1\r\nCookie: pk_usage=1\r\nHost: other.example\r\n"
              "Assent-Consent: analytics\r\nAccept: */*\r\nCOOKIE: a=b\r\nCookie2: c\r\n\r\n");
    CHECK_SPAN(assent_span(head, len > 0 ? (size_t)len : 0),
               "GET / HTTP/1.1\r\nHost: other.example\r\nAccept: */*\r\n\r\n");
    CHECK(assent_kit_value(&x, ASSENT_SPAN("cookie"), 0).ptr == NULL);
    CHECK_INT(set_all(out), ASSENT_ERR_STATE);
    CHECK(strstr(out, "pk_usage") == NULL);
    device_close(&device);
}

TEST(a_head_without_a_status_line_does_not_pass)
{
    static const char *const rows[] = {
        "Set-Cookie: pk_usage=1\r\n\r\n",
        "Set-Cookie: pk_usage=1\r\nContent-Type: text/html\r\n\r\n",
        "\r\nSet-Cookie: pk_usage=1\r\n\r\n",
        "200 OK\r\nSet-Cookie: pk_usage=1\r\n\r\n",
    };

    open_device();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_writer w = assent_writer(page, sizeof(page));

        CHECK(ask("GET / HTTP/1.1\r\n" HOST "\r\n") > 0);
        CHECK_INT(assent_kit_response(&x, false, assent_span(rows[i], strlen(rows[i])), &w),
                  ASSENT_ERR_SYNTAX);
        CHECK_INT(w.len, 0);
    }
    device_close(&device);
}

TEST(a_notice_that_comes_too_late_is_none)
{
    char out[HEAD_BYTES];

    open_device();
    CHECK(ask("GET / HTTP/1.1\r\n" HOST "\r\n") > 0);
    CHECK_INT(set_all(out), ASSENT_OK);
    CHECK(strstr(out, "no-store") == NULL);
    CHECK_INT(assent_kit_notice(&x, page, sizeof(page)), ASSENT_ERR_STATE);
    CHECK_INT(assent_kit_link(&x, page, sizeof(page)), ASSENT_ERR_STATE);
    CHECK(ask("GET / HTTP/1.1\r\n" HOST "\r\n") > 0);
    CHECK(assent_kit_notice(&x, page, sizeof(page)) > 0);
    device_close(&device);
}

TEST(a_page_with_the_notice_is_not_cached)
{
    uint8_t out[HEAD_BYTES];
    struct assent_span answer = ASSENT_SPAN("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
                                            "Cache-Control: max-age=60\r\n"
                                            "Set-Cookie: pk_usage=1\r\n\r\n");
    struct assent_writer w = assent_writer(out, sizeof(out) - 1);
    int len;

    open_device();
    CHECK(ask("GET / HTTP/1.1\r\n" HOST "\r\n") > 0);
    CHECK_INT(assent_kit_notice(&x, page, 100), ASSENT_ERR_SPACE);
    len = assent_kit_notice(&x, page, sizeof(page) - 1);
    CHECK(len > 100);
    page[len] = '\0';
    CHECK(page_has("id=\"assent-consent\"") && page_has("name=\"form\""));
    CHECK(assent_kit_link(&x, page, sizeof(page)) > 0);
    CHECK_INT(assent_kit_response(&x, false, answer, &w), ASSENT_OK);
    out[w.len] = '\0';
    CHECK(strstr((const char *)out, "no-store") != NULL);
    CHECK(strstr((const char *)out, "pk_usage=1") == NULL);
    device_close(&device);
}

TEST(a_choice_is_there_after_the_kit_is_opened_again)
{
    static const char request[] = "PUT /.consent/state HTTP/1.1\r\n" HOST
                                  "Content-Type: application/json\r\nContent-Length: 18\r\n"
                                  "Sec-Fetch-Site: same-origin\r\n\r\n";
    struct assent_span body = ASSENT_SPAN("{\"analytics\":true}");
    char next[HEAD_BYTES];
    const char *token;
    uint8_t tiers[64];
    struct assent_writer w = assent_writer(tiers, sizeof(tiers));

    open_device();
    CHECK(ask(request) > 0);
    CHECK(assent_kit_answer(&x, body, body.len));
    CHECK_INT(x.response.status, 200);
    memcpy(page, x.head.ptr, x.head.len);
    page[x.head.len] = '\0';
    token = strstr((const char *)page, "Set-Cookie: assent=");
    CHECK(token != NULL);
    if (token == NULL) {
        return;
    }
    (void)snprintf(next, sizeof(next), "GET / HTTP/1.1\r\n" HOST "Cookie: pk_usage=2; %.*s\r\n\r\n",
                   (int)strcspn(token + 12, ";"), token + 12);
    assent_kit_flush(&kit);
    CHECK_INT(open_kit(), ASSENT_OK);
    CHECK(ask(next) > 0);
    CHECK_SPAN(assent_kit_value(&x, ASSENT_SPAN("cookie"), 0), "pk_usage=2");
    assent_kit_tiers(&x, &w);
    CHECK_SPAN(assent_writer_span(&w), "essential, analytics");
    CHECK_INT(assent_kit_notice(&x, page, sizeof(page)), 0);
    for (unsigned i = 0; i < 100; i++) {
        assent_kit_idle(&kit);
    }
    CHECK(ask(next) > 0);
    CHECK(assent_kit_allows(&x, ASSENT_TIER_ANALYTICS));
    device_close(&device);
}

TEST(a_flash_that_is_not_set_up_is_not_opened)
{
    struct assent_span policy = assent_span(image, sizeof(image));
    struct assent_kit_setup setup;

    open_device();
    CHECK_INT(device.sim.flash.erase(device.sim.flash.ctx, 0), ASSENT_OK);
    CHECK_INT(device.sim.flash.erase(device.sim.flash.ctx, 1), ASSENT_OK);
    setup = setup_of(&policy);
    CHECK_INT(assent_kit_init(&kit, &setup), ASSENT_ERR_NOT_FOUND);
    device_close(&device);
}

TEST(a_flash_with_more_chains_than_there_is_room_for_is_not_opened)
{
    struct assent_span policy = assent_span(image, sizeof(image));
    struct assent_kit_setup setup;

    open_device();
    setup = setup_of(&policy);
    setup.heads_bytes = assent_layout_heads_bytes(&device.layout) - 1;
    CHECK_INT(assent_kit_init(&kit, &setup), ASSENT_ERR_RANGE);
    device_close(&device);
}

static int hmac_without_key(void *ctx, const uint8_t key[ASSENT_SHA256_BYTES],
                            const struct assent_span *parts, size_t count,
                            uint8_t out[ASSENT_SHA256_BYTES])
{
    (void)ctx;
    (void)key;
    return device.crypto.sha256(device.crypto.ctx, parts, count, out);
}

TEST(a_seam_whose_tokens_anybody_could_make_is_not_used)
{
    struct assent_span policy = assent_span(image, sizeof(image));
    struct assent_kit_setup setup;
    struct assent_crypto crypto;

    open_device();
    crypto = device.crypto;
    crypto.hmac = hmac_without_key;
    setup = setup_of(&policy);
    setup.crypto = &crypto;
    CHECK_INT(assent_kit_init(&kit, &setup), ASSENT_ERR_CRYPTO);
    device_close(&device);
}

TEST(a_program_with_other_limits_is_not_served)
{
    struct assent_span policy = assent_span(image, sizeof(image));
    struct assent_kit_setup setup;

    open_device();
    setup = setup_of(&policy);
    memset(&kit, 0x5A, sizeof(kit));
    CHECK_INT(assent_kit_init_sized(&kit, &setup, ASSENT_KIT_SIZES - 8), ASSENT_ERR_VERSION);
    CHECK_INT(((const uint8_t *)&kit)[sizeof(kit) - 1], 0x5A);
    CHECK_INT(assent_kit_init_sized(&kit, &setup, ASSENT_KIT_SIZES), ASSENT_OK);
    device_close(&device);
}

TEST(notice_and_link_of_every_policy_have_room_in_every_language)
{
    static const struct {
        const char *policy, *host;
    } rows[] = {
        {"proclientchat", "proclientchat.localhost"},
        {"procomm-voices", "procomm-voices.localhost"},
        {"prointerview", "prointerview.localhost"},
        {"prokoders", "prokoders.localhost"},
        {"selfmento", "selfmento.localhost"},
    };
    static const char *const languages[] = {"en", "de", "ar"};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        open_device();
        CHECK(policy_file_read(rows[i].policy, image) > 0);
        CHECK_INT(open_kit(), ASSENT_OK);
        for (size_t l = 0; l < 3; l++) {
            char text[HEAD_BYTES];

            (void)snprintf(text, sizeof(text),
                           "GET / HTTP/1.1\r\nHost: %s\r\nAccept-Language: %s\r\n\r\n",
                           rows[i].host, languages[l]);
            CHECK(ask(text) > 0);
            CHECK(assent_kit_notice(&x, page, ASSENT_KIT_NOTICE_BYTES) >= 0);
            CHECK(assent_kit_link(&x, page, ASSENT_KIT_LINK_BYTES) > 0);
            x.visit.gate.decision.ask =
                false; /* without the notice the link brings its own style */
            CHECK(assent_kit_link(&x, page, ASSENT_KIT_LINK_BYTES) > 0);
        }
        device_close(&device);
    }
}

TEST(an_image_that_is_damaged_is_not_opened)
{
    open_device();
    image[100] ^= 1;
    CHECK(open_kit() < 0);
    device_close(&device);
}

/* A record that rots where nobody reads it is found, and moved away from: it is found no more. */
TEST(upkeep_looks_for_rot)
{
    uint8_t value[64] = {0x5A};
    uint8_t *at = NULL;
    uint32_t found;

    open_device();
    for (uint32_t i = 0; i < 100; i++) {
        assent_bytes_store32(value + 60, 0xB0B00000 + i);
        CHECK_INT(assent_kv_put(&kit.stores.kv, 1, assent_span(value + 60, 4),
                                assent_span(value, sizeof(value))),
                  ASSENT_OK);
    }
    for (uint32_t i = 0; i < 64 * 4096 - 64 && at == NULL; i++) {
        at = memcmp(device.sim.bytes + i, value, 60) == 0 ? device.sim.bytes + i : NULL;
    }
    CHECK(at != NULL);
    if (at != NULL) {
        *at ^= 0x10;
    }
    for (uint32_t i = 0; i < 500; i++) {
        assent_kit_idle(&kit);
    }
    found = kit.stores.kv.corrupt_records;
    CHECK(found >= 1);
    for (uint32_t i = 0; i < 500; i++) {
        assent_kit_idle(&kit);
    }
    CHECK_INT(kit.stores.kv.corrupt_records, found);
    device_close(&device);
}

TEST_MAIN(CASE(a_request_keeps_what_is_allowed_and_nothing_else),
          CASE(what_is_no_request_is_refused_with_its_status),
          CASE(a_head_cannot_be_split_by_its_parts), CASE(heads_are_put_together_from_parts),
          CASE(an_answer_is_the_same_in_pieces_of_any_size),
          CASE(heads_of_answers_say_nothing_of_the_connection),
          CASE(hosts_that_are_no_site_never_reach_an_application),
          CASE(an_error_that_is_overlooked_refuses_all_the_same),
          CASE(an_exchange_without_a_request_lets_nothing_pass),
          CASE(a_kit_that_did_not_open_refuses_every_request),
          CASE(a_host_that_is_no_site_has_no_cookies_in_either_direction),
          CASE(a_head_without_a_status_line_does_not_pass),
          CASE(a_notice_that_comes_too_late_is_none), CASE(a_page_with_the_notice_is_not_cached),
          CASE(a_choice_is_there_after_the_kit_is_opened_again),
          CASE(a_flash_that_is_not_set_up_is_not_opened),
          CASE(a_flash_with_more_chains_than_there_is_room_for_is_not_opened),
          CASE(a_seam_whose_tokens_anybody_could_make_is_not_used),
          CASE(a_program_with_other_limits_is_not_served),
          CASE(notice_and_link_of_every_policy_have_room_in_every_language),
          CASE(an_image_that_is_damaged_is_not_opened), CASE(upkeep_looks_for_rot))
