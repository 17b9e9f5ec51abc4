/* SPDX-License-Identifier: MIT */
#include "port/device/random.h"

#include <string.h>

#include "core/bytes.h"

/* HMAC(key, what || bytes) to out, which may be the key itself. */
static int step(struct assent_random *random, char what, struct assent_span bytes,
                uint8_t out[ASSENT_SHA256_BYTES])
{
    uint8_t label = (uint8_t)what;
    uint8_t digest[ASSENT_SHA256_BYTES];
    const struct assent_span parts[] = {assent_span(&label, 1), bytes};
    int error = random->crypto->hmac(random->crypto->ctx, random->key, parts, 2, digest);

    if (error == ASSENT_OK) {
        memcpy(out, digest, sizeof(digest));
    }
    assent_bytes_wipe(digest, sizeof(digest));
    return error;
}

int assent_random_stir(struct assent_random *random, struct assent_span bytes)
{
    return step(random, 's', bytes, random->key);
}

int assent_random_seed(struct assent_random *random, const uint8_t seed[ASSENT_SHA256_BYTES])
{
    int error = assent_random_stir(random, assent_span(seed, ASSENT_SHA256_BYTES));

    random->seeded = random->seeded || error == ASSENT_OK;
    return error;
}

static int stir_notes(struct assent_random *random)
{
    uint8_t bytes[4 * ASSENT_RANDOM_NOTES];
    size_t len = 4U * random->notes;

    for (unsigned i = 0; i < random->notes; i++) {
        assent_bytes_store32(bytes + 4 * i, random->note[i]);
    }
    random->notes = 0;
    return len > 0 ? assent_random_stir(random, assent_span(bytes, len)) : ASSENT_OK;
}

/* With all places taken, a moment is added to one that is there. */
void assent_random_note(struct assent_random *random, uint32_t moment)
{
    if (random->notes < ASSENT_RANDOM_NOTES) {
        random->note[random->notes++] = moment;
    } else {
        unsigned place = moment % ASSENT_RANDOM_NOTES;

        random->note[place] = (random->note[place] << 5 | random->note[place] >> 27) + moment;
    }
}

static int fill(void *ctx, uint8_t *out, size_t len)
{
    struct assent_random *random = ctx;
    uint8_t block[ASSENT_SHA256_BYTES];
    int error = random->seeded ? stir_notes(random) : ASSENT_ERR_ENTROPY;

    for (size_t at = 0; at < len && error == ASSENT_OK; at += sizeof(block)) {
        size_t piece = len - at < sizeof(block) ? len - at : sizeof(block);
        uint8_t number[4];

        assent_bytes_store32(number, (uint32_t)(at / sizeof(block)));
        error = step(random, 'o', assent_span(number, sizeof(number)), block);
        if (error == ASSENT_OK) {
            memcpy(out + at, block, piece);
        }
    }
    if (error == ASSENT_OK) {
        error = step(random, 'n', assent_span(NULL, 0), random->key);
    }
    assent_bytes_wipe(block, sizeof(block));
    if (error != ASSENT_OK) {
        memset(out, 0, len);
        error = ASSENT_ERR_ENTROPY;
    }
    return error;
}

struct assent_entropy assent_random_entropy(struct assent_random *random)
{
    struct assent_entropy entropy = {random, fill};

    return entropy;
}
