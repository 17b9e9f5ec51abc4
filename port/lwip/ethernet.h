/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_LWIP_ETHERNET_H
#define ASSENT_PORT_LWIP_ETHERNET_H

#include <stdint.h>

#include <lwip/netif.h>

/* For the init of a driver: name, address, flags and output of an Ethernet interface. Whoever has no link
 * to wait for sets NETIF_FLAG_LINK_UP besides.
 *   name         two letters
 *   address      MAC address; copied
 *   frame_bytes  longest frame, without its CRC
 *   send         of the driver */
void assent_ethernet_describe(struct netif *netif, const char name[2], const uint8_t address[6],
                              uint16_t frame_bytes, netif_linkoutput_fn send);

#endif
