/* SPDX-License-Identifier: MIT */
/* The columns of core/policy_format.h that can be read and checked one by one. */
#include "core/policy_format.h"

#include "core/policy.h"

const uint8_t assent_policy_format_row_bytes[ASSENT_POLICY_FORMAT_TABLES] = {
    8, 4, 4, 4, 12, 16, 8, 16, 4, 4, 4, 44, 44, 1};

/* clang-format off */
/* A column that is only checked, one that is a member of a row, and one of the header. */
#define COLUMN(kind, at, limit) {ASSENT_POLICY_COLUMN_##kind, at, 0, limit}
#define MEMBER(kind, at, limit, row, member) \
    {ASSENT_POLICY_COLUMN_##kind, at, offsetof(struct assent_policy_##row, member), limit}
#define HEADER(kind, at, limit, member) \
    {ASSENT_POLICY_COLUMN_##kind, at, offsetof(struct assent_policy, member), limit}
/* clang-format on */

const struct assent_policy_format_column assent_policy_format_header[] = {
    HEADER(WORD, 48, 0, revision),
    HEADER(TIME, 52, 0, effective_s),
    HEADER(BYTE, 57, ASSENT_REGIME_US, regime),
    HEADER(BYTE, 58, ASSENT_POLICY_GPC_REFUSE, gpc),
    HEADER(BYTE, 59, 99, minimum_age),
    HEADER(BYTE, 61, ASSENT_TIERS_ESSENTIAL | ASSENT_TIERS_OPTIONAL, offered),
    HEADER(BYTE, 62, ASSENT_TIERS_OPTIONAL, objectable),
    HEADER(BYTE, 63, ASSENT_TEXT_LANGUAGES, languages),
    HEADER(SHORT, 64, 0, grant_days),
    HEADER(SHORT, 66, 0, refusal_days),
    HEADER(SHORT, 68, 0, cookie_days),
    HEADER(SHORT, 70, 0, retention_days),
    HEADER(SHORT, 72, 0, rights),
    HEADER(WORD, 76, 0, fingerprint[ASSENT_TIER_ESSENTIAL]),
    HEADER(WORD, 80, 0, fingerprint[ASSENT_TIER_ANALYTICS]),
    HEADER(WORD, 84, 0, fingerprint[ASSENT_TIER_ADVERTISING]),
    COLUMN(CHECKED, 91, 0),
    {0},
};

const struct assent_policy_format_column assent_policy_format_controller[] = {
    MEMBER(SLUG, 110, 0, controller, id),
    MEMBER(TEXT, 114, 0, controller, name),
    MEMBER(TEXT, 118, 0, controller, address),
    MEMBER(ADDRESS, 122, 0, controller, mail),
    MEMBER(LINK, 126, 0, controller, web),
    MEMBER(TEXT, 130, 0, controller, dpo),
    {0},
};

static const struct assent_policy_format_column language[] = {
    COLUMN(TAG, 0, 0),
    COLUMN(CHECKED, 4, 1),
    COLUMN(CHECKED, 5, 1),
    {0},
};

static const struct assent_policy_format_column phrase[] = {COLUMN(TEXT, 0, 0), {0}};

static const struct assent_policy_format_column word[] = {COLUMN(PHRASE, 2, 0), {0}};

static const struct assent_policy_format_column site[] = {COLUMN(HOST_NAME, 0, 0), {0}};

static const struct assent_policy_format_column purpose[] = {
    MEMBER(SLUG, 0, 0, purpose, id),
    MEMBER(PHRASE, 4, 0, purpose, title),
    MEMBER(PHRASE, 6, 0, purpose, text),
    MEMBER(TIER, 8, 1, purpose, tier),
    MEMBER(BYTE, 9, UINT8_MAX, purpose, material),
    {0},
};

static const struct assent_policy_format_column cookie[] = {
    COLUMN(COOKIE_NAME, 0, 0),
    COLUMN(TEXT, 4, 0),
    {0},
};

static const struct assent_policy_format_column host[] = {
    MEMBER(HOST_NAME, 0, 0, host, host),
    MEMBER(SHORT, 4, 0, host, recipient),
    MEMBER(TIER, 6, 1, host, tier),
    MEMBER(BYTE, 7, 0x7F, host, uses),
    {0},
};

static const struct assent_policy_format_column recipient[] = {
    MEMBER(SLUG, 0, 0, recipient, id),
    MEMBER(LINK, 4, 0, recipient, url),
    MEMBER(PHRASE, 8, 0, recipient, name),
    MEMBER(PHRASE, 10, 0, recipient, text),
    MEMBER(BYTE, 12, UINT8_MAX, recipient, tiers),
    {0},
};

static const struct assent_policy_format_column technology[] = {
    MEMBER(PHRASE, 0, 0, technology, text),
    MEMBER(BYTE, 2, ASSENT_POLICY_TECHNOLOGY_KINDS - 1, technology, kind),
    MEMBER(TIER, 3, 0, technology, tier),
    {0},
};

static const struct assent_policy_format_column right[] = {
    MEMBER(PHRASE, 0, 0, right, text),
    MEMBER(SHORT, 2, 0, right, right),
    {0},
};

static const struct assent_policy_format_column section[] = {
    MEMBER(PHRASE, 0, 0, section, text),
    MEMBER(BYTE, 2, ASSENT_POLICY_SECTION_KINDS - 1, section, kind),
    {0},
};

static const struct assent_policy_format_column revision[] = {
    MEMBER(PHRASE, 0, 0, revision, text),      MEMBER(BYTE, 2, 1, revision, asked),
    MEMBER(TIME, 3, 0, revision, effective_s), MEMBER(WORD, 8, 0, revision, revision),
    MEMBER(DIGEST, 12, 0, revision, digest),   {0},
};

static const struct assent_policy_format_column document[] = {
    MEMBER(FILE_NAME, 0, 0, document, file),       MEMBER(TAG, 4, 0, document, tag),
    MEMBER(DIGEST, 8, 0, document, digest),        MEMBER(SHORT, 40, 0, document, content_at),
    MEMBER(SHORT, 42, 0, document, content_bytes), {0},
};

static const struct assent_policy_format_column content[] = {{0}};

const struct assent_policy_format_column
    *const assent_policy_format_columns[ASSENT_POLICY_FORMAT_TABLES] = {
        language,  phrase,     word,  site,    purpose,  cookie,   host,
        recipient, technology, right, section, revision, document, content};

static const uint8_t *directory(const uint8_t *image, enum assent_policy_format_table table)
{
    return image + ASSENT_POLICY_FORMAT_DIRECTORY_AT + 4U * (unsigned)table;
}

unsigned assent_policy_format_count(const uint8_t *image, enum assent_policy_format_table table)
{
    return assent_bytes_load16(directory(image, table) + 2);
}

const uint8_t *assent_policy_format_row(const uint8_t *image, enum assent_policy_format_table table,
                                        unsigned index)
{
    return image + assent_bytes_load16(directory(image, table)) +
           (size_t)index * assent_policy_format_row_bytes[table];
}

struct assent_span assent_policy_format_string(const uint8_t *image, const uint8_t *reference)
{
    return assent_span(assent_policy_format_pool(image) + assent_bytes_load16(reference),
                       assent_bytes_load16(reference + 2));
}
