/* SPDX-License-Identifier: MIT */
#include "core/scan.h"

const uint8_t *assent_scan_control(const uint8_t *p, const uint8_t *end)
{
    const size_t step = sizeof(size_t);

    while (p < end) {
        if ((size_t)(end - p) >= step &&
            (assent_scan_odd(assent_scan_load(p)) & ASSENT_SCAN_MARKS) == 0) {
            p += step;
            continue;
        }
        /* Tab and what is not ASCII are marked too. */
        for (size_t i = 0; i < step && p < end; i++, p++) {
            if (*p != '\t' && assent_scan_is_control(*p)) {
                return p;
            }
        }
    }
    return end;
}
