/* SPDX-License-Identifier: MIT */
/* Any bytes as deflate and as gzip: what comes out is within bounds, and the same with just enough room. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "http/inflate.h"

enum { ROOM = 20000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t out[ROOM];
    int len = assent_inflate_stream(assent_span(data, size), out, ROOM);
    uint8_t *exact;

    if (len > 0) {
        exact = malloc((size_t)len);
        if (exact == NULL ||
            assent_inflate_stream(assent_span(data, size), exact, (size_t)len) != len ||
            memcmp(exact, out, (size_t)len) != 0 ||
            assent_inflate_stream(assent_span(data, size), exact, (size_t)len - 1) !=
                ASSENT_ERR_SPACE) {
            abort();
        }
        free(exact);
    }
    (void)assent_inflate(assent_span(data, size), out, ROOM);
    return 0;
}
