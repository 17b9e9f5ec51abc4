/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_TEXT_H
#define ASSENT_HTTP_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/seam.h"
#include "core/span.h"
#include "core/text_key.h"

/* An open text image. Borrowed: the image must stay where it is. */
struct assent_text {
    struct assent_span image;
    uint8_t languages; /* 1..ASSENT_TEXT_LANGUAGES */
};

/* Open a text image. Every offset and text is checked here, so that the other functions of this
 * file need not fail.
 *   image   the whole image; may be followed by anything
 *   crypto  checks the SHA-256 too; NULL: CRC-32 only
 *   return  ASSENT_OK
 *           ASSENT_ERR_CORRUPT  magic, length, checksum, offset or text is wrong
 *           ASSENT_ERR_VERSION  made for another version, or for another set of keys
 *           ASSENT_ERR_CRYPTO   the hash function failed */
int assent_text_open(struct assent_text *text, struct assent_span image,
                     const struct assent_crypto *crypto);

/* Language tag at index 0..languages-1 (BCP 47); empty past the end. */
struct assent_span assent_text_tag(const struct assent_text *text, unsigned language);

/* Whether the language is written from right to left. */
bool assent_text_rtl(const struct assent_text *text, unsigned language);

/* Index of the language with exactly this tag, without regard to case.
 *   return  0..languages-1, or ASSENT_ERR_NOT_FOUND */
int assent_text_language(const struct assent_text *text, struct assent_span tag);

/* One text; empty if language or key is out of range. */
struct assent_span assent_text_get(const struct assent_text *text, unsigned language,
                                   enum assent_text_key key);

#endif
