/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_BOARD_SIM_ADMIN_H
#define ASSENT_BOARD_SIM_ADMIN_H

#include <stdbool.h>

#include "board/sim/application.h"
#include "http/admin.h"
#include "http/lwip_server.h"
#include "port/tls/altcp_tls.h"

/* The operator's side of the simulator. */
struct sim_admin {
    struct assent_admin admin;
    struct assent_admin_board board;
    struct assent_admin_exchange exchanges[SIM_EXCHANGES];
    uint8_t certificate[ASSENT_UPSTREAM_CA_BYTES];
    struct sim_application *application;
    const struct assent_lwip_server *server;
    const struct assent_tls_server *tls;
};

/* Set up. At the first start the secrets that the operator needs are printed, once: the admin token,
 * the key to sign policies with, the master key of the audit log.
 *   application  open; borrowed, as server and tls
 *   token        the operator's own, or NULL
 *   return       false: a complaint was printed */
bool sim_admin_open(struct sim_admin *admin, struct sim_application *application,
                    const struct assent_lwip_server *server, const struct assent_tls_server *tls,
                    const char *token);

#endif
