/* SPDX-License-Identifier: MIT */
/* The clock seam of core/seam.h on Linux. */
#include "port/host/clock.h"

#include <sys/timex.h>
#include <time.h>

/* 2020-01-01T00:00:00Z: no machine that runs this is older; an unset clock shows 1970 or so. */
#define EARLIEST_S 1577836800U

static struct assent_time now(void *ctx)
{
    struct assent_clock_host *host = ctx;
    struct assent_time time = {0, ASSENT_CLOCK_NONE};
    struct timex kernel = {0};
    struct timespec wall;
    int state = adjtimex(&kernel); /* only read */

    if (clock_gettime(CLOCK_REALTIME, &wall) != 0 || wall.tv_sec < (time_t)EARLIEST_S) {
        time.unix_s = host->latest_s;
        return time;
    }
    if ((uint64_t)wall.tv_sec > host->latest_s) {
        host->latest_s = (uint64_t)wall.tv_sec;
    }
    time.unix_s = host->latest_s;
    time.trust = state >= 0 && state != TIME_ERROR ? ASSENT_CLOCK_SYNCED : ASSENT_CLOCK_SET;
    return time;
}

static uint32_t uptime_ms(void *ctx)
{
    struct timespec up = {0, 0};

    (void)ctx;
    (void)clock_gettime(CLOCK_MONOTONIC, &up);
    return (uint32_t)((uint64_t)up.tv_sec * 1000U + (uint64_t)up.tv_nsec / 1000000U);
}

struct assent_clock assent_clock_host(struct assent_clock_host *host)
{
    struct assent_clock clock;

    host->latest_s = 0;
    clock.ctx = host;
    clock.now = now;
    clock.uptime_ms = uptime_ms;
    return clock;
}
