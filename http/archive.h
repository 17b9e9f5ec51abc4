/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_ARCHIVE_H
#define ASSENT_HTTP_ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/policy.h"
#include "http/policy_text.h"
#include "storage/policies.h"

/* Revisions of policies in flash that pages can be made from: the one in force and all before it. */
struct assent_archive {
    /* Set by the caller before any call; borrowed. */
    struct assent_policies *policies;
    void *ctx;
    /* The bytes of the policy store from this offset of its region on, readable as long as the program
     * runs: flash that the processor maps, or memory that stands for it. */
    const uint8_t *(*map)(void *ctx, uint32_t offset);
};

/* Open a revision.
 *   archive  NULL: there is none
 *   shared   words for it, as assent_policy_text_share
 *   image    what the store knows of it
 *   return   ASSENT_OK; ASSENT_ERR_NOT_FOUND; those of assent_policies_find, assent_policy_open and
 *            assent_policy_text_share */
int assent_archive_open(struct assent_archive *archive, uint8_t site, uint32_t revision,
                        const struct assent_text *shared, struct assent_policy *policy,
                        struct assent_policies_image *image);

#endif
