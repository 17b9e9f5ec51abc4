/* SPDX-License-Identifier: MIT */
/* The contexts that a device keeps in RAM, each as an array of as many bytes. Compiled for the target
 * by make size, which reads the sizes of the symbols; never linked or run. */
#include "core/gate.h"
#include "core/policy.h"
#include "core/token.h"

#define CONTEXT(name)                                                                              \
    extern char name[];                                                                            \
    char name[sizeof(struct name)]

/* One for each request in flight: at most 1 KB, ours. */
CONTEXT(assent_gate_exchange);
_Static_assert(sizeof(struct assent_gate_exchange) <= 1024, "a request costs at most 1 KB");

/* One for each site. */
CONTEXT(assent_gate);
CONTEXT(assent_policy);
CONTEXT(assent_token_keys);
