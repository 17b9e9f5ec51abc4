/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_GATEWAY_H
#define ASSENT_HTTP_GATEWAY_H

#include "http/relay.h"

/* The gateway of a device: which site has an application behind it, and the relays. Wired by the
 * caller; the memory of one relayed exchange is sizeof(struct assent_relay), see
 * ASSENT_RELAY_SEND_BYTES, besides its lane and its struct assent_app_exchange. */
struct assent_gateway {
    struct assent_upstream upstreams[ASSENT_SITES]; /* by number of the site; port 0: none */
    struct assent_relay *relays;                    /* zeros to start */
    uint16_t relay_count;
    struct assent_relay_link link;
};

/* Bytes of one relay without its two buffers. */
_Static_assert(sizeof(struct assent_relay) - ASSENT_RELAY_SEND_BYTES - ASSENT_RELAY_RECV_BYTES <=
                   256 + ASSENT_INSERT_TAG_BYTES,
               "context of a relay");

/* Name of the decision field where the configuration gives none. */
#define ASSENT_GATEWAY_FIELD "Assent-Consent"

/* Lead a site to an application. Before requests come.
 *   upstream  copied; what it points to is borrowed
 *   return    ASSENT_OK; ASSENT_ERR_NOT_FOUND: the application has no site of this number */
int assent_gateway_lead(struct assent_gateway *gateway, struct assent_app *app, uint8_t site,
                        const struct assent_upstream *upstream);

/* Take a request over, within the handler's request().
 *   gateway  NULL: there is none
 *   return   false: its site has no application. Else engine->user is the relay, or an error has been
 *            answered */
bool assent_gateway_begin(struct assent_gateway *gateway, struct assent_engine *engine,
                          struct assent_visit *visit);

/* Let time pass for all relays. */
void assent_gateway_tick(struct assent_gateway *gateway, uint32_t now_ms);

#endif
