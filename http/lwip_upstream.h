/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_LWIP_UPSTREAM_H
#define ASSENT_HTTP_LWIP_UPSTREAM_H

#include <stdbool.h>
#include <stdint.h>

#include <lwip/altcp.h>

#include "core/seam.h"
#include "http/gateway.h"
#include "http/lwip_name.h"

/* The gateway's connections to applications, on lwIP. A connection serves one relay after the other;
 * between two it is kept for ASSENT_RELAY_POOL_MS.
 *
 *   UPSTREAM-1  what an application sends goes into its relay's buffer at once: lwIP's receive buffers are
 *               never held, and the window tells how much room the relay has. So a visitor who does
 *               not read costs nobody else anything
 *   UPSTREAM-2  where heap_bytes are set, what is on its way to applications takes no more than these; half
 *               of them is for whoever comes first, in the other half each connection has its share. So
 *               applications that do not read keep nobody else from sending
 *   UPSTREAM-3  what was named by a setting that is not in force any more is reset, and never led to again
 *   UPSTREAM-4  an application that is to speak TLS is spoken to by the transport of its own site, or not
 *               at all */
struct assent_lwip_upstreams;

/* What a transport with TLS hands over at a time, at most, bytes. */
enum { ASSENT_LWIP_UPSTREAM_PIECE_BYTES = 1024 };

struct assent_lwip_upstream {
    struct assent_lwip_upstreams *all;
    const struct assent_upstream *upstream;
    struct assent_relay *relay; /* NULL: kept */
    struct altcp_pcb *pcb;      /* NULL: the entry is free */
    uint32_t since_ms;          /* begin of connecting, or of being kept */
    uint32_t unopened_bytes;    /* received, and not given back to the window yet */
    uint32_t unacked_bytes;     /* with TCP, not acknowledged */
    bool resolving;             /* its name is asked for; pcb is there and idle */
    bool lost;                  /* and was not found: its relay is still to be told */
    bool connected;
    bool pumping; /* bytes are being moved: what the relay asks meanwhile is only noted */
    bool calling; /* one of lwIP's callbacks for this connection is on the stack */
    bool dropped; /* to be reset when that is over */
    bool shut;
};

struct assent_lwip_upstreams {
    struct assent_gateway *gateway;
    altcp_allocator_t tls[ASSENT_SITES]; /* for applications with TLS; alloc NULL: none */
    struct assent_lwip_names names; /* its resolve() may be set behind assent_lwip_upstreams_init */
    const struct assent_clock *clock;
    struct assent_lwip_upstream *connections;
    uint16_t connection_count;
    /* Of lwIP's heap, for content that applications have not acknowledged; 0: whatever there is. May be set
     * behind assent_lwip_upstreams_init. */
    uint32_t heap_bytes;

    uint32_t opened_count;
    uint32_t reused_count;
    uint32_t failed_count; /* lost, refused or too slow, while a relay had it */
};

/* Set up, and give the gateway its link; starts lwIP's timer.
 *   connections  one for each relay, or more; borrowed, zeroed */
void assent_lwip_upstreams_init(struct assent_lwip_upstreams *all, struct assent_gateway *gateway,
                                struct assent_lwip_upstream *connections, uint16_t count,
                                const struct assent_clock *clock);

/* Reset all connections and stop the timer. After assent_lwip_server_stop. */
void assent_lwip_upstreams_stop(struct assent_lwip_upstreams *all);

/* Connections that are open. */
unsigned assent_lwip_upstreams_count(const struct assent_lwip_upstreams *all);

#endif
