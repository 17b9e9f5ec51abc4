/* SPDX-License-Identifier: MIT */
#include "board/sim/upstream_tls.h"

#include "port/tls/tls_machine.h"

_Static_assert((int)ASSENT_LWIP_UPSTREAM_PIECE_BYTES >= (int)ASSENT_TLS_MACHINE_PIECE_BYTES,
               "what TLS hands over has to find room in a relay");

static int check(void *ctx, const struct assent_upstream_setting *setting, struct assent_span ca)
{
    (void)ctx;
    return setting->trust == ASSENT_UPSTREAM_PLAIN ? ASSENT_OK
                                                   : assent_tls_client_check(setting, ca);
}

static int change(void *ctx, uint8_t site, const struct assent_upstream_setting *setting,
                  struct assent_span ca)
{
    struct sim_upstream_tls *tls = ctx;
    struct assent_tls_client *client = &tls->clients[site];
    int error = ASSENT_OK;

    assent_tls_client_free(client);
    tls->upstreams->tls[site] = (altcp_allocator_t){NULL, NULL};
    if (setting != NULL && setting->trust != ASSENT_UPSTREAM_PLAIN) {
        error = assent_tls_client_init(client, &tls->shared, setting, ca, tls->clock);
        if (error == ASSENT_OK) {
            tls->upstreams->tls[site] = (altcp_allocator_t){assent_tls_client_alloc, client};
        }
    }
    return error;
}

void sim_upstream_tls_open(struct sim_upstream_tls *tls, struct assent_gateway *gateway,
                           struct assent_lwip_upstreams *upstreams,
                           const struct assent_clock *clock)
{
    tls->upstreams = upstreams;
    tls->clock = clock;
    tls->transport = (struct assent_gateway_transport){tls, check, change};
    assent_tls_client_share(&tls->shared, tls->slots, tls->wires, SIM_UPSTREAM_TLS, clock);
    gateway->transport = &tls->transport;
}

void sim_upstream_tls_close(struct sim_upstream_tls *tls)
{
    for (unsigned i = 0; i < ASSENT_SITES; i++) {
        assent_tls_client_free(&tls->clients[i]);
    }
    assent_altcp_tls_stop(&tls->shared);
}
