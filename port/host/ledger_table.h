/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_HOST_LEDGER_TABLE_H
#define ASSENT_PORT_HOST_LEDGER_TABLE_H

#include "core/ledger.h"

/* A ledger in memory of the caller's, for hosts without flash and for tests. When it is full, new
 * tuples are refused. */
struct assent_ledger_table {
    uint8_t *ptr; /* encoded tuples, one behind the other */
    size_t cap;
    size_t len;
};

/* The operations on such a table; the table is borrowed. */
struct assent_ledger assent_ledger_table_open(struct assent_ledger_table *table);

#endif
