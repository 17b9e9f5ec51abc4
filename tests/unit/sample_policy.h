/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TESTS_UNIT_SAMPLE_POLICY_H
#define ASSENT_TESTS_UNIT_SAMPLE_POLICY_H

#include "core/policy.h"

/* tests/policies/gate.json, compiled by the build and opened; never NULL, the test program ends if it
 * cannot be opened. */
const struct assent_policy *sample_policy(void);

#endif
