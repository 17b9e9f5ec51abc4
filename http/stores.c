/* SPDX-License-Identifier: MIT */
#include "http/stores.h"

#include <string.h>

void assent_stores_wire(struct assent_stores *stores)
{
    for (unsigned i = 0; i < ASSENT_REGION_COUNT; i++) {
        assent_layout_view(&stores->view[i], stores->flash, &stores->layout, (enum assent_region)i);
    }
    stores->config =
        (struct assent_kv_config){.flash = &stores->view[ASSENT_REGION_KV].flash,
                                  .heads = stores->heads,
                                  .heads_bytes = assent_layout_heads_bytes(&stores->layout),
                                  .buffer = stores->buffer,
                                  .buffer_bytes = stores->buffer_bytes,
                                  .crypto = stores->store_key != NULL ? stores->crypto : NULL,
                                  .key = stores->store_key,
                                  .twice = assent_layout_twice};
    memcpy(stores->config.secret, stores->layout.secret, sizeof(stores->config.secret));
    stores->log.kv = &stores->kv;
    stores->log.flash = &stores->view[ASSENT_REGION_AUDIT].flash;
    stores->log.crypto = stores->crypto;
    stores->counters.kv = &stores->kv;
    stores->consents = (struct assent_consents){.kv = &stores->kv,
                                                .audit = &stores->log,
                                                .crypto = stores->crypto,
                                                .entropy = stores->entropy,
                                                .counters = &stores->counters};
    stores->keys = (struct assent_keys){&stores->kv, &stores->log, stores->crypto, stores->entropy};
}

int assent_stores_open(struct assent_stores *stores)
{
    int error = assent_layout_read(stores->flash, &stores->layout);

    if (error == ASSENT_OK && assent_layout_heads_bytes(&stores->layout) > stores->heads_bytes) {
        error = ASSENT_ERR_RANGE;
    }
    if (error == ASSENT_OK) {
        assent_stores_wire(stores);
        error = assent_kv_mount(&stores->kv, &stores->config);
    }
    if (error == ASSENT_OK) {
        error = assent_audit_log_mount(&stores->log);
    }
    if (error == ASSENT_OK) {
        error = assent_counters_load(&stores->counters);
    }
    if (error == ASSENT_OK) {
        stores->floor =
            (struct assent_clock_floor){.kv = &stores->kv, .clock = stores->board_clock};
        stores->clock = assent_clock_floor_start(&stores->floor);
    }
    return error;
}

bool assent_stores_idle(struct assent_stores *stores,
                        const struct assent_policy *(*policy_of)(void *ctx, uint8_t site),
                        void *ctx)
{
    struct assent_time now = stores->clock.now(stores->clock.ctx);
    bool more = assent_consents_sweep(&stores->consents, policy_of, ctx, now) > 0;

    more = assent_audit_log_idle(&stores->log, now) > 0 || more;
    (void)assent_counters_flush(&stores->counters, stores->clock.uptime_ms(stores->clock.ctx),
                                false);
    (void)assent_clock_floor_keep(&stores->floor, false);
    more = assent_kv_idle(&stores->kv) > 0 || more;
    if (!more) {
        (void)assent_kv_scrub(&stores->kv);
    }
    return more;
}
