/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_UNCLASSIFIED_H
#define ASSENT_HTTP_UNCLASSIFIED_H

#include <stdbool.h>
#include <stdint.h>

#include "core/config.h"
#include "core/seam.h"
#include "core/span.h"

/* Cookies that the gate met and no policy names, for the operator to classify. Kept in RAM since the
 * start: a name, how often and when it was met, never a value and nothing of who sent it. What an
 * application tried to set is known better than what a browser sent, whose names anybody can invent:
 * when the table is full, names that only browsers sent make room first, and the one that was longest
 * not met among them; a name that an application sets is never driven out by one that none did. */

enum { ASSENT_UNCLASSIFIED_NAME_BYTES = 48 }; /* a longer name is cut, and said to be */

struct assent_unclassified_cookie {
    uint8_t name[ASSENT_UNCLASSIFIED_NAME_BYTES];
    uint64_t first_s; /* seconds since 1970; 0: there was no clock */
    uint64_t last_s;
    uint32_t count; /* stops at 2^32 - 1 */
    uint32_t turn;  /* when it was last met, in calls of assent_unclassified_note */
    uint8_t name_len;
    uint8_t site;
    bool cut; /* the name was longer */
    bool set; /* an application tried to set it; else it was only seen in requests */
};

struct assent_unclassified {
    /* Zeros to start. */
    struct assent_unclassified_cookie cookie[ASSENT_UNCLASSIFIED];
    uint32_t turn;
    uint32_t dropped_count; /* names that found no room, or made room */
    uint8_t count;          /* entries in use, at the front */
};

/* A cookie was met.
 *   set  an application tried to set it
 *   now  without clock the times stay 0 */
void assent_unclassified_note(struct assent_unclassified *table, uint8_t site,
                              struct assent_span name, bool set, struct assent_time now);

/* Forget what a new policy of the site may name now. */
void assent_unclassified_forget(struct assent_unclassified *table, uint8_t site);

#endif
