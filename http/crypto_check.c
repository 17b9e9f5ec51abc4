/* SPDX-License-Identifier: MIT */
#include "http/crypto_check.h"

#include <string.h>

static bool hashes(const struct assent_crypto *crypto)
{
    static const uint8_t digest[ASSENT_SHA256_BYTES] = {
        0xBA, 0x78, 0x16, 0xBF, 0x8F, 0x01, 0xCF, 0xEA, 0x41, 0x41, 0x40,
        0xDE, 0x5D, 0xAE, 0x22, 0x23, 0xB0, 0x03, 0x61, 0xA3, 0x96, 0x17,
        0x7A, 0x9C, 0xB4, 0x10, 0xFF, 0x61, 0xF2, 0x00, 0x15, 0xAD};
    /* The key is 00 01 .. 1F. */
    static const uint8_t mac[ASSENT_SHA256_BYTES] = {
        0xF0, 0x13, 0x37, 0x29, 0xC4, 0x16, 0x3D, 0xED, 0xE8, 0x1E, 0x21,
        0xCD, 0x47, 0x83, 0x92, 0x56, 0xDA, 0x58, 0x17, 0x12, 0x38, 0xC8,
        0xA0, 0xD8, 0x74, 0x39, 0x7C, 0x73, 0xB1, 0x4E, 0x1E, 0x47};
    const struct assent_span parts[] = {ASSENT_SPAN("a"), {NULL, 0}, ASSENT_SPAN("bc")};
    uint8_t key[ASSENT_SHA256_BYTES];
    uint8_t out[ASSENT_SHA256_BYTES];

    for (unsigned i = 0; i < sizeof(key); i++) {
        key[i] = (uint8_t)i;
    }
    return crypto->sha256(crypto->ctx, parts, 3, out) == ASSENT_OK &&
           memcmp(out, digest, sizeof(out)) == 0 &&
           crypto->hmac(crypto->ctx, key, parts, 3, out) == ASSENT_OK &&
           memcmp(out, mac, sizeof(out)) == 0;
}

static bool seals(const struct assent_crypto *crypto)
{
    static const uint8_t key[ASSENT_AEAD_KEY_BYTES] = {1};
    static const uint8_t nonce[ASSENT_AEAD_NONCE_BYTES] = {2};
    static const uint8_t plain[] = "no block, no word";
    struct assent_span ad = ASSENT_SPAN("ad");
    uint8_t sealed[sizeof(plain)];
    uint8_t text[sizeof(plain)];
    uint8_t tag[ASSENT_AEAD_TAG_BYTES];
    bool ok;

    if (crypto->seal == NULL || crypto->open == NULL) {
        return false;
    }
    memcpy(sealed, plain, sizeof(plain));
    ok = crypto->seal(crypto->ctx, key, nonce, ad, sealed, sizeof(sealed), tag) == ASSENT_OK &&
         memcmp(sealed, plain, sizeof(plain)) != 0;
    memcpy(text, sealed, sizeof(text));
    ok = ok && crypto->open(crypto->ctx, key, nonce, ad, text, sizeof(text), tag) == ASSENT_OK &&
         memcmp(text, plain, sizeof(text)) == 0;
    tag[0] ^= 1;
    memcpy(text, sealed, sizeof(text));
    return ok &&
           crypto->open(crypto->ctx, key, nonce, ad, text, sizeof(text), tag) == ASSENT_ERR_AUTH;
}

int assent_crypto_check(const struct assent_crypto *crypto, bool sealed)
{
    return hashes(crypto) && (!sealed || seals(crypto)) ? ASSENT_OK : ASSENT_ERR_CRYPTO;
}
