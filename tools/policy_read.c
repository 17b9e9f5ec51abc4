/* SPDX-License-Identifier: MIT */
/* The source of a policy, member by member. Its form is published in
 * core/policies/policy.schema.json; this file is what counts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/crypto/mbedtls.h"
#include "tools/policy_model.h"
#include "tools/tool.h"

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

    for (int c = field_first(source, 0, "languages", true, MODEL_LANGUAGES); c >= 0;
         c = field_next(source, c)) {
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

    for (int c = field_first(source, 0, "documents", true, MODEL_DOCUMENTS); c >= 0;
         c = field_next(source, c)) {
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
            if (tool_gzip(path, &document->content, &document->content_len) != TOOL_OK) {
                source_fault(source, c, "cannot be compressed, expected a shorter document");
            }
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
    for (int c = field_first(source, 0, "sites", true, MODEL_SITES); c >= 0;
         c = field_next(source, c)) {
        model->sites[model->site_count++] = field_value(source, c, FIELD_SITE, 253);
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
    policy_read_rows(source, model);
}
