/* SPDX-License-Identifier: MIT */
/* The full texts of documents as an image of their own. */
#include "tools/policy_documents.h"

#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/image.h"
#include "http/documents.h"
#include "http/inflate.h"
#include "port/crypto/mbedtls.h"
#include "tools/policy_model.h"
#include "tools/tool.h"

enum { ROWS_AT = ASSENT_IMAGE_BODY + 4, ROW_BYTES = ASSENT_SHA256_BYTES + 4, ROWS = 256 };

/* Rows and texts, put together at the end: texts start behind the last row. */
struct shelf {
    unsigned count;
    struct {
        uint8_t digest[ASSENT_SHA256_BYTES];
        size_t at, len;
    } row[ROWS];
    size_t len;
    uint8_t texts[ASSENT_IMAGE_BYTES];
};

static bool has(const struct shelf *shelf, struct assent_span digest)
{
    unsigned i = 0;

    while (i < shelf->count && memcmp(shelf->row[i].digest, digest.ptr, digest.len) != 0) {
        i++;
    }
    return i < shelf->count;
}

/* The text has to be the one that the policy names. */
static int add(struct shelf *shelf, const char *path, const struct assent_policy *policy,
               const struct assent_policy_document *document)
{
    struct assent_crypto crypto = assent_mbedtls_crypto();
    uint8_t *to = shelf->texts + shelf->len;
    uint8_t digest[ASSENT_SHA256_BYTES];
    struct assent_span text;
    int len;

    if (document->content_bytes == 0) {
        return tool_fail(path, "the image leaves the text of %.*s out", (int)document->file.len,
                         (const char *)document->file.ptr);
    }
    len = assent_inflate(assent_policy_content(policy, document), to,
                         sizeof(shelf->texts) - shelf->len);
    if (len == ASSENT_ERR_SPACE || shelf->count == ROWS) {
        return tool_fail(path, "too much text for an image of %d bytes", ASSENT_IMAGE_BYTES);
    }
    text = assent_span(to, len > 0 ? (size_t)len : 0);
    if (len < 0 || crypto.sha256(crypto.ctx, &text, 1, digest) != ASSENT_OK ||
        memcmp(digest, document->digest.ptr, sizeof(digest)) != 0) {
        return tool_fail(path, "the text of %.*s is not the one that the policy names",
                         (int)document->file.len, (const char *)document->file.ptr);
    }
    memcpy(shelf->row[shelf->count].digest, digest, sizeof(digest));
    shelf->row[shelf->count].at = shelf->len;
    shelf->row[shelf->count].len = text.len;
    shelf->count++;
    shelf->len += text.len;
    return TOOL_OK;
}

static int add_policy(struct shelf *shelf, const char *path)
{
    struct assent_policy_document document;
    struct assent_policy policy;
    uint8_t *bytes = NULL;
    int code = policy_load(path, &bytes, &policy);

    for (unsigned i = 0;
         code == TOOL_OK && assent_policy_document(&policy, i, &document) == ASSENT_OK; i++) {
        if (!has(shelf, document.digest)) {
            code = add(shelf, path, &policy, &document);
        }
    }
    free(bytes);
    return code;
}

/* return  length, 0 if it is too large */
static size_t assemble(const struct shelf *shelf, uint8_t *out)
{
    size_t start = ROWS_AT + (size_t)shelf->count * ROW_BYTES;

    if (start + shelf->len > ASSENT_IMAGE_BYTES) {
        return 0;
    }
    memset(out, 0, start);
    memcpy(out, "ADOC\x01", 5);
    assent_bytes_store16(out + ASSENT_IMAGE_BODY, (uint16_t)shelf->count);
    for (unsigned i = 0; i < shelf->count; i++) {
        uint8_t *row = out + ROWS_AT + (size_t)i * ROW_BYTES;

        memcpy(row, shelf->row[i].digest, ASSENT_SHA256_BYTES);
        assent_bytes_store16(row + ASSENT_SHA256_BYTES, (uint16_t)(start + shelf->row[i].at));
        assent_bytes_store16(row + ASSENT_SHA256_BYTES + 2, (uint16_t)shelf->row[i].len);
    }
    memcpy(out + start, shelf->texts, shelf->len);
    policy_seal(out, start + shelf->len);
    return start + shelf->len;
}

/* What the tool writes, the device must take: the same function judges both. */
static int read_image(void *ctx, uint32_t offset, void *out, uint32_t len)
{
    memcpy(out, (const uint8_t *)ctx + offset, len);
    return ASSENT_OK;
}

int policy_documents(char **paths, int count, uint8_t *out, size_t *len)
{
    static struct shelf shelf;
    const struct assent_source source = {out, read_image};
    struct assent_documents documents;
    int code = TOOL_OK;

    for (int i = 0; i < count && code == TOOL_OK; i++) {
        code = add_policy(&shelf, paths[i]);
    }
    if (code == TOOL_OK) {
        *len = assemble(&shelf, out);
        code = *len == 0
                   ? tool_fail(NULL, "too much text for an image of %d bytes", ASSENT_IMAGE_BYTES)
               : assent_documents_open(&documents, &source) != ASSENT_OK
                   ? tool_fail(NULL, "the image does not open: a fault of the compiler")
                   : TOOL_OK;
    }
    return code;
}
