/* SPDX-License-Identifier: MIT */
/* The audit log on the device model of port/host/flash_sim.h: 5,000 entries of 64 bytes, each durable, in
 * a ring of 256 KiB, beside the append-only logs measured on the same model. Bytes that the log writes
 * to the key-value store (key and head of each epoch, twice, the old ones zeroed) count as well. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/crypto/mbedtls.h"
#include "port/host/flash_sim.h"
#include "storage/audit_log.h"
#include "storage/layout.h"
#include "tests/bench/bench.h"

enum { ENTRIES = 5000, SECTORS = 64, HEADS = 256 };

struct bench {
    struct flash_sim log_sim;
    struct flash_sim kv_sim;
    struct assent_kv_config config;
    struct assent_kv kv;
    uint16_t heads[HEADS] __attribute__((aligned(8)));
    uint8_t buffer[512];
    struct assent_crypto crypto;
    struct assent_audit_log log;
    double us[ENTRIES];
};

static struct bench bench;

static void must(int error)
{
    if (error != ASSENT_OK) {
        printf("bench_audit: error %d\n", error);
        exit(1);
    }
}

static void open_log(uint32_t sector_bytes)
{
    uint8_t key[ASSENT_SHA256_BYTES] = {1};

    memset(&bench, 0, sizeof(bench));
    if (!flash_sim_open(&bench.log_sim, sector_bytes, SECTORS, NULL) ||
        !flash_sim_open(&bench.kv_sim, sector_bytes, SECTORS, NULL)) {
        exit(1);
    }
    bench.crypto = assent_mbedtls_crypto();
    bench.config = (struct assent_kv_config){.flash = &bench.kv_sim.flash,
                                             .heads = bench.heads,
                                             .heads_bytes = sizeof(bench.heads),
                                             .buffer = bench.buffer,
                                             .buffer_bytes = sizeof(bench.buffer),
                                             .twice = assent_layout_twice};
    bench.log.kv = &bench.kv;
    bench.log.flash = &bench.log_sim.flash;
    bench.log.crypto = &bench.crypto;
    must(assent_kv_format(&bench.config));
    must(assent_kv_mount(&bench.kv, &bench.config));
    must(assent_audit_log_format(&bench.log, key, key));
    must(assent_audit_log_mount(&bench.log));
}

static void close_log(void)
{
    flash_sim_close(&bench.log_sim);
    flash_sim_close(&bench.kv_sim);
}

static void clear_counters(void)
{
    memset(&bench.log_sim.count, 0, sizeof(bench.log_sim.count));
    memset(&bench.kv_sim.count, 0, sizeof(bench.kv_sim.count));
}

static double time_us(void)
{
    return flash_sim_time_us(&bench.log_sim) + flash_sim_time_us(&bench.kv_sim);
}

static uint64_t erases(void)
{
    return bench.log_sim.count.erases + bench.kv_sim.count.erases;
}

static int add(uint32_t i, bool change)
{
    struct assent_audit_entry entry = {.type = ASSENT_AUDIT_BOOT,
                                       .time = {1800000000 + i, ASSENT_CLOCK_SYNCED}};
    struct assent_store_item items[2] = {
        {ASSENT_SPACE_BOARD, assent_span(&i, 4), assent_span("0123456789abcdef", 16), false}};

    return change ? assent_audit_log_apply(&bench.log, items, 1, &entry)
                  : assent_audit_log_append(&bench.log, &entry);
}

static void run(const char *name, uint32_t sector_bytes, bool idle, bool change, uint32_t before)
{
    struct assent_time now = {1800000000, ASSENT_CLOCK_SYNCED};
    uint64_t programmed = 0;
    uint64_t erased = 0;
    uint64_t worst_erases = 0;
    double total = 0;
    double mount;

    open_log(sector_bytes);
    for (uint32_t i = 0; i < before; i++) { /* so that the ring turns */
        must(add(i % 50, change));
    }
    clear_counters();
    for (uint32_t i = 0; i < ENTRIES; i++) {
        double start = time_us();
        uint64_t erases_before = erases();

        must(add(i % 50, change));
        bench.us[i] = time_us() - start;
        total += bench.us[i];
        if (erases() - erases_before > worst_erases) {
            worst_erases = erases() - erases_before;
        }
        while (idle &&
               (assent_audit_log_idle(&bench.log, now) == 1 || assent_kv_idle(&bench.kv) == 1)) {
        }
    }
    programmed = bench.log_sim.count.program_bytes + bench.kv_sim.count.program_bytes;
    erased = erases();
    clear_counters();
    must(assent_kv_mount(&bench.kv, &bench.config));
    clear_counters();
    must(assent_audit_log_mount(&bench.log));
    mount = time_us() / 1000;
    qsort(bench.us, ENTRIES, sizeof(bench.us[0]), bench_compare);
    printf("%-34s %6.2f %7llu %8.0f %7.3f %7.2f %8.2f %6llu %8.3f\n", name,
           (double)programmed / ((double)ENTRIES * 64), (unsigned long long)erased, total / ENTRIES,
           bench.us[ENTRIES / 2] / 1000, bench.us[ENTRIES / 100 * 99] / 1000,
           bench.us[ENTRIES - 1] / 1000, (unsigned long long)worst_erases, mount);
    close_log();
}

int main(void)
{
    printf("%-34s %6s %7s %8s %7s %7s %8s %6s %8s\n", "5,000 entries of 64 B, each durable", "WA",
           "erases", "avg us", "p50 ms", "p99 ms", "max ms", "er/op", "mount ms");
    run("assent audit log", 4096, false, false, 0);
    run("assent audit log, ring turning", 4096, false, false, 5000);
    run("assent audit log, with idle steps", 4096, true, false, 5000);
    run("assent audit log, 64 KiB sectors", 65536, false, false, 0);
    run("with a change in the store each", 4096, false, true, 5000);
    printf("bars: WA <= 1.15, p50 <= 0.3 ms, max one erase (45.3 ms), mount <= 0.1 ms\n");
    printf(
        "measured before on the same model (other code, no authentication): littlefs append and "
        "sync WA 33.4, 51.9 ms;\n  FlashDB TSDB WA 1.22, p50 0.32, max 45.6; Zephyr FCB WA 1.13, "
        "p50 0.28, max 45.3, mount 0.07\n");
    return 0;
}
