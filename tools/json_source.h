/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TOOLS_JSON_SOURCE_H
#define ASSENT_TOOLS_JSON_SOURCE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A JSON file with comments, of which every value knows its line and column, and the faults found in
 * it. Comments are those of C: line and block. cJSON does the parsing; what it lets pass (trailing
 * bytes, NUL in texts, names that occur twice, numbers such as 01) is found here. */

enum source_type {
    SOURCE_NULL,
    SOURCE_BOOL,
    SOURCE_NUMBER,
    SOURCE_TEXT,
    SOURCE_ARRAY,
    SOURCE_OBJECT
};

struct source_node {
    enum source_type type;
    bool truth;       /* SOURCE_BOOL */
    const char *key;  /* name of a member, NULL for elements and the root */
    const char *text; /* SOURCE_TEXT, decoded */
    double number;    /* SOURCE_NUMBER */
    size_t at;        /* byte where the value starts */
    size_t key_at;    /* byte where its name starts, or at */
    unsigned index;   /* among its siblings, from 0 */
    int parent;       /* node, -1 for the root */
    int end;          /* node after the last below this one: the next sibling, if there is one */
};

struct source_fault {
    size_t at;
    char *reason;
};

/* Nodes stand in the order of the text; node 0 is the root. The children of n are
 * for (c = n + 1; c < nodes[n].end; c = nodes[c].end). */
struct source {
    const char *path;
    char *text; /* as in the file */
    char *bare; /* comments replaced by spaces, byte for byte */
    size_t len;
    struct source_node *nodes;
    int count; /* 0: the text is not JSON, which is a fault */
    struct source_fault *faults;
    int fault_count;
    void *tree;
};

/* Read and parse a file.
 *   return  TOOL_OK, also with faults in the source; TOOL_FAILED if it cannot be read, reported */
int source_load(struct source *source, const char *path);
void source_free(struct source *source);

/* A formatted text, the caller's to free; ends the program if memory runs out. */
char *source_format(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

/* Member of an object by its name; -1: there is none, or it is no object. */
int source_find(const struct source *source, int object, const char *key);

/* Note a fault at a value, or at the name of a member; the reason is headed by the value's path
 * such as "cookies[3].name". */
void source_fault(struct source *source, int node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void source_fault_key(struct source *source, int node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The value as it stands in the text, cut after 40 bytes. Static memory of four values. */
const char *source_quote(const struct source *source, int node);

/* Print the faults in order of their place to stderr, "FILE:LINE:COLUMN: REASON" each.
 *   return  how many there are */
int source_report(const struct source *source);

#endif
