/* SPDX-License-Identifier: MIT */
#include "http/lwip_upstream.h"

#include <string.h>

#include <lwip/pbuf.h>
#include <lwip/tcpbase.h>
#include <lwip/timeouts.h>

#include "http/lwip_server.h"

enum { TICK_MS = 250 };

_Static_assert(ASSENT_RELAY_RECV_BYTES >= TCP_WND, "a window has to fit into a relay");
_Static_assert(ASSENT_RELAY_HEAD_BYTES <= TCP_WND ||
                   ASSENT_RELAY_RECV_BYTES - ASSENT_RELAY_HEAD_BYTES >= TCP_WND / 2,
               "behind the longest head so much window is left that its sender does not wait");

static uint32_t now_of(const struct assent_lwip_upstreams *all)
{
    return all->clock->uptime_ms(all->clock->ctx);
}

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

/* Reset, or, within a callback of this very connection, let that do it. */
static void drop(struct assent_lwip_upstream *c)
{
    c->relay = NULL;
    if (c->calling) {
        c->dropped = true;
    } else if (c->pcb != NULL) {
        altcp_abort(detach(c));
        forget(c);
    }
}

/* Both sides have said all; TCP does the rest alone, and may be given up for a new connection. */
static void close_quietly(struct assent_lwip_upstream *c)
{
    struct altcp_pcb *pcb = detach(c);

    altcp_setprio(pcb, TCP_PRIO_MIN);
    if (altcp_close(pcb) != ERR_OK) {
        altcp_abort(pcb);
    }
    forget(c);
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
    altcp_abort(detach(c));
    forget(c);
    return ERR_ABRT;
}

/* ---- moving bytes ---- */

/* Give room that the relay has to the window, half of it at a time: each piece costs an acknowledgement,
 * and a sender goes on with half a window (RFC 9293 s. 3.8.6.2.1).
 *   all  whatever there is */
static void open_window(struct assent_lwip_upstream *c, bool all)
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

static void pump(struct assent_lwip_upstream *c)
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
    open_window(c, false);
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
    size_t room;
    uint8_t *to = assent_relay_recv_buf(c->relay, &room);

    if (p->tot_len > room) { /* more than the window: cannot be */
        drop(c);
        return;
    }
    c->unopened_bytes += p->tot_len;
    (void)pbuf_copy_partial(p, to, p->tot_len, 0);
    assent_relay_recv_ack(c->relay, p->tot_len);
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
            drop(c); /* it has given up, or goes on with another one */
        }
    } else {
        take(c, p);
    }
    if (p != NULL) {
        pbuf_free(p);
    }
    pump(c);
    return leave(c);
}

static err_t on_sent(void *arg, struct altcp_pcb *pcb, u16_t len)
{
    struct assent_lwip_upstream *c = arg;

    (void)pcb;
    c->unacked_bytes -= len < c->unacked_bytes ? len : c->unacked_bytes;
    c->calling = true;
    pump(c);
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
    pump(c);
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

/* ---- the relay's link ---- */

static struct assent_lwip_upstream *find_kept(struct assent_lwip_upstreams *all,
                                              const struct assent_upstream *upstream)
{
    struct assent_lwip_upstream *newest = NULL;

    for (unsigned i = 0; i < all->connection_count; i++) {
        struct assent_lwip_upstream *c = &all->connections[i];

        if (c->pcb != NULL && c->relay == NULL && !c->dropped &&
            (upstream == NULL || c->upstream == upstream) &&
            (newest == NULL || (int32_t)(c->since_ms - newest->since_ms) > 0)) {
            newest = c;
        }
    }
    return newest;
}

static struct assent_lwip_upstream *find_free(struct assent_lwip_upstreams *all)
{
    struct assent_lwip_upstream *kept;

    for (unsigned i = 0; i < all->connection_count; i++) {
        if (all->connections[i].pcb == NULL && !all->connections[i].calling) {
            return &all->connections[i];
        }
    }
    kept = find_kept(all, NULL);
    if (kept != NULL && !kept->calling) {
        close_quietly(kept);
        return kept;
    }
    return NULL;
}

/* ---- names ---- */

static bool connect_to(struct assent_lwip_upstream *c, const ip_addr_t *address)
{
    c->resolving = false;
    return altcp_connect(c->pcb, address, c->upstream->port, on_connected) == ERR_OK;
}

/* The connections that wait for a name. What is told to a relay may make it open another one, so those
 * that are lost are marked first. */
static void on_name(const char *text, const ip_addr_t *address, void *arg)
{
    struct assent_lwip_name *name = arg;
    struct assent_lwip_upstreams *all = name->all;
    const struct assent_upstream *upstream = &all->gateway->upstreams[name - all->names];

    if (!assent_span_equal(upstream->name, assent_span(text, strlen(text)))) {
        return; /* of a setting before: UPSTREAM-3 */
    }
    name->asking = false;
    name->failed = address == NULL;
    name->failed_ms = now_of(all);
    for (unsigned i = 0; i < all->connection_count; i++) {
        struct assent_lwip_upstream *c = &all->connections[i];

        if (c->resolving && c->upstream == upstream) {
            c->lost = address == NULL || !connect_to(c, address);
            c->resolving = false;
        }
    }
    for (unsigned i = 0; i < all->connection_count; i++) {
        struct assent_lwip_upstream *c = &all->connections[i];

        if (c->lost) {
            struct assent_relay *relay = c->relay;

            c->lost = false;
            drop(c);
            if (relay != NULL) {
                all->failed_count++;
                assent_relay_lost(relay);
            }
        }
    }
}

/* Connect once the address is known. A name that was just not found is not asked for again at once.
 *   return  ASSENT_OK; ASSENT_ERR_NOT_FOUND; ASSENT_ERR_FULL: too many names are asked for */
static int resolve(struct assent_lwip_upstream *c)
{
    struct assent_lwip_upstreams *all = c->all;
    struct assent_lwip_name *name = &all->names[c->upstream - all->gateway->upstreams];
    ip_addr_t address;
    err_t error;

    if (all->resolve == NULL ||
        (name->failed && c->since_ms - name->failed_ms < ASSENT_RELAY_NAME_MS)) {
        return ASSENT_ERR_NOT_FOUND;
    }
    c->resolving = true;
    if (name->asking) {
        return ASSENT_OK;
    }
    name->all = all;
    name->failed = false;
    all->asked_count++;
    error = all->resolve((const char *)c->upstream->name.ptr, &address, on_name, name);
    name->asking = error == ERR_INPROGRESS;
    return name->asking || (error == ERR_OK && connect_to(c, &address)) ? ASSENT_OK
           : error == ERR_MEM                                           ? ASSENT_ERR_FULL
                                                                        : ASSENT_ERR_NOT_FOUND;
}

/* ---- opening ---- */

static int start(struct assent_lwip_upstream *c, const struct assent_upstream *upstream)
{
    altcp_allocator_t *tls = &c->all->tls[upstream - c->all->gateway->upstreams];
    ip_addr_t address;
    struct altcp_pcb *pcb;
    int error;

    if (upstream->broken || (upstream->tls && tls->alloc == NULL)) {
        return ASSENT_ERR_NOT_FOUND; /* UPSTREAM-4 */
    }
    pcb = altcp_new_ip_type(upstream->tls ? tls : NULL, IPADDR_TYPE_V4);
    if (pcb == NULL) {
        return ASSENT_ERR_FULL;
    }
    c->pcb = pcb;
    c->upstream = upstream;
    c->since_ms = now_of(c->all);
    altcp_arg(pcb, c);
    altcp_recv(pcb, on_recv);
    altcp_sent(pcb, on_sent);
    altcp_err(pcb, on_err);
    if (upstream->name.len > 0) {
        error = resolve(c);
    } else {
        IP_ADDR4(&address, upstream->address[0], upstream->address[1], upstream->address[2],
                 upstream->address[3]);
        error = connect_to(c, &address) ? ASSENT_OK : ASSENT_ERR_NOT_FOUND;
    }
    if (error != ASSENT_OK) {
        altcp_abort(detach(c));
        forget(c);
    }
    return error;
}

static int link_open(void *ctx, struct assent_relay *relay, bool fresh)
{
    struct assent_lwip_upstreams *all = ctx;
    struct assent_lwip_upstream *c = fresh ? NULL : find_kept(all, relay->upstream);
    bool kept = c != NULL;
    int error;

    if (!kept) {
        c = find_free(all);
        error = c != NULL ? start(c, relay->upstream) : ASSENT_ERR_FULL;
        if (error != ASSENT_OK) {
            return error;
        }
        all->opened_count++;
    } else {
        all->reused_count++;
        altcp_setprio(c->pcb, TCP_PRIO_NORMAL);
    }
    c->relay = relay;
    relay->connection = c;
    pump(c);
    return kept;
}

static void link_wake(void *ctx, struct assent_relay *relay)
{
    (void)ctx;
    pump(relay->connection);
}

static void link_close(void *ctx, struct assent_relay *relay, bool keep)
{
    struct assent_lwip_upstream *c = relay->connection;

    (void)ctx;
    c->relay = NULL;
    if (relay->state != ASSENT_RELAY_DONE || c->dropped) {
        drop(c);
    } else if (!keep || c->shut) {
        open_window(c, true); /* unread bytes would turn the end into a reset */
        close_quietly(c);
    } else {
        c->since_ms = now_of(c->all);
        open_window(c, true);
        altcp_setprio(c->pcb, TCP_PRIO_MIN);
    }
}

static void link_run(void *ctx, struct assent_engine *engine)
{
    (void)ctx;
    assent_lwip_server_run(engine);
}

/* ---- time ---- */

static void tick_connection(struct assent_lwip_upstream *c, uint32_t now_ms)
{
    uint32_t age_ms = now_ms - c->since_ms;

    if (c->pcb == NULL) {
        return;
    }
    if (c->relay == NULL && age_ms >= ASSENT_RELAY_POOL_MS) {
        close_quietly(c);
    } else if (c->relay != NULL && !c->connected && age_ms >= ASSENT_RELAY_CONNECT_MS) {
        struct assent_relay *relay = c->relay;

        drop(c);
        c->all->failed_count++;
        assent_relay_lost(relay);
    } else {
        pump(c);
    }
}

static void tick(void *arg)
{
    struct assent_lwip_upstreams *all = arg;
    uint32_t now_ms = now_of(all);

    for (unsigned i = 0; i < all->connection_count; i++) {
        tick_connection(&all->connections[i], now_ms);
    }
    assent_gateway_tick(all->gateway, now_ms);
    sys_timeout(TICK_MS, tick, all);
}

void assent_lwip_upstreams_init(struct assent_lwip_upstreams *all, struct assent_gateway *gateway,
                                struct assent_lwip_upstream *connections, uint16_t count,
                                const struct assent_clock *clock)
{
    memset(connections, 0, count * sizeof(*connections));
    *all = (struct assent_lwip_upstreams){
        .gateway = gateway, .clock = clock, .connections = connections, .connection_count = count};
    for (unsigned i = 0; i < count; i++) {
        connections[i].all = all;
    }
    gateway->link = (struct assent_relay_link){
        .ctx = all, .open = link_open, .wake = link_wake, .close = link_close, .run = link_run};
    sys_timeout(TICK_MS, tick, all);
}

void assent_lwip_upstreams_stop(struct assent_lwip_upstreams *all)
{
    sys_untimeout(tick, all);
    for (unsigned i = 0; i < all->connection_count; i++) {
        if (all->connections[i].pcb != NULL) {
            drop(&all->connections[i]);
        }
    }
}

void assent_lwip_upstreams_forget(struct assent_lwip_upstreams *all, uint8_t site)
{
    all->names[site].failed = all->names[site].asking = false;
    for (unsigned i = 0; i < all->connection_count; i++) {
        struct assent_lwip_upstream *c = &all->connections[i];
        struct assent_relay *relay = c->relay;

        if (c->pcb == NULL || c->upstream != &all->gateway->upstreams[site]) {
            continue;
        }
        drop(c);
        if (relay != NULL) {
            assent_relay_lost(relay);
        }
    }
}

unsigned assent_lwip_upstreams_count(const struct assent_lwip_upstreams *all)
{
    unsigned count = 0;

    for (unsigned i = 0; i < all->connection_count; i++) {
        count += all->connections[i].pcb != NULL;
    }
    return count;
}
