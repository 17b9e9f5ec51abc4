/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_LWIP_WIRE_H
#define ASSENT_HTTP_LWIP_WIRE_H

#include "http/lwip_upstream.h"

/* One connection to an application: bytes between lwIP and the relay that has it, and its end. Between the
 * files lwip_upstream.c and lwip_wire.c only. */

/* Take an entry for a control block that is not connected yet.
 *   c  free; its pcb and upstream are set */
void assent_lwip_wire_begin(struct assent_lwip_upstream *c);

/* Take an entry's control block back before it was connected. */
void assent_lwip_wire_undo(struct assent_lwip_upstream *c);

/* Connect.
 *   return  ASSENT_OK; ASSENT_ERR_NOT_FOUND: nothing leads there */
int assent_lwip_wire_connect(struct assent_lwip_upstream *c, const ip_addr_t *address);

/* Move what there is to move, either way. The relay may be over afterwards. */
void assent_lwip_wire_pump(struct assent_lwip_upstream *c);

/* Give room that the relay has to the window, half of it at a time: each piece costs an acknowledgement,
 * and a sender goes on with half a window (RFC 9293 s. 3.8.6.2.1).
 *   all  whatever there is */
void assent_lwip_wire_open_window(struct assent_lwip_upstream *c, bool all);

/* Reset, or, within a callback of this very connection, let that do it. */
void assent_lwip_wire_drop(struct assent_lwip_upstream *c);

/* Both sides have said all; TCP does the rest alone, and may be given up for a new connection. */
void assent_lwip_wire_close(struct assent_lwip_upstream *c);

#endif
