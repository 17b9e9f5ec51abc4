/* SPDX-License-Identifier: MIT */
/* The contexts that a device keeps in RAM, each as an array of as many bytes. Compiled for the target
 * by make size, which reads the sizes of the symbols; never linked or run. */
#include "core/gate.h"
#include "core/policy.h"
#include "core/token.h"

/* One for each request in flight: at most 1 KB, ours. */
char assent_gate_exchange[sizeof(struct assent_gate_exchange)];
_Static_assert(sizeof(struct assent_gate_exchange) <= 1024, "a request costs at most 1 KB");

/* One for each site. */
char assent_gate[sizeof(struct assent_gate)];
char assent_policy[sizeof(struct assent_policy)];
char assent_token_keys[sizeof(struct assent_token_keys)];
