/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_BOARD_SIM_IDENTITY_H
#define ASSENT_BOARD_SIM_IDENTITY_H

#include "board/sim/application.h"
#include "http/certificate.h"

/* Certificate and key of the simulator: those in the store, or at the first start a pair of its own that
 * signs itself and is kept there (http/certificate.h).
 *   application  open; NULL: there is no store, and nothing is kept
 *   return       ASSENT_OK; errors of assent_selfsign_make, assent_certificate_read and _write */
int sim_identity_load(struct assent_certificate *identity, struct sim_application *application,
                      struct assent_time now);

#endif
