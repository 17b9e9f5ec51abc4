/* SPDX-License-Identifier: MIT */
/* The view of a policy image. The byte table stands in core/policy_format.h; what is read here was
 * checked by assent_policy_open, so nothing but an index can be wrong. */
#include "core/policy.h"

#include "core/language.h"
#include "core/policy_format.h"

int assent_policy_open(struct assent_policy *policy, struct assent_span image,
                       const struct assent_crypto *crypto)
{
    const uint8_t *p = image.ptr;
    int error = assent_image_open(image, "APOL", crypto, &policy->image);

    if (error != ASSENT_OK) {
        return error;
    }
    if (policy->image.len < ASSENT_POLICY_FORMAT_TABLES_AT) {
        return ASSENT_ERR_CORRUPT;
    }
    if (p[91] != 0) {
        return ASSENT_ERR_RANGE;
    }
    policy->shared = NULL;
    policy->revision = assent_bytes_load32(p + 48);
    policy->effective_s = assent_bytes_load40(p + 52);
    policy->regime = p[57];
    policy->gpc = p[58];
    policy->minimum_age = p[59];
    policy->flags = p[60] & (uint8_t)~ASSENT_POLICY_FORMAT_HAS_DPO;
    policy->offered = p[61];
    policy->objectable = p[62];
    policy->languages = p[63];
    policy->grant_days = assent_bytes_load16(p + 64);
    policy->refusal_days = assent_bytes_load16(p + 66);
    policy->cookie_days = assent_bytes_load16(p + 68);
    policy->retention_days = assent_bytes_load16(p + 70);
    policy->rights = assent_bytes_load16(p + 72);
    for (unsigned tier = 0; tier < ASSENT_TIER_COUNT; tier++) {
        policy->fingerprint[tier] = assent_bytes_load32(p + 76 + 4U * tier);
    }
    return assent_policy_check_image(policy);
}

/* Row of a table, or NULL past its end. */
static const uint8_t *find_row(const struct assent_policy *policy,
                               enum assent_policy_format_table table, unsigned index)
{
    return index < assent_policy_format_count(policy->image, table)
               ? assent_policy_format_row(policy->image, table, index)
               : NULL;
}

static struct assent_span string(const struct assent_policy *policy, const uint8_t *reference)
{
    return assent_policy_format_string(policy->image, reference);
}

/* The phrase whose number stands at reference. */
static struct assent_span phrase(const struct assent_policy *policy, const uint8_t *reference,
                                 unsigned language)
{
    unsigned number = assent_bytes_load16(reference);

    if (language >= policy->languages) {
        language = 0;
    }
    return string(policy, assent_policy_format_row(policy->image, ASSENT_POLICY_FORMAT_PHRASE,
                                                   number * policy->languages + language));
}

static void read_cookie(const struct assent_policy *policy, const uint8_t *row,
                        struct assent_policy_cookie *out)
{
    out->name = string(policy, row);
    out->provider = string(policy, row + 4);
    out->max_age_s = assent_bytes_load32(row + 8);
    out->purpose = row[12];
    out->tier = (enum assent_tier)row[13];
    out->flags = row[14] & (uint8_t)~ASSENT_POLICY_FORMAT_PATTERN;
    out->prefix = (row[14] & ASSENT_POLICY_FORMAT_PATTERN) != 0;
}

/* Whether the row sorts behind the name (PF-1). Names are short: a loop beats a call of memcmp. */
static bool is_behind(struct assent_span row, struct assent_span name)
{
    size_t common = name.len < row.len ? name.len : row.len;
    size_t i = 0;

    while (i < common && name.ptr[i] == row.ptr[i]) {
        i++;
    }
    return i < common ? row.ptr[i] > name.ptr[i] : row.len > name.len;
}

int assent_policy_find_cookie(const struct assent_policy *policy, struct assent_span name,
                              struct assent_policy_cookie *out)
{
    const uint8_t *rows = assent_policy_format_row(policy->image, ASSENT_POLICY_FORMAT_COOKIE, 0);
    unsigned low = 0;
    unsigned high = assent_policy_format_count(policy->image, ASSENT_POLICY_FORMAT_COOKIE);
    unsigned at;

    /* Every row is longer than nothing. */
    if (name.len == 0) {
        return ASSENT_ERR_NOT_FOUND;
    }
    while (low < high) {
        unsigned middle = (low + high) / 2;

        if (is_behind(string(policy, rows + 16U * middle), name)) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    /* PF-3: the greatest row not after the name, then its parents. */
    for (at = low == 0 ? ASSENT_POLICY_FORMAT_NO_PARENT : low - 1;
         at != ASSENT_POLICY_FORMAT_NO_PARENT; at = rows[16U * at + 15]) {
        const uint8_t *row = rows + 16U * at;
        struct assent_span text = string(policy, row);
        bool pattern = (row[14] & ASSENT_POLICY_FORMAT_PATTERN) != 0;

        if (pattern ? assent_span_starts(name, text) : assent_span_equal(name, text)) {
            read_cookie(policy, row, out);
            return ASSENT_OK;
        }
    }
    return ASSENT_ERR_NOT_FOUND;
}

int assent_policy_cookie(const struct assent_policy *policy, unsigned index,
                         struct assent_policy_cookie *out)
{
    const uint8_t *row = find_row(policy, ASSENT_POLICY_FORMAT_COOKIE, index);

    if (row == NULL) {
        return ASSENT_ERR_NOT_FOUND;
    }
    read_cookie(policy, row, out);
    return ASSENT_OK;
}

int assent_policy_host(const struct assent_policy *policy, unsigned index,
                       struct assent_policy_host *out)
{
    const uint8_t *row = find_row(policy, ASSENT_POLICY_FORMAT_HOST, index);

    if (row == NULL) {
        return ASSENT_ERR_NOT_FOUND;
    }
    out->host = string(policy, row);
    out->recipient = assent_bytes_load16(row + 4);
    out->tier = (enum assent_tier)row[6];
    out->uses = row[7];
    return ASSENT_OK;
}

int assent_policy_purpose(const struct assent_policy *policy, unsigned index, unsigned language,
                          struct assent_policy_purpose *out)
{
    const uint8_t *row = find_row(policy, ASSENT_POLICY_FORMAT_PURPOSE, index);

    if (row == NULL) {
        return ASSENT_ERR_NOT_FOUND;
    }
    out->id = string(policy, row);
    out->title = phrase(policy, row + 4, language);
    out->text = phrase(policy, row + 6, language);
    out->tier = (enum assent_tier)row[8];
    out->material = row[9];
    return ASSENT_OK;
}

int assent_policy_recipient(const struct assent_policy *policy, unsigned index, unsigned language,
                            struct assent_policy_recipient *out)
{
    const uint8_t *row = find_row(policy, ASSENT_POLICY_FORMAT_RECIPIENT, index);

    if (row == NULL) {
        return ASSENT_ERR_NOT_FOUND;
    }
    out->id = string(policy, row);
    out->url = string(policy, row + 4);
    out->name = phrase(policy, row + 8, language);
    out->text = phrase(policy, row + 10, language);
    out->tiers = row[12];
    return ASSENT_OK;
}

int assent_policy_technology(const struct assent_policy *policy, unsigned index, unsigned language,
                             struct assent_policy_technology *out)
{
    const uint8_t *row = find_row(policy, ASSENT_POLICY_FORMAT_TECHNOLOGY, index);

    if (row == NULL) {
        return ASSENT_ERR_NOT_FOUND;
    }
    out->text = phrase(policy, row, language);
    out->kind = (enum assent_policy_technology_kind)row[2];
    out->tier = (enum assent_tier)row[3];
    return ASSENT_OK;
}

int assent_policy_right(const struct assent_policy *policy, unsigned index, unsigned language,
                        struct assent_policy_right *out)
{
    const uint8_t *row = find_row(policy, ASSENT_POLICY_FORMAT_RIGHT, index);

    if (row == NULL) {
        return ASSENT_ERR_NOT_FOUND;
    }
    out->text = phrase(policy, row, language);
    out->right = assent_bytes_load16(row + 2);
    return ASSENT_OK;
}

int assent_policy_section(const struct assent_policy *policy, unsigned index, unsigned language,
                          struct assent_policy_section *out)
{
    const uint8_t *row = find_row(policy, ASSENT_POLICY_FORMAT_SECTION, index);

    if (row == NULL) {
        return ASSENT_ERR_NOT_FOUND;
    }
    out->text = phrase(policy, row, language);
    out->kind = (enum assent_policy_section_kind)row[2];
    return ASSENT_OK;
}

int assent_policy_revision(const struct assent_policy *policy, unsigned index, unsigned language,
                           struct assent_policy_revision *out)
{
    const uint8_t *row = find_row(policy, ASSENT_POLICY_FORMAT_REVISION, index);

    if (row == NULL) {
        return ASSENT_ERR_NOT_FOUND;
    }
    out->text = phrase(policy, row, language);
    out->asked = row[2] != 0;
    out->effective_s = assent_bytes_load40(row + 3);
    out->revision = assent_bytes_load32(row + 8);
    out->digest = assent_span(row + 12, ASSENT_SHA256_BYTES);
    return ASSENT_OK;
}

int assent_policy_document(const struct assent_policy *policy, unsigned index,
                           struct assent_policy_document *out)
{
    const uint8_t *row = find_row(policy, ASSENT_POLICY_FORMAT_DOCUMENT, index);

    if (row == NULL) {
        return ASSENT_ERR_NOT_FOUND;
    }
    out->file = string(policy, row);
    out->tag = string(policy, row + 4);
    out->digest = assent_span(row + 8, ASSENT_SHA256_BYTES);
    return ASSENT_OK;
}

void assent_policy_controller(const struct assent_policy *policy,
                              struct assent_policy_controller *out)
{
    const uint8_t *p = policy->image.ptr;
    const uint8_t *strings = p + ASSENT_POLICY_FORMAT_STRINGS_AT;

    out->id = string(policy, strings);
    out->name = string(policy, strings + 4);
    out->address = string(policy, strings + 8);
    out->mail = string(policy, strings + 12);
    out->web = string(policy, strings + 16);
    out->dpo = string(policy, strings + 20);
    out->has_dpo = (p[60] & ASSENT_POLICY_FORMAT_HAS_DPO) != 0;
}

struct assent_span assent_policy_digest(const struct assent_policy *policy)
{
    return assent_span(policy->image.ptr + ASSENT_IMAGE_DIGEST_AT, ASSENT_SHA256_BYTES);
}

static uint32_t colour(const uint8_t *p)
{
    return ((uint32_t)p[0] << 16) | ((uint32_t)p[1] << 8) | p[2];
}

void assent_policy_theme(const struct assent_policy *policy, bool dark,
                         struct assent_policy_colours *out)
{
    const uint8_t *p = policy->image.ptr + ASSENT_POLICY_FORMAT_THEME_AT + (dark ? 9 : 0);

    out->text = colour(p);
    out->background = colour(p + 3);
    out->accent = colour(p + 6);
}

/* ---- languages ---- */

static const uint8_t *language_row(const struct assent_policy *policy, unsigned language)
{
    return assent_policy_format_row(policy->image, ASSENT_POLICY_FORMAT_LANGUAGE,
                                    language < policy->languages ? language : 0);
}

struct assent_span assent_policy_tag(const struct assent_policy *policy, unsigned language)
{
    return string(policy, language_row(policy, language));
}

bool assent_policy_rtl(const struct assent_policy *policy, unsigned language)
{
    return language_row(policy, language)[4] != 0;
}

int assent_policy_share(struct assent_policy *policy, const struct assent_text *text)
{
    for (unsigned i = 0; text != NULL && i < policy->languages; i++) {
        if (language_row(policy, i)[5] != 0 &&
            assent_text_language(text, assent_policy_tag(policy, i)) < 0) {
            return ASSENT_ERR_NOT_FOUND;
        }
    }
    policy->shared = text;
    return ASSENT_OK;
}

struct assent_span assent_policy_text(const struct assent_policy *policy, unsigned language,
                                      enum assent_text_key key)
{
    const uint8_t *row;
    int shared;

    for (unsigned i = 0; (row = find_row(policy, ASSENT_POLICY_FORMAT_WORD, i)) != NULL; i++) {
        if (assent_bytes_load16(row) == (unsigned)key) {
            struct assent_span own = phrase(policy, row + 2, language);

            if (own.len > 0) {
                return own;
            }
        }
    }
    if (policy->shared == NULL) {
        return assent_span(NULL, 0);
    }
    shared = assent_text_language(policy->shared, assent_policy_tag(policy, language));
    return shared < 0 ? assent_span(NULL, 0)
                      : assent_text_get(policy->shared, (unsigned)shared, key);
}

unsigned assent_policy_language(const struct assent_policy *policy, struct assent_span tag)
{
    unsigned found = 0;
    size_t longest = 0;

    for (unsigned i = 0; i < policy->languages; i++) {
        struct assent_span own = assent_policy_tag(policy, i);

        if (own.len > longest && assent_language_reaches(tag, own)) {
            longest = own.len;
            found = i;
        }
    }
    return found;
}

unsigned assent_policy_negotiate(const struct assent_policy *policy, struct assent_span accept)
{
    struct assent_span range;
    unsigned quality;
    unsigned found = 0;
    unsigned best = 0;

    while (assent_language_next(&accept, &range, &quality)) {
        unsigned language = assent_policy_language(policy, range);

        /* 0 is also what lookup gives when nothing fits. */
        if (quality > best &&
            (language != 0 || assent_language_reaches(range, assent_policy_tag(policy, 0)))) {
            best = quality;
            found = language;
        }
    }
    return found;
}

/* ---- sites ---- */

struct assent_span assent_policy_site(const struct assent_policy *policy, unsigned index)
{
    const uint8_t *row = find_row(policy, ASSENT_POLICY_FORMAT_SITE, index);

    return row != NULL ? string(policy, row) : assent_span(NULL, 0);
}

/* The name of a Host field without port and without the dot of the root. */
static struct assent_span host_name(struct assent_span host)
{
    size_t end = host.len;

    while (end > 0 && (uint8_t)(host.ptr[end - 1] - '0') < 10) {
        end--;
    }
    if (end > 0 && host.ptr[end - 1] == ':') {
        host.len = end - 1;
    }
    if (host.len > 0 && host.ptr[host.len - 1] == '.') {
        host.len--;
    }
    return host;
}

bool assent_policy_serves(const struct assent_policy *policy, struct assent_span host)
{
    const uint8_t *row;

    host = host_name(host);
    for (unsigned i = 0; (row = find_row(policy, ASSENT_POLICY_FORMAT_SITE, i)) != NULL; i++) {
        struct assent_span site = string(policy, row);
        bool below = site.ptr[0] == '*';
        struct assent_span name = host;

        if (below) {
            site = assent_span_slice(site, 1, site.len);
            name = host.len > site.len ? assent_span_slice(host, host.len - site.len, host.len)
                                       : assent_span(NULL, 0);
        }
        if (assent_span_equal_nocase(name, site)) {
            return true;
        }
    }
    return false;
}
