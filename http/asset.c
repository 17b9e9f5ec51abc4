/* SPDX-License-Identifier: MIT */
#include "http/asset.h"

#include "http/field.h"

/* Names of the codings in Accept-Encoding and Content-Encoding, and what they add to the tag. */
static const struct {
    struct assent_span name;
    const char *suffix;
} codings[ASSENT_CODING_COUNT] = {
    [ASSENT_CODING_BR] = {{(const uint8_t *)"br", 2}, "-br"},
    [ASSENT_CODING_GZIP] = {{(const uint8_t *)"gzip", 4}, "-gzip"},
    [ASSENT_CODING_IDENTITY] = {{(const uint8_t *)"identity", 8}, ""},
};

const struct assent_asset *assent_asset_find(const struct assent_asset *assets, size_t count,
                                             struct assent_span path)
{
    size_t low = 0;

    while (low < count) {
        size_t middle = low + (count - low) / 2;
        struct assent_span at = assets[middle].path;
        size_t common = at.len < path.len ? at.len : path.len;
        int order = common > 0 ? memcmp(path.ptr, at.ptr, common) : 0;

        if (order == 0 && at.len == path.len) {
            return &assets[middle];
        }
        if (order < 0 || (order == 0 && path.len < at.len)) {
            count = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

/* Walk the elements of a list field over all its lines.
 *   head     of assent_request_fields
 *   list     what is left of the present line; empty at first */
static bool next_element(struct assent_head *head, struct assent_span name,
                         struct assent_span *list, struct assent_span *element)
{
    struct assent_head_field field;

    while (!assent_field_next(list, element)) {
        do {
            if (assent_head_next(head, &field) != 1) {
                return false;
            }
        } while (!assent_span_equal_nocase(field.name, name));
        *list = field.value;
    }
    return true;
}

/* ---- coding ---------------------------------------------------------------------------------- */

void assent_asset_weigh(struct assent_head head, unsigned weights[ASSENT_CODING_COUNT])
{
    const struct assent_span field_name = ASSENT_SPAN("Accept-Encoding");
    struct assent_span list = {NULL, 0};
    struct assent_span element;
    bool named[ASSENT_CODING_COUNT] = {false};
    unsigned others = 0;
    bool star = false;

    memset(weights, 0, sizeof(weights[0]) * ASSENT_CODING_COUNT);
    while (next_element(&head, field_name, &list, &element)) {
        struct assent_span params;
        struct assent_span name = assent_field_main(element, &params);
        unsigned weight = assent_field_weight(params);

        if (assent_span_equal(name, ASSENT_SPAN("*"))) {
            others = weight;
            star = true;
        }
        if (assent_span_equal_nocase(name, ASSENT_SPAN("x-gzip"))) {
            name = codings[ASSENT_CODING_GZIP].name;
        }
        for (size_t i = 0; i < ASSENT_CODING_COUNT; i++) {
            if (assent_span_equal_nocase(name, codings[i].name)) {
                weights[i] = weight;
                named[i] = true;
            }
        }
    }
    for (size_t i = 0; i < ASSENT_CODING_COUNT; i++) {
        if (!named[i]) {
            weights[i] = others;
        }
    }
    /* Identity is acceptable unless it is excluded by name or by "*;q=0"; as the last choice. */
    if (!named[ASSENT_CODING_IDENTITY] && !star) {
        weights[ASSENT_CODING_IDENTITY] = 1;
    }
}

/* The coding to send, or ASSENT_CODING_COUNT if none will do. */
static size_t choose_coding(const struct assent_asset *asset, const struct assent_request *request)
{
    unsigned weights[ASSENT_CODING_COUNT];
    size_t best = ASSENT_CODING_COUNT;

    assent_asset_weigh(assent_request_fields(request), weights);
    for (size_t i = 0; i < ASSENT_CODING_COUNT; i++) {
        if (asset->content[i].ptr != NULL && weights[i] > 0 &&
            (best == ASSENT_CODING_COUNT || weights[i] > weights[best])) {
            best = i;
        }
    }
    return best;
}

static bool varies(const struct assent_asset *asset)
{
    return asset->content[ASSENT_CODING_BR].ptr != NULL ||
           asset->content[ASSENT_CODING_GZIP].ptr != NULL;
}

/* ---- conditions ------------------------------------------------------------------------------ */

static void write_tag(struct assent_writer *w, const struct assent_asset *asset, size_t coding)
{
    assent_writer_byte(w, '"');
    assent_writer_text(w, asset->tag);
    assent_writer_text(w, codings[coding].suffix);
    assent_writer_byte(w, '"');
}

/* Whether an entity tag of the client is ours. */
static bool is_tag(struct assent_span theirs, const struct assent_asset *asset, size_t coding,
                   bool weak)
{
    uint8_t text[ASSENT_ASSET_TAG + 10];
    struct assent_writer w = assent_writer(text, sizeof(text));

    if (weak && assent_span_starts(theirs, ASSENT_SPAN("W/"))) {
        theirs = assent_span_slice(theirs, 2, theirs.len);
    }
    write_tag(&w, asset, coding);
    return w.error == ASSENT_OK && assent_span_equal(theirs, assent_writer_span(&w));
}

/* Outcome of If-Match or If-None-Match (RFC 9110 s. 13.1): -1 there is no such field, else 0 or 1. */
static int match(const struct assent_request *request, struct assent_span name,
                 const struct assent_asset *asset, size_t coding, bool weak)
{
    struct assent_head head = assent_request_fields(request);
    struct assent_span list = {NULL, 0};
    struct assent_span element;
    int result = -1;

    while (result != 1 && next_element(&head, name, &list, &element)) {
        result =
            assent_span_equal(element, ASSENT_SPAN("*")) || is_tag(element, asset, coding, weak);
    }
    return result;
}

/* ---- range ----------------------------------------------------------------------------------- */

enum range { RANGE_NONE, RANGE_VALID, RANGE_UNSATISFIABLE };

/* One range of bytes (RFC 9110 s. 14.1.2). A field that is malformed or names several is ignored.
 *   from, to  set if valid: to is exclusive, from < to <= size */
static enum range read_range(struct assent_span value, uint64_t size, uint64_t *from, uint64_t *to)
{
    struct assent_span first;
    struct assent_span last;
    const uint8_t *dash;
    uint64_t number = 0;

    if (!assent_span_starts_nocase(value, ASSENT_SPAN("bytes="))) {
        return RANGE_NONE;
    }
    value = assent_span_trim(assent_span_slice(value, 6, value.len));
    dash = value.len > 0 ? memchr(value.ptr, '-', value.len) : NULL;
    if (dash == NULL) {
        return RANGE_NONE;
    }
    first = assent_span(value.ptr, (size_t)(dash - value.ptr));
    last = assent_span(dash + 1, value.len - first.len - 1);
    *to = size;
    if (last.len > 0 && assent_field_number(last, &number) != ASSENT_OK) {
        return RANGE_NONE;
    }
    if (first.len == 0) {
        /* the last so many bytes */
        *from = number < size ? size - number : 0;
        return last.len == 0            ? RANGE_NONE
               : number > 0 && size > 0 ? RANGE_VALID
                                        : RANGE_UNSATISFIABLE;
    }
    if (assent_field_number(first, from) != ASSENT_OK || (last.len > 0 && number < *from)) {
        return RANGE_NONE;
    }
    if (last.len > 0 && number < size) {
        *to = number + 1;
    }
    return *from < size ? RANGE_VALID : RANGE_UNSATISFIABLE;
}

static enum range find_range(const struct assent_asset *asset, const struct assent_request *request,
                             size_t coding, uint64_t *from, uint64_t *to)
{
    struct assent_span value;
    struct assent_span condition;
    int conditions = assent_request_field(request, ASSENT_SPAN("If-Range"), &condition);

    /* RFC 9110 s. 14.2: for GET alone. If-Range compares strongly, and dates are not kept here. */
    if (request->method != ASSENT_METHOD_GET ||
        assent_request_field(request, ASSENT_SPAN("Range"), &value) != 1 || conditions > 1 ||
        (conditions == 1 && !is_tag(condition, asset, coding, false))) {
        return RANGE_NONE;
    }
    return read_range(value, asset->content[coding].len, from, to);
}

/* ---- answer ---------------------------------------------------------------------------------- */

struct answer {
    const struct assent_asset *asset;
    struct assent_response *response;
    void (*extra)(void *context, struct assent_response *response);
    void *context;
    size_t coding;
};

/* Status line and the fields that 200, 206, 304 and 416 have in common (RFC 9110 s. 15.4.5). */
static void start(const struct answer *answer, unsigned status)
{
    struct assent_response *response = answer->response;

    assent_response_start(response, status);
    if (answer->extra != NULL) {
        answer->extra(answer->context, response);
    }
    if (varies(answer->asset)) {
        assent_response_text(response, "Vary", "Accept-Encoding");
    }
    if (status >= 400) {
        return;
    }
    write_tag(assent_response_open(response, "ETag"), answer->asset, answer->coding);
    assent_response_close(response);
    if (answer->asset->cache != NULL) {
        assent_response_text(response, "Cache-Control", answer->asset->cache);
    }
    if (status == 304) {
        return;
    }
    assent_response_text(response, "Content-Type", answer->asset->type);
    assent_response_text(response, "Accept-Ranges", "bytes");
    if (answer->coding != ASSENT_CODING_IDENTITY) {
        assent_response_field(response, ASSENT_SPAN("Content-Encoding"),
                              codings[answer->coding].name);
    }
}

static int refuse(const struct answer *answer, unsigned status)
{
    start(answer, status);
    return assent_response_empty(answer->response);
}

static int send_bytes(const struct answer *answer, uint64_t from, uint64_t to)
{
    struct assent_span content = answer->asset->content[answer->coding];

    content = assent_span_slice(content, (size_t)from, (size_t)to);
    if (assent_response_length(answer->response, content.len) == ASSENT_OK) {
        assent_response_borrow(answer->response, content);
        (void)assent_response_end(answer->response);
    }
    return answer->response->error;
}

/* Content-Range: bytes FROM-LAST/SIZE, or bytes STAR/SIZE */
static void write_range(const struct answer *answer, bool valid, uint64_t from, uint64_t to)
{
    struct assent_writer *w = assent_response_open(answer->response, "Content-Range");

    assent_writer_text(w, "bytes ");
    if (valid) {
        assent_writer_decimal(w, from);
        assent_writer_byte(w, '-');
        assent_writer_decimal(w, to - 1);
    } else {
        assent_writer_byte(w, '*');
    }
    assent_writer_byte(w, '/');
    assent_writer_decimal(w, answer->asset->content[answer->coding].len);
    assent_response_close(answer->response);
}

static int answer_content(const struct answer *answer, const struct assent_request *request)
{
    uint64_t from = 0;
    uint64_t to = answer->asset->content[answer->coding].len;
    enum range range = find_range(answer->asset, request, answer->coding, &from, &to);

    if (range == RANGE_NONE) {
        start(answer, 200);
        return send_bytes(answer, 0, answer->asset->content[answer->coding].len);
    }
    start(answer, range == RANGE_VALID ? 206 : 416);
    write_range(answer, range == RANGE_VALID, from, to);
    return range == RANGE_VALID ? send_bytes(answer, from, to)
                                : assent_response_empty(answer->response);
}

int assent_asset_answer(const struct assent_asset *asset, const struct assent_request *request,
                        struct assent_response *response,
                        void (*extra)(void *context, struct assent_response *response),
                        void *context)
{
    struct answer answer = {asset, response, extra, context, choose_coding(asset, request)};

    if (request->method == ASSENT_METHOD_OPTIONS) {
        assent_response_start(response, 204);
        assent_response_text(response, "Allow", "GET, HEAD, OPTIONS");
        return assent_response_empty(response);
    }
    if (request->method != ASSENT_METHOD_GET && request->method != ASSENT_METHOD_HEAD) {
        return assent_response_not_allowed(response, "GET, HEAD, OPTIONS");
    }
    if (answer.coding == ASSENT_CODING_COUNT) {
        return refuse(&answer, 406);
    }
    /* In the order of RFC 9110 s. 13.2.2. */
    if (match(request, ASSENT_SPAN("If-Match"), asset, answer.coding, false) == 0) {
        return refuse(&answer, 412);
    }
    if (match(request, ASSENT_SPAN("If-None-Match"), asset, answer.coding, true) == 1) {
        return refuse(&answer, 304);
    }
    return answer_content(&answer, request);
}
