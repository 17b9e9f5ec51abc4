/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TESTS_UNIT_KV_CASE_H
#define ASSENT_TESTS_UNIT_KV_CASE_H

/* A small store in simulated flash and its numbered keys, for the tests of what a store must not do. In the
 * header, because failures are counted in the file that includes tests/unit/test.h. */

#include <stdlib.h>

#include "core/bytes.h"
#include "storage/kv_format.h"
#include "tests/power/power.h"
#include "tests/unit/test.h"

static struct power_world world;

static const struct power_setting SMALL = {"small", 4096, 16,    60,    64, 0,
                                           0,       0,    false, false, 1,  false};
static const struct power_setting TINY = {"tiny", 4096, 8, 20, 40, 0, 0, 0, false, false, 2, false};

static inline struct assent_span key_number(uint32_t n)
{
    static uint8_t key[16];

    memset(key, 0x3C, sizeof(key));
    assent_bytes_store32(key, n);
    return assent_span(key, sizeof(key));
}

static inline int put_number(struct power_world *w, uint32_t n, uint32_t version, size_t len)
{
    static uint8_t value[ASSENT_KV_VALUE_BYTES];

    memset(value, (int)(n ^ version), len);
    if (len >= 8) {
        assent_bytes_store32(value, n);
        assent_bytes_store32(value + 4, version);
    }
    return assent_kv_put(&w->kv, 1, key_number(n), assent_span(value, len));
}

/* The version that a key has, 0 if it is not there, or an error. */
static inline int version_of(struct power_world *w, uint32_t n)
{
    static uint8_t value[ASSENT_KV_VALUE_BYTES];
    int len = assent_kv_get(&w->kv, 1, key_number(n), value, sizeof(value));

    if (len < 8) {
        return len == ASSENT_ERR_NOT_FOUND ? 0 : len;
    }
    return assent_bytes_load32(value) == n ? (int)assent_bytes_load32(value + 4) : -100;
}

static inline uint32_t fill_up(struct power_world *w, size_t len)
{
    uint32_t count = 0;

    while (put_number(w, count, 1, len) == ASSENT_OK) {
        count++;
    }
    return count;
}

#endif
