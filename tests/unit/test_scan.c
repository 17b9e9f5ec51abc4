/* SPDX-License-Identifier: MIT */
#include "core/scan.h"

#include "tests/unit/guard.h"
#include "tests/unit/test.h"

TEST(the_first_control_character_is_found_wherever_it_stands)
{
    for (size_t len = 0; len <= 40; len++) {
        uint8_t text[40];

        memset(text, 'x', sizeof(text));
        for (size_t at = 0; at < len; at++) {
            for (unsigned byte = 0; byte < 256; byte++) {
                bool control = (byte < 0x20 && byte != '\t') || byte == 0x7F;
                const uint8_t *p;

                text[at] = (uint8_t)byte;
                p = guard_copy(assent_span(text, len));
                CHECK_INT(assent_scan_control(p, p + len) - p, control ? at : len);
            }
            text[at] = at % 3 == 0 ? '\t' : at % 3 == 1 ? 0x80 : '~';
        }
    }
}

TEST_MAIN(CASE(the_first_control_character_is_found_wherever_it_stands))
