/* SPDX-License-Identifier: MIT */
/* Pages: with tagged scripts aside nothing is lost or added, events come once and in order, and cuts and
 * the room for output make no difference. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/consent.h"
#include "http/insert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct result {
    uint8_t *ptr;
    size_t len;
    size_t start; /* where the notice came; SIZE_MAX: nowhere */
    size_t end;
    uint32_t hosts; /* sum over what was found */
};

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void found(void *ctx, struct assent_span host)
{
    struct result *result = ctx;

    require(host.len >= 1 && host.len < ASSENT_INSERT_HOST_BYTES);
    require(memchr(host.ptr, '.', host.len) != NULL);
    for (size_t i = 0; i < host.len; i++) {
        require(assent_span_lower(host.ptr[i]) == host.ptr[i] && host.ptr[i] > ' ');
        result->hosts = result->hosts * 31 + host.ptr[i];
    }
}

static void drain(struct assent_insert *insert, struct assent_span in, size_t room,
                  struct result *result)
{
    struct assent_span out;
    enum assent_insert_event event;

    while ((event = assent_insert_next(insert, &in, room, &out)) != ASSENT_INSERT_MORE) {
        if (event == ASSENT_INSERT_START) {
            require(result->start == SIZE_MAX && result->end == SIZE_MAX);
            result->start = result->len;
        } else if (event == ASSENT_INSERT_END) {
            require(result->start != SIZE_MAX && result->end == SIZE_MAX);
            result->end = result->len;
        } else {
            require(out.len > 0 && out.len <= room);
            memcpy(result->ptr + result->len, out.ptr, out.len);
            result->len += out.len;
        }
    }
    require(in.len == 0);
}

static struct result run(const uint8_t *data, size_t size, size_t piece, size_t room,
                         uint8_t allowed, bool page)
{
    struct result result = {malloc(2 * size + 1), 0, SIZE_MAX, SIZE_MAX, 0};
    struct assent_insert insert;

    require(result.ptr != NULL);
    assent_insert_init(&insert, allowed, page);
    insert.host.found = found;
    insert.host.ctx = &result;
    for (size_t at = 0; at < size; at += piece) {
        size_t len = piece < size - at ? piece : size - at;
        uint8_t *copy = malloc(len + 1); /* in memory of exactly this length */

        require(copy != NULL);
        memcpy(copy + 1, data + at, len);
        drain(&insert, assent_span(copy + 1, len), room, &result);
        free(copy);
    }
    assent_insert_end(&insert);
    drain(&insert, assent_span(NULL, 0), room, &result);
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool page = size > 0 && (data[0] & 1) != 0;
    const uint8_t all = ASSENT_TIERS_ESSENTIAL | ASSENT_TIER_BIT(ASSENT_TIER_ANALYTICS) |
                        ASSENT_TIER_BIT(ASSENT_TIER_ADVERTISING);
    struct result plain = run(data, size, size + 1, size + 1, ASSENT_TIERS_ESSENTIAL, page);
    struct result whole = run(data, size, size + 1, size + 1, all, page);
    struct result bytes = run(data, size, 1, 1, all, page);
    struct result pieces = run(data, size, 7, 3, all, page);

    require(plain.len == size && (size == 0 || memcmp(plain.ptr, data, size) == 0));
    require(whole.len >= size);
    require(bytes.len == whole.len && pieces.len == whole.len);
    require(memcmp(bytes.ptr, whole.ptr, whole.len) == 0);
    require(memcmp(pieces.ptr, whole.ptr, whole.len) == 0);
    require(bytes.hosts == whole.hosts && pieces.hosts == whole.hosts);
    require(plain.hosts == whole.hosts);
    require(bytes.start == whole.start && bytes.end == whole.end);
    require(pieces.start == whole.start && pieces.end == whole.end);
    free(plain.ptr);
    free(whole.ptr);
    free(bytes.ptr);
    free(pieces.ptr);
    return 0;
}
