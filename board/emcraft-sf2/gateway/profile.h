/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_BOARD_EMCRAFT_SF2_GATEWAY_PROFILE_H
#define ASSENT_BOARD_EMCRAFT_SF2_GATEWAY_PROFILE_H

#include "http/admin.h"
#include "http/app_handler.h"
#include "http/lwip_server.h"
#include "http/lwip_upstream.h"

/* The profile `gateway`: plain HTTP on both sides, sites that are led to applications, and the operator's
 * port. */
enum {
    DEVICE_CONNECTIONS = 8,
    DEVICE_LANES = 4,         /* exchanges at a time, each with a relay of its own; others wait */
    DEVICE_RECV_BYTES = 1280, /* a request head has up to 1152 */
    DEVICE_SEND_BYTES = 2048, /* the head of an answer twice: as it came, and filtered */
    DEVICE_HEAP_BYTES = 2560, /* of lwIP's heap, for answers under way; the rest is for requests */
    DEVICE_RECV_PBUFS = 5     /* of lwIP's receive buffers, for requests that wait */
};

struct profile {
    struct assent_gateway gateway;
    struct assent_upstream_setting settings[ASSENT_SITES];
    struct assent_relay relays[DEVICE_LANES];
    struct assent_lwip_upstreams upstreams;
    struct assent_lwip_upstream upstream_connections[DEVICE_LANES];

    struct assent_lwip_listener admin_port;
    struct assent_admin_board board;
    struct assent_admin admin;
    struct assent_admin_exchange admin_exchanges[DEVICE_LANES];
};

/* Open the operator's port. Its token is the one provisioned; a device without one makes one at its start and
 * says it on the console, this once. In operator.c.
 *   settings  clock and all but the handler */
struct device;
void profile_open_admin(struct device *device, struct assent_engine_settings settings);

/* What is needed only while the profile is set up. */
struct profile_start {
    uint8_t nothing;
};

#endif
