/* SPDX-License-Identifier: MIT */
#include "port/host/ledger_table.h"

#include <string.h>

#include "core/error.h"

static int table_next(void *ctx, uint32_t *cursor, uint8_t buffer[ASSENT_LEDGER_TUPLE_BYTES],
                      struct assent_ledger_tuple *tuple)
{
    const struct assent_ledger_table *table = ctx;
    int len;

    (void)buffer;
    if (*cursor >= table->len) {
        return ASSENT_ERR_NOT_FOUND;
    }
    len = assent_ledger_decode(assent_span(table->ptr + *cursor, table->len - *cursor), tuple);
    if (len < 0) {
        return ASSENT_ERR_NOT_FOUND;
    }
    *cursor += (uint32_t)len;
    return ASSENT_OK;
}

static int table_learn(void *ctx, const struct assent_ledger_tuple *tuple)
{
    struct assent_ledger_table *table = ctx;
    struct assent_ledger_tuple known;
    uint8_t bytes[ASSENT_LEDGER_TUPLE_BYTES];
    int len = assent_ledger_encode(tuple, bytes);
    size_t at = 0;

    if (len < 0) {
        return len;
    }
    while (at < table->len) {
        struct assent_span rest = assent_span(table->ptr + at, table->len - at);
        int known_len = assent_ledger_decode(rest, &known);

        if (known_len < 0) {
            return ASSENT_ERR_CORRUPT;
        }
        if (known_len == len && memcmp(rest.ptr, bytes, (size_t)len) == 0) {
            return ASSENT_OK;
        }
        at += (size_t)known_len;
    }
    if ((size_t)len > table->cap - table->len) {
        return ASSENT_ERR_FULL;
    }
    memcpy(table->ptr + table->len, bytes, (size_t)len);
    table->len += (size_t)len;
    return ASSENT_OK;
}

struct assent_ledger assent_ledger_table_open(struct assent_ledger_table *table)
{
    struct assent_ledger ledger = {table, table_learn, table_next};

    return ledger;
}
