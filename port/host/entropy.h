/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_HOST_ENTROPY_H
#define ASSENT_PORT_HOST_ENTROPY_H

#include "core/seam.h"

/* Randomness of the Linux kernel (getrandom), which waits only in the first seconds of its life.
 *   return  a seam; ctx is NULL */
struct assent_entropy assent_entropy_host(void);

#endif
