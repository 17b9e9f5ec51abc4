/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_LWIP_COUNTERS_H
#define ASSENT_PORT_LWIP_COUNTERS_H

#include "core/writer.h"

/* How full lwIP's pools are, as members of a JSON object: "tcp_pcb":{"used":1,"max":3,"err":0,
 * "size":80},… used now, most ever, requests refused, and room. Of pools that lwIP takes from malloc
 * there are none. */
void assent_lwip_counters(struct assent_writer *w);

/* Connections in states before and after an exchange: those that lwIP keeps on its own. */
unsigned assent_lwip_count_active(void);
unsigned assent_lwip_count_time_wait(void);

/* Requests for a packet buffer that were refused so far: the netif dropped a frame. */
unsigned assent_lwip_count_dropped(void);

#endif
