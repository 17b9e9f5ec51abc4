/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_BOARD_MPS2_AN385_LWIPOPTS_H
#define ASSENT_BOARD_MPS2_AN385_LWIPOPTS_H

/* lwIP with frames of full length, in about 130 KiB. */
#include "port/lwip/options.h"

#define LWIP_UDP                 1
#define LWIP_DHCP                1
#define LWIP_ACD                 0
#define LWIP_DHCP_DOES_ACD_CHECK 0
#define LWIP_DNS                 0
#define LWIP_NETIF_HOSTNAME      1
#define LWIP_NETIF_LINK_CALLBACK 0

#define MEM_ALIGNMENT 4
#define MEM_SIZE      (32 * 1024)

#define TCP_MSS          1460
#define TCP_WND          (3 * TCP_MSS)
#define TCP_SND_BUF      (4 * TCP_MSS)
#define TCP_SND_QUEUELEN 16
#define TCP_QUEUE_OOSEQ  0

/* Connections in the server's table, and those that are just being opened or closed. */
#define MEMP_NUM_TCP_PCB        24
#define MEMP_NUM_TCP_PCB_LISTEN 2
#define MEMP_NUM_TCP_SEG        64
#define MEMP_NUM_PBUF           64
#define MEMP_NUM_UDP_PCB        2
#define MEMP_NUM_ALTCP_PCB      28
#define MEMP_NUM_SYS_TIMEOUT    (LWIP_NUM_SYS_TIMEOUT_INTERNAL + 4)

/* Each holds a frame; the MAC has its own memory for what waits. */
#define PBUF_POOL_SIZE    48
#define PBUF_POOL_BUFSIZE 1536

#endif
