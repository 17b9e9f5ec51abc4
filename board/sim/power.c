/* SPDX-License-Identifier: MIT */
#include "board/sim/power.h"

#include <unistd.h>

/* Nothing is flushed, nothing is answered, nobody says goodbye. */
static int survive(const struct sim_power *power, int result)
{
    if (power->sim->dead) {
        _exit(SIM_EXIT_POWER);
    }
    return result;
}

static int read_below(void *ctx, uint32_t offset, void *out, uint32_t len)
{
    const struct sim_power *power = ctx;

    return power->below.read(power->below.ctx, offset, out, len);
}

static int program_below(void *ctx, uint32_t offset, const void *data, uint32_t len)
{
    const struct sim_power *power = ctx;

    return survive(power, power->below.program(power->below.ctx, offset, data, len));
}

static int erase_below(void *ctx, uint32_t sector)
{
    const struct sim_power *power = ctx;

    return survive(power, power->below.erase(power->below.ctx, sector));
}

void sim_power_arm(struct sim_power *power, struct flash_sim *sim, uint64_t operation)
{
    static const enum flash_sim_cut modes[] = {FLASH_SIM_CUT_BEFORE, FLASH_SIM_CUT_AFTER,
                                               FLASH_SIM_CUT_PREFIX, FLASH_SIM_CUT_RANDOM};

    if (operation == 0) {
        return;
    }
    *power = (struct sim_power){sim->flash, sim};
    sim->flash.ctx = power;
    sim->flash.read = read_below;
    sim->flash.program = program_below;
    sim->flash.erase = erase_below;
    sim->seed ^= operation * UINT64_C(0x9E3779B97F4A7C15);
    sim->seed += sim->seed == 0 ? 1 : 0;
    flash_sim_cut(sim, operation, modes[operation % (sizeof(modes) / sizeof(modes[0]))]);
}
