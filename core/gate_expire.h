/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_GATE_EXPIRE_H
#define ASSENT_CORE_GATE_EXPIRE_H

#include "core/gate.h"

/* Append the Set-Cookie lines that delete what the visitor's browser must not keep (GATE-5): the
 * dropped cookies of the request, and with exchange->expire_all every cookie of the ledger that is not
 * allowed. At most ASSENT_GATE_EXPIRIES lines; what finds no room is counted in
 * exchange->omitted_count and leaves the writer as it was.
 *   reserve  bytes at the end of out that have to stay free */
void assent_gate_expire(const struct assent_gate *gate, struct assent_gate_exchange *exchange,
                        struct assent_writer *out, size_t reserve);

/* Whether a cookie of that name may be at the visitor's now (GATE-1, GATE-2).
 *   row  the line of the inventory; for a name that the policy does not name, row->name is empty */
bool assent_gate_allows(const struct assent_gate *gate, const struct assent_gate_exchange *exchange,
                        struct assent_span name, struct assent_policy_cookie *row);

/* Whether it is one of the two names of the consent cookie. */
bool assent_gate_is_token(struct assent_span name);

#endif
