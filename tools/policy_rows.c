/* SPDX-License-Identifier: MIT */
/* The lists of a policy source: tiers with their purposes, cookies, parties, rights, texts. */
#include <string.h>

#include "tools/policy_model.h"

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

static void read_purposes(struct source *source, int tier, int node, struct policy_model *model)
{
    static const char *const names[] = {"id", "title", "text", "material", NULL};
    int room = MODEL_PURPOSES - model->purpose_count;

    for (int c = field_first(source, node, "purposes", true, room); c >= 0;
         c = field_next(source, c)) {
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

    for (int c = field_first(source, 0, "cookies", true, MODEL_COOKIES); c >= 0;
         c = field_next(source, c)) {
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

    for (int c = field_first(source, 0, "recipients", false, MODEL_RECIPIENTS); c >= 0;
         c = field_next(source, c)) {
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

    for (int c = field_first(source, 0, "hosts", false, MODEL_HOSTS); c >= 0;
         c = field_next(source, c)) {
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

    for (int c = field_first(source, 0, "technologies", false, MODEL_TECHNOLOGIES); c >= 0;
         c = field_next(source, c)) {
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

    for (int c = field_first(source, 0, "sections", false, MODEL_SECTIONS); c >= 0;
         c = field_next(source, c)) {
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

    for (int c = field_first(source, 0, "archive", false, MODEL_REVISIONS); c >= 0;
         c = field_next(source, c)) {
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

void policy_read_rows(struct source *source, struct policy_model *model)
{
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
