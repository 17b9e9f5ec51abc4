/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_SEAM_H
#define ASSENT_CORE_SEAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/span.h"

/* What core and storage need from outside, each a small struct of functions that the board fills in.
 *
 * For all of them: ctx is handed to every call unchanged; functions are called from one thread, never
 * from an interrupt, and never call back into assent; none may be NULL unless it says so. They
 * return ASSENT_OK or a negative error of core/error.h. */

enum {
    ASSENT_SHA256_BYTES = 32, /* a digest (FIPS 180-4) and the key length of every HMAC here */
    ASSENT_AEAD_KEY_BYTES = 32,
    ASSENT_AEAD_NONCE_BYTES = 12,
    ASSENT_AEAD_TAG_BYTES = 16
};

/* One piece of a message; messages are passed as a list so that nobody copies to concatenate. */
struct assent_crypto {
    void *ctx;

    /* SHA-256 over the concatenation of count (1..8) parts (FIPS 180-4). Bounded time.
     *   ASSENT_ERR_CRYPTO  the primitive failed; out is void */
    int (*sha256)(void *ctx, const struct assent_span *parts, size_t count,
                  uint8_t out[ASSENT_SHA256_BYTES]);

    /* HMAC-SHA-256 over the concatenation of count (1..8) parts (RFC 2104). Bounded time.
     *   ASSENT_ERR_CRYPTO  the primitive failed; out is void */
    int (*hmac)(void *ctx, const uint8_t key[ASSENT_SHA256_BYTES], const struct assent_span *parts,
                size_t count, uint8_t out[ASSENT_SHA256_BYTES]);

    /* Authenticated encryption with additional data, in place (RFC 8439 or AES-256-GCM of NIST
     * SP 800-38D; the board chooses one and stays with it). A nonce never repeats under one key.
     * NULL on boards without encryption at rest.
     *   text  len bytes, replaced by the ciphertext (seal) or the plaintext (open)
     *   ASSENT_ERR_CRYPTO  the primitive failed; text is void
     *   ASSENT_ERR_AUTH    open: the tag does not match; text is wiped */
    int (*seal)(void *ctx, const uint8_t key[ASSENT_AEAD_KEY_BYTES],
                const uint8_t nonce[ASSENT_AEAD_NONCE_BYTES], struct assent_span ad, uint8_t *text,
                size_t len, uint8_t tag[ASSENT_AEAD_TAG_BYTES]);
    int (*open)(void *ctx, const uint8_t key[ASSENT_AEAD_KEY_BYTES],
                const uint8_t nonce[ASSENT_AEAD_NONCE_BYTES], struct assent_span ad, uint8_t *text,
                size_t len, const uint8_t tag[ASSENT_AEAD_TAG_BYTES]);
};

/* How far the wall clock can be believed; a larger value is better. Part of every record. */
enum assent_clock_trust {
    ASSENT_CLOCK_NONE = 0,  /* no idea: nothing can be dated, only essential cookies pass */
    ASSENT_CLOCK_FLOOR = 1, /* not earlier than now: the last time kept in flash, plus uptime */
    ASSENT_CLOCK_SET = 2,   /* set by the operator */
    ASSENT_CLOCK_SYNCED = 3 /* from a time server or a real-time clock */
};

struct assent_time {
    uint64_t unix_s; /* seconds since 1970-01-01T00:00:00Z, without leap seconds; < 2^40 */
    enum assent_clock_trust trust;
};

struct assent_clock {
    void *ctx;
    /* The wall clock. Never runs backwards within one boot. */
    struct assent_time (*now)(void *ctx);
    /* Milliseconds since an arbitrary start; wraps at 2^32, compare by difference only. */
    uint32_t (*uptime_ms)(void *ctx);
};

struct assent_entropy {
    void *ctx;
    /* Fill out with len unpredictable bytes. Does not wait for long.
     *   ASSENT_ERR_ENTROPY  no seed or source: the caller must refuse, not go on with less */
    int (*random)(void *ctx, uint8_t *out, size_t len);
};

enum assent_log_level { ASSENT_LOG_ERROR, ASSENT_LOG_WARNING, ASSENT_LOG_INFO };

/* One change to where small values live, durable and by name. A key is 1..32 bytes in a namespace of
 * 1..255, a value 0..4000 bytes. */
struct assent_store_item {
    uint8_t space;
    struct assent_span key;
    struct assent_span value;
    bool remove; /* delete the key; value is not looked at */
};

struct assent_log {
    void *ctx;
    /* One line without a line end. event is a static identifier in snake_case such as
     * "token_key_missing"; value is a number that belongs to it. Never personal data. */
    void (*line)(void *ctx, enum assent_log_level level, const char *event, uint32_t value);
};

#endif
