/* SPDX-License-Identifier: MIT */
/* The operator's side on its port. There is no archive: nowhere in memory could an image that is handed in
 * lie while it is in force, so policies change with the firmware and are refused here. */
#include "board/emcraft-sf2/device.h"
#include "core/bytes.h"
#include "port/device/uart.h"

/* What the device counts of its faults and shortages. */
static bool fault(void *ctx, unsigned index, const char **name, uint64_t *value)
{
    static const char *const names[] = {"connections_evicted", "connections_refused",
                                        "connections_timed_out", "upstream_failed"};
    const struct device *device = ctx;
    const uint64_t values[] = {device->server.evicted_count, device->server.refused_count,
                               device->server.timeout_count,
                               device->profile.upstreams.failed_count};

    if (index >= sizeof(names) / sizeof(names[0])) {
        return false;
    }
    *name = names[index];
    *value = values[index];
    return true;
}

static int set_clock(void *ctx, uint64_t unix_s)
{
    return device_set_clock(ctx, unix_s);
}

static int open_token(struct assent_keys *keys)
{
    uint8_t text[ASSENT_ADMIN_TOKEN_MAX];
    size_t len = 0;
    int error = assent_admin_has_token(keys);

    if (error == ASSENT_ERR_NOT_FOUND) {
        error = assent_admin_set_token(keys, assent_span(NULL, 0), text, &len);
        if (error == ASSENT_OK) {
            uart_text("admin token ");
            uart_bytes(assent_span(text, len));
            uart_text("\n");
        }
        assent_bytes_wipe(text, sizeof(text));
    }
    return error;
}

void profile_open_admin(struct device *device, struct assent_engine_settings settings)
{
    struct profile *profile = &device->profile;

    if (!device_works(device, "no_admin_token", open_token(&device->stores.keys))) {
        return;
    }
    profile->board = (struct assent_admin_board){
        .ctx = device, .peer = assent_lwip_server_peer, .set_clock = set_clock, .fault = fault};
    profile->admin = (struct assent_admin){.app = &device->app,
                                           .floor = &device->stores.floor,
                                           .board = &profile->board,
                                           .gateway = &profile->gateway,
                                           .exchanges = profile->admin_exchanges,
                                           .exchange_count = DEVICE_LANES};
    assent_admin_init(&profile->admin);
    settings.handler = &assent_admin_handler;
    settings.context = &profile->admin;
    (void)device_works(device, "admin_not_listening",
                       assent_lwip_server_listen(&device->server, &profile->admin_port, &settings,
                                                 NULL, DEVICE_PORT_ADMIN));
}
