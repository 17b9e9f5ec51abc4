/* SPDX-License-Identifier: MIT */
/* A model into the bytes of core/policy_format.h. */
#include <stdlib.h>
#include <string.h>

#include "core/policy_format.h"
#include "port/crypto/mbedtls.h"
#include "tools/policy_lines.h"
#include "tools/policy_model.h"

struct tables {
    uint8_t bytes[ASSENT_POLICY_FORMAT_TABLES][ASSENT_IMAGE_BYTES + 1];
    size_t len[ASSENT_POLICY_FORMAT_TABLES];
    uint8_t pool[ASSENT_IMAGE_BYTES + 1];
    size_t pool_len;
    int languages;
    bool full;
};

static const char *const no_text[MODEL_LANGUAGES];

/* ---- strings and phrases ---- */

/* A text that stands in the pool already, be it inside another one, is not stored again. */
static size_t place_of(struct tables *t, const char *text, size_t len)
{
    for (size_t at = 0; at + len <= t->pool_len; at++) {
        if (memcmp(t->pool + at, text, len) == 0) {
            return at;
        }
    }
    if (t->pool_len + len > sizeof(t->pool)) {
        t->full = true;
        return 0;
    }
    memcpy(t->pool + t->pool_len, text, len);
    t->pool_len += len;
    return t->pool_len - len;
}

static void put_string(struct tables *t, uint8_t out[4], const char *text)
{
    size_t len = text != NULL ? strlen(text) : 0;
    size_t at = len > 0 ? place_of(t, text, len) : 0;

    assent_bytes_store16(out, (uint16_t)at);
    assent_bytes_store16(out + 2, (uint16_t)len);
}

static uint8_t *add_row(struct tables *t, enum assent_policy_format_table table, size_t len)
{
    uint8_t *row = t->bytes[table] + t->len[table];

    if (t->len[table] + len > ASSENT_IMAGE_BYTES) {
        t->full = true;
        return t->bytes[table];
    }
    memset(row, 0, len);
    t->len[table] += len;
    return row;
}

static void put_phrase(struct tables *t, uint8_t out[2], const char *const *texts)
{
    uint8_t row[4 * MODEL_LANGUAGES] = {0};
    size_t size = 4U * (size_t)t->languages;
    size_t count = t->len[ASSENT_POLICY_FORMAT_PHRASE] / size;
    size_t number = 0;

    for (int i = 0; i < t->languages; i++) {
        put_string(t, row + 4 * i, texts[i]);
    }
    while (number < count &&
           memcmp(t->bytes[ASSENT_POLICY_FORMAT_PHRASE] + number * size, row, size) != 0) {
        number++;
    }
    if (number == count) {
        memcpy(add_row(t, ASSENT_POLICY_FORMAT_PHRASE, size), row, size);
    }
    assent_bytes_store16(out, (uint16_t)number);
}

/* ---- tables ---- */

static void write_languages(struct tables *t, const struct policy_model *model)
{
    uint8_t empty[2];

    t->languages = model->language_count;
    for (int i = 0; i < model->language_count; i++) {
        uint8_t *row = add_row(t, ASSENT_POLICY_FORMAT_LANGUAGE, 8);

        put_string(t, row, model->languages[i].tag);
        row[4] = model->languages[i].rtl;
        row[5] = model->languages[i].shared;
    }
    put_phrase(t, empty, no_text);
    for (unsigned key = 0; key < ASSENT_TEXT_COUNT; key++) {
        if (memcmp(model->words[key].text, no_text, sizeof(no_text)) != 0) {
            uint8_t *row = add_row(t, ASSENT_POLICY_FORMAT_WORD, 4);

            assent_bytes_store16(row, (uint16_t)key);
            put_phrase(t, row + 2, model->words[key].text);
        }
    }
}

static int compare_cookies(const void *a, const void *b)
{
    const struct model_cookie *x = a;
    const struct model_cookie *y = b;
    size_t len_x = strlen(x->name) - x->pattern;
    size_t len_y = strlen(y->name) - y->pattern;
    int order = memcmp(x->name, y->name, len_x < len_y ? len_x : len_y);

    if (order != 0) {
        return order;
    }
    if (len_x != len_y) {
        return len_x < len_y ? -1 : 1;
    }
    return y->pattern - x->pattern;
}

/* The row of the longest pattern among the first count that the name begins with (PF-2). */
static unsigned parent_of(const struct model_cookie *cookies, unsigned count, const char *name)
{
    while (count-- > 0) {
        size_t len = strlen(cookies[count].name) - 1;

        if (cookies[count].pattern && strncmp(cookies[count].name, name, len) == 0) {
            return count;
        }
    }
    return ASSENT_POLICY_FORMAT_NO_PARENT;
}

static void write_cookies(struct tables *t, const struct policy_model *model)
{
    struct model_cookie sorted[MODEL_COOKIES];

    memcpy(sorted, model->cookies, sizeof(sorted));
    qsort(sorted, (size_t)model->cookie_count, sizeof(sorted[0]), compare_cookies);
    for (int i = 0; i < model->cookie_count; i++) {
        uint8_t *row = add_row(t, ASSENT_POLICY_FORMAT_COOKIE, 16);
        char name[256];
        size_t len = strlen(sorted[i].name) - sorted[i].pattern;

        memcpy(name, sorted[i].name, len);
        name[len] = '\0';
        put_string(t, row, name);
        put_string(t, row + 4, sorted[i].provider);
        assent_bytes_store32(row + 8, sorted[i].max_age_s);
        row[12] = (uint8_t)sorted[i].purpose;
        row[13] = (uint8_t)model->purposes[sorted[i].purpose].tier;
        row[14] =
            (uint8_t)(sorted[i].flags | (sorted[i].pattern ? ASSENT_POLICY_FORMAT_PATTERN : 0));
        row[15] = (uint8_t)parent_of(sorted, (unsigned)i, name);
    }
}

static void write_parties(struct tables *t, const struct policy_model *model)
{
    for (int i = 0; i < model->recipient_count; i++) {
        uint8_t *row = add_row(t, ASSENT_POLICY_FORMAT_RECIPIENT, 16);

        put_string(t, row, model->recipients[i].id);
        put_string(t, row + 4, model->recipients[i].url);
        put_phrase(t, row + 8, model->recipients[i].name.text);
        put_phrase(t, row + 10, model->recipients[i].text.text);
        row[12] = model->recipients[i].tiers;
    }
    for (int tier = 0; tier < ASSENT_TIER_COUNT; tier++) {
        for (int i = 0; i < model->host_count; i++) {
            uint8_t *row;

            if (model->hosts[i].tier != tier) {
                continue;
            }
            row = add_row(t, ASSENT_POLICY_FORMAT_HOST, 8);
            put_string(t, row, model->hosts[i].host);
            assent_bytes_store16(row + 4, (uint16_t)model->hosts[i].recipient);
            row[6] = (uint8_t)tier;
            row[7] = model->hosts[i].uses;
        }
    }
}

static void write_purposes(struct tables *t, const struct policy_model *model)
{
    for (int i = 0; i < model->purpose_count; i++) {
        uint8_t *row = add_row(t, ASSENT_POLICY_FORMAT_PURPOSE, 12);

        put_string(t, row, model->purposes[i].id);
        put_phrase(t, row + 4, model->purposes[i].title.text);
        put_phrase(t, row + 6, model->purposes[i].text.text);
        row[8] = (uint8_t)model->purposes[i].tier;
        row[9] = model->purposes[i].material;
    }
}

static void write_entries(struct tables *t, const struct policy_model *model)
{
    for (int i = 0; i < model->technology_count; i++) {
        uint8_t *row = add_row(t, ASSENT_POLICY_FORMAT_TECHNOLOGY, 4);

        put_phrase(t, row, model->technologies[i].text.text);
        row[2] = (uint8_t)model->technologies[i].kind;
        row[3] = (uint8_t)model->technologies[i].tier;
    }
    for (int i = 0; i < model->right_count; i++) {
        uint8_t *row = add_row(t, ASSENT_POLICY_FORMAT_RIGHT, 4);

        put_phrase(t, row, model->rights[i].text.text);
        assent_bytes_store16(row + 2, (uint16_t)(1U << model->rights[i].kind));
    }
    for (int i = 0; i < model->section_count; i++) {
        uint8_t *row = add_row(t, ASSENT_POLICY_FORMAT_SECTION, 4);

        put_phrase(t, row, model->sections[i].text.text);
        row[2] = (uint8_t)model->sections[i].kind;
    }
}

static void write_history(struct tables *t, const struct policy_model *model)
{
    for (int i = 0; i < model->revision_count; i++) {
        uint8_t *row = add_row(t, ASSENT_POLICY_FORMAT_REVISION, 44);

        put_phrase(t, row, model->revisions[i].text.text);
        row[2] = model->revisions[i].asked;
        assent_bytes_store40(row + 3, model->revisions[i].effective_s);
        assent_bytes_store32(row + 8, model->revisions[i].revision);
        memcpy(row + 12, model->revisions[i].digest, 32);
    }
    for (int i = 0; i < model->document_count; i++) {
        const struct model_document *document = &model->documents[i];
        uint8_t *row = add_row(t, ASSENT_POLICY_FORMAT_DOCUMENT, 44);
        size_t at = t->len[ASSENT_POLICY_FORMAT_CONTENT];

        put_string(t, row, document->file);
        put_string(t, row + 4, document->tag);
        memcpy(row + 8, document->digest, 32);
        if (document->content != NULL) {
            uint8_t *content = add_row(t, ASSENT_POLICY_FORMAT_CONTENT, document->content_len);

            assent_bytes_store16(row + 40, (uint16_t)at);
            assent_bytes_store16(row + 42, (uint16_t)document->content_len);
            if (!t->full) {
                memcpy(content, document->content, document->content_len);
            }
        }
    }
}

static void write_header(struct tables *t, const struct policy_model *model, uint8_t *p)
{
    const char *strings[ASSENT_POLICY_FORMAT_STRINGS] = {model->id,   model->name, model->address,
                                                         model->mail, model->web,  model->dpo};
    unsigned rights = 0;

    for (int i = 0; i < model->right_count; i++) {
        rights |= 1U << model->rights[i].kind;
    }
    assent_bytes_store32(p + 48, model->revision);
    assent_bytes_store40(p + 52, model->effective_s);
    p[57] = (uint8_t)model->regime;
    p[58] = (uint8_t)model->gpc;
    p[59] = model->minimum_age;
    p[60] = (uint8_t)(model->flags | (model->has_dpo ? ASSENT_POLICY_FORMAT_HAS_DPO : 0));
    p[61] = model->offered;
    p[62] = model->objectable;
    p[63] = (uint8_t)model->language_count;
    assent_bytes_store16(p + 64, model->grant_days);
    assent_bytes_store16(p + 66, model->refusal_days);
    assent_bytes_store16(p + 68, model->cookie_days);
    assent_bytes_store16(p + 70, model->record_days);
    assent_bytes_store16(p + 72, (uint16_t)rights);
    memcpy(p + ASSENT_POLICY_FORMAT_ASK_AGAIN_AT, model->ask_again, ASSENT_TIER_COUNT);
    memcpy(p + ASSENT_POLICY_FORMAT_THEME_AT, model->colours, 18);
    for (unsigned i = 0; i < ASSENT_POLICY_FORMAT_STRINGS; i++) {
        put_string(t, p + ASSENT_POLICY_FORMAT_STRINGS_AT + 4U * i, strings[i]);
    }
}

static void write_tables(struct tables *t, const struct policy_model *model)
{
    write_languages(t, model);
    write_purposes(t, model);
    write_cookies(t, model);
    write_parties(t, model);
    write_entries(t, model);
    write_history(t, model);
    for (int i = 0; i < model->site_count; i++) {
        put_string(t, add_row(t, ASSENT_POLICY_FORMAT_SITE, 4), model->sites[i]);
    }
}

void policy_seal(uint8_t *image, size_t len)
{
    struct assent_crypto crypto = assent_mbedtls_crypto();
    struct assent_span parts[2];

    assent_bytes_store32(image + 8, (uint32_t)len);
    parts[0] = assent_span(image, ASSENT_IMAGE_HASHED);
    parts[1] = assent_span(image + ASSENT_IMAGE_BODY, len - ASSENT_IMAGE_BODY);
    crypto.sha256(crypto.ctx, parts, 2, image + ASSENT_IMAGE_DIGEST_AT);
    assent_bytes_store32(
        image + ASSENT_IMAGE_CRC_AT,
        assent_bytes_crc32(0, image + ASSENT_IMAGE_DIGEST_AT, len - ASSENT_IMAGE_DIGEST_AT));
}

/* Header, directory, tables, pool, one behind the other.
 *   return  length, 0 if it is too large */
static size_t assemble(struct tables *t, const struct policy_model *model, uint8_t *out)
{
    size_t at = ASSENT_POLICY_FORMAT_TABLES_AT;

    memcpy(out, "APOL\x01\0\0", 8);
    write_header(t, model, out);
    for (unsigned i = 0; i < ASSENT_POLICY_FORMAT_TABLES && !t->full; i++) {
        uint8_t *entry = out + ASSENT_POLICY_FORMAT_DIRECTORY_AT + 4U * i;
        size_t row = assent_policy_format_row_bytes[i];

        row *= i == ASSENT_POLICY_FORMAT_PHRASE ? (size_t)t->languages : 1U;
        if (at + t->len[i] > ASSENT_IMAGE_BYTES) {
            return 0;
        }
        assent_bytes_store16(entry, (uint16_t)at);
        assent_bytes_store16(entry + 2, (uint16_t)(t->len[i] / row));
        memcpy(out + at, t->bytes[i], t->len[i]);
        at += t->len[i];
    }
    if (t->full || at + t->pool_len > ASSENT_IMAGE_BYTES) {
        return 0;
    }
    assent_bytes_store16(out + ASSENT_POLICY_FORMAT_POOL_AT, (uint16_t)at);
    memcpy(out + at, t->pool, t->pool_len);
    return at + t->pool_len;
}

size_t policy_write(struct source *source, const struct policy_model *model, uint8_t *out)
{
    struct tables *t = calloc(1, sizeof(*t));
    struct assent_policy policy;
    size_t len;

    if (t == NULL) {
        return 0;
    }
    memset(out, 0, ASSENT_IMAGE_BYTES);
    write_tables(t, model);
    len = assemble(t, model, out);
    free(t);
    if (len == 0) {
        source_fault(source, 0, "too much text, expected an image of no more than %d bytes",
                     ASSENT_IMAGE_BYTES);
        return 0;
    }
    policy_seal(out, len);
    /* What the compiler lets through, the device must take: the same function judges both. */
    if (assent_policy_open(&policy, assent_span(out, len), NULL) != ASSENT_OK) {
        source_fault(source, 0,
                     "the image made of it does not open, expected it to: this is a "
                     "fault of the compiler");
        return 0;
    }
    for (unsigned tier = 0; tier < ASSENT_TIER_COUNT; tier++) {
        assent_bytes_store32(out + 76 + 4U * tier, policy_fingerprint(&policy, tier));
    }
    policy_seal(out, len);
    return len;
}
