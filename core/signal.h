/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_SIGNAL_H
#define ASSENT_CORE_SIGNAL_H

#include <stdbool.h>

#include "core/span.h"

/* What a browser says of its own accord: Global Privacy Control. */

/* Whether one Sec-GPC field says so: its value is exactly "1" (Global Privacy Control s. 3.2). With
 * several fields the signal is given if any of them says so; a list in one field does not. Fields
 * of a trailer do not count.
 *   value   as sent; space and tab around it are no part of it */
bool assent_signal_gpc(struct assent_span value);

#endif
