/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_LWIP_PORT_H
#define ASSENT_PORT_LWIP_PORT_H

#include <stdint.h>

#include "core/seam.h"

/* What lwIP needs from the platform. lwIP has one instance in a program, and so has this. */

/* Start lwIP (lwip_init() is in here). Both are borrowed for ever.
 *   clock    lwIP's time (sys_now) is its uptime_ms
 *   entropy  for sequence numbers and ports. If it fails, a counter is mixed into what it gave
 *            before: connections still open, guessable only by who knows that */
void assent_lwip_init(const struct assent_clock *clock, const struct assent_entropy *entropy);

/* lwIP's side. */
uint32_t assent_lwip_random(void);

/* A broken invariant of lwIP: memory is not what it should be, nothing can be trusted. Provided by
 * the board: stops or restarts it. */
_Noreturn void assent_lwip_panic(const char *message, const char *file, int line);

#endif
