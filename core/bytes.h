/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_BYTES_H
#define ASSENT_CORE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Stored and wire integers. Every format of assent is little-endian; values are read and written
 * byte by byte, so neither alignment nor the byte order of the machine matters. */
static inline uint16_t assent_bytes_load16(const uint8_t *p)
{
    return (uint16_t)(p[0] | (p[1] << 8));
}

/* Put in place whatever the compiler thinks of its size: it weighs four loads before it makes one of them. */
__attribute__((always_inline)) static inline uint32_t assent_bytes_load32(const uint8_t *p)
{
    return (uint32_t)p[0] | ((uint32_t)p[1] << 8) | ((uint32_t)p[2] << 16) | ((uint32_t)p[3] << 24);
}

/* 40 bits: seconds since 1970 up to the year 36812. */
static inline uint64_t assent_bytes_load40(const uint8_t *p)
{
    return (uint64_t)assent_bytes_load32(p) | ((uint64_t)p[4] << 32);
}

static inline uint64_t assent_bytes_load64(const uint8_t *p)
{
    return (uint64_t)assent_bytes_load32(p) | ((uint64_t)assent_bytes_load32(p + 4) << 32);
}

static inline void assent_bytes_store16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

static inline void assent_bytes_store32(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
    p[2] = (uint8_t)(v >> 16);
    p[3] = (uint8_t)(v >> 24);
}

static inline void assent_bytes_store40(uint8_t *p, uint64_t v)
{
    assent_bytes_store32(p, (uint32_t)v);
    p[4] = (uint8_t)(v >> 32);
}

static inline void assent_bytes_store64(uint8_t *p, uint64_t v)
{
    assent_bytes_store32(p, (uint32_t)v);
    assent_bytes_store32(p + 4, (uint32_t)(v >> 32));
}

/* Overwrite len bytes with zeros so that the compiler cannot leave it out. For secrets. */
void assent_bytes_wipe(void *p, size_t len);

/* Compare len bytes in a time that depends on len alone. For MACs and secrets.
 *   return  true if all are equal */
bool assent_bytes_equal_secret(const void *a, const void *b, size_t len);

/* CRC-32 of ISO 3309 (polynomial 0xEDB88320 reflected, initial value and final XOR 0xFFFFFFFF).
 *   seed    0 to start, or the CRC of what came before
 *   return  the CRC of all bytes so far; "123456789" gives 0xCBF43926 */
uint32_t assent_bytes_crc32(uint32_t seed, const void *p, size_t len);

#endif
