/* SPDX-License-Identifier: MIT */
/* mbedTLS allocates with malloc, as it does if nobody tells it otherwise. In place of
 * port/tls/tls_pool.c. */
#include "port/tls/tls_pool.h"

void assent_tls_pool_init(uint8_t *pool, size_t bytes)
{
    (void)pool;
    (void)bytes;
}

void assent_tls_pool_counters(struct assent_writer *w)
{
    assent_writer_text(w, "\"tls_pool\":{}");
}
