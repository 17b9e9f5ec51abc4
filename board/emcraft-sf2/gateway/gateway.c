/* SPDX-License-Identifier: MIT */
/* Sites in front of applications. */
#include "board/emcraft-sf2/device.h"
#include "board/emcraft-sf2/profile.h"
#include "port/device/uart.h"

void profile_listen(struct device *device, struct assent_engine_settings settings)
{
    struct profile *profile = &device->profile;

    profile->gateway.relays = profile->relays;
    profile->gateway.relay_count = DEVICE_LANES;
    profile->gateway.settings = profile->settings;
    profile->gateway.only_addresses = true;
    assent_lwip_upstreams_init(&profile->upstreams, &profile->gateway,
                               profile->upstream_connections, DEVICE_LANES, &device->clock);
    (void)assent_gateway_load(&profile->gateway, &device->app, &device->stores.kv);
    device->http.gateway = &profile->gateway;
    profile_open_admin(device, settings);
}

void profile_poll(struct device *device)
{
    (void)device;
}

void profile_health(const struct device *device)
{
    (void)device;
}

void profile_net(const struct device *device, struct assent_writer *w)
{
    const struct assent_lwip_upstreams *upstreams = &device->profile.upstreams;

    (void)w;
    uart_pair("upstream_connections", assent_lwip_upstreams_count(upstreams));
    uart_pair("upstream_opened", upstreams->opened_count);
    uart_pair("upstream_reused", upstreams->reused_count);
    uart_pair("upstream_failed", upstreams->failed_count);
}
