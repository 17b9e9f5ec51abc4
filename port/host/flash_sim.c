/* SPDX-License-Identifier: MIT */
/* NOR flash in memory, with the faults of flash_sim.h. */
#include "port/host/flash_sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { READ_NS = 20, READ_COMMAND_BYTES = 5, PROGRAM_NS = 30000, PROGRAM_BYTE_NS = 2627 };

enum { UNDO_MAX = 256 };

struct flash_sim_undo {
    uint32_t offset, len;
    uint8_t *before;
};

uint64_t flash_sim_random(struct flash_sim *sim)
{
    sim->seed ^= sim->seed << 13;
    sim->seed ^= sim->seed >> 7;
    sim->seed ^= sim->seed << 17;
    return sim->seed;
}

static void spend(struct flash_sim *sim, uint64_t ns)
{
    sim->count.time_ns += sim->slow_percent != 0 ? ns * sim->slow_percent / 100 : ns;
}

__attribute__((format(printf, 2, 3))) static void misuse(struct flash_sim *sim, const char *format,
                                                         ...)
{
    va_list args;

    if (sim->misuse_count++ == 0) {
        va_start(args, format);
        (void)vsnprintf(sim->misuse, sizeof(sim->misuse), format, args);
        va_end(args);
    }
    if (sim->abort_on_misuse) {
        (void)fprintf(stderr, "flash misuse: %s\n", sim->misuse);
        abort();
    }
}

/* Does this call fail? Every call is counted. */
static bool fails(struct flash_sim *sim, bool reading)
{
    uint64_t span = sim->fail_count == 0 ? 1 : sim->fail_count;

    if (reading && !sim->fail_reads) {
        return false;
    }
    sim->calls++;
    return sim->fail_at != 0 && sim->calls >= sim->fail_at && sim->calls < sim->fail_at + span;
}

static int sim_read(void *ctx, uint32_t offset, void *out, uint32_t len)
{
    struct flash_sim *sim = ctx;
    uint8_t *to = out;

    if (sim->dead) {
        return ASSENT_ERR_IO;
    }
    if (len == 0 || offset > sim->size_bytes || len > sim->size_bytes - offset) {
        misuse(sim, "read of %u bytes at %u", (unsigned)len, (unsigned)offset);
        return ASSENT_ERR_IO;
    }
    sim->count.reads++;
    sim->count.read_bytes += len;
    spend(sim, (uint64_t)(len + READ_COMMAND_BYTES) * READ_NS);
    if (fails(sim, true)) {
        return ASSENT_ERR_IO;
    }
    memcpy(to, sim->bytes + offset, len);
    for (uint32_t i = 0; sim->any_marginal && i < len; i++) {
        uint8_t bits = sim->marginal[offset + i];

        if (bits != 0) {
            to[i] = (uint8_t)((to[i] & ~bits) | (bits & (uint8_t)flash_sim_random(sim)));
        }
    }
    for (uint32_t i = 0; sim->stuck != NULL && i < len; i++) {
        to[i] = (uint8_t)(to[i] & ~sim->stuck[offset + i]);
    }
    return ASSENT_OK;
}

/* Leave an operation half done: bytes[i] becomes between[i] and target[i], as the mode says. */
static void tear(struct flash_sim *sim, uint32_t offset, const uint8_t *target, uint32_t len)
{
    uint32_t prefix = (uint32_t)(flash_sim_random(sim) % (len + 1));

    for (uint32_t i = 0; i < len; i++) {
        uint8_t old = sim->bytes[offset + i];
        uint8_t changing = (uint8_t)(old ^ target[i]);
        uint8_t some = (uint8_t)(flash_sim_random(sim) >> 24);

        if (sim->cut_mode == FLASH_SIM_CUT_PREFIX) {
            sim->bytes[offset + i] = i < prefix ? target[i] : old;
            continue;
        }
        sim->bytes[offset + i] = (uint8_t)(old ^ (changing & some));
        if (sim->cut_mode == FLASH_SIM_CUT_MARGINAL) {
            uint8_t shaky = (uint8_t)(changing & (uint8_t)(flash_sim_random(sim) >> 24));

            sim->marginal[offset + i] = (uint8_t)(sim->marginal[offset + i] | shaky);
            sim->any_marginal = sim->any_marginal || shaky != 0;
        }
    }
}

static void forget_undo(struct flash_sim *sim)
{
    while (sim->undo_count > 0) {
        free(sim->undo[--sim->undo_count].before);
    }
}

/* The power fails: what was not synced may not have happened. */
static void drop_some(struct flash_sim *sim)
{
    for (uint32_t i = sim->undo_count; i-- > 0;) {
        if (flash_sim_random(sim) % 3 == 0) {
            memcpy(sim->bytes + sim->undo[i].offset, sim->undo[i].before, sim->undo[i].len);
        }
    }
    forget_undo(sim);
}

static void remember(struct flash_sim *sim, uint32_t offset, uint32_t len)
{
    struct flash_sim_undo *undo;

    if (sim->undo == NULL) {
        return;
    }
    if (sim->undo_count == UNDO_MAX) {
        forget_undo(sim);
    }
    undo = &sim->undo[sim->undo_count++];
    undo->offset = offset;
    undo->len = len;
    undo->before = malloc(len);
    if (undo->before == NULL) {
        abort();
    }
    memcpy(undo->before, sim->bytes + offset, len);
}

static int sim_sync(void *ctx)
{
    struct flash_sim *sim = ctx;

    if (sim->dead) {
        return ASSENT_ERR_IO;
    }
    sim->count.syncs++;
    forget_undo(sim);
    return ASSENT_OK;
}

void flash_sim_reorder(struct flash_sim *sim)
{
    sim->undo = calloc(UNDO_MAX, sizeof(*sim->undo));
    if (sim->undo == NULL) {
        abort();
    }
    sim->flash.sync = sim_sync;
}

/* Count an operation that changes cells, and see whether the power fails in it.
 *   return  true if the operation must not be carried out by the caller */
static bool cut(struct flash_sim *sim, uint32_t offset, const uint8_t *target, uint32_t len)
{
    if (++sim->operation != sim->cut_at) {
        remember(sim, offset, len);
        return false;
    }
    sim->dead = true;
    drop_some(sim);
    if (sim->cut_mode == FLASH_SIM_CUT_AFTER) {
        return false;
    }
    if (sim->cut_mode != FLASH_SIM_CUT_BEFORE) {
        tear(sim, offset, target, len);
    }
    return true;
}

static int sim_program(void *ctx, uint32_t offset, const void *data, uint32_t len)
{
    struct flash_sim *sim = ctx;
    const uint8_t *from = data;
    uint8_t target[1024];
    uint32_t page = sim->flash.page_bytes;
    uint32_t unit = sim->flash.program_bytes;

    if (sim->dead) {
        return ASSENT_ERR_IO;
    }
    if (len == 0 || offset > sim->size_bytes || len > sim->size_bytes - offset ||
        offset / page != (offset + len - 1) / page || offset % unit != 0 || len % unit != 0) {
        misuse(sim, "program of %u bytes at %u", (unsigned)len, (unsigned)offset);
        return ASSENT_ERR_IO;
    }
    for (uint32_t i = 0; i < len; i++) {
        target[i] = sim->bytes[offset + i] & from[i];
        if ((sim->flash.flags & ASSENT_FLASH_ONCE) != 0 && sim->bytes[offset + i] != 0xFF) {
            misuse(sim, "second program at %u", (unsigned)(offset + i));
        }
    }
    sim->count.programs++;
    sim->count.program_bytes += len;
    spend(sim, PROGRAM_NS + (uint64_t)len * PROGRAM_BYTE_NS);
    if (cut(sim, offset, target, len)) {
        return ASSENT_ERR_IO;
    }
    if (fails(sim, false) || sim->worn_out) {
        return ASSENT_ERR_IO;
    }
    for (uint32_t i = 0; i < len; i++) {
        sim->bytes[offset + i] = target[i];
        if (sim->any_marginal) {
            /* Programming a bit again makes it firm. */
            sim->marginal[offset + i] = sim->marginal[offset + i] & from[i];
        }
    }
    return sim->dead ? ASSENT_ERR_IO : ASSENT_OK;
}

static int sim_erase(void *ctx, uint32_t sector)
{
    struct flash_sim *sim = ctx;
    uint32_t size = sim->flash.sector_bytes;
    uint8_t target[65536];
    bool torn;

    if (sim->dead) {
        return ASSENT_ERR_IO;
    }
    if (sector >= sim->flash.sector_count) {
        misuse(sim, "erase of sector %u", (unsigned)sector);
        return ASSENT_ERR_IO;
    }
    sim->count.erases++;
    spend(sim, 45000000U + (uint64_t)(size - 4096) * 105000000U / 61440U);
    memset(target, 0xFF, size);
    torn = cut(sim, sector * size, target, size);
    if (torn) {
        return ASSENT_ERR_IO;
    }
    if (fails(sim, false) || sim->worn_out) {
        return ASSENT_ERR_IO;
    }
    sim->wear[sector]++;
    memset(sim->bytes + (size_t)sector * size, 0xFF, size);
    if (sim->any_marginal) {
        memset(sim->marginal + (size_t)sector * size, 0, size);
    }
    return sim->dead ? ASSENT_ERR_IO : ASSENT_OK;
}

bool flash_sim_open(struct flash_sim *sim, uint32_t sector_bytes, uint32_t sector_count,
                    uint8_t *bytes)
{
    memset(sim, 0, sizeof(*sim));
    sim->size_bytes = sector_bytes * sector_count;
    sim->flash = (struct assent_flash){.ctx = sim,
                                       .sector_bytes = sector_bytes,
                                       .sector_count = sector_count,
                                       .page_bytes = 256,
                                       .program_bytes = 1,
                                       .read = sim_read,
                                       .program = sim_program,
                                       .erase = sim_erase};
    sim->seed = 0x9E3779B97F4A7C15U;
    sim->owned = bytes == NULL;
    sim->bytes = bytes != NULL ? bytes : malloc(sim->size_bytes);
    sim->marginal = calloc(sim->size_bytes, 1);
    sim->wear = calloc(sector_count, sizeof(*sim->wear));
    if (sim->bytes == NULL || sim->marginal == NULL || sim->wear == NULL) {
        flash_sim_close(sim);
        return false;
    }
    if (sim->owned) {
        memset(sim->bytes, 0xFF, sim->size_bytes);
    }
    return true;
}

void flash_sim_close(struct flash_sim *sim)
{
    if (sim->owned) {
        free(sim->bytes);
    }
    forget_undo(sim);
    free(sim->undo);
    free(sim->marginal);
    free(sim->stuck);
    free(sim->wear);
    memset(sim, 0, sizeof(*sim));
}

void flash_sim_cut(struct flash_sim *sim, uint64_t after, enum flash_sim_cut mode)
{
    sim->cut_at = mode == FLASH_SIM_CUT_NONE ? 0 : sim->operation + after;
    sim->cut_mode = mode;
}

void flash_sim_power_on(struct flash_sim *sim)
{
    sim->dead = false;
    sim->cut_at = 0;
}

void flash_sim_copy(struct flash_sim *to, const struct flash_sim *from)
{
    forget_undo(to); /* what from has not synced counts as done */
    memcpy(to->bytes, from->bytes, to->size_bytes);
    if (from->any_marginal || to->any_marginal) {
        memcpy(to->marginal, from->marginal, to->size_bytes);
    }
    to->any_marginal = from->any_marginal;
    memcpy(to->wear, from->wear, to->flash.sector_count * sizeof(*to->wear));
}

void flash_sim_rot(struct flash_sim *sim, uint64_t bit)
{
    sim->bytes[bit / 8] = (uint8_t)(sim->bytes[bit / 8] ^ (1U << (bit % 8)));
}

void flash_sim_stick(struct flash_sim *sim, uint64_t bit)
{
    if (sim->stuck == NULL) {
        sim->stuck = calloc(sim->size_bytes, 1);
        if (sim->stuck == NULL) {
            abort();
        }
    }
    sim->stuck[bit / 8] = (uint8_t)(sim->stuck[bit / 8] | (1U << (bit % 8)));
}

uint32_t flash_sim_wear_spread(const struct flash_sim *sim)
{
    uint32_t least = UINT32_MAX;
    uint32_t most = 0;

    for (uint32_t i = 0; i < sim->flash.sector_count; i++) {
        least = sim->wear[i] < least ? sim->wear[i] : least;
        most = sim->wear[i] > most ? sim->wear[i] : most;
    }
    return most - least;
}

bool flash_sim_contains(const struct flash_sim *sim, const void *pattern, size_t len)
{
    const uint8_t *at = sim->bytes;
    const uint8_t *end = sim->bytes + sim->size_bytes;

    while (len > 0 && (size_t)(end - at) >= len) {
        at = memchr(at, *(const uint8_t *)pattern, (size_t)(end - at) - len + 1);
        if (at == NULL) {
            return false;
        }
        if (memcmp(at, pattern, len) == 0) {
            return true;
        }
        at++;
    }
    return false;
}

double flash_sim_time_us(const struct flash_sim *sim)
{
    return (double)sim->count.time_ns / 1000.0;
}
