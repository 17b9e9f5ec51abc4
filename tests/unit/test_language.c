/* SPDX-License-Identifier: MIT */
#include "http/language.h"
#include "tests/unit/test.h"

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

TEST_MAIN(CASE(elements_come_in_order_with_their_weights), CASE(every_prefix_of_a_field_ends))
