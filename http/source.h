/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_SOURCE_H
#define ASSENT_HTTP_SOURCE_H

#include <stdint.h>

/* Where an image lies that the processor cannot address, such as a serial flash. Constant; borrowed. */
struct assent_source {
    void *ctx;
    /* Read len bytes at offset of the image. Blocks until they are there.
     *   return  ASSENT_OK; anything else: out is not to be looked at. What the parts make of it, their
     *           headers say; a device that cannot do without does not return from a failure */
    int (*read)(void *ctx, uint32_t offset, void *out, uint32_t len);
};

/* Bytes of an image that are read at a time. On the stack. */
enum { ASSENT_SOURCE_PIECE_BYTES = 64 };

/* Check the envelope of an image (core/image.h): all but its SHA-256.
 *   magic   the kind expected
 *   length  receives that of the image
 *   return  ASSENT_OK
 *           ASSENT_ERR_CORRUPT  magic, length or CRC-32 is wrong
 *           ASSENT_ERR_VERSION  another version of the format
 *           those of the source */
int assent_source_open(const struct assent_source *source, const char magic[4], uint32_t *length);

#endif
