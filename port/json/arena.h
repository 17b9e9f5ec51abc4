/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_JSON_ARENA_H
#define ASSENT_PORT_JSON_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/span.h"

/* Reading JSON (RFC 8259) with cJSON out of fixed memory: the tree lies in an arena and is given
 * up as a whole by the next parse. Nobody else includes cJSON's header; nodes are opaque here.
 *
 * One value takes 40 bytes on a 32-bit machine and 64 on a 64-bit one, plus the bytes of its name
 * and text: five to seven times the size of usual documents. Arrays and objects may nest 16 deep.
 * cJSON keeps its allocator in a global, so that one parse runs at a time. */
struct cJSON;

struct assent_arena {
    uint8_t *ptr; /* the caller's memory */
    size_t cap;   /* its size in bytes */
    size_t used;  /* bytes taken by the tree of the last parse */
    bool full;    /* the last parse ran out of memory */
};

/* Parse one JSON value; what the last parse returned is void. Stricter than cJSON: nothing but
 * white space may follow the value, and neither a NUL byte nor the escape \u0000 may occur, as
 * both would cut a text short.
 *   text    any bytes; not needed after the call
 *   root    set to the value, valid until the next parse; NULL on error
 *   return  ASSENT_OK
 *           ASSENT_ERR_SYNTAX  not JSON, or nested too deep
 *           ASSENT_ERR_SPACE   the arena is too small */
int assent_arena_parse(struct assent_arena *arena, struct assent_span text,
                       const struct cJSON **root);

/* The member of an object by its name, letters in this case.
 *   return  ASSENT_OK
 *           ASSENT_ERR_NOT_FOUND  no such member
 *           ASSENT_ERR_SYNTAX     not an object, the name occurs twice, or the member has another
 *                                 type than asked for
 *           ASSENT_ERR_RANGE      integer: has a fraction or does not fit -2^53..2^53 */
int assent_arena_member(const struct cJSON *object, const char *name, const struct cJSON **out);
int assent_arena_text(const struct cJSON *object, const char *name, struct assent_span *out);
int assent_arena_integer(const struct cJSON *object, const char *name, int64_t *out);
int assent_arena_bool(const struct cJSON *object, const char *name, bool *out);

/* The element of an array.
 *   index   from 0
 *   return  ASSENT_OK
 *           ASSENT_ERR_NOT_FOUND  the array is shorter
 *           ASSENT_ERR_SYNTAX     not an array */
int assent_arena_element(const struct cJSON *array, size_t index, const struct cJSON **out);

/* Write a value as JSON without white space, without any memory but out.
 *   out     room for cap bytes; cJSON wants some 5 bytes more than the text
 *   return  length without the NUL that ends it
 *           ASSENT_ERR_SPACE  cap is too small */
int assent_arena_print(const struct cJSON *value, char *out, size_t cap);

#endif
