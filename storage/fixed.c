/* SPDX-License-Identifier: MIT */
#include "storage/fixed.h"

int assent_fixed_get(struct assent_kv *kv, uint8_t space, struct assent_span key, uint8_t *out,
                     size_t len)
{
    int got = assent_kv_get(kv, space, key, out, len);

    if (got < 0) {
        return got == ASSENT_ERR_SPACE ? ASSENT_ERR_VERSION : got;
    }
    return (size_t)got == len ? ASSENT_OK : ASSENT_ERR_CORRUPT;
}
