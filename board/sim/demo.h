/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_BOARD_SIM_DEMO_H
#define ASSENT_BOARD_SIM_DEMO_H

#include <stdbool.h>

#include "core/gate.h"
#include "http/engine.h"

/* What the simulator serves until it has an application:
 *
 *     /             a page of 1 KiB that stays in memory
 *     /echo         any method: what arrived, as text, with the cookies that the gate let through
 *     /bytes/N      N bytes, up to 10^9; written as they can be sent
 *
 * With a policy every request and every answer passes the gate. */
enum { SIM_DEMO_EXCHANGES = 16 };

struct sim_demo_exchange {
    const struct assent_engine *engine; /* whose; NULL: never used */
    uint64_t content_bytes;             /* of the request so far */
    uint64_t left;                      /* of the answer, to be produced */
    bool filtered;                      /* gate is filled in */
    struct assent_gate_exchange gate;
};

struct sim_demo {
    const struct assent_gate *gate; /* NULL: nothing is filtered */
    const struct assent_clock *clock;
    bool https;
    struct sim_demo_exchange exchanges[SIM_DEMO_EXCHANGES]; /* as many as there are engines */
};

/* The handler; its context is a struct sim_demo. */
extern const struct assent_handler sim_demo_handler;

#endif
