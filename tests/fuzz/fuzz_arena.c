/* SPDX-License-Identifier: MIT */
/* JSON out of an arena: whatever parses can be walked, asked and printed, in any size of arena. */
#include "port/json/arena.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t memory[16384];
    struct assent_arena arena = {memory, 0, 0, false};
    const struct cJSON *root;
    const struct cJSON *child;
    struct assent_span text;
    int64_t number;
    bool flag;
    char printed[512];
    int error;

    if (size < 2) {
        return 0;
    }
    arena.cap = (size_t)(data[0] | (data[1] << 8)) % sizeof(memory);
    error = assent_arena_parse(&arena, assent_span(data + 2, size - 2), &root);
    if ((error == ASSENT_OK) != (root != NULL) || arena.used > arena.cap) {
        abort();
    }
    if (root == NULL) {
        return 0;
    }
    (void)assent_arena_member(root, "a", &child);
    (void)assent_arena_text(root, "a", &text);
    (void)assent_arena_integer(root, "a", &number);
    (void)assent_arena_bool(root, "a", &flag);
    (void)assent_arena_element(root, 1, &child);
    error = assent_arena_print(root, printed, sizeof(printed));
    if (error >= (int)sizeof(printed)) {
        abort();
    }
    return 0;
}
