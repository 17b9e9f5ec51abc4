/* SPDX-License-Identifier: MIT */
#include "core/words.h"

#include "tests/unit/guard.h"
#include "tests/unit/test.h"

static const char words[] = "path\0"
                            "pa\0"
                            "same-site\0";

TEST(words_are_counted_from_0)
{
    CHECK(strcmp(assent_words_at(words, 0), "path") == 0);
    CHECK(strcmp(assent_words_at(words, 1), "pa") == 0);
    CHECK(strcmp(assent_words_at(words, 2), "same-site") == 0);
}

TEST(past_the_end_they_are_unknown)
{
    CHECK(strcmp(assent_words_at(words, 3), "unknown") == 0);
    CHECK(strcmp(assent_words_at(words, UINT32_MAX), "unknown") == 0);
    CHECK(strcmp(assent_words_at("", 0), "unknown") == 0);
}

TEST(a_word_is_found_whole_and_in_any_case)
{
    static const struct {
        const char *word;
        unsigned index;
    } rows[] = {
        {"path", 0},  {"pa", 1},        {"same-site", 2}, {"PATH", 0},       {"Same-Site", 2},
        {"p", 3},     {"pat", 3},       {"paths", 3},     {"", 3},           {"unknown", 3},
        {"path ", 3}, {"same_site", 3}, {"same-sit", 3},  {"same\rsite", 3},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_span word = assent_span(rows[i].word, strlen(rows[i].word));

        CHECK_INT_ROW(rows[i].word,
                      assent_words_find(words, assent_span(guard_copy(word), word.len)),
                      rows[i].index);
    }
    CHECK_INT(assent_words_find(words, ASSENT_SPAN("path\0pa")), 3);
    CHECK_INT(assent_words_find(words, ASSENT_SPAN("path\0")), 3);
    CHECK_INT(assent_words_find("", ASSENT_SPAN("path")), 0);
}

TEST(the_first_word_that_a_text_begins_with_is_found)
{
    static const struct {
        const char *text;
        unsigned index;
    } rows[] = {
        {"path", 0}, {"paths", 0},        {"PATHS", 0}, {"pa", 1},
        {"pat", 1},  {"same-site", 2},    {"p", 3},     {"same-sit", 3},
        {"", 3},     {"Same-Site: x", 2}, {"x", 3},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_span text = assent_span(rows[i].text, strlen(rows[i].text));

        CHECK_INT_ROW(rows[i].text,
                      assent_words_find_prefix(words, assent_span(guard_copy(text), text.len)),
                      rows[i].index);
    }
}

TEST_MAIN(CASE(words_are_counted_from_0), CASE(past_the_end_they_are_unknown),
          CASE(a_word_is_found_whole_and_in_any_case),
          CASE(the_first_word_that_a_text_begins_with_is_found))
