/* SPDX-License-Identifier: MIT */
#include "http/image_signature.h"

#include "core/bytes.h"
#include "core/error.h"

int assent_image_signature_make(struct assent_span image, const uint8_t key[ASSENT_SHA256_BYTES],
                                const struct assent_crypto *crypto,
                                uint8_t out[ASSENT_IMAGE_SIGNATURE_BYTES])
{
    struct assent_span parts[2] = {ASSENT_SPAN("assent image signature v1"), image};

    memcpy(out, "ASIG\1\0\0", 8);
    return crypto->hmac(crypto->ctx, key, parts, 2, out + 8) == ASSENT_OK ? ASSENT_OK
                                                                          : ASSENT_ERR_CRYPTO;
}

int assent_image_signature_check(struct assent_span in, const uint8_t key[ASSENT_SHA256_BYTES],
                                 const struct assent_crypto *crypto)
{
    uint8_t expected[ASSENT_IMAGE_SIGNATURE_BYTES];
    const uint8_t *signature;
    size_t length;

    if (in.len < ASSENT_IMAGE_BODY + ASSENT_IMAGE_SIGNATURE_BYTES) {
        return ASSENT_ERR_CORRUPT;
    }
    length = in.len - ASSENT_IMAGE_SIGNATURE_BYTES;
    signature = in.ptr + length;
    if (assent_bytes_load32(in.ptr + 8) != length || memcmp(signature, "ASIG", 4) != 0) {
        return ASSENT_ERR_CORRUPT;
    }
    if (signature[4] != 1) {
        return ASSENT_ERR_VERSION;
    }
    if (assent_image_signature_make(assent_span(in.ptr, length), key, crypto, expected) !=
        ASSENT_OK) {
        return ASSENT_ERR_CRYPTO;
    }
    return assent_bytes_equal_secret(expected, signature, sizeof(expected)) ? ASSENT_OK
                                                                            : ASSENT_ERR_AUTH;
}
