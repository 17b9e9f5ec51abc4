/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_BOARD_SIM_POWER_H
#define ASSENT_BOARD_SIM_POWER_H

#include <stdint.h>

#include "port/host/flash_sim.h"

/* Exit code of the simulator whose power has failed. */
enum { SIM_EXIT_POWER = 70 };

/* A flash in whose Nth program or erase, counted from the start, the power fails: the operation is
 * left undone, done, or torn, and the program ends on the spot as a device does. Which of these, and
 * which bits, follows from N alone. */
struct sim_power {
    struct assent_flash below;
    struct flash_sim *sim;
};

/* Put it between a flash and its users. Both stay where they are.
 *   operation  N; 0: the power never fails */
void sim_power_arm(struct sim_power *power, struct flash_sim *sim, uint64_t operation);

#endif
