/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_STORAGE_BLOB_H
#define ASSENT_STORAGE_BLOB_H

#include <stdbool.h>
#include <stdint.h>

#include "storage/kv.h"

enum { ASSENT_BLOB_RECORD_BYTES = 12 + ASSENT_SHA256_BYTES };

/* One large value (policy image, certificate) of up to 64 KiB, outside the record ring so that
 * cleaning never copies it. It has two extents of whole sectors, A and B. A new value is streamed
 * into the one that is not in use, and one record in the key-value store then switches over: a power
 * cut leaves the old value or the new one, whole. The old extent is erased before commit returns.
 *
 * The record, under the blob's space and key, little-endian:
 *   0   1  extent in use: 0 A, 1 B
 *   1   3  0
 *   4   4  length in bytes
 *   8   4  CRC-32 of the content
 *   12  32 digest, only if crypto is given: D(0) = 32 zero bytes,
 *          D(i) = SHA-256(D(i-1) || piece i of 256 bytes, the last one shorter); the digest is D(n)
 *
 * Values are not encrypted; use it for what is public. Stack on a Cortex-M3 at -Os: 1024 bytes for
 * commit and remove, 520 for the rest, not counting the flash driver and SHA-256. */
struct assent_blob {
    /* Set by the caller before any call. */
    struct assent_kv *kv;
    const struct assent_flash *flash;   /* of the extents; may be another region than that of kv */
    const struct assent_crypto *crypto; /* NULL: CRC only */
    uint32_t first_sector;              /* extent A; extent B follows it */
    uint32_t extent_sectors;            /* 1.. */
    uint8_t space;
    struct assent_span key;

    /* For blob.c only. */
    uint8_t record[ASSENT_BLOB_RECORD_BYTES]; /* of the value that there is */
    uint8_t made[ASSENT_BLOB_RECORD_BYTES];   /* of one being written or read back */
    uint8_t piece[256];
    bool writing;
};

/* Length of the value, after its length and checksum or digest were checked.
 *   verify  true: read it all and compare (0.2 ms for 8 KiB)
 *   return  length
 *           ASSENT_ERR_NOT_FOUND  none
 *           ASSENT_ERR_CORRUPT    the content does not match its record
 *           ASSENT_ERR_IO and those of assent_kv_get */
int assent_blob_open(struct assent_blob *blob, bool verify);

/* Read len bytes at offset of the value.
 *   return  bytes read, fewer at its end
 *           ASSENT_ERR_NOT_FOUND, ASSENT_ERR_IO, ASSENT_ERR_RANGE (offset behind the end) */
int assent_blob_read(struct assent_blob *blob, uint32_t offset, uint8_t *out, uint32_t len);

/* Where the value begins in its flash, for parts that map it. Negative as assent_blob_open. */
int assent_blob_offset(struct assent_blob *blob);

/* Write a new value: begin erases the free extent (extent_sectors erases), write appends, commit
 * makes it the value. The old one stays readable until commit; begin may be called again at any time
 * to start over.
 *   return  ASSENT_OK
 *           ASSENT_ERR_SPACE  write: longer than the extent
 *           ASSENT_ERR_STATE  write or commit without begin
 *           ASSENT_ERR_IO, ASSENT_ERR_CRYPTO and those of assent_kv_put */
int assent_blob_begin(struct assent_blob *blob);
int assent_blob_write(struct assent_blob *blob, struct assent_span bytes);
int assent_blob_commit(struct assent_blob *blob);

/* Remove the value and erase both extents.
 *   return  ASSENT_OK, ASSENT_ERR_NOT_FOUND and those of assent_kv_delete; ASSENT_ERR_IO */
int assent_blob_remove(struct assent_blob *blob);

/* Erase one sector of the extent that is not in use, if it is not blank: after a power cut between
 * the switch and the erase, call it until it returns 0.
 *   return  1 more to do, 0 nothing, ASSENT_ERR_IO */
int assent_blob_idle(struct assent_blob *blob);

#endif
