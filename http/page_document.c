/* SPDX-License-Identifier: MIT */
/* The documents that policies were made from, as they are: compressed for whoever takes that, unpacked for
 * others. Their SHA-256 stands in the policy, and its first half in every consent record. */
#include "core/bytes.h"
#include "http/asset.h"
#include "http/inflate.h"
#include "http/page.h"

/* The document of the visit, unpacked. index is its row. */
static int write_plain(const struct assent_visit *visit, struct assent_writer *w)
{
    struct assent_policy_document document;
    int len = assent_policy_document(visit->policy, visit->index, &document);

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
    assent_page_document_fields(visit, response, "text/plain; charset=utf-8", NULL);
    assent_response_text(response, "Content-Encoding", "gzip");
    if (assent_response_length(response, content.len) == ASSENT_OK) {
        assent_response_borrow(response, content);
        (void)assent_response_end(response);
    }
}

static bool find(struct assent_visit *visit, struct assent_span file,
                 struct assent_policy_document *document)
{
    for (visit->index = 0;
         assent_policy_document(visit->policy, visit->index, document) == ASSENT_OK;
         visit->index++) {
        if (assent_span_equal(document->file, file)) {
            return document->content_bytes > 0;
        }
    }
    return false;
}

/* Whether there is room to unpack a member: its length stands at its end (RFC 1952 s. 2.3.1). */
static bool fits(struct assent_span content)
{
    return content.len > 4 &&
           assent_bytes_load32(content.ptr + content.len - 4) <= ASSENT_APP_SCRATCH_BYTES;
}

void assent_page_text(struct assent_visit *visit, struct assent_response *response,
                      struct assent_span file)
{
    struct assent_policy_document document;
    unsigned weights[ASSENT_CODING_COUNT];
    unsigned gzip;
    unsigned plain;

    if (!find(visit, file, &document)) {
        (void)assent_response_problem(response, 404, NULL);
        return;
    }
    assent_asset_weigh(visit->request.fields, weights);
    gzip = weights[ASSENT_CODING_GZIP];
    plain =
        fits(assent_policy_content(visit->policy, &document)) ? weights[ASSENT_CODING_IDENTITY] : 0;
    if (gzip > 0 && gzip >= plain) {
        send_coded(visit, response, assent_policy_content(visit->policy, &document));
        return;
    }
    if (plain > 0) {
        assent_page_document(visit, response, "text/plain; charset=utf-8", write_plain, NULL);
        return;
    }
    (void)assent_response_problem(
        response, 406, "This text can be had by gzip, or unpacked if it is short enough.");
}
