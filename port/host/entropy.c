/* SPDX-License-Identifier: MIT */
/* The entropy seam of core/seam.h on Linux. */
#include "port/host/entropy.h"

#include <errno.h>
#include <sys/random.h>

static int fill(void *ctx, uint8_t *out, size_t len)
{
    (void)ctx;
    while (len > 0) {
        ssize_t got = getrandom(out, len, 0);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return ASSENT_ERR_ENTROPY;
        }
        out += got;
        len -= (size_t)got;
    }
    return ASSENT_OK;
}

struct assent_entropy assent_entropy_host(void)
{
    struct assent_entropy entropy = {NULL, fill};
    return entropy;
}
