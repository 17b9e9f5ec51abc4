/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_HOST_TAP_NETIF_H
#define ASSENT_PORT_HOST_TAP_NETIF_H

#include <stdbool.h>
#include <stdint.h>

#include <lwip/netif.h>

#include "port/host/loop.h"

/* A network interface of lwIP on a TAP device of the Linux kernel. Needs the right to open the
 * device; this machine's side of it is set up with ip(8). */
enum { TAP_FRAME_BYTES = 1518, TAP_BURST_FRAMES = 64 };

struct tap_netif {
    struct netif netif;
    int fd;
    int index; /* in the loop, between fill and work */
    uint8_t frame[TAP_FRAME_BYTES];
};

struct tap_options {
    const char *device;  /* such as "tap0", up to 15 bytes; created if the right is there */
    const char *address; /* of lwIP, dotted IPv4 */
    const char *mask;
    const char *gateway; /* this machine's side */
};

/* Open the device and make the interface. After assent_lwip_init().
 *   return  false: errno tells why */
bool tap_netif_open(struct tap_netif *net, const struct tap_options *options);

/* Around loop_wait. */
void tap_netif_fill(struct tap_netif *net, struct loop *loop, uint32_t *ms);
void tap_netif_work(struct tap_netif *net, struct loop *loop);

void tap_netif_close(struct tap_netif *net);

#endif
