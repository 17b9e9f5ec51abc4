/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_HOST_FLASH_SIM_H
#define ASSENT_PORT_HOST_FLASH_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "storage/flash.h"

/* NOR flash in memory, true to its rules: a program only clears bits, within one page; an erase sets
 * a sector. Misuse is counted and described in `misuse`, never forgiven. Counts operations, adds up
 * device time, and breaks in the ways real parts break.
 *
 * Time model: read 5 bytes of command and the data at 20 ns a byte; program 30 us and 2.627 us a
 * byte; erase 45 ms for 4 KiB, 150 ms for 64 KiB, in between by the line through both. */

enum flash_sim_cut {
    FLASH_SIM_CUT_NONE,
    FLASH_SIM_CUT_BEFORE,   /* power fails before the operation does anything */
    FLASH_SIM_CUT_AFTER,    /* the operation is complete, its caller never learns of it */
    FLASH_SIM_CUT_PREFIX,   /* a prefix of its bytes is done */
    FLASH_SIM_CUT_RANDOM,   /* each bit that was to change has changed or not */
    FLASH_SIM_CUT_MARGINAL, /* as RANDOM, and bits under way read differently each time until they
                             * are programmed again or erased */
    FLASH_SIM_CUT_COUNT
};

struct flash_sim_counters {
    uint64_t reads, read_bytes;
    uint64_t programs, program_bytes;
    uint64_t erases;
    uint64_t syncs;
    uint64_t time_ns; /* device time of all of them */
};

struct flash_sim {
    struct assent_flash flash; /* pass &sim.flash to the store; filled in by flash_sim_open() */
    uint8_t *bytes;            /* the cells */
    uint8_t *marginal;         /* bits that read at random; same size, or NULL */
    uint8_t *stuck;            /* bits that stay 0; same size, or NULL */
    uint32_t *wear;            /* erases of each sector */
    uint32_t size_bytes;
    bool owned;
    bool any_marginal;

    struct flash_sim_counters count;
    uint64_t operation; /* programs and erases so far */
    uint64_t seed;      /* of all that is random here; never 0 */

    uint64_t cut_at; /* number of the operation that the power fails in, counted from 1; 0 none */
    enum flash_sim_cut cut_mode;
    bool dead; /* power has failed: every call fails until flash_sim_power_on() */

    uint64_t fail_at;      /* number of the call (read, program, erase) that fails; 0 none */
    uint64_t fail_count;   /* how many in a row fail from there on; 0 counts as 1 */
    uint64_t calls;        /* reads, programs and erases so far */
    bool fail_reads;       /* fail_at counts reads as well */
    bool worn_out;         /* every program and erase fails from now on */
    uint32_t slow_percent; /* device time is multiplied by this / 100; 0 is 100 */

    /* Programs and erases since the last sync, for a device that may reorder them: when the power
     * fails, any of them may be missing. */
    struct flash_sim_undo *undo;
    uint32_t undo_count;

    uint64_t misuse_count;
    char misuse[96]; /* the first misuse, in words */
    bool abort_on_misuse;
};

/* Make a blank device. All sizes as in storage/flash.h.
 *   bytes   NULL: allocated and freed by flash_sim_close(); else sector_bytes * sector_count bytes
 *           that the caller owns and whose content is kept (a file that is mapped)
 *   return  false if there is no memory */
bool flash_sim_open(struct flash_sim *sim, uint32_t sector_bytes, uint32_t sector_count,
                    uint8_t *bytes);
void flash_sim_close(struct flash_sim *sim);

/* Fail the power in operation number `after` from now (1 is the next program or erase). */
void flash_sim_cut(struct flash_sim *sim, uint64_t after, enum flash_sim_cut mode);

/* Switch on again after a cut. */
void flash_sim_power_on(struct flash_sim *sim);

/* Let the device reorder what lies between two syncs, and offer sync. */
void flash_sim_reorder(struct flash_sim *sim);

/* Take the cells (and marginal bits, wear) of another device of the same size. */
void flash_sim_copy(struct flash_sim *to, const struct flash_sim *from);

/* Flip one bit, as rot does; bit is 0..8*size-1. */
void flash_sim_rot(struct flash_sim *sim, uint64_t bit);

/* Let a bit read 0 for ever. */
void flash_sim_stick(struct flash_sim *sim, uint64_t bit);

/* Largest minus smallest number of erases of all sectors. */
uint32_t flash_sim_wear_spread(const struct flash_sim *sim);

/* Is the byte pattern anywhere in the raw cells? */
bool flash_sim_contains(const struct flash_sim *sim, const void *pattern, size_t len);

/* Device time since the counters were last zeroed, in microseconds. */
double flash_sim_time_us(const struct flash_sim *sim);

/* The next number of the simulator's own generator (xorshift), for tests that want one seed. */
uint64_t flash_sim_random(struct flash_sim *sim);

#endif
