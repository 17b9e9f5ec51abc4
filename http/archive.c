/* SPDX-License-Identifier: MIT */
#include "http/archive.h"

int assent_archive_open(struct assent_archive *archive, uint8_t site, uint32_t revision,
                        const struct assent_text *shared, struct assent_policy *policy,
                        struct assent_policies_image *image)
{
    int error = archive == NULL ? ASSENT_ERR_NOT_FOUND
                                : assent_policies_find(archive->policies, site, revision, image);

    if (error == ASSENT_OK) {
        error = assent_policy_open(
            policy, assent_span(archive->map(archive->ctx, image->offset), image->length), NULL);
    }
    return error != ASSENT_OK ? error : assent_policy_text_share(policy, shared);
}
