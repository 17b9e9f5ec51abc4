/* SPDX-License-Identifier: MIT */
/* Dates: the tolerant cookie-date of browsers, and the two strict forms that are written. The calendar
 * is computed in 32 bits (a 64-bit division costs a Cortex-M3 hundreds of cycles). */
#include "core/date.h"

#define DAY_S 86400U
/* 1970-01-01, counted in days from 0000-03-01, where the leap day is the last of its year. */
#define EPOCH_DAY 719468U
#define ERA_DAYS  146097U /* 400 years */

struct civil {
    unsigned year;
    unsigned month; /* 1..12 */
    unsigned day;   /* 1..31 */
    unsigned hour;
    unsigned minute;
    unsigned second;
    unsigned weekday; /* 0 is Sunday; only written */
};

static bool is_leap(unsigned year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static bool exists(const struct civil *c)
{
    static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned last;

    if (c->month < 1 || c->month > 12 || c->hour > 23 || c->minute > 59 || c->second > 59) {
        return false;
    }
    last = days[c->month - 1] + (c->month == 2 && is_leap(c->year) ? 1U : 0U);
    return c->day >= 1 && c->day <= last;
}

/* Unix time of a date that exists, year 1601..9999; 0 if it is before 1970. */
static uint64_t to_unix(const struct civil *c)
{
    unsigned year = c->year - (c->month <= 2 ? 1U : 0U);
    unsigned month = (c->month + 9) % 12; /* 0 is March */
    unsigned era = year / 400;
    unsigned of_era = year % 400;
    unsigned of_year = (153 * month + 2) / 5 + c->day - 1;
    uint32_t day = era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + of_year;

    if (day < EPOCH_DAY) {
        return 0;
    }
    return (uint64_t)(day - EPOCH_DAY) * DAY_S + c->hour * 3600U + c->minute * 60U + c->second;
}

static struct civil from_unix(uint64_t unix_s)
{
    uint64_t whole = unix_s > ASSENT_DATE_LAST_S ? ASSENT_DATE_LAST_S : unix_s;
    uint32_t days = (uint32_t)(whole >> 7) / (DAY_S >> 7); /* 86400 is 675 * 2^7 */
    uint32_t second = (uint32_t)(whole - (uint64_t)days * DAY_S);
    uint32_t shifted = days + EPOCH_DAY;
    uint32_t era = shifted / ERA_DAYS;
    uint32_t of_era = shifted % ERA_DAYS;
    uint32_t year =
        (of_era - of_era / 1460 + of_era / 36524 - of_era / (ERA_DAYS - 1)) / 365; /* of the era */
    uint32_t of_year = of_era - (365 * year + year / 4 - year / 100);
    uint32_t month = (5 * of_year + 2) / 153; /* 0 is March */
    struct civil c;

    c.weekday = (days + 4) % 7; /* 1970-01-01 was a Thursday */
    c.day = of_year - (153 * month + 2) / 5 + 1;
    c.month = month < 10 ? month + 3 : month - 9;
    c.year = era * 400 + year + (c.month <= 2 ? 1U : 0U);
    c.hour = second / 3600;
    c.minute = second / 60 % 60;
    c.second = second % 60;
    return c;
}

static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* The strict forms, as patterns: y year in four digits, n month, d day, h hour, m minute, s second in
 * two, b name of the month, w name of the weekday; any other character is itself. */
static const char imf_fixdate[] = "w, d b y h:m:s GMT";
static const char full_date[] = "y-n-d";
static const char date_time[] = "y-n-dTh:m:sZ";

/* The number that a character of a pattern stands for, NULL if it stands for none. */
static unsigned *number_of(struct civil *c, char code)
{
    switch (code) {
    case 'y':
        return &c->year;
    case 'n':
        return &c->month;
    case 'd':
        return &c->day;
    case 'h':
        return &c->hour;
    case 'm':
        return &c->minute;
    case 's':
        return &c->second;
    default:
        return NULL;
    }
}

static bool is_digit(uint8_t byte)
{
    return (uint8_t)(byte - '0') < 10;
}

/* Read low..high digits off the front of s, stopping at high. */
static bool take_digits(struct assent_span *s, unsigned low, unsigned high, unsigned *value)
{
    unsigned count = 0;

    *value = 0;
    while (count < high && count < s->len && is_digit(s->ptr[count])) {
        *value = *value * 10 + (unsigned)(s->ptr[count] - '0');
        count++;
    }
    *s = assent_span_slice(*s, count, s->len);
    return count >= low;
}

static bool take_byte(struct assent_span *s, uint8_t byte)
{
    if (s->len == 0 || s->ptr[0] != byte) {
        return false;
    }
    *s = assent_span_slice(*s, 1, s->len);
    return true;
}

/* low..high digits that are not followed by another digit. */
static bool match_number(struct assent_span token, unsigned low, unsigned high, unsigned *value)
{
    unsigned number;

    if (!take_digits(&token, low, high, &number) || (token.len > 0 && is_digit(token.ptr[0]))) {
        return false;
    }
    *value = number;
    return true;
}

/* hms-time = time-field ":" time-field ":" time-field, time-field = 1*2DIGIT */
static bool match_time(struct assent_span token, struct civil *c)
{
    unsigned hour;
    unsigned minute;

    if (!take_digits(&token, 1, 2, &hour) || !take_byte(&token, ':') ||
        !take_digits(&token, 1, 2, &minute) || !take_byte(&token, ':') ||
        !match_number(token, 1, 2, &c->second)) {
        return false;
    }
    c->hour = hour;
    c->minute = minute;
    return true;
}

static bool match_month(struct assent_span token, unsigned *month)
{
    for (unsigned i = 0; i < 12; i++) {
        if (assent_span_starts_nocase(token, assent_span(months[i], 3))) {
            *month = i + 1;
            return true;
        }
    }
    return false;
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
    struct civil c = {0};
    bool found_time = false;
    bool found_day = false;
    bool found_month = false;
    bool found_year = false;

    /* Each token is tried for what is still missing, in this order (s. 5.1.1 step 2). */
    for (struct assent_span token = take_token(&text); token.len > 0; token = take_token(&text)) {
        if (!found_time && match_time(token, &c)) {
            found_time = true;
        } else if (!found_day && match_number(token, 1, 2, &c.day)) {
            found_day = true;
        } else if (!found_month && match_month(token, &c.month)) {
            found_month = true;
        } else if (!found_year && match_number(token, 2, 4, &c.year)) {
            found_year = true;
        }
    }
    if (!found_time || !found_day || !found_month || !found_year) {
        return false;
    }
    if (c.year >= 70 && c.year <= 99) {
        c.year += 1900;
    } else if (c.year <= 69) {
        c.year += 2000;
    }
    if (c.year < 1601 || !exists(&c)) {
        return false;
    }
    *unix_s = to_unix(&c);
    return true;
}

static bool match_pattern(struct assent_span text, const char *pattern, struct civil *c)
{
    for (; *pattern != '\0'; pattern++) {
        unsigned *number = number_of(c, *pattern);
        unsigned digits = *pattern == 'y' ? 4 : 2;

        if (number != NULL ? !take_digits(&text, digits, digits, number)
                           : !take_byte(&text, (uint8_t)*pattern)) {
            return false;
        }
    }
    return text.len == 0;
}

bool assent_date_parse_rfc3339(struct assent_span text, uint64_t *unix_s)
{
    struct civil c = {0};

    if ((!match_pattern(text, full_date, &c) && !match_pattern(text, date_time, &c)) ||
        c.year < 1970 || !exists(&c)) {
        return false;
    }
    *unix_s = to_unix(&c);
    return true;
}

/* A number below 10000 in exactly digits (1..4) places, without the 64-bit divisions of a writer. */
static void write_number(struct assent_writer *w, unsigned value, unsigned digits)
{
    uint8_t text[4];

    for (unsigned i = digits; i > 0; i--) {
        text[i - 1] = (uint8_t)('0' + value % 10);
        value /= 10;
    }
    assent_writer_put(w, assent_span(text, digits));
}

static void write_pattern(struct assent_writer *w, const char *pattern, uint64_t unix_s)
{
    static const char weekdays[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    struct civil c = from_unix(unix_s);

    for (; *pattern != '\0'; pattern++) {
        const unsigned *number = number_of(&c, *pattern);

        if (number != NULL) {
            write_number(w, *number, *pattern == 'y' ? 4 : 2);
        } else if (*pattern == 'b') {
            assent_writer_text(w, months[c.month - 1]);
        } else if (*pattern == 'w') {
            assent_writer_text(w, weekdays[c.weekday]);
        } else {
            assent_writer_byte(w, (uint8_t)*pattern);
        }
    }
}

void assent_date_write_imf(struct assent_writer *w, uint64_t unix_s)
{
    write_pattern(w, imf_fixdate, unix_s);
}

void assent_date_write_rfc3339(struct assent_writer *w, uint64_t unix_s)
{
    write_pattern(w, date_time, unix_s);
}
