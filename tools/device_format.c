/* SPDX-License-Identifier: MIT */
/* Setting up the flash of a device in a file. */
#include "port/host/entropy.h"
#include "port/host/layout_plan.h"
#include "storage/clock_floor.h"
#include "storage/keys.h"
#include "tools/device_image.h"

/* No clock: what is kept is the floor alone. */
static struct assent_time no_time(void *ctx)
{
    (void)ctx;
    return (struct assent_time){0, ASSENT_CLOCK_NONE};
}

static uint32_t no_uptime(void *ctx)
{
    (void)ctx;
    return 0;
}

/* A device that has not heard the time yet takes it to be this late. */
static int keep_floor(struct device_image *image, uint64_t unix_s)
{
    const struct assent_clock clock = {NULL, no_time, no_uptime};
    struct assent_clock_floor floor = {.kv = &image->kv, .clock = &clock};

    (void)assent_clock_floor_start(&floor);
    assent_clock_floor_raise(&floor, (struct assent_time){unix_s, ASSENT_CLOCK_FLOOR});
    return assent_clock_floor_keep(&floor, true);
}

int device_image_format(struct device_image *image, const uint8_t master[ASSENT_SHA256_BYTES],
                        uint64_t floor_s, bool seeded, const char **step)
{
    struct assent_entropy entropy = assent_entropy_host();
    uint8_t chain[ASSENT_SHA256_BYTES];
    uint8_t seal[ASSENT_SHA256_BYTES];
    uint8_t seed[ASSENT_SHA256_BYTES];
    struct assent_keys keys = {&image->kv, NULL, &image->crypto, &entropy};
    const struct assent_flash *flash = &image->file.sim.flash;
    int error = ASSENT_OK;

    *step = "identity";
    for (uint32_t i = 0; i < 2 && error == ASSENT_OK; i++) {
        error = flash->erase(flash->ctx, i);
    }
    *step = "store";
    if (error == ASSENT_OK) {
        error = assent_kv_format(&image->config);
    }
    if (error == ASSENT_OK) {
        error = assent_kv_mount(&image->kv, &image->config);
    }
    *step = "audit log";
    if (error == ASSENT_OK) {
        error = assent_audit_log_derive(&image->crypto, master, chain, seal);
    }
    if (error == ASSENT_OK) {
        error = assent_audit_log_format(&image->log, chain, seal);
    }
    *step = "seed";
    if (error == ASSENT_OK && seeded) {
        error = entropy.random(entropy.ctx, seed, sizeof(seed));
    }
    if (error == ASSENT_OK && seeded) {
        error = assent_keys_seed_provision(&keys, seed);
    }
    *step = "time";
    if (error == ASSENT_OK && floor_s > 0) {
        error = keep_floor(image, floor_s);
    }
    *step = "identity";
    return error != ASSENT_OK ? error : assent_layout_write(flash, &image->layout);
}
