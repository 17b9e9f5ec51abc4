/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "port/host/loop.h"
#include "tests/unit/test.h"

static struct loop loop;

static long since_ms(const struct timespec *begin)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - begin->tv_sec) * 1000 + (now.tv_nsec - begin->tv_nsec) / 1000000;
}

TEST(tells_which_descriptor_is_ready)
{
    int a[2];
    int b[2];
    int first;
    int second;

    CHECK(loop_init(&loop, NULL, 0));
    CHECK_INT(pipe(a), 0);
    CHECK_INT(pipe(b), 0);
    CHECK_INT(write(b[1], "x", 1), 1);
    loop_begin(&loop);
    first = loop_add(&loop, a[0], POLLIN);
    second = loop_add(&loop, b[0], POLLIN);
    CHECK(loop_wait(&loop, 1000));
    CHECK_INT(loop_events(&loop, first), 0);
    CHECK_INT(loop_events(&loop, second), POLLIN);
    CHECK_INT(loop_events(&loop, -1), 0);

    (void)close(a[1]);
    loop_begin(&loop);
    first = loop_add(&loop, a[0], POLLIN);
    CHECK(loop_wait(&loop, 1000));
    CHECK((loop_events(&loop, first) & POLLHUP) != 0);
    (void)close(a[0]);
    (void)close(b[0]);
    (void)close(b[1]);
}

TEST(waits_as_long_as_told_and_not_at_all_for_0)
{
    struct timespec begin;

    CHECK(loop_init(&loop, NULL, 0));
    loop_begin(&loop);
    (void)clock_gettime(CLOCK_MONOTONIC, &begin);
    CHECK(loop_wait(&loop, 0));
    CHECK(since_ms(&begin) < 1000);
    (void)clock_gettime(CLOCK_MONOTONIC, &begin);
    CHECK(loop_wait(&loop, 30));
    CHECK(since_ms(&begin) >= 29);
}

TEST(takes_no_more_descriptors_than_there_is_room_for)
{
    int pair[2];

    CHECK(loop_init(&loop, NULL, 0));
    CHECK_INT(pipe(pair), 0);
    loop_begin(&loop);
    for (int i = 0; i < LOOP_FDS; i++) {
        CHECK_INT(loop_add(&loop, pair[0], POLLIN), i);
    }
    CHECK_INT(loop_add(&loop, pair[0], POLLIN), -1);
    CHECK_INT(loop.refused, 1);
    loop_begin(&loop);
    CHECK_INT(loop_add(&loop, pair[0], POLLIN), 0);
    (void)close(pair[0]);
    (void)close(pair[1]);
}

TEST(a_signal_sent_before_the_wait_ends_it)
{
    static const int signals[] = {SIGUSR2};
    struct timespec begin;

    CHECK(loop_init(&loop, signals, 1));
    CHECK_INT(raise(SIGUSR2), 0);
    CHECK(!loop_signal(SIGUSR2)); /* not before the wait */
    loop_begin(&loop);
    (void)clock_gettime(CLOCK_MONOTONIC, &begin);
    CHECK(loop_wait(&loop, 5000));
    CHECK(since_ms(&begin) < 4000);
    CHECK(loop_signal(SIGUSR2));
    CHECK(!loop_signal(SIGUSR2)); /* once */
}

TEST(refuses_signals_that_do_not_exist)
{
    static const int signals[] = {LOOP_SIGNALS};

    CHECK(!loop_init(&loop, signals, 1));
    CHECK_INT(errno, EINVAL);
    CHECK(!loop_signal(0));
    CHECK(!loop_signal(LOOP_SIGNALS));
}

TEST_MAIN(CASE(tells_which_descriptor_is_ready), CASE(waits_as_long_as_told_and_not_at_all_for_0),
          CASE(takes_no_more_descriptors_than_there_is_room_for),
          CASE(a_signal_sent_before_the_wait_ends_it), CASE(refuses_signals_that_do_not_exist))
