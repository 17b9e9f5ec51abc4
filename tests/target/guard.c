/* SPDX-License-Identifier: MIT */
/* tests/unit/guard.h by the memory protection unit. */
#include "tests/unit/guard.h"

#include <stdlib.h>

#include "port/cortex_m/mpu.h"

enum { PIECE_BITS = 20, WALL_BITS = 16 };
_Static_assert(1 << PIECE_BITS == GUARD_BYTES, "a region is as large as the piece");

static uint8_t memory[GUARD_BYTES + (1 << WALL_BITS)] __attribute__((aligned(GUARD_BYTES)));

static void protect(enum assent_mpu_access access)
{
    assent_mpu_region(0, (uintptr_t)memory, PIECE_BITS, access);
    assent_mpu_region(1, (uintptr_t)memory + GUARD_BYTES, WALL_BITS, ASSENT_MPU_NONE);
}

uint8_t *guard_copy(struct assent_span bytes)
{
    uint8_t *at = memory + GUARD_BYTES - bytes.len;

    if (bytes.len > GUARD_BYTES) {
        abort();
    }
    protect(ASSENT_MPU_READ_WRITE);
    if (bytes.len > 0) {
        memcpy(at, bytes.ptr, bytes.len);
    }
    return at;
}

uint8_t *guard_copy_read_only(struct assent_span bytes)
{
    uint8_t *at = guard_copy(bytes);

    protect(ASSENT_MPU_READ_ONLY);
    return at;
}
