/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_BOARD_EMCRAFT_SF2_LWIPOPTS_H
#define ASSENT_BOARD_EMCRAFT_SF2_LWIPOPTS_H

/* lwIP in about 17 KiB of SRAM, of which the packet buffers, the ring of the MAC included, are half. */
#include "port/lwip/options.h"

#define LWIP_UDP                  1
#define LWIP_DHCP                 1
#define LWIP_ACD                  0
#define LWIP_DHCP_DOES_ACD_CHECK  0
#define LWIP_DHCP_GET_NTP_SRV     1
#define LWIP_DHCP_MAX_NTP_SERVERS 1
#define LWIP_DNS                  0
#define LWIP_NETIF_HOSTNAME       1
#define LWIP_NETIF_LINK_CALLBACK  0

#define ARP_TABLE_SIZE 6

#define MEM_ALIGNMENT 4

/* The size of a packet buffer a DHCP answer (590 bytes) and its CRC set, segments are to fit into one. */
#define TCP_QUEUE_OOSEQ   0
#define PBUF_POOL_BUFSIZE 596

#define MEMP_NUM_UDP_PCB 2

/* Pools and windows of the profile. */
#include DEVICE_POOLS

#endif
