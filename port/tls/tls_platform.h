/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_TLS_TLS_PLATFORM_H
#define ASSENT_PORT_TLS_TLS_PLATFORM_H

#include <stddef.h>
#include <stdint.h>

#include "core/seam.h"
#include "port/tls/tls_pool.h"

/* What mbedTLS needs from outside; it has one instance in a program, and so has this. To be called
 * first of all.
 *   pool     bytes of memory for all that mbedTLS allocates, aligned for a pointer; borrowed for ever
 *   clock    age of tickets, by uptime
 *   entropy  all of its randomness; both borrowed for ever
 *   return   ASSENT_OK
 *            ASSENT_ERR_CRYPTO  mbedTLS would not start */
int assent_tls_platform_init(uint8_t *pool, size_t bytes, const struct assent_clock *clock,
                             const struct assent_entropy *entropy);

/* Randomness in the form mbedTLS wants; context is not looked at. */
int assent_tls_platform_random(void *context, unsigned char *out, size_t len);

#endif
