/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_CORTEX_M_NET_H
#define ASSENT_PORT_CORTEX_M_NET_H

#include <lwip/netif.h>

#include "core/seam.h"
#include "port/device/random.h"

/* The interface with its address: by DHCP, or, if nobody answers within NET_DHCP_MS, a fixed one until
 * somebody does. */
enum { NET_DHCP_MS = 8000 };

/* The driver of a MAC. */
struct net_driver {
    void (*set_address)(const uint8_t address[6]); /* before init */
    netif_init_fn init;                /* netif->state is a struct assent_random, which arrival
                                                    * times go into */
    void (*poll)(struct netif *netif); /* hands on what has come */
    bool (*link)(void);                /* as the PHY says */
};

/* What two PHYs agree on, of what both can the first in this order that is (IEEE 802.3 annex 28B.3).
 *   own, partner  registers 4 and 5 of the PHY
 *   return        full duplex */
bool net_full_duplex(uint32_t own, uint32_t partner);

struct net {
    struct netif netif;
    const struct net_driver *driver;
    const struct assent_log *log;
    uint32_t started_ms;
    uint32_t looked_ms; /* when the link was last looked at */
    uint32_t address;   /* last one that was told */
    bool fixed;         /* the fixed address is in use */
};

/* After assent_lwip_init(). All borrowed for ever.
 *   station  MAC address
 *   return   ASSENT_OK; ASSENT_ERR_FULL: no memory for the ring */
int net_init(struct net *net, const struct net_driver *driver, const uint8_t station[6],
             struct assent_random *random, const struct assent_log *log);

/* Frames, link, address; as often as possible. */
void net_poll(struct net *net);

#endif
