/* SPDX-License-Identifier: MIT */
/* The source of a policy, member by member. Its form is published in
 * core/policies/policy.schema.json; this file is what counts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/crypto/mbedtls.h"
#include "tools/policy_model.h"
#include "tools/tool.h"

const char *const model_tiers[] = {"essential", "analytics", "advertising", NULL};
const char *const model_regimes[] = {"eu", "uk", "us", NULL};
const char *const model_gpc[] = {"ask", "refuse", NULL};
const char *const model_rules[] = {"keeps_rights", "keeps_archive", "declines_repeats",
                                   "allows_unknown", NULL};
const char *const model_uses[] = {"script", "img",  "connect", "frame",
                                  "style",  "font", "media",   NULL};
const char *const model_cookie_flags[] = {"http_only", "script", "third_party", NULL};
const char *const model_technologies[] = {
    "beacon", "advertising_id", "unique_id", "server_log", "link_tracking", "app_log", NULL};
const char *const model_rights[] = {
    "access",    "rectification", "erasure",   "restriction", "portability",
    "objection", "withdrawal",    "complaint", "opt_out",     NULL};
const char *const model_sections[] = {"retention", "changes", "minors",    "requests", "browser",
                                      "sensitive", "sharing", "marketing", NULL};
#define KEY_NAME(name, key) #key,
const char *const model_words[] = {ASSENT_TEXT_KEYS(KEY_NAME) NULL};

/* The elements of a list of objects, or nothing. */
static int first_of(struct source *source, int object, const char *key, bool required, int max)
{
    int node = field_member(source, object, key, SOURCE_ARRAY, required);
    int count = 0;

    for (int c = node + 1; node >= 0 && c < source->nodes[node].end; c = source->nodes[c].end) {
        if (++count > max) {
            source_fault(source, c, "more than %d elements, expected fewer", max);
            return -1;
        }
    }
    return count > 0 ? node + 1 : -1;
}

/* The next element of the list that node belongs to, or -1. */
static int next_of(const struct source *source, int node)
{
    int end = source->nodes[source->nodes[node].parent].end;

    return source->nodes[node].end < end ? source->nodes[node].end : -1;
}

/* A path beside the source file. */
static char *beside(const struct source *source, const char *folder, const char *file)
{
    const char *slash = strrchr(source->path, '/');
    int stem = slash != NULL && folder[0] != '/' ? (int)(slash - source->path) + 1 : 0;
    size_t size = (size_t)stem + strlen(folder) + strlen(file) + 2;
    char *path = malloc(size);

    if (path != NULL) {
        snprintf(path, size, "%.*s%s/%s", stem, source->path, folder, file);
    }
    return path;
}

static bool is_readable(const char *path)
{
    FILE *file = path != NULL ? fopen(path, "rb") : NULL;

    if (file != NULL) {
        fclose(file);
    }
    return file != NULL;
}

/* ---- languages and documents ---- */

/* The direction that the shared texts of a language state. */
static void check_shared(struct source *source, int node, const char *folder,
                         const struct model_language *language)
{
    char name[ASSENT_TEXT_TAG_BYTES + 6];
    struct source texts;
    char *path;
    int dir;

    snprintf(name, sizeof(name), "%s.json", language->tag);
    path = beside(source, folder, name);
    if (!is_readable(path)) {
        source_fault(source, node,
                     "no shared texts %s, expected that file, or \"shared\": false and all words "
                     "in this policy",
                     path);
    } else if (source_load(&texts, path) == TOOL_OK) {
        dir = texts.count > 0 ? source_find(&texts, 0, "dir") : -1;
        if (dir >= 0 && texts.nodes[dir].type == SOURCE_TEXT &&
            strcmp(texts.nodes[dir].text, language->rtl ? "rtl" : "ltr") != 0) {
            source_fault(source, node, "direction %s, expected \"%s\" as in %s",
                         language->rtl ? "\"rtl\"" : "\"ltr\"", texts.nodes[dir].text, path);
        }
        source_free(&texts);
    }
    free(path);
}

static void read_languages(struct source *source, const char *folder, struct policy_model *model)
{
    static const char *const names[] = {"tag", "dir", "shared", NULL};
    static const char *const directions[] = {"ltr", "rtl", NULL};

    for (int c = first_of(source, 0, "languages", true, MODEL_LANGUAGES); c >= 0;
         c = next_of(source, c)) {
        struct model_language *language = &model->languages[model->language_count];

        field_only(source, c, names);
        language->node = c;
        language->tag = field_text(source, c, "tag", true, FIELD_TAG, ASSENT_TEXT_TAG_BYTES);
        language->rtl = field_choice(source, c, "dir", true, directions, 0) == 1;
        language->shared = field_bool(source, c, "shared", true);
        if (language->tag[0] == '\0') {
            continue;
        }
        model->language_count++;
        if (language->shared) {
            check_shared(source, c, folder, language);
        }
    }
}

static void read_documents(struct source *source, struct policy_model *model)
{
    static const char *const names[] = {"file", "language", NULL};
    struct assent_crypto crypto = assent_mbedtls_crypto();

    for (int c = first_of(source, 0, "documents", true, MODEL_DOCUMENTS); c >= 0;
         c = next_of(source, c)) {
        struct model_document *document = &model->documents[model->document_count++];
        struct assent_span part;
        uint8_t *bytes = NULL;
        size_t len = 0;
        char *path;

        field_only(source, c, names);
        document->node = c;
        document->file = field_text(source, c, "file", true, FIELD_FILE, 100);
        document->tag = field_text(source, c, "language", true, FIELD_TAG, ASSENT_TEXT_TAG_BYTES);
        path = beside(source, "documents", document->file);
        if (document->file[0] != '\0' && !is_readable(path)) {
            source_fault(source, c, "no file %s, expected the document there", path);
        } else if (document->file[0] != '\0' && tool_read(path, &bytes, &len) == TOOL_OK) {
            part = assent_span(bytes, len);
            crypto.sha256(crypto.ctx, &part, 1, document->digest);
        }
        free(bytes);
        free(path);
    }
}

/* ---- the head ---- */

static void read_controller(struct source *source, struct policy_model *model)
{
    static const char *const names[] = {"name", "address", "mail", "web", "data_protection_officer",
                                        NULL};
    int node = field_member(source, 0, "controller", SOURCE_OBJECT, true);
    int dpo;

    model->name = model->address = model->mail = model->web = model->dpo = "";
    if (node < 0) {
        return;
    }
    field_only(source, node, names);
    model->name = field_text(source, node, "name", true, FIELD_TEXT, 120);
    model->address = field_text(source, node, "address", false, FIELD_TEXT, 300);
    model->mail = field_text(source, node, "mail", false, FIELD_MAIL, 120);
    model->web = field_text(source, node, "web", false, FIELD_LINK, 200);
    dpo = source_find(source, node, "data_protection_officer");
    if (dpo >= 0 && source->nodes[dpo].type == SOURCE_BOOL) {
        model->has_dpo = source->nodes[dpo].truth;
    } else if (dpo >= 0) {
        model->dpo = field_value(source, dpo, FIELD_TEXT, 200);
        model->has_dpo = true;
    }
    /* Whoever wants to complain or to exercise a right needs some way in. */
    if (model->mail[0] == '\0' && model->web[0] == '\0' && model->address[0] == '\0') {
        source_fault(source, node,
                     "no way to reach the controller, expected \"mail\", \"web\" or "
                     "\"address\"");
    }
}

static void read_days(struct source *source, struct policy_model *model)
{
    static const char *const names[] = {"grant", "refusal", "cookie", "record", NULL};
    int node = field_member(source, 0, "days", SOURCE_OBJECT, true);

    model->days_node = node;
    model->grant_days = model->refusal_days = 180;
    model->cookie_days = 400;
    model->record_days = 395;
    if (node < 0) {
        return;
    }
    field_only(source, node, names);
    model->grant_days = (uint16_t)field_number(source, node, "grant", true, 1, 395, 180);
    model->refusal_days = (uint16_t)field_number(source, node, "refusal", true, 180, 395, 395);
    model->cookie_days = (uint16_t)field_number(source, node, "cookie", true, 1, 400, 400);
    model->record_days = (uint16_t)field_number(source, node, "record", true, 1, 3660, 395);
}

static void read_theme(struct source *source, struct policy_model *model)
{
    static const char *const modes[] = {"light", "dark", NULL};
    static const char *const names[] = {"text", "background", "accent", NULL};
    int node = field_member(source, 0, "theme", SOURCE_OBJECT, true);

    model->theme_node = node;
    if (node < 0) {
        return;
    }
    field_only(source, node, modes);
    for (int mode = 0; mode < 2; mode++) {
        int here = field_member(source, node, modes[mode], SOURCE_OBJECT, true);

        if (here < 0) {
            continue;
        }
        field_only(source, here, names);
        for (int i = 0; i < 3; i++) {
            field_colour(source, here, names[i], model->colours[mode][i]);
        }
    }
}

static void read_sites(struct source *source, struct policy_model *model)
{
    for (int c = first_of(source, 0, "sites", true, MODEL_SITES); c >= 0; c = next_of(source, c)) {
        model->sites[model->site_count++] = field_value(source, c, FIELD_SITE, 253);
    }
}

/* ---- the tables ---- */

static void read_purposes(struct source *source, int tier, int node, struct policy_model *model)
{
    static const char *const names[] = {"id", "title", "text", "material", NULL};
    int room = MODEL_PURPOSES - model->purpose_count;

    for (int c = first_of(source, node, "purposes", true, room); c >= 0; c = next_of(source, c)) {
        struct model_purpose *purpose = &model->purposes[model->purpose_count++];

        field_only(source, c, names);
        purpose->node = c;
        purpose->tier = tier;
        purpose->id = field_text(source, c, "id", true, FIELD_SLUG, 40);
        purpose->material = (uint8_t)field_number(source, c, "material", false, 0, 255, 0);
        field_phrase(source, model, c, "title", false, &purpose->title);
        field_phrase(source, model, c, "text", false, &purpose->text);
    }
}

static void read_tiers(struct source *source, struct policy_model *model)
{
    static const char *const names[] = {"purposes", "ask_again", "objectable", NULL};
    int tiers = field_member(source, 0, "tiers", SOURCE_OBJECT, true);

    model->offered = ASSENT_TIERS_ESSENTIAL;
    if (tiers < 0) {
        return;
    }
    field_only(source, tiers, model_tiers);
    for (int tier = 0; tier < ASSENT_TIER_COUNT; tier++) {
        int node = field_member(source, tiers, model_tiers[tier], SOURCE_OBJECT, tier == 0);
        uint8_t bit = ASSENT_TIER_BIT((enum assent_tier)tier);

        if (node < 0) {
            continue;
        }
        field_only(source, node, names);
        model->offered |= bit;
        model->ask_again[tier] = (uint8_t)field_number(source, node, "ask_again", false, 0, 255, 0);
        if (field_bool(source, node, "objectable", false)) {
            model->objectable |= bit;
            if (model->regime >= 0 &&
                (tier != ASSENT_TIER_ANALYTICS || model->regime != ASSENT_REGIME_UK)) {
                source_fault(source, source_find(source, node, "objectable"),
                             "true, expected it for analytics under regime \"uk\" only");
            }
        }
        read_purposes(source, tier, node, model);
    }
}

static int find_purpose(const struct policy_model *model, const char *id)
{
    for (int i = 0; i < model->purpose_count; i++) {
        if (id[0] != '\0' && strcmp(model->purposes[i].id, id) == 0) {
            return i;
        }
    }
    return -1;
}

static void read_cookies(struct source *source, struct policy_model *model)
{
    static const char *const names[] = {"name",      "purpose", "lifetime",    "provider",
                                        "http_only", "script",  "third_party", NULL};

    for (int c = first_of(source, 0, "cookies", true, MODEL_COOKIES); c >= 0;
         c = next_of(source, c)) {
        struct model_cookie *cookie = &model->cookies[model->cookie_count++];
        const char *purpose;
        size_t len;

        field_only(source, c, names);
        cookie->node = c;
        cookie->name = field_text(source, c, "name", true, FIELD_COOKIE, 200);
        len = strlen(cookie->name);
        cookie->pattern = len > 0 && cookie->name[len - 1] == '*';
        cookie->provider = field_text(source, c, "provider", false, FIELD_TEXT, 100);
        cookie->max_age_s = field_lifetime(source, c, "lifetime");
        for (unsigned i = 0; model_cookie_flags[i] != NULL; i++) {
            bool set = field_bool(source, c, model_cookie_flags[i], false);

            cookie->flags |= (uint8_t)(set ? 1U << i : 0);
        }
        purpose = field_text(source, c, "purpose", true, FIELD_SLUG, 40);
        cookie->purpose = find_purpose(model, purpose);
        if (cookie->purpose < 0 && purpose[0] != '\0') {
            source_fault(source, source_find(source, c, "purpose"),
                         "\"%s\", expected the id of a purpose under \"tiers\"", purpose);
        }
    }
}

static void read_recipients(struct source *source, struct policy_model *model)
{
    static const char *const names[] = {"id", "name", "text", "url", "tiers", NULL};

    for (int c = first_of(source, 0, "recipients", false, MODEL_RECIPIENTS); c >= 0;
         c = next_of(source, c)) {
        struct model_recipient *recipient = &model->recipients[model->recipient_count++];
        int tiers = field_member(source, c, "tiers", SOURCE_ARRAY, true);

        field_only(source, c, names);
        recipient->node = c;
        recipient->id = field_text(source, c, "id", true, FIELD_SLUG, 40);
        recipient->url = field_text(source, c, "url", false, FIELD_LINK, 200);
        recipient->tiers = (uint8_t)field_set(source, c, "tiers", model_tiers);
        if ((recipient->tiers & ~(unsigned)model->offered) != 0) {
            source_fault(source, tiers,
                         "a tier that the policy does not offer, expected one of "
                         "those under \"tiers\"");
        }
        field_phrase(source, model, c, "name", false, &recipient->name);
        field_phrase(source, model, c, "text", false, &recipient->text);
    }
}

/* A tier that is offered. */
static int read_tier(struct source *source, int node, const struct policy_model *model)
{
    int tier = field_choice(source, node, "tier", true, model_tiers, ASSENT_TIER_ESSENTIAL);

    if ((model->offered & ASSENT_TIER_BIT((enum assent_tier)tier)) == 0) {
        source_fault(source, source_find(source, node, "tier"),
                     "\"%s\", expected a tier that the policy offers", model_tiers[tier]);
    }
    return tier;
}

static void read_hosts(struct source *source, struct policy_model *model)
{
    static const char *const names[] = {"host", "recipient", "tier", "uses", NULL};

    for (int c = first_of(source, 0, "hosts", false, MODEL_HOSTS); c >= 0; c = next_of(source, c)) {
        struct model_host *host = &model->hosts[model->host_count++];
        const char *recipient = field_text(source, c, "recipient", true, FIELD_SLUG, 40);
        int uses;

        field_only(source, c, names);
        host->node = c;
        host->host = field_text(source, c, "host", true, FIELD_HOST, 253);
        host->tier = read_tier(source, c, model);
        uses = field_member(source, c, "uses", SOURCE_ARRAY, true);
        host->uses = (uint8_t)field_set(source, c, "uses", model_uses);
        if (uses >= 0 && source->nodes[uses].end == uses + 1) {
            source_fault(source, uses, "an empty list, expected what the host serves");
        }
        host->recipient = -1;
        for (int i = 0; i < model->recipient_count; i++) {
            if (strcmp(model->recipients[i].id, recipient) == 0) {
                host->recipient = i;
            }
        }
        if (host->recipient < 0 && recipient[0] != '\0') {
            source_fault(source, source_find(source, c, "recipient"),
                         "\"%s\", expected the id of a recipient", recipient);
        }
    }
}

static void read_technologies(struct source *source, struct policy_model *model)
{
    static const char *const names[] = {"kind", "tier", "text", NULL};

    for (int c = first_of(source, 0, "technologies", false, MODEL_TECHNOLOGIES); c >= 0;
         c = next_of(source, c)) {
        struct model_entry *entry = &model->technologies[model->technology_count++];

        field_only(source, c, names);
        entry->node = c;
        entry->kind = field_choice(source, c, "kind", true, model_technologies, 0);
        entry->tier = read_tier(source, c, model);
        field_phrase(source, model, c, "text", false, &entry->text);
    }
}

static void read_rights(struct source *source, struct policy_model *model)
{
    int node = field_member(source, 0, "rights", SOURCE_OBJECT, true);

    if (node < 0) {
        return;
    }
    field_only(source, node, model_rights);
    for (int i = 0; i < MODEL_RIGHTS; i++) {
        struct model_entry *entry = &model->rights[model->right_count];

        entry->node = source_find(source, node, model_rights[i]);
        if (entry->node >= 0) {
            entry->kind = i;
            field_phrase(source, model, node, model_rights[i], false, &entry->text);
            model->right_count++;
        }
    }
}

static void read_sections(struct source *source, struct policy_model *model)
{
    static const char *const names[] = {"kind", "text", NULL};

    for (int c = first_of(source, 0, "sections", false, MODEL_SECTIONS); c >= 0;
         c = next_of(source, c)) {
        struct model_entry *entry = &model->sections[model->section_count++];

        field_only(source, c, names);
        entry->node = c;
        entry->kind = field_choice(source, c, "kind", true, model_sections, 0);
        field_phrase(source, model, c, "text", false, &entry->text);
    }
}

static void read_archive(struct source *source, struct policy_model *model)
{
    static const char *const names[] = {"revision", "effective", "digest", "asked", "text", NULL};

    for (int c = first_of(source, 0, "archive", false, MODEL_REVISIONS); c >= 0;
         c = next_of(source, c)) {
        struct model_revision *revision = &model->revisions[model->revision_count++];

        field_only(source, c, names);
        revision->node = c;
        revision->revision =
            field_number(source, c, "revision", true, 1, 0xFFFFFFFF, model->revision);
        revision->effective_s = field_date(source, c, "effective");
        revision->asked = field_bool(source, c, "asked", false);
        field_digest(source, c, "digest", revision->digest);
        field_phrase(source, model, c, "text", false, &revision->text);
    }
}

static void read_words(struct source *source, struct policy_model *model)
{
    int node = field_member(source, 0, "words", SOURCE_OBJECT, false);

    if (node >= 0) {
        field_only(source, node, model_words);
    }
    for (int key = 0; key < ASSENT_TEXT_COUNT; key++) {
        if (node >= 0) {
            field_phrase(source, model, node, model_words[key], true, &model->words[key]);
        }
        for (int i = 0; i < model->language_count; i++) {
            if (model->words[key].text[i] == NULL && !model->languages[i].shared &&
                (node < 0 || source_find(source, node, model_words[key]) < 0)) {
                source_fault(source, node < 0 ? 0 : node,
                             "no \"%s\" for language \"%s\", expected all words of a language "
                             "without shared texts",
                             model_words[key], model->languages[i].tag);
            }
        }
    }
}

void policy_read(struct source *source, struct policy_model *model)
{
    static const char *const names[] = {
        "$schema",     "id",        "controller", "sites", "revision",
        "effective",   "documents", "regime",     "gpc",   "texts",
        "minimum_age", "days",      "rules",      "theme", "languages",
        "tiers",       "cookies",   "recipients", "hosts", "technologies",
        "rights",      "sections",  "archive",    "words", NULL};
    const char *folder;

    memset(model, 0, sizeof(*model));
    field_only(source, 0, names);
    if (source->nodes[0].type != SOURCE_OBJECT) {
        return;
    }
    folder = field_text(source, 0, "texts", false, FIELD_TEXT, 200);
    model->id = field_text(source, 0, "id", true, FIELD_SLUG, 32);
    model->revision = field_number(source, 0, "revision", true, 1, 0xFFFFFFFF, 0xFFFFFFFF);
    model->effective_s = field_date(source, 0, "effective");
    model->regime = field_choice(source, 0, "regime", true, model_regimes, -1);
    model->gpc = field_choice(source, 0, "gpc", true, model_gpc, ASSENT_POLICY_GPC_REFUSE);
    model->minimum_age = (uint8_t)field_number(source, 0, "minimum_age", false, 0, 99, 0);
    model->flags = (uint8_t)field_set(source, 0, "rules", model_rules);
    read_controller(source, model);
    read_sites(source, model);
    read_days(source, model);
    read_theme(source, model);
    read_languages(source, folder[0] != '\0' ? folder : "texts", model);
    read_documents(source, model);
    read_tiers(source, model);
    read_recipients(source, model);
    read_cookies(source, model);
    read_hosts(source, model);
    read_technologies(source, model);
    read_rights(source, model);
    read_sections(source, model);
    read_archive(source, model);
    read_words(source, model);
}
