/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_CORTEX_M_BANNER_H
#define ASSENT_PORT_CORTEX_M_BANNER_H

#include "port/cortex_m/fault.h"

/* The first words on the console: the board, and how the last run ended, if by a fault.
 *   last  filled in, as by assent_fault_take */
void banner_print(const char *board, struct assent_fault *last);

#endif
