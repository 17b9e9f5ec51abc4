/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_BOARD_EMCRAFT_SF2_PROFILE_H
#define ASSENT_BOARD_EMCRAFT_SF2_PROFILE_H

#include "board/emcraft-sf2/device.h"
#include "core/writer.h"
#include "http/engine.h"

/* What the profiles of this board have each for itself. Which one is built, and so which folder, PROFILE
 * chooses in board.mk; its profile.h has its memory and its limits. */

/* Start what else there is, and listen. The stores are open, there are sites and an interface.
 *   settings  of the port for visitors */
void profile_listen(struct device *device, struct assent_engine_settings settings);

/* Once in each turn of the main loop. */
void profile_poll(struct device *device);

/* Its lines of the console's `health` and `net`; w: the object of counters, after its "{". */
void profile_health(const struct device *device);
void profile_net(const struct device *device, struct assent_writer *w);

#endif
