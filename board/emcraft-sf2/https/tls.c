/* SPDX-License-Identifier: MIT */
/* The identity of the device and its TLS server. */
#include "board/emcraft-sf2/device.h"
#include "board/emcraft-sf2/profile.h"
#include "port/device/uart.h"
#include "core/bytes.h"
#include "port/tls/tls_pool.h"
#include "port/tls/tls_platform.h"

static const char *const names[] = {"assent.local",
                                    "localhost",
                                    "*.localhost",
                                    "prointerview.localhost",
                                    "proclientchat.localhost",
                                    "prokoders.localhost",
                                    "procomm-voices.localhost",
                                    "selfmento.localhost"};

static int make(struct device *device, struct assent_blob *blob)
{
    struct assent_selfsign *own = &device->work.start.own;
    struct assent_certificate *identity = &device->work.start.identity;
    struct assent_time now = device->stores.clock.now(device->stores.clock.ctx);
    int error = assent_selfsign_make(own, names, sizeof(names) / sizeof(names[0]), now);

    if (error != ASSENT_OK || own->certificate_len > sizeof(identity->chain)) {
        return error != ASSENT_OK ? error : ASSENT_ERR_LIMIT;
    }
    device_log(device, ASSENT_LOG_INFO, "certificate_made", own->certificate_len);
    memcpy(identity->chain, own->certificate, own->certificate_len);
    memcpy(identity->key, own->key, own->key_len);
    identity->chain_len = own->certificate_len;
    identity->key_len = own->key_len;
    return assent_certificate_write(&device->stores.keys, blob,
                                    assent_span(identity->chain, identity->chain_len),
                                    assent_span(identity->key, identity->key_len));
}

static bool start_tls(struct device *device)
{
    struct profile *profile = &device->profile;
    struct assent_certificate *identity = &device->work.start.identity;
    struct assent_blob blob = assent_certificate_blob(
        &device->stores.kv, &device->stores.view[ASSENT_REGION_BLOBS].flash);
    int error = assent_tls_platform_init(profile->tls_pool, sizeof(profile->tls_pool),
                                         &device->clock, &device->entropy);

    if (error == ASSENT_OK) {
        error = assent_certificate_read(&device->stores.keys, &blob, identity);
        if (error == ASSENT_ERR_NOT_FOUND || error == ASSENT_ERR_CORRUPT) {
            error = make(device, &blob);
        }
    }
    if (error == ASSENT_OK) {
        error = assent_tls_server_init(
            &profile->tls, assent_span(identity->chain, identity->chain_len),
            assent_span(identity->key, identity->key_len), profile->tls_connections,
            DEVICE_TLS_CONNECTIONS, &device->clock);
    }
    assent_bytes_wipe(&device->work, sizeof(device->work));
    return device_works(device, "no_tls", error);
}

void profile_listen(struct device *device, struct assent_engine_settings settings)
{
    struct profile *profile = &device->profile;
    altcp_allocator_t allocator = {assent_altcp_tls_alloc, &profile->tls};

    profile->has_tls = device->random.seeded && start_tls(device);
    if (!profile->has_tls) {
        return;
    }
    profile->https = device->http;
    profile->https.https = true;
    settings.context = &profile->https;
    (void)device_works(device, "https_not_listening",
                       assent_lwip_server_listen(&device->server, &profile->https_port, &settings,
                                                 &allocator, DEVICE_PORT_HTTPS));
}

void profile_poll(struct device *device)
{
    if (device->profile.tls.waiting > 0) {
        (void)assent_lwip_server_give_up(&device->profile.https_port);
    }
}

void profile_health(const struct device *device)
{
    uart_pair("tls", device->profile.has_tls ? 1 : 0);
}

void profile_net(const struct device *device, struct assent_writer *w)
{
    const struct assent_tls_server *tls = &device->profile.tls;

    uart_pair("tls_connections", assent_altcp_tls_count(tls));
    uart_pair("tls_waiting", tls->waiting);
    uart_pair("tls_handshakes", tls->handshake_count);
    uart_pair("tls_failures", tls->failure_count);
    uart_pair("tls_refused", tls->refused_count);
    assent_tls_pool_counters(w);
    assent_writer_text(w, ",");
}
