/* SPDX-License-Identifier: MIT */
/* The text image. After the envelope of core/image.h, magic "ATXT":
 *
 *   offset  bytes  field
 *       48      1  languages, 1..16
 *       49      1  0
 *       50      2  texts per language, ASSENT_TEXT_COUNT
 *       52      2  where the pool starts, from the start of the image
 *       54      2  0
 *       56    4*n  for each language: offset (2) and length (1) of its tag in the pool, direction (1):
 *                  0 left to right, 1 right to left
 *        -      -  for each language: ASSENT_TEXT_COUNT + 1 offsets (2) into the pool, none smaller
 *                  than the one before; text k lies between offset k and offset k+1
 *        -      -  the pool: UTF-8 without control characters, up to the end of the image
 *
 * The parts follow each other without gaps. */
#include "http/text.h"

#include "core/bytes.h"
#include "core/image.h"

enum { HEADER = 56, LANGUAGE = 4, OFFSETS = (ASSENT_TEXT_COUNT + 1) * 2 };

static struct assent_span pool(const struct assent_text *text)
{
    return assent_span_slice(text->image, assent_bytes_load16(text->image.ptr + 52),
                             text->image.len);
}

static const uint8_t *language_row(const struct assent_text *text, unsigned language)
{
    return text->image.ptr + HEADER + language * LANGUAGE;
}

static const uint8_t *offsets(const struct assent_text *text, unsigned language)
{
    return language_row(text, text->languages) + language * OFFSETS;
}

static bool language_is_sound(const struct assent_text *text, unsigned language)
{
    struct assent_span words = pool(text);
    const uint8_t *row = language_row(text, language);
    const uint8_t *offset = offsets(text, language);

    if (row[2] == 0 || row[2] > ASSENT_TEXT_TAG_BYTES || row[3] > 1 ||
        !assent_image_is_whole(words, assent_bytes_load16(row), row[2])) {
        return false;
    }
    for (unsigned key = 0; key < ASSENT_TEXT_COUNT; key++) {
        size_t from = assent_bytes_load16(offset + 2U * key);
        size_t to = assent_bytes_load16(offset + 2U * key + 2U);

        if (to < from || !assent_image_is_whole(words, from, to - from)) {
            return false;
        }
    }
    return true;
}

int assent_text_open(struct assent_text *text, struct assent_span image,
                     const struct assent_crypto *crypto)
{
    int error = assent_image_open(image, "ATXT", crypto, &text->image);
    const uint8_t *p;
    size_t tables;

    if (error != ASSENT_OK) {
        return error;
    }
    if (text->image.len < HEADER) {
        return ASSENT_ERR_CORRUPT;
    }
    p = text->image.ptr;
    if (assent_bytes_load16(p + 50) != ASSENT_TEXT_COUNT) {
        return ASSENT_ERR_VERSION;
    }
    tables = HEADER + (size_t)p[48] * (LANGUAGE + OFFSETS);
    if (p[48] == 0 || p[48] > ASSENT_TEXT_LANGUAGES || p[49] != 0 ||
        assent_bytes_load16(p + 52) != tables || tables > text->image.len ||
        assent_bytes_load16(p + 54) != 0) {
        return ASSENT_ERR_CORRUPT;
    }
    text->languages = p[48];
    if (!assent_image_is_text(pool(text))) {
        return ASSENT_ERR_CORRUPT;
    }
    for (unsigned i = 0; i < text->languages; i++) {
        if (!language_is_sound(text, i)) {
            return ASSENT_ERR_CORRUPT;
        }
    }
    return ASSENT_OK;
}

struct assent_span assent_text_tag(const struct assent_text *text, unsigned language)
{
    const uint8_t *row = language_row(text, language);
    size_t at;

    if (language >= text->languages) {
        return assent_span(NULL, 0);
    }
    at = assent_bytes_load16(row);
    return assent_span_slice(pool(text), at, at + row[2]);
}

bool assent_text_rtl(const struct assent_text *text, unsigned language)
{
    return language < text->languages && language_row(text, language)[3] != 0;
}

int assent_text_language(const struct assent_text *text, struct assent_span tag)
{
    for (unsigned i = 0; i < text->languages; i++) {
        if (assent_span_equal_nocase(assent_text_tag(text, i), tag)) {
            return (int)i;
        }
    }
    return ASSENT_ERR_NOT_FOUND;
}

struct assent_span assent_text_get(const struct assent_text *text, unsigned language,
                                   enum assent_text_key key)
{
    const uint8_t *offset;

    if (language >= text->languages || (unsigned)key >= ASSENT_TEXT_COUNT) {
        return assent_span(NULL, 0);
    }
    offset = offsets(text, language) + 2U * (unsigned)key;
    return assent_span_slice(pool(text), assent_bytes_load16(offset),
                             assent_bytes_load16(offset + 2));
}
