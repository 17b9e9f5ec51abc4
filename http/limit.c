/* SPDX-License-Identifier: MIT */
#include "http/limit.h"

#include <string.h>

/* Tokens that came since the last look. A clock that wrapped further than it can tell gives fewer. */
static void refill(struct assent_limit_bucket *bucket, uint16_t burst, uint32_t interval_ms,
                   uint32_t now_ms)
{
    uint32_t passed_ms = now_ms - bucket->at_ms;
    uint32_t came = interval_ms > 0 ? passed_ms / interval_ms : burst;

    if (came >= (uint32_t)(burst - bucket->tokens)) {
        bucket->tokens = burst;
        bucket->at_ms = now_ms;
        return;
    }
    bucket->tokens = (uint16_t)(bucket->tokens + came);
    bucket->at_ms += came * interval_ms;
}

static uint32_t wait_ms(const struct assent_limit_bucket *bucket, uint32_t interval_ms,
                        uint32_t now_ms)
{
    uint32_t passed_ms = now_ms - bucket->at_ms;

    return passed_ms < interval_ms ? interval_ms - passed_ms : 1;
}

/* The source's bucket; a new one takes the fullest place. */
static struct assent_limit_bucket *bucket_of(struct assent_limit *limit, const uint8_t *source,
                                             uint32_t now_ms)
{
    unsigned fullest = 0;

    for (unsigned i = 0; i < ASSENT_LIMIT_SOURCES; i++) {
        if (!limit->used[i]) {
            limit->source[i] = (struct assent_limit_bucket){now_ms, limit->source_burst};
        }
        refill(&limit->source[i], limit->source_burst, limit->source_interval_ms, now_ms);
        if (limit->used[i] && memcmp(limit->name[i], source, sizeof(limit->name[i])) == 0) {
            return &limit->source[i];
        }
        if (limit->source[i].tokens > limit->source[fullest].tokens) {
            fullest = i;
        }
    }
    memcpy(limit->name[fullest], source, sizeof(limit->name[fullest]));
    limit->used[fullest] = true;
    limit->source[fullest] = (struct assent_limit_bucket){now_ms, limit->source_burst};
    return &limit->source[fullest];
}

uint32_t assent_limit_take(struct assent_limit *limit,
                           const uint8_t source[ASSENT_LIMIT_SOURCE_BYTES], uint16_t reserve,
                           uint32_t now_ms)
{
    struct assent_limit_bucket *own;

    if (!limit->started) {
        limit->sum = (struct assent_limit_bucket){now_ms, limit->burst};
        limit->started = true;
    }
    refill(&limit->sum, limit->burst, limit->interval_ms, now_ms);
    if (limit->sum.tokens <= reserve) {
        return wait_ms(&limit->sum, limit->interval_ms, now_ms);
    }
    own = bucket_of(limit, source, now_ms);
    if (own->tokens == 0) {
        return wait_ms(own, limit->source_interval_ms, now_ms);
    }
    limit->sum.tokens--;
    own->tokens--;
    return 0;
}

void assent_limit_give(struct assent_limit *limit, const uint8_t source[ASSENT_LIMIT_SOURCE_BYTES])
{
    limit->sum.tokens = (uint16_t)(limit->sum.tokens + (limit->sum.tokens < limit->burst));
    for (unsigned i = 0; i < ASSENT_LIMIT_SOURCES; i++) {
        struct assent_limit_bucket *own = &limit->source[i];

        if (limit->used[i] && memcmp(limit->name[i], source, sizeof(limit->name[i])) == 0) {
            own->tokens = (uint16_t)(own->tokens + (own->tokens < limit->source_burst));
        }
    }
}
