/* SPDX-License-Identifier: MIT */
/* The identity of the device and its TLS server. */
#include "board/emcraft-sf2/device.h"
#include "core/bytes.h"
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

bool device_start_tls(struct device *device)
{
    struct assent_certificate *identity = &device->work.start.identity;
    struct assent_blob blob = assent_certificate_blob(
        &device->stores.kv, &device->stores.view[ASSENT_REGION_BLOBS].flash);
    int error = assent_tls_platform_init(device->tls_pool, sizeof(device->tls_pool), &device->clock,
                                         &device->entropy);

    if (error == ASSENT_OK) {
        error = assent_certificate_read(&device->stores.keys, &blob, identity);
        if (error == ASSENT_ERR_NOT_FOUND || error == ASSENT_ERR_CORRUPT) {
            error = make(device, &blob);
        }
    }
    if (error == ASSENT_OK) {
        error =
            assent_tls_server_init(&device->tls, assent_span(identity->chain, identity->chain_len),
                                   assent_span(identity->key, identity->key_len),
                                   device->tls_connections, DEVICE_TLS_CONNECTIONS, &device->clock);
    }
    assent_bytes_wipe(&device->work, sizeof(device->work));
    return device_works(device, "no_tls", error);
}
