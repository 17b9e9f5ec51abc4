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

static unsigned find(const char *words, struct assent_span text, bool whole)
{
    unsigned index = 0;

    for (; *words != '\0'; index++) {
        size_t len = 0;

        while (len < text.len && words[len] != '\0' &&
               assent_span_lower((uint8_t)words[len]) == assent_span_lower(text.ptr[len])) {
            len++;
        }
        if (words[len] == '\0' && (len == text.len || !whole)) {
            break;
        }
        words = behind(words + len);
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
