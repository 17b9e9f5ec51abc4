/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_BOARD_EMCRAFT_SF2_EMAC_H
#define ASSENT_BOARD_EMCRAFT_SF2_EMAC_H

#include <stdint.h>

#include "port/cortex_m/net.h"

/* The Ethernet MAC with its DMA ring, as a netif of lwIP. The ring is made of packet buffers of lwIP's
 * pool: a frame is handed on as it came, and a fresh buffer takes its place. */
enum {
    EMAC_RING = 8, /* frames that may come while the core is busy; with 4, some were lost */
    EMAC_FRAME_BYTES = 592, /* longest frame that is received; a DHCP answer has 590 */
    EMAC_SEND_BYTES = 592,  /* longest frame that is sent */
    EMAC_ADDRESS_BYTES = 6
};

struct emac_counters {
    uint32_t received;
    uint32_t sent;
    uint32_t dropped;   /* for want of a packet buffer */
    uint32_t overflows; /* the ring was full: the MAC dropped at least one frame each time */
};

extern const struct net_driver emac_driver;

/* Sleep until an interrupt; at most a tick. Nothing that has come is slept over. */
void emac_sleep(void);

void emac_read_counters(struct emac_counters *out);

#endif
