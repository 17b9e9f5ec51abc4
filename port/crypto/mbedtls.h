/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_CRYPTO_MBEDTLS_H
#define ASSENT_PORT_CRYPTO_MBEDTLS_H

#include "core/seam.h"

/* The crypto seam on mbedTLS: SHA-256, HMAC-SHA-256 and ChaCha20-Poly1305 (RFC 8439), which needs
 * no tables and runs in constant time on processors without an AES unit. No state, no allocation;
 * at most 0.6 KB of stack.
 *   return  a seam with all functions set; ctx is NULL */
struct assent_crypto assent_mbedtls_crypto(void);

/* The same without encryption, for boards that do not encrypt at rest: seal and open are NULL. */
struct assent_crypto assent_mbedtls_hashes(void);

#endif
