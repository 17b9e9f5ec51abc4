/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_BOARD_EMCRAFT_SF2_GATEWAY_POOLS_H
#define ASSENT_BOARD_EMCRAFT_SF2_GATEWAY_POOLS_H

#define MEM_SIZE 3072

/* A window of one segment: nobody can send a longer one, not even QEMU's network, which does not look at the
 * maximum segment size in our SYN. */
#define TCP_MSS          512
#define TCP_WND          TCP_MSS
#define TCP_SND_BUF      (4 * TCP_MSS)
#define TCP_SND_QUEUELEN 12

/* Connections of visitors, one to an application for each exchange, and some that are ending. */
#define MEMP_NUM_TCP_PCB        12
#define MEMP_NUM_TCP_PCB_LISTEN 2
#define MEMP_NUM_TCP_SEG        20
#define MEMP_NUM_PBUF           10
#define MEMP_NUM_ALTCP_PCB      16
#define MEMP_NUM_SYS_TIMEOUT    (LWIP_NUM_SYS_TIMEOUT_INTERNAL + 4)

/* Those of the ring, and some that connections and lwIP may hold (emac.h). */
#define PBUF_POOL_SIZE 12

#endif
