/* SPDX-License-Identifier: MIT */
#include "port/host/kit_format.h"

#include "core/bytes.h"
#include "port/host/layout_plan.h"

enum { FEWEST_CHAIN_BITS = 4 };

static int format_log(struct assent_stores *stores)
{
    uint8_t master[ASSENT_SHA256_BYTES];
    uint8_t chain[ASSENT_SHA256_BYTES];
    uint8_t seal[ASSENT_SHA256_BYTES];
    int error = stores->entropy->random(stores->entropy->ctx, master, sizeof(master));

    if (error == ASSENT_OK) {
        error = assent_audit_log_derive(stores->crypto, master, chain, seal);
    }
    if (error == ASSENT_OK) {
        error = assent_audit_log_format(&stores->log, chain, seal);
    }
    assent_bytes_wipe(master, sizeof(master));
    assent_bytes_wipe(chain, sizeof(chain));
    assent_bytes_wipe(seal, sizeof(seal));
    return error;
}

static int plan(struct assent_stores *stores)
{
    struct assent_layout *layout = &stores->layout;
    int error =
        assent_layout_plan(stores->flash->sector_bytes, stores->flash->sector_count, layout);

    if (error != ASSENT_OK) {
        return error;
    }
    while (layout->chain_bits > FEWEST_CHAIN_BITS &&
           assent_layout_heads_bytes(layout) > stores->heads_bytes) {
        layout->chain_bits--;
    }
    layout->options = stores->store_key != NULL ? ASSENT_LAYOUT_ENCRYPTED : 0;
    return stores->entropy->random(stores->entropy->ctx, layout->secret, sizeof(layout->secret));
}

int assent_kit_format(struct assent_kit *kit, const struct assent_kit_setup *setup)
{
    struct assent_stores *stores = &kit->stores;
    int error = assent_layout_read(setup->flash, &stores->layout);

    if (error != ASSENT_ERR_NOT_FOUND) {
        return error == ASSENT_OK ? ASSENT_ERR_STATE : error;
    }
    *stores = (struct assent_stores){.flash = setup->flash,
                                     .crypto = setup->crypto,
                                     .entropy = setup->entropy,
                                     .heads = setup->heads,
                                     .heads_bytes = setup->heads_bytes,
                                     .buffer = setup->buffer,
                                     .buffer_bytes = setup->buffer_bytes,
                                     .store_key = setup->store_key};
    error = plan(stores);
    if (error == ASSENT_OK) {
        assent_stores_wire(stores);
        error = assent_kv_format(&stores->config);
    }
    if (error == ASSENT_OK) {
        error = assent_kv_mount(&stores->kv, &stores->config);
    }
    if (error == ASSENT_OK) {
        error = format_log(stores);
    }
    return error != ASSENT_OK ? error : assent_layout_write(setup->flash, &stores->layout);
}
