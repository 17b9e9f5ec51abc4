/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TOOLS_POLICY_LINES_H
#define ASSENT_TOOLS_POLICY_LINES_H

#include <stdint.h>
#include <stdio.h>

#include "core/policy.h"

/* An image as lines of text: all it says, for people and for comparison; and what of it a visitor
 * agreed to, tier by tier. */

struct lines {
    char **line;
    int count;
};

void lines_free(struct lines *lines);

/* Everything in an image, "cookies[_ga].tier = analytics" a line, in the order of the image.
 * Elements of lists are named by what identifies them. */
void policy_lines(const struct assent_policy *policy, struct lines *out);

/* What a visitor who agrees to a tier agrees to, sorted: controller, purposes by id and material
 * counter, recipients, hosts, cookies with life, provider and purpose, technologies, and the counter
 * by which the operator asks again. No wording. */
void policy_substance(const struct assent_policy *policy, unsigned tier, struct lines *out);

/* The first 32 bits, little-endian, of SHA-256 over these lines, each ended by a line feed; 1 if
 * that is 0, and 0 for a tier that is not offered. */
uint32_t policy_fingerprint(const struct assent_policy *policy, unsigned tier);

/* "2024-10-09" of a time. Static memory of two dates. */
const char *policy_date(uint64_t unix_s);

#endif
