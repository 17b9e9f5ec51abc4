/* SPDX-License-Identifier: MIT */
/* Comments are blanked out, cJSON parses, and a scan over the text, which is valid then, gives the
 * places of the values in the order in which a walk over cJSON's tree meets them. */
#include "tools/json_source.h"

#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/writer.h"
#include "tools/tool.h"

enum { DEPTH = 16 }; /* CJSON_NESTING_LIMIT */

static void *need(void *memory)
{
    if (memory == NULL) {
        fputs("assent: out of memory\n", stderr);
        exit(TOOL_FAILED);
    }
    return memory;
}

/* ---- faults ---- */

char *source_format(const char *format, va_list args)
{
    va_list copy;
    int len;
    char *text;

    va_copy(copy, args);
    len = vsnprintf(NULL, 0, format, copy);
    va_end(copy);
    text = need(malloc((size_t)len + 1));
    vsnprintf(text, (size_t)len + 1, format, args);
    return text;
}

static void add_fault(struct source *source, size_t at, char *reason)
{
    size_t size = sizeof(*source->faults) * ((size_t)source->fault_count + 1);

    source->faults = need(realloc(source->faults, size));
    source->faults[source->fault_count].at = at;
    source->faults[source->fault_count++].reason = reason;
}

__attribute__((format(printf, 3, 4))) static void fault_at(struct source *source, size_t at,
                                                           const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add_fault(source, at, source_format(format, args));
    va_end(args);
}

/* "cookies[3].name", written from its end. */
static const char *path_of(const struct source *source, int node, char *out, size_t cap)
{
    size_t at = cap - 1;

    out[at] = '\0';
    for (int n = node; n > 0; n = source->nodes[n].parent) {
        const struct source_node *here = &source->nodes[n];
        char step[80];
        size_t len;

        if (here->key == NULL) {
            snprintf(step, sizeof(step), "[%u]", here->index);
        } else {
            snprintf(step, sizeof(step), "%s%.70s", here->parent == 0 ? "" : ".", here->key);
        }
        len = strlen(step);
        if (len > at) {
            break;
        }
        at -= len;
        memcpy(out + at, step, len);
    }
    return out + at;
}

__attribute__((format(printf, 4, 0))) static void
fault_below(struct source *source, int node, size_t at, const char *format, va_list args)
{
    char path[400];
    const char *start = path_of(source, node, path, sizeof(path));
    char *reason = source_format(format, args);

    fault_at(source, at, "%s%s%s", start, *start != '\0' ? ": " : "", reason);
    free(reason);
}

void source_fault(struct source *source, int node, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fault_below(source, node, source->nodes[node].at, format, args);
    va_end(args);
}

void source_fault_key(struct source *source, int node, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fault_below(source, node, source->nodes[node].key_at, format, args);
    va_end(args);
}

static int by_place(const void *a, const void *b)
{
    const struct source_fault *x = a;
    const struct source_fault *y = b;

    if (x->at != y->at) {
        return x->at < y->at ? -1 : 1;
    }
    return strcmp(x->reason, y->reason);
}

int source_report(const struct source *source)
{
    unsigned line = 1;
    unsigned column = 1;
    size_t at = 0;

    if (source->fault_count == 0) {
        return 0;
    }
    fflush(stdout);
    qsort(source->faults, (size_t)source->fault_count, sizeof(*source->faults), by_place);
    for (int i = 0; i < source->fault_count; i++) {
        for (; at < source->faults[i].at; at++) {
            /* Columns count characters: bytes that continue one do not. */
            if (source->text[at] == '\n') {
                line++;
                column = 1;
            } else if (((unsigned char)source->text[at] & 0xC0) != 0x80) {
                column++;
            }
        }
        fprintf(stderr, "%s:%u:%u: %s\n", source->path, line, column, source->faults[i].reason);
    }
    return source->fault_count;
}

const char *source_quote(const struct source *source, int node)
{
    static char quotes[4][48];
    static unsigned next;
    char *out = quotes[next++ % 4];
    const char *from = source->text + source->nodes[node].at;
    size_t len = 0;
    size_t max = source->len - source->nodes[node].at;

    if (*from == '"') {
        for (len = 1; len < max && from[len] != '"'; len++) {
            len += from[len] == '\\';
        }
        len++;
    } else if (*from == '{' || *from == '[') {
        snprintf(out, 48, "%s", *from == '{' ? "an object" : "a list");
        return out;
    } else {
        len = strcspn(from, ",]} \t\r\n");
    }
    if (len <= 40) {
        snprintf(out, 48, "%.*s", (int)len, from);
    } else {
        for (len = 40; ((unsigned char)from[len] & 0xC0) == 0x80; len--) {
        }
        snprintf(out, 48, "%.*s...", (int)len, from);
    }
    return out;
}

/* ---- reading ---- */

static size_t string_end(const struct source *source, size_t at)
{
    for (at++; at < source->len && source->bare[at] != '"'; at++) {
        at += source->bare[at] == '\\';
    }
    return at + 1;
}

static void check_bytes(struct source *source)
{
    for (size_t at = 0; at < source->len;) {
        size_t len = assent_writer_utf8_length(assent_span(source->text + at, source->len - at));

        if (len == 0 || source->text[at] == '\0') {
            fault_at(source, at, "byte 0x%02X, expected UTF-8 text",
                     (unsigned)(unsigned char)source->text[at]);
            source->bare[at] = '?';
            len = 1;
        }
        at += len;
    }
}

static size_t comment_end(struct source *source, size_t at)
{
    const char *end;

    if (source->bare[at + 1] == '/') {
        return at + strcspn(source->bare + at, "\n");
    }
    end = strstr(source->bare + at + 2, "*/");
    if (end == NULL) {
        fault_at(source, at, "a comment begins here, expected its end \"*/\"");
        return source->len;
    }
    return (size_t)(end - source->bare) + 2;
}

static void blank_comments(struct source *source)
{
    char *text = source->bare;

    for (size_t at = 0; at < source->len;) {
        if (text[at] == '"') {
            at = string_end(source, at);
        } else if (text[at] == '/' && (text[at + 1] == '/' || text[at + 1] == '*')) {
            for (size_t end = comment_end(source, at); at < end; at++) {
                text[at] = text[at] == '\n' ? '\n' : ' ';
            }
        } else {
            at++;
        }
    }
}

/* Where the values of a valid text start, in order. */
struct place {
    size_t at;
    size_t key_at;
};

static struct place *find_places(const struct source *source)
{
    struct place *places = need(calloc(source->len + 1, sizeof(*places)));
    const char *text = source->bare;
    bool in_object[DEPTH + 2] = {false};
    unsigned depth = 0;
    size_t count = 0;
    size_t at = 0;
    size_t key_at = 0;
    bool keyed = false;
    bool key_next = false;

    while (at < source->len) {
        char c = text[at];
        size_t start = at;

        if (strchr(" \t\r\n:", c) != NULL) {
            at++;
            continue;
        }
        if (c == ',' || c == '}' || c == ']') {
            depth -= c != ',';
            key_next = c == ',' && in_object[depth];
            at++;
            continue;
        }
        at = c == '"' ? string_end(source, at) : at + 1;
        if (key_next) {
            key_at = start;
            keyed = true;
            key_next = false;
            continue;
        }
        places[count].at = start;
        places[count++].key_at = keyed ? key_at : start;
        keyed = false;
        if (c == '{' || c == '[') {
            in_object[++depth] = c == '{';
            key_next = c == '{';
        } else if (c != '"') {
            at = start + strcspn(text + start, ",]} \t\r\n");
        }
    }
    return places;
}

static enum source_type type_of(const cJSON *item)
{
    if (cJSON_IsObject(item)) {
        return SOURCE_OBJECT;
    }
    if (cJSON_IsArray(item)) {
        return SOURCE_ARRAY;
    }
    if (cJSON_IsString(item)) {
        return SOURCE_TEXT;
    }
    if (cJSON_IsNumber(item)) {
        return SOURCE_NUMBER;
    }
    return cJSON_IsBool(item) ? SOURCE_BOOL : SOURCE_NULL;
}

static void check_number(struct source *source, int node)
{
    const char *from = source->bare + source->nodes[node].at;
    size_t len = strcspn(from, ",]} \t\r\n");
    size_t sign = *from == '-';
    size_t digits = strspn(from + sign, "0123456789");

    if (digits == 0 || (from[sign] == '0' && digits > 1) || from[len - 1] == '.' ||
        source->nodes[node].number - source->nodes[node].number != 0) {
        source_fault(source, node, "%.*s, expected a number as JSON writes it", (int)len, from);
    }
}

/* A name that occurs twice, or a text that would end in its middle. */
static void check_node(struct source *source, int node)
{
    const struct source_node *here = &source->nodes[node];
    const char *raw = source->bare + here->key_at;
    const char *end = source->bare + here->at;

    if (here->type == SOURCE_NUMBER) {
        check_number(source, node);
    }
    end += here->type == SOURCE_TEXT ? string_end(source, here->at) - here->at : 0;
    for (; raw + 5 < end; raw++) {
        if (*raw == '\\' && strncmp(raw + 1, "u0000", 5) == 0) {
            source_fault(source, node, "\\u0000, expected no NUL character in a text");
        }
        raw += *raw == '\\';
    }
    for (int c = here->parent < 0 || here->key == NULL ? node : here->parent + 1; c < node;
         c = source->nodes[c].end) {
        if (strcmp(source->nodes[c].key, here->key) == 0) {
            source_fault_key(source, node, "the name \"%s\" occurs twice, expected it once",
                             here->key);
            break;
        }
    }
}

/* Nodes for an item and what is below it; cJSON limits the depth. */
static void add_nodes(struct source *source, const cJSON *item, int parent, unsigned index,
                      const struct place *places)
{
    int node = source->count++;
    struct source_node *here = &source->nodes[node];
    const cJSON *child;
    unsigned children = 0;

    here->type = type_of(item);
    here->truth = cJSON_IsTrue(item);
    here->key = parent >= 0 && source->nodes[parent].type == SOURCE_OBJECT ? item->string : NULL;
    here->text = here->type == SOURCE_TEXT ? item->valuestring : NULL;
    here->number = item->valuedouble;
    here->at = places[node].at;
    here->key_at = places[node].key_at;
    here->index = index;
    here->parent = parent;
    cJSON_ArrayForEach(child, item)
    {
        add_nodes(source, child, node, children++, places);
    }
    source->nodes[node].end = source->count;
}

static size_t count_items(const cJSON *item)
{
    size_t count = 1;
    const cJSON *child;

    cJSON_ArrayForEach(child, item)
    {
        count += count_items(child);
    }
    return count;
}

static void parse(struct source *source)
{
    const char *end = source->bare;
    struct place *places;

    source->tree = cJSON_ParseWithLengthOpts(source->bare, source->len + 1, &end, true);
    if (source->tree == NULL) {
        size_t at = (size_t)(end - source->bare);

        /* cJSON points behind white space or in front of it. */
        at += strspn(source->bare + at, " \t\r\n");
        if (at >= source->len) {
            fault_at(source, source->len, "the file ends, expected more JSON");
        } else {
            fault_at(source, at, "\"%.*s\", expected JSON, nested at most %d deep",
                     (int)strcspn(source->bare + at, " \t\r\n"), source->bare + at, DEPTH);
        }
        return;
    }
    places = find_places(source);
    source->nodes = need(calloc(count_items(source->tree), sizeof(*source->nodes)));
    add_nodes(source, source->tree, -1, 0, places);
    free(places);
    for (int i = 0; i < source->count; i++) {
        check_node(source, i);
    }
}

int source_load(struct source *source, const char *path)
{
    uint8_t *bytes;

    memset(source, 0, sizeof(*source));
    source->path = path;
    if (tool_read(path, &bytes, &source->len) != TOOL_OK) {
        return TOOL_FAILED;
    }
    source->text = (char *)bytes;
    source->bare = need(malloc(source->len + 1));
    memcpy(source->bare, source->text, source->len + 1);
    check_bytes(source);
    blank_comments(source);
    if (source->fault_count == 0) {
        parse(source);
    }
    return TOOL_OK;
}

void source_free(struct source *source)
{
    for (int i = 0; i < source->fault_count; i++) {
        free(source->faults[i].reason);
    }
    cJSON_Delete(source->tree);
    free(source->faults);
    free(source->nodes);
    free(source->bare);
    free(source->text);
    memset(source, 0, sizeof(*source));
}

int source_find(const struct source *source, int object, const char *key)
{
    if (source->nodes[object].type != SOURCE_OBJECT) {
        return -1;
    }
    for (int c = object + 1; c < source->nodes[object].end; c = source->nodes[c].end) {
        if (strcmp(source->nodes[c].key, key) == 0) {
            return c;
        }
    }
    return -1;
}
