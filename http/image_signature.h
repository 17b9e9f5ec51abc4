/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_IMAGE_SIGNATURE_H
#define ASSENT_HTTP_IMAGE_SIGNATURE_H

#include "core/image.h"

/* Behind an image that was handed in from outside stands its signature:
 *
 *   offset  bytes  field
 *        0      4  "ASIG"
 *        4      1  version, 1
 *        5      3  0
 *        8     32  HMAC-SHA-256 over "assent image signature v1" and the image, by a key that the
 *                  operator and the device share */
enum { ASSENT_IMAGE_SIGNATURE_BYTES = 40 };

/* Write the signature of an image, 40 bytes.
 *   return  ASSENT_OK, or ASSENT_ERR_CRYPTO */
int assent_image_signature_make(struct assent_span image, const uint8_t key[ASSENT_SHA256_BYTES],
                                const struct assent_crypto *crypto,
                                uint8_t out[ASSENT_IMAGE_SIGNATURE_BYTES]);

/* Check the signature behind an image, in constant time.
 *   in      image and signature, nothing else
 *   return  ASSENT_OK
 *           ASSENT_ERR_CORRUPT  no image with a signature behind it
 *           ASSENT_ERR_VERSION  another version of the signature
 *           ASSENT_ERR_AUTH     it was not made with this key for this image
 *           ASSENT_ERR_CRYPTO   the MAC failed */
int assent_image_signature_check(struct assent_span in, const uint8_t key[ASSENT_SHA256_BYTES],
                                 const struct assent_crypto *crypto);

#endif
