/* SPDX-License-Identifier: MIT */
/* cJSON 1.7 on a bump allocator. */
#include "port/json/arena.h"

#include <cJSON.h>
#include <limits.h>
#include <stdalign.h>

/* cJSON's allocation hooks have no context argument: the arena of the parse that is running. */
static struct assent_arena *current;

static void *allocate(size_t len)
{
    const size_t unit = alignof(max_align_t);
    size_t skew = ((uintptr_t)current->ptr + current->used) % unit;
    size_t at = current->used + (skew == 0 ? 0 : unit - skew);

    if (at > current->cap || len > current->cap - at) {
        current->full = true;
        return NULL;
    }
    current->used = at + len;
    return current->ptr + at;
}

/* Memory comes back with the next parse. */
static void release(void *ptr)
{
    (void)ptr;
}

/* Whether a string in text could contain a NUL: cJSON's strings end there. */
static bool has_nul(struct assent_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\0') {
            return true;
        }
        if (text.ptr[i] == '\\') {
            i++; /* what is escaped, be it a backslash */
            if (assent_span_starts(assent_span_slice(text, i, text.len), ASSENT_SPAN("u0000"))) {
                return true;
            }
        }
    }
    return false;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

int assent_arena_parse(struct assent_arena *arena, struct assent_span text,
                       const struct cJSON **root)
{
    cJSON_Hooks hooks = {allocate, release};
    const char *start = (const char *)text.ptr;
    const char *end = start;
    const cJSON *value;

    *root = NULL;
    arena->used = 0;
    arena->full = false;
    if (text.len == 0 || has_nul(text)) {
        return ASSENT_ERR_SYNTAX;
    }
    current = arena;
    cJSON_InitHooks(&hooks);
    value = cJSON_ParseWithLengthOpts(start, text.len, &end, false);
    cJSON_InitHooks(NULL);
    current = NULL;
    if (value == NULL) {
        return arena->full ? ASSENT_ERR_SPACE : ASSENT_ERR_SYNTAX;
    }
    while (end < start + text.len) {
        if (!is_space((uint8_t)*end++)) {
            return ASSENT_ERR_SYNTAX;
        }
    }
    *root = value;
    return ASSENT_OK;
}

int assent_arena_member(const struct cJSON *object, const char *name, const struct cJSON **out)
{
    *out = NULL;
    if (!cJSON_IsObject(object)) {
        return ASSENT_ERR_SYNTAX;
    }
    for (const cJSON *child = object->child; child != NULL; child = child->next) {
        if (strcmp(child->string, name) == 0) {
            if (*out != NULL) {
                *out = NULL;
                return ASSENT_ERR_SYNTAX;
            }
            *out = child;
        }
    }
    return *out != NULL ? ASSENT_OK : ASSENT_ERR_NOT_FOUND;
}

int assent_arena_text(const struct cJSON *object, const char *name, struct assent_span *out)
{
    const cJSON *value;
    int error = assent_arena_member(object, name, &value);

    if (error != ASSENT_OK) {
        return error;
    }
    if (!cJSON_IsString(value)) {
        return ASSENT_ERR_SYNTAX;
    }
    *out = assent_span(value->valuestring, strlen(value->valuestring));
    return ASSENT_OK;
}

int assent_arena_integer(const struct cJSON *object, const char *name, int64_t *out)
{
    const double limit = 9007199254740992.0; /* 2^53: up to here doubles hold every integer */
    const cJSON *value;
    int error = assent_arena_member(object, name, &value);

    if (error != ASSENT_OK) {
        return error;
    }
    if (!cJSON_IsNumber(value)) {
        return ASSENT_ERR_SYNTAX;
    }
    if (!(value->valuedouble >= -limit && value->valuedouble <= limit) ||
        (double)(int64_t)value->valuedouble != value->valuedouble) {
        return ASSENT_ERR_RANGE;
    }
    *out = (int64_t)value->valuedouble;
    return ASSENT_OK;
}

int assent_arena_bool(const struct cJSON *object, const char *name, bool *out)
{
    const cJSON *value;
    int error = assent_arena_member(object, name, &value);

    if (error != ASSENT_OK) {
        return error;
    }
    if (!cJSON_IsBool(value)) {
        return ASSENT_ERR_SYNTAX;
    }
    *out = cJSON_IsTrue(value);
    return ASSENT_OK;
}

int assent_arena_element(const struct cJSON *array, size_t index, const struct cJSON **out)
{
    *out = NULL;
    if (!cJSON_IsArray(array)) {
        return ASSENT_ERR_SYNTAX;
    }
    *out = array->child;
    while (*out != NULL && index-- > 0) {
        *out = (*out)->next;
    }
    return *out != NULL ? ASSENT_OK : ASSENT_ERR_NOT_FOUND;
}

int assent_arena_print(const struct cJSON *value, char *out, size_t cap)
{
    cJSON copy = *value;

    if (cap > INT_MAX) {
        cap = INT_MAX;
    }
    if (!cJSON_PrintPreallocated(&copy, out, (int)cap, false)) {
        return ASSENT_ERR_SPACE;
    }
    return (int)strlen(out);
}
