/* SPDX-License-Identifier: MIT */
#include "board/sim/identity.h"

#include "core/bytes.h"
#include "port/tls/selfsign.h"

/* The sites of the demonstration by name. */
static const char *const names[] = {
    "localhost",
    "*.localhost",
    "prointerview.localhost",
    "proclientchat.localhost",
    "prokoders.localhost",
    "procomm-voices.localhost",
    "selfmento.localhost",
};

static int make(struct assent_certificate *identity, struct assent_time now)
{
    struct assent_selfsign own;
    int error = assent_selfsign_make(&own, names, sizeof(names) / sizeof(names[0]), now);

    if (error == ASSENT_OK) {
        memcpy(identity->chain, own.certificate, own.certificate_len);
        memcpy(identity->key, own.key, own.key_len);
        identity->chain_len = own.certificate_len;
        identity->key_len = own.key_len;
    }
    assent_bytes_wipe(&own, sizeof(own));
    return error;
}

int sim_identity_load(struct assent_certificate *identity, struct sim_application *application,
                      struct assent_time now)
{
    struct assent_blob blob;
    int error;

    if (application == NULL) {
        return make(identity, now);
    }
    blob = assent_certificate_blob(&application->kv, &application->view[ASSENT_REGION_BLOBS].flash);
    error = assent_certificate_read(&application->keys, &blob, identity);
    if (error != ASSENT_ERR_NOT_FOUND && error != ASSENT_ERR_CORRUPT) {
        return error;
    }
    error = make(identity, now);
    return error != ASSENT_OK
               ? error
               : assent_certificate_write(&application->keys, &blob,
                                          assent_span(identity->chain, identity->chain_len),
                                          assent_span(identity->key, identity->key_len));
}
