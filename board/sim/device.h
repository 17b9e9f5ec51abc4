/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_BOARD_SIM_DEVICE_H
#define ASSENT_BOARD_SIM_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "board/sim/admin.h"
#include "board/sim/application.h"
#include "board/sim/demo.h"
#include "board/sim/identity.h"
#include "board/sim/options.h"
#include "board/sim/upstream_tls.h"
#include "core/writer.h"
#include "http/lwip_server.h"
#include "http/lwip_upstream.h"
#include "port/tls/altcp_tls.h"

/* The device: what a microcontroller would have too. All of its memory is in here, but for lwIP's
 * pools and mbedTLS's few globals. */
enum {
    SIM_CONNECTIONS = 64,
    SIM_LANES = 10,
    SIM_RECV_BYTES = 5632,
    SIM_SEND_BYTES = 4096,
    SIM_HEAP_BYTES = 52 * 1024, /* of lwIP's heap, for answers under way */
    SIM_RECV_PBUFS = 96,        /* of lwIP's receive buffers, for requests that wait */
    /* With an application behind it: 64 exchanges at once. Each takes a lane with room for the heads
     * of applications, a relay, a connection to the application and an exchange. */
    SIM_RELAYS = 64,
    SIM_RELAYED_BYTES = 35000,                   /* that one of them costs, at most */
    SIM_RELAY_HEAP_BYTES = SIM_RELAYS * TCP_MSS, /* of lwIP's heap, for what goes to them */
    SIM_RELAY_RECV_BYTES = SIM_RECV_BYTES + TCP_WND,
    SIM_RELAY_SEND_BYTES = 2 * ASSENT_RELAY_RECV_BYTES + 1024,
    SIM_TLS_CONNECTIONS = SIM_CONNECTIONS + 8,
    SIM_TLS_POOL_BYTES = 3200 * 1024, /* 64 connections to either side, of about 24 KiB */
    SIM_POLICY_BYTES = 65536
};

/* Ports of the device. */
enum { SIM_PORT_HTTP = 80, SIM_PORT_HTTPS = 443, SIM_PORT_ADMIN = 8081 };

_Static_assert(sizeof(struct assent_lwip_lane) + SIM_RELAY_RECV_BYTES + SIM_RELAY_SEND_BYTES +
                       sizeof(struct assent_relay) + sizeof(struct assent_lwip_upstream) +
                       sizeof(struct assent_app_exchange) <=
                   SIM_RELAYED_BYTES,
               "SIM_RELAYED_BYTES");

struct sim_device {
    struct assent_clock clock;
    struct assent_entropy entropy;
    struct assent_crypto crypto;

    /* What serves plain HTTP: with lwIP's own memory this is to stay below 256 KiB. */
    struct assent_lwip_server server;
    struct assent_lwip_connection connections[SIM_CONNECTIONS];
    struct assent_lwip_lane lanes[SIM_LANES];
    uint8_t buffers[SIM_LANES * (SIM_RECV_BYTES + SIM_SEND_BYTES)];
    struct assent_lwip_listener http;
    struct assent_lwip_listener https;
    struct assent_lwip_listener admin;

    struct assent_gateway gateway;
    struct assent_upstream_setting settings[ASSENT_SITES];
    struct assent_relay relays[SIM_RELAYS];
    struct assent_lwip_upstreams upstreams;
    struct assent_lwip_upstream upstream_connections[SIM_RELAYS];
    struct assent_lwip_lane relay_lanes[SIM_RELAYS];
    uint8_t relay_buffers[SIM_RELAYS * (SIM_RELAY_RECV_BYTES + SIM_RELAY_SEND_BYTES)];

    struct sim_upstream_tls upstream_tls;

    struct assent_tls_server tls;
    struct assent_tls_connection tls_connections[SIM_TLS_CONNECTIONS];
    _Alignas(16) uint8_t tls_pool[SIM_TLS_POOL_BYTES];
    struct assent_certificate identity;

    struct sim_application application;
    bool has_sites;
    struct assent_gate gate;
    struct assent_policy policy;
    uint8_t policy_image[SIM_POLICY_BYTES];
    struct sim_demo demo;
    struct sim_demo demo_https;
    struct sim_admin operator_side;
};

/* Set up all that needs no network. lwIP's start is in here.
 *   return  false: a complaint was printed */
bool sim_device_init(struct sim_device *device, const struct sim_options *options,
                     struct assent_clock clock);

/* Listen; the interface is there.
 *   return  false: a complaint was printed */
bool sim_device_listen(struct sim_device *device, const struct sim_options *options);

/* Do what is due when nobody asks for anything.
 *   return  milliseconds until there is something again */
uint32_t sim_device_upkeep(struct sim_device *device);

/* Counters as one JSON object. */
void sim_device_stats(const struct sim_device *device, struct assent_writer *w);

void sim_device_stop(struct sim_device *device);

#endif
