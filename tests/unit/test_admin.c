/* SPDX-License-Identifier: MIT */
/* The operator's side without a transport: the sites and the device of tests/unit/visitor.h, requests
 * through the engine, split in every way. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include "core/image.h"
#include "http/admin.h"
#include "http/image_signature.h"
#include "tests/unit/policy_file.h"
#include "tests/unit/visitor.h"

enum { ENGINES = 2, OUT_BYTES = 1 << 20, RECV_BYTES = 2048, SEND_BYTES = 16384 };

static const char token[] = "operator-token-of-a-test";

static struct visitor *v;
static struct assent_admin admin;
static struct assent_admin_board board;
static struct assent_admin_exchange exchanges[ENGINES];
static struct assent_unclassified unclassified;
static struct assent_archive archive;
static struct assent_engine engines[ENGINES];
static uint8_t recv_bytes[ENGINES][RECV_BYTES];
static uint8_t send_bytes[ENGINES][SEND_BYTES];
static char out[OUT_BYTES];
static size_t out_len;
static size_t send_room; /* of the next engines */

static const uint8_t *map(void *ctx, uint32_t offset)
{
    (void)ctx;
    return v->device.sim.bytes +
           v->device.layout.region[ASSENT_REGION_POLICIES].first * (size_t)4096 + offset;
}

static bool fault(void *ctx, unsigned index, const char **name, uint64_t *value)
{
    (void)ctx;
    *name = "a_fault";
    *value = UINT64_MAX;
    return index < 2;
}

static void open_admin(bool with_token)
{
    uint8_t text[ASSENT_ADMIN_TOKEN_MAX];
    size_t len;

    v = visitor_open();
    send_room = 4096;
    archive = (struct assent_archive){.policies = &v->device.policies, .map = map};
    board = (struct assent_admin_board){.fault = fault};
    memset(&unclassified, 0, sizeof(unclassified));
    memset(exchanges, 0, sizeof(exchanges));
    v->app.unclassified = &unclassified;
    v->app.hosts = &unclassified; /* as long and as odd */
    v->app.archive = &archive;
    admin = (struct assent_admin){
        .app = &v->app, .board = &board, .exchanges = exchanges, .exchange_count = ENGINES};
    assent_admin_init(&admin);
    if (with_token) {
        CHECK_INT(assent_admin_set_token(&v->device.keys, assent_span(token, sizeof(token) - 1),
                                         text, &len),
                  ASSENT_OK);
    }
}

/* ---- talking ---- */

static void connect_to(unsigned e)
{
    static struct assent_engine_settings settings;

    settings = (struct assent_engine_settings){&assent_admin_handler, &admin, &v->clock};
    assent_engine_init(&engines[e], &settings, recv_bytes[e], sizeof(recv_bytes[e]), send_bytes[e],
                       send_room, v->uptime_ms);
}

/* Hand over bytes as far as they are taken, and take what comes back.
 *   most    bytes at once
 *   return  bytes taken */
static size_t give(unsigned e, const char *bytes, size_t len, size_t most)
{
    size_t given = 0;
    bool moved = true;

    while (moved) {
        size_t room;
        bool fixed;
        uint8_t *in = assent_engine_recv_buf(&engines[e], &room);
        const uint8_t *sent;

        moved = false;
        if (in != NULL && given < len) {
            room = room < len - given ? room : len - given;
            room = room < most ? room : most;
            memcpy(in, bytes + given, room);
            assent_engine_recv_ack(&engines[e], room);
            given += room;
            moved = true;
        }
        sent = assent_engine_send_buf(&engines[e], &room, &fixed);
        if (sent != NULL && room > 0 && out_len + room < OUT_BYTES) {
            memcpy(out + out_len, sent, room);
            assent_engine_send_ack(&engines[e], room);
            out_len += room;
            moved = true;
        }
    }
    out[out_len] = '\0';
    return given;
}

static unsigned status(void)
{
    return (unsigned)strtoul(out + strcspn(out, " "), NULL, 10);
}

static size_t write_head(char *text, size_t cap, const char *method, const char *target,
                         const char *fields)
{
    return (size_t)snprintf(text, cap, "%s /admin/%s HTTP/1.1\r\nHost: device:8081\r\n%s\r\n",
                            method, target, fields);
}

/* One request with the token.
 *   return  the status; 0: the answer is not whole */
static unsigned get(const char *target)
{
    char text[512];
    size_t len = write_head(text, sizeof(text), "GET", target,
                            "Authorization: Bearer operator-token-of-a-test\r\n");

    out_len = 0;
    connect_to(0);
    (void)give(0, text, len, len);
    assent_engine_abort(&engines[0]);
    return strstr(out, "\r\nTransfer-Encoding: chunked\r\n") == NULL ||
                   (out_len > 5 && strcmp(out + out_len - 5, "0\r\n\r\n") == 0)
               ? status()
               : 0;
}

static unsigned post(const char *target, const char *fields, const char *body, size_t len,
                     size_t split)
{
    char text[1024];
    char more[640];
    size_t head;

    (void)snprintf(more, sizeof(more),
                   "Authorization: Bearer operator-token-of-a-test\r\n%sContent-Length: %u\r\n",
                   fields, (unsigned)len);
    head = write_head(text, sizeof(text), "POST", target, more);
    out_len = 0;
    connect_to(0);
    (void)give(0, text, head, head);
    if (split > 0) {
        (void)give(0, body, split, split);
    }
    (void)give(0, body + split, len - split, split == 0 ? 1 : len);
    assent_engine_abort(&engines[0]);
    return status();
}

/* ---- tests ---- */

static const char *const targets[] = {
    "",        "log",          "health",   "counters",
    "metrics", "unclassified", "hosts",    "classify?cookie=0&tier=essential",
    "audit",   "audit/export", "policies",
};

TEST(without_a_token_kept_nobody_gets_in)
{
    open_admin(false);
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        CHECK_INT_ROW(targets[i], get(targets[i]), 401);
        v->uptime_ms += 10000;
    }
    CHECK_INT(post("login", "Content-Type: application/x-www-form-urlencoded\r\n", "token=", 6, 1),
              401);
    CHECK_INT(assent_admin_has_token(&v->device.keys), ASSENT_ERR_NOT_FOUND);
    visitor_close(v);
}

TEST(every_piece_fits_with_the_greatest_numbers_and_the_worst_names)
{
    uint8_t name[ASSENT_UNCLASSIFIED_NAME_BYTES + 1];

    open_admin(true);
    memset(v->device.counters.value, 0xFF, sizeof(v->device.counters.value));
    memset(name, '"', sizeof(name));
    for (unsigned i = 0; i < ASSENT_UNCLASSIFIED; i++) {
        name[0] = (uint8_t)('A' + i);
        assent_unclassified_note(&unclassified, (uint8_t)(i % VISITOR_SITES),
                                 assent_span(name, sizeof(name) - i % 2), i % 3 == 0,
                                 v->device.now);
        unclassified.cookie[i].count = UINT32_MAX;
    }
    admin.failure_count = UINT32_MAX;
    admin.uptime_ms = UINT64_MAX / 2;
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        CHECK_INT_ROW(targets[i], get(targets[i]), 200);
    }
    visitor_close(v);
}

TEST(each_event_is_counted_under_its_name)
{
    open_admin(true);
    v->device.counters.value[0][ASSENT_COUNTER_RESTRICTED] = 71;
    v->device.counters.value[0][ASSENT_COUNTER_REFUSED_FULL] = 72;
    v->device.counters.value[0][ASSENT_COUNTER_LEDGER_FULL] = 73;
    CHECK_INT(get("counters"), 200);
    CHECK(strstr(out, "\"restricted\":71,") != NULL);
    CHECK(strstr(out, "\"refused_full\":72,") != NULL);
    CHECK(strstr(out, "\"ledger_full\":73}") != NULL);
    CHECK(strstr(out, "unknown") == NULL);
    visitor_close(v);
}

/* Chunks joined. */
static size_t join(char *to)
{
    char *from = strstr(out, "\r\n\r\n") + 4;
    unsigned long len;
    size_t total = 0;

    while ((len = strtoul(from, &from, 16)) > 0) {
        memcpy(to + total, from + 2, len);
        total += len;
        from += len + 4;
    }
    return total;
}

TEST(an_answer_is_the_same_through_any_buffer)
{
    static const size_t rooms[] = {1024, 1100, 1460, 2000, SEND_BYTES};
    static char first[OUT_BYTES];
    static char other[OUT_BYTES];

    open_admin(true);
    for (unsigned i = 0; i < 30; i++) {
        CHECK_INT(post("rotate", "Content-Type: application/x-www-form-urlencoded\r\n",
                       "site=prokoders", 14, 4),
                  200);
    }
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        size_t first_len = 0;

        for (size_t r = 0; r < sizeof(rooms) / sizeof(rooms[0]); r++) {
            size_t len;

            send_room = rooms[r];
            if (strncmp(targets[i], "classify", 8) == 0) {
                CHECK_INT(get(targets[i]), 404);
                continue;
            }
            CHECK_INT_ROW(targets[i], get(targets[i]), 200);
            len = join(r == 0 ? first : other);
            first_len = r == 0 ? len : first_len;
            CHECK_INT_ROW(targets[i], len, first_len);
            CHECK_ROW(targets[i], r == 0 || memcmp(first, other, len) == 0);
        }
    }
    visitor_close(v);
}

/* A signed image of selfmento as it is in force: it is refused for its revision, and for nothing else,
 * if it was read rightly. */
static size_t signed_image(uint8_t *image)
{
    static const uint8_t key[ASSENT_SHA256_BYTES] = "a key that the operator shares..";
    size_t len = policy_file_read("selfmento", image);

    CHECK_INT(assent_keys_put(&v->device.keys, ASSENT_SPAN(ASSENT_ADMIN_POLICY_KEY_NAME),
                              assent_span(key, sizeof(key))),
              ASSENT_OK);
    CHECK_INT(
        assent_image_signature_make(assent_span(image, len), key, &v->device.crypto, image + len),
        ASSENT_OK);
    return len + ASSENT_IMAGE_SIGNATURE_BYTES;
}

static const char raw_type[] = "Content-Type: application/octet-stream\r\n";

TEST(an_upload_is_read_alike_however_it_is_split)
{
    static uint8_t image[POLICY_FILE_BYTES + 64];
    size_t len;

    open_admin(true);
    len = signed_image(image);
    CHECK_INT(post("policies", raw_type, (char *)image, len, 0), 409);
    for (size_t split = 1; split < len; split += split < 64 || split > len - 64 ? 1 : 509) {
        CHECK_INT(post("policies", raw_type, (char *)image, len, split), 409);
        CHECK(strstr(out, "not higher") != NULL);
    }
    visitor_close(v);
}

TEST(an_upload_that_ends_early_is_refused_at_every_place)
{
    static uint8_t image[POLICY_FILE_BYTES + 64];
    size_t len;

    open_admin(true);
    len = signed_image(image);
    for (size_t end = 1; end < len; end += end < 64 || end > len - 64 ? 1 : 509) {
        CHECK_INT(post("policies", raw_type, (char *)image, end, end), 422);
    }
    visitor_close(v);
}

TEST(a_form_around_an_image_is_read_alike_however_it_is_split)
{
    static char body[POLICY_FILE_BYTES + 512];
    static const char type[] = "Content-Type: multipart/form-data; boundary=x\r\n";
    static const char before[] = "--x\r\nContent-Disposition: form-data; name=\"image\"\r\n"
                                 "Content-Type: application/octet-stream\r\n\r\r\n\r\n";
    static const char behind[] = "\r\n--x--\r\n";
    uint8_t image[POLICY_FILE_BYTES + 64];
    size_t at = sizeof(before) - 1;
    size_t len;

    open_admin(true);
    len = signed_image(image);
    memcpy(body, before, at);
    memcpy(body + at, image, len);
    memcpy(body + at + len, behind, sizeof(behind) - 1);
    len += at + sizeof(behind) - 1;
    CHECK_INT(post("policies", type, body, len, 0), 409);
    for (size_t split = 1; split < len; split += split < at + 32 || split > len - 64 ? 1 : 509) {
        CHECK_INT(post("policies", type, body, len, split), 409);
        CHECK(strstr(out, "not higher") != NULL);
    }
    body[len - sizeof(behind) + 2] = 'x'; /* no line end behind the image */
    CHECK_INT(post("policies", type, body, len, 7), 422);
    memset(body, 'x', sizeof(body));
    CHECK_INT(post("policies", type, body, 3000, 7), 422); /* a part without an end of its head */
    visitor_close(v);
}

/* An unsigned byte behind, another kind of content, no key: nothing is put in force. */
TEST(an_image_without_a_key_to_check_it_is_refused)
{
    static uint8_t image[POLICY_FILE_BYTES + 64];
    size_t len;

    open_admin(true);
    len = signed_image(image);
    CHECK_INT(assent_keys_put(&v->device.keys, ASSENT_SPAN(ASSENT_ADMIN_POLICY_KEY_NAME),
                              assent_span(NULL, 0)),
              ASSENT_OK);
    CHECK_INT(post("policies", raw_type, (char *)image, len, 100), 409);
    CHECK(strstr(out, "no key") != NULL);
    v->app.archive = NULL;
    CHECK_INT(post("policies", raw_type, (char *)image, len, 100), 501);
    visitor_close(v);
}

TEST(one_upload_at_a_time_and_an_abandoned_one_makes_room)
{
    static uint8_t image[POLICY_FILE_BYTES + 64];
    char text[512];
    size_t len;
    size_t head;

    open_admin(true);
    len = signed_image(image);
    head = write_head(text, sizeof(text), "POST", "policies",
                      "Authorization: Bearer operator-token-of-a-test\r\n"
                      "Content-Type: application/octet-stream\r\nContent-Length: 1000\r\n");
    connect_to(1);
    CHECK_INT(give(1, text, head, head), head);
    CHECK_INT(post("policies", raw_type, (char *)image, len, 100), 503);
    assent_engine_abort(&engines[1]);
    CHECK_INT(post("policies", raw_type, (char *)image, len, 100), 409);
    visitor_close(v);
}

TEST(requests_beyond_the_exchanges_are_told_to_come_again)
{
    char text[512];
    size_t len = write_head(text, sizeof(text), "POST", "login",
                            "Content-Type: application/x-www-form-urlencoded\r\n"
                            "Content-Length: 10\r\n");

    open_admin(true);
    admin.exchange_count = 1;
    connect_to(1);
    (void)give(1, text, len, len);
    CHECK_INT(get("health"), 503);
    assent_engine_abort(&engines[1]);
    CHECK_INT(get("health"), 200);
    visitor_close(v);
}

/* Log in; the cookie goes to text. */
static void login(char text[64])
{
    const char *at;

    CHECK_INT(post("login", "Content-Type: application/x-www-form-urlencoded\r\n",
                   "token=operator%2Dtoken-of-a-test", 32, 3),
              303);
    at = strstr(out, "Set-Cookie: ");
    (void)snprintf(text, 64, "%.*s", (int)strcspn(at + 12, ";"), at + 12);
}

static unsigned get_with(const char *cookie)
{
    char text[512];
    char fields[128];
    size_t len;

    (void)snprintf(fields, sizeof(fields), "Cookie: a=b; %s\r\n", cookie);
    len = write_head(text, sizeof(text), "GET", "health", fields);
    out_len = 0;
    connect_to(0);
    (void)give(0, text, len, len);
    assent_engine_abort(&engines[0]);
    return status();
}

TEST(one_login_too_many_ends_the_one_longest_not_used)
{
    char cookie[ASSENT_ADMIN_SESSIONS + 1][64];

    open_admin(true);
    for (unsigned i = 0; i < ASSENT_ADMIN_SESSIONS; i++) {
        v->uptime_ms += 1000;
        login(cookie[i]);
    }
    v->uptime_ms += 1000;
    CHECK_INT(get_with(cookie[0]), 200);
    v->uptime_ms += 1000;
    login(cookie[ASSENT_ADMIN_SESSIONS]);
    CHECK_INT(get_with(cookie[0]), 200);
    CHECK_INT(get_with(cookie[1]), 401);
    CHECK_INT(get_with(cookie[ASSENT_ADMIN_SESSIONS]), 200);
    CHECK_INT(get_with("assent_admin=AAAAAAAAAAAAAAAAAAAAAA"), 401);
    visitor_close(v);
}

TEST(without_randomness_tokens_work_and_logins_do_not)
{
    open_admin(true);
    v->device.no_entropy = true;
    CHECK_INT(post("login", "Content-Type: application/x-www-form-urlencoded\r\n",
                   "token=operator-token-of-a-test", 30, 3),
              503);
    CHECK_INT(get("health"), 200);
    CHECK_INT(post("token", "Content-Type: application/x-www-form-urlencoded\r\n", "x=1", 3, 1),
              503);
    CHECK_INT(get("health"), 200);
    visitor_close(v);
}

TEST(given_tokens_are_visible_and_of_a_length)
{
    static const struct {
        const char *row;
        int error;
    } rows[] = {
        {"0123456789abcde", ASSENT_ERR_RANGE},
        {"0123456789abcdef", ASSENT_OK},
        {"0123456789 abcdef", ASSENT_ERR_RANGE},
        {"0123456789abcdef\x7f", ASSENT_ERR_RANGE},
        {"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", ASSENT_OK},
        {"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0", ASSENT_ERR_RANGE},
    };
    uint8_t text[ASSENT_ADMIN_TOKEN_MAX];
    size_t len;

    open_admin(false);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CHECK_INT_ROW(rows[i].row,
                      assent_admin_set_token(&v->device.keys,
                                             assent_span(rows[i].row, strlen(rows[i].row)), text,
                                             &len),
                      rows[i].error);
    }
    visitor_close(v);
}

TEST_MAIN(CASE(without_a_token_kept_nobody_gets_in), CASE(each_event_is_counted_under_its_name),
          CASE(every_piece_fits_with_the_greatest_numbers_and_the_worst_names),
          CASE(an_answer_is_the_same_through_any_buffer),
          CASE(an_upload_is_read_alike_however_it_is_split),
          CASE(an_upload_that_ends_early_is_refused_at_every_place),
          CASE(a_form_around_an_image_is_read_alike_however_it_is_split),
          CASE(an_image_without_a_key_to_check_it_is_refused),
          CASE(one_upload_at_a_time_and_an_abandoned_one_makes_room),
          CASE(requests_beyond_the_exchanges_are_told_to_come_again),
          CASE(one_login_too_many_ends_the_one_longest_not_used),
          CASE(without_randomness_tokens_work_and_logins_do_not),
          CASE(given_tokens_are_visible_and_of_a_length))
