/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TESTS_UNIT_HTTP_TABLE_H
#define ASSENT_TESTS_UNIT_HTTP_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/span.h"

/* The rows of tests/http/requests.txt, whose format is described there. */
struct table_row {
    const char *class; /* number of the class, or "ok" */
    const char *name;
    const char *statuses; /* of the answers, in order, without interim ones */
    struct assent_span input;
};

/* All rows; read at the first call, exits the program if the file cannot be read.
 *   count  set to their number */
const struct table_row *table_rows(size_t *count);

#endif
