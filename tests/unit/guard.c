/* SPDX-License-Identifier: MIT */
#include "tests/unit/guard.h"

#include <stdlib.h>
#include <sys/mman.h>

/* The piece, and behind it a page that nobody may touch. */
static uint8_t *room(void)
{
    static uint8_t *memory;

    if (memory == NULL) {
        memory = mmap(NULL, GUARD_BYTES + 65536, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED || mprotect(memory + GUARD_BYTES, 65536, PROT_NONE) != 0) {
            abort();
        }
    }
    return memory;
}

uint8_t *guard_copy(struct assent_span bytes)
{
    uint8_t *memory = room();
    uint8_t *at = memory + GUARD_BYTES - bytes.len;

    if (bytes.len > GUARD_BYTES || mprotect(memory, GUARD_BYTES, PROT_READ | PROT_WRITE) != 0) {
        abort();
    }
    if (bytes.len > 0) {
        memcpy(at, bytes.ptr, bytes.len);
    }
    return at;
}

uint8_t *guard_copy_read_only(struct assent_span bytes)
{
    uint8_t *at = guard_copy(bytes);

    if (mprotect(room(), GUARD_BYTES, PROT_READ) != 0) {
        abort();
    }
    return at;
}
