/* SPDX-License-Identifier: MIT */
#include "http/gateway.h"

int assent_gateway_lead(struct assent_gateway *gateway, struct assent_app *app, uint8_t site,
                        const struct assent_upstream *upstream)
{
    for (unsigned i = 0; i < app->site_count; i++) {
        if (app->sites[i].number == site && site < ASSENT_SITES) {
            gateway->upstreams[site] = *upstream;
            app->sites[i].gate.decision_field = upstream->decision_field;
            return ASSENT_OK;
        }
    }
    return ASSENT_ERR_NOT_FOUND;
}

bool assent_gateway_begin(struct assent_gateway *gateway, struct assent_engine *engine,
                          struct assent_visit *visit)
{
    const struct assent_upstream *upstream;

    if (gateway == NULL || visit->site == NULL || visit->site->number >= ASSENT_SITES) {
        return false;
    }
    upstream = &gateway->upstreams[visit->site->number];
    if (upstream->port == 0) {
        return false;
    }
    for (unsigned i = 0; i < gateway->relay_count; i++) {
        if (gateway->relays[i].state == ASSENT_RELAY_FREE) {
            assent_relay_begin(&gateway->relays[i], engine, visit, upstream, &gateway->link);
            return true;
        }
    }
    assent_engine_refuse(engine, 503);
    return true;
}

void assent_gateway_tick(struct assent_gateway *gateway, uint32_t now_ms)
{
    for (unsigned i = 0; i < gateway->relay_count; i++) {
        assent_relay_tick(&gateway->relays[i], now_ms);
    }
}
