/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_SCAN_H
#define ASSENT_CORE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/bytes.h"

/* Looking at bytes a machine word at a time, never beyond the readable end. In a word, a byte is marked
 * by its highest bit; the other bits mean nothing until they are masked off. Of the marks only the
 * lowest is exact (a borrow can set others above it), and only the lowest is used. */

/* A byte in each place of a word. */
#define ASSENT_SCAN_EACH(byte) ((size_t)-1 / 255 * (byte))
#define ASSENT_SCAN_MARKS      ASSENT_SCAN_EACH(0x80)

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

/* Mark control characters and what is not ASCII: %x00-1F, %x7F-FF. */
static inline size_t assent_scan_odd(size_t word)
{
    return (word - ASSENT_SCAN_EACH(0x20)) | (word + ASSENT_SCAN_EACH(1)) | word;
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

/* First control character from p on but tab (%x00-08, %x0A-1F, %x7F), or end. Bytes that are not ASCII
 * cost more than others. */
const uint8_t *assent_scan_control(const uint8_t *p, const uint8_t *end);

/* Where in the first limit bytes of p the byte is; limit or more if it is not there. Most of what is
 * looked for is near: a few words are tried before memchr(), which is faster once it is under way.
 *   readable  how many bytes of p may be read, at least limit */
static inline size_t assent_scan_find(const uint8_t *p, size_t limit, size_t readable, uint8_t byte)
{
    const size_t step = sizeof(size_t);
    const uint8_t *found;
    size_t at = 0;

    if (readable >= 2 * step) {
        size_t marks = assent_scan_equal(assent_scan_load(p), byte) & ASSENT_SCAN_MARKS;

        if (marks != 0) {
            return assent_scan_first(marks);
        }
        marks = assent_scan_equal(assent_scan_load(p + step), byte) & ASSENT_SCAN_MARKS;
        if (marks != 0) {
            return step + assent_scan_first(marks);
        }
        at = 2 * step;
    }
    found = at < limit ? memchr(p + at, byte, limit - at) : NULL;
    return found != NULL ? (size_t)(found - p) : limit;
}

#endif
