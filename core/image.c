/* SPDX-License-Identifier: MIT */
#include "core/image.h"

#include "core/bytes.h"
#include "core/writer.h"

int assent_image_open(struct assent_span in, const char magic[4],
                      const struct assent_crypto *crypto, struct assent_span *image)
{
    struct assent_span parts[2];
    uint8_t digest[ASSENT_SHA256_BYTES];
    uint32_t length;

    if (in.len < ASSENT_IMAGE_BODY || memcmp(in.ptr, magic, 4) != 0) {
        return ASSENT_ERR_CORRUPT;
    }
    if (in.ptr[4] != ASSENT_IMAGE_VERSION) {
        return ASSENT_ERR_VERSION;
    }
    length = assent_bytes_load32(in.ptr + 8);
    if ((in.ptr[5] | in.ptr[6] | in.ptr[7]) != 0 || length < ASSENT_IMAGE_BODY ||
        length > ASSENT_IMAGE_BYTES || length > in.len) {
        return ASSENT_ERR_CORRUPT;
    }
    if (assent_bytes_crc32(0, in.ptr + ASSENT_IMAGE_DIGEST_AT, length - ASSENT_IMAGE_DIGEST_AT) !=
        assent_bytes_load32(in.ptr + ASSENT_IMAGE_CRC_AT)) {
        return ASSENT_ERR_CORRUPT;
    }
    *image = assent_span(in.ptr, length);
    if (crypto == NULL) {
        return ASSENT_OK;
    }
    parts[0] = assent_span(in.ptr, ASSENT_IMAGE_HASHED);
    parts[1] = assent_span_slice(*image, ASSENT_IMAGE_BODY, length);
    if (crypto->sha256(crypto->ctx, parts, 2, digest) != ASSENT_OK) {
        return ASSENT_ERR_CRYPTO;
    }
    return memcmp(digest, in.ptr + ASSENT_IMAGE_DIGEST_AT, sizeof(digest)) == 0
               ? ASSENT_OK
               : ASSENT_ERR_CORRUPT;
}

bool assent_image_is_text(struct assent_span bytes)
{
    for (size_t at = 0; at < bytes.len;) {
        size_t len = assent_writer_utf8_length(assent_span_slice(bytes, at, bytes.len));

        if (len == 0 || bytes.ptr[at] < 0x20 || bytes.ptr[at] == 0x7F) {
            return false;
        }
        at += len;
    }
    return true;
}

static bool between_characters(struct assent_span text, size_t at)
{
    return at == text.len || (text.ptr[at] & 0xC0) != 0x80;
}

bool assent_image_is_whole(struct assent_span text, size_t at, size_t len)
{
    return at <= text.len && len <= text.len - at && between_characters(text, at) &&
           between_characters(text, at + len);
}
