/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_GATEWAY_H
#define ASSENT_HTTP_GATEWAY_H

#include "http/relay.h"
#include "http/upstream_setting.h"

/* The gateway of a device: which site has an application behind it, and the relays. Wired by the
 * caller; the memory of one relayed exchange is sizeof(struct assent_relay), see
 * ASSENT_RELAY_SEND_BYTES, besides its lane and its struct assent_app_exchange. */
struct assent_gateway {
    struct assent_upstream upstreams[ASSENT_SITES]; /* by number of the site; port 0: none */
    struct assent_relay *relays;                    /* zeros to start */
    uint16_t relay_count;
    struct assent_relay_link link;

    /* Settings as they can be changed. */
    struct assent_upstream_setting *settings; /* ASSENT_SITES of them; NULL: there are none */
    uint8_t origin[ASSENT_SITES];             /* enum assent_gateway_origin */
    uint8_t here[4];     /* what 127.0.0.1 and localhost mean; zeros: nothing */
    bool only_addresses; /* of applications: names do not become addresses here */
    const struct assent_gateway_transport *transport; /* NULL: no TLS */
};

/* Where the application of a site was named. */
enum assent_gateway_origin {
    ASSENT_GATEWAY_NONE,      /* nowhere */
    ASSENT_GATEWAY_STORED,    /* in the store */
    ASSENT_GATEWAY_GIVEN,     /* by whoever started the device: the store is not looked at */
    ASSENT_GATEWAY_UNREADABLE /* in the store, but it cannot be used: 502 */
};

/* What a change of settings asks of the transport. */
struct assent_gateway_transport {
    void *ctx;
    /* Whether a setting could be used: name, certificate.
     *   ca      empty unless trust is CA
     *   return  ASSENT_OK; ASSENT_ERR_RANGE: no certificate that can be used here, or no TLS */
    int (*check)(void *ctx, const struct assent_upstream_setting *setting, struct assent_span ca);
    /* The application of a site changes, and what was open to the former one is reset: get ready.
     *   setting  NULL: there is none any more
     *   return   as check; ASSENT_ERR_CRYPTO: out of memory. The site has to answer 502 then */
    int (*change)(void *ctx, uint8_t site, const struct assent_upstream_setting *setting,
                  struct assent_span ca);
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

/* Lead a site to the application of a setting, or to none. What is under way with the former one ends.
 *   setting  copied; NULL: none
 *   ca       as assent_upstream_setting_write; borrowed for the call
 *   return   ASSENT_OK
 *            ASSENT_ERR_NOT_FOUND  no such site; or as assent_gateway_check, and the site answers 502
 *            ASSENT_ERR_RANGE      TLS cannot be spoken as it says: the site answers 502
 *            ASSENT_ERR_CRYPTO     out of memory: the same */
int assent_gateway_set(struct assent_gateway *gateway, struct assent_app *app, uint8_t number,
                       const struct assent_upstream_setting *setting, struct assent_span ca,
                       enum assent_gateway_origin origin);

/* Whether a setting could be used, before it is kept.
 *   return  as assent_gateway_transport.check; ASSENT_ERR_NOT_FOUND: a name, where only addresses are */
int assent_gateway_check(const struct assent_gateway *gateway,
                         const struct assent_upstream_setting *setting, struct assent_span ca);

/* Lead every site of the application as the store says, but those that were given (UPS-1). A setting that
 * cannot be used is said in the log as upstream_not_readable with the number of the site.
 *   return  sites that answer 502 */
unsigned assent_gateway_load(struct assent_gateway *gateway, struct assent_app *app,
                             struct assent_kv *kv);

/* Take a request over, within the handler's request().
 *   gateway  NULL: there is none
 *   return   false: its site has no application. Else engine->user is the relay, or an error has been
 *            answered */
bool assent_gateway_begin(struct assent_gateway *gateway, struct assent_engine *engine,
                          struct assent_visit *visit);

/* Let time pass for all relays. */
void assent_gateway_tick(struct assent_gateway *gateway, uint32_t now_ms);

#endif
