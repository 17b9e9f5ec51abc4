/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TESTS_BENCH_BENCH_H
#define ASSENT_TESTS_BENCH_BENCH_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

/* Measuring on a machine that does other things as well: processor time of this process instead of
 * wall time, short rounds that take turns, medians. */

/* Where results go, so that the compiler cannot leave the work out. */
static volatile size_t bench_sink;

static inline double bench_cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Nanoseconds that one call of work takes: it is called for at least least_ns. */
static inline double bench_time(void (*work)(void *ctx), void *ctx, double least_ns)
{
    size_t calls = 1;

    for (;;) {
        double start = bench_cpu_ns();
        double spent;

        for (size_t i = 0; i < calls; i++) {
            work(ctx);
        }
        spent = bench_cpu_ns() - start;
        if (spent >= least_ns) {
            return spent / (double)calls;
        }
        calls = spent < least_ns / 8 ? calls * 4 : calls * 2;
    }
}

static inline int bench_compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The median; sorts values. */
static inline double bench_median(double *values, size_t count)
{
    qsort(values, count, sizeof(values[0]), bench_compare);
    return values[count / 2];
}

/* A reproducible random number below limit. */
static inline uint32_t bench_random(uint32_t limit)
{
    static uint32_t state = 1;

    state = state * 1664525U + 1013904223U;
    return (uint32_t)(((uint64_t)(state >> 4) * limit) >> 28);
}

#endif
