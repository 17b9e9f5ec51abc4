/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TOOLS_POLICY_DIFF_H
#define ASSENT_TOOLS_POLICY_DIFF_H

#include <stdbool.h>

#include "core/policy.h"

/* Print what changes from one policy to the next: for each tier whether visitors are asked again and
 * why, rights taken away, then everything else that differs.
 *   return  whether anybody is asked again */
bool policy_diff(const struct assent_policy *old, const struct assent_policy *new);

#endif
