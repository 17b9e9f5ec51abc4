/* SPDX-License-Identifier: MIT */
#include "port/cortex_m/net.h"

#include <lwip/dhcp.h>
#include <netif/ethernet.h>

#include "core/bytes.h"
#include "port/cortex_m/clock.h"

enum { LOOK_MS = 500, CAN_100_FULL = 1 << 8, CAN_100_HALF = 1 << 7, CAN_10_FULL = 1 << 6 };

bool net_full_duplex(uint32_t own, uint32_t partner)
{
    uint32_t both = own & partner;

    return (both & CAN_100_FULL) != 0 || ((both & CAN_100_HALF) == 0 && (both & CAN_10_FULL) != 0);
}

int net_init(struct net *net, const struct net_driver *driver, const uint8_t station[6],
             struct assent_random *random, const struct assent_log *log)
{
    net->driver = driver;
    net->log = log;
    driver->set_address(station);
    if (netif_add_noaddr(&net->netif, random, driver->init, ethernet_input) == NULL) {
        return ASSENT_ERR_FULL;
    }
    netif_set_hostname(&net->netif, "assent");
    netif_set_default(&net->netif);
    netif_set_up(&net->netif);
    net->started_ms = clock_uptime_ms();
    net->looked_ms = net->started_ms - LOOK_MS;
    return ASSENT_OK;
}

static void follow_link(struct net *net)
{
    bool link = net->driver->link();

    if (link == (netif_is_link_up(&net->netif) != 0)) {
        return;
    }
    net->log->line(net->log->ctx, ASSENT_LOG_INFO, link ? "link_up" : "link_down", 0);
    if (link) {
        netif_set_link_up(&net->netif);
        (void)dhcp_start(&net->netif);
        net->started_ms = clock_uptime_ms();
    } else {
        netif_set_link_down(&net->netif);
    }
}

/* 192.168.1.77/24, where a technician finds it; what DHCP says later replaces it. */
static void take_fixed_address(struct net *net)
{
    ip4_addr_t address;
    ip4_addr_t mask;
    ip4_addr_t gateway;

    IP4_ADDR(&address, 192, 168, 1, 77);
    IP4_ADDR(&mask, 255, 255, 255, 0);
    IP4_ADDR(&gateway, 192, 168, 1, 1);
    netif_set_addr(&net->netif, &address, &mask, &gateway);
    net->fixed = true;
}

static void follow_address(struct net *net)
{
    uint32_t address = ip4_addr_get_u32(netif_ip4_addr(&net->netif));

    if (address == 0 && netif_is_link_up(&net->netif) &&
        clock_uptime_ms() - net->started_ms > NET_DHCP_MS) {
        take_fixed_address(net);
        address = ip4_addr_get_u32(netif_ip4_addr(&net->netif));
    }
    if (address != net->address) {
        net->address = address;
        net->fixed = net->fixed && dhcp_supplied_address(&net->netif) == 0;
        net->log->line(net->log->ctx, ASSENT_LOG_INFO,
                       net->fixed ? "address_fixed" : "address_by_dhcp", lwip_ntohl(address));
    }
}

void net_poll(struct net *net)
{
    net->driver->poll(&net->netif);
    if (clock_uptime_ms() - net->looked_ms >= LOOK_MS) {
        net->looked_ms = clock_uptime_ms();
        follow_link(net);
    }
    follow_address(net);
}
