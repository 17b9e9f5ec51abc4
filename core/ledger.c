/* SPDX-License-Identifier: MIT */
#include "core/ledger.h"

enum { FLAG_SECURE = 1, FLAG_PARTITIONED = 2, HEADER_BYTES = 4 };

int assent_ledger_encode(const struct assent_ledger_tuple *tuple,
                         uint8_t out[ASSENT_LEDGER_TUPLE_BYTES])
{
    const struct assent_span parts[3] = {tuple->name, tuple->domain, tuple->path};
    size_t len = HEADER_BYTES;

    out[0] =
        (uint8_t)((tuple->secure ? FLAG_SECURE : 0) | (tuple->partitioned ? FLAG_PARTITIONED : 0));
    for (size_t i = 0; i < 3; i++) {
        if (parts[i].len > 255 || parts[i].len > ASSENT_LEDGER_TUPLE_BYTES - len) {
            return ASSENT_ERR_LIMIT;
        }
        out[1 + i] = (uint8_t)parts[i].len;
        for (size_t k = 0; k < parts[i].len; k++) {
            out[len++] = i == 1 ? assent_span_lower(parts[i].ptr[k]) : parts[i].ptr[k];
        }
    }
    return (int)len;
}

int assent_ledger_decode(struct assent_span bytes, struct assent_ledger_tuple *tuple)
{
    size_t name_end;
    size_t domain_end;
    size_t path_end;

    if (bytes.len < HEADER_BYTES || bytes.ptr[0] > (FLAG_SECURE | FLAG_PARTITIONED)) {
        return ASSENT_ERR_CORRUPT;
    }
    name_end = HEADER_BYTES + (size_t)bytes.ptr[1];
    domain_end = name_end + bytes.ptr[2];
    path_end = domain_end + bytes.ptr[3];
    if (path_end > bytes.len || path_end == domain_end || bytes.ptr[domain_end] != '/') {
        return ASSENT_ERR_CORRUPT;
    }
    tuple->secure = (bytes.ptr[0] & FLAG_SECURE) != 0;
    tuple->partitioned = (bytes.ptr[0] & FLAG_PARTITIONED) != 0;
    tuple->name = assent_span_slice(bytes, HEADER_BYTES, name_end);
    tuple->domain = assent_span_slice(bytes, name_end, domain_end);
    tuple->path = assent_span_slice(bytes, domain_end, path_end);
    return (int)path_end;
}
