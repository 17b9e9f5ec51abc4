/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_IMAGE_H
#define ASSENT_CORE_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/seam.h"
#include "core/span.h"

/* The envelope that policy and text images share. Integers are little-endian.
 *
 *   offset  bytes  field
 *        0      4  magic: "APOL" a policy, "ATXT" texts
 *        4      1  format version
 *        5      3  0
 *        8      4  length of the image, 48..65535; offsets inside are 16 bits
 *       12      4  CRC-32 of bytes 16..length-1
 *       16     32  SHA-256 of bytes 0..11 and 48..length-1, in this order
 *       48      -  what the kind of image says
 *
 * Changing any byte is noticed: the first 12 are compared or hashed, the CRC covers the rest. */
enum {
    ASSENT_IMAGE_VERSION = 1,
    ASSENT_IMAGE_HASHED = 12, /* bytes of the envelope that the SHA-256 covers */
    ASSENT_IMAGE_CRC_AT = 12,
    ASSENT_IMAGE_DIGEST_AT = 16,
    ASSENT_IMAGE_BODY = 48, /* where the envelope ends */
    ASSENT_IMAGE_BYTES = 65535
};

/* Check the envelope.
 *   in      an image, may be followed by anything
 *   magic   the kind expected
 *   crypto  checks the SHA-256 too; NULL: CRC-32 only
 *   image   receives the image alone
 *   return  ASSENT_OK
 *           ASSENT_ERR_CORRUPT  magic, length or a checksum is wrong
 *           ASSENT_ERR_VERSION  another version of the format
 *           ASSENT_ERR_CRYPTO   the hash function failed */
int assent_image_open(struct assent_span in, const char magic[4],
                      const struct assent_crypto *crypto, struct assent_span *image);

/* Whether bytes are well-formed UTF-8 without control characters, so that no text of an image can
 * break out of a field, a line or an encoding. */
bool assent_image_is_text(struct assent_span bytes);

/* Whether len bytes at offset at of a checked text begin and end between two characters of it. */
bool assent_image_is_whole(struct assent_span text, size_t at, size_t len);

#endif
