/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_BOARD_EMCRAFT_SF2_LWIPOPTS_H
#define ASSENT_BOARD_EMCRAFT_SF2_LWIPOPTS_H

/* lwIP in about 19 KiB of SRAM, of which the packet buffers, the ring of the MAC included, are half. */
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
#define MEM_SIZE      3584

/* Segments that fit into a packet buffer, whose size a DHCP answer (590 bytes) sets. */
#define TCP_MSS          536
#define TCP_WND          (4 * TCP_MSS)
#define TCP_SND_BUF      (4 * TCP_MSS)
#define TCP_SND_QUEUELEN 12
#define TCP_QUEUE_OOSEQ  0

#define MEMP_NUM_TCP_PCB        10
#define MEMP_NUM_TCP_PCB_LISTEN 3
#define MEMP_NUM_TCP_SEG        20
#define MEMP_NUM_PBUF           12
#define MEMP_NUM_UDP_PCB        2
/* One for each TCP connection and listener, one more for each of TLS. */
#define MEMP_NUM_ALTCP_PCB   18
#define MEMP_NUM_SYS_TIMEOUT (LWIP_NUM_SYS_TIMEOUT_INTERNAL + 3)

/* Those of the ring, and as many again that connections and lwIP may hold (emac.h). */
#define PBUF_POOL_SIZE    15
#define PBUF_POOL_BUFSIZE 592

#endif
