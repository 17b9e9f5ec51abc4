/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_LWIP_SERVER_H
#define ASSENT_HTTP_LWIP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lwip/altcp.h>

#include "core/seam.h"
#include "http/engine.h"
#include "http/limit.h"

/* HTTP engines on lwIP's altcp: TCP and TLS alike. Connections are many and small; engines with their
 * buffers, here called lanes, are few and large. A connection has a lane from the first byte of a
 * request to the last of its answer; between requests it needs none. So an idle browser costs a
 * hundred bytes, and nobody can occupy the server by connecting alone.
 *
 *            bytes come             answer is with TCP, nothing more was received
 *     IDLE ------------> (WAITING ->) LANE ------------> IDLE      keep-alive
 *                                      | connection ends
 *                                      v
 *                        DRAINING: our side has ended; until all is acknowledged, what comes is
 *                                  thrown away
 *
 *   SERVER-1  a full table gives up the connection that has been idle longest; never one in an exchange,
 *             nor one whose request is arriving in good time
 *   SERVER-2  what the peer has sent holds its window closed until an engine has taken it, content until it
 *             has been used. Where a lane's recv_bytes are a head and a window, content that nobody wants
 *             yet waits in the lane and takes no receive buffers from others
 *   SERVER-3  each connection always gets its share of TCP's memory, however slowly others read
 *   SERVER-4  a queued answer is never thrown away by a reset, unless the peer does not read it in time
 *
 * The engine's `user` and everything else a handler keeps for a connection ends with its finish(). */

struct assent_lwip_server;

/* How far a connection has come. */
enum assent_lwip_stage {
    ASSENT_LWIP_NEW,   /* with TLS: before the end of the handshake */
    ASSENT_LWIP_READY, /* can be written to */
    ASSENT_LWIP_ASKED  /* a request has begun to come */
};

struct assent_lwip_connection {
    struct assent_lwip_server *server;
    const struct assent_lwip_listener *listener;
    struct altcp_pcb *pcb;         /* NULL: the entry is free */
    struct assent_lwip_lane *lane; /* NULL: idle, waiting or draining */
    struct pbuf *received;         /* not yet taken by an engine */
    uint32_t unopened_bytes;       /* received, and not given back to the window yet */
    uint32_t since_ms;             /* begin of idleness, waiting or draining */
    uint32_t unacked_bytes;        /* with TCP, not acknowledged */
    uint32_t copied_bytes;         /* of these, at most so many in TCP's memory */
    bool ended;                    /* the peer has ended its side */
    bool shut;                     /* we have ended ours */
    bool waiting;                  /* for a lane */
    bool draining;
    bool starved;  /* TCP had no memory: to be tried again when somebody's was freed */
    bool sharing;  /* starved for long: may use its share */
    bool pumping;  /* bytes are being moved: what the transport calls meanwhile is only noted */
    uint8_t stage; /* enum assent_lwip_stage */
};

struct assent_lwip_lane {
    struct assent_engine engine;
    struct assent_lwip_connection *connection; /* NULL: free */
    uint8_t *recv;
    uint8_t *send;
};

/* A port. Caller's memory as long as the server lives; filled in by assent_lwip_server_listen. */
struct assent_lwip_listener {
    struct assent_lwip_server *server;
    struct assent_engine_settings settings;
    struct altcp_pcb *pcb;
    uint16_t port;
    bool plain; /* TCP without a layer: a refusal can be told in HTTP */
};

/* The caller's memory for connections and lanes. */
struct assent_lwip_memory {
    struct assent_lwip_connection *connections;
    struct assent_lwip_lane *lanes;
    uint8_t *buffers;          /* lane_count * (recv_bytes + send_bytes) */
    size_t recv_bytes;         /* of each lane: see assent_engine_init */
    size_t send_bytes;         /* likewise */
    size_t heap_bytes;         /* that unacknowledged answers may take of lwIP's heap, in all */
    uint16_t connection_count; /* 1..; lwIP needs some more control blocks than this */
    uint16_t lane_count;       /* 1.. */
    uint16_t recv_pbufs;       /* that connections may hold in all: leave as many for lwIP */
};

struct assent_lwip_server {
    struct assent_response_date date; /* of all listeners, whose clocks agree */
    struct assent_lwip_memory memory;
    const struct assent_clock *clock;
    uint32_t copied_bytes; /* of all connections */
    uint16_t turn;         /* who is fed first */
    uint16_t waiting;      /* connections that wait for a lane */
    bool starved;          /* some connection is */

    uint32_t accepted_count;
    uint32_t evicted_count; /* idle connections given up for others */
    uint32_t refused_count; /* answered with 503, or reset */
    uint32_t timeout_count; /* ended by a deadline */
};

/* Set up; starts lwIP's timer for deadlines.
 *   memory  copied; what it points to is borrowed until assent_lwip_server_stop, and zeroed
 *   clock   borrowed as long */
void assent_lwip_server_init(struct assent_lwip_server *server,
                             const struct assent_lwip_memory *memory,
                             const struct assent_clock *clock);

/* Listen.
 *   settings   copied; what they point to is borrowed
 *   allocator  of altcp, copied; NULL: TCP
 *   return     ASSENT_OK
 *              ASSENT_ERR_FULL  lwIP has no memory
 *              ASSENT_ERR_IO    the port is in use */
int assent_lwip_server_listen(struct assent_lwip_server *server,
                              struct assent_lwip_listener *listener,
                              const struct assent_engine_settings *settings,
                              altcp_allocator_t *allocator, uint16_t port);

/* Move bytes: to be called after assent_engine_run when that is not within a callback of the engine. */
void assent_lwip_server_run(struct assent_engine *engine);

/* Where a request comes from, for limits: as many visitors behind one address translation share them.
 *   ctx  not used
 *   out  the first 4 bytes are set: IPv4 address in network order, 0: the connection is gone */
void assent_lwip_server_peer(void *ctx, const struct assent_engine *engine,
                             uint8_t out[ASSENT_LIMIT_SOURCE_BYTES]);

/* Connections, and those of them with a lane. */
unsigned assent_lwip_server_count(const struct assent_lwip_server *server, unsigned *busy);

/* Give up the connection of a port that has been between requests longest, if any has been for 250 ms, or
 * for two seconds before its first: to be called while a new one waits for what idle ones hold, such as
 * memory for TLS. With TLS, idleness begins after the handshake.
 *   return  whether one was given up */
bool assent_lwip_server_give_up(struct assent_lwip_listener *listener);

/* Reset all connections and stop the timer. Ports stay open and refuse: lwIP 2.2.1 reads beyond a
 * listening control block when altcp closes it. */
void assent_lwip_server_stop(struct assent_lwip_server *server);

#endif
