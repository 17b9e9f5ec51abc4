/* SPDX-License-Identifier: MIT */
/* The view of a policy image. The byte table stands in core/policy_format.h; what is read here was
 * checked by assent_policy_open, so nothing but an index can be wrong. */
#include "core/policy.h"

#include "core/policy_format.h"

/* Row of a table, or NULL past its end. */
static const uint8_t *find_row(const struct assent_policy *policy,
                               enum assent_policy_format_table table, unsigned index)
{
    return index < assent_policy_format_count(policy->image.ptr, table)
               ? assent_policy_format_row(policy->image.ptr, table, index)
               : NULL;
}

static struct assent_span string(const struct assent_policy *policy, const uint8_t *reference)
{
    return assent_policy_format_string(policy->image.ptr, reference);
}

/* The phrase whose number stands at reference. */
static struct assent_span phrase(const struct assent_policy *policy, const uint8_t *reference,
                                 unsigned language)
{
    unsigned number = assent_bytes_load16(reference);

    if (language >= policy->languages) {
        language = 0;
    }
    return string(policy, assent_policy_format_row(policy->image.ptr, ASSENT_POLICY_FORMAT_PHRASE,
                                                   number * policy->languages + language));
}

/* Read the columns of a row, or of the image itself, into the struct that they belong to. */
static void read_columns(const struct assent_policy *policy,
                         const struct assent_policy_format_column *column, const uint8_t *row,
                         unsigned language, void *out)
{
    for (; column->kind != ASSENT_POLICY_COLUMN_END; column++) {
        const uint8_t *from = row + column->at;
        void *to = (uint8_t *)out + column->to;

        switch (column->kind) {
        case ASSENT_POLICY_COLUMN_PHRASE:
            *(struct assent_span *)to = phrase(policy, from, language);
            break;
        case ASSENT_POLICY_COLUMN_TIER:
        case ASSENT_POLICY_COLUMN_BYTE:
            *(uint8_t *)to = *from;
            break;
        case ASSENT_POLICY_COLUMN_CHECKED:
            break;
        case ASSENT_POLICY_COLUMN_SHORT:
            *(uint16_t *)to = assent_bytes_load16(from);
            break;
        case ASSENT_POLICY_COLUMN_WORD:
            *(uint32_t *)to = assent_bytes_load32(from);
            break;
        case ASSENT_POLICY_COLUMN_TIME:
            *(uint64_t *)to = assent_bytes_load40(from);
            break;
        case ASSENT_POLICY_COLUMN_DIGEST:
            *(struct assent_span *)to = assent_span(from, ASSENT_SHA256_BYTES);
            break;
        default:
            *(struct assent_span *)to = string(policy, from);
            break;
        }
    }
}

int assent_policy_open(struct assent_policy *policy, struct assent_span image,
                       const struct assent_crypto *crypto)
{
    int error = assent_image_open(image, "APOL", crypto, &policy->image);

    if (error != ASSENT_OK) {
        return error;
    }
    if (policy->image.len < ASSENT_POLICY_FORMAT_TABLES_AT) {
        return ASSENT_ERR_CORRUPT;
    }
    policy->shared = NULL;
    policy->flags =
        image.ptr[ASSENT_POLICY_FORMAT_FLAGS_AT] & (uint8_t)~ASSENT_POLICY_FORMAT_HAS_DPO;
    read_columns(policy, assent_policy_format_header, image.ptr, 0, policy);
    return assent_policy_check_image(policy);
}

/* ---- rows ---- */

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
    const uint8_t *rows =
        assent_policy_format_row(policy->image.ptr, ASSENT_POLICY_FORMAT_COOKIE, 0);
    const uint8_t *pool = assent_policy_format_pool(policy->image.ptr);
    unsigned low = 0;
    unsigned high = assent_policy_format_count(policy->image.ptr, ASSENT_POLICY_FORMAT_COOKIE);
    unsigned at;

    /* Every row is longer than nothing. */
    if (name.len == 0) {
        return ASSENT_ERR_NOT_FOUND;
    }
    while (low < high) {
        unsigned middle = (low + high) / 2;

        const uint8_t *row = rows + 16U * middle;

        if (is_behind(assent_span(pool + assent_bytes_load16(row), assent_bytes_load16(row + 2)),
                      name)) {
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

static int read_row(const struct assent_policy *policy, unsigned index, unsigned language,
                    void *out, enum assent_policy_format_table table)
{
    const uint8_t *row = find_row(policy, table, index);

    if (row == NULL) {
        return ASSENT_ERR_NOT_FOUND;
    }
    read_columns(policy, assent_policy_format_columns[table], row, language, out);
    return ASSENT_OK;
}

int assent_policy_host(const struct assent_policy *policy, unsigned index,
                       struct assent_policy_host *out)
{
    return read_row(policy, index, 0, out, ASSENT_POLICY_FORMAT_HOST);
}

int assent_policy_purpose(const struct assent_policy *policy, unsigned index, unsigned language,
                          struct assent_policy_purpose *out)
{
    return read_row(policy, index, language, out, ASSENT_POLICY_FORMAT_PURPOSE);
}

int assent_policy_recipient(const struct assent_policy *policy, unsigned index, unsigned language,
                            struct assent_policy_recipient *out)
{
    return read_row(policy, index, language, out, ASSENT_POLICY_FORMAT_RECIPIENT);
}

int assent_policy_technology(const struct assent_policy *policy, unsigned index, unsigned language,
                             struct assent_policy_technology *out)
{
    return read_row(policy, index, language, out, ASSENT_POLICY_FORMAT_TECHNOLOGY);
}

int assent_policy_right(const struct assent_policy *policy, unsigned index, unsigned language,
                        struct assent_policy_right *out)
{
    return read_row(policy, index, language, out, ASSENT_POLICY_FORMAT_RIGHT);
}

int assent_policy_section(const struct assent_policy *policy, unsigned index, unsigned language,
                          struct assent_policy_section *out)
{
    return read_row(policy, index, language, out, ASSENT_POLICY_FORMAT_SECTION);
}

int assent_policy_revision(const struct assent_policy *policy, unsigned index, unsigned language,
                           struct assent_policy_revision *out)
{
    return read_row(policy, index, language, out, ASSENT_POLICY_FORMAT_REVISION);
}

int assent_policy_document(const struct assent_policy *policy, unsigned index,
                           struct assent_policy_document *out)
{
    return read_row(policy, index, 0, out, ASSENT_POLICY_FORMAT_DOCUMENT);
}

struct assent_span assent_policy_content(const struct assent_policy *policy,
                                         const struct assent_policy_document *document)
{
    return assent_span(assent_policy_format_row(policy->image.ptr, ASSENT_POLICY_FORMAT_CONTENT,
                                                document->content_at),
                       document->content_bytes);
}

void assent_policy_controller(const struct assent_policy *policy,
                              struct assent_policy_controller *out)
{
    const uint8_t *image = policy->image.ptr;

    read_columns(policy, assent_policy_format_controller, image, 0, out);
    out->has_dpo = (image[ASSENT_POLICY_FORMAT_FLAGS_AT] & ASSENT_POLICY_FORMAT_HAS_DPO) != 0;
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
    return assent_policy_format_row(policy->image.ptr, ASSENT_POLICY_FORMAT_LANGUAGE,
                                    language < policy->languages ? language : 0);
}

struct assent_span assent_policy_tag(const struct assent_policy *policy, unsigned language)
{
    return string(policy, language_row(policy, language));
}

bool assent_policy_language_is(const struct assent_policy *policy, unsigned language,
                               enum assent_policy_language_flag flag)
{
    return language_row(policy, language)[flag] != 0;
}

struct assent_span assent_policy_wording(const struct assent_policy *policy, unsigned language,
                                         enum assent_text_key key)
{
    const uint8_t *row;

    for (unsigned i = 0; (row = find_row(policy, ASSENT_POLICY_FORMAT_WORD, i)) != NULL; i++) {
        if (assent_bytes_load16(row) == (unsigned)key) {
            struct assent_span own = phrase(policy, row + 2, language);

            if (own.len > 0) {
                return own;
            }
        }
    }
    return assent_span(NULL, 0);
}

bool assent_policy_reaches(struct assent_span range, struct assent_span tag)
{
    return range.len <= ASSENT_TEXT_TAG_BYTES && tag.len > 0 &&
           assent_span_starts_nocase(range, tag) &&
           (range.len == tag.len || range.ptr[tag.len] == '-');
}

unsigned assent_policy_language(const struct assent_policy *policy, struct assent_span tag)
{
    unsigned found = 0;
    size_t longest = 0;

    for (unsigned i = 0; i < policy->languages; i++) {
        struct assent_span own = assent_policy_tag(policy, i);

        if (own.len > longest && assent_policy_reaches(tag, own)) {
            longest = own.len;
            found = i;
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
