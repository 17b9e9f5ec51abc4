/* SPDX-License-Identifier: MIT */
/* Images of policies and of shared texts. A raw input hardly ever gets past the checksums: they are
 * made right first, unless its first byte is not that of an image. */
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/image.h"
#include "core/policy.h"
#include "tests/unit/policy_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void mend(uint8_t *image, size_t len)
{
    image[4] = ASSENT_IMAGE_VERSION;
    memset(image + 5, 0, 3);
    assent_bytes_store32(image + 8, (uint32_t)len);
    assent_bytes_store32(
        image + ASSENT_IMAGE_CRC_AT,
        assent_bytes_crc32(0, image + ASSENT_IMAGE_DIGEST_AT, len - ASSENT_IMAGE_DIGEST_AT));
}

/* Names, tags and hosts out of the input itself. */
static void ask(const struct assent_policy *policy, const uint8_t *data, size_t size)
{
    struct assent_policy_cookie cookie;

    for (size_t at = 0; at < size && at < 256; at += 16) {
        struct assent_span span = assent_span(data + at, size - at < 24 ? size - at : 24);

        assent_policy_find_cookie(policy, span, &cookie);
        assent_policy_language(policy, span);
        assent_policy_serves(policy, span);
    }
    assent_policy_text_negotiate(policy, assent_span(data, size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct assent_policy policy;
    struct assent_text text;
    uint8_t *image = malloc(size > 0 ? size : 1);

    if (image == NULL) {
        return 0;
    }
    if (size > 0) {
        memcpy(image, data, size);
    }
    if (size >= ASSENT_IMAGE_BODY && data[0] == 'A') {
        mend(image, size);
    }
    if (assent_policy_open(&policy, assent_span(image, size), NULL) == ASSENT_OK) {
        /* 0: an invariant does not hold */
        if (policy_file_walk(&policy) == 0) {
            abort();
        }
        ask(&policy, data, size);
    }
    if (assent_text_open(&text, assent_span(image, size), NULL) == ASSENT_OK) {
        policy_file_walk_text(&text);
    }
    free(image);
    return 0;
}
