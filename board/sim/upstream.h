/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_BOARD_SIM_UPSTREAM_H
#define ASSENT_BOARD_SIM_UPSTREAM_H

#include "board/sim/application.h"

/* Lead a site to an application, as the command line says it: SITE= and UPSTREAM_TEXT_FORM
 * (port/host/upstream_text.h).
 *   return  false: a complaint was printed */
bool sim_upstream_lead(struct assent_gateway *gateway, struct sim_application *application,
                       const char *text);

/* Who is asked for names.
 *   text    ADDRESS[:PORT]; NULL: 10.0.2.3, which libslirp leads to this machine's server
 *   slirp   127.0.0.1 is this machine
 *   return  false: a complaint was printed */
bool sim_upstream_ask(const char *text, bool slirp);

/* Lead the other sites as the store says; what cannot be used is said on standard error. */
void sim_upstream_load(struct assent_gateway *gateway, struct sim_application *application);

#endif
