/* SPDX-License-Identifier: MIT */
/* The documents that policies were made from, as they are. Where the policy's image keeps one: compressed for
 * whoever takes that, unpacked for others. Where the device keeps it beside the image: piece by piece. Their
 * SHA-256 stands in the policy, and its first half in every consent record. */
#include "core/bytes.h"
#include "http/asset.h"
#include "http/inflate.h"
#include "http/page.h"

#define TYPE "text/plain; charset=utf-8"

enum { PIECE_BYTES = 512 };

/* ---- kept in the image ---- */

/* The document of the visit, unpacked. part is its row. */
static int write_plain(const struct assent_visit *visit, struct assent_writer *w)
{
    struct assent_policy_document document;
    int len = assent_policy_document(visit->policy, visit->part, &document);

    if (len == ASSENT_OK) {
        len = assent_inflate(assent_policy_content(visit->policy, &document), w->ptr + w->len,
                             w->cap - w->len);
    }
    w->len += len > 0 ? (size_t)len : 0;
    return len > 0 ? ASSENT_OK : len;
}

static void send_coded(const struct assent_visit *visit, struct assent_response *response,
                       struct assent_span content)
{
    assent_page_document_fields(visit, response, TYPE, NULL);
    assent_response_text(response, "Content-Encoding", "gzip");
    if (assent_response_length(response, content.len) == ASSENT_OK) {
        assent_response_borrow(response, content);
        (void)assent_response_end(response);
    }
}

/* Whether there is room to unpack a member: its length stands at its end (RFC 1952 s. 2.3.1). */
static bool fits(struct assent_span content)
{
    return content.len > 4 &&
           assent_bytes_load32(content.ptr + content.len - 4) <= ASSENT_APP_SCRATCH_BYTES;
}

/* ---- kept beside the image ---- */

static int find_beside(const struct assent_visit *visit,
                       const struct assent_policy_document *document,
                       struct assent_documents_text *text)
{
    return assent_documents_find(visit->app->documents, document->digest, text);
}

/* A piece of the document of the visit. part is its row, next an offset in it. */
static bool write_piece(const struct assent_visit *visit, struct assent_writer *w, uint32_t *next)
{
    struct assent_policy_document document;
    struct assent_documents_text text = {0, 0};
    uint32_t len;

    w->error = assent_policy_document(visit->policy, visit->part, &document);
    if (w->error == ASSENT_OK) {
        w->error = find_beside(visit, &document, &text);
    }
    if (w->error != ASSENT_OK) {
        return true; /* it ends the connection */
    }
    if (*next >= text.len) {
        return false;
    }
    len = text.len - *next < PIECE_BYTES ? text.len - *next : PIECE_BYTES;
    w->error = assent_documents_read(visit->app->documents, &text, *next, w->ptr, len);
    w->len = len;
    *next += len;
    return true;
}

static void send_pieces(struct assent_visit *visit, struct assent_response *response, uint32_t len)
{
    visit->stream = write_piece;
    visit->index = 0;
    visit->offset = 0;
    assent_page_document_fields(visit, response, TYPE, NULL);
    (void)assent_response_length(response, len);
}

/* ---- which ---- */

bool assent_page_has_text(const struct assent_visit *visit,
                          const struct assent_policy_document *document)
{
    struct assent_documents_text text;

    return document->content_bytes > 0 || find_beside(visit, document, &text) == ASSENT_OK;
}

static bool find(struct assent_visit *visit, struct assent_span file,
                 struct assent_policy_document *document)
{
    for (unsigned i = 0;
         i <= UINT8_MAX && assent_policy_document(visit->policy, i, document) == ASSENT_OK; i++) {
        if (assent_span_equal(document->file, file)) {
            visit->part = (uint8_t)i;
            return assent_page_has_text(visit, document);
        }
    }
    return false;
}

void assent_page_text(struct assent_visit *visit, struct assent_response *response,
                      struct assent_span file)
{
    struct assent_policy_document document;
    struct assent_documents_text text;
    struct assent_span content;
    unsigned weights[ASSENT_CODING_COUNT];
    unsigned gzip;
    unsigned plain;

    if (!find(visit, file, &document)) {
        (void)assent_response_problem(response, 404, NULL);
        return;
    }
    assent_asset_weigh(visit->request.fields, weights);
    gzip = weights[ASSENT_CODING_GZIP];
    plain = weights[ASSENT_CODING_IDENTITY];
    content = assent_policy_content(visit->policy, &document);
    if (content.len > 0 && gzip > 0 && (gzip >= plain || !fits(content))) {
        send_coded(visit, response, content);
    } else if (content.len > 0 && plain > 0 && fits(content)) {
        assent_page_document(visit, response, TYPE, write_plain, NULL);
    } else if (plain > 0 && find_beside(visit, &document, &text) == ASSENT_OK) {
        send_pieces(visit, response, text.len);
    } else {
        (void)assent_response_problem(response, 406,
                                      "This text is not kept in a coding that you take.");
    }
}
