/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_DEVICE_RANDOM_H
#define ASSENT_PORT_DEVICE_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

#include "core/seam.h"

/* Randomness on a device without a source in hardware: a generator that starts from a seed kept in
 * flash (assent_keys_seed, another one at each start) and takes in whatever else is unpredictable:
 * arrival times of packets, typed bytes. HMAC-SHA-256 throughout:
 *
 *     out     block i of a call = HMAC(key, 'o' || i)
 *             and then        key = HMAC(key, 'n')      so that what was given out stays secret even
 *                                                        if the key becomes known
 *     stir    key = HMAC(key, 's' || bytes)             never makes it worse, whoever chose the bytes
 *
 * Without a seed nothing is given out: stirring alone does not count as a seed. */
enum { ASSENT_RANDOM_NOTES = 16 };

struct assent_random {
    const struct assent_crypto *crypto; /* set by the caller */

    /* For random.c only; zeros to start. */
    uint8_t key[ASSENT_SHA256_BYTES]; /* secret */
    uint32_t note[ASSENT_RANDOM_NOTES];
    uint8_t notes; /* not stirred in yet */
    bool seeded;
};

/* Start, or start again, from a seed nobody else knows. Wipe the seed afterwards. */
int assent_random_seed(struct assent_random *random, const uint8_t seed[ASSENT_SHA256_BYTES]);

/* Take bytes in. ASSENT_OK, ASSENT_ERR_CRYPTO. */
int assent_random_stir(struct assent_random *random, struct assent_span bytes);

/* Take a moment in, such as a cycle counter when a packet came; cheap, stirred in later. */
void assent_random_note(struct assent_random *random, uint32_t moment);

/* The seam. random() gives ASSENT_ERR_ENTROPY until there was a seed. */
struct assent_entropy assent_random_entropy(struct assent_random *random);

#endif
