/* SPDX-License-Identifier: MIT */
/* Puts the parts together. */
#include "board/sim/device.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lwip/dns.h>

#include "board/sim/upstream.h"
#include "port/crypto/mbedtls.h"
#include "port/host/entropy.h"
#include "port/host/error_text.h"
#include "port/lwip/counters.h"
#include "port/tls/tls_platform.h"

_Noreturn void assent_lwip_panic(const char *message, const char *file, int line)
{
    fprintf(stderr, "assent-sim: lwIP: %s (%s:%d)\n", message, file, line);
    abort();
}

static bool complain(const char *what, int error)
{
    fprintf(stderr, "assent-sim: %s: %s\n", what,
            error == ASSENT_ERR_IO && errno != 0 ? strerror(errno) : assent_error_text(error));
    return false;
}

static bool load_policy(struct sim_device *device, const char *path)
{
    FILE *file = fopen(path, "rb");
    size_t len;
    int error;

    if (file == NULL) {
        return complain(path, ASSENT_ERR_IO);
    }
    len = fread(device->policy_image, 1, sizeof(device->policy_image), file);
    (void)fclose(file);
    error = assent_policy_open(&device->policy, assent_span(device->policy_image, len),
                               &device->crypto);
    if (error != ASSENT_OK) {
        return complain(path, error);
    }
    device->gate.policy = &device->policy;
    device->gate.crypto = &device->crypto;
    device->gate.csp = true;
    return true;
}

static bool init_tls_platform(struct sim_device *device, const struct sim_options *options)
{
    size_t room = options->tls_memory != 0 && options->tls_memory < sizeof(device->tls_pool)
                      ? options->tls_memory
                      : sizeof(device->tls_pool);
    int error = assent_tls_platform_init(device->tls_pool, room, &device->clock, &device->entropy);

    return error == ASSENT_OK || complain("TLS", error);
}

static bool init_tls(struct sim_device *device)
{
    int error;

    errno = 0;
    error = sim_identity_load(&device->identity, device->has_sites ? &device->application : NULL,
                              device->clock.now(device->clock.ctx));
    if (error != ASSENT_OK) {
        return complain("certificate", error);
    }
    error = assent_tls_server_init(&device->tls,
                                   assent_span(device->identity.chain, device->identity.chain_len),
                                   assent_span(device->identity.key, device->identity.key_len),
                                   device->tls_connections, SIM_TLS_CONNECTIONS, &device->clock);
    return error == ASSENT_OK || complain("certificate", error);
}

static void init_demo(const struct sim_device *device, struct sim_demo *demo, bool gated,
                      bool https)
{
    memset(demo, 0, sizeof(*demo));
    demo->gate = gated ? &device->gate : NULL;
    demo->clock = &device->clock;
    demo->https = https;
}

/* Sites may be led to applications, at any time: the server has more and larger lanes for that. */
static bool init_gateway(struct sim_device *device, const struct sim_options *options,
                         struct assent_lwip_memory *memory)
{
    static const uint8_t machine[4] = {10, 0, 2, 2}; /* as libslirp shows this one */
    struct assent_gateway *gateway = &device->gateway;

    if (!device->has_sites) {
        return options->upstreams[0] == NULL ||
               complain("--upstream without --sites", ASSENT_ERR_NOT_FOUND);
    }
    gateway->relays = device->relays;
    gateway->relay_count = SIM_RELAYS;
    gateway->settings = device->settings;
    if (options->tap == NULL) {
        memcpy(gateway->here, machine, sizeof(machine));
    }
    assent_lwip_upstreams_init(&device->upstreams, gateway, device->upstream_connections,
                               SIM_RELAYS, &device->clock);
    device->upstreams.heap_bytes = SIM_RELAY_HEAP_BYTES;
    sim_upstream_tls_open(&device->upstream_tls, gateway, &device->upstreams,
                          &device->application.clock);
    if (!sim_upstream_ask(options->dns, options->tap == NULL)) {
        return false;
    }
    device->upstreams.names.resolve = dns_gethostbyname;
    for (unsigned i = 0; i < SIM_UPSTREAMS && options->upstreams[i] != NULL; i++) {
        if (!sim_upstream_lead(gateway, &device->application, options->upstreams[i])) {
            return false;
        }
    }
    sim_upstream_load(gateway, &device->application);
    device->operator_side.admin.gateway = gateway;
    device->application.http.gateway = gateway;
    device->application.https.gateway = gateway;
    memory->lanes = device->relay_lanes;
    memory->buffers = device->relay_buffers;
    memory->recv_bytes = SIM_RELAY_RECV_BYTES;
    memory->send_bytes = SIM_RELAY_SEND_BYTES;
    memory->lane_count = SIM_RELAYS;
    return true;
}

bool sim_device_init(struct sim_device *device, const struct sim_options *options,
                     struct assent_clock clock)
{
    struct assent_lwip_memory memory = {
        .connections = device->connections,
        .lanes = device->lanes,
        .buffers = device->buffers,
        .recv_bytes = SIM_RECV_BYTES,
        .send_bytes = SIM_SEND_BYTES,
        .heap_bytes = SIM_HEAP_BYTES,
        .connection_count = SIM_CONNECTIONS,
        .lane_count = SIM_LANES,
        .recv_pbufs = SIM_RECV_PBUFS,
    };

    device->clock = clock;
    device->entropy = assent_entropy_host();
    device->crypto = assent_mbedtls_crypto();
    assent_lwip_init(&device->clock, &device->entropy);
    if (options->policy != NULL && !load_policy(device, options->policy)) {
        return false;
    }
    init_demo(device, &device->demo, options->policy != NULL, false);
    init_demo(device, &device->demo_https, options->policy != NULL, true);
    device->has_sites = options->sites != NULL;
    device->application.fault = options->fault;
    if (device->has_sites && !sim_application_open(&device->application, options->sites,
                                                   options->flash, &device->clock)) {
        return false;
    }
    if (device->has_sites && options->admin != 0 &&
        !sim_admin_open(&device->operator_side, &device->application, &device->server, &device->tls,
                        options->admin_token)) {
        return false;
    }
    device->application.app.kiosk.idle_s = options->kiosk;
    device->operator_side.admin.https = options->admin_tls;
    if (!init_tls_platform(device, options) ||
        ((options->https != 0 || options->admin_tls) && !init_tls(device))) {
        return false;
    }
    if (!init_gateway(device, options, &memory)) {
        return false;
    }
    assent_lwip_server_init(&device->server, &memory, &device->clock);
    return true;
}

static bool open_port(struct sim_device *device, struct assent_lwip_listener *listener,
                      struct sim_demo *demo, struct assent_app_server *sites,
                      altcp_allocator_t *allocator, uint16_t port)
{
    struct assent_engine_settings settings = {&sim_demo_handler, demo, &device->clock};
    int error;

    if (device->has_sites && sites != NULL) {
        settings.handler = sim_application_handler();
        settings.context = sites;
    }
    error = assent_lwip_server_listen(&device->server, listener, &settings, allocator, port);

    return error == ASSENT_OK || complain("lwIP cannot listen", error);
}

/* Without sites there is nothing to administer, and the port stays closed. */
static bool open_admin(struct sim_device *device, altcp_allocator_t *allocator)
{
    struct assent_engine_settings settings = {&assent_admin_handler, &device->operator_side.admin,
                                              &device->clock};
    int error = assent_lwip_server_listen(&device->server, &device->admin, &settings, allocator,
                                          SIM_PORT_ADMIN);

    return error == ASSENT_OK || complain("lwIP cannot listen", error);
}

bool sim_device_listen(struct sim_device *device, const struct sim_options *options)
{
    altcp_allocator_t tls = {assent_altcp_tls_alloc, &device->tls};

    if (options->http != 0 && !open_port(device, &device->http, &device->demo,
                                         &device->application.http, NULL, SIM_PORT_HTTP)) {
        return false;
    }
    if (options->https != 0 && !open_port(device, &device->https, &device->demo_https,
                                          &device->application.https, &tls, SIM_PORT_HTTPS)) {
        return false;
    }
    return options->admin == 0 || !device->has_sites ||
           open_admin(device, options->admin_tls ? &tls : NULL);
}

static void member(struct assent_writer *w, const char *name, uint64_t value)
{
    assent_writer_text(w, "\"");
    assent_writer_text(w, name);
    assent_writer_text(w, "\":");
    assent_writer_decimal(w, value);
    assent_writer_text(w, ",");
}

void sim_device_stats(const struct sim_device *device, struct assent_writer *w)
{
    unsigned busy;
    unsigned count = assent_lwip_server_count(&device->server, &busy);

    assent_writer_text(w, "{");
    member(w, "connections", count);
    member(w, "busy", busy);
    member(w, "copied", device->server.copied_bytes);
    member(w, "accepted", device->server.accepted_count);
    member(w, "evicted", device->server.evicted_count);
    member(w, "refused", device->server.refused_count);
    member(w, "timeouts", device->server.timeout_count);
    member(w, "flash_operations", device->application.flash.sim.operation);
    if (device->has_sites) {
        member(w, "upstream_connections", assent_lwip_upstreams_count(&device->upstreams));
        member(w, "upstream_opened", device->upstreams.opened_count);
        member(w, "upstream_reused", device->upstreams.reused_count);
        member(w, "upstream_failed", device->upstreams.failed_count);
        member(w, "upstream_asked", device->upstreams.names.asked_count);
        member(w, "upstream_tls", assent_altcp_tls_count(&device->upstream_tls.shared));
        member(w, "upstream_tls_handshakes", device->upstream_tls.shared.handshake_count);
        member(w, "upstream_tls_failures", device->upstream_tls.shared.failure_count);
    }
    if (device->tls.slots != NULL) {
        member(w, "tls_connections", assent_altcp_tls_count(&device->tls));
        member(w, "tls_waiting", device->tls.waiting);
        member(w, "tls_handshakes", device->tls.handshake_count);
        member(w, "tls_failures", device->tls.failure_count);
        member(w, "tls_refused", device->tls.refused_count);
        assent_tls_pool_counters(w);
        assent_writer_text(w, ",");
    }
    assent_lwip_counters(w);
    assent_writer_text(w, "}\n");
}

uint32_t sim_device_upkeep(struct sim_device *device)
{
    return device->has_sites ? sim_application_upkeep(&device->application) : UINT32_MAX;
}

void sim_device_stop(struct sim_device *device)
{
    assent_lwip_server_stop(&device->server);
    if (device->has_sites) {
        assent_lwip_upstreams_stop(&device->upstreams);
        sim_upstream_tls_close(&device->upstream_tls);
    }
    if (device->tls.slots != NULL) {
        assent_tls_server_free(&device->tls);
    }
    if (device->has_sites) {
        sim_application_close(&device->application);
    }
}
