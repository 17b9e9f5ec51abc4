/* SPDX-License-Identifier: MIT */
#include "tools/policy_patch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/json_source.h"
#include "tools/tool.h"

/* The object of the lines, with the recipient filled in where it is empty.
 *   return  the caller's to free; NULL: out of memory */
static char *fill_in(const struct source *lines, const char *recipient)
{
    const char *start = lines->bare + lines->nodes[0].at;
    const char *end = strrchr(start, '}');
    int len = (int)(end + 1 - start);
    int who = source_find(lines, 0, "recipient");
    bool empty = who >= 0 && lines->nodes[who].text != NULL && lines->nodes[who].text[0] == '\0';
    int before = empty ? (int)(lines->nodes[who].at - lines->nodes[0].at) + 1 : len;
    char *entry = malloc((size_t)len + strlen(recipient) + 1);

    if (entry != NULL) {
        (void)sprintf(entry, "%.*s%s%.*s", before, start, empty ? recipient : "", len - before,
                      start + before);
    }
    return entry;
}

/* The lines as one object, without comments and with the recipient filled in.
 *   list    set to the member of the policy that it belongs to
 *   return  the caller's to free; NULL: reported */
static char *read_entry(const char *path, const char *recipient, const char **list)
{
    struct source lines;
    char *entry = NULL;

    if (source_load(&lines, path) != TOOL_OK) {
        return NULL;
    }
    if (source_report(&lines) == 0 && lines.count > 0) {
        *list = source_find(&lines, 0, "host") >= 0   ? "hosts"
                : source_find(&lines, 0, "name") >= 0 ? "cookies"
                                                      : NULL;
        if (*list == NULL) {
            (void)tool_fail(path, "neither a cookie nor a host");
        } else if (strcmp(*list, "hosts") == 0 && recipient[0] == '\0') {
            (void)tool_fail(path, "a host needs --recipient, the id of one of the policy's");
        } else {
            entry = fill_in(&lines, recipient);
        }
    }
    source_free(&lines);
    return entry;
}

/* Write the policy's text with the entry in front of its list and the revision raised by one. Comments and
 * everything else stay as they are. */
static int write_patched(const struct source *policy, const char *list, const char *entry,
                         FILE *out)
{
    int revision = source_find(policy, 0, "revision");
    int array = source_find(policy, 0, list);
    const char *text = policy->text;
    size_t digits = 0;
    size_t at = 0;

    if (revision >= 0 && policy->nodes[revision].type == SOURCE_NUMBER) {
        digits = strspn(text + policy->nodes[revision].at, "0123456789");
    }
    if (digits == 0 || strchr(".eE", text[policy->nodes[revision].at + digits]) != NULL ||
        (array >= 0 && policy->nodes[array].type != SOURCE_ARRAY)) {
        return tool_fail(policy->path, "no policy: \"revision\" is a number, \"%s\" a list", list);
    }
    /* The two places in the order of the text. */
    for (int turn = 0; turn < 2; turn++) {
        bool first = array < 0 || policy->nodes[revision].at < policy->nodes[array].at;

        if ((turn == 0) == first) {
            const struct source_node *node = &policy->nodes[revision];

            (void)fwrite(text + at, 1, node->key_at - at, out);
            if (array < 0) {
                (void)fprintf(out, "\"%s\": [%s],\n  ", list, entry);
            }
            (void)fwrite(text + node->key_at, 1, node->at - node->key_at, out);
            (void)fprintf(out, "%.0f", node->number + 1);
            at = node->at + digits;
        } else if (array >= 0) {
            const struct source_node *node = &policy->nodes[array];

            (void)fwrite(text + at, 1, node->at + 1 - at, out);
            (void)fprintf(out, "\n    %s%s", entry, node->end > array + 1 ? "," : "");
            at = node->at + 1;
        }
    }
    (void)fwrite(text + at, 1, policy->len - at, out);
    return TOOL_OK;
}

int policy_patch(const char *path, const char *lines, const char *recipient, const char *output)
{
    const char *list = NULL;
    char *entry = read_entry(lines, recipient, &list);
    struct source policy;
    int code = TOOL_FAILED;

    if (entry == NULL) {
        return TOOL_FAILED;
    }
    if (source_load(&policy, path) == TOOL_OK) {
        char *text = NULL;
        size_t len = 0;
        FILE *out = open_memstream(&text, &len);

        if (source_report(&policy) == 0 && out != NULL) {
            code = write_patched(&policy, list, entry, out);
        }
        if (out == NULL || fclose(out) != 0) {
            code = tool_fail(path, "out of memory");
        }
        if (code == TOOL_OK) {
            struct assent_span whole = assent_span(text, len);

            code = tool_write(output, &whole, 1);
        }
        free(text);
        source_free(&policy);
    }
    free(entry);
    return code;
}
