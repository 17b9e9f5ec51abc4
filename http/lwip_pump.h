/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_LWIP_PUMP_H
#define ASSENT_HTTP_LWIP_PUMP_H

#include "http/lwip_server.h"

/* Bytes on their way between connections and engines. Used by lwip_server.c alone. */

/* Move what can be moved. Afterwards the entry may be free, and a lane, for assent_lwip_pump_serve. */
void assent_lwip_pump_run(struct assent_lwip_connection *c);

/* A lane may have become free: who waits longest gets it. */
void assent_lwip_pump_serve(struct assent_lwip_server *server);

/* Some of TCP's memory has been freed: those who found none try again, each time another one first.
 *   late  they have waited long enough to get their share at least (SERVER-3) */
void assent_lwip_pump_feed(struct assent_lwip_server *server, bool late);

/* Tell lwIP how dear a connection is: idle ones it may give up when it needs a control block. */
void assent_lwip_pump_rank(struct assent_lwip_connection *c);

#endif
