/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_TLS_CLIENT_TLS_CLIENT_H
#define ASSENT_PORT_TLS_CLIENT_TLS_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "http/upstream_setting.h"
#include "port/tls/altcp_tls.h"

/* TLS to applications: 1.3 and 1.2, SNI, ALPN http/1.1, no sessions kept. What an application has to prove
 * is its setting's (http/upstream_setting.h):
 *
 *   CA        its certificate is made by the CA that was given, through those it sends along; names
 *             the Host of the setting, or where there is none the name that is connected to; and every one
 *             on the way is in date by the device's clock. A device without a time trusts none
 *   PIN       the SHA-256 of its certificate is the one that was given
 *   INSECURE  nothing
 *
 *   TLSC-1  no byte of a request leaves before the handshake is complete, and none completes without
 *           what was asked for */
struct assent_tls_client {
    struct assent_tls_role role; /* first: what the layer is given is this */
    mbedtls_ssl_config conf;
    mbedtls_x509_crt ca;
    const struct assent_clock *clock;
    uint8_t trust;
    uint8_t pin[ASSENT_SHA256_BYTES];
    char name[ASSENT_UPSTREAM_NAME_BYTES + 1]; /* to be in the certificate */
    struct assent_tls_server *shared;
    bool ready;
};

/* Set up what all clients of a device share. After assent_tls_platform_init().
 *   slots   slot_count connections with a wire each, the caller's memory */
void assent_tls_client_share(struct assent_tls_server *shared, struct assent_tls_connection *slots,
                             struct assent_tls_wire *wires, unsigned slot_count,
                             const struct assent_clock *clock);

/* Whether a certificate can be used as a CA here.
 *   return  ASSENT_OK; ASSENT_ERR_RANGE: not one certificate in DER, or of a kind not known here;
 *           ASSENT_ERR_CRYPTO: out of memory */
int assent_tls_client_check(const struct assent_upstream_setting *setting, struct assent_span ca);

/* Set a client up, in place of what it was: its connections have been dropped by
 * assent_tls_client_free().
 *   client  zeros, or freed
 *   clock   the wall clock, borrowed
 *   return  as assent_tls_client_check; the client cannot be used then */
int assent_tls_client_init(struct assent_tls_client *client, struct assent_tls_server *shared,
                           const struct assent_upstream_setting *setting, struct assent_span ca,
                           const struct assent_clock *clock);

/* Reset its connections and give back what mbedTLS has allocated. */
void assent_tls_client_free(struct assent_tls_client *client);

/* For altcp_new().
 *   arg     struct assent_tls_client
 *   return  NULL: out of memory, or not set up */
struct altcp_pcb *assent_tls_client_alloc(void *arg, u8_t ip_type);

#endif
