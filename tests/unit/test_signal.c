/* SPDX-License-Identifier: MIT */
#include "core/signal.h"

#include "tests/unit/guard.h"
#include "tests/unit/test.h"

TEST(only_exactly_1_is_the_signal)
{
    static const struct {
        const char *value;
        bool given;
    } rows[] = {
        {"1", true},
        {" 1", true},
        {"1\t ", true},
        {"\t1", true},
        {"", false},
        {" ", false},
        {"0", false},
        {"11", false},
        {"01", false},
        {"1.0", false},
        {"?1", false},
        {"true", false},
        {"\"1\"", false},
        {"1,1", false},
        {"1, 1", false},
        {"1;q=1", false},
        {"+1", false},
        {"1\r", false},
        {"1\n", false},
        {"\xC2\xA0"
         "1",
         false},
        {"-1", false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_span value = assent_span(rows[i].value, strlen(rows[i].value));
        uint8_t *at = guard_copy_read_only(value);

        CHECK_INT_ROW(rows[i].value, assent_signal_gpc(assent_span(at, value.len)), rows[i].given);
    }
    CHECK(!assent_signal_gpc(ASSENT_SPAN("1\0")));
    CHECK(!assent_signal_gpc(assent_span(NULL, 0)));
}

TEST_MAIN(CASE(only_exactly_1_is_the_signal))
