/* SPDX-License-Identifier: MIT */
/* Whether an image may be believed: each rule of core/policy_format.h, so that the view in
 * core/policy.c needs no checks of its own. */
#include "core/policy.h"
#include "core/policy_format.h"

/* RFC 3986 without the apostrophe. */
#define URI_PUNCTUATION ":/?#[]@!$&()*+,;=-._~%"

/* What a string may hold, by its kind. */
static const struct {
    const char *punctuation; /* beside a-z and 0-9 */
    bool upper;
    bool may_be_empty;
} alphabets[] = {
    [ASSENT_POLICY_COLUMN_TEXT] = {NULL, true, true},
    [ASSENT_POLICY_COLUMN_SLUG] = {"-", false, false},
    [ASSENT_POLICY_COLUMN_TAG] = {"-", true, false},
    [ASSENT_POLICY_COLUMN_FILE_NAME] = {"-._", true, false},
    [ASSENT_POLICY_COLUMN_COOKIE_NAME] = {"!#$%&'*+-.^_`|~", true, false}, /* RFC 9110 s. 5.6.2 */
    [ASSENT_POLICY_COLUMN_HOST_NAME] = {"-.*:", false, false},
    [ASSENT_POLICY_COLUMN_ADDRESS] = {URI_PUNCTUATION, true, true},
    [ASSENT_POLICY_COLUMN_LINK] = {URI_PUNCTUATION, true, true},
};

static bool in_alphabet(struct assent_span s, unsigned kind)
{
    const char *punctuation = alphabets[kind].punctuation;

    for (size_t i = 0; i < s.len && punctuation != NULL; i++) {
        uint8_t c = s.ptr[i];
        uint8_t letter = alphabets[kind].upper ? assent_span_lower(c) : c;
        const char *p = punctuation;

        while (*p != '\0' && (uint8_t)*p != c) {
            p++;
        }
        if (*p == '\0' && (uint8_t)(letter - 'a') >= 26 && (uint8_t)(c - '0') >= 10) {
            return false;
        }
    }
    return s.len > 0 || alphabets[kind].may_be_empty;
}

/* "*" alone would name every host there is (CSP3 s. 2.3.1): a star stands in front of a dot and a
 * name, or nowhere. */
static bool is_host(struct assent_span s)
{
    size_t from = s.len > 2 && s.ptr[0] == '*' && s.ptr[1] == '.' ? 2 : 0;

    return memchr(s.ptr + from, '*', s.len - from) == NULL && s.ptr[from] != '.' &&
           s.ptr[from] != ':';
}

static bool is_link(struct assent_span s)
{
    return s.len == 0 || assent_span_starts(s, ASSENT_SPAN("https://")) ||
           assent_span_starts(s, ASSENT_SPAN("http://"));
}

/* What its alphabet leaves open. */
static bool string_fits(struct assent_span s, unsigned kind)
{
    return kind == ASSENT_POLICY_COLUMN_HOST_NAME ? is_host(s)
           : kind == ASSENT_POLICY_COLUMN_LINK    ? is_link(s)
                                                  : true;
}

static bool string_is_sound(struct assent_span image, const uint8_t *reference, unsigned kind)
{
    const uint8_t *pool = assent_policy_format_pool(image.ptr);

    return assent_image_is_whole(assent_span(pool, (size_t)(image.ptr + image.len - pool)),
                                 assent_bytes_load16(reference),
                                 assent_bytes_load16(reference + 2)) &&
           in_alphabet(assent_policy_format_string(image.ptr, reference), kind);
}

/* Rows of a table; of the phrase table, strings. */
static size_t count_rows(const struct assent_policy *policy, enum assent_policy_format_table table)
{
    size_t count = assent_policy_format_count(policy->image.ptr, table);

    return table == ASSENT_POLICY_FORMAT_PHRASE ? count * policy->languages : count;
}

/* The tables follow each other from the header to the pool. */
static bool directory_is_sound(const struct assent_policy *policy)
{
    const uint8_t *image = policy->image.ptr;
    const uint8_t *at = image + ASSENT_POLICY_FORMAT_TABLES_AT;

    for (unsigned table = 0; table < ASSENT_POLICY_FORMAT_TABLES; table++) {
        enum assent_policy_format_table t = (enum assent_policy_format_table)table;
        size_t bytes = count_rows(policy, t) * assent_policy_format_row_bytes[t];

        if (assent_policy_format_row(image, t, 0) != at ||
            bytes > (size_t)(image + policy->image.len - at)) {
            return false;
        }
        at += bytes;
    }
    return at == assent_policy_format_pool(image);
}

/* PF-5. */
static bool is_offered(const struct assent_policy *policy, uint8_t tier)
{
    return tier < ASSENT_TIER_COUNT &&
           (policy->offered & ASSENT_TIER_BIT((enum assent_tier)tier)) != 0;
}

/* Check each column of a row by its kind. before is the row before it, NULL for the first. */
static int check_columns(const struct assent_policy *policy,
                         const struct assent_policy_format_column *column, const uint8_t *row,
                         const uint8_t *before)
{
    struct assent_span image = policy->image;

    for (; column->kind != ASSENT_POLICY_COLUMN_END; column++) {
        const uint8_t *at = row + column->at;
        bool sound = true;
        bool fits = true;

        switch (column->kind) {
        case ASSENT_POLICY_COLUMN_PHRASE:
            sound = assent_bytes_load16(at) <
                    assent_policy_format_count(image.ptr, ASSENT_POLICY_FORMAT_PHRASE);
            break;
        case ASSENT_POLICY_COLUMN_TIER:
            fits = is_offered(policy, *at) &&
                   (column->limit == 0 || before == NULL || before[column->at] <= *at);
            break;
        case ASSENT_POLICY_COLUMN_BYTE:
        case ASSENT_POLICY_COLUMN_CHECKED:
            fits = *at <= column->limit;
            break;
        case ASSENT_POLICY_COLUMN_SHORT:
        case ASSENT_POLICY_COLUMN_WORD:
        case ASSENT_POLICY_COLUMN_TIME:
        case ASSENT_POLICY_COLUMN_DIGEST:
            break;
        default:
            sound = string_is_sound(image, at, column->kind);
            fits = !sound || string_fits(assent_policy_format_string(image.ptr, at), column->kind);
            break;
        }
        if (!sound) {
            return ASSENT_ERR_CORRUPT;
        }
        if (!fits) {
            return ASSENT_ERR_RANGE;
        }
    }
    return ASSENT_OK;
}

/* PF-1, PF-2 and PF-4. */
static bool cookie_fits(const struct assent_policy *policy, const uint8_t *row, unsigned index)
{
    struct assent_span image = policy->image;
    struct assent_span name = assent_policy_format_string(image.ptr, row);
    uint8_t flags = row[14];
    unsigned parent = ASSENT_POLICY_FORMAT_NO_PARENT;

    if (row[12] >= assent_policy_format_count(image.ptr, ASSENT_POLICY_FORMAT_PURPOSE) ||
        assent_policy_format_row(image.ptr, ASSENT_POLICY_FORMAT_PURPOSE, row[12])[8] != row[13] ||
        assent_bytes_load32(row + 8) > policy->cookie_days * 86400U || (flags & 0x78) != 0 ||
        (flags & (ASSENT_POLICY_COOKIE_HTTP_ONLY | ASSENT_POLICY_COOKIE_SCRIPT)) ==
            (ASSENT_POLICY_COOKIE_HTTP_ONLY | ASSENT_POLICY_COOKIE_SCRIPT)) {
        return false;
    }
    if (index > 0) {
        const uint8_t *before =
            assent_policy_format_row(image.ptr, ASSENT_POLICY_FORMAT_COOKIE, index - 1);
        struct assent_span former = assent_policy_format_string(image.ptr, before);
        size_t common = former.len < name.len ? former.len : name.len;
        int order = memcmp(former.ptr, name.ptr, common);
        bool same = order == 0 && former.len == name.len;

        if (order > 0 || (order == 0 && former.len > name.len) ||
            (same && ((before[14] & ASSENT_POLICY_FORMAT_PATTERN) == 0 ||
                      (flags & ASSENT_POLICY_FORMAT_PATTERN) != 0))) {
            return false;
        }
        parent = index - 1;
    }
    while (parent != ASSENT_POLICY_FORMAT_NO_PARENT) {
        const uint8_t *above =
            assent_policy_format_row(image.ptr, ASSENT_POLICY_FORMAT_COOKIE, parent);

        if ((above[14] & ASSENT_POLICY_FORMAT_PATTERN) != 0 &&
            assent_span_starts(name, assent_policy_format_string(image.ptr, above))) {
            break;
        }
        parent = above[15];
    }
    return row[15] == parent;
}

static bool right_fits(const struct assent_policy *policy, const uint8_t *row, unsigned index)
{
    unsigned right = assent_bytes_load16(row + 2);

    return right != 0 && (right & (right - 1U)) == 0 && (right & policy->rights) != 0 &&
           (index == 0 || right > assent_bytes_load16(row - 2));
}

static bool revision_fits(const struct assent_policy *policy, const uint8_t *row, unsigned index)
{
    uint32_t above = index == 0 ? policy->revision : assent_bytes_load32(row - 44 + 8);

    return assent_bytes_load32(row + 8) < above;
}

/* What the columns of one row leave open, and its order among the rows before it. */
static bool row_fits(const struct assent_policy *policy, enum assent_policy_format_table table,
                     const uint8_t *row, unsigned index)
{
    struct assent_span image = policy->image;

    switch (table) {
    case ASSENT_POLICY_FORMAT_LANGUAGE:
        return assent_policy_format_string(image.ptr, row).len <= ASSENT_TEXT_TAG_BYTES;
    case ASSENT_POLICY_FORMAT_WORD:
        return assent_bytes_load16(row) < ASSENT_TEXT_COUNT &&
               (index == 0 || assent_bytes_load16(row) > assent_bytes_load16(row - 4));
    case ASSENT_POLICY_FORMAT_COOKIE:
        return cookie_fits(policy, row, index);
    case ASSENT_POLICY_FORMAT_HOST:
        return assent_bytes_load16(row + 4) <
               assent_policy_format_count(image.ptr, ASSENT_POLICY_FORMAT_RECIPIENT);
    case ASSENT_POLICY_FORMAT_RECIPIENT:
        return (row[12] & ~(unsigned)policy->offered) == 0;
    case ASSENT_POLICY_FORMAT_RIGHT:
        return right_fits(policy, row, index);
    case ASSENT_POLICY_FORMAT_REVISION:
        return revision_fits(policy, row, index);
    case ASSENT_POLICY_FORMAT_DOCUMENT:
        return (size_t)assent_bytes_load16(row + 40) + assent_bytes_load16(row + 42) <=
               assent_policy_format_count(image.ptr, ASSENT_POLICY_FORMAT_CONTENT);
    case ASSENT_POLICY_FORMAT_PHRASE:
    case ASSENT_POLICY_FORMAT_SITE:
    case ASSENT_POLICY_FORMAT_PURPOSE:
    case ASSENT_POLICY_FORMAT_TECHNOLOGY:
    case ASSENT_POLICY_FORMAT_SECTION:
    case ASSENT_POLICY_FORMAT_CONTENT:
    case ASSENT_POLICY_FORMAT_TABLES:
        break;
    }
    return true;
}

static bool within(unsigned value, unsigned low, unsigned high)
{
    return value >= low && value <= high;
}

static bool header_fits(const struct assent_policy *policy)
{
    static const uint64_t year_10000_s = 253402300800U;
    bool us = policy->regime == ASSENT_REGIME_US;
    uint8_t statistics =
        policy->regime == ASSENT_REGIME_UK ? ASSENT_TIER_BIT(ASSENT_TIER_ANALYTICS) : 0;
    const uint8_t *strings = policy->image.ptr + ASSENT_POLICY_FORMAT_STRINGS_AT;

    return policy->revision > 0 && policy->effective_s < year_10000_s && policy->flags < 0x10 &&
           (policy->offered & ASSENT_TIERS_ESSENTIAL) != 0 &&
           (policy->objectable & ~(unsigned)(policy->offered & statistics)) == 0 &&
           within(policy->refusal_days, us ? 365 : 180, 395) &&
           within(policy->grant_days, 1, policy->refusal_days) &&
           within(policy->cookie_days, 1, 400) && within(policy->retention_days, 1, 3660) &&
           policy->rights <= ASSENT_RIGHTS && assent_bytes_load16(strings + 2) <= 32 &&
           assent_bytes_load16(strings + 6) > 0 &&
           /* Rows of cookies are numbered in 8 bits, and somebody has to be served. */
           assent_policy_format_count(policy->image.ptr, ASSENT_POLICY_FORMAT_COOKIE) <=
               ASSENT_POLICY_FORMAT_NO_PARENT &&
           assent_policy_format_count(policy->image.ptr, ASSENT_POLICY_FORMAT_SITE) > 0;
}

static int check_table(const struct assent_policy *policy, enum assent_policy_format_table table)
{
    size_t row_bytes = assent_policy_format_row_bytes[table];
    const uint8_t *row = assent_policy_format_row(policy->image.ptr, table, 0);
    size_t count = count_rows(policy, table);

    for (unsigned i = 0; i < count; i++, row += row_bytes) {
        int error = check_columns(policy, assent_policy_format_columns[table], row,
                                  i > 0 ? row - row_bytes : NULL);

        if (error != ASSENT_OK) {
            return error;
        }
        if (!row_fits(policy, table, row, i)) {
            return ASSENT_ERR_RANGE;
        }
    }
    return ASSENT_OK;
}

int assent_policy_check_image(const struct assent_policy *policy)
{
    const uint8_t *image = policy->image.ptr;
    int error;

    if (policy->languages == 0 || policy->languages > ASSENT_TEXT_LANGUAGES ||
        assent_policy_format_count(image, ASSENT_POLICY_FORMAT_LANGUAGE) != policy->languages ||
        assent_policy_format_count(image, ASSENT_POLICY_FORMAT_PHRASE) == 0 ||
        !directory_is_sound(policy) ||
        !assent_image_is_text(assent_span_slice(policy->image,
                                                (size_t)(assent_policy_format_pool(image) - image),
                                                policy->image.len))) {
        return ASSENT_ERR_CORRUPT;
    }
    error = check_columns(policy, assent_policy_format_header, image, NULL);
    if (error == ASSENT_OK) {
        error = check_columns(policy, assent_policy_format_controller, image, NULL);
    }
    if (error == ASSENT_OK && !header_fits(policy)) {
        error = ASSENT_ERR_RANGE;
    }
    for (unsigned table = 0; table < ASSENT_POLICY_FORMAT_TABLES && error == ASSENT_OK; table++) {
        error = check_table(policy, (enum assent_policy_format_table)table);
    }
    return error;
}
