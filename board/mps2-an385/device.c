/* SPDX-License-Identifier: MIT */
/* Puts the parts together. */
#include "board/mps2-an385/device.h"

#include "board/mps2-an385/lan9118.h"
#include "core/bytes.h"
#include "core/policies/builtin.h"
#include "http/demo_site.h"
#include "port/cortex_m/clock.h"
#include "port/cortex_m/fault.h"
#include "port/cortex_m/semihost.h"
#include "port/cortex_m/semihost_flash.h"
#include "port/crypto/mbedtls.h"
#include "port/device/uart.h"
#include "port/lwip/port.h"

enum { FILE_NAME_BYTES = 256 };

_Noreturn void assent_lwip_panic(const char *message, const char *file, int line)
{
    (void)message;
    (void)file;
    assent_fault_panic((uint32_t)(uintptr_t)__builtin_return_address(0), (uint32_t)line);
}

static bool works(const struct device *device, const char *event, int error)
{
    if (error != ASSENT_OK) {
        device->log.line(device->log.ctx, ASSENT_LOG_ERROR, event, (uint32_t)-error);
    }
    return error == ASSENT_OK;
}

/* The debugger says which file is the flash. */
static bool open_flash(struct device *device)
{
    static char name[FILE_NAME_BYTES];

    (void)assent_semihost_command_line(name, sizeof(name));
    return works(device, "flash_not_found", semihost_flash_open(name, &device->flash));
}

static bool open_sites(struct device *device)
{
    struct assent_kit_setup setup = {.flash = &device->flash,
                                     .crypto = &device->crypto,
                                     .clock = &device->clock,
                                     .entropy = &device->entropy,
                                     .log = &device->log,
                                     .texts = assent_builtin_texts,
                                     .policies = assent_builtin_policies,
                                     .policy_count = (uint8_t)assent_builtin_count,
                                     .sites = device->sites,
                                     .scratch = device->scratch,
                                     .buffer = device->buffer,
                                     .buffer_bytes = sizeof(device->buffer),
                                     .heads = device->heads,
                                     .heads_bytes = sizeof(device->heads)};

    return assent_builtin_count <= ASSENT_SITES &&
           works(device, "flash_not_set_up", assent_kit_init(&device->kit, &setup));
}

/* Without a seed nobody gets a new subject: whoever asks for randomness is refused. */
static void start_random(struct device *device)
{
    uint32_t moment[2] = {clock_cycles(), clock_uptime_ms()};
    uint8_t seed[ASSENT_SHA256_BYTES];
    int error =
        assent_keys_seed(&device->kit.stores.keys, assent_span(moment, sizeof(moment)), seed);

    if (error == ASSENT_OK) {
        error = assent_random_seed(&device->random, seed);
    }
    assent_bytes_wipe(seed, sizeof(seed));
    (void)works(device, "no_seed", error);
}

static void listen(struct device *device)
{
    struct assent_lwip_memory memory = {.connections = device->connections,
                                        .lanes = device->lanes,
                                        .buffers = device->buffers,
                                        .recv_bytes = DEVICE_RECV_BYTES,
                                        .send_bytes = DEVICE_SEND_BYTES,
                                        .heap_bytes = DEVICE_HEAP_BYTES,
                                        .connection_count = DEVICE_CONNECTIONS,
                                        .lane_count = DEVICE_LANES,
                                        .recv_pbufs = DEVICE_RECV_PBUFS};
    struct assent_engine_settings settings = {.handler = &assent_app_handler,
                                              .context = &device->app,
                                              .clock = &device->kit.stores.clock};

    device->app = (struct assent_app_server){.app = &device->kit.app,
                                             .exchanges = device->exchanges,
                                             .exchange_count = DEVICE_LANES,
                                             .answer = assent_demo_site_answer,
                                             .peer = assent_lwip_server_peer};
    assent_lwip_server_init(&device->server, &memory, &device->clock);
    (void)works(device, "http_not_listening",
                assent_lwip_server_listen(&device->server, &device->http, &settings, NULL,
                                          DEVICE_PORT_HTTP));
}

void device_start(struct device *device)
{
    static const uint8_t station[6] = {0x02, 'a', 's', 's', 'n', 't'}; /* locally administered */

    clock_set((struct assent_time){assent_semihost_time(), ASSENT_CLOCK_SET});
    device->clock = clock_seam();
    device->log = uart_log(&device->clock);
    device->crypto = assent_mbedtls_hashes();
    device->random.crypto = &device->crypto;
    device->entropy = assent_random_entropy(&device->random);
    device->serves = open_flash(device) && open_sites(device);
    if (device->serves) {
        start_random(device);
    }
    assent_lwip_init(&device->clock, &device->entropy);
    if (works(device, "network_not_started",
              net_init(&device->net, &lan9118_driver, station, &device->random, &device->log)) &&
        device->serves) {
        listen(device);
    }
    device->log.line(device->log.ctx, ASSENT_LOG_INFO, "sites", device->kit.app.site_count);
    device->log.line(device->log.ctx, ASSENT_LOG_INFO, "started", clock_uptime_ms());
}

void device_idle(struct device *device)
{
    if (device->serves) {
        (void)assent_kit_idle(&device->kit);
    }
}
