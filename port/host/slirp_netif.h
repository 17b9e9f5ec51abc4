/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_HOST_SLIRP_NETIF_H
#define ASSENT_PORT_HOST_SLIRP_NETIF_H

#include <stdbool.h>
#include <stdint.h>

#include <lwip/netif.h>

#include "core/seam.h"
#include "port/host/loop.h"

/* A network interface of lwIP whose wire ends in libslirp: a user-mode network that turns the frames
 * into sockets of this process. No root, no set-up on the machine.
 *
 *     10.0.2.15  lwIP (the device)         10.0.2.2  this machine, as seen by the device
 *
 * lwIP calls libslirp directly; what libslirp sends is only queued, because lwIP must not be entered
 * from within itself. */
enum {
    SLIRP_FRAME_BYTES = 1518,
    SLIRP_RING_FRAMES = 1024 /* the wire: frames under way to lwIP; more are lost */
};

struct slirp_frame {
    uint16_t len;
    uint8_t bytes[SLIRP_FRAME_BYTES];
};

struct slirp_netif {
    struct netif netif;
    struct Slirp *slirp;
    const struct assent_clock *clock;
    struct loop *loop;  /* during fill and work */
    const char *misuse; /* what libslirp last complained about; NULL: nothing */
    uint64_t clock_ms;  /* of the clock, without its wrap */
    uint32_t last_ms;
    uint32_t lost_frames;    /* ring was full */
    uint32_t refused_frames; /* that the device sent to an address outside its own network */
    int send_buffer_bytes;   /* of host sockets; 0: the system's choice */
    bool outside;            /* the device may reach every address; set after opening */
    unsigned head, count;    /* of ring */
    struct slirp_frame ring[SLIRP_RING_FRAMES];
    uint8_t out[SLIRP_FRAME_BYTES]; /* a frame of lwIP in one piece */
};

/* One port of this machine that leads to a port of the device. */
struct slirp_forward {
    uint16_t host_port;
    uint16_t device_port;
};

/* Make the network and the interface, and set it up. After assent_lwip_init().
 *   clock        borrowed; the same that lwIP has
 *   send_buffer  bytes in the system that a client may leave unread, for tests; 0: as usual
 *   return       false: errno tells why */
bool slirp_netif_open(struct slirp_netif *net, const struct assent_clock *clock, int send_buffer);

/* Lead a port of this machine to the device.
 *   address  dotted IPv4 address of this machine to listen at
 *   return   false: errno tells why, EADDRINUSE, EACCES or EINVAL (address) */
bool slirp_netif_forward(struct slirp_netif *net, const char *address,
                         const struct slirp_forward *forward);

/* Around loop_wait: add descriptors and lower *ms; take what has come, let timers run. */
void slirp_netif_fill(struct slirp_netif *net, struct loop *loop, uint32_t *ms);
void slirp_netif_work(struct slirp_netif *net, struct loop *loop, bool failed);

void slirp_netif_close(struct slirp_netif *net);

#endif
