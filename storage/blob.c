/* SPDX-License-Identifier: MIT */
/* Large values in two extents of whole sectors, switched by one record of the key-value store. */
#include "storage/blob.h"

#include "core/bytes.h"

enum { RECORD_BYTES = 12, PIECE_BYTES = 256 };

static uint32_t extent_bytes(const struct assent_blob *blob)
{
    return blob->extent_sectors * blob->flash->sector_bytes;
}

static uint32_t extent_offset(const struct assent_blob *blob, uint32_t extent)
{
    return (blob->first_sector + extent * blob->extent_sectors) * blob->flash->sector_bytes;
}

/* Which extent is in use; fills in length, crc and the digest. */
static int present(struct assent_blob *blob, uint8_t raw[RECORD_BYTES + ASSENT_SHA256_BYTES])
{
    int len =
        assent_kv_get(blob->kv, blob->space, blob->key, raw, RECORD_BYTES + ASSENT_SHA256_BYTES);
    int expected = RECORD_BYTES + (blob->crypto != NULL ? ASSENT_SHA256_BYTES : 0);

    if (len < 0) {
        return len;
    }
    if (len != expected || raw[0] > 1 || assent_bytes_load32(raw + 4) > extent_bytes(blob)) {
        return ASSENT_ERR_CORRUPT;
    }
    return raw[0];
}

/* Take one piece into checksum and digest. */
static int digest_piece(struct assent_blob *blob, uint32_t n)
{
    struct assent_span parts[2] = {assent_span(blob->digest, sizeof(blob->digest)),
                                   assent_span(blob->piece, n)};

    blob->crc = assent_bytes_crc32(blob->crc, blob->piece, n);
    return blob->crypto != NULL ? blob->crypto->sha256(blob->crypto->ctx, parts, 2, blob->digest)
                                : ASSENT_OK;
}

static void restart(struct assent_blob *blob)
{
    blob->writing = false;
    blob->length = 0;
    blob->crc = 0;
    memset(blob->digest, 0, sizeof(blob->digest));
}

/* Read an extent back and compute what its record must say. */
static int digest_extent(struct assent_blob *blob, uint32_t extent, uint32_t length)
{
    int error = ASSENT_OK;

    restart(blob);
    for (uint32_t at = 0; at < length && error == ASSENT_OK; at += PIECE_BYTES) {
        uint32_t n = length - at < PIECE_BYTES ? length - at : PIECE_BYTES;

        error =
            blob->flash->read(blob->flash->ctx, extent_offset(blob, extent) + at, blob->piece, n);
        error = error == ASSENT_OK ? digest_piece(blob, n) : error;
    }
    return error;
}

static bool matches(const struct assent_blob *blob, const uint8_t *raw)
{
    return assent_bytes_load32(raw + 8) == blob->crc &&
           (blob->crypto == NULL ||
            memcmp(raw + RECORD_BYTES, blob->digest, sizeof(blob->digest)) == 0);
}

int assent_blob_open(struct assent_blob *blob, bool verify)
{
    uint8_t raw[RECORD_BYTES + ASSENT_SHA256_BYTES];
    int extent = present(blob, raw);
    uint32_t length = assent_bytes_load32(raw + 4);

    if (extent >= 0 && verify) {
        int error = digest_extent(blob, (uint32_t)extent, length);

        extent = error != ASSENT_OK ? error : matches(blob, raw) ? extent : ASSENT_ERR_CORRUPT;
    }
    return extent < 0 ? extent : (int)length;
}

int assent_blob_read(struct assent_blob *blob, uint32_t offset, uint8_t *out, uint32_t len)
{
    uint8_t raw[RECORD_BYTES + ASSENT_SHA256_BYTES];
    int extent = present(blob, raw);
    uint32_t length;
    int error = ASSENT_OK;

    if (extent < 0) {
        return extent;
    }
    length = assent_bytes_load32(raw + 4);
    if (offset > length) {
        return ASSENT_ERR_RANGE;
    }
    len = len < length - offset ? len : length - offset;
    if (len > 0) {
        error = blob->flash->read(blob->flash->ctx, extent_offset(blob, (uint32_t)extent) + offset,
                                  out, len);
    }
    return error != ASSENT_OK ? error : (int)len;
}

int assent_blob_offset(struct assent_blob *blob)
{
    uint8_t raw[RECORD_BYTES + ASSENT_SHA256_BYTES];
    int extent = present(blob, raw);

    return extent < 0 ? extent : (int)extent_offset(blob, (uint32_t)extent);
}

/* Erase what is not blank of an extent (all of it if thorough), at most `most` sectors.
 *   return  sectors erased, or an error */
static int clear_extent(struct assent_blob *blob, uint32_t extent, bool thorough, uint32_t most)
{
    uint32_t size = blob->flash->sector_bytes;
    uint32_t base = extent_offset(blob, extent);
    uint32_t erased = 0;

    for (uint32_t i = 0; i < blob->extent_sectors && erased < most; i++) {
        uint8_t and = thorough ? 0 : 0xFF;
        int error = ASSENT_OK;

        for (uint32_t at = 0; at < size && and == 0xFF && error == ASSENT_OK; at += PIECE_BYTES) {
            error =
                blob->flash->read(blob->flash->ctx, base + i * size + at, blob->piece, PIECE_BYTES);
            for (uint32_t j = 0; j < PIECE_BYTES; j++) {
                and = (uint8_t)(and&blob->piece[j]);
            }
        }
        if (error == ASSENT_OK && and != 0xFF) {
            error = blob->flash->erase(blob->flash->ctx,
                                       blob->first_sector + extent * blob->extent_sectors + i);
            erased++;
        }
        if (error != ASSENT_OK) {
            return error;
        }
    }
    if (erased > 0 && blob->flash->sync != NULL &&
        blob->flash->sync(blob->flash->ctx) != ASSENT_OK) {
        return ASSENT_ERR_IO;
    }
    return (int)erased;
}

int assent_blob_begin(struct assent_blob *blob)
{
    uint8_t raw[RECORD_BYTES + ASSENT_SHA256_BYTES];
    int extent = present(blob, raw);
    int erased;

    if (extent < 0 && extent != ASSENT_ERR_NOT_FOUND && extent != ASSENT_ERR_CORRUPT) {
        return extent;
    }
    restart(blob);
    blob->target = extent == 0;
    /* A program or erase that the power failed in may look like blank. */
    erased = clear_extent(blob, blob->target, true, blob->extent_sectors);
    blob->writing = erased >= 0;
    return erased < 0 ? erased : ASSENT_OK;
}

/* Program the piece collected so far. */
static int flush(struct assent_blob *blob, uint32_t n)
{
    uint32_t page = blob->flash->page_bytes;
    uint32_t unit = blob->flash->program_bytes;
    uint32_t at = extent_offset(blob, blob->target) + (blob->length - n);
    uint32_t done = 0;
    int error = digest_piece(blob, n);

    memset(blob->piece + n, 0xFF, PIECE_BYTES - n);
    while (done < n && error == ASSENT_OK) {
        uint32_t step = page - (at + done) % page;

        step = step < n - done ? step : (n - done + unit - 1) / unit * unit;
        error = blob->flash->program(blob->flash->ctx, at + done, blob->piece + done, step);
        done += step;
    }
    return error;
}

int assent_blob_write(struct assent_blob *blob, struct assent_span bytes)
{
    if (!blob->writing) {
        return ASSENT_ERR_STATE;
    }
    if (bytes.len > extent_bytes(blob) - blob->length) {
        return ASSENT_ERR_SPACE;
    }
    while (bytes.len > 0) {
        uint32_t used = blob->length % PIECE_BYTES;
        uint32_t n = PIECE_BYTES - used;

        n = bytes.len < n ? (uint32_t)bytes.len : n;
        memcpy(blob->piece + used, bytes.ptr, n);
        blob->length += n;
        bytes = assent_span_slice(bytes, n, bytes.len);
        if (used + n == PIECE_BYTES) {
            int error = flush(blob, PIECE_BYTES);

            if (error != ASSENT_OK) {
                blob->writing = false;
                return error;
            }
        }
    }
    return ASSENT_OK;
}

int assent_blob_commit(struct assent_blob *blob)
{
    uint8_t raw[RECORD_BYTES + ASSENT_SHA256_BYTES] = {0};
    uint32_t length = blob->length;
    int error = ASSENT_OK;

    if (!blob->writing) {
        return ASSENT_ERR_STATE;
    }
    if (length % PIECE_BYTES != 0) {
        error = flush(blob, length % PIECE_BYTES);
    }
    raw[0] = blob->target;
    assent_bytes_store32(raw + 4, length);
    assent_bytes_store32(raw + 8, blob->crc);
    memcpy(raw + RECORD_BYTES, blob->digest, sizeof(blob->digest));
    if (error == ASSENT_OK && blob->flash->sync != NULL) {
        error = blob->flash->sync(blob->flash->ctx);
    }
    /* Only what reads back right may take over. */
    error = error == ASSENT_OK ? digest_extent(blob, blob->target, length) : error;
    blob->writing = false;
    if (error == ASSENT_OK && !matches(blob, raw)) {
        error = ASSENT_ERR_IO;
    }
    if (error == ASSENT_OK) {
        error = assent_kv_put(
            blob->kv, blob->space, blob->key,
            assent_span(raw, RECORD_BYTES + (blob->crypto != NULL ? sizeof(blob->digest) : 0)));
    }
    if (error == ASSENT_OK) {
        /* If this fails, assent_blob_idle() goes on with it. */
        (void)clear_extent(blob, 1U - blob->target, false, blob->extent_sectors);
    }
    return error;
}

int assent_blob_remove(struct assent_blob *blob)
{
    int error = assent_kv_delete(blob->kv, blob->space, blob->key);

    restart(blob);
    for (uint32_t extent = 0; extent < 2 && error == ASSENT_OK; extent++) {
        int erased = clear_extent(blob, extent, false, blob->extent_sectors);

        error = erased < 0 ? erased : ASSENT_OK;
    }
    return error;
}

int assent_blob_idle(struct assent_blob *blob)
{
    uint8_t raw[RECORD_BYTES + ASSENT_SHA256_BYTES];
    int extent = blob->writing ? ASSENT_ERR_STATE : present(blob, raw);
    int erased = 0;

    if (extent >= 0) {
        erased = clear_extent(blob, extent == 0, false, 1);
    } else if (extent == ASSENT_ERR_NOT_FOUND) {
        erased = clear_extent(blob, 0, false, 1);
        erased = erased == 0 ? clear_extent(blob, 1, false, 1) : erased;
    }
    return erased;
}
