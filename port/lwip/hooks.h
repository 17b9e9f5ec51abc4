/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_LWIP_HOOKS_H
#define ASSENT_PORT_LWIP_HOOKS_H

/* Included by lwIP's own files that call a hook: see LWIP_HOOK_ in port/lwip/options.h. */
#include "port/lwip/port.h"

#endif
