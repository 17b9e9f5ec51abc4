/* SPDX-License-Identifier: MIT */
/* lwIP's two faces of a TLS connection: callbacks from TCP below, functions for the application above. */
#include "port/tls/altcp_tls.h"

#include <string.h>

#include <lwip/altcp_tcp.h>
#include <lwip/priv/altcp_priv.h>

#include "port/tls/tls_machine.h"
#include "port/tls/tls_session.h"

enum {
    POLL_INTERVAL = 2, /* of lwIP's slow timer: a second */
    CLOSING_MS = 5000  /* for what is still to be sent after the application has closed */
};

static const struct altcp_functions connection_functions;

/* ---- from TCP -------------------------------------------------------------------------------- */

/* The window is never larger than what is free here. */
static void take_wire(struct assent_tls_connection *c, struct pbuf *p)
{
    struct assent_tls_wire *wire = &c->server->wires[c - c->server->slots];

    if (wire->start > 0) {
        memmove(wire->bytes, wire->bytes + wire->start, (size_t)(wire->end - wire->start));
        wire->end = (uint16_t)(wire->end - wire->start);
        wire->start = 0;
    }
    if (p->tot_len <= sizeof(wire->bytes) - wire->end) {
        wire->end =
            (uint16_t)(wire->end + pbuf_copy_partial(p, wire->bytes + wire->end, p->tot_len, 0));
    } else {
        c->failed = true;
    }
    pbuf_free(p);
}

static err_t lower_recv(void *arg, struct altcp_pcb *lower, struct pbuf *p, err_t error)
{
    struct assent_tls_connection *c = arg;

    (void)lower;
    (void)error;
    assent_tls_machine_enter(c);
    if (p == NULL) {
        c->tcp_ended = true;
    } else if (assent_altcp_tls_wire(c) != NULL) {
        take_wire(c, p);
    } else if (c->cipher == NULL) {
        c->cipher = p;
    } else {
        pbuf_cat(c->cipher, p);
    }
    assent_tls_machine_step(c);
    return assent_tls_machine_leave(c);
}

/* Bytes that the application may take for acknowledged: what is under way at TCP bounds what of the
 * plaintext can be. */
static uint16_t acknowledged(struct assent_tls_connection *c)
{
    uint32_t open = c->wire_bytes < c->plain_bytes ? c->wire_bytes : c->plain_bytes;
    uint32_t done = c->held_bytes > 0 ? 0 : c->plain_bytes - open;

    done = done < UINT16_MAX ? done : UINT16_MAX;
    c->plain_bytes -= done;
    return (uint16_t)done;
}

static err_t lower_sent(void *arg, struct altcp_pcb *lower, u16_t len)
{
    struct assent_tls_connection *c = arg;
    uint16_t done;

    (void)lower;
    assent_tls_machine_enter(c);
    c->wire_bytes -= len < c->wire_bytes ? len : c->wire_bytes;
    assent_tls_machine_step(c);
    done = acknowledged(c);
    if (c->upper != NULL && c->upper->sent != NULL && (done > 0 || c->blocked)) {
        c->blocked = false;
        (void)c->upper->sent(c->upper->arg, c->upper, done);
    }
    return assent_tls_machine_leave(c);
}

static err_t lower_poll(void *arg, struct altcp_pcb *lower)
{
    struct assent_tls_connection *c = arg;
    uint32_t age_ms = assent_tls_machine_now_ms(c->server) - c->since_ms;

    (void)lower;
    assent_tls_machine_enter(c);
    if (c->state < ASSENT_TLS_OPEN && age_ms > ASSENT_TLS_HANDSHAKE_MS) {
        assent_tls_machine_fail(c);
    }
    if (c->state == ASSENT_TLS_CLOSING && age_ms > CLOSING_MS && !c->failed) {
        assent_tls_machine_abort(c);
    }
    assent_tls_machine_step(c);
    if (c->upper != NULL && c->upper->poll != NULL) {
        (void)c->upper->poll(c->upper->arg, c->upper);
    }
    return assent_tls_machine_leave(c);
}

/* TCP is gone and has freed itself. */
static void lower_err(void *arg, err_t error)
{
    struct assent_tls_connection *c = arg;

    assent_tls_machine_enter(c);
    c->lower = NULL;
    c->state = ASSENT_TLS_CLOSED;
    assent_tls_machine_lost(c, error);
    (void)assent_tls_machine_leave(c);
}

static struct assent_tls_connection *take_slot(struct assent_tls_server *server)
{
    for (unsigned i = 0; i < server->slot_count; i++) {
        if (server->slots[i].state == ASSENT_TLS_FREE) {
            return &server->slots[i];
        }
    }
    return NULL;
}

/* Bind a slot to a connection of TCP and one of the application. */
static void join(struct assent_tls_connection *c, struct assent_tls_server *server,
                 struct altcp_pcb *lower, struct altcp_pcb *upper)
{
    c->server = server;
    c->state = ASSENT_TLS_EMPTY;
    c->since_ms = assent_tls_machine_now_ms(server);
    c->lower = lower;
    c->upper = upper;
    upper->fns = &connection_functions;
    upper->inner_conn = lower;
    upper->state = c;
    altcp_arg(lower, c);
    altcp_recv(lower, lower_recv);
    altcp_sent(lower, lower_sent);
    altcp_err(lower, lower_err);
    altcp_poll(lower, lower_poll, POLL_INTERVAL);
}

static err_t lower_accept(void *arg, struct altcp_pcb *lower, err_t error)
{
    struct altcp_pcb *listener = arg;
    struct assent_tls_server *server = listener->state;
    struct assent_tls_connection *c = take_slot(server);
    struct altcp_pcb *upper = c != NULL && listener->accept != NULL ? altcp_alloc() : NULL;

    if (error != ERR_OK || lower == NULL) {
        if (upper != NULL) {
            altcp_free(upper);
        }
        return ERR_VAL;
    }
    if (upper == NULL) {
        server->refused_count++;
        return ERR_MEM; /* lwIP resets the connection */
    }
    join(c, server, lower, upper);
    assent_tls_machine_enter(c);
    error = listener->accept(listener->arg, upper, ERR_OK);
    if (error != ERR_OK && error != ERR_ABRT && c->upper == upper) {
        c->upper = NULL; /* refused: what lwIP does next ends in lower_err */
        altcp_free(upper);
    }
    return assent_tls_machine_leave(c) == ERR_ABRT ? ERR_ABRT : error;
}

static err_t lower_connected(void *arg, struct altcp_pcb *lower, err_t error)
{
    struct assent_tls_connection *c = arg;

    (void)lower;
    (void)error;
    assent_tls_machine_enter(c);
    c->server->wires[c - c->server->slots].linked = true;
    assent_tls_machine_step(c);
    return assent_tls_machine_leave(c);
}

/* ---- from the application -------------------------------------------------------------------- */

static void set_poll(struct altcp_pcb *conn, u8_t interval)
{
    (void)conn; /* polled once a second whatever it asks for */
    (void)interval;
}

static err_t connect_connection(struct altcp_pcb *conn, const ip_addr_t *address, u16_t port,
                                altcp_connected_fn connected)
{
    struct assent_tls_connection *c = conn->state;

    conn->connected = connected;
    c->since_ms = assent_tls_machine_now_ms(c->server);
    return altcp_connect(c->lower, address, port, lower_connected);
}

static void recved(struct altcp_pcb *conn, u16_t len)
{
    struct assent_tls_connection *c = conn->state;

    c->open_bytes = (uint16_t)(c->open_bytes - (len < c->open_bytes ? len : c->open_bytes));
    if (c->busy == 0 && assent_tls_machine_readable(c)) {
        assent_tls_machine_schedule(c->server);
    }
}

static void abort_connection(struct altcp_pcb *conn)
{
    struct assent_tls_connection *c = conn->state;

    assent_tls_machine_enter(c);
    assent_tls_machine_abort(c);
    if (c->upper != NULL) { /* TCP was gone already */
        c->state = ASSENT_TLS_CLOSED;
        assent_tls_machine_lost(c, ERR_ABRT);
    }
    (void)assent_tls_machine_leave(c);
}

static err_t close_connection(struct altcp_pcb *conn)
{
    struct assent_tls_connection *c = conn->state;

    assent_tls_machine_enter(c);
    c->upper = NULL;
    conn->inner_conn = NULL;
    altcp_free(conn);
    if (c->waiting) {
        c->waiting = false;
        c->server->waiting--;
    }
    if (c->state != ASSENT_TLS_CLOSED) {
        c->failed = c->failed || c->state != ASSENT_TLS_OPEN;
        c->state = ASSENT_TLS_CLOSING;
        c->since_ms = assent_tls_machine_now_ms(c->server);
    }
    (void)assent_tls_machine_leave(c);
    return ERR_OK;
}

static err_t shutdown_connection(struct altcp_pcb *conn, int shut_rx, int shut_tx)
{
    struct assent_tls_connection *c = conn->state;

    if (shut_rx) {
        return shut_tx ? close_connection(conn) : ERR_VAL;
    }
    if (shut_tx && c->state == ASSENT_TLS_OPEN && !c->shut_wanted) {
        c->shut_wanted = true;
        if (assent_tls_session_notify(c) == ASSENT_TLS_OK &&
            altcp_shutdown(c->lower, 0, 1) == ERR_OK) {
            c->shut_done = true;
        }
    }
    return ERR_OK;
}

static u16_t sndbuf(struct altcp_pcb *conn)
{
    struct assent_tls_connection *c = conn->state;
    u16_t room = 0;

    if (c->state == ASSENT_TLS_OPEN && !c->failed && !c->shut_wanted) {
        room = assent_tls_session_room(c);
    }
    c->blocked = room == 0;
    return room;
}

static err_t write_bytes(struct altcp_pcb *conn, const void *bytes, u16_t len, u8_t flags)
{
    struct assent_tls_connection *c = conn->state;

    (void)flags;
    if (c->state != ASSENT_TLS_OPEN || c->failed || c->shut_wanted) {
        return ERR_CONN;
    }
    if (len == 0) {
        return ERR_OK;
    }
    if (len > sndbuf(conn)) {
        c->blocked = true;
        return ERR_MEM;
    }
    if (assent_tls_session_write(c, bytes, len) != ASSENT_TLS_OK) {
        c->failed = true; /* told to the application soon, outside of this call */
        assent_tls_machine_schedule(c->server);
        return ERR_CONN;
    }
    c->plain_bytes += len;
    return ERR_OK;
}

static u16_t sndqueuelen(struct altcp_pcb *conn)
{
    struct assent_tls_connection *c = conn->state;

    return (u16_t)(altcp_default_sndqueuelen(conn) + (c->held_bytes > 0 ? 1 : 0));
}

/* ---- listening ------------------------------------------------------------------------------- */

static struct altcp_pcb *start_listening(struct altcp_pcb *conn, u8_t backlog, err_t *error)
{
    struct altcp_pcb *lower = altcp_listen_with_backlog_and_err(conn->inner_conn, backlog, error);

    if (lower == NULL) {
        return NULL;
    }
    conn->inner_conn = lower;
    altcp_arg(lower, conn);
    altcp_accept(lower, lower_accept);
    return conn;
}

/* Only before it listens: lwIP 2.2.1 reads beyond a listening control block in altcp_close. */
static err_t close_listener(struct altcp_pcb *conn)
{
    err_t error = altcp_close(conn->inner_conn);

    if (error == ERR_OK) {
        conn->inner_conn = NULL;
        altcp_free(conn);
    }
    return error;
}

static const struct altcp_functions connection_functions = {
    .set_poll = set_poll,
    .connect = connect_connection,
    .recved = recved,
    .abort = abort_connection,
    .close = close_connection,
    .shutdown = shutdown_connection,
    .write = write_bytes,
    .output = altcp_default_output,
    .mss = altcp_default_mss,
    .sndbuf = sndbuf,
    .sndqueuelen = sndqueuelen,
    .nagle_disable = altcp_default_nagle_disable,
    .nagle_enable = altcp_default_nagle_enable,
    .nagle_disabled = altcp_default_nagle_disabled,
    .setprio = altcp_default_setprio,
    .addrinfo = altcp_default_get_tcp_addrinfo,
    .getip = altcp_default_get_ip,
    .getport = altcp_default_get_port,
};

static const struct altcp_functions listener_functions = {
    .bind = altcp_default_bind,
    .listen = start_listening,
    .close = close_listener,
    .setprio = altcp_default_setprio,
    .addrinfo = altcp_default_get_tcp_addrinfo,
    .getip = altcp_default_get_ip,
    .getport = altcp_default_get_port,
};

struct altcp_pcb *assent_altcp_tls_alloc(void *arg, u8_t ip_type)
{
    struct altcp_pcb *lower = altcp_tcp_new_ip_type(ip_type);
    struct altcp_pcb *conn = lower != NULL ? altcp_alloc() : NULL;

    if (conn == NULL) {
        if (lower != NULL) {
            (void)altcp_close(lower);
        }
        return NULL;
    }
    conn->fns = &listener_functions;
    conn->inner_conn = lower;
    conn->state = arg;
    return conn;
}

/* ---- connecting ------------------------------------------------------------------------------ */

struct altcp_pcb *assent_altcp_tls_open(struct assent_tls_server *server,
                                        const struct assent_tls_role *role, u8_t ip_type)
{
    struct assent_tls_connection *c = take_slot(server);
    struct altcp_pcb *lower = c != NULL ? altcp_tcp_new_ip_type(ip_type) : NULL;
    struct altcp_pcb *upper = lower != NULL ? altcp_alloc() : NULL;
    struct assent_tls_wire *wire;

    if (upper == NULL) {
        server->refused_count++;
        if (lower != NULL) {
            altcp_abort(lower);
        }
        return NULL;
    }
    join(c, server, lower, upper);
    wire = &server->wires[c - server->slots];
    wire->role = role;
    wire->linked = false;
    wire->start = wire->end = 0;
    return upper;
}

void assent_altcp_tls_drop(struct assent_tls_server *server, const struct assent_tls_role *role)
{
    for (unsigned i = 0; i < server->slot_count; i++) {
        struct assent_tls_connection *c = &server->slots[i];

        if (c->state != ASSENT_TLS_FREE && server->wires[i].role == role) {
            assent_tls_machine_enter(c);
            assent_tls_machine_abort(c);
            (void)assent_tls_machine_leave(c);
        }
    }
}
