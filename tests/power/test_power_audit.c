/* SPDX-License-Identifier: MIT */
/* The power fails in every flash operation of a script on the audit log, in five ways; then again in
 * the recovery, and once more; then two hundred times in a row. What must hold: LOG-1 .. LOG-6 of
 * storage/audit_log.h. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include "core/bytes.h"
#include "storage/audit_log.h"
#include "tests/unit/device.h"

enum { OPS = 1200, RUNS = 30, CUTS_IN_A_ROW = 200, OPS_MAX = 20000 };

enum kind { APPEND, APPLY, IDLE, HEAD };

struct op {
    enum kind kind;
    uint32_t id; /* goes into the entry, and for APPLY into the store */
};

/* A device and what has been acknowledged. */
struct world {
    struct device device;
    uint32_t id[OPS_MAX]; /* by sequence: what the entry has to say; 0: a checkpoint or unknown */
    uint32_t count;
    uint32_t value; /* in the store */
};

static struct world base;
static struct world work;
static uint64_t cuts;
static uint64_t random_state = 88172645463325252U;

static uint32_t pick(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)((random_state >> 33) % limit);
}

static void world_copy(struct world *to, const struct world *from)
{
    device_clone(&to->device, &from->device);
    memcpy(to->id, from->id, from->count * sizeof(to->id[0]));
    to->count = from->count;
    to->value = from->value;
}

static struct op choose(uint32_t id)
{
    static const enum kind kinds[8] = {APPEND, APPEND, APPEND, APPLY, APPLY, APPLY, IDLE, HEAD};
    struct op op = {kinds[pick(8)], id};

    return op;
}

static int run(struct world *w, const struct op *op)
{
    struct device *d = &w->device;
    struct assent_audit_entry entry = device_entry(d, ASSENT_AUDIT_BOOT);
    uint8_t head[ASSENT_AUDIT_HEAD_BYTES];
    uint8_t value[4];
    struct assent_store_item items[2] = {
        {ASSENT_SPACE_BOARD, ASSENT_SPAN("x"), assent_span(value, sizeof(value)), false}};
    int error;

    assent_bytes_store32(entry.detail, op->id);
    assent_bytes_store32(value, op->id);
    switch (op->kind) {
    case APPEND:
        return assent_audit_log_append(&d->log, &entry);
    case APPLY:
        return assent_audit_log_apply(&d->log, items, 1, &entry);
    case IDLE:
        error = assent_audit_log_idle(&d->log, d->now);
        return error < 0 ? error : ASSENT_OK;
    case HEAD:
    default:
        return assent_audit_log_head(&d->log, d->now, head);
    }
}

/* What the entry with this sequence says; 0 for a checkpoint. */
static uint32_t id_at(struct world *w, uint32_t sequence)
{
    struct assent_audit_entry entry;
    uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES];

    return assent_audit_log_next(&w->device.log, &sequence, bytes) == ASSENT_OK &&
                   assent_audit_decode(bytes, &entry) == ASSENT_OK &&
                   entry.type == ASSENT_AUDIT_BOOT
               ? assent_bytes_load32(entry.detail)
               : 0;
}

/* Take over what the log says now. Checkpoints come at any time. */
static void accept(struct world *w, const struct op *op)
{
    while (w->count < w->device.log.chain.sequence) {
        w->id[w->count] = id_at(w, w->count);
        w->count++;
    }
    if (op != NULL && (op->kind == APPEND || op->kind == APPLY)) {
        /* A checkpoint that was due may have followed. */
        CHECK(w->id[w->count - 1] == op->id || (w->count > 1 && w->id[w->count - 2] == op->id));
    }
    if (op != NULL && op->kind == APPLY) {
        w->value = op->id;
    }
}

static bool complain(const char *invariant, const char *what, const struct world *w)
{
    printf("%s: %s (entries %u, log %u, slot %u)\n", invariant, what, w->count,
           w->device.log.chain.sequence, w->device.log.slot);
    test_failures++;
    return false;
}

static uint32_t stored(struct world *w)
{
    uint8_t value[4];
    int got = assent_kv_get(&w->device.kv, ASSENT_SPACE_BOARD, ASSENT_SPAN("x"), value, 4);

    return got == 4 ? assent_bytes_load32(value) : 0;
}

/* Entries that are kept: each where it was, and what is new is op's or a checkpoint. *seen: op's is
 * there. */
static bool check_entries(struct world *w, const struct op *op, bool *seen)
{
    struct assent_audit_entry entry;
    uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES];
    uint32_t sequence = 0;
    uint32_t expected = 0;
    uint32_t checkpoint = 0;
    struct assent_audit_chain start = {.epoch = 0};

    *seen = false;
    if (assent_audit_log_start(&w->device.log, &start) == ASSENT_OK) {
        expected = start.sequence;
    }
    while (assent_audit_log_next(&w->device.log, &sequence, bytes) == ASSENT_OK) {
        uint32_t id;

        if (assent_audit_decode(bytes, &entry) != ASSENT_OK || entry.sequence != expected) {
            return complain("LOG-1", "an entry is missing", w);
        }
        id = entry.type == ASSENT_AUDIT_BOOT ? assent_bytes_load32(entry.detail) : 0;
        if (entry.type == ASSENT_AUDIT_CHECKPOINT) {
            checkpoint = assent_bytes_load32(entry.detail);
        }
        if (expected < w->count) {
            if (id != w->id[expected]) {
                return complain("LOG-1", "an entry has changed", w);
            }
        } else if (id != 0) {
            if (op == NULL || id != op->id || *seen) {
                return complain("LOG-2", "an entry from nowhere", w);
            }
            *seen = true;
        }
        expected++;
    }
    if (expected < w->count) {
        return complain("LOG-1", "the end is missing", w);
    }
    if (start.sequence > checkpoint && !w->device.log.due) {
        return complain("LOG-4", "dropped without a checkpoint", w);
    }
    return true;
}

static bool check_keys(struct world *w)
{
    struct assent_audit_chain chain = {.epoch = 0};
    uint8_t seal[ASSENT_SHA256_BYTES];
    uint32_t now = w->device.log.chain.epoch;

    if (assent_audit_log_derive(&w->device.crypto, device_master, chain.key, seal) != ASSENT_OK) {
        return false;
    }
    while (chain.epoch < now) {
        if (chain.epoch + 2 >= now &&
            flash_sim_contains(&w->device.sim, chain.key, sizeof(chain.key))) {
            return complain("LOG-5", "the key of a past epoch is left", w);
        }
        assent_audit_advance(&chain, &w->device.crypto);
    }
    return true;
}

/* The power is back.
 *   told  op was acknowledged before it failed */
static bool check(struct world *w, const struct op *op, bool told)
{
    static const struct op one_more = {APPEND, 0x7FFFFFFF};
    enum assent_audit_fault fault;
    bool seen;
    int error;
    bool changes = op != NULL && (op->kind == APPEND || op->kind == APPLY);

    if (device_start(&w->device) != ASSENT_OK) {
        return complain("LOG-1", "cannot be mounted", w);
    }
    if (w->device.log.finding != ASSENT_AUDIT_SOUND) {
        return complain("LOG-6", "a cut is taken for tampering", w);
    }
    for (int i = 0; i < 4 && assent_audit_log_idle(&w->device.log, w->device.now) > 0; i++) {
    }
    if (w->device.log.pending) { /* no room for the entry that the store holds: it waits */
        w->device.now.unix_s += UINT64_C(400) * 86400;
        for (int i = 0; i < 4 && assent_audit_log_idle(&w->device.log, w->device.now) > 0; i++) {
        }
    }
    if (!check_entries(w, changes ? op : NULL, &seen)) {
        return false;
    }
    if (changes && told && !seen) {
        return complain("LOG-1", "an acknowledged entry is missing", w);
    }
    if (stored(w) != w->value && (op == NULL || op->kind != APPLY || stored(w) != op->id)) {
        return complain("LOG-3", "the store has something else", w);
    }
    if (op != NULL && op->kind == APPLY && seen != (stored(w) == op->id)) {
        return complain("LOG-3", seen ? "entry without change" : "change without entry", w);
    }
    accept(w, NULL);
    w->value = stored(w);
    error = run(w, &one_more);
    if (error == ASSENT_ERR_FULL && w->device.log.retention_days > 0) {
        w->device.now.unix_s += UINT64_C(400) * 86400; /* and once time has passed, there is room */
        error = run(w, &one_more);
    }
    if (error != ASSENT_OK) {
        return complain("LOG-2", "the first append after it fails", w);
    }
    accept(w, &one_more);
    device_verify(&w->device, &fault);
    if (fault != ASSENT_AUDIT_FAULT_NONE) {
        return complain("LOG-1", assent_audit_fault_name(fault), w);
    }
    return check_keys(w);
}

/* Cut in operation `at` of op, and in the recovery from it. */
static bool cut_once(const struct op *op, uint64_t at, enum flash_sim_cut mode, unsigned again,
                     bool *done)
{
    int error;

    world_copy(&work, &base);
    flash_sim_cut(&work.device.sim, at, mode);
    error = run(&work, op);
    *done = !work.device.sim.dead;
    if (*done) {
        return error == ASSENT_OK || error == ASSENT_ERR_FULL ||
               complain("LOG-1", "fails without a cut", &work);
    }
    cuts++;
    for (unsigned i = 0; i < again; i++) {
        struct op idle = {IDLE, 0};

        flash_sim_power_on(&work.device.sim);
        flash_sim_cut(&work.device.sim, 1 + pick(6), (enum flash_sim_cut)(1 + pick(5)));
        if (assent_kv_mount(&work.device.kv, &work.device.config) == ASSENT_OK &&
            assent_audit_log_mount(&work.device.log) == ASSENT_OK) {
            (void)run(&work, &idle);
            (void)run(&work, &idle);
        }
        cuts += work.device.sim.dead;
    }
    return check(&work, op, error == ASSENT_OK);
}

static unsigned script(uint32_t retention_days)
{
    uint32_t id = 1;
    unsigned blocked = 0;

    device_open(&base.device, 4096, 32, 0);
    device_open(&work.device, 4096, 32, 0);
    base.device.log.retention_days = retention_days;
    work.device.log.retention_days = retention_days;
    base.count = 0;
    base.value = 0;
    /* The interesting places are where sectors end: go there quickly. */
    while (id < OPS && test_failures == 0) {
        struct op op = choose(id++);
        bool near_end = base.device.log.slot % 32 < 3 || base.device.log.slot % 32 > 29;

        for (unsigned mode = FLASH_SIM_CUT_BEFORE; mode < FLASH_SIM_CUT_COUNT && near_end; mode++) {
            bool done = false;

            for (uint64_t at = 1; !done; at++) {
                if (!cut_once(&op, at, (enum flash_sim_cut)mode, (unsigned)(at + mode) % 3,
                              &done)) {
                    printf("op %u kind %d, cut %u mode %u\n", op.id, op.kind, (unsigned)at, mode);
                    done = true;
                }
            }
        }
        switch (run(&base, &op)) {
        case ASSENT_OK:
            accept(&base, &op);
            base.device.now.unix_s += UINT64_C(3600) * 8;
            break;
        case ASSENT_ERR_FULL:
            blocked++;
            base.device.now.unix_s += UINT64_C(86400) * 5;
            break;
        default:
            CHECK(false);
        }
    }
    device_close(&base.device);
    device_close(&work.device);
    return blocked;
}

TEST(every_cut_of_a_script_leaves_the_log_whole)
{
    cuts = 0;
    CHECK_INT(script(0), 0);
    printf("%llu cuts\n", (unsigned long long)cuts);
}

TEST(every_cut_leaves_the_log_whole_when_retention_holds_it_back)
{
    cuts = 0;
    CHECK(script(150) > 0);
    printf("%llu cuts\n", (unsigned long long)cuts);
}

TEST(two_hundred_cuts_in_a_row_leave_the_log_whole)
{
    cuts = 0;
    for (uint32_t image = 0; image < RUNS && test_failures == 0; image++) {
        uint32_t id = 1;

        device_open(&work.device, 4096, 32, image % 5 == 4 ? ASSENT_FLASH_DISTURB : 0);
        work.device.sim.seed ^= image * 7919;
        work.count = 0;
        work.value = 0;
        for (unsigned i = 0; i < CUTS_IN_A_ROW && test_failures == 0; i++) {
            struct op op = {IDLE, 0};
            int error = ASSENT_OK;

            flash_sim_cut(&work.device.sim, 1 + pick(30), (enum flash_sim_cut)(1 + pick(5)));
            while (!work.device.sim.dead) {
                op = choose(id++);
                error = run(&work, &op);
                if (error == ASSENT_OK && !work.device.sim.dead) {
                    accept(&work, &op);
                }
            }
            cuts++;
            if (pick(3) == 0) {
                flash_sim_power_on(&work.device.sim);
                flash_sim_cut(&work.device.sim, 1 + pick(8), (enum flash_sim_cut)(1 + pick(5)));
                if (assent_kv_mount(&work.device.kv, &work.device.config) == ASSENT_OK &&
                    assent_audit_log_mount(&work.device.log) == ASSENT_OK) {
                    (void)assent_audit_log_idle(&work.device.log, work.device.now);
                }
                cuts += work.device.sim.dead;
            }
            if (!check(&work, &op, error == ASSENT_OK)) {
                printf("image %u cut %u op %u kind %d\n", image, i, op.id, op.kind);
            }
        }
        device_close(&work.device);
    }
    printf("%llu cuts\n", (unsigned long long)cuts);
}

TEST_MAIN(CASE(every_cut_of_a_script_leaves_the_log_whole),
          CASE(every_cut_leaves_the_log_whole_when_retention_holds_it_back),
          CASE(two_hundred_cuts_in_a_row_leave_the_log_whole))
