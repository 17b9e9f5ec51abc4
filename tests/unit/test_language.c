/* SPDX-License-Identifier: MIT */
#include "core/language.h"
#include "tests/unit/test.h"

TEST(a_range_reaches_the_tags_it_begins_with)
{
    static const struct {
        const char *range, *tag;
        bool reaches;
    } rows[] = {
        {"de", "de", true},
        {"de-AT", "de", true},
        {"DE-at", "de-AT", true},
        {"de", "de-AT", false},
        {"deu", "de", false},
        {"de_AT", "de", false},
        {"", "de", false},
        {"de", "", false},
        {"*", "de", false},
        {"de-", "de", true},
        {"d", "de", false},
        {"zh-Hant-TW", "zh-Hant", true},
        {"zh-Hans", "zh-Hant", false},
        {"de-456789-123456789-123456789-12345", "de", true}, /* 35 bytes */
        {"de-456789-123456789-123456789-123456", "de", false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CHECK_INT_ROW(rows[i].range,
                      assent_language_reaches(assent_span(rows[i].range, strlen(rows[i].range)),
                                              assent_span(rows[i].tag, strlen(rows[i].tag))),
                      rows[i].reaches);
    }
}

TEST(elements_come_in_order_with_their_weights)
{
    struct assent_span rest = ASSENT_SPAN("de-AT, fr ;q=0.75,;q=1,*; q=0.5,x y,en;q=0,it;q=1.0");
    static const struct {
        const char *range;
        unsigned quality;
    } rows[] = {{"de-AT", 1000}, {"fr", 750}, {"*", 500}, {"en", 0}, {"it", 1000}};
    struct assent_span range;
    unsigned quality;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CHECK(assent_language_next(&rest, &range, &quality));
        CHECK_SPAN(range, rows[i].range);
        CHECK_INT_ROW(rows[i].range, quality, rows[i].quality);
    }
    CHECK(!assent_language_next(&rest, &range, &quality));
    CHECK(!assent_language_next(&rest, &range, &quality));
}

TEST(every_prefix_of_a_field_ends)
{
    static const char field[] = "de-AT;q=0.9 , en; q=0.5,*;q=0.001";

    for (size_t len = 0; len < sizeof(field); len++) {
        uint8_t copy[sizeof(field)];
        struct assent_span rest = assent_span(copy, len);
        struct assent_span range;
        unsigned quality;
        unsigned count = 0;

        memcpy(copy, field, len);
        while (assent_language_next(&rest, &range, &quality)) {
            CHECK(range.len > 0 && quality <= 1000);
            count++;
        }
        CHECK(count <= 3);
    }
}

TEST_MAIN(CASE(a_range_reaches_the_tags_it_begins_with),
          CASE(elements_come_in_order_with_their_weights), CASE(every_prefix_of_a_field_ends))
