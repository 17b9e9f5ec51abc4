/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_DATE_H
#define ASSENT_CORE_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/span.h"
#include "core/writer.h"

/* Calendar dates as cookies, HTTP and JSON write them. A time is unix_s: seconds since
 * 1970-01-01T00:00:00Z without leap seconds, 0..ASSENT_DATE_LAST_S. */

/* 9999-12-31T23:59:59Z, the last second that a four-digit year can name. */
#define ASSENT_DATE_LAST_S UINT64_C(253402300799)

/* Read a cookie-date, the free form that browsers accept in Expires (RFC 6265bis s. 5.1.1).
 *   text    any bytes; the tokens (day, month name, year, hh:mm:ss) may come in any order
 *   unix_s  set on success; a date before 1970 gives 0, which is in the past like itself
 *   return  true if all four tokens are there and name a day and a time that exist */
bool assent_date_parse_cookie(struct assent_span text, uint64_t *unix_s);

/* Write "Sun, 06 Nov 1994 08:49:37 GMT" (IMF-fixdate, RFC 9110 s. 5.6.7), 29 bytes;
 * "1994-11-06T08:49:37Z" (RFC 3339 s. 5.6), 20 bytes; or its day alone, 10 bytes. A later time than
 * ASSENT_DATE_LAST_S is written as that. */
void assent_date_write_imf(struct assent_writer *w, uint64_t unix_s);
void assent_date_write_rfc3339(struct assent_writer *w, uint64_t unix_s);
void assent_date_write_day(struct assent_writer *w, uint64_t unix_s);

#endif
