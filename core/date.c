/* SPDX-License-Identifier: MIT */
/* Dates: the tolerant cookie-date of browsers, and the strict forms that are written. The calendar
 * is computed in 32 bits (a 64-bit division costs a Cortex-M3 hundreds of cycles). */
#include "core/date.h"

#include "core/words.h"

#define DAY_S 86400U
/* 1970-01-01, counted in days from 0000-03-01, where the leap day is the last of its year. */
#define EPOCH_DAY 719468U
#define ERA_DAYS  146097U /* 400 years */

/* A date and a time of day. */
enum { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, NUMBERS };

struct civil {
    unsigned number[NUMBERS]; /* month 1..12, day 1..31 */
    unsigned weekday;         /* 0 is Sunday; only written */
};

static bool is_leap(unsigned year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static bool exists(const unsigned n[NUMBERS])
{
    static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned last;

    if (n[MONTH] - 1 > 11 || n[HOUR] > 23 || n[MINUTE] > 59 || n[SECOND] > 59) {
        return false;
    }
    last = days[n[MONTH] - 1] + (n[MONTH] == 2 && is_leap(n[YEAR]) ? 1U : 0U);
    return n[DAY] >= 1 && n[DAY] <= last;
}

/* Unix time of a date that exists, year 1601..9999; 0 if it is before 1970. */
static uint64_t to_unix(const unsigned n[NUMBERS])
{
    unsigned year = n[YEAR] - (n[MONTH] <= 2 ? 1U : 0U);
    unsigned month = (n[MONTH] + 9) % 12; /* 0 is March */
    uint32_t day =
        year / 100 * ERA_DAYS / 4 + year % 100 * 1461 / 4 + (153 * month + 2) / 5 + n[DAY] - 1;

    if (day < EPOCH_DAY) {
        return 0;
    }
    return (uint64_t)(day - EPOCH_DAY) * DAY_S + n[HOUR] * 3600U + n[MINUTE] * 60U + n[SECOND];
}

static struct civil from_unix(uint64_t unix_s)
{
    uint64_t whole = unix_s > ASSENT_DATE_LAST_S ? ASSENT_DATE_LAST_S : unix_s;
    uint32_t days = (uint32_t)(whole >> 7) / (DAY_S >> 7); /* 86400 is 675 * 2^7 */
    uint32_t second = (uint32_t)(whole - (uint64_t)days * DAY_S);
    uint32_t shifted = days + EPOCH_DAY;
    uint32_t century = (4 * shifted + 3) / ERA_DAYS;
    uint32_t of_century = shifted - century * ERA_DAYS / 4;
    uint32_t year = (4 * of_century + 3) / 1461; /* of the century */
    uint32_t of_year = of_century - year * 1461 / 4;
    uint32_t month = (5 * of_year + 2) / 153; /* 0 is March */
    unsigned turned = month / 10;             /* 1: January or February of the next year */

    return (struct civil){
        .number = {[YEAR] = century * 100 + year + turned,
                   [MONTH] = month + 3 - 12 * turned,
                   [DAY] = of_year - (153 * month + 2) / 5 + 1,
                   [HOUR] = second / 3600,
                   [MINUTE] = second / 60 % 60,
                   [SECOND] = second % 60},
        .weekday = (days + 4) % 7, /* 1970-01-01 was a Thursday */
    };
}

static const char months[] = "Jan\0"
                             "Feb\0"
                             "Mar\0"
                             "Apr\0"
                             "May\0"
                             "Jun\0"
                             "Jul\0"
                             "Aug\0"
                             "Sep\0"
                             "Oct\0"
                             "Nov\0"
                             "Dec\0";

/* ---- reading ---- */

static bool is_digit(uint8_t byte)
{
    return (uint8_t)(byte - '0') < 10;
}

/* Read low..high digits off the front of s; no other digit may follow. */
static bool take_number(struct assent_span *s, unsigned low, unsigned high, unsigned *value)
{
    unsigned count = 0;

    *value = 0;
    while (count < s->len && is_digit(s->ptr[count])) {
        if (count == high) {
            return false;
        }
        *value = *value * 10 + (unsigned)(s->ptr[count] - '0');
        count++;
    }
    s->ptr += count;
    s->len -= count;
    return count >= low;
}

/* hms-time = time-field ":" time-field ":" time-field, time-field = 1*2DIGIT */
static bool match_time(struct assent_span token, unsigned n[NUMBERS])
{
    for (unsigned i = HOUR; i <= SECOND; i++) {
        if (i > HOUR) {
            if (token.len == 0 || token.ptr[0] != ':') {
                return false;
            }
            token.ptr++;
            token.len--;
        }
        if (!take_number(&token, 1, 2, &n[i])) {
            return false;
        }
    }
    return true;
}

static bool match_month(struct assent_span token, unsigned *month)
{
    *month = assent_words_find_prefix(months, token) + 1;
    return *month <= 12;
}

/* delimiter = %x09 / %x20-2F / %x3B-40 / %x5B-60 / %x7B-7E */
static bool is_delimiter(uint8_t b)
{
    return b == 0x09 || (b >= 0x20 && b <= 0x2F) || (b >= 0x3B && b <= 0x40) ||
           (b >= 0x5B && b <= 0x60) || (b >= 0x7B && b <= 0x7E);
}

static struct assent_span take_token(struct assent_span *text)
{
    size_t from = 0;
    size_t to;
    struct assent_span token;

    while (from < text->len && is_delimiter(text->ptr[from])) {
        from++;
    }
    to = from;
    while (to < text->len && !is_delimiter(text->ptr[to])) {
        to++;
    }
    token = assent_span_slice(*text, from, to);
    *text = assent_span_slice(*text, to, text->len);
    return token;
}

bool assent_date_parse_cookie(struct assent_span text, uint64_t *unix_s)
{
    enum { TIME_FOUND = 1, DAY_FOUND = 2, MONTH_FOUND = 4, YEAR_FOUND = 8, ALL_FOUND = 15 };
    unsigned n[NUMBERS];
    unsigned found = 0;

    /* Each token is tried for what is still missing, in this order (s. 5.1.1 step 2). A number that
     * is spoilt by an attempt is still missing. */
    for (struct assent_span token = take_token(&text); token.len > 0; token = take_token(&text)) {
        struct assent_span rest = token;

        if ((found & TIME_FOUND) == 0 && match_time(token, n)) {
            found |= TIME_FOUND;
        } else if ((found & DAY_FOUND) == 0 && take_number(&rest, 1, 2, &n[DAY])) {
            found |= DAY_FOUND;
        } else if ((found & MONTH_FOUND) == 0 && match_month(token, &n[MONTH])) {
            found |= MONTH_FOUND;
        } else if ((found & YEAR_FOUND) == 0 && take_number(&rest, 2, 4, &n[YEAR])) {
            found |= YEAR_FOUND;
        }
    }
    if (found != ALL_FOUND) {
        return false;
    }
    if (n[YEAR] < 100) {
        n[YEAR] += n[YEAR] >= 70 ? 1900 : 2000;
    }
    if (n[YEAR] < 1601 || !exists(n)) {
        return false;
    }
    *unix_s = to_unix(n);
    return true;
}

/* ---- writing ---- */

/* In a pattern a digit stands for that number of the enum, the year in four digits, others in two; b
 * for the name of the month, w for the name of the weekday; any other character for itself. */
static void write_pattern(struct assent_writer *w, const char *pattern, uint64_t unix_s)
{
    static const char weekdays[] = "SunMonTueWedThuFriSat";
    struct civil c = from_unix(unix_s);

    for (; *pattern != '\0'; pattern++) {
        unsigned number = (unsigned)(*pattern - '0');

        if (number < NUMBERS) {
            assent_writer_padded(w, c.number[number], number == YEAR ? 4 : 2);
        } else if (*pattern == 'b') {
            assent_writer_text(w, assent_words_at(months, c.number[MONTH] - 1));
        } else if (*pattern == 'w') {
            assent_writer_put(w, assent_span(weekdays + 3 * c.weekday, 3));
        } else {
            assent_writer_byte(w, (uint8_t)*pattern);
        }
    }
}

void assent_date_write_imf(struct assent_writer *w, uint64_t unix_s)
{
    write_pattern(w, "w, 2 b 0 3:4:5 GMT", unix_s);
}

void assent_date_write_rfc3339(struct assent_writer *w, uint64_t unix_s)
{
    write_pattern(w, "0-1-2T3:4:5Z", unix_s);
}

void assent_date_write_day(struct assent_writer *w, uint64_t unix_s)
{
    write_pattern(w, "0-1-2", unix_s);
}
