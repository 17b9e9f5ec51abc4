/* SPDX-License-Identifier: MIT */
/* The states of a TLS connection and what leads from one to the next.
 *
 *   ATLS-1  a connection is not freed while a function of this layer works on it: busy counts them
 *   ATLS-2  the application's err is called at most once, and nothing after it
 *   ATLS-3  received bytes open the window when mbedTLS or nobody has read them, exactly once
 *   ATLS-4  an error of TLS ends its own connection and changes no other */
#include "port/tls/tls_machine.h"

#include <string.h>

#include <lwip/priv/altcp_priv.h>
#include <lwip/timeouts.h>

#include "port/tls/tls_session.h"

enum {
    WAITING_PBUFS = 8 /* receive buffers that one connection may hold while it waits for memory */
};

uint32_t assent_tls_machine_now_ms(const struct assent_tls_server *server)
{
    return server->clock->uptime_ms(server->clock->ctx);
}

/* ---- life ------------------------------------------------------------------------------------ */

void assent_tls_machine_enter(struct assent_tls_connection *c)
{
    c->busy++;
}

static void stop_waiting(struct assent_tls_connection *c)
{
    if (c->waiting) {
        c->waiting = false;
        c->server->waiting--;
    }
}

/* Leave a function of this file.
 *   return  what lwIP must be told: ERR_ABRT if TCP's control block is gone by our doing */
err_t assent_tls_machine_leave(struct assent_tls_connection *c)
{
    struct assent_tls_server *server = c->server;
    bool aborted = c->aborted;

    if (c->busy == 1 && c->state == ASSENT_TLS_CLOSING) {
        assent_tls_machine_step(c); /* the application may have closed it meanwhile */
        aborted = c->aborted;
    }
    if (--c->busy == 0 && c->state == ASSENT_TLS_CLOSED) {
        stop_waiting(c);
        assent_tls_session_end(c);
        memset(c, 0, sizeof(*c));
        if (server->waiting > 0) {
            assent_tls_machine_schedule(server); /* there is memory again */
        }
    }
    return aborted ? ERR_ABRT : ERR_OK;
}

/* Tell the application that the connection is gone (ATLS-2). */
void assent_tls_machine_lost(struct assent_tls_connection *c, err_t error)
{
    struct altcp_pcb *upper = c->upper;

    if (upper != NULL) {
        altcp_err_fn err = upper->err;
        void *arg = upper->arg;

        c->upper = NULL;
        upper->inner_conn = NULL;
        upper->state = NULL;
        altcp_free(upper);
        if (err != NULL) {
            err(arg, error);
        }
    }
}

/* Close TCP; lwIP sends what it has. */
static void close_lower(struct assent_tls_connection *c)
{
    struct altcp_pcb *lower = c->lower;

    assent_tls_session_discard(c); /* unread bytes would turn our FIN into a reset */
    c->lower = NULL;
    c->state = ASSENT_TLS_CLOSED;
    if (lower != NULL && altcp_close(lower) != ERR_OK) {
        altcp_abort(lower);
        c->aborted = true;
    }
}

void assent_tls_machine_abort(struct assent_tls_connection *c)
{
    if (c->lower != NULL) {
        c->aborted = true;
        altcp_abort(c->lower); /* calls lower_err */
    }
}

/* TLS is broken: the application loses the connection, TCP is closed behind the alert. */
void assent_tls_machine_fail(struct assent_tls_connection *c)
{
    c->server->failure_count++;
    c->failed = true;
    c->state = ASSENT_TLS_CLOSING;
    c->since_ms = assent_tls_machine_now_ms(c->server);
    stop_waiting(c);
    assent_tls_machine_lost(c, ERR_ABRT);
}

/* ---- the state machine ----------------------------------------------------------------------- */

static void tell_end(struct assent_tls_connection *c)
{
    c->told_end = true;
    if (c->upper != NULL && c->upper->recv != NULL) {
        (void)c->upper->recv(c->upper->arg, c->upper, NULL, ERR_OK);
    }
}

/* Take memory for mbedTLS, or wait for it. Too many that wait would hold all receive buffers. */
static void begin(struct assent_tls_connection *c)
{
    const struct assent_tls_wire *wire = assent_altcp_tls_wire(c);

    if (wire != NULL && !wire->linked) {
        return;
    }
    if (wire == NULL && c->cipher == NULL) {
        if (c->tcp_ended && !c->told_end) {
            tell_end(c);
        }
        return;
    }
    if (assent_tls_session_begin(c) == ASSENT_TLS_OK) {
        stop_waiting(c);
        c->state = ASSENT_TLS_HANDSHAKE;
        c->since_ms = assent_tls_machine_now_ms(c->server);
    } else if (wire != NULL) {
        c->server->refused_count++;
        assent_tls_machine_fail(c);
    } else if (!c->waiting && c->server->waiting < ASSENT_TLS_WAITING) {
        c->waiting = true;
        c->server->waiting++;
    } else if (!c->waiting || pbuf_clen(c->cipher) > WAITING_PBUFS) {
        c->server->refused_count++;
        assent_tls_machine_fail(c);
    }
}

static void shake(struct assent_tls_connection *c)
{
    enum assent_tls_result result = assent_tls_session_shake(c);

    if (result == ASSENT_TLS_OK) {
        c->server->handshake_count++;
        c->state = ASSENT_TLS_OPEN;
        if (assent_altcp_tls_wire(c) != NULL && c->upper != NULL && c->upper->connected != NULL) {
            (void)c->upper->connected(c->upper->arg, c->upper, ERR_OK);
        }
    } else if (result != ASSENT_TLS_BLOCKED || (c->tcp_ended && assent_tls_session_held(c) == 0)) {
        assent_tls_machine_fail(c);
    }
}

/* Give the application its next pbuf.
 *   return  false: it does not take it now */
static bool hand_out(struct assent_tls_connection *c, struct pbuf *p)
{
    err_t error;

    if (c->upper == NULL || c->upper->recv == NULL) {
        pbuf_free(p);
        return true;
    }
    c->open_bytes = p->tot_len;
    error = c->upper->recv(c->upper->arg, c->upper, p, ERR_OK);
    if (error == ERR_OK || error == ERR_ABRT) {
        return true;
    }
    c->open_bytes = 0;
    c->plain = p;
    return false;
}

/* Decrypt the next piece.
 *   return  true: try again */
static bool read_piece(struct assent_tls_connection *c)
{
    struct pbuf *p = c->plain;
    uint16_t got = 0;
    enum assent_tls_result result;

    c->plain = NULL;
    if (p != NULL) {
        return hand_out(c, p);
    }
    p = pbuf_alloc(PBUF_RAW, ASSENT_TLS_MACHINE_PIECE_BYTES, PBUF_RAM);
    if (p == NULL) {
        p = pbuf_alloc(PBUF_RAW, PBUF_POOL_BUFSIZE, PBUF_POOL);
    }
    if (p == NULL) {
        return false; /* tried again by the poll timer */
    }
    result = assent_tls_session_read(c, p->payload, p->len, &got);
    if (result == ASSENT_TLS_OK) {
        pbuf_realloc(p, got);
        return hand_out(c, p);
    }
    pbuf_free(p);
    if (result == ASSENT_TLS_BROKEN) {
        assent_tls_machine_fail(c);
    } else if (result == ASSENT_TLS_ENDED || (c->tcp_ended && assent_tls_session_held(c) == 0)) {
        tell_end(c);
    }
    return false;
}

/* Whether a read could bring anything. */
bool assent_tls_machine_readable(const struct assent_tls_connection *c)
{
    if (c->state != ASSENT_TLS_OPEN || c->upper == NULL || c->open_bytes > 0 || c->told_end ||
        c->failed) {
        return false;
    }
    return c->plain != NULL || assent_tls_session_held(c) > 0 || c->tcp_ended ||
           mbedtls_ssl_check_pending(&c->ssl) != 0;
}

/* Our side ends: close_notify, then FIN. */
static void shut(struct assent_tls_connection *c)
{
    enum assent_tls_result result = assent_tls_session_notify(c);

    if (result == ASSENT_TLS_BROKEN) {
        assent_tls_machine_fail(c);
    } else if (result == ASSENT_TLS_OK && altcp_shutdown(c->lower, 0, 1) == ERR_OK) {
        c->shut_done = true;
    }
}

static void open_step(struct assent_tls_connection *c)
{
    if (assent_tls_session_flush(c) == ASSENT_TLS_BROKEN) {
        assent_tls_machine_fail(c);
        return;
    }
    while (assent_tls_machine_readable(c) && read_piece(c)) {
    }
    if (c->told_end) {
        assent_tls_session_discard(c);
    }
    if (c->state == ASSENT_TLS_OPEN && c->shut_wanted && !c->shut_done) {
        shut(c);
    }
}

static void closing_step(struct assent_tls_connection *c)
{
    bool over = c->failed || !c->has_ssl || c->shut_done ||
                assent_tls_session_notify(c) != ASSENT_TLS_BLOCKED;

    assent_tls_session_discard(c);
    if (over) {
        close_lower(c);
    }
}

/* Do what can be done. Only called between enter and leave. */
void assent_tls_machine_step(struct assent_tls_connection *c)
{
    if (c->state == ASSENT_TLS_EMPTY) {
        begin(c);
    }
    if (c->state == ASSENT_TLS_HANDSHAKE) {
        shake(c);
    }
    if (c->state == ASSENT_TLS_OPEN) {
        if (c->failed) {
            assent_tls_machine_fail(c);
        } else {
            open_step(c);
        }
    }
    if (c->state == ASSENT_TLS_CLOSING) {
        closing_step(c);
    }
    if (c->lower != NULL) {
        (void)altcp_output(c->lower);
    }
}

/* ---- work that must not be done within a call of the application ----------------------------- */

static void work(void *arg)
{
    struct assent_tls_server *server = arg;

    server->work_due = false;
    for (unsigned i = 0; i < server->slot_count; i++) {
        struct assent_tls_connection *c = &server->slots[i];

        if (c->state != ASSENT_TLS_FREE &&
            (c->failed || c->waiting || assent_tls_machine_readable(c))) {
            assent_tls_machine_enter(c);
            assent_tls_machine_step(c);
            (void)assent_tls_machine_leave(c);
        }
    }
}

void assent_tls_machine_schedule(struct assent_tls_server *server)
{
    if (!server->work_due) {
        server->work_due = true;
        sys_timeout(0, work, server);
    }
}

void assent_altcp_tls_stop(struct assent_tls_server *server)
{
    sys_untimeout(work, server);
    server->work_due = false;
}

unsigned assent_altcp_tls_count(const struct assent_tls_server *server)
{
    unsigned count = 0;

    for (unsigned i = 0; i < server->slot_count; i++) {
        count += server->slots[i].state != ASSENT_TLS_FREE;
    }
    return count;
}
