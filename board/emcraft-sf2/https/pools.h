/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_BOARD_EMCRAFT_SF2_HTTPS_POOLS_H
#define ASSENT_BOARD_EMCRAFT_SF2_HTTPS_POOLS_H

#define MEM_SIZE 3584

#define TCP_MSS          536
#define TCP_WND          (4 * TCP_MSS)
#define TCP_SND_BUF      (4 * TCP_MSS)
#define TCP_SND_QUEUELEN 12

#define MEMP_NUM_TCP_PCB        10
#define MEMP_NUM_TCP_PCB_LISTEN 3
#define MEMP_NUM_TCP_SEG        20
#define MEMP_NUM_PBUF           8
/* One for each TCP connection and listener, one more for each of TLS. */
#define MEMP_NUM_ALTCP_PCB   18
#define MEMP_NUM_SYS_TIMEOUT (LWIP_NUM_SYS_TIMEOUT_INTERNAL + 3)

/* Those of the ring, and as many again that connections and lwIP may hold (emac.h). */
#define PBUF_POOL_SIZE 15

#endif
