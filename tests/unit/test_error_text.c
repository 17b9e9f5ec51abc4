/* SPDX-License-Identifier: MIT */
#include "port/host/error_text.h"

#include "core/error.h"
#include "tests/unit/test.h"

TEST(every_error_has_a_text_of_its_own)
{
    for (int a = ASSENT_OK; a >= ASSENT_ERR_CLOCK; a--) {
        CHECK(assent_error_text(a)[0] != '\0');
        CHECK(strcmp(assent_error_text(a), "unknown error") != 0);
        for (int b = a - 1; b >= ASSENT_ERR_CLOCK; b--) {
            CHECK(strcmp(assent_error_text(a), assent_error_text(b)) != 0);
        }
    }
}

TEST(texts_belong_to_their_codes)
{
    static const struct {
        int error;
        const char *text;
    } rows[] = {
        {ASSENT_OK, "ok"},
        {ASSENT_ERR_SYNTAX, "malformed input"},
        {ASSENT_ERR_AUTH, "authentication failed"},
        {ASSENT_ERR_CLOCK, "no trusted time"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CHECK_ROW(rows[i].text, strcmp(assent_error_text(rows[i].error), rows[i].text) == 0);
    }
}

TEST(other_values_are_unknown)
{
    static const int values[] = {1, 1000, ASSENT_ERR_CLOCK - 1, -1000, INT32_MAX, INT32_MIN};

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        CHECK(strcmp(assent_error_text(values[i]), "unknown error") == 0);
    }
}

TEST_MAIN(CASE(every_error_has_a_text_of_its_own), CASE(texts_belong_to_their_codes),
          CASE(other_values_are_unknown))
