/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_WORDS_H
#define ASSENT_CORE_WORDS_H

#include "core/span.h"

/* A list of words in one string, each with a NUL behind it: "accept\0" "reject\0" "save\0". An empty
 * word ends the list; it is the NUL that every string literal has of its own. */

/* The word at an index, counted from 0.
 *   return  NUL-terminated, a part of words; "unknown" past the end */
const char *assent_words_at(const char *words, unsigned index);

/* The index of a word, without regard to the case of ASCII letters.
 *   return  0..count-1; count if it is not there */
unsigned assent_words_find(const char *words, struct assent_span word);

/* The index of the first word that a text begins with, without regard to the case of ASCII letters.
 *   return  0..count-1; count if there is none */
unsigned assent_words_find_prefix(const char *words, struct assent_span text);

#endif
