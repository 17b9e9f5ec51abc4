/* SPDX-License-Identifier: MIT */
/* Mounting, checking and using arbitrary images: never a fault, never an endless loop, never misuse of
 * the flash. The first byte chooses how the rest becomes an image: as it is, or as changes to a store
 * in use: offset (2 bytes), length (1 byte, 0 flips one bit), bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "port/host/flash_sim.h"
#include "storage/kv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SECTOR = 4096, SECTORS = 8 };

static struct flash_sim sim;
static struct assent_kv kv;
static struct assent_kv_config config;
static uint32_t heads[16];
static uint8_t buffer[256];
static uint8_t store[SECTOR * SECTORS]; /* an image of a store in use */

static bool ignore(void *ctx, enum assent_kv_finding finding, uint32_t sector, uint32_t offset,
                   uint32_t bytes)
{
    (void)ctx;
    if (sector > SECTORS || offset > SECTOR || bytes > SECTOR * SECTORS ||
        finding > ASSENT_KV_FIND_UNREADABLE) {
        abort();
    }
    return true;
}

static void use(uint32_t rounds)
{
    uint8_t value[200];

    memset(value, 0x42, sizeof(value));
    for (uint32_t i = 0; i < rounds; i++) {
        struct assent_span key = assent_span("k0123456789abcdef", 1 + i % 16);

        (void)assent_kv_put(&kv, 1, key, assent_span(value, i * 37 % sizeof(value)));
        (void)assent_kv_get(&kv, (uint8_t)(1 + i % 2), key, value, sizeof(value));
        if (i % 5 == 0) {
            (void)assent_kv_delete(&kv, 1, key);
        }
        (void)assent_kv_idle(&kv);
        (void)assent_kv_scrub(&kv);
    }
}

static void prepare(void)
{
    if (!flash_sim_open(&sim, SECTOR, SECTORS, NULL)) {
        abort();
    }
    sim.abort_on_misuse = true;
    config.flash = &sim.flash;
    config.heads = heads;
    config.heads_bytes = sizeof(heads);
    config.buffer = buffer;
    config.buffer_bytes = sizeof(buffer);
    if (assent_kv_format(&config) != ASSENT_OK || assent_kv_mount(&kv, &config) != ASSENT_OK) {
        abort();
    }
    use(150);
    memcpy(store, sim.bytes, sizeof(store));
}

static void make_image(const uint8_t *data, size_t size)
{
    memset(sim.bytes, 0xFF, sim.size_bytes);
    if (size > 0 && data[0] % 4 == 0) {
        size = size - 1 < sim.size_bytes ? size - 1 : sim.size_bytes;
        memcpy(sim.bytes, data + 1, size);
        return;
    }
    memcpy(sim.bytes, store, sizeof(store));
    for (size_t at = 1; at + 3 < size;) {
        uint32_t offset = assent_bytes_load16(data + at) % sim.size_bytes;
        size_t len = data[at + 2];

        at += 3;
        if (len == 0) {
            sim.bytes[offset] ^= (uint8_t)(1U << (data[at] % 8));
            at++;
            continue;
        }
        len = len < size - at ? len : size - at;
        len = len < sim.size_bytes - offset ? len : sim.size_bytes - offset;
        memcpy(sim.bytes + offset, data + at, len);
        at += len;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct assent_kv_check check = {NULL, ignore};
    uint8_t key[ASSENT_KV_KEY_BYTES];

    if (sim.bytes == NULL) {
        prepare();
    }
    config.options = size > 0 ? data[0] >> 6 : 0;
    make_image(data, size);
    for (uint32_t i = 0; i < 2; i++) {
        uint64_t cursor = 0;

        (void)assent_kv_mount(&kv, &config);
        (void)assent_kv_check(&kv, &check);
        while (assent_kv_next(&kv, 1, &cursor, key) > 0) {
        }
        use(8);
        (void)assent_kv_check(&kv, &check);
    }
    return 0;
}
