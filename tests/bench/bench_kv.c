/* SPDX-License-Identifier: MIT */
/* The key-value store on a simulated NOR flash: 16-byte keys, 64-byte values, 256 KiB in 4 KiB sectors
 * unless said. Write amplification (WA) is bytes programmed per byte of key and value put. Times are
 * device time of the model in port/host/flash_sim.h, without CPU. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "port/host/flash_sim.h"
#include "storage/kv.h"

enum { KEY = 16, VALUE = 64, SPACE = 1, UPDATES = 20000, KEYS_MAX = 4000 };

enum pattern { UNIFORM, SKEWED, HOT };

static struct flash_sim sim;
static struct assent_kv kv;
static struct assent_kv_config config;
static uint32_t heads[512];
static uint8_t buffer[256];
static uint32_t version[KEYS_MAX];
static double times[100000];
static uint64_t state = 88172645463325252U;
static unsigned wrong;

static uint32_t random32(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 16);
}

static void fill(uint8_t *out, uint32_t len, uint32_t a, uint32_t b)
{
    uint32_t x = a * 2654435761U ^ (b * 40503U + 77777U);

    for (uint32_t i = 0; i < len; i++) {
        x = x * 1664525U + 1013904223U;
        out[i] = (uint8_t)(x >> 24);
    }
}

static struct assent_span key_of(uint32_t index)
{
    static uint8_t key[KEY];

    fill(key, KEY, index, 1U << 31);
    return assent_span(key, KEY);
}

static int put(uint32_t index)
{
    static uint8_t value[VALUE];
    int error;

    fill(value, VALUE, index, version[index] + 1);
    error = assent_kv_put(&kv, SPACE, key_of(index), assent_span(value, VALUE));
    version[index] += error == ASSENT_OK;
    return error;
}

static void check_get(uint32_t index)
{
    uint8_t value[VALUE];
    uint8_t expected[VALUE];

    fill(expected, VALUE, index, version[index]);
    if (assent_kv_get(&kv, SPACE, key_of(index), value, VALUE) != VALUE ||
        memcmp(value, expected, VALUE) != 0) {
        wrong++;
    }
}

static void start(uint32_t sector_bytes, uint32_t sectors, uint32_t options)
{
    if (!flash_sim_open(&sim, sector_bytes, sectors, NULL)) {
        abort();
    }
    memset(&config, 0, sizeof(config));
    memset(version, 0, sizeof(version));
    config.flash = &sim.flash;
    config.heads = heads;
    config.heads_bytes = sizeof(heads);
    config.buffer = buffer;
    config.buffer_bytes = sizeof(buffer);
    memcpy(config.secret, "bench secret 016", 16);
    config.options = options;
    if (assent_kv_format(&config) != ASSENT_OK || assent_kv_mount(&kv, &config) != ASSENT_OK) {
        abort();
    }
    memset(&sim.count, 0, sizeof(sim.count));
    memset(sim.wear, 0, sectors * sizeof(*sim.wear));
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

static double quantile(uint32_t count, double q)
{
    qsort(times, count, sizeof(times[0]), compare);
    return times[(uint32_t)((count - 1) * q)];
}

static void insert(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        double before = flash_sim_time_us(&sim);

        if (put(i) != ASSENT_OK) {
            wrong++;
        }
        times[i] = flash_sim_time_us(&sim) - before;
    }
}

static void print_gets(uint32_t count)
{
    double hit = 0;
    double miss = 0;
    double most = 0;
    uint8_t value[VALUE];

    for (uint32_t i = 0; i < count; i++) {
        double before = flash_sim_time_us(&sim);
        double took;

        check_get(i);
        took = flash_sim_time_us(&sim) - before;
        hit += took;
        most = took > most ? took : most;
    }
    for (uint32_t i = 0; i < count; i++) {
        double before = flash_sim_time_us(&sim);

        if (assent_kv_get(&kv, SPACE, key_of(1000000 + i), value, VALUE) != ASSENT_ERR_NOT_FOUND) {
            wrong++;
        }
        miss += flash_sim_time_us(&sim) - before;
    }
    printf(" | get %.1f / %.1f us, miss %.1f us", hit / count, most, miss / count);
}

static void print_mount(void)
{
    double before = flash_sim_time_us(&sim);
    uint64_t bytes = sim.count.read_bytes;
    double mount;

    if (assent_kv_mount(&kv, &config) != ASSENT_OK) {
        wrong++;
    }
    mount = flash_sim_time_us(&sim) - before;
    bytes = sim.count.read_bytes - bytes;
    before = flash_sim_time_us(&sim);
    check_get(0);
    printf(" | mount %.2f (+%.3f) ms, %.0f K", mount / 1000,
           (flash_sim_time_us(&sim) - before) / 1000, (double)bytes / 1024);
}

static void inserts(const char *name, uint32_t sector_bytes, uint32_t sectors, uint32_t count,
                    uint32_t options)
{
    start(sector_bytes, sectors, options);
    insert(count);
    printf("%-26s %5u stored  WA %.3f  erases %lu", name, count,
           (double)sim.count.program_bytes / (count * (KEY + VALUE)),
           (unsigned long)sim.count.erases);
    printf("  p50 %.0f us  max %.1f ms", quantile(count, 0.5), quantile(count, 1) / 1000);
    print_gets(count);
    print_mount();
    printf("\n");
    flash_sim_close(&sim);
}

static uint32_t choose(enum pattern pattern, uint32_t count)
{
    if (pattern == HOT) {
        return 0;
    }
    if (pattern == SKEWED && random32() % 10 < 9) {
        return random32() % (count / 20);
    }
    return random32() % count;
}

static void updates(const char *name, uint32_t sector_bytes, uint32_t sectors, uint32_t count,
                    enum pattern pattern, uint32_t options, bool idle, uint32_t rounds)
{
    uint64_t programmed;
    uint64_t read;
    uint64_t most_erases = 0;
    uint32_t wear_least = UINT32_MAX;
    uint32_t wear_most = 0;
    double sum = 0;

    start(sector_bytes, sectors, options);
    if (count == 0) {
        while (put(count) == ASSENT_OK) {
            count++;
        }
    } else {
        insert(count);
    }
    memset(&sim.count, 0, sizeof(sim.count));
    memset(sim.wear, 0, sectors * sizeof(*sim.wear));
    programmed = 0;
    read = 0;
    for (uint32_t i = 0; i < rounds; i++) {
        double before = flash_sim_time_us(&sim);
        uint64_t erases = sim.count.erases;
        uint64_t reads = sim.count.read_bytes;

        if (put(choose(pattern, count)) != ASSENT_OK) {
            wrong++;
        }
        times[i] = flash_sim_time_us(&sim) - before;
        sum += times[i];
        erases = sim.count.erases - erases;
        most_erases = erases > most_erases ? erases : most_erases;
        read += sim.count.read_bytes - reads;
        while (idle && assent_kv_idle(&kv) == 1) {
        }
    }
    programmed = sim.count.program_bytes;
    for (uint32_t i = 0; i < sectors; i++) {
        wear_least = sim.wear[i] < wear_least ? sim.wear[i] : wear_least;
        wear_most = sim.wear[i] > wear_most ? sim.wear[i] : wear_most;
    }
    printf("%-34s %5u live  WA %.3f  erases %5lu  wear %u..%u  avg %.0f  p50 %.0f us", name, count,
           (double)programmed / ((double)rounds * (KEY + VALUE)), (unsigned long)sim.count.erases,
           wear_least, wear_most, sum / rounds, quantile(rounds, 0.5));
    printf("  p99 %.1f  max %.2f ms  erases in one put %lu  read %.2f K/put\n",
           quantile(rounds, 0.99) / 1000, quantile(rounds, 1) / 1000, (unsigned long)most_erases,
           (double)read / rounds / 1024);
    for (uint32_t i = 0; i < count; i++) {
        check_get(i);
    }
    flash_sim_close(&sim);
}

static void deletes(void)
{
    uint8_t value[VALUE];
    unsigned left = 0;
    double sum = 0;
    double most = 0;

    start(4096, 64, 0);
    insert(2000);
    for (uint32_t i = 0; i < 1000; i++) {
        double before = flash_sim_time_us(&sim);
        double took;

        if (assent_kv_delete(&kv, SPACE, key_of(i)) != ASSENT_OK) {
            wrong++;
        }
        took = flash_sim_time_us(&sim) - before;
        sum += took;
        most = took > most ? took : most;
    }
    for (uint32_t i = 0; i < 1000; i++) {
        fill(value, VALUE, i, 1);
        left += flash_sim_contains(&sim, value, 8) || flash_sim_contains(&sim, key_of(i).ptr, 8);
    }
    printf("delete 1,000 of 2,000: avg %.0f us, max %.2f ms, left in the image %u\n", sum / 1000,
           most / 1000, left);
    flash_sim_close(&sim);
}

static void capacity(void)
{
    struct assent_kv_stats stats;
    uint32_t count = 0;

    start(4096, 64, 0);
    while (put(count) == ASSENT_OK) {
        count++;
    }
    assent_kv_stats(&kv, &stats);
    printf("capacity of 256 KiB: %u records, %.1f %% of the region in records, %.1f %% payload\n",
           count, 100.0 * stats.live_bytes / stats.region_bytes,
           100.0 * count * (KEY + VALUE) / stats.region_bytes);
    flash_sim_close(&sim);
}

int main(void)
{
    printf("RAM: %zu B state + %zu B heads + %zu B buffer\n", sizeof(struct assent_kv),
           sizeof(heads), sizeof(buffer));
    inserts("insert", 4096, 64, 2000, 0);
    inserts("insert, 1 MiB", 4096, 256, 4000, 0);
    inserts("insert, 1 MiB, 64 KiB", 65536, 16, 2000, 0);
    capacity();
    updates("update, keep old", 4096, 64, 500, UNIFORM, ASSENT_KV_KEEP_OLD, false, UPDATES);
    updates("update", 4096, 64, 500, UNIFORM, 0, false, UPDATES);
    updates("update + idle", 4096, 64, 500, UNIFORM, 0, true, UPDATES);
    updates("update, one hot key", 4096, 64, 500, HOT, 0, false, UPDATES);
    updates("update, keep old", 4096, 64, 2000, UNIFORM, ASSENT_KV_KEEP_OLD, false, UPDATES);
    updates("update", 4096, 64, 2000, UNIFORM, 0, false, UPDATES);
    updates("update + idle", 4096, 64, 2000, UNIFORM, 0, true, UPDATES);
    updates("update, 90 % on 5 % of keys", 4096, 64, 2000, SKEWED, 0, false, UPDATES);
    updates("update, one hot key", 4096, 64, 2000, HOT, 0, false, UPDATES);
    updates("update, full", 4096, 64, 0, UNIFORM, 0, false, UPDATES);
    updates("update, full, 90/5", 4096, 64, 0, SKEWED, 0, false, UPDATES);
    updates("update, full, one hot key", 4096, 64, 0, HOT, 0, false, UPDATES);
    updates("update, full + idle", 4096, 64, 0, UNIFORM, 0, true, UPDATES);
    updates("100,000 skewed updates", 4096, 64, 2000, SKEWED, 0, false, 100000);
    updates("update, 1 MiB", 4096, 256, 4000, UNIFORM, 0, false, UPDATES);
    updates("update, 1 MiB, 64 KiB sectors", 65536, 16, 2000, UNIFORM, 0, false, UPDATES);
    updates("update, 1 MiB, 64 KiB, hot key", 65536, 16, 2000, HOT, 0, false, UPDATES);
    updates("update, 1 MiB, 64 KiB + idle", 65536, 16, 2000, UNIFORM, 0, true, UPDATES);
    deletes();
    printf("wrong answers: %u\n", wrong);
    return wrong != 0;
}
