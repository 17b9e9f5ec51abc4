/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_HOST_FAKE_CLOCK_H
#define ASSENT_PORT_HOST_FAKE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/seam.h"
#include "core/span.h"

/* A clock for tests and demonstrations: runs like another clock, shifted, faster, or only when told.
 * Both times of the seam come out of it, and so does lwIP's and libslirp's. */
struct fake_clock {
    struct assent_clock base;
    uint64_t unix_start_s; /* wall clock when it was started */
    uint64_t advanced_ms;  /* by fake_clock_advance() */
    uint64_t real_ms;      /* of the base clock since the start, without its wrap */
    uint32_t base_ms;      /* of the base clock when last read */
    uint32_t uptime_start_ms;
    uint32_t scale; /* how much faster it runs; 0: stands still */
    enum assent_clock_trust trust;
};

/* Start a clock.
 *   base     borrowed functions; the time it starts at
 *   setting  a comma list of: offset=SECONDS (may be negative), start=UNIX_SECONDS,
 *            uptime=MILLISECONDS to begin with, scale=1..100000, frozen, none (no wall clock at all).
 *            Empty: as base
 *   return   ASSENT_OK
 *            ASSENT_ERR_SYNTAX  not such a list
 *            ASSENT_ERR_RANGE   a number out of its range */
int fake_clock_init(struct fake_clock *clock, struct assent_clock base, struct assent_span setting);

/* A seam whose ctx is clock. */
struct assent_clock fake_clock_seam(struct fake_clock *clock);

/* Let time pass at once. */
void fake_clock_advance(struct fake_clock *clock, uint32_t ms);

/* Set the wall clock, as an operator would: from now on it is trusted as ASSENT_CLOCK_SET. */
void fake_clock_set(struct fake_clock *clock, uint64_t unix_s);

/* How long to wait for ms of this clock, in milliseconds of the base clock, rounded up; UINT32_MAX if
 * it stands still. */
uint32_t fake_clock_wait_ms(const struct fake_clock *clock, uint32_t ms);

#endif
