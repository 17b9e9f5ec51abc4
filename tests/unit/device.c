/* SPDX-License-Identifier: MIT */
#include "tests/unit/device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/crypto/mbedtls.h"
#include "port/host/error_text.h"
#include "port/host/layout_plan.h"

const uint8_t device_master[ASSENT_SHA256_BYTES] = {'a', 'u', 'd', 'i', 't'};

static int draw(void *ctx, uint8_t *out, size_t len)
{
    struct device *device = ctx;

    if (device->no_entropy) {
        return ASSENT_ERR_ENTROPY;
    }
    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)device_random(device, 256);
    }
    return ASSENT_OK;
}

uint32_t device_random(struct device *device, uint32_t limit)
{
    device->random = device->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(((device->random >> 33) * limit) >> 31);
}

static void wire(struct device *device)
{
    struct assent_flash *flash[ASSENT_REGION_COUNT];

    for (unsigned i = 0; i < ASSENT_REGION_COUNT; i++) {
        assent_layout_view(&device->view[i], &device->sim.flash, &device->layout,
                           (enum assent_region)i);
        flash[i] = &device->view[i].flash;
    }
    device->crypto = assent_mbedtls_crypto();
    device->entropy = (struct assent_entropy){device, draw};
    device->config = (struct assent_kv_config){.flash = flash[ASSENT_REGION_KV],
                                               .heads = device->heads,
                                               .heads_bytes = sizeof(device->heads),
                                               .buffer = device->buffer,
                                               .buffer_bytes = sizeof(device->buffer),
                                               .twice = assent_layout_twice};
    memcpy(device->config.secret, device->layout.secret, sizeof(device->config.secret));
    device->log.kv = &device->kv;
    device->log.flash = flash[ASSENT_REGION_AUDIT];
    device->log.crypto = &device->crypto;
    device->counters.kv = &device->kv;
    device->consents = (struct assent_consents){.kv = &device->kv,
                                                .audit = &device->log,
                                                .crypto = &device->crypto,
                                                .entropy = &device->entropy,
                                                .counters = &device->counters};
    device->keys =
        (struct assent_keys){&device->kv, &device->log, &device->crypto, &device->entropy};
    device->policies = (struct assent_policies){.kv = &device->kv,
                                                .audit = &device->log,
                                                .flash = flash[ASSENT_REGION_POLICIES],
                                                .slot_sectors = device->layout.slot_sectors};
}

static void must(int error, const char *what)
{
    if (error != ASSENT_OK) {
        printf("device: %s: %s\n", what, assent_error_text(error));
        abort();
    }
}

void device_open(struct device *device, uint32_t sector_bytes, uint32_t sector_count,
                 uint32_t flags)
{
    uint8_t chain[ASSENT_SHA256_BYTES];
    uint8_t seal[ASSENT_SHA256_BYTES];

    memset(device, 0, sizeof(*device));
    if (!flash_sim_open(&device->sim, sector_bytes, sector_count, NULL)) {
        abort();
    }
    device->sim.abort_on_misuse = true;
    device->sim.flash.flags = flags;
    device->random = 1;
    device->now = (struct assent_time){1800000000, ASSENT_CLOCK_SYNCED};
    must(assent_layout_plan(sector_bytes, sector_count, &device->layout), "plan");
    if (sector_count == 32) { /* small, so that everything turns often */
        device->layout.region[ASSENT_REGION_KV].count = 8;
        device->layout.region[ASSENT_REGION_AUDIT].count = 4;
    }
    memcpy(device->layout.secret, "secret of a test", ASSENT_KV_SECRET_BYTES);
    wire(device);
    must(assent_kv_format(&device->config), "format");
    must(assent_kv_mount(&device->kv, &device->config), "mount");
    must(assent_audit_log_derive(&device->crypto, device_master, chain, seal), "derive");
    must(assent_audit_log_format(&device->log, chain, seal), "format the log");
    must(assent_layout_write(&device->sim.flash, &device->layout), "identity");
    must(device_start(device), "start");
}

void device_close(struct device *device)
{
    flash_sim_close(&device->sim);
}

int device_start(struct device *device)
{
    uint32_t retention_days = device->log.retention_days;
    int error;

    flash_sim_power_on(&device->sim);
    error = assent_layout_read(&device->sim.flash, &device->layout);
    if (error == ASSENT_OK) {
        wire(device);
        device->log.retention_days = retention_days;
        error = assent_kv_mount(&device->kv, &device->config);
    }
    if (error == ASSENT_OK) {
        error = assent_audit_log_mount(&device->log);
    }
    return error != ASSENT_OK ? error : assent_counters_load(&device->counters);
}

void device_copy(struct device *to, const struct device *from)
{
    flash_sim_copy(&to->sim, &from->sim);
    to->sim.seed = from->sim.seed;
    to->now = from->now;
    to->random = from->random;
    to->log.retention_days = from->log.retention_days;
}

void device_clone(struct device *to, const struct device *from)
{
    struct flash_sim sim = to->sim;

    flash_sim_copy(&sim, &from->sim);
    sim.seed = from->sim.seed;
    *to = *from;
    to->sim = sim;
    to->sim.flash.ctx = &to->sim;
    {
        struct assent_audit_log log = to->log;
        struct assent_kv kv = to->kv;
        struct assent_consents consents = to->consents;

        wire(to);
        log.kv = to->log.kv;
        log.flash = to->log.flash;
        log.crypto = to->log.crypto;
        to->log = log;
        kv.flash = to->config.flash;
        kv.config = &to->config;
        to->kv = kv;
        to->consents.sweep = consents.sweep;
    }
}

struct assent_audit_entry device_entry(const struct device *device, enum assent_audit_type type)
{
    return (struct assent_audit_entry){.type = (uint8_t)type, .time = device->now};
}

uint32_t device_verify(struct device *device, enum assent_audit_fault *fault)
{
    struct assent_audit_chain chain = {.epoch = 0};
    struct assent_audit_chain start = {.epoch = 0};
    struct assent_audit_verifier verifier;
    uint8_t seal[ASSENT_SHA256_BYTES];
    uint8_t entry[ASSENT_AUDIT_ENTRY_BYTES];
    uint32_t sequence = 0;
    uint32_t good = 0;
    size_t bad;

    *fault = ASSENT_AUDIT_FAULT_NONE;
    if (assent_audit_log_derive(&device->crypto, device_master, chain.key, seal) != ASSENT_OK ||
        assent_audit_log_start(&device->log, &start) != ASSENT_OK) {
        return 0;
    }
    while (chain.epoch < start.epoch) {
        assent_audit_advance(&chain, &device->crypto);
    }
    chain.sequence = start.sequence;
    memcpy(chain.mac, start.mac, sizeof(chain.mac));
    assent_audit_verify_start(&verifier, &chain, NULL);
    while (assent_audit_log_next(&device->log, &sequence, entry) == ASSENT_OK) {
        *fault = assent_audit_verify(&verifier, &device->crypto, assent_span(entry, sizeof(entry)),
                                     &bad);
        if (*fault != ASSENT_AUDIT_FAULT_NONE) {
            break;
        }
        good++;
    }
    return good;
}
