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

/* Undo the escapes of one request. */
static size_t unescape(const char *from, uint8_t *to, size_t cap)
{
    size_t len = 0;

    while (*from != '\0') {
        unsigned value;
        unsigned count;
        int used = 0;

        if (cap - len < 70000) {
            stop("too much", from);
        }
        if (sscanf(from, "\\x%2x%n", &value, &used) == 1 && used == 4) {
            to[len++] = (uint8_t)value;
            from += used;
        } else if (from[0] == '\\' && from[1] != '\0') {
            to[len++] = from[1] == 'r'   ? '\r'
                        : from[1] == 'n' ? '\n'
                        : from[1] == 't' ? '\t'
                                         : '\\';
            from += 2;
        } else if (sscanf(from, "{%u*%n", &count, &used) == 1 && used > 0 && count <= 60000) {
            /* {COUNT*TEXT} repeats TEXT, which may have escapes but no braces */
            char piece[64];
            size_t piece_len = strcspn(from + used, "}");
            size_t one;

            if (piece_len >= sizeof(piece) || from[used + (int)piece_len] != '}') {
                stop("bad repeat", from);
            }
            memcpy(piece, from + used, piece_len);
            piece[piece_len] = '\0';
            one = 0;
            for (unsigned i = 0; i < count; i++) {
                if (i == 0) {
                    /* pieces are plain but for \r\n */
                    for (const char *p = piece; *p != '\0'; p++) {
                        bool escape = *p == '\\' && p[1] != '\0';

                        p += escape;
                        to[len + one++] = !escape ? (uint8_t)*p : *p == 'r' ? '\r' : '\n';
                    }
                } else {
                    if (cap - len < (i + 1) * one) {
                        stop("too much", from);
                    }
                    memcpy(to + len + i * one, to + len, one);
                }
            }
            len += count * one;
            from += used + (int)piece_len + 1;
        } else if (strncmp(from, "{next}", 6) == 0) {
            static const char next[] = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";

            memcpy(to + len, next, sizeof(next) - 1);
            len += sizeof(next) - 1;
            from += 6;
        } else {
            to[len++] = (uint8_t)*from++;
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
