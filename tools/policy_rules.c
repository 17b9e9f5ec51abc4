/* SPDX-License-Identifier: MIT */
/* What makes a policy source contradict itself, though each member alone is well-formed. */
#include <stdio.h>
#include <string.h>

#include "tools/policy_model.h"

/* Two elements with the same name: reported at the second. */
static void check_twice(struct source *source, int node, const char *what, const char *a,
                        const char *b)
{
    if (a[0] != '\0' && strcmp(a, b) == 0) {
        source_fault(source, node, "%s \"%s\" for the second time, expected each once", what, b);
    }
}

static void check_names(struct source *source, const struct policy_model *model)
{
    for (int i = 0; i < model->purpose_count; i++) {
        for (int j = 0; j < i; j++) {
            check_twice(source, model->purposes[i].node, "purpose", model->purposes[j].id,
                        model->purposes[i].id);
        }
    }
    for (int i = 0; i < model->recipient_count; i++) {
        for (int j = 0; j < i; j++) {
            check_twice(source, model->recipients[i].node, "recipient", model->recipients[j].id,
                        model->recipients[i].id);
        }
    }
    for (int i = 0; i < model->language_count; i++) {
        for (int j = 0; j < i; j++) {
            check_twice(source, model->languages[i].node, "language", model->languages[j].tag,
                        model->languages[i].tag);
        }
    }
    for (int i = 0; i < model->host_count; i++) {
        for (int j = 0; j < i; j++) {
            if (model->hosts[i].tier == model->hosts[j].tier) {
                check_twice(source, model->hosts[i].node, "host", model->hosts[j].host,
                            model->hosts[i].host);
            }
        }
    }
}

static int tier_of(const struct policy_model *model, const struct model_cookie *cookie)
{
    return cookie->purpose < 0 ? -1 : model->purposes[cookie->purpose].tier;
}

/* Whether every name, or the one name, of line b also fits line a. */
static bool covers(const struct model_cookie *a, const struct model_cookie *b)
{
    size_t len = strlen(a->name) - 1;

    return a->pattern && strlen(b->name) - b->pattern >= len && memcmp(a->name, b->name, len) == 0;
}

/* Two lines that fit one name: allowed within a tier, where they differ in purpose or life alone. */
static void check_overlap(struct source *source, const struct policy_model *model,
                          const struct model_cookie *a, const struct model_cookie *b)
{
    int name = source_find(source, b->node, "name");
    int tier_a = tier_of(model, a);
    int tier_b = tier_of(model, b);

    if (a->name[0] == '\0' || b->name[0] == '\0') {
        return;
    }
    if (strcmp(a->name, b->name) == 0) {
        source_fault(source, name, "cookie \"%s\" for the second time, expected each once",
                     b->name);
    } else if ((covers(a, b) || covers(b, a)) && tier_a >= 0 && tier_b >= 0 && tier_a != tier_b) {
        source_fault(source, name,
                     "\"%s\" of tier %s overlaps \"%s\" of tier %s, expected cookies that fit the "
                     "same name in one tier",
                     b->name, model_tiers[tier_b], a->name, model_tiers[tier_a]);
    }
}

static void check_cookies(struct source *source, const struct policy_model *model)
{
    const unsigned both = ASSENT_POLICY_COOKIE_HTTP_ONLY | ASSENT_POLICY_COOKIE_SCRIPT;

    for (int i = 0; i < model->cookie_count; i++) {
        const struct model_cookie *cookie = &model->cookies[i];

        if ((cookie->flags & both) == both) {
            source_fault(source, source_find(source, cookie->node, "script"),
                         "\"http_only\" and \"script\", expected at most one: a script cannot see "
                         "an HttpOnly cookie");
        }
        if ((cookie->flags & ASSENT_POLICY_COOKIE_THIRD_PARTY) != 0 &&
            cookie->provider[0] == '\0') {
            source_fault(source, source_find(source, cookie->node, "third_party"),
                         "true without \"provider\", expected who sets it");
        }
        if (cookie->max_age_s > model->cookie_days * 86400U) {
            source_fault(source, source_find(source, cookie->node, "lifetime"),
                         "%s, expected no more than the %u days of \"days.cookie\"",
                         source_quote(source, source_find(source, cookie->node, "lifetime")),
                         (unsigned)model->cookie_days);
        }
        for (int j = 0; j < i; j++) {
            check_overlap(source, model, &model->cookies[j], cookie);
        }
    }
}

/* ---- colours ---- */

/* x to the power of 2.4: the square times the fifth root of the square, by Newton. */
static double power_24(double x)
{
    double square = x * x;
    double root = 1;

    for (int i = 0; i < 40; i++) {
        double fourth = root * root * root * root;

        root = (4 * root + square / fourth) / 5;
    }
    return square * root;
}

/* Relative luminance, WCAG 2.2. */
static double luminance(const uint8_t colour[3])
{
    static const double weights[3] = {0.2126, 0.7152, 0.0722};
    double sum = 0;

    for (int i = 0; i < 3; i++) {
        double c = colour[i] / 255.0;

        sum += weights[i] * (c <= 0.04045 ? c / 12.92 : power_24((c + 0.055) / 1.055));
    }
    return sum;
}

static double contrast(const uint8_t a[3], const uint8_t b[3])
{
    double x = luminance(a) + 0.05;
    double y = luminance(b) + 0.05;

    return x > y ? x / y : y / x;
}

static void check_theme(struct source *source, const struct policy_model *model)
{
    static const char *const modes[] = {"light", "dark"};
    static const char *const names[] = {"text", "background", "accent"};

    for (int mode = 0; model->theme_node >= 0 && mode < 2; mode++) {
        int node = source_find(source, model->theme_node, modes[mode]);

        for (int i = 0; node >= 0 && i < 3; i += 2) {
            int colour = source_find(source, node, names[i]);
            double ratio = contrast(model->colours[mode][i], model->colours[mode][1]);

            if (colour >= 0 && source_find(source, node, "background") >= 0 && ratio < 4.5) {
                source_fault(source, colour,
                             "%s has a contrast of %.2f to the background, expected at least 4.5",
                             source_quote(source, colour), ratio);
            }
        }
    }
}

/* ---- the rest ---- */

static void check_days(struct source *source, const struct policy_model *model)
{
    int refusal = model->days_node < 0 ? -1 : source_find(source, model->days_node, "refusal");

    if (refusal >= 0 && model->refusal_days < model->grant_days) {
        source_fault(source, refusal,
                     "%u, expected no fewer than the %u days of \"grant\": a refusal is kept as "
                     "long as an acceptance",
                     (unsigned)model->refusal_days, (unsigned)model->grant_days);
    }
    if (refusal >= 0 && model->regime == ASSENT_REGIME_US && model->refusal_days < 365) {
        source_fault(source, refusal,
                     "%u, expected at least 365 under regime \"us\": nobody is asked to opt in "
                     "again within a year",
                     (unsigned)model->refusal_days);
    }
}

static bool has_right(const struct policy_model *model, const char *name)
{
    for (int i = 0; i < model->right_count; i++) {
        if (strcmp(model_rights[model->rights[i].kind], name) == 0) {
            return true;
        }
    }
    return false;
}

static void check_rights(struct source *source, const struct policy_model *model)
{
    int node = source_find(source, 0, "rights");

    if (node >= 0 && model->regime == ASSENT_REGIME_US && !has_right(model, "opt_out") &&
        (model->offered & ASSENT_TIER_BIT(ASSENT_TIER_ADVERTISING)) != 0) {
        source_fault(source, node,
                     "no \"opt_out\", expected it where advertising runs under regime \"us\"");
    }
}

static void check_archive(struct source *source, const struct policy_model *model)
{
    uint32_t above = model->revision;
    uint64_t later = model->effective_s;

    for (int i = 0; i < model->revision_count; i++) {
        const struct model_revision *revision = &model->revisions[i];

        if (revision->revision >= above) {
            source_fault(source, source_find(source, revision->node, "revision"),
                         "%u, expected less than %u: newest first, all before the current one",
                         (unsigned)revision->revision, (unsigned)above);
        }
        if (revision->effective_s != FIELD_NO_DATE && revision->effective_s > later) {
            source_fault(source, source_find(source, revision->node, "effective"),
                         "%s, expected no later than the revision after it",
                         source_quote(source, source_find(source, revision->node, "effective")));
        }
        above = revision->revision;
        later = revision->effective_s;
    }
}

void policy_check_rules(struct source *source, const struct policy_model *model)
{
    check_names(source, model);
    check_cookies(source, model);
    check_theme(source, model);
    check_days(source, model);
    check_rights(source, model);
    check_archive(source, model);
    for (int tier = 0; tier < ASSENT_TIER_COUNT; tier++) {
        int tiers = source_find(source, 0, "tiers");
        int node = tiers < 0 ? -1 : source_find(source, tiers, model_tiers[tier]);
        int list = node < 0 ? -1 : source_find(source, node, "purposes");

        if (list >= 0 && source->nodes[list].type == SOURCE_ARRAY &&
            source->nodes[list].end == list + 1) {
            source_fault(source, list, "an empty list, expected at least one purpose");
        }
    }
}
