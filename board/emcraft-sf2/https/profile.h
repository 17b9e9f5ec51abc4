/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_BOARD_EMCRAFT_SF2_HTTPS_PROFILE_H
#define ASSENT_BOARD_EMCRAFT_SF2_HTTPS_PROFILE_H

#include "http/app_handler.h"
#include "http/certificate.h"
#include "http/lwip_server.h"
#include "port/tls/altcp_tls.h"
#include "port/tls/selfsign.h"

/* The profile `https`: sites over HTTP and over HTTPS. Limits in bytes where their names say so. */
enum {
    DEVICE_CONNECTIONS = 6,
    DEVICE_LANES = 2, /* exchanges at a time; others wait */
    DEVICE_RECV_BYTES = 1792,
    DEVICE_SEND_BYTES = 2560,
    DEVICE_HEAP_BYTES = 3072, /* of lwIP's heap, for answers under way */
    DEVICE_RECV_PBUFS = 5,    /* of lwIP's receive buffers, for requests that wait */
    DEVICE_TLS_CONNECTIONS = 6,
    DEVICE_TLS_POOL_BYTES = 16640 /* two connections */
};

struct profile {
    struct assent_app_server https;
    struct assent_lwip_listener https_port;
    struct assent_tls_server tls;
    struct assent_tls_connection tls_connections[DEVICE_TLS_CONNECTIONS];
    bool has_tls;
    _Alignas(8) uint8_t tls_pool[DEVICE_TLS_POOL_BYTES];
};

/* What is needed only while the profile is set up. */
struct profile_start {
    struct assent_certificate identity;
    struct assent_selfsign own;
};

#endif
