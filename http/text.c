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

static size_t tables_bytes(unsigned languages)
{
    return HEADER + (size_t)languages * (LANGUAGE + OFFSETS);
}

/* Bytes of the image: where they are in memory, or read into the buffer, as zeros if that fails. */
static const uint8_t *fetch(const struct assent_text *text, size_t at, uint8_t *buffer, size_t len)
{
    if (text->source == NULL) {
        return text->image.ptr + at;
    }
    if (text->source->read(text->source->ctx, (uint32_t)at, buffer, (uint32_t)len) != ASSENT_OK) {
        memset(buffer, 0, len);
    }
    return buffer;
}

static size_t row_at(unsigned language)
{
    return HEADER + (size_t)language * LANGUAGE;
}

static size_t offset_at(const struct assent_text *text, unsigned language, unsigned key)
{
    return row_at(text->languages) + (size_t)language * OFFSETS + 2U * key;
}

/* Whether len bytes at offset at lie in the pool, in memory between two characters of it too. */
static bool is_inside(const struct assent_text *text, size_t at, size_t len)
{
    size_t start = tables_bytes(text->languages);
    size_t bytes = text->image.len - start;

    return text->source != NULL
               ? at <= bytes && len <= bytes - at
               : assent_image_is_whole(assent_span_slice(text->image, start, text->image.len), at,
                                       len);
}

/* Offset and length in the pool of a text. */
static size_t find(const struct assent_text *text, unsigned language, unsigned key, size_t *len)
{
    uint8_t buffer[4];
    const uint8_t *offset = fetch(text, offset_at(text, language, key), buffer, sizeof(buffer));
    size_t from = assent_bytes_load16(offset);
    size_t to = assent_bytes_load16(offset + 2);

    *len = to - from;
    return from;
}

static bool language_is_sound(const struct assent_text *text, unsigned language)
{
    uint8_t buffer[LANGUAGE];
    const uint8_t *row = fetch(text, row_at(language), buffer, sizeof(buffer));

    if (row[2] == 0 || row[2] > ASSENT_TEXT_TAG_BYTES || row[3] > 1 ||
        !is_inside(text, assent_bytes_load16(row), row[2])) {
        return false;
    }
    for (unsigned key = 0; key < ASSENT_TEXT_COUNT; key++) {
        size_t len;
        size_t from = find(text, language, key, &len);

        if (!is_inside(text, from, len)) {
            return false;
        }
    }
    return true;
}

/* What follows the envelope, but for the characters of the pool. */
static int check_tables(struct assent_text *text)
{
    uint8_t buffer[HEADER];
    const uint8_t *p;
    size_t tables;

    if (text->image.len < HEADER) {
        return ASSENT_ERR_CORRUPT;
    }
    p = fetch(text, 0, buffer, sizeof(buffer));
    if (assent_bytes_load16(p + 50) != ASSENT_TEXT_COUNT) {
        return ASSENT_ERR_VERSION;
    }
    tables = tables_bytes(p[48]);
    if (p[48] == 0 || p[48] > ASSENT_TEXT_LANGUAGES || p[49] != 0 ||
        assent_bytes_load16(p + 52) != tables || tables > text->image.len ||
        assent_bytes_load16(p + 54) != 0) {
        return ASSENT_ERR_CORRUPT;
    }
    text->languages = p[48];
    return ASSENT_OK;
}

static int check_languages(const struct assent_text *text)
{
    for (unsigned i = 0; i < text->languages; i++) {
        if (!language_is_sound(text, i)) {
            return ASSENT_ERR_CORRUPT;
        }
    }
    return ASSENT_OK;
}

int assent_text_open(struct assent_text *text, struct assent_span image,
                     const struct assent_crypto *crypto)
{
    int error = assent_image_open(image, "ATXT", crypto, &text->image);

    text->source = NULL;
    if (error == ASSENT_OK) {
        error = check_tables(text);
    }
    if (error != ASSENT_OK) {
        return error;
    }
    return assent_image_is_text(
               assent_span_slice(text->image, tables_bytes(text->languages), text->image.len))
               ? check_languages(text)
               : ASSENT_ERR_CORRUPT;
}

int assent_text_open_source(struct assent_text *text, const struct assent_source *source)
{
    uint32_t length = 0;
    int error = assent_source_open(source, "ATXT", &length);

    text->source = source;
    text->image = assent_span(NULL, length);
    if (error == ASSENT_OK) {
        error = check_tables(text);
    }
    return error == ASSENT_OK ? check_languages(text) : error;
}

static struct assent_span tag(const struct assent_text *text, unsigned language,
                              uint8_t buffer[ASSENT_TEXT_TAG_BYTES])
{
    const uint8_t *row = fetch(text, row_at(language), buffer, LANGUAGE);
    size_t at = tables_bytes(text->languages) + assent_bytes_load16(row);
    size_t len = row[2];

    len = len < ASSENT_TEXT_TAG_BYTES ? len : ASSENT_TEXT_TAG_BYTES;
    return assent_span(fetch(text, at, buffer, len), len);
}

struct assent_span assent_text_tag(const struct assent_text *text, unsigned language)
{
    return language < text->languages && text->source == NULL ? tag(text, language, NULL)
                                                              : assent_span(NULL, 0);
}

bool assent_text_rtl(const struct assent_text *text, unsigned language)
{
    uint8_t buffer[LANGUAGE];

    return language < text->languages &&
           fetch(text, row_at(language), buffer, sizeof(buffer))[3] != 0;
}

int assent_text_language(const struct assent_text *text, struct assent_span wanted)
{
    uint8_t buffer[ASSENT_TEXT_TAG_BYTES];

    for (unsigned i = 0; i < text->languages; i++) {
        if (assent_span_equal_nocase(tag(text, i, buffer), wanted)) {
            return (int)i;
        }
    }
    return ASSENT_ERR_NOT_FOUND;
}

struct assent_text_words assent_text_words(const struct assent_text *text, unsigned language,
                                           enum assent_text_key key)
{
    struct assent_text_words words = {.text = NULL};
    size_t len;
    size_t at;

    if (language >= text->languages || (unsigned)key >= ASSENT_TEXT_COUNT) {
        return words;
    }
    at = find(text, language, (unsigned)key, &len);
    if (!is_inside(text, at, len)) {
        return words; /* the source failed */
    }
    at += tables_bytes(text->languages);
    if (text->source == NULL) {
        words.own = assent_span_slice(text->image, at, at + len);
    } else {
        words.text = text;
        words.at = (uint32_t)at;
        words.end = (uint32_t)(at + len);
    }
    return words;
}

struct assent_span assent_text_get(const struct assent_text *text, unsigned language,
                                   enum assent_text_key key)
{
    return assent_text_words(text, language, key).own;
}

struct assent_span assent_text_words_look(const struct assent_text_words *words,
                                          uint8_t buffer[ASSENT_TEXT_PIECE_BYTES])
{
    size_t len = words->end - words->at;

    if (words->text == NULL) {
        return words->own;
    }
    len = len < ASSENT_TEXT_PIECE_BYTES ? len : ASSENT_TEXT_PIECE_BYTES;
    return assent_span(fetch(words->text, words->at, buffer, len), len);
}

void assent_text_words_skip(struct assent_text_words *words, size_t len)
{
    words->own = assent_span_slice(words->own, len, words->own.len);
    words->at += (uint32_t)len;
}
