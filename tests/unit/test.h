/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TESTS_UNIT_TEST_H
#define ASSENT_TESTS_UNIT_TEST_H

/* A test harness that needs nothing but printf, so that the same tests run on the host and, by
 * semihosting, on the target. A test file is a program:
 *
 *     TEST(split_keeps_order)
 *     {
 *         CHECK_INT(count, 2);
 *     }
 *
 *     TEST_MAIN(CASE(split_keeps_order), CASE(...))
 *
 * A failed check prints its place and goes on; the test counts as failed once. The last line printed
 * is "N passed, N failed"; the exit code is 1 if any failed. Arguments select tests by name; one with
 * a "-" before it leaves that test out. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/span.h"

struct test_case {
    const char *name;
    void (*run)(void);
};

static unsigned test_failures;

#define TEST(name) static void name(void)
#define CASE(name)                                                                                 \
    {                                                                                              \
#name, name                                                                                \
    }

#define CHECK(condition) test_check((condition), #condition, "", __FILE__, __LINE__)
#define CHECK_INT(actual, expected)                                                                \
    test_int((long long)(actual), (long long)(expected), #actual, "", __FILE__, __LINE__)
/* expected is a string literal or a NUL-terminated text. */
#define CHECK_SPAN(actual, expected)                                                               \
    test_span((actual), (expected), #actual, "", __FILE__, __LINE__)

/* The same for rows of a table: row is printed with a failure. */
#define CHECK_ROW(row, condition) test_check((condition), #condition, (row), __FILE__, __LINE__)
#define CHECK_INT_ROW(row, actual, expected)                                                       \
    test_int((long long)(actual), (long long)(expected), #actual, (row), __FILE__, __LINE__)
#define CHECK_SPAN_ROW(row, actual, expected)                                                      \
    test_span((actual), (expected), #actual, (row), __FILE__, __LINE__)

static inline void test_check(bool ok, const char *what, const char *row, const char *file,
                              int line)
{
    if (!ok) {
        test_failures++;
        printf("%s:%d: not true: %s%s%s\n", file, line, what, row[0] ? " in row: " : "", row);
    }
}

static inline void test_int(long long actual, long long expected, const char *what, const char *row,
                            const char *file, int line)
{
    if (actual != expected) {
        test_failures++;
        printf("%s:%d: %s is %lld, expected %lld%s%s\n", file, line, what, actual, expected,
               row[0] ? " in row: " : "", row);
    }
}

static inline void test_span(struct assent_span actual, const char *expected, const char *what,
                             const char *row, const char *file, int line)
{
    if (!assent_span_equal(actual, assent_span(expected, strlen(expected)))) {
        test_failures++;
        printf("%s:%d: %s is \"%.*s\", expected \"%s\"%s%s\n", file, line, what, (int)actual.len,
               actual.ptr != NULL ? (const char *)actual.ptr : "", expected,
               row[0] ? " in row: " : "", row);
    }
}

static inline bool test_wanted(const char *name, int argc, char **argv)
{
    bool only = false;

    for (int a = 1; a < argc; a++) {
        bool without = argv[a][0] == '-';

        if (strcmp(argv[a] + without, name) == 0) {
            return !without;
        }
        only = only || !without;
    }
    return !only;
}

static inline int test_run(const struct test_case *cases, size_t count, int argc, char **argv)
{
    unsigned passed = 0;
    unsigned failed = 0;

    for (size_t i = 0; i < count; i++) {
        if (!test_wanted(cases[i].name, argc, argv)) {
            continue;
        }
        test_failures = 0;
        cases[i].run();
        if (test_failures == 0) {
            passed++;
        } else {
            failed++;
            printf("FAILED %s\n", cases[i].name);
        }
    }
    printf("%u passed, %u failed\n", passed, failed);
    return failed == 0 && passed > 0 ? 0 : 1;
}

#define TEST_MAIN(...)                                                                             \
    int main(int argc, char **argv)                                                                \
    {                                                                                              \
        static const struct test_case cases[] = {__VA_ARGS__};                                     \
        return test_run(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);                      \
    }

#endif
