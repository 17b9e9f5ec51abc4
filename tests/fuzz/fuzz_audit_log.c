/* SPDX-License-Identifier: MIT */
/* Mount, reading, appending and upkeep of an audit log in a region that holds anything.
 *
 * Input: bit 0 of the first byte says whether the region is blank or holds a log before the rest is
 * laid over it: pieces of offset (2 bytes, in units of 16), length (1 byte) and bytes. Bits 1 and 2:
 * flags of the flash. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "tests/unit/device.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { REGION_BYTES = 4 * 4096 };

static struct device base;
static struct device device;

static void must_be(bool condition, int line)
{
    if (!condition) {
        fprintf(stderr, "line %d\n", line);
        abort();
    }
}

#define must(condition) must_be((condition), __LINE__)

static void prepare(void)
{
    device_open(&base, 4096, 32, 0);
    device_open(&device, 4096, 32, 0);
    for (unsigned i = 0; i < 300; i++) {
        struct assent_audit_entry entry = device_entry(&base, ASSENT_AUDIT_BOOT);

        must(assent_audit_log_append(&base.log, &entry) == ASSENT_OK);
    }
}

static void lay_over(uint8_t *region, const uint8_t *data, size_t size)
{
    while (size > 3) {
        uint32_t at = assent_bytes_load16(data) * 16U % REGION_BYTES;
        size_t len = data[2];

        data += 3;
        size -= 3;
        len = len > size ? size : len;
        len = len > REGION_BYTES - at ? REGION_BYTES - at : len;
        memcpy(region + at, data, len);
        data += len;
        size -= len;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t entry[ASSENT_AUDIT_ENTRY_BYTES];
    uint8_t head[ASSENT_AUDIT_HEAD_BYTES];
    struct assent_audit_stats stats;
    enum assent_audit_fault fault;
    uint32_t sequence = 0;
    unsigned count = 0;
    uint8_t *region;

    if (base.sim.bytes == NULL) {
        prepare();
    }
    if (size == 0) {
        return 0;
    }
    device_clone(&device, &base);
    device.sim.flash.flags = (data[0] & 4) != 0 ? ASSENT_FLASH_DISTURB : 0;
    device.log.retention_days = (data[0] & 2) != 0 ? 10 : 0;
    region = device.sim.bytes + device.layout.region[ASSENT_REGION_AUDIT].first * 4096;
    if ((data[0] & 1) == 0) {
        memset(region, 0xFF, REGION_BYTES);
    }
    lay_over(region, data + 1, size - 1);
    if (device_start(&device) != ASSENT_OK) {
        return 0; /* a newer version, as its header says */
    }
    while (assent_audit_log_next(&device.log, &sequence, entry) == ASSENT_OK) {
        must(++count <= 4 * 63);
    }
    for (unsigned i = 0; i < 40; i++) {
        struct assent_audit_entry more = device_entry(&device, ASSENT_AUDIT_BOOT);
        uint32_t before = device.log.chain.sequence;
        int error = assent_audit_log_append(&device.log, &more);

        must(error == ASSENT_OK || error == ASSENT_ERR_FULL || error == ASSENT_ERR_LIMIT ||
             device.log.finding == ASSENT_AUDIT_NO_KEY);
        must(error != ASSENT_OK || device.log.chain.sequence > before);
        sequence = device.log.chain.sequence - 1;
        must(error != ASSENT_OK ||
             assent_audit_log_next(&device.log, &sequence, entry) == ASSENT_OK);
        device.now.unix_s += 86400;
    }
    for (unsigned i = 0; i < 10 && assent_audit_log_idle(&device.log, device.now) > 0; i++) {
    }
    (void)assent_audit_log_head(&device.log, device.now, head);
    (void)assent_audit_log_stats(&device.log, &stats);
    if (device.log.finding !=
        ASSENT_AUDIT_NO_KEY) { /* else epochs up to 2^32, a hash each, to its key */
        (void)device_verify(&device, &fault);
    }
    return 0;
}
