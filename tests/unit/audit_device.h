/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TESTS_UNIT_AUDIT_DEVICE_H
#define ASSENT_TESTS_UNIT_AUDIT_DEVICE_H

/* What the tests of the audit log do with its device. In the header, because failures are counted in
 * the file that includes tests/unit/test.h. */

#include "core/bytes.h"
#include "tests/unit/device.h"
#include "tests/unit/test.h"

/* Append an entry whose detail is its sequence.
 *   return  as assent_audit_log_append */
static inline int audit_device_append(struct device *d)
{
    struct assent_audit_entry entry = device_entry(d, ASSENT_AUDIT_BOOT);

    assent_bytes_store32(entry.detail, d->log.chain.sequence);
    return assent_audit_log_append(&d->log, &entry);
}

/* Append count entries, each of which has to succeed. */
static inline void audit_device_append_many(struct device *d, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        CHECK_INT(audit_device_append(d), ASSENT_OK);
    }
}

/* The bytes of a sector of the log in the simulated flash. */
static inline uint8_t *audit_device_sector(struct device *d, uint32_t sector)
{
    return d->sim.bytes + (d->layout.region[ASSENT_REGION_AUDIT].first + sector) * 4096;
}

/* Verify what is kept, which has to be sound.
 *   return  how many entries there are */
static inline uint32_t audit_device_verify(struct device *d)
{
    enum assent_audit_fault fault;
    uint32_t good = device_verify(d, &fault);

    CHECK_INT(fault, ASSENT_AUDIT_FAULT_NONE);
    return good;
}

/* How many entries paging from the start reaches. */
static inline uint32_t audit_device_readable(struct device *d)
{
    uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES];
    uint32_t sequence = 0;
    uint32_t count = 0;

    while (assent_audit_log_next(&d->log, &sequence, bytes) == ASSENT_OK) {
        count++;
    }
    return count;
}

static inline struct assent_audit_stats audit_device_stats(struct device *d)
{
    struct assent_audit_stats stats;

    CHECK_INT(assent_audit_log_stats(&d->log, &stats), ASSENT_OK);
    return stats;
}

#endif
