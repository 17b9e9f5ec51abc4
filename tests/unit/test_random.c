/* SPDX-License-Identifier: MIT */
#include "port/device/random.h"

#include "port/crypto/mbedtls.h"
#include "tests/unit/test.h"

static struct assent_crypto crypto;

static struct assent_random fresh(uint8_t seed_byte)
{
    struct assent_random random = {0};
    uint8_t seed[ASSENT_SHA256_BYTES];

    crypto = assent_mbedtls_crypto();
    random.crypto = &crypto;
    memset(seed, seed_byte, sizeof(seed));
    if (seed_byte != 0) {
        CHECK(assent_random_seed(&random, seed) == ASSENT_OK);
    }
    return random;
}

static int draw(struct assent_random *random, uint8_t *out, size_t len)
{
    struct assent_entropy entropy = assent_random_entropy(random);

    return entropy.random(entropy.ctx, out, len);
}

TEST(nothing_is_given_out_without_a_seed_however_much_is_stirred_in)
{
    struct assent_random random = fresh(0);
    uint8_t out[40];

    memset(out, 0xAA, sizeof(out));
    CHECK(assent_random_stir(&random, ASSENT_SPAN("anything")) == ASSENT_OK);
    for (uint32_t i = 0; i < 100; i++) {
        assent_random_note(&random, i * 7919);
    }
    CHECK(draw(&random, out, sizeof(out)) == ASSENT_ERR_ENTROPY);
    for (size_t i = 0; i < sizeof(out); i++) {
        CHECK(out[i] == 0);
    }
}

TEST(no_two_draws_are_alike)
{
    struct assent_random random = fresh(1);
    uint8_t out[64][32];

    for (unsigned i = 0; i < 64; i++) {
        CHECK(draw(&random, out[i], 32) == ASSENT_OK);
        for (unsigned k = 0; k < i; k++) {
            CHECK(memcmp(out[i], out[k], 32) != 0);
        }
    }
}

TEST(blocks_of_one_draw_differ_and_its_length_is_kept)
{
    struct assent_random random = fresh(1);
    uint8_t out[101];

    memset(out, 0, sizeof(out));
    CHECK(draw(&random, out, 100) == ASSENT_OK);
    CHECK(out[100] == 0);
    CHECK(memcmp(out, out + 32, 32) != 0);
    CHECK(memcmp(out + 32, out + 64, 32) != 0);
}

TEST(what_follows_depends_on_the_seed_and_on_all_that_was_stirred_in)
{
    struct assent_random variants[5];
    uint8_t out[5][32];

    for (unsigned i = 0; i < 5; i++) {
        variants[i] = fresh(i == 4 ? 2 : 1);
    }
    CHECK(assent_random_stir(&variants[1], ASSENT_SPAN("x")) == ASSENT_OK);
    assent_random_note(&variants[2], 1);
    for (uint32_t i = 0; i < 1000; i++) { /* more moments than there are places */
        assent_random_note(&variants[3], i);
    }
    for (unsigned i = 0; i < 5; i++) {
        CHECK(draw(&variants[i], out[i], 32) == ASSENT_OK);
        for (unsigned k = 0; k < i; k++) {
            CHECK(memcmp(out[i], out[k], 32) != 0);
        }
    }
}

TEST(the_same_seed_alone_gives_the_same_bytes)
{
    struct assent_random one = fresh(3);
    struct assent_random two = fresh(3);
    uint8_t a[48];
    uint8_t b[48];

    CHECK(draw(&one, a, sizeof(a)) == ASSENT_OK && draw(&two, b, sizeof(b)) == ASSENT_OK);
    CHECK(memcmp(a, b, sizeof(a)) == 0);
}

TEST(the_key_changes_with_each_draw_so_that_earlier_bytes_stay_secret)
{
    struct assent_random random = fresh(1);
    uint8_t before[ASSENT_SHA256_BYTES];
    uint8_t out[1];

    memcpy(before, random.key, sizeof(before));
    CHECK(draw(&random, out, sizeof(out)) == ASSENT_OK);
    CHECK(memcmp(before, random.key, sizeof(before)) != 0);
}

static int broken_hmac(void *ctx, const uint8_t key[ASSENT_SHA256_BYTES],
                       const struct assent_span *parts, size_t count,
                       uint8_t out[ASSENT_SHA256_BYTES])
{
    (void)ctx;
    (void)key;
    (void)parts;
    (void)count;
    (void)out;
    return ASSENT_ERR_CRYPTO;
}

TEST(a_failing_primitive_gives_an_error_and_no_bytes)
{
    struct assent_random random = fresh(1);
    uint8_t out[4] = {1, 1, 1, 1};

    crypto.hmac = broken_hmac;
    CHECK(draw(&random, out, sizeof(out)) == ASSENT_ERR_ENTROPY);
    CHECK(memcmp(out, "\0\0\0\0", 4) == 0);
}

TEST_MAIN(CASE(nothing_is_given_out_without_a_seed_however_much_is_stirred_in),
          CASE(no_two_draws_are_alike), CASE(blocks_of_one_draw_differ_and_its_length_is_kept),
          CASE(what_follows_depends_on_the_seed_and_on_all_that_was_stirred_in),
          CASE(the_same_seed_alone_gives_the_same_bytes),
          CASE(the_key_changes_with_each_draw_so_that_earlier_bytes_stay_secret),
          CASE(a_failing_primitive_gives_an_error_and_no_bytes))
