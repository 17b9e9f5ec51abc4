/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_TLS_TLS_SERVER_H
#define ASSENT_PORT_TLS_TLS_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ticket.h>
#include <mbedtls/x509_crt.h>

#include "core/seam.h"

/* What the connections of a TLS server share: protocol settings, certificate, ticket keys. TLS 1.3 and
 * 1.2, one cipher suite of each, session tickets, no client certificates, ALPN http/1.1. The adapter
 * that lwIP sees is port/tls/altcp_tls.h. */

/* A session can be resumed for so long, seconds. */
#define ASSENT_TLS_TICKET_LIFETIME_S 86400U

/* From accept to the first bytes and to memory for them, and from there to the end of the handshake,
 * milliseconds each. */
#define ASSENT_TLS_HANDSHAKE_MS 10000U

/* Connections that may wait for memory with what the client has sent so far. */
#define ASSENT_TLS_WAITING 8U

struct assent_tls_connection;
struct assent_tls_wire;

struct assent_tls_server {
    mbedtls_ssl_config conf;
    mbedtls_x509_crt certificate;
    mbedtls_pk_context key;
    mbedtls_ssl_ticket_context tickets;
    const struct assent_clock *clock;
    struct assent_tls_connection *slots; /* the caller's */
    struct assent_tls_wire *wires;       /* as many, if they are clients; else NULL */
    uint16_t slot_count;
    uint16_t waiting; /* connections without memory */
    bool work_due;    /* the adapter's timer is running */

    uint32_t handshake_count; /* completed */
    uint32_t failure_count;   /* ended by an error or a deadline of TLS */
    uint32_t refused_count;   /* no slot or no memory */
};

/* Set up. After assent_tls_platform_init().
 *   certificate       X.509 in DER, or a chain of them, the server's own first. Borrowed for the call
 *   key               of the first, P-256; SEC1 or PKCS#8 in DER. Borrowed for the call
 *   slots             slot_count connections, the caller's memory, zeroed by this call; more than the
 *                     application's connections, as one that is closed may still be sending
 *   clock             borrowed
 *   return   ASSENT_OK
 *            ASSENT_ERR_SYNTAX  certificate or key cannot be read
 *            ASSENT_ERR_AUTH    they do not belong together
 *            ASSENT_ERR_CRYPTO  out of memory, or mbedTLS failed otherwise
 *            In case of an error there is nothing to free */
int assent_tls_server_init(struct assent_tls_server *server, struct assent_span certificate,
                           struct assent_span key, struct assent_tls_connection *slots,
                           unsigned slot_count, const struct assent_clock *clock);

/* Give back what mbedTLS has allocated. No connection may be left. */
void assent_tls_server_free(struct assent_tls_server *server);

#endif
