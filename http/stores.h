/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_STORES_H
#define ASSENT_HTTP_STORES_H

#include "storage/audit_log.h"
#include "storage/clock_floor.h"
#include "storage/consents.h"
#include "storage/counters.h"
#include "storage/keys.h"
#include "storage/layout.h"

/* Everything that lives in the flash of a device, wired together: store, audit log, counters, consent
 * records, keys, the floor of the clock. Kept static by the board. */
struct assent_stores {
    /* Set by the caller before any call; borrowed. */
    const struct assent_flash *flash;
    const struct assent_crypto *crypto;
    const struct assent_entropy *entropy;
    const struct assent_clock *board_clock;
    void *heads;          /* and the rest: see struct assent_kv_config */
    uint32_t heads_bytes; /* room; the layout says how much of it is used */
    uint8_t *buffer;
    uint32_t buffer_bytes;
    const uint8_t *store_key; /* ASSENT_AEAD_KEY_BYTES, if the store is encrypted; else NULL */

    /* Ready after assent_stores_open. */
    struct assent_layout layout;
    struct assent_layout_view view[ASSENT_REGION_COUNT];
    struct assent_kv_config config;
    struct assent_kv kv;
    struct assent_audit_log log;
    struct assent_counters counters;
    struct assent_consents consents;
    struct assent_keys keys;
    struct assent_clock_floor floor;
    struct assent_clock clock; /* the one for everybody: never behind what was kept */
};

/* Wire the parts by stores->layout, which the caller has filled in. For who formats a device;
 * assent_stores_open does it itself. */
void assent_stores_wire(struct assent_stores *stores);

/* Read the layout, mount the store and the audit log, load counters and the floor of the clock.
 *   return  ASSENT_OK
 *           ASSENT_ERR_NOT_FOUND  the flash has not been set up
 *           ASSENT_ERR_RANGE      set up with more chains than there is room for
 *           and those of assent_layout_read, assent_kv_mount, assent_audit_log_mount */
int assent_stores_open(struct assent_stores *stores);

/* One bounded piece of upkeep: expiry of records, audit checkpoints, counters, floor, cleaning; when
 * there is none of it, up to 8 records of the store are read again, for rot.
 *   policy_of  as assent_consents_sweep
 *   return     whether there is more to do now */
bool assent_stores_idle(struct assent_stores *stores,
                        const struct assent_policy *(*policy_of)(void *ctx, uint8_t site),
                        void *ctx);

#endif
