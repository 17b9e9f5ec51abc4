/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_SCAN_H
#define ASSENT_CORE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"

/* Finding the ends of cookie pairs a machine word at a time, without reading a byte beyond the end.
 * In a word, a byte is marked by its highest bit. Of the marks only the lowest is exact (a borrow can
 * set others above it), and only the lowest is used. */

/* A byte in each place of a word. */
#define ASSENT_SCAN_EACH(byte) ((size_t)-1 / 255 * (byte))

static inline size_t assent_scan_load(const uint8_t *p)
{
    return sizeof(size_t) == 8 ? (size_t)assent_bytes_load64(p) : (size_t)assent_bytes_load32(p);
}

/* Mark bytes equal to byte. */
static inline size_t assent_scan_equal(size_t word, uint8_t byte)
{
    size_t zero = word ^ ASSENT_SCAN_EACH(byte);

    return (zero - ASSENT_SCAN_EACH(1)) & ~zero;
}

/* Mark control characters: %x00-1F, %x7F. */
static inline size_t assent_scan_control(size_t word)
{
    return ((word - ASSENT_SCAN_EACH(0x20)) & ~word) | assent_scan_equal(word, 0x7F);
}

/* Place of the lowest mark, in bytes. marks is not 0. */
static inline size_t assent_scan_first(size_t marks)
{
    return (size_t)(sizeof(size_t) == 8 ? __builtin_ctzll(marks) : __builtin_ctz((unsigned)marks)) /
           8;
}

static inline bool assent_scan_is_control(uint8_t byte)
{
    return byte < 0x20 || byte == 0x7F;
}

/* The first ';', wanted byte or control character in p..end, or end. */
static inline const uint8_t *assent_scan_stop(const uint8_t *p, const uint8_t *end, uint8_t wanted)
{
    while ((size_t)(end - p) >= sizeof(size_t)) {
        size_t word = assent_scan_load(p);
        size_t marks = (assent_scan_equal(word, ';') | assent_scan_equal(word, wanted) |
                        assent_scan_control(word)) &
                       ASSENT_SCAN_EACH(0x80);

        if (marks != 0) {
            return p + assent_scan_first(marks);
        }
        p += sizeof(size_t);
    }
    while (p < end && *p != ';' && *p != wanted && !assent_scan_is_control(*p)) {
        p++;
    }
    return p;
}

/* The first ';' or wanted byte in p..end, or end. *control is set if a control character other than
 * tab comes before it (%x00-08, %x0A-1F, %x7F). */
static inline const uint8_t *assent_scan_until(const uint8_t *p, const uint8_t *end, uint8_t wanted,
                                               bool *control)
{
    for (;;) {
        p = assent_scan_stop(p, end, wanted);
        if (p == end || *p == ';' || *p == wanted) {
            return p;
        }
        *control |= *p != '\t';
        p++;
    }
}

#endif
