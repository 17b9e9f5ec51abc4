/* SPDX-License-Identifier: MIT */
/* The operator's side without a transport: who gets in, and answers of every size. What is handed in:
 * tests/unit/test_admin_upload.c. */
#include "tests/unit/admin_case.h"

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
          CASE(requests_beyond_the_exchanges_are_told_to_come_again),
          CASE(one_login_too_many_ends_the_one_longest_not_used),
          CASE(without_randomness_tokens_work_and_logins_do_not),
          CASE(given_tokens_are_visible_and_of_a_length))
