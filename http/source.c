/* SPDX-License-Identifier: MIT */
/* Images that are read piece by piece. */
#include "http/source.h"

#include <string.h>

#include "core/bytes.h"
#include "core/image.h"

/* The CRC-32 of what it covers. */
static int sum(const struct assent_source *source, uint32_t length, uint32_t *crc)
{
    uint8_t piece[ASSENT_SOURCE_PIECE_BYTES];
    int error = ASSENT_OK;

    *crc = 0;
    for (uint32_t at = ASSENT_IMAGE_DIGEST_AT; at < length && error == ASSENT_OK;
         at += sizeof(piece)) {
        uint32_t len = length - at < sizeof(piece) ? length - at : sizeof(piece);

        error = source->read(source->ctx, at, piece, len);
        *crc = assent_bytes_crc32(*crc, piece, len);
    }
    return error;
}

int assent_source_open(const struct assent_source *source, const char magic[4], uint32_t *length)
{
    uint8_t envelope[ASSENT_IMAGE_BODY];
    int error = source->read(source->ctx, 0, envelope, sizeof(envelope));
    uint32_t crc;

    if (error != ASSENT_OK) {
        return error;
    }
    *length = assent_bytes_load32(envelope + 8);
    if (memcmp(envelope, magic, 4) != 0 || (envelope[5] | envelope[6] | envelope[7]) != 0 ||
        *length < ASSENT_IMAGE_BODY || *length > ASSENT_IMAGE_BYTES) {
        return ASSENT_ERR_CORRUPT;
    }
    if (envelope[4] != ASSENT_IMAGE_VERSION) {
        return ASSENT_ERR_VERSION;
    }
    error = sum(source, *length, &crc);
    return error == ASSENT_OK && crc != assent_bytes_load32(envelope + ASSENT_IMAGE_CRC_AT)
               ? ASSENT_ERR_CORRUPT
               : error;
}
