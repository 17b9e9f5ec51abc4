/* SPDX-License-Identifier: MIT */
/* The image of documents. After the envelope of core/image.h, magic "ADOC":
 *
 *   offset  bytes  field
 *       48      2  documents
 *       50      2  0
 *       52   36*n  for each: SHA-256 of its text (32), where the text starts, from the start of the image
 *                  (2), its length (2)
 *        -      -  the texts, as they are */
#include "http/documents.h"

#include "core/bytes.h"
#include "core/error.h"
#include "core/image.h"
#include "core/seam.h"

enum { COUNT_AT = ASSENT_IMAGE_BODY, ROWS_AT = COUNT_AT + 4, PLACE_AT = ASSENT_SHA256_BYTES };
enum { ROW_BYTES = PLACE_AT + 4 };

static int read_row(const struct assent_documents *documents, unsigned index,
                    uint8_t row[ROW_BYTES])
{
    const struct assent_source *source = documents->source;

    return source->read(source->ctx, ROWS_AT + (uint32_t)index * ROW_BYTES, row, ROW_BYTES);
}

static struct assent_documents_text place_of(const uint8_t row[ROW_BYTES])
{
    return (struct assent_documents_text){assent_bytes_load16(row + PLACE_AT),
                                          assent_bytes_load16(row + PLACE_AT + 2)};
}

/* Whether every text lies behind the rows and within the image. */
static int check_rows(const struct assent_documents *documents)
{
    uint32_t start = ROWS_AT + (uint32_t)documents->count * ROW_BYTES;
    int error = start <= documents->length ? ASSENT_OK : ASSENT_ERR_CORRUPT;

    for (unsigned i = 0; i < documents->count && error == ASSENT_OK; i++) {
        uint8_t row[ROW_BYTES];
        struct assent_documents_text text;

        error = read_row(documents, i, row);
        text = place_of(row);
        if (error == ASSENT_OK && (text.at < start || text.at > documents->length ||
                                   text.len > documents->length - text.at)) {
            error = ASSENT_ERR_CORRUPT;
        }
    }
    return error;
}

int assent_documents_open(struct assent_documents *documents, const struct assent_source *source)
{
    uint8_t head[ROWS_AT - COUNT_AT] = {0};
    int error = assent_source_open(source, "ADOC", &documents->length);

    if (error == ASSENT_OK) {
        error = documents->length >= ROWS_AT
                    ? source->read(source->ctx, COUNT_AT, head, sizeof(head))
                    : ASSENT_ERR_CORRUPT;
    }
    documents->source = source;
    documents->count = assent_bytes_load16(head);
    if (error == ASSENT_OK && assent_bytes_load16(head + 2) != 0) {
        error = ASSENT_ERR_CORRUPT;
    }
    return error == ASSENT_OK ? check_rows(documents) : error;
}

int assent_documents_find(const struct assent_documents *documents, struct assent_span digest,
                          struct assent_documents_text *text)
{
    for (unsigned i = 0; documents != NULL && i < documents->count; i++) {
        uint8_t row[ROW_BYTES];
        int error = read_row(documents, i, row);

        if (error != ASSENT_OK) {
            return error;
        }
        if (assent_span_equal(digest, assent_span(row, ASSENT_SHA256_BYTES))) {
            *text = place_of(row);
            return ASSENT_OK;
        }
    }
    return ASSENT_ERR_NOT_FOUND;
}

int assent_documents_read(const struct assent_documents *documents,
                          const struct assent_documents_text *text, uint32_t from, uint8_t *out,
                          uint32_t len)
{
    const struct assent_source *source = documents->source;

    return source->read(source->ctx, text->at + from, out, len);
}
