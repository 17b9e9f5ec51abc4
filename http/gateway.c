/* SPDX-License-Identifier: MIT */
#include "http/gateway.h"

#include <string.h>

#include "http/field.h"

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

/* ---- settings ---- */

static struct assent_app_site *site_of(struct assent_app *app, uint8_t number)
{
    for (unsigned i = 0; i < app->site_count; i++) {
        if (app->sites[i].number == number && number < ASSENT_SITES) {
            return &app->sites[i];
        }
    }
    return NULL;
}

/* return  false: not an IPv4 address */
static bool read_address(struct assent_span text, uint8_t out[4])
{
    uint64_t number;

    for (unsigned i = 0; i < 4; i++) {
        if (assent_field_number(assent_span_take(&text, '.'), &number) != ASSENT_OK ||
            number > 255) {
            return false;
        }
        out[i] = (uint8_t)number;
    }
    return text.ptr == NULL || text.len == 0;
}

static void fill(const struct assent_gateway *gateway, struct assent_upstream *upstream,
                 const struct assent_upstream_setting *setting)
{
    static const uint8_t self[4] = {127, 0, 0, 1};
    struct assent_span name = assent_upstream_text(&setting->name);
    bool here = assent_span_equal_nocase(name, ASSENT_SPAN("localhost"));

    *upstream = (struct assent_upstream){.port = setting->port,
                                         .host = assent_upstream_text(&setting->host),
                                         .decision_field = assent_upstream_text(&setting->field),
                                         .tls = setting->trust != ASSENT_UPSTREAM_PLAIN,
                                         .insert = setting->insert};
    if (upstream->decision_field.len == 0) {
        upstream->decision_field = ASSENT_SPAN(ASSENT_GATEWAY_FIELD);
    }
    if (!here && !read_address(name, upstream->address)) {
        memset(upstream->address, 0, sizeof(upstream->address));
        upstream->name = name;
    } else if (here || memcmp(upstream->address, self, sizeof(self)) == 0) {
        memcpy(upstream->address, gateway->here, sizeof(upstream->address));
    }
}

int assent_gateway_check(const struct assent_gateway *gateway,
                         const struct assent_upstream_setting *setting, struct assent_span ca)
{
    uint8_t address[4];

    if (gateway->only_addresses && !read_address(assent_upstream_text(&setting->name), address)) {
        return ASSENT_ERR_NOT_FOUND;
    }
    if (setting->trust == ASSENT_UPSTREAM_CA && ca.len == 0) {
        return ASSENT_ERR_RANGE; /* it is still to come */
    }
    if (gateway->transport != NULL) {
        return gateway->transport->check(gateway->transport->ctx, setting, ca);
    }
    return setting->trust == ASSENT_UPSTREAM_PLAIN ? ASSENT_OK : ASSENT_ERR_RANGE;
}

int assent_gateway_set(struct assent_gateway *gateway, struct assent_app *app, uint8_t number,
                       const struct assent_upstream_setting *setting, struct assent_span ca,
                       enum assent_gateway_origin origin)
{
    const struct assent_gateway_transport *transport = gateway->transport;
    struct assent_app_site *site = site_of(app, number);
    struct assent_upstream *upstream;
    int error;

    if (site == NULL) {
        return ASSENT_ERR_NOT_FOUND;
    }
    upstream = &gateway->upstreams[number];
    upstream->broken = true; /* nothing is opened while what is open ends */
    if (gateway->link.forget != NULL) {
        gateway->link.forget(gateway->link.ctx, number);
    }
    error = setting != NULL ? assent_gateway_check(gateway, setting, ca) : ASSENT_OK;
    if (transport != NULL) {
        int changed =
            transport->change(transport->ctx, number, error == ASSENT_OK ? setting : NULL, ca);

        error = error == ASSENT_OK ? changed : error;
    }
    *upstream = (struct assent_upstream){.port = 0};
    gateway->origin[number] = ASSENT_GATEWAY_NONE;
    if (setting == NULL) {
        memset(&gateway->settings[number], 0, sizeof(gateway->settings[number]));
    } else {
        gateway->settings[number] = *setting;
        gateway->origin[number] =
            (uint8_t)(error == ASSENT_OK ? origin : ASSENT_GATEWAY_UNREADABLE);
        fill(gateway, upstream, &gateway->settings[number]);
        upstream->broken = error != ASSENT_OK;
    }
    site->gate.decision_field = upstream->decision_field;
    return error;
}

/* UPS-1 */
static void lead_nowhere(struct assent_gateway *gateway, uint8_t site)
{
    memset(&gateway->settings[site], 0, sizeof(gateway->settings[site]));
    gateway->upstreams[site] = (struct assent_upstream){.port = 1, .broken = true};
    gateway->origin[site] = ASSENT_GATEWAY_UNREADABLE;
}

static void say(const struct assent_app *app, uint8_t site)
{
    if (app->log != NULL) {
        app->log->line(app->log->ctx, ASSENT_LOG_ERROR, "upstream_not_readable", site);
    }
}

unsigned assent_gateway_load(struct assent_gateway *gateway, struct assent_app *app,
                             struct assent_kv *kv)
{
    unsigned broken = 0;

    for (unsigned i = 0; i < app->site_count; i++) {
        uint8_t ca[ASSENT_UPSTREAM_CA_BYTES];
        struct assent_upstream_setting setting;
        uint8_t site = app->sites[i].number;
        size_t ca_len;
        int error;

        if (site >= ASSENT_SITES || gateway->origin[site] == ASSENT_GATEWAY_GIVEN) {
            continue;
        }
        error = assent_upstream_setting_read(kv, app->crypto, site, &setting, ca, &ca_len);
        if (error == ASSENT_ERR_NOT_FOUND) {
            continue;
        }
        if (error != ASSENT_OK) {
            lead_nowhere(gateway, site);
        } else {
            error = assent_gateway_set(gateway, app, site, &setting, assent_span(ca, ca_len),
                                       ASSENT_GATEWAY_STORED);
        }
        if (error != ASSENT_OK) {
            say(app, site);
            broken++;
        }
    }
    return broken;
}

/* ---- exchanges ---- */

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
    if (upstream->broken) {
        assent_relay_refuse(engine, 502);
        return true;
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
