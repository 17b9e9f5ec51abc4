/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_STORAGE_CLOCK_FLOOR_H
#define ASSENT_STORAGE_CLOCK_FLOOR_H

#include <stdbool.h>
#include <stdint.h>

#include "core/seam.h"
#include "storage/kv.h"

/* A clock that does not run backwards over a restart. Between the board's clock and everybody else:
 * while the board does not know the time, or says an earlier one than it knew before, the time is
 * the last one kept in flash plus the time since the start, with trust ASSENT_CLOCK_FLOOR. A board's
 * clock that is believed more than what was kept wins, also backwards: a floor that somebody set
 * wrongly does not hold for ever.
 *
 * Kept in ASSENT_SPACE_SYSTEM under "c": time (5), trust (1). Written at most every
 * ASSENT_CLOCK_FLOOR_S, so that after a cut the clock may be late by that much; nothing that was
 * recorded is later, though, if assent_clock_floor_raise() is told of it at the start. */
struct assent_clock_floor {
    /* Set by the caller before any call; borrowed. */
    struct assent_kv *kv;
    const struct assent_clock *clock; /* the board's */

    /* For clock_floor.c only; zeros to start. */
    uint32_t base_ms;
    struct assent_time floor; /* held at base_ms, without any newer knowledge */
    struct assent_time written;
};

/* Read what is kept. An unreadable value counts as none.
 *   return  the clock that everybody else is given; ctx is floor */
struct assent_clock assent_clock_floor_start(struct assent_clock_floor *floor);

/* It is at least this late: the time of the last audit entry. Trust NONE says nothing. */
void assent_clock_floor_raise(struct assent_clock_floor *floor, struct assent_time time);

/* Write the time if it is due.
 *   force   write in any case: after the operator set the clock, before a shutdown
 *   return  ASSENT_OK and those of assent_kv_put */
int assent_clock_floor_keep(struct assent_clock_floor *floor, bool force);

#endif
