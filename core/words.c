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

static bool is_word(const char *word, struct assent_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (word[i] == '\0' ||
            assent_span_lower((uint8_t)word[i]) != assent_span_lower(text.ptr[i])) {
            return false;
        }
    }
    return word[text.len] == '\0';
}

unsigned assent_words_find(const char *words, struct assent_span word)
{
    unsigned index = 0;

    while (*words != '\0' && !is_word(words, word)) {
        words = behind(words);
        index++;
    }
    return index;
}
