/* SPDX-License-Identifier: MIT */
/* What a new device holds for each site: read and checked together, so that no two of them get in each
 * other's way, and written one by one. */
#include "tools/provision_sites.h"

#include <stdlib.h>
#include <string.h>

#include "port/host/upstream_text.h"
#include "tools/policy_model.h"
#include "tools/tool.h"

/* One host name chooses one policy, and one id names one site in records. */
static int compare(const struct provision_sites *sites, int one, int other)
{
    struct assent_policy_controller a;
    struct assent_policy_controller b;
    struct assent_span site;

    assent_policy_controller(&sites->policy[one], &a);
    assent_policy_controller(&sites->policy[other], &b);
    if (assent_span_equal(a.id, b.id)) {
        return tool_fail(sites->sources[other], "the site \"%.*s\" for the second time, after %s",
                         (int)b.id.len, (const char *)b.id.ptr, sites->sources[one]);
    }
    for (unsigned i = 0; (site = assent_policy_site(&sites->policy[other], i)).len > 0; i++) {
        struct assent_span known;

        for (unsigned j = 0; (known = assent_policy_site(&sites->policy[one], j)).len > 0; j++) {
            if (assent_span_equal(known, site)) {
                return tool_fail(sites->sources[other], "the host \"%.*s\" is a site of %s already",
                                 (int)site.len, (const char *)site.ptr, sites->sources[one]);
            }
        }
    }
    return TOOL_OK;
}

int provision_sites_read(struct provision_sites *sites, const char *const *sources, int count)
{
    int code = TOOL_OK;

    memset(sites, 0, sizeof(*sites));
    sites->sources = sources;
    sites->count = count;
    for (int i = 0; i < count && code == TOOL_OK; i++) {
        code = policy_load(sources[i], &sites->bytes[i], &sites->policy[i]);
        for (int j = 0; j < i && code == TOOL_OK; j++) {
            code = compare(sites, j, i);
        }
    }
    return code;
}

/* Number of the site with this id; -1: there is none. */
static int number_of(const struct provision_sites *sites, struct assent_span id)
{
    struct assent_policy_controller controller;

    for (int i = 0; i < sites->count; i++) {
        assent_policy_controller(&sites->policy[i], &controller);
        if (assent_span_equal(controller.id, id)) {
            return i;
        }
    }
    return -1;
}

int provision_sites_read_upstreams(struct provision_sites *sites, const char *const *texts,
                                   int count)
{
    for (int i = 0; i < count; i++) {
        struct assent_span rest = assent_span(texts[i], strlen(texts[i]));
        int site = number_of(sites, assent_span_take(&rest, '='));
        const char *wrong =
            site < 0 ? "no such site among the policies"
            : sites->upstream[site].setting.port != 0
                ? "the site has an application already"
                : upstream_text_read(rest, &sites->upstream[site].setting, sites->upstream[site].ca,
                                     &sites->upstream[site].ca_len);

        if (wrong != NULL) {
            return tool_usage("--upstream %s: %s; it is SITE=" UPSTREAM_TEXT_FORM, texts[i], wrong);
        }
    }
    return TOOL_OK;
}

static int put_policy(struct assent_policies *policies, const struct assent_policy *policy,
                      uint8_t number, struct assent_time now)
{
    struct assent_policies_image entry = {
        .site = number, .revision = policy->revision, .effective_s = policy->effective_s};
    int error = assent_policies_begin(policies);

    memcpy(entry.digest, assent_policy_digest(policy).ptr, sizeof(entry.digest));
    if (error == ASSENT_OK) {
        error = assent_policies_write(policies, policy->image);
    }
    if (error == ASSENT_OK) {
        error = assent_policies_activate(policies, &entry, now);
    }
    return error;
}

int provision_sites_put_policies(const struct provision_sites *sites, struct device_image *image,
                                 struct assent_time now, const char **step)
{
    int error = ASSENT_OK;

    image->policies.audit = &image->log;
    for (int i = 0; i < sites->count && error == ASSENT_OK; i++) {
        *step = sites->sources[i];
        error = put_policy(&image->policies, &sites->policy[i], (uint8_t)i, now);
    }
    return error;
}

int provision_sites_put_upstreams(struct provision_sites *sites, struct device_image *image,
                                  struct assent_time now)
{
    int error = ASSENT_OK;

    for (int i = 0; i < sites->count && error == ASSENT_OK; i++) {
        if (sites->upstream[i].setting.port != 0) {
            error = assent_upstream_setting_write(
                &image->kv, &image->log, &image->crypto, (uint8_t)i, &sites->upstream[i].setting,
                assent_span(sites->upstream[i].ca, sites->upstream[i].ca_len), now);
        }
    }
    return error;
}

void provision_sites_free(struct provision_sites *sites)
{
    for (int i = 0; i < sites->count; i++) {
        free(sites->bytes[i]);
    }
}
