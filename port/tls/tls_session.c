/* SPDX-License-Identifier: MIT */
/* Drives mbedTLS between the received pbufs and TCP. */
#include "port/tls/tls_session.h"

#include <string.h>

#include <mbedtls/error.h>

/* Smallest room at TCP worth a record of its own while others are under way. */
enum { ROOM_MIN_BYTES = 256 };

/* ---- mbedTLS's view of TCP ------------------------------------------------------------------- */

/* TCP takes a write whole or not at all; so it is offered what it has room for, and less if it is
 * short of memory. */
static int send_bytes(void *context, const unsigned char *bytes, size_t len)
{
    struct assent_tls_connection *c = context;
    size_t room = c->lower != NULL ? altcp_sndbuf(c->lower) : 0;
    err_t error = ERR_MEM;

    if (c->lower == NULL || c->shut_done) {
        return MBEDTLS_ERR_SSL_CONN_EOF;
    }
    for (len = len < room ? len : room; len > 0 && error == ERR_MEM; len /= 2) {
        error = altcp_write(c->lower, bytes, (u16_t)len, TCP_WRITE_FLAG_COPY);
        if (error == ERR_OK) {
            c->wire_bytes += (uint32_t)len;
            return (int)len;
        }
    }
    return error == ERR_MEM ? MBEDTLS_ERR_SSL_WANT_WRITE : MBEDTLS_ERR_SSL_CONN_EOF;
}

/* What mbedTLS has read lies in its own buffer, so TCP's window opens for it at once: a record may be
 * larger than the window. */
static int receive_bytes(void *context, unsigned char *bytes, size_t len)
{
    struct assent_tls_connection *c = context;
    struct assent_tls_wire *wire = assent_altcp_tls_wire(c);
    u16_t got = assent_tls_session_held(c);

    if (got == 0) {
        return MBEDTLS_ERR_SSL_WANT_READ;
    }
    got = len < got ? (u16_t)len : got;
    if (wire != NULL) {
        memcpy(bytes, wire->bytes + wire->start, got);
        wire->start = (u16_t)(wire->start + got);
    } else {
        got = pbuf_copy_partial(c->cipher, bytes, got, 0);
        c->cipher = pbuf_free_header(c->cipher, got);
    }
    if (c->lower != NULL) {
        altcp_recved(c->lower, got);
    }
    return got;
}

/* ---- session --------------------------------------------------------------------------------- */

static enum assent_tls_result translate(int error)
{
    switch (error) {
    case MBEDTLS_ERR_SSL_WANT_READ:
    case MBEDTLS_ERR_SSL_WANT_WRITE:
    case MBEDTLS_ERR_SSL_ASYNC_IN_PROGRESS:
    case MBEDTLS_ERR_SSL_CRYPTO_IN_PROGRESS:
        return ASSENT_TLS_BLOCKED;
    case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY:
        return ASSENT_TLS_ENDED;
    default:
        return ASSENT_TLS_BROKEN;
    }
}

u16_t assent_tls_session_held(const struct assent_tls_connection *c)
{
    const struct assent_tls_wire *wire = assent_altcp_tls_wire(c);

    if (wire != NULL) {
        return (u16_t)(wire->end - wire->start);
    }
    return c->cipher != NULL ? c->cipher->tot_len : 0;
}

/* mbedTLS says WANT_READ also after a message that it passes over. Then there is more to be read,
 * and nobody would come to say so. A client is told of tickets, which it does not use.
 *   before  bytes held before the call */
static bool passed_over(const struct assent_tls_connection *c, int error, u16_t before)
{
    return error == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET ||
           (error == MBEDTLS_ERR_SSL_WANT_READ && assent_tls_session_held(c) > 0 &&
            assent_tls_session_held(c) < before);
}

enum assent_tls_result assent_tls_session_begin(struct assent_tls_connection *c)
{
    const struct assent_tls_wire *wire = assent_altcp_tls_wire(c);

    mbedtls_ssl_init(&c->ssl);
    if (mbedtls_ssl_setup(&c->ssl, wire != NULL ? wire->role->conf : &c->server->conf) != 0 ||
        (wire != NULL && wire->role->prepare(wire->role, &c->ssl) != 0)) {
        mbedtls_ssl_free(&c->ssl);
        return ASSENT_TLS_BLOCKED;
    }
    mbedtls_ssl_set_bio(&c->ssl, c, send_bytes, receive_bytes, NULL);
    c->has_ssl = true;
    return ASSENT_TLS_OK;
}

enum assent_tls_result assent_tls_session_shake(struct assent_tls_connection *c)
{
    u16_t before;
    int error;

    do {
        before = assent_tls_session_held(c);
        error = mbedtls_ssl_handshake(&c->ssl);
    } while (passed_over(c, error, before));
    return error == 0 ? ASSENT_TLS_OK : translate(error);
}

enum assent_tls_result assent_tls_session_read(struct assent_tls_connection *c, uint8_t *out,
                                               uint16_t cap, uint16_t *got)
{
    u16_t before;
    int result;

    do {
        before = assent_tls_session_held(c);
        result = mbedtls_ssl_read(&c->ssl, out, cap);
    } while (passed_over(c, result, before));
    *got = result > 0 ? (uint16_t)result : 0;
    if (result > 0) {
        return ASSENT_TLS_OK;
    }
    return result == 0 ? ASSENT_TLS_ENDED : translate(result);
}

uint16_t assent_tls_session_room(const struct assent_tls_connection *c)
{
    int record = mbedtls_ssl_get_max_out_record_payload(&c->ssl);
    int overhead = mbedtls_ssl_get_record_expansion(&c->ssl);
    int tcp = c->lower != NULL ? altcp_sndbuf(c->lower) : 0;

    if (c->held_bytes > 0 || record <= 0 || overhead < 0 || tcp <= overhead ||
        (tcp < ROOM_MIN_BYTES && c->wire_bytes > 0)) {
        return 0;
    }
    return (uint16_t)(tcp - overhead < record ? tcp - overhead : record);
}

enum assent_tls_result assent_tls_session_write(struct assent_tls_connection *c,
                                                const uint8_t *bytes, uint16_t len)
{
    int result = mbedtls_ssl_write(&c->ssl, bytes, len);

    if (result == len) {
        return ASSENT_TLS_OK;
    }
    if (result == MBEDTLS_ERR_SSL_WANT_WRITE) {
        c->held_bytes = len;
        return ASSENT_TLS_OK;
    }
    return ASSENT_TLS_BROKEN;
}

/* mbedTLS wants the same call again and then only sends on what lies encrypted in its buffer. The
 * application's bytes are gone by now, but they are not looked at again either. */
enum assent_tls_result assent_tls_session_flush(struct assent_tls_connection *c)
{
    int result;

    if (c->held_bytes == 0) {
        return ASSENT_TLS_OK;
    }
    result = mbedtls_ssl_write(&c->ssl, (const unsigned char *)"", c->held_bytes);
    if (result < 0) {
        return translate(result);
    }
    c->held_bytes = 0;
    return ASSENT_TLS_OK;
}

enum assent_tls_result assent_tls_session_notify(struct assent_tls_connection *c)
{
    enum assent_tls_result result = assent_tls_session_flush(c);
    int error;

    if (result != ASSENT_TLS_OK || c->notified) {
        return result;
    }
    error = mbedtls_ssl_close_notify(&c->ssl);
    if (error != 0) {
        return translate(error);
    }
    c->notified = true;
    return ASSENT_TLS_OK;
}

void assent_tls_session_discard(struct assent_tls_connection *c)
{
    struct assent_tls_wire *wire = assent_altcp_tls_wire(c);

    if (wire != NULL && wire->start < wire->end) {
        if (c->lower != NULL) {
            altcp_recved(c->lower, assent_tls_session_held(c));
        }
        wire->start = wire->end = 0;
    }
    if (c->cipher != NULL) {
        if (c->lower != NULL) {
            altcp_recved(c->lower, c->cipher->tot_len);
        }
        pbuf_free(c->cipher);
        c->cipher = NULL;
    }
    if (c->plain != NULL) {
        pbuf_free(c->plain);
        c->plain = NULL;
    }
}

void assent_tls_session_end(struct assent_tls_connection *c)
{
    assent_tls_session_discard(c);
    if (c->has_ssl) {
        mbedtls_ssl_free(&c->ssl);
        c->has_ssl = false;
    }
}
