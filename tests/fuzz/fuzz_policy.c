/* SPDX-License-Identifier: MIT */
/* Images of policies, of shared texts and of documents. A raw input hardly ever gets past the checksums:
 * they are made right first, unless its first byte is not that of an image. */
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/image.h"
#include "core/error.h"
#include "core/policy.h"
#include "http/documents.h"
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

/* The input as a flash. */
static int read_input(void *ctx, uint32_t offset, void *out, uint32_t len)
{
    const struct assent_span *input = ctx;

    if (offset > input->len || len > input->len - offset) {
        return ASSENT_ERR_IO;
    }
    memcpy(out, input->ptr + offset, len);
    return ASSENT_OK;
}

/* What opens has every text whole. */
static void read_documents(struct assent_span image)
{
    struct assent_source source = {&image, read_input};
    struct assent_documents documents;
    struct assent_documents_text text;

    if (assent_documents_open(&documents, &source) != ASSENT_OK) {
        return;
    }
    for (size_t at = ASSENT_IMAGE_BODY + 4, i = 0; i < documents.count; i++, at += 36) {
        struct assent_span digest = assent_span(image.ptr + at, ASSENT_SHA256_BYTES);
        uint8_t byte;

        if (assent_documents_find(&documents, digest, &text) != ASSENT_OK ||
            (text.len > 0 &&
             assent_documents_read(&documents, &text, text.len - 1, &byte, 1) != ASSENT_OK)) {
            abort();
        }
    }
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
    read_documents(assent_span(image, size));
    free(image);
    return 0;
}
