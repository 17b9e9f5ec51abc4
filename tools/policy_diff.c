/* SPDX-License-Identifier: MIT */
#include "tools/policy_diff.h"

#include <stdio.h>
#include <string.h>

#include "tools/policy_lines.h"
#include "tools/policy_model.h"

static bool has_line(const struct lines *lines, const char *line)
{
    for (int i = 0; i < lines->count; i++) {
        if (strcmp(lines->line[i], line) == 0) {
            return true;
        }
    }
    return false;
}

static void print_missing(const struct lines *from, const struct lines *in, char sign)
{
    for (int i = 0; i < from->count; i++) {
        if (!has_line(in, from->line[i])) {
            printf("  %c %s\n", sign, from->line[i]);
        }
    }
}

static bool diff_tier(const struct assent_policy *old, const struct assent_policy *new,
                      unsigned tier)
{
    bool was = (old->offered >> tier & 1) != 0;
    bool is = (new->offered >> tier & 1) != 0;
    struct lines before;
    struct lines after;

    if (!was && !is) {
        printf("%s: not offered\n", model_tiers[tier]);
        return false;
    }
    if (!is) {
        printf("%s: no longer offered, nothing of it is allowed any more\n", model_tiers[tier]);
        return false;
    }
    if (was && old->fingerprint[tier] == new->fingerprint[tier]) {
        printf("%s: as before\n", model_tiers[tier]);
        return false;
    }
    printf("%s: %s%s\n", model_tiers[tier], was ? "changed" : "new",
           tier == ASSENT_TIER_ESSENTIAL ? ", needs no consent" : ", visitors are asked again");
    policy_substance(old, tier, &before);
    policy_substance(new, tier, &after);
    print_missing(&before, &after, '-');
    print_missing(&after, &before, '+');
    lines_free(&before);
    lines_free(&after);
    return tier != ASSENT_TIER_ESSENTIAL;
}

static bool diff_rights(const struct assent_policy *old, const struct assent_policy *new)
{
    bool promised = (old->flags & ASSENT_POLICY_KEEPS_RIGHTS) != 0;
    bool keeps = (new->flags &ASSENT_POLICY_KEEPS_RIGHTS) != 0;
    bool less = false;

    for (unsigned i = 0; i < MODEL_RIGHTS; i++) {
        bool was = (old->rights >> i & 1) != 0;
        bool is = (new->rights >> i & 1) != 0;

        if (was && !is) {
            printf("rights: %s is taken away%s\n", model_rights[i],
                   keeps ? ", visitors are asked for explicit consent" : "");
            less = true;
        } else if (is && !was) {
            printf("rights: %s is new\n", model_rights[i]);
        }
    }
    if (!less) {
        printf("rights: not reduced\n");
    }
    /* A device judges by the policy it has, and that one makes the promise no more. */
    if (promised && !keeps) {
        printf("rights: the rule keeps_rights is dropped: nobody will be asked about rights\n");
    }
    return less && keeps;
}

/* "key" of "key = value". */
static size_t key_len(const char *line)
{
    const char *end = strstr(line, " = ");

    return end != NULL ? (size_t)(end - line) : strlen(line);
}

static const char *find_key(const struct lines *lines, const char *line)
{
    size_t len = key_len(line) + 3;

    for (int i = 0; i < lines->count; i++) {
        if (strncmp(lines->line[i], line, len) == 0) {
            return lines->line[i];
        }
    }
    return NULL;
}

/* Every line that is not the same, whether it matters to consent or not. */
static void diff_lines(const struct assent_policy *old, const struct assent_policy *new)
{
    struct lines before;
    struct lines after;

    policy_lines(old, &before);
    policy_lines(new, &after);
    printf("lines:\n");
    for (int i = 0; i < before.count; i++) {
        const char *other = find_key(&after, before.line[i]);

        if (other == NULL || strcmp(other, before.line[i]) != 0) {
            printf("  - %s\n", before.line[i]);
        }
        if (other != NULL && strcmp(other, before.line[i]) != 0) {
            printf("  + %s\n", other);
        }
    }
    for (int i = 0; i < after.count; i++) {
        if (find_key(&before, after.line[i]) == NULL) {
            printf("  + %s\n", after.line[i]);
        }
    }
    lines_free(&before);
    lines_free(&after);
}

bool policy_diff(const struct assent_policy *old, const struct assent_policy *new)
{
    bool same = assent_span_equal(assent_policy_digest(old), assent_policy_digest(new));
    bool asks = false;

    if (same) {
        printf("the same policy\n");
        return false;
    }
    if (new->revision <= old->revision) {
        printf("revision: %u after %u, expected a higher one: visitors and archive tell revisions "
               "apart by it\n",
               (unsigned)new->revision, (unsigned)old->revision);
    }
    for (unsigned tier = 0; tier < ASSENT_TIER_COUNT; tier++) {
        asks = diff_tier(old, new, tier) || asks;
    }
    asks = diff_rights(old, new) || asks;
    if (old->regime != new->regime) {
        printf("regime: %s after %s\n", model_regimes[new->regime], model_regimes[old->regime]);
    }
    printf("consent: %s\n", asks ? "due again" : "not due again");
    diff_lines(old, new);
    return asks;
}
