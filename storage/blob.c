/* SPDX-License-Identifier: MIT */
/* Large values in two extents of whole sectors, switched by one record of the key-value store. */
#include "storage/blob.h"

#include "core/bytes.h"

enum { LENGTH_AT = 4, CRC_AT = 8, DIGEST_AT = 12, PIECE_BYTES = 256 };

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t extent_bytes(const struct assent_blob *blob)
{
    return blob->extent_sectors * blob->flash->sector_bytes;
}

/* Where the extent that a record names begins. */
static uint32_t start_of(const struct assent_blob *blob, uint32_t extent)
{
    return blob->first_sector * blob->flash->sector_bytes + extent * extent_bytes(blob);
}

static uint32_t record_bytes(const struct assent_blob *blob)
{
    return blob->crypto != NULL ? ASSENT_BLOB_RECORD_BYTES : DIGEST_AT;
}

/* Get the record. Which extent is in use, or an error. */
static int present(struct assent_blob *blob)
{
    int len = assent_kv_get(blob->kv, blob->space, blob->key, blob->record, sizeof(blob->record));

    if (len < 0) {
        return len;
    }
    if ((uint32_t)len != record_bytes(blob) || blob->record[0] > 1 ||
        assent_bytes_load32(blob->record + LENGTH_AT) > extent_bytes(blob)) {
        return ASSENT_ERR_CORRUPT;
    }
    return blob->record[0];
}

static int read_piece(const struct assent_blob *blob, uint32_t addr, uint8_t *out, uint32_t len)
{
    return len > 0 ? blob->flash->read(blob->flash->ctx, addr, out, len) : ASSENT_OK;
}

/* Take the piece into length, checksum and digest of the record being made. */
static int digest_piece(struct assent_blob *blob, uint32_t n)
{
    uint8_t *made = blob->made;
    struct assent_span parts[2] = {assent_span(made + DIGEST_AT, ASSENT_SHA256_BYTES),
                                   assent_span(blob->piece, n)};

    assent_bytes_store32(made + CRC_AT,
                         assent_bytes_crc32(assent_bytes_load32(made + CRC_AT), blob->piece, n));
    return blob->crypto != NULL
               ? blob->crypto->sha256(blob->crypto->ctx, parts, 2, made + DIGEST_AT)
               : ASSENT_OK;
}

static void restart(struct assent_blob *blob, int extent)
{
    memset(blob->made, 0, sizeof(blob->made));
    blob->made[0] = (uint8_t)extent;
    blob->writing = false;
}

/* Read the value that the record describes, and see that it does. */
static int verify_record(struct assent_blob *blob)
{
    uint32_t length = assent_bytes_load32(blob->record + LENGTH_AT);
    uint32_t start = start_of(blob, blob->record[0]);
    int error = ASSENT_OK;

    restart(blob, blob->record[0]);
    assent_bytes_store32(blob->made + LENGTH_AT, length);
    for (uint32_t at = 0; at < length && error == ASSENT_OK; at += PIECE_BYTES) {
        uint32_t n = least(length - at, PIECE_BYTES);

        error = read_piece(blob, start + at, blob->piece, n);
        error = error == ASSENT_OK ? digest_piece(blob, n) : error;
    }
    if (error == ASSENT_OK && memcmp(blob->made, blob->record, record_bytes(blob)) != 0) {
        error = ASSENT_ERR_CORRUPT;
    }
    return error;
}

int assent_blob_open(struct assent_blob *blob, bool verify)
{
    int error = present(blob);

    if (error >= 0 && verify) {
        error = verify_record(blob);
    }
    return error < 0 ? error : (int)assent_bytes_load32(blob->record + LENGTH_AT);
}

int assent_blob_read(struct assent_blob *blob, uint32_t offset, uint8_t *out, uint32_t len)
{
    int length = assent_blob_open(blob, false);
    int error;

    if (length < 0) {
        return length;
    }
    if (offset > (uint32_t)length) {
        return ASSENT_ERR_RANGE;
    }
    len = least(len, (uint32_t)length - offset);
    error = read_piece(blob, start_of(blob, blob->record[0]) + offset, out, len);
    return error != ASSENT_OK ? error : (int)len;
}

int assent_blob_offset(struct assent_blob *blob)
{
    int extent = present(blob);

    return extent < 0 ? extent : (int)start_of(blob, (uint32_t)extent);
}

/* Erase what is not blank of an extent (all of it if thorough), at most `most` sectors.
 *   return  sectors erased, or an error */
static int clear_extent(struct assent_blob *blob, int extent, bool thorough, uint32_t most)
{
    const struct assent_flash *flash = blob->flash;
    uint32_t first = blob->first_sector + (uint32_t)extent * blob->extent_sectors;
    uint32_t erased = 0;
    int error = ASSENT_OK;

    for (uint32_t sector = first; sector < first + blob->extent_sectors && erased < most;
         sector++) {
        uint32_t at = sector * flash->sector_bytes;
        uint32_t end = at + flash->sector_bytes;
        uint8_t and = thorough ? 0 : 0xFF;

        for (; at < end && and == 0xFF && error == ASSENT_OK; at += PIECE_BYTES) {
            error = read_piece(blob, at, blob->piece, PIECE_BYTES);
            for (uint32_t i = 0; i < PIECE_BYTES; i++) {
                and = (uint8_t)(and&blob->piece[i]);
            }
        }
        if (error == ASSENT_OK && and != 0xFF) {
            error = flash->erase(flash->ctx, sector);
            erased++;
        }
        if (error != ASSENT_OK) {
            return error;
        }
    }
    if (erased > 0 && flash->sync != NULL) {
        error = flash->sync(flash->ctx);
    }
    return error != ASSENT_OK ? error : (int)erased;
}

int assent_blob_begin(struct assent_blob *blob)
{
    int extent = present(blob);
    int erased;

    if (extent < 0 && extent != ASSENT_ERR_NOT_FOUND && extent != ASSENT_ERR_CORRUPT) {
        return extent;
    }
    restart(blob, extent == 0);
    /* A program or erase that the power failed in may look like blank. */
    erased = clear_extent(blob, extent == 0, true, blob->extent_sectors);
    blob->writing = erased >= 0;
    return erased < 0 ? erased : ASSENT_OK;
}

/* Program the piece collected so far, which ends at length. */
static int flush(struct assent_blob *blob, uint32_t length)
{
    uint32_t n = (length - 1) % PIECE_BYTES + 1;
    uint32_t page = blob->flash->page_bytes;
    uint32_t unit = blob->flash->program_bytes;
    uint32_t at = start_of(blob, blob->made[0]) + length - n;
    const uint8_t *from = blob->piece;
    int error = digest_piece(blob, n);

    memset(blob->piece + n, 0xFF, PIECE_BYTES - n);
    n = (n + unit - 1) / unit * unit;
    while (n > 0 && error == ASSENT_OK) {
        uint32_t step = least(page - at % page, n);

        error = blob->flash->program(blob->flash->ctx, at, from, step);
        at += step;
        from += step;
        n -= step;
    }
    blob->writing = error == ASSENT_OK;
    return error;
}

int assent_blob_write(struct assent_blob *blob, struct assent_span bytes)
{
    uint32_t length = assent_bytes_load32(blob->made + LENGTH_AT);
    int error = ASSENT_OK;

    if (!blob->writing) {
        return ASSENT_ERR_STATE;
    }
    if (bytes.len > extent_bytes(blob) - length) {
        return ASSENT_ERR_SPACE;
    }
    for (size_t i = 0; i < bytes.len && error == ASSENT_OK; i++) {
        blob->piece[length++ % PIECE_BYTES] = bytes.ptr[i];
        if (length % PIECE_BYTES == 0) {
            error = flush(blob, length);
        }
    }
    assent_bytes_store32(blob->made + LENGTH_AT, length);
    return error;
}

int assent_blob_commit(struct assent_blob *blob)
{
    uint32_t length = assent_bytes_load32(blob->made + LENGTH_AT);
    int error = ASSENT_OK;

    if (!blob->writing) {
        return ASSENT_ERR_STATE;
    }
    if (length % PIECE_BYTES != 0) {
        error = flush(blob, length);
    }
    if (error == ASSENT_OK && blob->flash->sync != NULL) {
        error = blob->flash->sync(blob->flash->ctx);
    }
    blob->writing = false;
    if (error == ASSENT_OK) {
        /* Only what reads back right may take over. */
        memcpy(blob->record, blob->made, sizeof(blob->record));
        error = verify_record(blob);
        error = error == ASSENT_ERR_CORRUPT ? ASSENT_ERR_IO : error;
    }
    if (error == ASSENT_OK) {
        error = assent_kv_put(blob->kv, blob->space, blob->key,
                              assent_span(blob->record, record_bytes(blob)));
    }
    if (error == ASSENT_OK) {
        /* If this fails, assent_blob_idle() goes on with it. */
        (void)clear_extent(blob, blob->record[0] == 0, false, blob->extent_sectors);
    }
    return error;
}

int assent_blob_remove(struct assent_blob *blob)
{
    int error = assent_kv_delete(blob->kv, blob->space, blob->key);

    restart(blob, 0);
    for (int extent = 0; extent < 2 && error >= 0; extent++) {
        error = clear_extent(blob, extent, false, blob->extent_sectors);
    }
    return error < 0 ? error : ASSENT_OK;
}

int assent_blob_idle(struct assent_blob *blob)
{
    int extent = blob->writing ? ASSENT_ERR_STATE : present(blob);
    int erased = 0;

    if (extent >= 0) {
        erased = clear_extent(blob, extent == 0, false, 1);
    } else if (extent == ASSENT_ERR_NOT_FOUND) {
        erased = clear_extent(blob, 0, false, 1);
        erased = erased == 0 ? clear_extent(blob, 1, false, 1) : erased;
    }
    return erased;
}
