/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TOOLS_POLICY_MODEL_H
#define ASSENT_TOOLS_POLICY_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/policy.h"
#include "tools/json_source.h"

/* A policy as its source says it: what tools/policy_read.c reads, tools/policy_rules.c holds against
 * itself, and tools/policy_write.c turns into an image. Texts borrow from the source. */

enum {
    MODEL_LANGUAGES = ASSENT_TEXT_LANGUAGES,
    MODEL_SITES = 16,
    MODEL_PURPOSES = 64,
    MODEL_COOKIES = 255,
    MODEL_HOSTS = 64,
    MODEL_RECIPIENTS = 64,
    MODEL_TECHNOLOGIES = 32,
    MODEL_RIGHTS = 9,
    MODEL_SECTIONS = 32,
    MODEL_REVISIONS = 64,
    MODEL_DOCUMENTS = 8
};

struct model_phrase {
    int node;                          /* -1: not there */
    const char *text[MODEL_LANGUAGES]; /* NULL: missing, which has been reported */
};

struct model_language {
    int node;
    const char *tag;
    bool rtl;
    bool shared; /* leaves words to the shared texts */
};

struct model_purpose {
    int node;
    const char *id;
    struct model_phrase title;
    struct model_phrase text;
    int tier;
    uint8_t material;
};

struct model_cookie {
    int node;
    const char *name; /* as in the source, with its '*' */
    bool pattern;
    const char *provider;
    int purpose; /* row, -1: unknown, which has been reported */
    uint32_t max_age_s;
    uint8_t flags;
};

struct model_recipient {
    int node;
    const char *id;
    const char *url;
    struct model_phrase name;
    struct model_phrase text;
    uint8_t tiers;
};

struct model_host {
    int node;
    const char *host;
    int recipient; /* row, -1: unknown */
    int tier;
    uint8_t uses;
};

/* A technology, a right or a section: a kind and a text. */
struct model_entry {
    int node;
    int kind;
    int tier;
    struct model_phrase text;
};

struct model_revision {
    int node;
    uint32_t revision;
    uint64_t effective_s;
    uint8_t digest[32];
    bool asked;
    struct model_phrase text;
};

struct model_document {
    int node;
    const char *file;
    const char *tag;
    uint8_t digest[32];
    uint8_t *content; /* compressed; NULL: not kept */
    size_t content_len;
};

struct policy_model {
    const char *id;
    const char *name;
    const char *address;
    const char *mail;
    const char *web;
    const char *dpo;
    bool has_dpo;
    uint32_t revision;
    uint64_t effective_s;
    int regime; /* -1: unknown, which has been reported */
    int gpc;
    uint8_t minimum_age;
    uint8_t flags;
    uint8_t offered;
    uint8_t objectable;
    uint16_t grant_days;
    uint16_t refusal_days;
    uint16_t cookie_days;
    uint16_t record_days;
    uint8_t ask_again[ASSENT_TIER_COUNT];
    uint8_t colours[2][3][3]; /* light and dark; text, background, accent; red, green, blue */
    int days_node;            /* where the source says them, -1: nowhere */
    int theme_node;

    struct model_language languages[MODEL_LANGUAGES];
    struct model_phrase words[ASSENT_TEXT_COUNT];
    const char *sites[MODEL_SITES];
    struct model_purpose purposes[MODEL_PURPOSES];
    struct model_cookie cookies[MODEL_COOKIES];
    struct model_host hosts[MODEL_HOSTS];
    struct model_recipient recipients[MODEL_RECIPIENTS];
    struct model_entry technologies[MODEL_TECHNOLOGIES];
    struct model_entry rights[MODEL_RIGHTS]; /* kind is the number of the bit */
    struct model_entry sections[MODEL_SECTIONS];
    struct model_revision revisions[MODEL_REVISIONS];
    struct model_document documents[MODEL_DOCUMENTS];
    int language_count;
    int site_count;
    int purpose_count;
    int cookie_count;
    int host_count;
    int recipient_count;
    int technology_count;
    int right_count;
    int section_count;
    int revision_count;
    int document_count;
};

/* Names of the source, NULL at the end, in the order of the enums of core/. */
extern const char *const model_tiers[];
extern const char *const model_regimes[];
extern const char *const model_gpc[];
extern const char *const model_rules[];
extern const char *const model_uses[];
extern const char *const model_cookie_flags[];
extern const char *const model_technologies[];
extern const char *const model_rights[];
extern const char *const model_sections[];
extern const char *const model_words[];

/* ---- reading a source: each function reports what it does not like and returns something harmless.
 * A required member that is missing is reported at its object. tools/policy_field.c ---- */

/* Report members of an object that are not in the list, NULL at its end. */
void field_only(struct source *source, int object, const char *const *names);

/* A member of this type; -1 after a report, or if it is not there and need not be. */
int field_member(struct source *source, int object, const char *key, enum source_type type,
                 bool required);

/* The first element of a member that is a list of at most max, and the element after another; -1:
 * there is none. */
int field_first(struct source *source, int object, const char *key, bool required, int max);
int field_next(const struct source *source, int node);

enum field_form {
    FIELD_TEXT,
    FIELD_SLUG,
    FIELD_TAG,
    FIELD_FILE,
    FIELD_HOST,
    FIELD_SITE,
    FIELD_MAIL,
    FIELD_LINK,
    FIELD_COOKIE
};

/* A text of a form, 1..max bytes; "" if there is none. */
const char *field_text(struct source *source, int object, const char *key, bool required,
                       enum field_form form, size_t max);

/* The same for a value instead of a member. */
const char *field_value(struct source *source, int node, enum field_form form, size_t max);

/* A whole number low..high; what to take if there is none must lie there too. */
uint32_t field_number(struct source *source, int object, const char *key, bool required,
                      uint32_t low, uint32_t high, uint32_t otherwise);

bool field_bool(struct source *source, int object, const char *key, bool otherwise);

/* A text that is one of the names; its index, or otherwise. */
int field_choice(struct source *source, int object, const char *key, bool required,
                 const char *const *names, int otherwise);

/* A list of names as a set of bits, each once. */
uint32_t field_set(struct source *source, int object, const char *key, const char *const *names);

/* A date "YYYY-MM-DD" as seconds since 1970 at its midnight UTC, or FIELD_NO_DATE. */
#define FIELD_NO_DATE UINT64_MAX
uint64_t field_date(struct source *source, int object, const char *key);

/* "session", or a number with minutes, hours or days, as seconds. */
uint32_t field_lifetime(struct source *source, int object, const char *key);

/* A colour "#rrggbb". */
void field_colour(struct source *source, int object, const char *key, uint8_t out[3]);

/* A SHA-256 in hexadecimal. */
void field_digest(struct source *source, int object, const char *key, uint8_t out[32]);

/* A text in each language of the model.
 *   partial  languages that leave words to the shared texts may be missing */
void field_phrase(struct source *source, const struct policy_model *model, int object,
                  const char *key, bool partial, struct model_phrase *out);

/* The placeholders of a text as a set; unknown ones are reported at the node. */
uint32_t field_placeholders(struct source *source, int node, const char *text);

/* ---- the steps ---- */

/* Read a source into a model. Documents in documents/ beside it are hashed; the shared texts are
 * looked for in texts/ beside it, or in the folder that its member "texts" names. */
void policy_read(struct source *source, struct policy_model *model);

/* The lists of a source, for policy_read. */
void policy_read_rows(struct source *source, struct policy_model *model);

/* What one member alone cannot show: overlaps, contradictions, contrast. */
void policy_check_rules(struct source *source, const struct policy_model *model);

/* Make the image of a model without faults.
 *   out     room for ASSENT_IMAGE_BYTES
 *   return  its length; 0: too large, reported */
size_t policy_write(struct source *source, const struct policy_model *model, uint8_t *out);

/* Fill in length, SHA-256 and CRC of an image whose other bytes stand. */
void policy_seal(uint8_t *image, size_t len);

/* Open an image, or a source compiled on the fly.
 *   bytes   the caller's to free()
 *   return  TOOL_OK, or TOOL_FAILED after reporting why */
int policy_load(const char *path, uint8_t **bytes, struct assent_policy *policy);

#endif
