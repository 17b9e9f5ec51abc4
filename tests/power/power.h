/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TESTS_POWER_POWER_H
#define ASSENT_TESTS_POWER_POWER_H

/* A key-value store on a simulated flash beside a model of what must be in it, and the checks of the
 * invariants KV-1 .. KV-12 (storage/kv_format.h) after a power cut. Used by the programs in this
 * folder. Values are made of 16-byte blocks that each name their key and version, so that what is left
 * in the raw image of a value that must be gone is found wherever it lies. */

#include <stdbool.h>
#include <stdint.h>

#include "port/host/flash_sim.h"
#include "storage/kv.h"

enum { POWER_KEYS_MAX = 4096, POWER_SPACE = 7 };

struct power_setting {
    const char *name;
    uint32_t sector_bytes, sector_count;
    uint32_t keys;          /* different keys in use */
    uint32_t value_bytes;   /* typical length; some are 0, some several times as long */
    uint32_t options;       /* of the store */
    uint32_t flags;         /* of the flash */
    uint16_t program_bytes; /* 0 is 1 */
    bool sealed;            /* encrypted */
    bool twice;             /* the namespace is kept twice */
    uint64_t seed;
    bool reorder; /* the device reorders between syncs */
};

struct power_op {
    uint32_t count; /* changes; 0: one idle step */
    uint32_t key[ASSENT_KV_BATCH_COUNT];
    uint32_t version[ASSENT_KV_BATCH_COUNT]; /* 0: delete */
};

struct power_world {
    const struct power_setting *setting;
    struct flash_sim sim;
    struct assent_kv kv;
    struct assent_kv_config config;
    uint32_t heads[1024];
    uint8_t buffer[4608];
    uint8_t twice[32];
    uint32_t version[POWER_KEYS_MAX]; /* the model: 0 absent */
    uint32_t next_version;
    uint64_t seed;
    uint64_t cuts;     /* tried */
    uint64_t findings; /* invariants broken */
};

/* Format and mount. */
void power_open(struct power_world *world, const struct power_setting *setting);
void power_close(struct power_world *world);

/* Make *to a second world in the same state. to has been opened with the same setting. */
void power_copy(struct power_world *to, const struct power_world *from);

uint64_t power_random(struct power_world *world);

/* Choose the next change at random: puts, deletes, batches, idle steps. */
struct power_op power_choose(struct power_world *world);

/* Carry out a change without touching the model. */
int power_apply(struct power_world *world, const struct power_op *op);

/* Enter a change into the model. */
void power_accept(struct power_world *world, const struct power_op *op);

/* The power is back: mount and compare everything with the model. under_way: the change that the cut fell
 * into, or NULL; the model takes it over if the store has it. Counts findings and prints them.
 *   return  false if something was found */
bool power_check(struct power_world *world, const struct power_op *under_way, const char *where);

/* The same without a mount. */
bool power_compare(struct power_world *world, const struct power_op *under_way, const char *where);

/* A stand-in cipher with the shape of an AEAD, for tests: not secure. */
extern const struct assent_crypto power_crypto;

#endif
