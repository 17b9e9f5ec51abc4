/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_LIMIT_H
#define ASSENT_HTTP_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/config.h"

/* How often something may be done: in sum, and by each source. Each has a bucket that holds up to
 * burst tokens and gets a new one every interval. Sources are kept in a small table; one more takes
 * the place of the source whose bucket is fullest, so that a flood from many addresses meets the limit
 * of the sum. */
enum { ASSENT_LIMIT_SOURCE_BYTES = 16 };

struct assent_limit_bucket {
    uint32_t at_ms; /* when tokens was true */
    uint16_t tokens;
};

struct assent_limit {
    /* Set by the caller before any call. */
    uint32_t interval_ms; /* of the sum: one token each */
    uint32_t source_interval_ms;
    uint16_t burst;
    uint16_t source_burst;

    /* For limit.c only; zeros to start. */
    struct assent_limit_bucket sum;
    struct assent_limit_bucket source[ASSENT_LIMIT_SOURCES];
    uint8_t name[ASSENT_LIMIT_SOURCES][ASSENT_LIMIT_SOURCE_BYTES];
    bool used[ASSENT_LIMIT_SOURCES];
    bool started;
};

/* Take a token of both buckets, or none of either.
 *   source   address, subject: whatever tells sources apart
 *   reserve  of the sum's tokens, which this caller must leave to others; 0: none
 *   now_ms   of a clock that may wrap
 *   return   0, or after how many milliseconds it is worth to try again */
uint32_t assent_limit_take(struct assent_limit *limit,
                           const uint8_t source[ASSENT_LIMIT_SOURCE_BYTES], uint16_t reserve,
                           uint32_t now_ms);

/* Give a token back that was taken for nothing: what was feared did not happen. */
void assent_limit_give(struct assent_limit *limit, const uint8_t source[ASSENT_LIMIT_SOURCE_BYTES]);

#endif
