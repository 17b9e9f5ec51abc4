/* SPDX-License-Identifier: MIT */
/* A clock that does not run backwards over a restart. */
#include "storage/clock_floor.h"

#include "core/bytes.h"
#include "core/config.h"
#include "storage/fixed.h"
#include "storage/layout.h"

enum { VALUE_BYTES = 6 };

static uint32_t uptime_ms(const struct assent_clock_floor *floor)
{
    return floor->clock->uptime_ms(floor->clock->ctx);
}

/* Move the floor on by the time that has passed since it was last looked at, so that the 32 bits of
 * the uptime may wrap. */
static void advance(struct assent_clock_floor *floor)
{
    uint32_t passed_s = (uptime_ms(floor) - floor->base_ms) / 1000;

    floor->base_ms += passed_s * 1000;
    if (floor->floor.trust != ASSENT_CLOCK_NONE) {
        floor->floor.unix_s += passed_s;
    }
}

static struct assent_time now(void *ctx)
{
    struct assent_clock_floor *floor = ctx;
    struct assent_time time = floor->clock->now(floor->clock->ctx);

    advance(floor);
    if (time.trust != ASSENT_CLOCK_NONE &&
        (time.unix_s >= floor->floor.unix_s || time.trust > floor->floor.trust)) {
        floor->floor = time;
        floor->base_ms =
            uptime_ms(floor); /* or the floor would run ahead of it by parts of a second */
        return time;
    }
    time = floor->floor;
    if (time.trust > ASSENT_CLOCK_FLOOR) {
        time.trust = ASSENT_CLOCK_FLOOR;
    }
    return time;
}

static uint32_t uptime(void *ctx)
{
    return uptime_ms(ctx);
}

struct assent_clock assent_clock_floor_start(struct assent_clock_floor *floor)
{
    struct assent_clock clock = {floor, now, uptime};
    uint8_t value[VALUE_BYTES];

    floor->floor = (struct assent_time){0, ASSENT_CLOCK_NONE};
    floor->base_ms = uptime_ms(floor);
    if (assent_fixed_get(floor->kv, ASSENT_SPACE_SYSTEM, ASSENT_SPAN("c"), value, sizeof(value)) ==
            ASSENT_OK &&
        value[5] <= ASSENT_CLOCK_SYNCED) {
        floor->floor.unix_s = assent_bytes_load40(value);
        floor->floor.trust = (enum assent_clock_trust)value[5];
    }
    floor->written = floor->floor;
    return clock;
}

void assent_clock_floor_raise(struct assent_clock_floor *floor, struct assent_time time)
{
    advance(floor);
    if (time.trust != ASSENT_CLOCK_NONE && time.unix_s > floor->floor.unix_s) {
        floor->floor = time;
    }
}

int assent_clock_floor_keep(struct assent_clock_floor *floor, bool force)
{
    uint8_t value[VALUE_BYTES];
    struct assent_time time = now(floor);
    int error;

    /* Of the floor the trust that it came with is kept: it decides who may overrule it. */
    time.trust = floor->floor.trust;
    if (time.trust == ASSENT_CLOCK_NONE ||
        (!force && time.trust == floor->written.trust &&
         time.unix_s - floor->written.unix_s < ASSENT_CLOCK_FLOOR_S)) { /* not if it went back */
        return ASSENT_OK;
    }
    assent_bytes_store40(value, time.unix_s);
    value[5] = (uint8_t)time.trust;
    error = assent_kv_put(floor->kv, ASSENT_SPACE_SYSTEM, ASSENT_SPAN("c"),
                          assent_span(value, sizeof(value)));
    if (error == ASSENT_OK) {
        floor->written = time;
    }
    return error;
}
