/* SPDX-License-Identifier: MIT */
#include "port/device/sntp.h"

#include "tests/unit/guard.h"
#include "tests/unit/test.h"

static const uint8_t nonce[ASSENT_SNTP_NONCE_BYTES] = {1, 2, 3, 4, 5, 6, 7, 8};

/* An answer to nonce of a server that says 2026-11-22T00:00:00Z. */
static void make(uint8_t out[ASSENT_SNTP_BYTES])
{
    static const uint8_t sent[] = {0xEE, 0xAC, 0xAF, 0x00};

    memset(out, 0, ASSENT_SNTP_BYTES);
    out[0] = 0x24;
    out[1] = 2;
    memcpy(out + 24, nonce, sizeof(nonce));
    memcpy(out + 40, sent, sizeof(sent));
}

static struct assent_sntp asked(void)
{
    struct assent_sntp sntp = {0};
    uint8_t question[ASSENT_SNTP_BYTES];

    assent_sntp_ask(&sntp, nonce, question);
    return sntp;
}

TEST(a_question_tells_nothing_but_a_random_number)
{
    struct assent_sntp sntp = {0};
    uint8_t question[ASSENT_SNTP_BYTES];

    assent_sntp_ask(&sntp, nonce, question);
    CHECK_INT(question[0], 0x23);
    for (unsigned i = 1; i < 40; i++) {
        CHECK_INT(question[i], 0);
    }
    CHECK(memcmp(question + 40, nonce, sizeof(nonce)) == 0);
}

TEST(an_answer_counts_once)
{
    struct assent_sntp sntp = asked();
    uint8_t answer[ASSENT_SNTP_BYTES];
    uint64_t unix_s = 0;

    make(answer);
    CHECK_INT(assent_sntp_read(&sntp, assent_span(answer, sizeof(answer)), &unix_s), ASSENT_OK);
    CHECK_INT(unix_s, 1795305600);
    CHECK_INT(assent_sntp_read(&sntp, assent_span(answer, sizeof(answer)), &unix_s),
              ASSENT_ERR_AUTH);
}

/* Up against a page that cannot be read. */
TEST(no_prefix_of_an_answer_is_one)
{
    uint8_t answer[ASSENT_SNTP_BYTES];
    uint64_t unix_s;

    make(answer);
    for (size_t len = 0; len < sizeof(answer); len++) {
        struct assent_sntp sntp = asked();
        struct assent_span prefix = assent_span(guard_copy(assent_span(answer, len)), len);

        CHECK_INT(assent_sntp_read(&sntp, prefix, &unix_s), ASSENT_ERR_SYNTAX);
        CHECK(sntp.waiting);
    }
}

TEST(only_an_answer_to_the_question_by_a_server_that_knows_the_time_counts)
{
    static const struct {
        const char *name;
        unsigned at;
        uint8_t value;
        int result;
        bool waiting;
    } rows[] = {
        {"another number", 24, 9, ASSENT_ERR_AUTH, true},
        {"its last byte", 31, 9, ASSENT_ERR_AUTH, true},
        {"a question", 0, 0x23, ASSENT_ERR_SYNTAX, true},
        {"a broadcast", 0, 0x25, ASSENT_ERR_SYNTAX, true},
        {"version 2", 0, 0x14, ASSENT_ERR_SYNTAX, true},
        {"version 3", 0, 0x1C, ASSENT_OK, false},
        {"version 5", 0, 0x2C, ASSENT_ERR_SYNTAX, true},
        {"leap second announced", 0, 0x64, ASSENT_OK, false},
        {"not synchronised", 0, 0xE4, ASSENT_ERR_CLOCK, false},
        {"kiss of death", 1, 0, ASSENT_ERR_CLOCK, false},
        {"stratum 15", 1, 15, ASSENT_OK, false},
        {"stratum 16", 1, 16, ASSENT_ERR_CLOCK, false},
    };

    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_sntp sntp = asked();
        uint8_t answer[ASSENT_SNTP_BYTES];
        uint64_t unix_s;

        make(answer);
        answer[rows[i].at] = rows[i].value;
        CHECK_INT_ROW(rows[i].name,
                      assent_sntp_read(&sntp, assent_span(answer, sizeof(answer)), &unix_s),
                      rows[i].result);
        CHECK_ROW(rows[i].name, sntp.waiting == rows[i].waiting);
    }
}

TEST(the_count_begins_anew_in_2036)
{
    static const struct {
        const char *name;
        uint8_t sent[4];
        int result;
        int64_t unix_s;
    } rows[] = {
        {"none", {0, 0, 0, 0}, ASSENT_ERR_CLOCK, 0},
        {"the first second of 2036-02-07T06:28:17Z", {0, 0, 0, 1}, ASSENT_OK, 2085978497},
        {"the last one before", {0xFF, 0xFF, 0xFF, 0xFF}, ASSENT_OK, 2085978495},
        {"1968", {0x80, 0, 0, 0}, ASSENT_ERR_CLOCK, 0},
        {"2104", {0x7F, 0xFF, 0xFF, 0xFF}, ASSENT_OK, 4233462143},
    };

    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_sntp sntp = asked();
        uint8_t answer[ASSENT_SNTP_BYTES];
        uint64_t unix_s = 0;
        int result;

        make(answer);
        memcpy(answer + 40, rows[i].sent, sizeof(rows[i].sent));
        result = assent_sntp_read(&sntp, assent_span(answer, sizeof(answer)), &unix_s);
        CHECK_INT_ROW(rows[i].name, result, rows[i].result);
        if (result == ASSENT_OK) {
            CHECK_INT_ROW(rows[i].name, unix_s, rows[i].unix_s);
        }
    }
}

TEST(the_clock_goes_forward_as_far_as_it_is_not_known_and_never_back)
{
    enum { NOW = 1800000000, STEP = ASSENT_SNTP_STEP_S, YEAR = 31536000 };
    static const struct {
        const char *name;
        enum assent_clock_trust trust;
        int64_t told_s;
        int64_t then_s; /* 0: not believed */
    } rows[] = {
        {"nothing is known", ASSENT_CLOCK_NONE, 5, 5},
        {"years ahead of the floor", ASSENT_CLOCK_FLOOR, NOW + 9LL * YEAR, NOW + 9LL * YEAR},
        {"the same second", ASSENT_CLOCK_FLOOR, NOW, NOW},
        {"a second behind the floor", ASSENT_CLOCK_FLOOR, NOW - 1, NOW},
        {"a step behind it", ASSENT_CLOCK_FLOOR, NOW - STEP, NOW},
        {"more than that", ASSENT_CLOCK_FLOOR, NOW - STEP - 1, 0},
        {"1970", ASSENT_CLOCK_FLOOR, 0, 0},
        {"a step ahead of what the operator set", ASSENT_CLOCK_SET, NOW + STEP, NOW + STEP},
        {"more than that", ASSENT_CLOCK_SET, NOW + STEP + 1, 0},
        {"behind it", ASSENT_CLOCK_SET, NOW - 5, NOW},
        {"far behind it", ASSENT_CLOCK_SET, NOW - YEAR, 0},
        {"a step ahead of what a server said", ASSENT_CLOCK_SYNCED, NOW + STEP, NOW + STEP},
        {"more than that", ASSENT_CLOCK_SYNCED, NOW + STEP + 1, 0},
        {"behind it", ASSENT_CLOCK_SYNCED, NOW - 5, NOW},
    };

    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_time now = {rows[i].trust == ASSENT_CLOCK_NONE ? 0 : NOW, rows[i].trust};
        struct assent_time then = {0, ASSENT_CLOCK_NONE};
        int result = assent_sntp_judge(now, (uint64_t)rows[i].told_s, &then);

        CHECK_INT_ROW(rows[i].name, result, rows[i].then_s == 0 ? ASSENT_ERR_RANGE : ASSENT_OK);
        CHECK_INT_ROW(rows[i].name, then.unix_s, rows[i].then_s);
        CHECK_INT_ROW(rows[i].name, then.trust,
                      rows[i].then_s == 0 ? ASSENT_CLOCK_NONE : ASSENT_CLOCK_SYNCED);
    }
}

TEST_MAIN(CASE(a_question_tells_nothing_but_a_random_number), CASE(an_answer_counts_once),
          CASE(no_prefix_of_an_answer_is_one),
          CASE(only_an_answer_to_the_question_by_a_server_that_knows_the_time_counts),
          CASE(the_count_begins_anew_in_2036),
          CASE(the_clock_goes_forward_as_far_as_it_is_not_known_and_never_back))
