/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TESTS_UNIT_DEVICE_H
#define ASSENT_TESTS_UNIT_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "port/host/flash_sim.h"
#include "storage/audit_log.h"
#include "storage/consents.h"
#include "storage/counters.h"
#include "storage/keys.h"
#include "storage/layout.h"
#include "storage/policies.h"

/* A whole device for tests: flash laid out as on a board, the store and everything that lives in it,
 * a clock that is set by hand and randomness that repeats. */
enum { DEVICE_HEADS = 256 };

struct device {
    struct flash_sim sim;
    struct assent_layout layout;
    struct assent_layout_view view[ASSENT_REGION_COUNT];
    struct assent_kv_config config;
    struct assent_kv kv;
    uint16_t heads[DEVICE_HEADS] __attribute__((aligned(8)));
    uint8_t buffer[512];
    struct assent_crypto crypto;
    struct assent_entropy entropy;
    uint64_t random;
    bool no_entropy; /* randomness fails */
    struct assent_audit_log log;
    struct assent_counters counters;
    struct assent_consents consents;
    struct assent_keys keys;
    struct assent_policies policies;
    struct assent_time now;
};

/* The audit master key of every test device. */
extern const uint8_t device_master[ASSENT_SHA256_BYTES];

/* Set up a device and start it.
 *   sector_count  32..; the audit log gets 4 sectors and the records 8 if it is 32 */
void device_open(struct device *device, uint32_t sector_bytes, uint32_t sector_count,
                 uint32_t flags);
void device_close(struct device *device);

/* Switch on (again): mount everything that is in the flash.
 *   return  ASSENT_OK, or the first error */
int device_start(struct device *device);

/* Make *to another device with the same flash. to has been opened with the same sizes. */
void device_copy(struct device *to, const struct device *from);

/* The same flash, and the same state of everything in RAM. */
void device_clone(struct device *to, const struct device *from);

uint32_t device_random(struct device *device, uint32_t limit);

/* An audit entry without subject at the present time. */
struct assent_audit_entry device_entry(const struct device *device, enum assent_audit_type type);

/* Verify all that is kept of the audit log with the master key, as an operator would.
 *   fault   ASSENT_AUDIT_FAULT_NONE if it is sound
 *   return  number of good entries */
uint32_t device_verify(struct device *device, enum assent_audit_fault *fault);

#endif
