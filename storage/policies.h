/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_STORAGE_POLICIES_H
#define ASSENT_STORAGE_POLICIES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/seam.h"
#include "core/span.h"
#include "storage/audit_log.h"
#include "storage/flash.h"
#include "storage/kv.h"

/* Policy images of all sites, the one in force and its forerunners. The region is divided into slots
 * of slot_sectors sectors; an image lies at the start of a slot. A new image is written into a free
 * slot and then takes over with one batch of the key-value store, together with its audit entry: a
 * power cut leaves the old image or the new one in force. The former image stays where it is and
 * becomes part of the archive. Archived images are never dropped on their own.
 *
 * In ASSENT_SPACE_POLICY:
 *   site (1), revision (4)  ->  offset in the region (4), length (4), CRC-32 (4), effective (5),
 *                               superseded (5, 0: never), SHA-256 of the image (32)
 *   site (1)                ->  revision in force (4)
 *
 * Whether an image is well-formed and signed is the caller's to check, between write and activate. */
enum { ASSENT_POLICIES_PIECE_BYTES = 64 };

struct assent_policies {
    /* Set by the caller before any call; borrowed. */
    struct assent_kv *kv;
    struct assent_audit_log *audit; /* NULL: no entries */
    const struct assent_flash *flash;
    uint8_t slot_sectors; /* 1.. */

    /* For policies.c only; zeros to start. */
    bool writing;
    bool written;                /* complete: nothing more can be appended */
    uint32_t start, length, crc; /* of the image being written */
    uint8_t piece[ASSENT_POLICIES_PIECE_BYTES];
};

/* One image. */
struct assent_policies_image {
    uint8_t site;
    uint32_t revision;
    uint64_t effective_s;
    uint64_t superseded_s; /* when another took over; 0: in force, or never was */
    uint32_t offset;       /* in the flash of the region, for parts that map it */
    uint32_t length;
    uint32_t crc; /* of its bytes */
    uint8_t digest[ASSENT_SHA256_BYTES];
};

/* The image in force of a site, or that of a revision.
 *   return  ASSENT_OK; ASSENT_ERR_NOT_FOUND; ASSENT_ERR_CORRUPT; those of assent_kv_get */
int assent_policies_active(struct assent_policies *policies, uint8_t site,
                           struct assent_policies_image *image);
int assent_policies_find(struct assent_policies *policies, uint8_t site, uint32_t revision,
                         struct assent_policies_image *image);

/* Visit all images of a site, in no order.
 *   cursor  0 to start
 *   return  ASSENT_OK; ASSENT_ERR_NOT_FOUND: no more; and as above */
int assent_policies_next(struct assent_policies *policies, uint8_t site, uint64_t *cursor,
                         struct assent_policies_image *image);

/* Read bytes of an image.
 *   return  bytes read, fewer at its end; ASSENT_ERR_RANGE behind it; ASSENT_ERR_IO */
int assent_policies_read(struct assent_policies *policies,
                         const struct assent_policies_image *image, uint32_t offset, uint8_t *out,
                         uint32_t len);

/* Compare an image with its checksum.
 *   return  ASSENT_OK, ASSENT_ERR_CORRUPT, ASSENT_ERR_IO */
int assent_policies_check(struct assent_policies *policies,
                          const struct assent_policies_image *image);

/* Write a new image: begin finds a free slot and erases it, write appends.
 *   return  ASSENT_OK
 *           ASSENT_ERR_FULL   begin: no free slot; remove an archived image first
 *           ASSENT_ERR_SPACE  write: longer than a slot
 *           ASSENT_ERR_STATE  write without begin
 *           ASSENT_ERR_IO and those of assent_kv_next */
int assent_policies_begin(struct assent_policies *policies);
int assent_policies_write(struct assent_policies *policies, struct assent_span bytes);

/* The image is complete; what was written, to be checked before it is activated.
 *   image   offset, length and crc are set
 *   return  ASSENT_OK
 *           ASSENT_ERR_STATE    nothing was written
 *           ASSENT_ERR_CORRUPT  it reads differently from what was written
 *           ASSENT_ERR_IO */
int assent_policies_written(struct assent_policies *policies, struct assent_policies_image *image);

/* Put the written image in force, or only into the archive.
 *   image   site, revision, effective_s and digest are taken; the rest is set
 *   now     of the change; not looked at for the archive
 *   return  ASSENT_OK
 *           ASSENT_ERR_STATE    nothing was written
 *           ASSENT_ERR_RANGE    that revision exists, or (activate) one in force is not older
 *           ASSENT_ERR_CORRUPT  what was written reads differently
 *           and those of assent_audit_log_apply */
int assent_policies_enter(struct assent_policies *policies, struct assent_policies_image *image,
                          bool activate, struct assent_time now);

static inline int assent_policies_activate(struct assent_policies *policies,
                                           struct assent_policies_image *image,
                                           struct assent_time now)
{
    return assent_policies_enter(policies, image, true, now);
}

static inline int assent_policies_archive(struct assent_policies *policies,
                                          struct assent_policies_image *image)
{
    return assent_policies_enter(policies, image, false,
                                 (struct assent_time){0, ASSENT_CLOCK_NONE});
}

/* Remove an archived image and erase its slot.
 *   return  ASSENT_OK; ASSENT_ERR_STATE: it is in force; as assent_policies_find; ASSENT_ERR_IO */
int assent_policies_remove(struct assent_policies *policies, uint8_t site, uint32_t revision);

#endif
