/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_TLS_TLS_SESSION_H
#define ASSENT_PORT_TLS_TLS_SESSION_H

#include "port/tls/altcp_tls.h"

/* mbedTLS's part of a connection: bytes from c->cipher in, bytes to c->lower out. Knows nothing of the
 * application. Used by altcp_tls.c alone. */
enum assent_tls_result {
    ASSENT_TLS_OK,      /* done */
    ASSENT_TLS_BLOCKED, /* more can only happen when something is received or acknowledged */
    ASSENT_TLS_ENDED,   /* the peer has sent close_notify */
    ASSENT_TLS_BROKEN   /* an error; an alert was sent if the protocol has one */
};

/* Bytes that TCP has received and mbedTLS has not read. */
u16_t assent_tls_session_held(const struct assent_tls_connection *c);

/* Take memory and begin.
 *   return  OK, or BLOCKED: out of memory */
enum assent_tls_result assent_tls_session_begin(struct assent_tls_connection *c);

/* Go on with the handshake.
 *   return  OK: complete; BLOCKED, BROKEN */
enum assent_tls_result assent_tls_session_shake(struct assent_tls_connection *c);

/* Decrypt.
 *   got     set to the bytes written to out, 1..cap, if OK
 *   return  OK, BLOCKED, ENDED, BROKEN */
enum assent_tls_result assent_tls_session_read(struct assent_tls_connection *c, uint8_t *out,
                                               uint16_t cap, uint16_t *got);

/* Bytes that assent_tls_session_write takes now. */
uint16_t assent_tls_session_room(const struct assent_tls_connection *c);

/* Encrypt and send as one record; what TCP does not take at once follows with flush.
 *   len     up to assent_tls_session_room()
 *   return  OK, BROKEN */
enum assent_tls_result assent_tls_session_write(struct assent_tls_connection *c,
                                                const uint8_t *bytes, uint16_t len);

/* Send what is left of a record.
 *   return  OK: nothing is left; BLOCKED, BROKEN */
enum assent_tls_result assent_tls_session_flush(struct assent_tls_connection *c);

/* Send close_notify, once.
 *   return  OK: with TCP; BLOCKED, BROKEN */
enum assent_tls_result assent_tls_session_notify(struct assent_tls_connection *c);

/* Give memory back, that of received bytes included. */
void assent_tls_session_end(struct assent_tls_connection *c);

/* Throw away received bytes and open the window for others. */
void assent_tls_session_discard(struct assent_tls_connection *c);

#endif
