/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TOOLS_PROVISION_SITES_H
#define ASSENT_TOOLS_PROVISION_SITES_H

#include <stddef.h>
#include <stdint.h>

#include "core/policy.h"
#include "http/upstream_setting.h"
#include "tools/device_image.h"

/* The sites of a new device: their policies and the applications behind them, opened before anything is
 * written. Large: keep it static. */
struct provision_sites {
    const char *const *sources; /* where each policy came from */
    int count;
    uint8_t *bytes[ASSENT_SITES];
    struct assent_policy policy[ASSENT_SITES];
    struct {
        struct assent_upstream_setting setting; /* port 0: none */
        uint8_t ca[ASSENT_UPSTREAM_CA_BYTES];
        size_t ca_len;
    } upstream[ASSENT_SITES];
};

/* Read the policies, one host and one id for each site.
 *   sources  files, borrowed
 *   count    0..ASSENT_SITES
 *   return   TOOL_OK, TOOL_USAGE or TOOL_FAILED after reporting why; to be freed in any case */
int provision_sites_read(struct provision_sites *sites, const char *const *sources, int count);

/* Read what --upstream says: SITE=UPSTREAM_TEXT_FORM, at most one for each site.
 *   return  TOOL_OK, or TOOL_USAGE after reporting why */
int provision_sites_read_upstreams(struct provision_sites *sites, const char *const *texts,
                                   int count);

/* Put the policies into an image, an entry in the audit log for each.
 *   step    set to the source of the one that is under way, for a complaint
 *   return  ASSENT_OK, or the first error */
int provision_sites_put_policies(const struct provision_sites *sites, struct device_image *image,
                                 struct assent_time now, const char **step);

/* Likewise the settings of the applications. */
int provision_sites_put_upstreams(struct provision_sites *sites, struct device_image *image,
                                  struct assent_time now);

void provision_sites_free(struct provision_sites *sites);

#endif
