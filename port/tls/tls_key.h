/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_TLS_TLS_KEY_H
#define ASSENT_PORT_TLS_TLS_KEY_H

#include <mbedtls/pk.h>

/* Make a new P-256 key. Two files provide this, a makefile chooses: port/tls/tls_key_ecp.c for an
 * mbedTLS with big numbers, port/tls/psa/tls_key_psa.c for one that has curves by way of PSA only.
 *   key     initialised and empty
 *   return  0, or an error of mbedTLS */
int assent_tls_key_make(mbedtls_pk_context *key);

#endif
