/* SPDX-License-Identifier: MIT */
/* Files with a certificate: the same result whole, in two pieces and byte by byte, one value of ASN.1 of the
 * length it says, nothing beyond the room there is. The input: where it is split, the file. */
#include "http/pem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { CAP = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static int read(struct assent_span file, size_t step, size_t split, uint8_t *out)
{
    struct assent_pem pem;

    assent_pem_init(&pem, out, CAP);
    assent_pem_take(&pem, assent_span_slice(file, 0, split));
    for (size_t at = split; at < file.len; at += step) {
        size_t end = at + step < file.len ? at + step : file.len;

        assent_pem_take(&pem, assent_span_slice(file, at, end));
    }
    return assent_pem_end(&pem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct assent_span file = assent_span(data + 1, size > 0 ? size - 1 : 0);
    uint8_t *out = malloc(CAP); /* in memory of exactly this length */
    uint8_t *again = malloc(CAP);
    int got;

    must(out != NULL && again != NULL);
    if (size > 0) {
        got = read(file, file.len + 1, 0, out);
        must(got == read(file, 1, 0, again) && (got < 0 || memcmp(out, again, (size_t)got) == 0));
        must(got == read(file, file.len + 1, data[0] % (file.len + 1), again));
        must(got != 0 && got <= CAP && (got < 0 || out[0] == 0x30));
        must(got < 0 || got == out[1] + 2 || (out[1] > 0x80 && got > 2));
    }
    free(out);
    free(again);
    return 0;
}
