/* SPDX-License-Identifier: MIT */
/* The identity of the device and its TLS server. */
#include "board/emcraft-sf2/device.h"
#include "core/bytes.h"
#include "port/tls/tls_platform.h"

/* Secrets of the board, by assent_keys_get: both DER. Whoever provisions the device may have put them
 * there. */
#define NAME_CERTIFICATE ASSENT_SPAN("tls_certificate")
#define NAME_KEY         ASSENT_SPAN("tls_key")

static const char *const names[] = {"assent.local",
                                    "localhost",
                                    "*.localhost",
                                    "prointerview.localhost",
                                    "proclientchat.localhost",
                                    "prokoders.localhost",
                                    "procomm-voices.localhost",
                                    "selfmento.localhost"};

static int load(struct device *device, struct assent_selfsign *identity)
{
    struct assent_keys *keys = &device->stores.keys;
    int certificate_len = assent_keys_get(keys, NAME_CERTIFICATE, identity->certificate,
                                          sizeof(identity->certificate));
    int key_len = certificate_len > 0
                      ? assent_keys_get(keys, NAME_KEY, identity->key, sizeof(identity->key))
                      : certificate_len;

    if (key_len < 0) {
        return key_len;
    }
    identity->certificate_len = (uint16_t)certificate_len;
    identity->key_len = (uint16_t)key_len;
    return ASSENT_OK;
}

/* The key first: a certificate without its key would never be replaced. */
static int make(struct device *device, struct assent_selfsign *identity)
{
    struct assent_keys *keys = &device->stores.keys;
    struct assent_time now = device->stores.clock.now(device->stores.clock.ctx);
    int error = assent_selfsign_make(identity, names, sizeof(names) / sizeof(names[0]), now);

    device_log(device, ASSENT_LOG_INFO, "certificate_made", identity->certificate_len);
    if (error == ASSENT_OK) {
        error = assent_keys_put(keys, NAME_KEY, assent_span(identity->key, identity->key_len));
    }
    if (error == ASSENT_OK) {
        error = assent_keys_put(keys, NAME_CERTIFICATE,
                                assent_span(identity->certificate, identity->certificate_len));
    }
    return error;
}

bool device_start_tls(struct device *device)
{
    struct assent_selfsign *identity = &device->work.identity;
    int error = assent_tls_platform_init(device->tls_pool, sizeof(device->tls_pool), &device->clock,
                                         &device->entropy);

    if (error == ASSENT_OK) {
        error = load(device, identity);
        error = error == ASSENT_ERR_NOT_FOUND ? make(device, identity) : error;
    }
    if (error == ASSENT_OK) {
        error = assent_tls_server_init(
            &device->tls, assent_span(identity->certificate, identity->certificate_len),
            assent_span(identity->key, identity->key_len), device->tls_connections,
            DEVICE_TLS_CONNECTIONS, &device->clock);
    }
    assent_bytes_wipe(identity, sizeof(*identity));
    return device_works(device, "no_tls", error);
}
