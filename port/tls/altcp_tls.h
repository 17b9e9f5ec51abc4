/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_TLS_ALTCP_TLS_H
#define ASSENT_PORT_TLS_ALTCP_TLS_H

#include <stdbool.h>
#include <stdint.h>

#include <lwip/altcp.h>
#include <lwip/opt.h>

#include "port/tls/tls_server.h"

/* TLS as a layer of lwIP's altcp, for servers and clients. An application uses the connections like
 * those of TCP (altcp_write, altcp_recved, altcp_shutdown, altcp_close …), with these differences:
 *   - accept is called when TCP has accepted, before the handshake, so that the application's table
 *     and its deadlines cover it; until its end altcp_sndbuf is 0
 *   - one pbuf of content is handed out at a time; the next comes when it was altcp_recved in full
 *   - what altcp_write has taken is encrypted: memory is never borrowed. One write is one record; up
 *     to altcp_sndbuf() bytes
 *   - bytes reported to `sent` are plaintext, and never more than were acknowledged
 *   - `err` is only called from lwIP's callbacks and timers, never within a call of the application
 *   - altcp_close always succeeds; close_notify follows what is still to be sent, in the background
 *
 *     FREE -> EMPTY: accepted, nothing received, no memory of mbedTLS yet
 *               -> HANDSHAKE: begins with the first byte, or when there is memory again
 *                    -> OPEN
 *     As a client: EMPTY until TCP is connected; connected is called at the end of the handshake
 *     CLOSING: the application has closed, or TLS has failed; the rest is being sent
 *     CLOSED: TCP is gone; becomes FREE when no call of this layer is under way */
enum assent_tls_state {
    ASSENT_TLS_FREE,
    ASSENT_TLS_EMPTY,
    ASSENT_TLS_HANDSHAKE,
    ASSENT_TLS_OPEN,
    ASSENT_TLS_CLOSING,
    ASSENT_TLS_CLOSED
};

/* What a client's connection has of its own. */
struct assent_tls_role {
    const mbedtls_ssl_config *conf;
    /* Set a context up further: the name to be reached.
     *   return  0, or an error of mbedTLS */
    int (*prepare)(const struct assent_tls_role *role, mbedtls_ssl_context *ssl);
};

/* What a connection of a client has besides: bytes that TCP has received, as much as its window, so that
 * lwIP's receive buffers are free at once. */
struct assent_tls_wire {
    const struct assent_tls_role *role;
    bool linked; /* TCP is connected */
    uint16_t start, end;
    uint8_t bytes[TCP_WND];
};

struct assent_tls_connection {
    mbedtls_ssl_context ssl;
    struct assent_tls_server *server;
    struct altcp_pcb *upper; /* the application's; NULL: it has closed, or was told of an error */
    struct altcp_pcb *lower; /* TCP; NULL: gone */
    struct pbuf *cipher;     /* received, not yet read by mbedTLS; its window is still closed */
    struct pbuf *plain;      /* decrypted, but refused by the application */
    uint32_t since_ms;       /* accepted, or begin of the handshake, or of closing */
    uint32_t wire_bytes;     /* handed to TCP and not acknowledged */
    uint32_t plain_bytes;    /* written by the application and not reported as sent */
    uint16_t open_bytes;     /* handed to the application and not recved */
    uint16_t held_bytes;     /* length of a record that is not with TCP in full; 0: none */
    uint8_t state;           /* enum assent_tls_state */
    uint8_t busy;            /* calls of this layer under way: not to be freed */
    bool has_ssl;            /* ssl is set up */
    bool waiting;            /* received something but found no memory */
    bool failed;             /* TLS is broken: nothing more is read or written */
    bool aborted;            /* the application aborted within a callback: lwIP must be told */
    bool tcp_ended;          /* the peer's FIN has come */
    bool told_end;           /* the application knows of the peer's end */
    bool shut_wanted;        /* the application has ended its side */
    bool notified;           /* close_notify is with TCP */
    bool shut_done;          /* and so is our FIN */
    bool blocked;            /* altcp_sndbuf was 0 for want of room at TCP */
};

/* A client's connection has its wire, in place of cipher; NULL: it is a server's. */
static inline struct assent_tls_wire *assent_altcp_tls_wire(const struct assent_tls_connection *c)
{
    return c->server->wires != NULL ? &c->server->wires[c - c->server->slots] : NULL;
}

/* For altcp_new(): makes a connection to be bound and listened with.
 *   arg     struct assent_tls_server
 *   return  NULL: out of memory */
struct altcp_pcb *assent_altcp_tls_alloc(void *arg, u8_t ip_type);

/* A connection to be connected, as a client.
 *   server  what clients share: slots with their wires, a clock, counters
 *   role    borrowed while the connection is there
 *   return  NULL: out of memory */
struct altcp_pcb *assent_altcp_tls_open(struct assent_tls_server *server,
                                        const struct assent_tls_role *role, u8_t ip_type);

/* Reset every connection of a role, those that are closing too. */
void assent_altcp_tls_drop(struct assent_tls_server *server, const struct assent_tls_role *role);

/* Stop the adapter's timer; connections must have been closed or aborted. */
void assent_altcp_tls_stop(struct assent_tls_server *server);

/* Connections in any state but FREE. */
unsigned assent_altcp_tls_count(const struct assent_tls_server *server);

#endif
