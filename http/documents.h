/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_DOCUMENTS_H
#define ASSENT_HTTP_DOCUMENTS_H

#include <stdint.h>

#include "core/span.h"
#include "http/source.h"

/* The full text of documents for devices whose policy images leave it out, since they lie in memory: an image
 * of its own, made by `assent policy documents`, in a flash that is read piece by piece. A text is found
 * by the SHA-256 that stands in the policy: texts of another revision are not found. */

/* An open image. */
struct assent_documents {
    const struct assent_source *source; /* borrowed */
    uint32_t length;                    /* of the image */
    uint16_t count;
};

/* Where a text lies in the image. */
struct assent_documents_text {
    uint32_t at, len;
};

/* Open an image. Its CRC-32 and all places in it are checked here.
 *   return  ASSENT_OK
 *           ASSENT_ERR_CORRUPT, ASSENT_ERR_VERSION and those of the source, as assent_source_open */
int assent_documents_open(struct assent_documents *documents, const struct assent_source *source);

/* Find a text.
 *   documents  NULL: there are none
 *   digest     SHA-256 of the text
 *   return     ASSENT_OK; ASSENT_ERR_NOT_FOUND; those of the source */
int assent_documents_find(const struct assent_documents *documents, struct assent_span digest,
                          struct assent_documents_text *text);

/* Read len bytes of a text from the offset from on; both lie in it.
 *   return  ASSENT_OK; those of the source */
int assent_documents_read(const struct assent_documents *documents,
                          const struct assent_documents_text *text, uint32_t from, uint8_t *out,
                          uint32_t len);

#endif
