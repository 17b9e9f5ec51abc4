/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_BOARD_EMCRAFT_SF2_DEVICE_H
#define ASSENT_BOARD_EMCRAFT_SF2_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "board/emcraft-sf2/noise.h"
#include "board/emcraft-sf2/time_server.h"
#include "port/cortex_m/net.h"
#include "core/policy.h"
#include "http/app_handler.h"
#include "http/lwip_server.h"
#include "http/stores.h"
#include "port/device/random.h"

/* board.mk names it: that of the profile. */
#include DEVICE_PROFILE

/* All memory of the firmware but for lwIP's pools, the MAC's ring and the stack. */
enum {
    DEVICE_SITES = ASSENT_SITES,
    DEVICE_HEADS = 256, /* chains of the store: for some 800 records */
    DEVICE_BUFFER_BYTES = 256
};

/* Ports of the device. */
enum { DEVICE_PORT_HTTP = 80, DEVICE_PORT_HTTPS = 443, DEVICE_PORT_ADMIN = 8081 };

struct device {
    struct assent_clock clock; /* the board's own */
    struct assent_log log;
    struct assent_crypto crypto;
    struct assent_entropy entropy;
    struct assent_random random;
    struct noise noise;
    struct assent_flash flash;
    struct assent_stores stores;
    _Alignas(8) uint16_t heads[DEVICE_HEADS];
    uint8_t buffer[DEVICE_BUFFER_BYTES];
    bool has_stores;

    struct assent_source words; /* in the NOR flash */
    struct assent_text text;
    struct assent_source papers; /* in the NOR flash too */
    struct assent_documents documents;
    struct assent_app app;
    struct assent_app_site sites[DEVICE_SITES];
    union {
        uint8_t scratch[ASSENT_APP_SCRATCH_BYTES];
        struct profile_start start;
    } work;
    struct assent_app_server http;
    struct assent_app_exchange exchanges[DEVICE_LANES];

    struct net net;
    struct time_server time_server;
    struct assent_lwip_server server;
    struct assent_lwip_connection connections[DEVICE_CONNECTIONS];
    struct assent_lwip_lane lanes[DEVICE_LANES];
    uint8_t buffers[DEVICE_LANES * (DEVICE_RECV_BYTES + DEVICE_SEND_BYTES)];
    struct assent_lwip_listener http_port;

    struct profile profile;
};

/* Where the shared words of pages (an image of `assent policy texts`) and the full texts of documents (one of
 * `assent policy documents`) lie in the NOR flash: behind the identity and behind its copy, which take 128
 * bytes of a sector each. What sets the store up anew leaves them there. */
enum { DEVICE_WORDS_AT = 4096, DEVICE_DOCUMENTS_AT = 65536 + 4096 };

/* Bring everything up as far as it goes; what does not is said in the log, and left out: without flash
 * nothing is served, without a seed neither TLS nor new subjects. */
void device_start(struct device *device);

/* Erase everything that the device has kept, and draw new keys. Whoever calls it starts again. In reset.c.
 *   return  ASSENT_OK
 *           ASSENT_ERR_ENTROPY  no seed: nothing was erased
 *           errors of formatting: the device has to be set up again */
int device_factory_reset(struct device *device);

/* One bounded piece of upkeep.
 *   return  whether there is more to do now */
bool device_idle(struct device *device);

/* Somebody sets the clock. It does not run back, and once a server has set it nobody else does.
 *   return  ASSENT_OK
 *           ASSENT_ERR_STATE  a server has set it
 *           ASSENT_ERR_RANGE  earlier than the clock, or than a time that was kept and believed as much */
int device_set_clock(struct device *device, uint64_t unix_s);

/* The clock has been set: keep the time, with the trust it has now, and tell it in the audit log.
 *   before  what the time was taken to be
 *   return  those of assent_kv_put and assent_audit_log_append */
int device_clock_changed(struct device *device, struct assent_time before);

/* Say an error in the log.
 *   return  whether there is none */
bool device_works(const struct device *device, const char *event, int error);

void device_log(const struct device *device, enum assent_log_level level, const char *event,
                uint32_t value);

#endif
