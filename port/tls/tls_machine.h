/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_TLS_TLS_MACHINE_H
#define ASSENT_PORT_TLS_TLS_MACHINE_H

#include "port/tls/altcp_tls.h"

/* The state machine between altcp_tls.c, which faces lwIP, and tls_session.c, which faces mbedTLS.
 * Used by altcp_tls.c alone. */

/* Decrypted, and handed to the application, at once. */
enum { ASSENT_TLS_MACHINE_PIECE_BYTES = 1024 };

/* Around everything that works on a connection: it is freed at the end of the outermost leave.
 *   return  what lwIP must be told: ERR_ABRT if TCP's control block is gone by our doing */
void assent_tls_machine_enter(struct assent_tls_connection *c);
err_t assent_tls_machine_leave(struct assent_tls_connection *c);

/* Do what can be done now. Only between enter and leave. */
void assent_tls_machine_step(struct assent_tls_connection *c);

/* TLS is broken: the application loses the connection, TCP is closed behind the alert. */
void assent_tls_machine_fail(struct assent_tls_connection *c);

/* Reset the connection. */
void assent_tls_machine_abort(struct assent_tls_connection *c);

/* Tell the application, if it still holds the connection, that it is gone. */
void assent_tls_machine_lost(struct assent_tls_connection *c, err_t error);

/* Let steps be done that must not be done within a call of the application. */
void assent_tls_machine_schedule(struct assent_tls_server *server);

/* Whether a read could bring anything. */
bool assent_tls_machine_readable(const struct assent_tls_connection *c);

uint32_t assent_tls_machine_now_ms(const struct assent_tls_server *server);

#endif
