/* SPDX-License-Identifier: MIT */
/* mbedTLS allocates out of a fixed pool. */
#include "port/tls/tls_pool.h"

#include <mbedtls/memory_buffer_alloc.h>

static size_t pool_bytes;

void assent_tls_pool_init(uint8_t *pool, size_t bytes)
{
    pool_bytes = bytes;
    mbedtls_memory_buffer_alloc_init(pool, bytes);
}

void assent_tls_pool_counters(struct assent_writer *w)
{
    size_t bytes = 0;
    size_t blocks = 0;

    mbedtls_memory_buffer_alloc_cur_get(&bytes, &blocks);
    assent_writer_text(w, "\"tls_pool\":{\"used\":");
    assent_writer_decimal(w, bytes);
    assent_writer_text(w, ",\"blocks\":");
    assent_writer_decimal(w, blocks);
    mbedtls_memory_buffer_alloc_max_get(&bytes, &blocks);
    assent_writer_text(w, ",\"max\":");
    assent_writer_decimal(w, bytes);
    assent_writer_text(w, ",\"size\":");
    assent_writer_decimal(w, pool_bytes);
    assent_writer_text(w, "}");
}
