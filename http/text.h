/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_TEXT_H
#define ASSENT_HTTP_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/seam.h"
#include "core/span.h"
#include "core/text_key.h"
#include "http/source.h"

/* An open text image. Borrowed: the image must stay where it is. */
struct assent_text {
    struct assent_span image;           /* of a source: its length alone */
    const struct assent_source *source; /* NULL: the image is in memory */
    uint8_t languages;                  /* 1..ASSENT_TEXT_LANGUAGES */
};

/* Bytes of a text that are looked at at a time; a placeholder is shorter. */
enum { ASSENT_TEXT_PIECE_BYTES = ASSENT_SOURCE_PIECE_BYTES };

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

/* Open a text image that is not in memory. Length, CRC-32 and every offset are checked, the rest is
 * taken as it was made. What cannot be read later counts as zeros, and the texts in it as empty.
 *   return  ASSENT_OK
 *           ASSENT_ERR_CORRUPT, ASSENT_ERR_VERSION  as assent_text_open
 *           those of the source */
int assent_text_open_source(struct assent_text *text, const struct assent_source *source);

/* Language tag at index 0..languages-1 (BCP 47); empty past the end. The image is in memory. */
struct assent_span assent_text_tag(const struct assent_text *text, unsigned language);

/* Whether the language is written from right to left. */
bool assent_text_rtl(const struct assent_text *text, unsigned language);

/* Index of the language with exactly the wanted tag, without regard to case.
 *   return  0..languages-1, or ASSENT_ERR_NOT_FOUND */
int assent_text_language(const struct assent_text *text, struct assent_span wanted);

/* One text; empty if language or key is out of range. The image is in memory. */
struct assent_span assent_text_get(const struct assent_text *text, unsigned language,
                                   enum assent_text_key key);

/* A text that is read piece by piece, wherever it lies. */
struct assent_text_words {
    const struct assent_text *text; /* NULL: in memory, at own */
    struct assent_span own;
    uint32_t at, end; /* what is left, in the image */
};

/* As assent_text_get, wherever the image lies. */
struct assent_text_words assent_text_words(const struct assent_text *text, unsigned language,
                                           enum assent_text_key key);

/* What is left of a text: all of it, or as much as fits into buffer. Used up with assent_text_words_skip.
 *   return  empty at the end; borrowed until buffer changes */
struct assent_span assent_text_words_look(const struct assent_text_words *words,
                                          uint8_t buffer[ASSENT_TEXT_PIECE_BYTES]);
void assent_text_words_skip(struct assent_text_words *words, size_t len);

#endif
