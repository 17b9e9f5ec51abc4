/* SPDX-License-Identifier: MIT */
#include "tests/unit/http_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TABLE "tests/http/requests.txt"

enum { ROWS = 400, TEXT = 1 << 17, BYTES = 1 << 20 };

static struct table_row rows[ROWS];
static char text[TEXT];
static uint8_t bytes[BYTES];

static void stop(const char *why, const char *where)
{
    fprintf(stderr, TABLE ": %s: %.60s\n", why, where);
    exit(1);
}

/* Undo one escape or copy one byte.
 *   from  moved behind it */
static uint8_t take_byte(const char **from)
{
    const char *at = *from;
    unsigned value;
    int used = 0;

    if (sscanf(at, "\\x%2x%n", &value, &used) == 1 && used == 4) {
        *from += 4;
        return (uint8_t)value;
    }
    if (at[0] == '\\' && at[1] != '\0') {
        *from += 2;
        return at[1] == 'r' ? '\r' : at[1] == 'n' ? '\n' : at[1] == 't' ? '\t' : (uint8_t)at[1];
    }
    *from += 1;
    return (uint8_t)at[0];
}

/* Undo the escapes and repeats of one request. */
static size_t unescape(const char *from, uint8_t *to, size_t cap)
{
    static const char next[] = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";
    size_t len = 0;
    size_t piece = 0;   /* where the text to repeat begins */
    unsigned count = 0; /* how often; 0: none is open */

    while (*from != '\0') {
        unsigned number;
        int used = 0;

        if (len + sizeof(next) > cap) {
            stop("too much", from);
        }
        if (sscanf(from, "{%u*%n", &number, &used) == 1 && used > 0) {
            count = number;
            piece = len;
            from += used;
        } else if (*from == '}' && count > 0) {
            size_t one = len - piece;

            if (one * count > cap - piece) {
                stop("too much", from);
            }
            for (; count > 1; count--, len += one) {
                memcpy(to + len, to + piece, one);
            }
            count = 0;
            from++;
        } else if (strncmp(from, "{next}", 6) == 0) {
            memcpy(to + len, next, sizeof(next) - 1);
            len += sizeof(next) - 1;
            from += 6;
        } else {
            to[len++] = take_byte(&from);
        }
    }
    return len;
}

static size_t load(void)
{
    FILE *file = fopen(TABLE, "rb");
    size_t len = file != NULL ? fread(text, 1, sizeof(text) - 1, file) : 0;
    size_t used = 0;
    size_t count = 0;
    char *line = text;

    if (len == 0 || len == sizeof(text) - 1) {
        stop("cannot be read (tests run from the top of the tree)", "");
    }
    fclose(file);
    while (line != NULL && *line != '\0') {
        char *next = strchr(line, '\n');
        char *fields[4] = {line, NULL, NULL, NULL};

        if (next != NULL) {
            *next++ = '\0';
        }
        if (*line != '\0' && *line != '#') {
            for (size_t i = 1; i < 4; i++) {
                fields[i] = strchr(fields[i - 1], '|');
                if (fields[i] == NULL || count == ROWS) {
                    stop("not a row", line);
                }
                *fields[i]++ = '\0';
            }
            rows[count] = (struct table_row){fields[0], fields[2], fields[1], {bytes + used, 0}};
            rows[count].input.len = unescape(fields[3], bytes + used, BYTES - used);
            used += rows[count].input.len;
            count++;
        }
        line = next;
    }
    return count;
}

const struct table_row *table_rows(size_t *count)
{
    static size_t loaded;

    if (loaded == 0) {
        loaded = load();
    }
    *count = loaded;
    return rows;
}
