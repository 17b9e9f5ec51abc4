/* SPDX-License-Identifier: MIT */
#include "core/ledger.h"

#include "port/host/ledger_table.h"
#include "tests/unit/test.h"

static struct assent_ledger_tuple tuple_of(const char *name, const char *domain, const char *path)
{
    struct assent_ledger_tuple t = {
        .name = assent_span(name, strlen(name)),
        .domain = assent_span(domain, strlen(domain)),
        .path = assent_span(path, strlen(path)),
    };

    return t;
}

static unsigned count_of(const struct assent_ledger *ledger)
{
    uint8_t buffer[ASSENT_LEDGER_TUPLE_BYTES];
    struct assent_ledger_tuple t;
    uint32_t cursor = 0;
    unsigned count = 0;

    while (ledger->next(ledger->ctx, &cursor, buffer, &t) == ASSENT_OK) {
        count++;
    }
    return count;
}

TEST(a_tuple_survives_encoding)
{
    struct assent_ledger_tuple in = tuple_of("_ga", "Example.ORG", "/a/b");
    struct assent_ledger_tuple out;
    uint8_t bytes[ASSENT_LEDGER_TUPLE_BYTES];
    int len;

    in.secure = true;
    in.partitioned = true;
    len = assent_ledger_encode(&in, bytes);
    CHECK_INT(len, 4 + 3 + 11 + 4);
    CHECK_INT(assent_ledger_decode(assent_span(bytes, (size_t)len), &out), len);
    CHECK_SPAN(out.name, "_ga");
    CHECK_SPAN(out.domain, "example.org"); /* domains are compared in lower case */
    CHECK_SPAN(out.path, "/a/b");
    CHECK(out.secure && out.partitioned);
}

TEST(what_is_too_long_is_refused)
{
    static char text[400];
    uint8_t bytes[ASSENT_LEDGER_TUPLE_BYTES];
    struct assent_ledger_tuple t = tuple_of("n", "", "/");

    memset(text, 'x', sizeof(text));
    t.name = assent_span(text, ASSENT_LEDGER_TUPLE_BYTES - 5);
    CHECK_INT(assent_ledger_encode(&t, bytes), ASSENT_LEDGER_TUPLE_BYTES);
    t.name.len++;
    CHECK_INT(assent_ledger_encode(&t, bytes), ASSENT_ERR_LIMIT);
    t.name.len = 300;
    CHECK_INT(assent_ledger_encode(&t, bytes), ASSENT_ERR_LIMIT);
}

TEST(damaged_bytes_are_refused)
{
    struct assent_ledger_tuple in = tuple_of("name", "d", "/p");
    struct assent_ledger_tuple out;
    uint8_t bytes[ASSENT_LEDGER_TUPLE_BYTES];
    int len = assent_ledger_encode(&in, bytes);

    for (int cut = 0; cut < len; cut++) {
        CHECK_INT(assent_ledger_decode(assent_span(bytes, (size_t)cut), &out), ASSENT_ERR_CORRUPT);
    }
    bytes[0] = 4;
    CHECK_INT(assent_ledger_decode(assent_span(bytes, (size_t)len), &out), ASSENT_ERR_CORRUPT);
    bytes[0] = 0;
    bytes[3] = 0; /* no path */
    CHECK_INT(assent_ledger_decode(assent_span(bytes, (size_t)len), &out), ASSENT_ERR_CORRUPT);
}

TEST(a_known_tuple_is_learnt_once_and_each_difference_counts)
{
    uint8_t room[512];
    struct assent_ledger_table table = {room, sizeof(room), 0};
    struct assent_ledger ledger = assent_ledger_table_open(&table);
    struct assent_ledger_tuple t = tuple_of("a", "", "/");
    size_t len;

    CHECK_INT(ledger.learn(ledger.ctx, &t), ASSENT_OK);
    len = table.len;
    CHECK_INT(ledger.learn(ledger.ctx, &t), ASSENT_OK);
    CHECK_INT(table.len, len);
    t.path = ASSENT_SPAN("/p");
    CHECK_INT(ledger.learn(ledger.ctx, &t), ASSENT_OK);
    t.domain = ASSENT_SPAN("x.org");
    CHECK_INT(ledger.learn(ledger.ctx, &t), ASSENT_OK);
    t.domain = ASSENT_SPAN("X.ORG");
    CHECK_INT(ledger.learn(ledger.ctx, &t), ASSENT_OK);
    t.partitioned = true;
    CHECK_INT(ledger.learn(ledger.ctx, &t), ASSENT_OK);
    t.name = ASSENT_SPAN("A");
    CHECK_INT(ledger.learn(ledger.ctx, &t), ASSENT_OK);
    CHECK_INT(count_of(&ledger), 5);
}

TEST(a_full_table_keeps_what_it_has)
{
    uint8_t room[20];
    struct assent_ledger_table table = {room, sizeof(room), 0};
    struct assent_ledger ledger = assent_ledger_table_open(&table);
    struct assent_ledger_tuple t = tuple_of("first", "", "/");
    struct assent_ledger_tuple second = tuple_of("second", "", "/");

    CHECK_INT(ledger.learn(ledger.ctx, &t), ASSENT_OK);
    CHECK_INT(ledger.learn(ledger.ctx, &second), ASSENT_ERR_FULL);
    CHECK_INT(ledger.learn(ledger.ctx, &t), ASSENT_OK);
    CHECK_INT(count_of(&ledger), 1);
}

TEST_MAIN(CASE(a_tuple_survives_encoding), CASE(what_is_too_long_is_refused),
          CASE(damaged_bytes_are_refused),
          CASE(a_known_tuple_is_learnt_once_and_each_difference_counts),
          CASE(a_full_table_keeps_what_it_has))
