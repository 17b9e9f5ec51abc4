/* SPDX-License-Identifier: MIT */
#include "core/words.h"

static const char *behind(const char *word)
{
    while (*word++ != '\0') {
    }
    return word;
}

const char *assent_words_at(const char *words, unsigned index)
{
    for (; *words != '\0'; words = behind(words)) {
        if (index-- == 0) {
            return words;
        }
    }
    return "unknown";
}

/* Bytes of the word if the text begins with it, or SIZE_MAX. */
static size_t match(const char *word, struct assent_span text)
{
    size_t len = 0;

    for (; word[len] != '\0'; len++) {
        if (len == text.len ||
            assent_span_lower((uint8_t)word[len]) != assent_span_lower(text.ptr[len])) {
            return SIZE_MAX;
        }
    }
    return len;
}

static unsigned find(const char *words, struct assent_span text, bool whole)
{
    unsigned index = 0;

    for (; *words != '\0'; words = behind(words), index++) {
        size_t len = match(words, text);

        if (len == text.len || (!whole && len != SIZE_MAX)) {
            break;
        }
    }
    return index;
}

unsigned assent_words_find(const char *words, struct assent_span word)
{
    return find(words, word, true);
}

unsigned assent_words_find_prefix(const char *words, struct assent_span text)
{
    return find(words, text, false);
}
