/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_BOARD_SIM_UPSTREAM_TLS_H
#define ASSENT_BOARD_SIM_UPSTREAM_TLS_H

#include "http/lwip_upstream.h"
#include "port/tls/client/tls_client.h"

/* TLS to the applications of the simulator: a client for each site, connections for all of them. */
enum { SIM_UPSTREAM_TLS = 72 }; /* as many as there are relays, and some that are closing */

struct sim_upstream_tls {
    struct assent_gateway_transport transport;
    struct assent_lwip_upstreams *upstreams;
    const struct assent_clock *clock; /* on the wall */
    struct assent_tls_server shared;
    struct assent_tls_client clients[ASSENT_SITES];
    struct assent_tls_connection slots[SIM_UPSTREAM_TLS];
    struct assent_tls_wire wires[SIM_UPSTREAM_TLS];
};

/* Give a gateway TLS. After assent_tls_platform_init() and assent_lwip_upstreams_init().
 *   clock  of the wall; borrowed, as the others */
void sim_upstream_tls_open(struct sim_upstream_tls *tls, struct assent_gateway *gateway,
                           struct assent_lwip_upstreams *upstreams,
                           const struct assent_clock *clock);

void sim_upstream_tls_close(struct sim_upstream_tls *tls);

#endif
