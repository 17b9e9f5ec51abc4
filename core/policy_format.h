/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_POLICY_FORMAT_H
#define ASSENT_CORE_POLICY_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"
#include "core/image.h"
#include "core/span.h"

/* The policy image, byte by byte: what the compiler writes and core/policy.c reads. Integers are
 * little-endian. The parts follow each other without gaps: envelope, header, tables in the order of
 * the directory, pool.
 *
 * A string is 4 bytes: offset (2) into the pool, length (2). A phrase is a text in every language: its
 * number p (2) names row p of the phrase table; phrase 0 is empty.
 *
 * Envelope (core/image.h), magic "APOL", bytes 0..47. Header:
 *
 *   offset  bytes  field
 *       48      4  revision, from 1
 *       52      5  effective, seconds since 1970, before the year 10000
 *       57      1  regime: 0 eu, 1 uk, 2 us
 *       58      1  gpc: 0 ask, 1 refuse
 *       59      1  minimum age in years, 0 none, up to 99
 *       60      1  flags, ASSENT_POLICY_*; bit 7: there is a data protection officer
 *       61      1  tiers offered, a set with essential
 *       62      1  tiers that run until objected to; only analytics, only regime uk
 *       63      1  languages, 1..16
 *       64      2  grant_days, 1..395
 *       66      2  refusal_days, 180..395 (us: 365..395), not less than grant_days
 *       68      2  cookie_days, 1..400
 *       70      2  retention_days, 1..3660
 *       72      2  rights, ASSENT_RIGHT_*
 *       74      2  where the pool starts, from the start of the image; it ends with the image
 *       76     12  fingerprints of the three tiers, 4 each, 0 for a tier that is not offered
 *       88      3  ask_again counters of the three tiers
 *       91      1  0
 *       92     18  colours, red green blue: text, background, accent, each for light, then for dark
 *      110      4  string: id, a slug
 *      114      4  string: name of the controller
 *      118      4  string: postal address
 *      122      4  string: mail address
 *      126      4  string: web address
 *      130      4  string: contact of the data protection officer
 *      134     56  directory: for each of the 14 tables offset (2) from the start of the image and
 *                  count (2) of rows
 *      190         first table
 *
 * Rows. "+" marks columns that are strings or phrases.
 *
 *   table        bytes  columns
 *   0 language       8  +tag 4, direction 1 (0 left to right, 1 right to left), words 1 (1: leaves
 *                       words to the shared texts), 0 2
 *   1 phrase       4*L  one string for each of the L languages
 *   2 word           4  key 2 (enum assent_text_key, ascending), +phrase 2
 *   3 site           4  +host 4
 *   4 purpose       12  +id 4, +title 2, +text 2, tier 1 (ascending), material 1, 0 2
 *   5 cookie        16  +name 4, +provider 4, max_age 4, purpose 1, tier 1, flags 1 (bit 7: name is a
 *                       prefix), parent 1
 *   6 host           8  +host 4, recipient 2, tier 1 (ascending), uses 1
 *   7 recipient     16  +id 4, +url 4, +name 2, +text 2, tiers 1, 0 3
 *   8 technology     4  +text 2, kind 1, tier 1
 *   9 right          4  +text 2, right 2 (one bit, ascending)
 *  10 section        4  +text 2, kind 1, 0 1
 *  11 revision      44  +text 2, asked 1, effective 5, revision 4 (descending), digest 32
 *  12 document      44  +file 4, +tag 4, digest 32, offset 2 and length 2 in the next table
 *  13 content        1  byte of the documents, each compressed (RFC 1952)
 *
 * PF-1  Cookies ascend by name (as bytes, a prefix before what it begins), a pattern before an exact
 *       name of the same text, no two alike.
 * PF-2  parent is the row of the longest pattern that another row's name begins with, 255 if there
 *       is none. It is always an earlier row, since that pattern sorts before the name.
 * PF-3  The longest pattern that fits a name is the greatest row not after the name, or one of its
 *       parents: every name between the pattern and the one looked for begins with the pattern.
 * PF-4  A cookie's tier is that of its purpose; its life is no longer than cookie_days.
 * PF-5  The tier of every row is offered. */
enum {
    ASSENT_POLICY_FORMAT_FLAGS_AT = 60,
    ASSENT_POLICY_FORMAT_POOL_AT = 74,
    ASSENT_POLICY_FORMAT_ASK_AGAIN_AT = 88,
    ASSENT_POLICY_FORMAT_THEME_AT = 92,
    ASSENT_POLICY_FORMAT_STRINGS_AT = 110, /* six strings of the header */
    ASSENT_POLICY_FORMAT_STRINGS = 6,
    ASSENT_POLICY_FORMAT_DIRECTORY_AT = 134,
    ASSENT_POLICY_FORMAT_TABLES_AT = 190,
    ASSENT_POLICY_FORMAT_HAS_DPO = 0x80,
    ASSENT_POLICY_FORMAT_PATTERN = 0x80,
    ASSENT_POLICY_FORMAT_NO_PARENT = 255
};

enum assent_policy_format_table {
    ASSENT_POLICY_FORMAT_LANGUAGE,
    ASSENT_POLICY_FORMAT_PHRASE,
    ASSENT_POLICY_FORMAT_WORD,
    ASSENT_POLICY_FORMAT_SITE,
    ASSENT_POLICY_FORMAT_PURPOSE,
    ASSENT_POLICY_FORMAT_COOKIE,
    ASSENT_POLICY_FORMAT_HOST,
    ASSENT_POLICY_FORMAT_RECIPIENT,
    ASSENT_POLICY_FORMAT_TECHNOLOGY,
    ASSENT_POLICY_FORMAT_RIGHT,
    ASSENT_POLICY_FORMAT_SECTION,
    ASSENT_POLICY_FORMAT_REVISION,
    ASSENT_POLICY_FORMAT_DOCUMENT,
    ASSENT_POLICY_FORMAT_CONTENT,
    ASSENT_POLICY_FORMAT_TABLES
};

struct assent_policy;

/* Check everything below the envelope: the second half of assent_policy_open, in core/policy_check.c.
 *   policy  its image has a good envelope and room for the header; its fields are taken from there
 *   return  ASSENT_OK
 *           ASSENT_ERR_CORRUPT  a table, string, phrase, text or order is wrong
 *           ASSENT_ERR_RANGE    a value is outside its range, or contradicts another */
int assent_policy_check_image(const struct assent_policy *policy);

/* What a column holds. */
enum assent_policy_column {
    ASSENT_POLICY_COLUMN_END, /* no column: ends a list of them */
    /* Strings, by what they may hold. Texts are escaped where they are shown; the others stand in
     * field values, attributes and keys as they are. */
    ASSENT_POLICY_COLUMN_TEXT,
    ASSENT_POLICY_COLUMN_SLUG,
    ASSENT_POLICY_COLUMN_TAG,
    ASSENT_POLICY_COLUMN_FILE_NAME,
    ASSENT_POLICY_COLUMN_COOKIE_NAME,
    ASSENT_POLICY_COLUMN_HOST_NAME,
    ASSENT_POLICY_COLUMN_ADDRESS,
    ASSENT_POLICY_COLUMN_LINK, /* an address that begins with http:// or https://, or nothing */
    ASSENT_POLICY_COLUMN_PHRASE,
    ASSENT_POLICY_COLUMN_TIER,    /* 1 byte: a tier that is offered; limit 1: no lower than in the
                                     row before */
    ASSENT_POLICY_COLUMN_BYTE,    /* 1 byte, 0..limit */
    ASSENT_POLICY_COLUMN_CHECKED, /* the same, for no member */
    ASSENT_POLICY_COLUMN_SHORT,   /* 2 bytes */
    ASSENT_POLICY_COLUMN_WORD,    /* 4 bytes */
    ASSENT_POLICY_COLUMN_TIME,    /* 5 bytes */
    ASSENT_POLICY_COLUMN_DIGEST   /* 32 bytes */
};

struct assent_policy_format_column {
    uint8_t kind;  /* enum assent_policy_column */
    uint8_t at;    /* offset in the row */
    uint8_t to;    /* offset of the member in the struct of core/policy.h, if one is read */
    uint8_t limit; /* by kind */
};

/* Header (from the start of the image, but for the flags), controller (likewise), and the columns of each
 * table. The rules that they leave out stand in core/policy_check.c. */
extern const struct assent_policy_format_column assent_policy_format_header[];
extern const struct assent_policy_format_column assent_policy_format_controller[];
extern const struct assent_policy_format_column
    *const assent_policy_format_columns[ASSENT_POLICY_FORMAT_TABLES];

/* Bytes of a row; of the phrase table, bytes for each language. */
extern const uint8_t assent_policy_format_row_bytes[ASSENT_POLICY_FORMAT_TABLES];

/* Rows of a table, or phrases of the phrase table. */
unsigned assent_policy_format_count(const uint8_t *image, enum assent_policy_format_table table);

/* A row of a table; of the phrase table, a string of one phrase. The index is not checked. */
const uint8_t *assent_policy_format_row(const uint8_t *image, enum assent_policy_format_table table,
                                        unsigned index);

/* Where the pool starts. */
static inline const uint8_t *assent_policy_format_pool(const uint8_t *image)
{
    return image + assent_bytes_load16(image + ASSENT_POLICY_FORMAT_POOL_AT);
}

/* The string that a reference in a checked image names. */
struct assent_span assent_policy_format_string(const uint8_t *image, const uint8_t *reference);

#endif
