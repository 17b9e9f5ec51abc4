/* SPDX-License-Identifier: MIT */
#include "http/lwip_wire.h"

#include <string.h>

#include <lwip/pbuf.h>
#include <lwip/tcpbase.h>

_Static_assert(ASSENT_RELAY_RECV_BYTES >= TCP_WND, "a window has to fit into a relay");
_Static_assert(ASSENT_RELAY_HEAD_BYTES <= TCP_WND ||
                   ASSENT_RELAY_RECV_BYTES - ASSENT_RELAY_HEAD_BYTES >= TCP_WND / 2,
               "behind the longest head so much window is left that its sender does not wait");

/* ---- the end of a connection ---- */

static struct altcp_pcb *detach(struct assent_lwip_upstream *c)
{
    struct altcp_pcb *pcb = c->pcb;

    altcp_arg(pcb, NULL);
    altcp_recv(pcb, NULL);
    altcp_sent(pcb, NULL);
    altcp_err(pcb, NULL);
    return pcb;
}

static void forget(struct assent_lwip_upstream *c)
{
    struct assent_lwip_upstreams *all = c->all;
    bool calling = c->calling;
    bool dropped = c->dropped;

    memset(c, 0, sizeof(*c));
    c->all = all;
    c->calling = calling;
    c->dropped = dropped;
}

void assent_lwip_wire_undo(struct assent_lwip_upstream *c)
{
    altcp_abort(detach(c));
    forget(c);
}

void assent_lwip_wire_drop(struct assent_lwip_upstream *c)
{
    c->relay = NULL;
    if (c->calling) {
        c->dropped = true;
    } else if (c->pcb != NULL) {
        assent_lwip_wire_undo(c);
    }
}

void assent_lwip_wire_close(struct assent_lwip_upstream *c)
{
    struct altcp_pcb *pcb = detach(c);

    altcp_setprio(pcb, TCP_PRIO_MIN);
    if (altcp_close(pcb) == ERR_OK) {
        forget(c);
    } else {
        assent_lwip_wire_drop(c);
    }
}

/* What a callback returns to lwIP. */
static err_t leave(struct assent_lwip_upstream *c)
{
    bool reset = c->dropped && c->pcb != NULL;

    c->calling = false;
    c->dropped = false;
    if (!reset) {
        return ERR_OK;
    }
    assent_lwip_wire_undo(c);
    return ERR_ABRT;
}

/* ---- moving bytes ---- */

void assent_lwip_wire_open_window(struct assent_lwip_upstream *c, bool all)
{
    size_t held = c->relay != NULL ? assent_relay_held(c->relay) : 0;
    size_t closed =
        held + TCP_WND > ASSENT_RELAY_RECV_BYTES ? held + TCP_WND - ASSENT_RELAY_RECV_BYTES : 0;

    /* TLS hands over a piece when the one before it is given back: as soon as there is room for it. */
    if (c->upstream->tls) {
        all = true;
        closed = held <= ASSENT_RELAY_RECV_BYTES - ASSENT_LWIP_UPSTREAM_PIECE_BYTES ? 0 : held;
        closed = closed < c->unopened_bytes ? closed : c->unopened_bytes;
    }
    if (c->unopened_bytes > closed + (all ? 0 : (TCP_WND - 1) / 2)) {
        altcp_recved(c->pcb, (u16_t)(c->unopened_bytes - closed));
        c->unopened_bytes = (uint32_t)closed;
    }
}

/* What of lwIP's heap a connection may still take (UPSTREAM-2): what is left of its own share, and of the
 * half that all have in common. */
static size_t allowance(const struct assent_lwip_upstream *c)
{
    const struct assent_lwip_upstreams *all = c->all;
    size_t half = all->heap_bytes / 2;
    size_t share = half / all->connection_count;
    size_t common = 0;

    if (all->heap_bytes == 0) {
        return SIZE_MAX;
    }
    for (unsigned i = 0; i < all->connection_count; i++) {
        size_t taken = all->connections[i].unacked_bytes;

        common += taken > share ? taken - share : 0;
    }
    return (common < half ? half - common : 0) +
           (c->unacked_bytes < share ? share - c->unacked_bytes : 0);
}

static bool send_piece(struct assent_lwip_upstream *c)
{
    size_t room = altcp_sndbuf(c->pcb);
    size_t limit = allowance(c);
    size_t len = 0;
    const uint8_t *from = assent_relay_send_buf(c->relay, &len);

    room = room < limit ? room : limit;
    len = len < room ? len : room;
    for (; from != NULL && len > 0; len /= 2) {
        err_t error = altcp_write(c->pcb, from, (u16_t)len, TCP_WRITE_FLAG_COPY);

        if (error == ERR_OK) {
            c->unacked_bytes += (uint32_t)len;
            assent_relay_send_ack(c->relay, len);
            return true;
        }
        if (error != ERR_MEM) {
            return false;
        }
    }
    return false; /* tried again when something was acknowledged, and by the timer */
}

void assent_lwip_wire_pump(struct assent_lwip_upstream *c)
{
    if (c->pumping || c->dropped || c->pcb == NULL) {
        return;
    }
    c->pumping = true;
    while (c->connected && c->relay != NULL && c->pcb != NULL && send_piece(c)) {
    }
    c->pumping = false;
    if (c->pcb == NULL || c->dropped) {
        return;
    }
    assent_lwip_wire_open_window(c, false);
    if (c->relay != NULL && c->connected && assent_relay_is_shut(c->relay) && !c->shut) {
        c->shut = altcp_shutdown(c->pcb, 0, 1) == ERR_OK;
    }
    if (c->connected) {
        (void)altcp_output(c->pcb);
    }
}

/* ---- lwIP's callbacks ---- */

static void take(struct assent_lwip_upstream *c, const struct pbuf *p)
{
    struct assent_relay *relay = c->relay;
    size_t room;
    uint8_t *to = assent_relay_recv_buf(relay, &room);

    if (p->tot_len > room) { /* more than the window: cannot be */
        assent_lwip_wire_drop(c);
        c->all->failed_count++;
        assent_relay_lost(relay);
        return;
    }
    c->unopened_bytes += p->tot_len;
    (void)pbuf_copy_partial(p, to, p->tot_len, 0);
    assent_relay_recv_ack(relay, p->tot_len);
}

static err_t on_recv(void *arg, struct altcp_pcb *pcb, struct pbuf *p, err_t error)
{
    struct assent_lwip_upstream *c = arg;
    struct assent_relay *relay = c->relay;

    (void)error;
    (void)pcb;
    c->calling = true;
    if (relay == NULL) { /* kept: an end, or something nobody has asked for */
        c->dropped = true;
    } else if (p == NULL) {
        assent_relay_recv_end(relay);
        if (c->relay == relay && relay->connection != c) {
            assent_lwip_wire_drop(c); /* it has given up, or goes on with another one */
        }
    } else {
        take(c, p);
    }
    if (p != NULL) {
        pbuf_free(p);
    }
    assent_lwip_wire_pump(c);
    return leave(c);
}

static err_t on_sent(void *arg, struct altcp_pcb *pcb, u16_t len)
{
    struct assent_lwip_upstream *c = arg;

    (void)pcb;
    c->unacked_bytes -= len < c->unacked_bytes ? len : c->unacked_bytes;
    c->calling = true;
    assent_lwip_wire_pump(c);
    return leave(c);
}

static err_t on_connected(void *arg, struct altcp_pcb *pcb, err_t error)
{
    struct assent_lwip_upstream *c = arg;

    (void)pcb;
    (void)error;
    c->calling = true;
    c->connected = true;
    altcp_nagle_disable(c->pcb);
    assent_lwip_wire_pump(c);
    return leave(c);
}

static void on_err(void *arg, err_t error)
{
    struct assent_lwip_upstream *c = arg;
    struct assent_relay *relay = c->relay;

    (void)error;
    c->pcb = NULL;
    forget(c);
    if (relay != NULL) {
        c->all->failed_count++;
        assent_relay_lost(relay);
    }
}

/* ---- the beginning ---- */

void assent_lwip_wire_begin(struct assent_lwip_upstream *c)
{
    altcp_arg(c->pcb, c);
    altcp_recv(c->pcb, on_recv);
    altcp_sent(c->pcb, on_sent);
    altcp_err(c->pcb, on_err);
}

int assent_lwip_wire_connect(struct assent_lwip_upstream *c, const ip_addr_t *address)
{
    return altcp_connect(c->pcb, address, c->upstream->port, on_connected) == ERR_OK
               ? ASSENT_OK
               : ASSENT_ERR_NOT_FOUND;
}
