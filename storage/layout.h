/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_STORAGE_LAYOUT_H
#define ASSENT_STORAGE_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/seam.h"
#include "storage/flash.h"
#include "storage/kv.h"

/* What lies where in the flash of a device, and in which namespace of the key-value store. The table
 * is in the flash itself, so that an image read back from any board can be opened without more.
 *
 * The identity, 128 bytes at the start of sector 0 and again of sector 1, little-endian:
 *   offset  bytes  field
 *        0      8  "assentFL"
 *        8      1  format version, 2: of this table and of the values in the store
 *        9      1  number of regions, ASSENT_REGION_COUNT
 *       10      1  options: bit 0 the key-value store is encrypted
 *       11      1  sectors of one policy slot
 *       12      4  sector_bytes
 *       16      4  sector_count
 *       20     16  secret of the key-value store's hash
 *       36      8  for each region: first sector (4), number of sectors (4)
 *       76      1  chains of the key-value store: 4..12, log2 of their number; else 11
 *      ...      .  zeros
 *      124      4  CRC-32 of bytes 0..123
 * It is written once, after everything else has been formatted, and never changes: a device without
 * a valid copy has not been set up completely. Readers take the first copy that is valid. */

enum assent_region {
    ASSENT_REGION_IDENTITY, /* the table above, twice */
    ASSENT_REGION_KV,       /* storage/kv.h */
    ASSENT_REGION_AUDIT,    /* storage/audit_log.h */
    ASSENT_REGION_POLICIES, /* storage/policies.h */
    ASSENT_REGION_BLOBS,    /* storage/blob.h: certificates; two extents */
    ASSENT_REGION_COUNT
};

/* Namespaces of the key-value store. */
enum assent_space {
    ASSENT_SPACE_CONSENT = 1,     /* subject -> salt and record (storage/consents.h) */
    ASSENT_SPACE_PROVISIONAL = 2, /* subject -> since when; its token has not come back yet */
    ASSENT_SPACE_RIGHTS = 3,      /* subject -> rights requests counted */
    ASSENT_SPACE_LEDGER = 4,      /* site and hash -> tuple (storage/ledger_store.h) */
    ASSENT_SPACE_POLICY = 5,      /* site and revision -> slot (storage/policies.h), kept twice */
    ASSENT_SPACE_KEYS = 6,        /* name -> secret (storage/keys.h), kept twice */
    ASSENT_SPACE_AUDIT = 7,       /* audit keys and sealed head, kept twice */
    ASSENT_SPACE_COUNTERS = 8,    /* site -> counters (storage/counters.h) */
    ASSENT_SPACE_SYSTEM = 9,      /* clock floor, audit entry on its way */
    ASSENT_SPACE_BLOB = 10,       /* storage/blob.h, kept twice */
    ASSENT_SPACE_BOARD = 11,      /* the board's and the application's own values */
    ASSENT_SPACE_END
};

enum {
    ASSENT_LAYOUT_VERSION = 2,
    ASSENT_LAYOUT_BYTES = 128,
    ASSENT_LAYOUT_ENCRYPTED = 1 /* option */
};

/* Set of namespaces for assent_kv_config.twice. */
extern const uint8_t assent_layout_twice[32];

struct assent_layout {
    uint32_t sector_bytes;
    uint32_t sector_count;
    uint8_t options;
    uint8_t slot_sectors; /* of one policy slot */
    uint8_t chain_bits;   /* log2 of the store's chains, see assent_layout_heads_bytes */
    uint8_t secret[ASSENT_KV_SECRET_BYTES];
    struct {
        uint32_t first;
        uint32_t count;
    } region[ASSENT_REGION_COUNT];
};

/* Read the identity of a device.
 *   return  ASSENT_OK
 *           ASSENT_ERR_NOT_FOUND  no valid copy: not set up, or not by us
 *           ASSENT_ERR_VERSION    of a build with other formats
 *           ASSENT_ERR_CORRUPT    valid checksum, but the regions do not fit the device
 *           ASSENT_ERR_IO */
int assent_layout_read(const struct assent_flash *flash, struct assent_layout *layout);

/* Read one copy of the identity.
 *   return  as assent_layout_read */
int assent_layout_decode(const uint8_t in[ASSENT_LAYOUT_BYTES], struct assent_layout *layout);

/* Bytes of struct assent_kv_config.heads that everybody who opens this store gives it, whatever room they
 * have: the links in the flash follow chains, whose number is fixed with the first record. */
uint32_t assent_layout_heads_bytes(const struct assent_layout *layout);

/* A region of a device as a device of its own. */
struct assent_layout_view {
    struct assent_flash flash; /* pass &view.flash on */
    const struct assent_flash *base;
    uint32_t first; /* sector */
};

/* Make a view; it and base stay where they are as long as it is in use. */
void assent_layout_view(struct assent_layout_view *view, const struct assent_flash *base,
                        const struct assent_layout *layout, enum assent_region region);

#endif
