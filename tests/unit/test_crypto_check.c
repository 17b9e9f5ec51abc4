/* SPDX-License-Identifier: MIT */
/* A crypto seam that is wrong is found, in whatever it is wrong. */
#include "tests/unit/test.h"

#include "http/crypto_check.h"
#include "port/crypto/mbedtls.h"

static const struct assent_crypto *real(void)
{
    static struct assent_crypto crypto;

    crypto = assent_mbedtls_crypto();
    return &crypto;
}

static int hash_first_part(void *ctx, const struct assent_span *parts, size_t count,
                           uint8_t out[ASSENT_SHA256_BYTES])
{
    return real()->sha256(ctx, parts, count > 0 ? 1 : 0, out);
}

static int hmac_without_key(void *ctx, const uint8_t key[ASSENT_SHA256_BYTES],
                            const struct assent_span *parts, size_t count,
                            uint8_t out[ASSENT_SHA256_BYTES])
{
    (void)key;
    return real()->sha256(ctx, parts, count, out);
}

static int hmac_first_part(void *ctx, const uint8_t key[ASSENT_SHA256_BYTES],
                           const struct assent_span *parts, size_t count,
                           uint8_t out[ASSENT_SHA256_BYTES])
{
    return real()->hmac(ctx, key, parts, count > 0 ? 1 : 0, out);
}

static int hash_fails(void *ctx, const struct assent_span *parts, size_t count,
                      uint8_t out[ASSENT_SHA256_BYTES])
{
    (void)real()->sha256(ctx, parts, count, out);
    return ASSENT_ERR_CRYPTO;
}

static int seal_nothing(void *ctx, const uint8_t key[ASSENT_AEAD_KEY_BYTES],
                        const uint8_t nonce[ASSENT_AEAD_NONCE_BYTES], struct assent_span ad,
                        uint8_t *text, size_t len, uint8_t tag[ASSENT_AEAD_TAG_BYTES])
{
    (void)ctx, (void)key, (void)nonce, (void)ad, (void)text, (void)len;
    memset(tag, 0, ASSENT_AEAD_TAG_BYTES);
    return ASSENT_OK;
}

static int open_nothing(void *ctx, const uint8_t key[ASSENT_AEAD_KEY_BYTES],
                        const uint8_t nonce[ASSENT_AEAD_NONCE_BYTES], struct assent_span ad,
                        uint8_t *text, size_t len, const uint8_t tag[ASSENT_AEAD_TAG_BYTES])
{
    (void)ctx, (void)key, (void)nonce, (void)ad, (void)text, (void)len;
    return tag[0] == 0 ? ASSENT_OK : ASSENT_ERR_AUTH;
}

static int open_without_tag(void *ctx, const uint8_t key[ASSENT_AEAD_KEY_BYTES],
                            const uint8_t nonce[ASSENT_AEAD_NONCE_BYTES], struct assent_span ad,
                            uint8_t *text, size_t len, const uint8_t tag[ASSENT_AEAD_TAG_BYTES])
{
    static uint8_t kept[64];
    static bool opened;
    int error = real()->open(ctx, key, nonce, ad, text, len, tag);

    if (error == ASSENT_OK) {
        memcpy(kept, text, len);
        opened = true;
    } else if (opened) {
        memcpy(text, kept, len);
    }
    return ASSENT_OK;
}

TEST(a_seam_that_is_right_passes)
{
    struct assent_crypto hashes = assent_mbedtls_hashes();

    CHECK_INT(assent_crypto_check(real(), true), ASSENT_OK);
    CHECK_INT(assent_crypto_check(real(), false), ASSENT_OK);
    CHECK_INT(assent_crypto_check(&hashes, false), ASSENT_OK);
    CHECK_INT(assent_crypto_check(&hashes, true), ASSENT_ERR_CRYPTO);
}

TEST(a_seam_that_is_wrong_does_not)
{
    struct assent_crypto rows[7];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rows[i] = assent_mbedtls_crypto();
    }
    rows[0].sha256 = hash_first_part;
    rows[1].sha256 = hash_fails;
    rows[2].hmac = hmac_without_key;
    rows[3].hmac = hmac_first_part;
    rows[4].seal = seal_nothing;
    rows[4].open = open_nothing;
    rows[5].open = open_nothing;
    rows[6].open = open_without_tag;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CHECK_INT(assent_crypto_check(&rows[i], true), ASSENT_ERR_CRYPTO);
    }
    CHECK_INT(assent_crypto_check(&rows[4], false), ASSENT_OK);
}

TEST_MAIN(CASE(a_seam_that_is_right_passes), CASE(a_seam_that_is_wrong_does_not))
