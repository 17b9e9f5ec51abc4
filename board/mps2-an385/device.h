/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_BOARD_MPS2_AN385_DEVICE_H
#define ASSENT_BOARD_MPS2_AN385_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "http/app_handler.h"
#include "http/kit.h"
#include "http/lwip_server.h"
#include "port/cortex_m/net.h"
#include "port/device/random.h"

/* All memory of the firmware but for lwIP's pools and the stack. */
enum {
    DEVICE_CONNECTIONS = 16,
    DEVICE_LANES = 4, /* exchanges at a time; others wait */
    DEVICE_RECV_BYTES = 5632,
    DEVICE_SEND_BYTES = 4096,
    DEVICE_HEAP_BYTES = 24 * 1024, /* of lwIP's heap, for answers under way */
    DEVICE_RECV_PBUFS = 24,        /* of lwIP's receive buffers, for requests that wait */
    DEVICE_HEADS = 1024,           /* chains of the store */
    DEVICE_BUFFER_BYTES = 4096,
    DEVICE_PORT_HTTP = 80
};

struct device {
    struct assent_clock clock;
    struct assent_log log;
    struct assent_crypto crypto;
    struct assent_entropy entropy;
    struct assent_random random;
    struct assent_flash flash;

    struct assent_kit kit; /* store, texts, sites */
    struct assent_app_site sites[ASSENT_SITES];
    uint32_t heads[DEVICE_HEADS];
    uint8_t buffer[DEVICE_BUFFER_BYTES];
    uint8_t scratch[ASSENT_APP_SCRATCH_BYTES];
    struct assent_app_server app;
    struct assent_app_exchange exchanges[DEVICE_LANES];
    bool serves;

    struct net net;
    struct assent_lwip_server server;
    struct assent_lwip_connection connections[DEVICE_CONNECTIONS];
    struct assent_lwip_lane lanes[DEVICE_LANES];
    struct assent_lwip_listener http;
    uint8_t buffers[DEVICE_LANES * (DEVICE_RECV_BYTES + DEVICE_SEND_BYTES)];
};

/* Bring everything up as far as it goes; what does not is said in the log, and nothing is served then. */
void device_start(struct device *device);

/* One bounded piece of upkeep. */
void device_idle(struct device *device);

#endif
