/* SPDX-License-Identifier: MIT */
/* Counters per site, in RAM, written now and then. */
#include "storage/counters.h"

#include <string.h>

#include "core/bytes.h"
#include "storage/layout.h"

enum { VALUE_BYTES = 4 * ASSENT_COUNTERS };

int assent_counters_load(struct assent_counters *counters)
{
    memset(counters->value, 0, sizeof(counters->value));
    counters->dirty = 0;
    for (uint8_t site = 0; site < ASSENT_SITES; site++) {
        uint8_t bytes[VALUE_BYTES];
        int got = assent_kv_get(counters->kv, ASSENT_SPACE_COUNTERS, assent_span(&site, 1), bytes,
                                sizeof(bytes));

        if (got == ASSENT_ERR_IO) {
            return got;
        }
        for (int i = 0; i + 4 <= got; i += 4) { /* fewer: of an older build */
            counters->value[site][i / 4] = assent_bytes_load32(bytes + i);
        }
    }
    return ASSENT_OK;
}

void assent_counters_add(struct assent_counters *counters, uint8_t site, unsigned counter)
{
    if (site < ASSENT_SITES && counter < ASSENT_COUNTERS &&
        counters->value[site][counter] < UINT32_MAX) {
        counters->value[site][counter]++;
        counters->dirty |= UINT32_C(1) << site;
    }
}

int assent_counters_flush(struct assent_counters *counters, uint32_t uptime_ms, bool now)
{
    uint8_t bytes[VALUE_BYTES];
    uint8_t site = 0;
    int error;

    if (counters->dirty == 0 ||
        (!now && uptime_ms - counters->flushed_ms < ASSENT_COUNTERS_FLUSH_S * UINT32_C(1000))) {
        return 0;
    }
    while ((counters->dirty >> site & 1) == 0) {
        site++;
    }
    for (unsigned i = 0; i < ASSENT_COUNTERS; i++) {
        assent_bytes_store32(bytes + 4 * i, counters->value[site][i]);
    }
    error = assent_kv_put(counters->kv, ASSENT_SPACE_COUNTERS, assent_span(&site, 1),
                          assent_span(bytes, sizeof(bytes)));
    if (error != ASSENT_OK) {
        return error;
    }
    counters->dirty &= counters->dirty - 1;
    if (counters->dirty == 0) {
        counters->flushed_ms = uptime_ms;
    }
    return counters->dirty != 0;
}
