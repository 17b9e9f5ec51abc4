/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_LWIP_SIM_LWIPOPTS_H
#define ASSENT_PORT_LWIP_SIM_LWIPOPTS_H

/* lwIP on the Linux host: 64 connections; with the HTTP server's own memory below 256 KiB on a 64-bit
 * machine, which `make bench` measures. */
#include "port/host/dns_port.h"
#include "port/lwip/options.h"

#define LWIP_UDP 1
#define LWIP_DHCP 0

/* Names of applications. Identifiers and ports of questions are random; answers are kept as long as they
 * say. */
#define LWIP_DNS 1
#define DNS_TABLE_SIZE 8
#define DNS_MAX_REQUESTS 8
#define DNS_MAX_NAME_LENGTH 72 /* ASSENT_UPSTREAM_NAME_BYTES and more */
#define DNS_MAX_SERVERS 2
#define DNS_SERVER_PORT dns_port()
#define MEMP_NUM_UDP_PCB 10

/* What is sent to 127.0.0.1 or to an address of one's own comes back: port/lwip_httpd. Whoever runs lwIP
 * calls netif_poll_all() for that. */
#define LWIP_NETIF_LOOPBACK 1

#define MEM_ALIGNMENT 8
/* For answers; and for what is on its way to 64 applications, with what lwIP puts before each piece. */
#define ASSENT_SIM_RELAY_HEAP (64 * (TCP_MSS + 340))
#define MEM_SIZE (64 * 1024 + ASSENT_SIM_RELAY_HEAP)

#define TCP_MSS 1460
#define TCP_WND (3 * TCP_MSS)
#define TCP_SND_BUF (4 * TCP_MSS)
#define TCP_SND_QUEUELEN 16
#define TCP_QUEUE_OOSEQ 0 /* libslirp and TAP keep the order */

/* Connections in the server's table, those of the gateway, and those that are just being opened. */
#define MEMP_NUM_TCP_PCB 152
#define MEMP_NUM_TCP_PCB_LISTEN 4
#define MEMP_NUM_TCP_SEG 320
#define MEMP_NUM_PBUF 160
/* One for each TCP connection and listener, one more for each of TLS, to either side. */
#define MEMP_NUM_ALTCP_PCB 296
#define MEMP_NUM_SYS_TIMEOUT (LWIP_NUM_SYS_TIMEOUT_INTERNAL + 6)

/* Small ones: an acknowledgement takes one, a frame of full length six. Half of them may be held by
 * connections that wait; the others keep acknowledgements coming. */
#define PBUF_POOL_SIZE 160
#define PBUF_POOL_BUFSIZE 256

/* A client that uses its port again within 2 MSL is not answered by lwIP, and libslirp asks again
 * only after 6 s. There are no stray segments in a simulator. */
#define TCP_MSL 250

#endif
