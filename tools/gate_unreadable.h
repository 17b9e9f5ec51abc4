/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TOOLS_GATE_UNREADABLE_H
#define ASSENT_TOOLS_GATE_UNREADABLE_H

#include <stdbool.h>

#include "core/head.h"

/* Name on standard error each cookie of a field that the gate drops because it cannot be read (GATE-4):
 * Cookie of a request, Set-Cookie of a response.
 *   line  of the field in its head, from 1 */
void gate_unreadable_name(const struct assent_head_field *field, unsigned line, bool response);

#endif
