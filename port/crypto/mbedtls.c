/* SPDX-License-Identifier: MIT */
/* The crypto seam of core/seam.h on mbedTLS 3.6. */
#include "port/crypto/mbedtls.h"

#include <mbedtls/chachapoly.h>
#include <mbedtls/sha256.h>

#include "core/bytes.h"

enum { HMAC_BLOCK_BYTES = 64 }; /* B of RFC 2104 s. 2 for SHA-256 */

/* Hash first (if not NULL: HMAC_BLOCK_BYTES of it), then the parts. */
static int digest(const uint8_t *first, const struct assent_span *parts, size_t count,
                  uint8_t out[ASSENT_SHA256_BYTES])
{
    mbedtls_sha256_context sha;
    int error;

    mbedtls_sha256_init(&sha);
    error = mbedtls_sha256_starts(&sha, 0);
    if (error == 0 && first != NULL) {
        error = mbedtls_sha256_update(&sha, first, HMAC_BLOCK_BYTES);
    }
    for (size_t i = 0; i < count && error == 0; i++) {
        if (parts[i].len > 0) {
            error = mbedtls_sha256_update(&sha, parts[i].ptr, parts[i].len);
        }
    }
    if (error == 0) {
        error = mbedtls_sha256_finish(&sha, out);
    }
    mbedtls_sha256_free(&sha);
    return error == 0 ? ASSENT_OK : ASSENT_ERR_CRYPTO;
}

static int sha256(void *ctx, const struct assent_span *parts, size_t count,
                  uint8_t out[ASSENT_SHA256_BYTES])
{
    (void)ctx;
    return digest(NULL, parts, count, out);
}

/* RFC 2104 s. 2: H(K XOR opad, H(K XOR ipad, text)). The key is always shorter than a block. */
static int hmac(void *ctx, const uint8_t key[ASSENT_SHA256_BYTES], const struct assent_span *parts,
                size_t count, uint8_t out[ASSENT_SHA256_BYTES])
{
    uint8_t inner[HMAC_BLOCK_BYTES];
    uint8_t outer[HMAC_BLOCK_BYTES];
    uint8_t inner_digest[ASSENT_SHA256_BYTES];
    struct assent_span inner_span = assent_span(inner_digest, sizeof(inner_digest));
    int error;

    (void)ctx;
    for (size_t i = 0; i < HMAC_BLOCK_BYTES; i++) {
        uint8_t byte = i < ASSENT_SHA256_BYTES ? key[i] : 0;

        inner[i] = byte ^ 0x36;
        outer[i] = byte ^ 0x5C;
    }
    error = digest(inner, parts, count, inner_digest);
    if (error == ASSENT_OK) {
        error = digest(outer, &inner_span, 1, out);
    }
    assent_bytes_wipe(inner, sizeof(inner));
    assent_bytes_wipe(outer, sizeof(outer));
    assent_bytes_wipe(inner_digest, sizeof(inner_digest));
    return error;
}

static int seal(void *ctx, const uint8_t key[ASSENT_AEAD_KEY_BYTES],
                const uint8_t nonce[ASSENT_AEAD_NONCE_BYTES], struct assent_span ad, uint8_t *text,
                size_t len, uint8_t tag[ASSENT_AEAD_TAG_BYTES])
{
    mbedtls_chachapoly_context aead;
    int error;

    (void)ctx;
    mbedtls_chachapoly_init(&aead);
    error = mbedtls_chachapoly_setkey(&aead, key);
    if (error == 0) {
        error =
            mbedtls_chachapoly_encrypt_and_tag(&aead, len, nonce, ad.ptr, ad.len, text, text, tag);
    }
    mbedtls_chachapoly_free(&aead);
    return error == 0 ? ASSENT_OK : ASSENT_ERR_CRYPTO;
}

static int open(void *ctx, const uint8_t key[ASSENT_AEAD_KEY_BYTES],
                const uint8_t nonce[ASSENT_AEAD_NONCE_BYTES], struct assent_span ad, uint8_t *text,
                size_t len, const uint8_t tag[ASSENT_AEAD_TAG_BYTES])
{
    mbedtls_chachapoly_context aead;
    int error;

    (void)ctx;
    mbedtls_chachapoly_init(&aead);
    error = mbedtls_chachapoly_setkey(&aead, key);
    if (error == 0) {
        error = mbedtls_chachapoly_auth_decrypt(&aead, len, nonce, ad.ptr, ad.len, tag, text, text);
    }
    mbedtls_chachapoly_free(&aead);
    if (error == 0) {
        return ASSENT_OK;
    }
    assent_bytes_wipe(text, len);
    return error == MBEDTLS_ERR_CHACHAPOLY_AUTH_FAILED ? ASSENT_ERR_AUTH : ASSENT_ERR_CRYPTO;
}

struct assent_crypto assent_mbedtls_crypto(void)
{
    struct assent_crypto crypto = {NULL, sha256, hmac, seal, open};
    return crypto;
}

struct assent_crypto assent_mbedtls_hashes(void)
{
    struct assent_crypto crypto = {NULL, sha256, hmac, NULL, NULL};
    return crypto;
}
