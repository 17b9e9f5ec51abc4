/* SPDX-License-Identifier: MIT */
/* The consent token: a version, a key id, a generation, the consent and a MAC, as text. */
#include "core/token.h"

#include "core/bytes.h"
#include "core/consent_body.h"
#include "core/error.h"
#include "core/writer.h"

enum { HEADER_BYTES = 4, BARE_BYTES = ASSENT_TOKEN_BYTES - ASSENT_SUBJECT_BYTES };

_Static_assert(HEADER_BYTES + ASSENT_CONSENT_BODY_BYTES + ASSENT_TOKEN_MAC_BYTES ==
                   ASSENT_TOKEN_BYTES,
               "the byte table of token.h");

/* The MAC over all that stands before it, bound to the site. */
static int make_mac(const struct assent_token_keys *keys, unsigned slot,
                    const struct assent_crypto *crypto, struct assent_span bytes,
                    uint8_t mac[ASSENT_SHA256_BYTES])
{
    uint8_t site_bytes = (uint8_t)keys->site.len;
    const struct assent_span parts[] = {ASSENT_SPAN("assent token v1"), assent_span(&site_bytes, 1),
                                        keys->site, bytes};

    return crypto->hmac(crypto->ctx, keys->key[slot], parts, 4, mac);
}

static bool keys_usable(const struct assent_token_keys *keys)
{
    return keys->count >= 1 && keys->count <= ASSENT_TOKEN_KEYS && keys->site.len >= 1 &&
           keys->site.len <= UINT8_MAX;
}

int assent_token_mint(const struct assent_token_keys *keys, const struct assent_crypto *crypto,
                      const struct assent_consent *consent, uint8_t text[ASSENT_TOKEN_TEXT_BYTES])
{
    uint8_t bytes[ASSENT_TOKEN_BYTES];
    uint8_t mac[ASSENT_SHA256_BYTES];
    struct assent_writer w = assent_writer(text, ASSENT_TOKEN_TEXT_BYTES);
    int body_bytes = assent_consent_body_encode(consent, bytes + HEADER_BYTES);
    size_t len;
    int error;

    if (body_bytes < 0 || !keys_usable(keys)) {
        return ASSENT_ERR_RANGE;
    }
    len = HEADER_BYTES + (size_t)body_bytes;
    bytes[0] = ASSENT_TOKEN_VERSION;
    bytes[1] = keys->id[0];
    assent_bytes_store16(bytes + 2, keys->generation);
    error = make_mac(keys, 0, crypto, assent_span(bytes, len), mac);
    if (error != ASSENT_OK) {
        return error;
    }
    memcpy(bytes + len, mac, ASSENT_TOKEN_MAC_BYTES);
    assent_writer_base64url(&w, assent_span(bytes, len + ASSENT_TOKEN_MAC_BYTES));
    return assent_writer_result(&w);
}

/* Whether a key of the id named by the token made it. Two keys of one id are both tried. */
static int check_mac(const struct assent_token_keys *keys, const struct assent_crypto *crypto,
                     struct assent_span bytes, const uint8_t *mac)
{
    uint8_t expected[ASSENT_SHA256_BYTES];
    int result = ASSENT_ERR_AUTH;

    for (unsigned slot = 0; slot < keys->count && result == ASSENT_ERR_AUTH; slot++) {
        if (keys->id[slot] != bytes.ptr[1]) {
            continue;
        }
        if (make_mac(keys, slot, crypto, bytes, expected) != ASSENT_OK) {
            result = ASSENT_ERR_CRYPTO;
        } else if (assent_bytes_equal_secret(expected, mac, ASSENT_TOKEN_MAC_BYTES)) {
            result = ASSENT_OK;
        }
    }
    assent_bytes_wipe(expected, sizeof(expected));
    return result;
}

int assent_token_verify(const struct assent_token_keys *keys, const struct assent_crypto *crypto,
                        struct assent_span text, struct assent_consent *consent)
{
    uint8_t bytes[ASSENT_TOKEN_BYTES];
    int len = assent_writer_decode_base64url(text, bytes, sizeof(bytes));
    size_t signed_bytes;
    int error;

    *consent = (struct assent_consent){0};
    if (len < 1) {
        return ASSENT_ERR_SYNTAX;
    }
    if (bytes[0] != ASSENT_TOKEN_VERSION) {
        return ASSENT_ERR_VERSION;
    }
    if (len != ASSENT_TOKEN_BYTES && len != BARE_BYTES) {
        return ASSENT_ERR_SYNTAX;
    }
    if (!keys_usable(keys)) {
        return ASSENT_ERR_AUTH;
    }
    signed_bytes = (size_t)len - ASSENT_TOKEN_MAC_BYTES;
    error = check_mac(keys, crypto, assent_span(bytes, signed_bytes), bytes + signed_bytes);
    if (error != ASSENT_OK) {
        return error;
    }
    if (assent_bytes_load16(bytes + 2) != keys->generation) {
        return ASSENT_ERR_REVOKED;
    }
    return assent_consent_body_decode(
        assent_span(bytes + HEADER_BYTES, signed_bytes - HEADER_BYTES), consent);
}
