/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_CRYPTO_MBEDTLS_CONFIG_H
#define ASSENT_PORT_CRYPTO_MBEDTLS_CONFIG_H

/* What of mbedTLS 3.6 is compiled: the primitives behind struct assent_crypto. None of them
 * allocates. */

#define MBEDTLS_SHA256_C
#define MBEDTLS_CHACHA20_C
#define MBEDTLS_POLY1305_C
#define MBEDTLS_CHACHAPOLY_C

#endif
