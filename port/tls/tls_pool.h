/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_TLS_TLS_POOL_H
#define ASSENT_PORT_TLS_TLS_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "core/writer.h"

/* Where mbedTLS gets memory. Two files provide this, a makefile chooses: port/tls/tls_pool.c has fixed
 * memory; tests/sim/tls_pool_malloc.c lets it call malloc, so that a sanitizer sees each object. */
void assent_tls_pool_init(uint8_t *pool, size_t bytes);

/* Bytes in use, most ever, and room, as a member of a JSON object: "tls_pool":{…} */
void assent_tls_pool_counters(struct assent_writer *w);

#endif
