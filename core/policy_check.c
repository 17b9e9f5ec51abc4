/* SPDX-License-Identifier: MIT */
/* Whether an image may be believed: each rule of core/policy_format.h, so that the view in
 * core/policy.c needs no checks of its own. */
#include "core/policy.h"
#include "core/policy_format.h"

/* What a string may hold. Texts are escaped where they are shown; the others stand in field values,
 * attributes and keys as they are. */
enum alphabet { TEXT, SLUG, TAG, FILE_NAME, COOKIE_NAME, HOST, ADDRESS };

static const struct {
    const char *punctuation; /* beside a-z and 0-9 */
    bool upper;
    bool may_be_empty;
} alphabets[] = {
    [TEXT] = {NULL, true, true},
    [SLUG] = {"-", false, false},
    [TAG] = {"-", true, false},
    [FILE_NAME] = {"-._", true, false},
    [COOKIE_NAME] = {"!#$%&'*+-.^_`|~", true, false}, /* token, RFC 9110 s. 5.6.2 */
    [HOST] = {"-.*:", false, false},
    [ADDRESS] = {":/?#[]@!$&()*+,;=-._~%", true, true}, /* RFC 3986 without the apostrophe */
};

/* Columns that are strings or phrases. Strings come first in a row. */
static const struct {
    uint8_t strings;
    uint8_t alphabet[2];
    uint8_t phrase_at;
    uint8_t phrases;
} columns[ASSENT_POLICY_FORMAT_TABLES] = {
    [ASSENT_POLICY_FORMAT_LANGUAGE] = {1, {TAG}, 0, 0},
    [ASSENT_POLICY_FORMAT_WORD] = {0, {0}, 2, 1},
    [ASSENT_POLICY_FORMAT_SITE] = {1, {HOST}, 0, 0},
    [ASSENT_POLICY_FORMAT_PURPOSE] = {1, {SLUG}, 4, 2},
    [ASSENT_POLICY_FORMAT_COOKIE] = {2, {COOKIE_NAME, TEXT}, 0, 0},
    [ASSENT_POLICY_FORMAT_HOST] = {1, {HOST}, 0, 0},
    [ASSENT_POLICY_FORMAT_RECIPIENT] = {2, {SLUG, ADDRESS}, 8, 2},
    [ASSENT_POLICY_FORMAT_TECHNOLOGY] = {0, {0}, 0, 1},
    [ASSENT_POLICY_FORMAT_RIGHT] = {0, {0}, 0, 1},
    [ASSENT_POLICY_FORMAT_SECTION] = {0, {0}, 0, 1},
    [ASSENT_POLICY_FORMAT_REVISION] = {0, {0}, 0, 1},
    [ASSENT_POLICY_FORMAT_DOCUMENT] = {2, {FILE_NAME, TAG}, 0, 0},
};

static bool in_alphabet(struct assent_span s, enum alphabet alphabet)
{
    const char *punctuation = alphabets[alphabet].punctuation;

    for (size_t i = 0; i < s.len && punctuation != NULL; i++) {
        uint8_t c = s.ptr[i];
        uint8_t letter = alphabets[alphabet].upper ? assent_span_lower(c) : c;
        const char *p = punctuation;

        while (*p != '\0' && (uint8_t)*p != c) {
            p++;
        }
        if (*p == '\0' && (uint8_t)(letter - 'a') >= 26 && (uint8_t)(c - '0') >= 10) {
            return false;
        }
    }
    return s.len > 0 || alphabets[alphabet].may_be_empty;
}

/* "*" alone would name every host there is (CSP3 s. 2.3.1): a star stands in front of a dot and a
 * name, or nowhere. */
static bool is_host(struct assent_span s)
{
    size_t from = s.len > 2 && s.ptr[0] == '*' && s.ptr[1] == '.' ? 2 : 0;

    return in_alphabet(s, HOST) && memchr(s.ptr + from, '*', s.len - from) == NULL &&
           s.ptr[from] != '.' && s.ptr[from] != ':';
}

static bool is_link(struct assent_span s)
{
    return s.len == 0 || assent_span_starts(s, ASSENT_SPAN("https://")) ||
           assent_span_starts(s, ASSENT_SPAN("http://"));
}

static struct assent_span pool(struct assent_span image)
{
    return assent_span_slice(image, assent_bytes_load16(image.ptr + ASSENT_POLICY_FORMAT_POOL_AT),
                             image.len);
}

static bool string_is_sound(struct assent_span image, const uint8_t *reference,
                            enum alphabet alphabet)
{
    return assent_image_is_whole(pool(image), assent_bytes_load16(reference),
                                 assent_bytes_load16(reference + 2)) &&
           in_alphabet(assent_policy_format_string(image, reference), alphabet);
}

/* The tables follow each other from the header to the pool. */
static bool directory_is_sound(const struct assent_policy *policy)
{
    size_t at = ASSENT_POLICY_FORMAT_TABLES_AT;

    for (unsigned table = 0; table < ASSENT_POLICY_FORMAT_TABLES; table++) {
        enum assent_policy_format_table t = (enum assent_policy_format_table)table;
        size_t row = assent_policy_format_row_bytes[t];

        if (assent_bytes_load16(assent_policy_format_directory(policy->image, t)) != at) {
            return false;
        }
        row *= t == ASSENT_POLICY_FORMAT_PHRASE ? policy->languages : 1U;
        at += row * assent_policy_format_count(policy->image, t);
        if (at > policy->image.len) {
            return false;
        }
    }
    return at == assent_bytes_load16(policy->image.ptr + ASSENT_POLICY_FORMAT_POOL_AT);
}

static bool strings_are_sound(const struct assent_policy *policy)
{
    static const uint8_t header[ASSENT_POLICY_FORMAT_STRINGS] = {SLUG,    TEXT,    TEXT,
                                                                 ADDRESS, ADDRESS, TEXT};
    struct assent_span image = policy->image;
    const uint8_t *phrase = assent_policy_format_row(image, ASSENT_POLICY_FORMAT_PHRASE, 0);
    unsigned phrases = assent_policy_format_count(image, ASSENT_POLICY_FORMAT_PHRASE);

    for (unsigned i = 0; i < ASSENT_POLICY_FORMAT_STRINGS; i++) {
        if (!string_is_sound(image, image.ptr + ASSENT_POLICY_FORMAT_STRINGS_AT + 4U * i,
                             (enum alphabet)header[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < (size_t)phrases * policy->languages; i++) {
        if (!string_is_sound(image, phrase + 4U * i, TEXT)) {
            return false;
        }
    }
    return phrases > 0;
}

static bool row_is_sound(struct assent_span image, enum assent_policy_format_table table,
                         const uint8_t *row)
{
    unsigned phrases = assent_policy_format_count(image, ASSENT_POLICY_FORMAT_PHRASE);

    for (unsigned i = 0; i < columns[table].strings; i++) {
        if (!string_is_sound(image, row + 4U * i, (enum alphabet)columns[table].alphabet[i])) {
            return false;
        }
    }
    for (unsigned i = 0; i < columns[table].phrases; i++) {
        if (assent_bytes_load16(row + columns[table].phrase_at + 2U * i) >= phrases) {
            return false;
        }
    }
    return true;
}

/* PF-5. */
static bool is_offered(const struct assent_policy *policy, uint8_t tier)
{
    return tier < ASSENT_TIER_COUNT &&
           (policy->offered & ASSENT_TIER_BIT((enum assent_tier)tier)) != 0;
}

/* PF-1, PF-2 and PF-4. */
static bool cookie_fits(const struct assent_policy *policy, const uint8_t *row, unsigned index)
{
    struct assent_span image = policy->image;
    struct assent_span name = assent_policy_format_string(image, row);
    uint32_t days = assent_bytes_load32(row + 8) / 86400U;
    uint8_t flags = row[14];
    unsigned parent = ASSENT_POLICY_FORMAT_NO_PARENT;

    if (row[12] >= assent_policy_format_count(image, ASSENT_POLICY_FORMAT_PURPOSE) ||
        assent_policy_format_row(image, ASSENT_POLICY_FORMAT_PURPOSE, row[12])[8] != row[13] ||
        days > policy->cookie_days ||
        (days == policy->cookie_days && assent_bytes_load32(row + 8) % 86400U != 0) ||
        (flags & 0x78) != 0 ||
        (flags & (ASSENT_POLICY_COOKIE_HTTP_ONLY | ASSENT_POLICY_COOKIE_SCRIPT)) ==
            (ASSENT_POLICY_COOKIE_HTTP_ONLY | ASSENT_POLICY_COOKIE_SCRIPT)) {
        return false;
    }
    if (index > 0) {
        const uint8_t *before =
            assent_policy_format_row(image, ASSENT_POLICY_FORMAT_COOKIE, index - 1);
        struct assent_span former = assent_policy_format_string(image, before);
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
        const uint8_t *above = assent_policy_format_row(image, ASSENT_POLICY_FORMAT_COOKIE, parent);

        if ((above[14] & ASSENT_POLICY_FORMAT_PATTERN) != 0 &&
            assent_span_starts(name, assent_policy_format_string(image, above))) {
            break;
        }
        parent = above[15];
    }
    return row[15] == parent;
}

static bool ascends(struct assent_span image, enum assent_policy_format_table table,
                    const uint8_t *row, unsigned index, unsigned column)
{
    return index == 0 || assent_policy_format_row(image, table, index - 1)[column] <= row[column];
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

    return row[2] <= 1 && assent_bytes_load32(row + 8) < above;
}

/* The numbers of one row, and its order among the rows before it. */
static bool row_fits(const struct assent_policy *policy, enum assent_policy_format_table table,
                     const uint8_t *row, unsigned index)
{
    struct assent_span image = policy->image;

    switch (table) {
    case ASSENT_POLICY_FORMAT_LANGUAGE:
        return row[4] <= 1 && row[5] <= 1 &&
               assent_policy_format_string(image, row).len <= ASSENT_TEXT_TAG_BYTES;
    case ASSENT_POLICY_FORMAT_WORD:
        return assent_bytes_load16(row) < ASSENT_TEXT_COUNT &&
               (index == 0 || assent_bytes_load16(row) > assent_bytes_load16(row - 4));
    case ASSENT_POLICY_FORMAT_SITE:
        return is_host(assent_policy_format_string(image, row));
    case ASSENT_POLICY_FORMAT_PURPOSE:
        return is_offered(policy, row[8]) && ascends(image, table, row, index, 8);
    case ASSENT_POLICY_FORMAT_COOKIE:
        return cookie_fits(policy, row, index);
    case ASSENT_POLICY_FORMAT_HOST:
        return is_host(assent_policy_format_string(image, row)) &&
               assent_bytes_load16(row + 4) <
                   assent_policy_format_count(image, ASSENT_POLICY_FORMAT_RECIPIENT) &&
               is_offered(policy, row[6]) && ascends(image, table, row, index, 6) && row[7] < 0x80;
    case ASSENT_POLICY_FORMAT_RECIPIENT:
        return is_link(assent_policy_format_string(image, row + 4)) &&
               (row[12] & ~(unsigned)policy->offered) == 0;
    case ASSENT_POLICY_FORMAT_TECHNOLOGY:
        return row[2] < ASSENT_POLICY_TECHNOLOGY_KINDS && is_offered(policy, row[3]);
    case ASSENT_POLICY_FORMAT_RIGHT:
        return right_fits(policy, row, index);
    case ASSENT_POLICY_FORMAT_SECTION:
        return row[2] < ASSENT_POLICY_SECTION_KINDS;
    case ASSENT_POLICY_FORMAT_REVISION:
        return revision_fits(policy, row, index);
    case ASSENT_POLICY_FORMAT_PHRASE:
    case ASSENT_POLICY_FORMAT_DOCUMENT:
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

    return policy->revision > 0 && policy->effective_s < year_10000_s &&
           policy->regime <= ASSENT_REGIME_US && policy->gpc <= ASSENT_POLICY_GPC_REFUSE &&
           policy->minimum_age < 100 && policy->flags < 0x10 &&
           (policy->offered & ASSENT_TIERS_ESSENTIAL) != 0 &&
           policy->offered <= (ASSENT_TIERS_ESSENTIAL | ASSENT_TIERS_OPTIONAL) &&
           (policy->objectable & ~(unsigned)(policy->offered & statistics)) == 0 &&
           within(policy->grant_days, 1, 395) &&
           within(policy->refusal_days, us ? 365 : 180, 395) &&
           policy->refusal_days >= policy->grant_days && within(policy->cookie_days, 1, 400) &&
           within(policy->retention_days, 1, 3660) && policy->rights <= 0x1FF &&
           assent_bytes_load16(strings + 2) <= 32 && assent_bytes_load16(strings + 6) > 0 &&
           is_link(assent_policy_format_string(policy->image, strings + 16));
}

int assent_policy_check_image(const struct assent_policy *policy)
{
    if (policy->languages == 0 || policy->languages > ASSENT_TEXT_LANGUAGES ||
        assent_policy_format_count(policy->image, ASSENT_POLICY_FORMAT_LANGUAGE) !=
            policy->languages ||
        !directory_is_sound(policy) || !assent_image_is_text(pool(policy->image)) ||
        !strings_are_sound(policy)) {
        return ASSENT_ERR_CORRUPT;
    }
    if (!header_fits(policy)) {
        return ASSENT_ERR_RANGE;
    }
    for (unsigned table = 0; table < ASSENT_POLICY_FORMAT_TABLES; table++) {
        enum assent_policy_format_table t = (enum assent_policy_format_table)table;
        unsigned count = assent_policy_format_count(policy->image, t);

        /* The phrases were checked; rows of cookies are numbered in 8 bits. */
        if (t == ASSENT_POLICY_FORMAT_PHRASE) {
            continue;
        }
        if (t == ASSENT_POLICY_FORMAT_COOKIE && count > ASSENT_POLICY_FORMAT_NO_PARENT) {
            return ASSENT_ERR_RANGE;
        }
        for (unsigned i = 0; i < count; i++) {
            const uint8_t *row = assent_policy_format_row(policy->image, t, i);

            if (!row_is_sound(policy->image, t, row)) {
                return ASSENT_ERR_CORRUPT;
            }
            if (!row_fits(policy, t, row, i)) {
                return ASSENT_ERR_RANGE;
            }
        }
    }
    return assent_policy_format_count(policy->image, ASSENT_POLICY_FORMAT_SITE) > 0
               ? ASSENT_OK
               : ASSENT_ERR_RANGE;
}
