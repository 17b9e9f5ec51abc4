/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_LWIP_OPTIONS_H
#define ASSENT_PORT_LWIP_OPTIONS_H

/* lwIP options that are the same on every board. A board's lwipopts.h includes this file and then sets
 * sizes; which lwipopts.h that is, its makefile says. */

/* One thread, raw API, TCP over IPv4 over Ethernet. */
#define NO_SYS               1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_NETCONN         0
#define LWIP_SOCKET          0
#define LWIP_IPV4            1
#define LWIP_IPV6            0
#define LWIP_ARP             1
#define LWIP_ETHERNET        1
#define LWIP_ICMP            1
#define LWIP_RAW             0
#define LWIP_TCP             1
#define LWIP_ALTCP           1
#define IP_REASSEMBLY        0
#define IP_FRAG              0

/* Connections are never taken away from an exchange: what is idle is given a lower priority by
 * http/lwip_server.c, and lwIP gives up the longest idle of those first. */
#define TCP_LISTEN_BACKLOG 1

/* A small write takes what it needs instead of a whole segment. */
#define TCP_OVERSIZE 0

/* First retransmission after 1 s (RFC 6298 s. 2.1). */
#define LWIP_TCP_RTO_TIME 1000

/* Sequence numbers that nobody can guess (RFC 6528); lwIP's own only count time. */
#define LWIP_HOOK_FILENAME                                              "port/lwip/hooks.h"
#define LWIP_HOOK_TCP_ISN(local_ip, local_port, remote_ip, remote_port) assent_lwip_random()

/* How full the pools are: see port/lwip/counters.h. */
#define LWIP_STATS         1
#define LWIP_STATS_DISPLAY 0
#define MEM_STATS          1
#define MEMP_STATS         1
#define LINK_STATS         1
#define TCP_STATS          1
#define IP_STATS           0
#define ICMP_STATS         0
#define ETHARP_STATS       0
#define UDP_STATS          0
#define SYS_STATS          0

#endif
