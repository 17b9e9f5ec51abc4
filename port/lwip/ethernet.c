/* SPDX-License-Identifier: MIT */
#include "port/lwip/ethernet.h"

#include <string.h>

#include <lwip/etharp.h>

void assent_ethernet_describe(struct netif *netif, const char name[2], const uint8_t address[6],
                              uint16_t frame_bytes, netif_linkoutput_fn send)
{
    memcpy(netif->name, name, sizeof(netif->name));
    netif->mtu = (uint16_t)(frame_bytes - SIZEOF_ETH_HDR);
    netif->hwaddr_len = ETH_HWADDR_LEN;
    memcpy(netif->hwaddr, address, ETH_HWADDR_LEN);
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
    netif->output = etharp_output;
    netif->linkoutput = send;
}
