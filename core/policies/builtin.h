/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_POLICIES_BUILTIN_H
#define ASSENT_CORE_POLICIES_BUILTIN_H

#include "core/span.h"

/* The policies of core/policies/ and their shared texts as images, compiled into the program; for
 * assent_policy_open and assent_text_open. Written by `assent policy embed` at build time. */
extern const struct assent_span assent_builtin_texts;
extern const struct assent_span assent_builtin_policies[];
extern const unsigned assent_builtin_count;

#endif
