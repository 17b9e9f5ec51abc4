/* SPDX-License-Identifier: MIT */
/* Brings a date of RFC 3339 into a form that a cookie may have, and has that read. */
#include "port/host/rfc3339.h"

#include "core/date.h"

/* Whether s looks like the pattern, in which 0 stands for any digit. */
static bool looks_like(struct assent_span s, const char *pattern)
{
    for (size_t i = 0; i < s.len; i++) {
        bool digit = (uint8_t)(s.ptr[i] - '0') < 10;

        if (pattern[i] == '0' ? !digit : s.ptr[i] != (uint8_t)pattern[i]) {
            return false;
        }
    }
    return true;
}

bool assent_rfc3339_parse(struct assent_span text, uint64_t *unix_s)
{
    static const char months[13][4] = {"",    "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    uint8_t date[] = "DD Mon YYYY 00:00:00";
    unsigned month;

    if ((text.len != 10 && text.len != 20) || !looks_like(text, "0000-00-00T00:00:00Z") ||
        memcmp(text.ptr, "1970", 4) < 0) {
        return false;
    }
    month = (text.ptr[5] - (unsigned)'0') * 10 + text.ptr[6] - (unsigned)'0';
    memcpy(date, text.ptr + 8, 2);
    memcpy(date + 3, months[month <= 12 ? month : 0], 3);
    memcpy(date + 7, text.ptr, 4);
    if (text.len == 20) {
        memcpy(date + 12, text.ptr + 11, 8);
    }
    return assent_date_parse_cookie(assent_span(date, sizeof(date) - 1), unix_s);
}
