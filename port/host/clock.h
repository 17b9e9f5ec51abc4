/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_HOST_CLOCK_H
#define ASSENT_PORT_HOST_CLOCK_H

#include "core/seam.h"

/* State of the host clock: the latest time given out, so that it never runs backwards. */
struct assent_clock_host {
    uint64_t latest_s;
};

/* The clock of the Linux host. Its time is taken for synchronised if the kernel says so, else for
 * set by hand; a time before 2020 is none.
 *   host    borrowed as long as the seam is in use; zeroed by this call
 *   return  a seam whose ctx is host */
struct assent_clock assent_clock_host(struct assent_clock_host *host);

#endif
