/* SPDX-License-Identifier: MIT */
/* Counts milliseconds of the base clock as they pass, multiplies, and adds what was advanced. */
#include "port/host/fake_clock.h"

enum { SCALE_MAX = 100000 };

static const uint64_t unix_max = (UINT64_C(1) << 40) - 1; /* of struct assent_time */

/* Decimal digits, all of text.
 *   return  ASSENT_OK, SYNTAX or RANGE */
static int number(struct assent_span text, uint64_t max, uint64_t *out)
{
    *out = 0;
    if (text.len == 0) {
        return ASSENT_ERR_SYNTAX;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return ASSENT_ERR_SYNTAX;
        }
        *out = *out * 10 + (uint64_t)(text.ptr[i] - '0');
        if (*out > max) {
            return ASSENT_ERR_RANGE;
        }
    }
    return ASSENT_OK;
}

/* What follows prefix in item, or false. */
static bool behind(struct assent_span item, struct assent_span prefix, struct assent_span *rest)
{
    if (!assent_span_starts(item, prefix)) {
        return false;
    }
    *rest = assent_span_slice(item, prefix.len, item.len);
    return true;
}

static int offset(struct fake_clock *clock, struct assent_span text)
{
    bool negative = text.len > 0 && text.ptr[0] == '-';
    uint64_t value;
    int error = number(negative ? assent_span_slice(text, 1, text.len) : text, unix_max, &value);

    if (error != ASSENT_OK) {
        return error;
    }
    if (negative ? value > clock->unix_start_s : value > unix_max - clock->unix_start_s) {
        return ASSENT_ERR_RANGE;
    }
    clock->unix_start_s = negative ? clock->unix_start_s - value : clock->unix_start_s + value;
    return ASSENT_OK;
}

static int apply(struct fake_clock *clock, struct assent_span item)
{
    struct assent_span rest;
    uint64_t value;
    int error;

    if (assent_span_equal(item, ASSENT_SPAN("frozen"))) {
        clock->scale = 0;
        return ASSENT_OK;
    }
    if (assent_span_equal(item, ASSENT_SPAN("none"))) {
        clock->trust = ASSENT_CLOCK_NONE;
        return ASSENT_OK;
    }
    if (behind(item, ASSENT_SPAN("offset="), &rest)) {
        return offset(clock, rest);
    }
    if (behind(item, ASSENT_SPAN("start="), &rest)) {
        error = number(rest, unix_max, &value);
        clock->unix_start_s = value;
        return error;
    }
    if (behind(item, ASSENT_SPAN("uptime="), &rest)) {
        error = number(rest, UINT32_MAX, &value);
        clock->uptime_start_ms = (uint32_t)value;
        return error;
    }
    if (behind(item, ASSENT_SPAN("scale="), &rest)) {
        error = number(rest, SCALE_MAX, &value);
        clock->scale = (uint32_t)value;
        return error == ASSENT_OK && value == 0 ? ASSENT_ERR_RANGE : error;
    }
    return ASSENT_ERR_SYNTAX;
}

int fake_clock_init(struct fake_clock *clock, struct assent_clock base, struct assent_span setting)
{
    struct assent_time start = base.now(base.ctx);
    int error = ASSENT_OK;

    *clock = (struct fake_clock){.base = base,
                                 .unix_start_s = start.unix_s,
                                 .base_ms = base.uptime_ms(base.ctx),
                                 .scale = 1,
                                 .trust = start.trust};
    clock->uptime_start_ms = clock->base_ms;
    while (setting.len > 0 && error == ASSENT_OK) {
        size_t len = 0;

        while (len < setting.len && setting.ptr[len] != ',') {
            len++;
        }
        error = apply(clock, assent_span_slice(setting, 0, len));
        setting = assent_span_slice(setting, len + 1, setting.len);
    }
    return error;
}

/* Milliseconds of this clock since its start. The base clock is read often enough not to wrap
 * between two reads. */
static uint64_t passed_ms(struct fake_clock *clock)
{
    uint32_t base_ms = clock->base.uptime_ms(clock->base.ctx);

    clock->real_ms += (uint32_t)(base_ms - clock->base_ms);
    clock->base_ms = base_ms;
    return clock->real_ms * clock->scale + clock->advanced_ms;
}

static struct assent_time now(void *ctx)
{
    struct fake_clock *clock = ctx;
    struct assent_time time = {clock->unix_start_s + passed_ms(clock) / 1000, clock->trust};

    return time;
}

static uint32_t uptime_ms(void *ctx)
{
    struct fake_clock *clock = ctx;

    return clock->uptime_start_ms + (uint32_t)passed_ms(clock);
}

struct assent_clock fake_clock_seam(struct fake_clock *clock)
{
    struct assent_clock seam = {clock, now, uptime_ms};

    return seam;
}

void fake_clock_advance(struct fake_clock *clock, uint32_t ms)
{
    clock->advanced_ms += ms;
}

void fake_clock_set(struct fake_clock *clock, uint64_t unix_s)
{
    uint64_t passed_s = passed_ms(clock) / 1000;

    clock->unix_start_s = unix_s > passed_s ? unix_s - passed_s : 0;
    clock->trust = ASSENT_CLOCK_SET;
}

uint32_t fake_clock_wait_ms(const struct fake_clock *clock, uint32_t ms)
{
    if (clock->scale == 0) {
        return ms == 0 ? 0 : UINT32_MAX;
    }
    return ms / clock->scale + (ms % clock->scale != 0 ? 1U : 0U);
}
