/* SPDX-License-Identifier: MIT */
/* Makes a new device out of a used one. */
#include "board/emcraft-sf2/device.h"
#include "core/bytes.h"

/* The master key of the new audit log is drawn and thrown away: whoever wants to verify the log sets the
 * device up from a host instead. A power cut within leaves a device that has to be set up again. */
static int format_all(struct device *device, uint8_t secret[ASSENT_SHA256_BYTES])
{
    struct assent_stores *stores = &device->stores;
    struct assent_entropy *entropy = &device->entropy;
    uint8_t chain[ASSENT_SHA256_BYTES];
    uint8_t seal[ASSENT_SHA256_BYTES];
    int error = assent_audit_log_derive(&device->crypto, secret, chain, seal);

    if (error == ASSENT_OK) {
        error = entropy->random(entropy->ctx, secret, ASSENT_SHA256_BYTES);
    }
    if (error == ASSENT_OK) {
        error = assent_kv_format(&stores->config);
    }
    if (error == ASSENT_OK) {
        error = assent_kv_mount(&stores->kv, &stores->config);
    }
    if (error == ASSENT_OK) {
        error = assent_keys_seed_provision(&stores->keys, secret);
    }
    if (error == ASSENT_OK) {
        error = assent_audit_log_format(&stores->log, chain, seal);
    }
    if (error == ASSENT_OK) {
        error = assent_clock_floor_keep(&stores->floor, true);
    }
    assent_bytes_wipe(chain, sizeof(chain));
    assent_bytes_wipe(seal, sizeof(seal));
    return error;
}

int device_factory_reset(struct device *device)
{
    uint8_t secret[ASSENT_SHA256_BYTES];
    int error = device->entropy.random(device->entropy.ctx, secret, sizeof(secret));

    if (error == ASSENT_OK) {
        error = format_all(device, secret);
    }
    assent_bytes_wipe(secret, sizeof(secret));
    return error;
}
