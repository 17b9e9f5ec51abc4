/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_ASSET_H
#define ASSENT_HTTP_ASSET_H

#include <stddef.h>

#include "core/span.h"
#include "http/request.h"
#include "http/response.h"

/* Files that are part of the program: constant memory, sent from where they lie. */

/* Content codings an asset can be kept in; the best first where a client has no preference. */
enum assent_coding { ASSENT_CODING_BR, ASSENT_CODING_GZIP, ASSENT_CODING_IDENTITY };
#define ASSENT_CODING_COUNT 3

#define ASSENT_ASSET_TAG 64 /* greatest length of a tag, bytes */

struct assent_asset {
    struct assent_span path; /* decoded, begins with '/' */
    const char *type;        /* Content-Type */
    const char *cache;       /* Cache-Control; NULL: none */
    const char *tag;         /* of the identity form, without quotes: letters and digits. The tag of
                                   a coded form has "-gzip" or "-br" appended */
    struct assent_span content[ASSENT_CODING_COUNT]; /* ptr NULL: not kept in this coding */
};

/* Find an asset.
 *   assets  count of them, sorted by path as bytes
 *   path    decoded (assent_target_decode)
 *   return  NULL if there is none */
const struct assent_asset *assent_asset_find(const struct assent_asset *assets, size_t count,
                                             struct assent_span path);

/* How much a client wants each coding, in thousandths; 0: not at all (RFC 9110 s. 12.5.3).
 *   head  fields of the request, as assent_request_fields */
void assent_asset_weigh(struct assent_head head, unsigned weights[ASSENT_CODING_COUNT]);

/* Answer a request for an asset: GET and HEAD; OPTIONS with 204; others with 405. Chooses the coding
 * by Accept-Encoding (RFC 9110 s. 12.5.3; 406 if none will do), then evaluates If-Match, If-None-Match
 * and If-Range with Range (s. 13.2.2, 14.2): 200, 206 for one range, 304, 412, 416. Several ranges
 * are answered whole. Sends ETag, Accept-Ranges, and Vary if there is more than one coding.
 *   response  in state ASSENT_RESPONSE_READY
 *   extra     called after the start line to add fields, such as Content-Security-Policy; NULL: none
 *   return    ASSENT_OK, or the latched error of the response */
int assent_asset_answer(const struct assent_asset *asset, const struct assent_request *request,
                        struct assent_response *response,
                        void (*extra)(void *context, struct assent_response *response),
                        void *context);

#endif
