/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_LWIP_PLACE_H
#define ASSENT_HTTP_LWIP_PLACE_H

#include "http/lwip_server.h"

/* The table of connections and the lanes. Used by lwip_server.c and lwip_pump.c alone. Where a function
 * ends a connection, its entry may be free when it returns. */

uint32_t assent_lwip_place_now_ms(const struct assent_lwip_server *server);

/* Milliseconds of being idle, waiting or draining. */
uint32_t assent_lwip_place_age_ms(const struct assent_lwip_connection *c);
bool assent_lwip_place_ready(struct assent_lwip_connection *c);

/* An entry or a lane that nobody has; NULL: none. */
struct assent_lwip_connection *assent_lwip_place_find_free(struct assent_lwip_server *server);
struct assent_lwip_lane *assent_lwip_place_find_lane(struct assent_lwip_server *server);

/* The connection to be given up first (SERVER-1), and give it up.
 *   with_lane  only those that have a lane
 *   return     NULL: none may be */
struct assent_lwip_connection *assent_lwip_place_find_idlest(struct assent_lwip_server *server,
                                                             bool with_lane);
void assent_lwip_place_evict(struct assent_lwip_connection *c);

/* Give a connection a lane; if need be, that of a request that arrives too slowly.
 *   return  false: it has to wait */
bool assent_lwip_place_take_lane(struct assent_lwip_connection *c);
void assent_lwip_place_release_lane(struct assent_lwip_connection *c);

/* Give what has been used of the received bytes back to the window. */
void assent_lwip_place_open_window(struct assent_lwip_connection *c);

/* Throw received bytes away and open the window for others. */
void assent_lwip_place_drop_received(struct assent_lwip_connection *c);

/* Bytes are with TCP.
 *   copied  they take its memory */
void assent_lwip_place_written(struct assent_lwip_connection *c, uint32_t len, bool copied);

/* Bytes have been acknowledged. */
void assent_lwip_place_acked(struct assent_lwip_connection *c, uint32_t len);

/* End our side; once. */
void assent_lwip_place_shut(struct assent_lwip_connection *c);

/* The connection has ended for HTTP: wait until what was sent is acknowledged, then close. */
void assent_lwip_place_drain(struct assent_lwip_connection *c);

/* Close; all has been acknowledged. */
void assent_lwip_place_close(struct assent_lwip_connection *c);

/* Reset. Not within a callback of the connection itself. */
void assent_lwip_place_reset(struct assent_lwip_connection *c);

/* The control block is gone: free the entry. */
void assent_lwip_place_forget(struct assent_lwip_connection *c);

/* Answer a connection that waits for a lane with 503, and end it. */
void assent_lwip_place_turn_away(struct assent_lwip_connection *c);

/* Give up connections that hold more receive buffers than they may in all, those that wait first: with
 * none left not even acknowledgements come in, and nothing moves any more. */
void assent_lwip_place_relieve(struct assent_lwip_server *server);

#endif
