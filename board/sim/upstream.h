/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_BOARD_SIM_UPSTREAM_H
#define ASSENT_BOARD_SIM_UPSTREAM_H

#include "board/sim/application.h"

/* Lead a site to an application, as the command line says it:
 * SITE=ADDRESS:PORT[,host=NAME][,field=NAME][,insert=no].
 *   text    borrowed as long as the gateway
 *   slirp   127.0.0.1 and localhost are this machine as libslirp shows it: 10.0.2.2
 *   return  false: not understood, or no such site */
bool sim_upstream_lead(struct assent_gateway *gateway, struct sim_application *application,
                       const char *text, bool slirp);

#endif
