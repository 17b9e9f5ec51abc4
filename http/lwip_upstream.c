/* SPDX-License-Identifier: MIT */
/* Which connection a relay gets, and how long connections last. */
#include "http/lwip_upstream.h"

#include <string.h>

#include <lwip/tcpbase.h>
#include <lwip/timeouts.h>

#include "http/lwip_server.h"
#include "http/lwip_wire.h"

enum { TICK_MS = 250 };

static uint32_t now_of(const struct assent_lwip_upstreams *all)
{
    return all->clock->uptime_ms(all->clock->ctx);
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
        assent_lwip_wire_close(kept);
        return kept;
    }
    return NULL;
}

/* ---- opening ---- */

/* The connections that wait for a name. What is told to a relay may make it open another one, so those
 * that are lost are marked first. */
static void on_found(void *ctx, const struct assent_upstream *upstream, const ip_addr_t *address)
{
    struct assent_lwip_upstreams *all = ctx;

    for (unsigned i = 0; i < all->connection_count; i++) {
        struct assent_lwip_upstream *c = &all->connections[i];

        if (c->resolving && c->upstream == upstream) {
            c->lost = address == NULL || assent_lwip_wire_connect(c, address) != ASSENT_OK;
            c->resolving = false;
        }
    }
    for (unsigned i = 0; i < all->connection_count; i++) {
        struct assent_lwip_upstream *c = &all->connections[i];

        if (c->lost) {
            struct assent_relay *relay = c->relay;

            c->lost = false;
            assent_lwip_wire_drop(c);
            if (relay != NULL) {
                all->failed_count++;
                assent_relay_lost(relay);
            }
        }
    }
}

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
    assent_lwip_wire_begin(c);
    error = assent_lwip_name_find(&c->all->names, upstream, &address);
    c->resolving = error == ASSENT_ERR_MORE;
    error = c->resolving         ? ASSENT_OK
            : error == ASSENT_OK ? assent_lwip_wire_connect(c, &address)
                                 : error;
    if (error != ASSENT_OK) {
        assent_lwip_wire_undo(c);
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
    assent_lwip_wire_pump(c);
    return kept;
}

static void link_wake(void *ctx, struct assent_relay *relay)
{
    (void)ctx;
    assent_lwip_wire_pump(relay->connection);
}

static void link_close(void *ctx, struct assent_relay *relay, bool keep)
{
    struct assent_lwip_upstream *c = relay->connection;

    (void)ctx;
    c->relay = NULL;
    if (relay->state != ASSENT_RELAY_DONE || c->dropped) {
        assent_lwip_wire_drop(c);
    } else if (!keep || c->shut) {
        assent_lwip_wire_open_window(c, true); /* unread bytes would turn the end into a reset */
        assent_lwip_wire_close(c);
    } else {
        c->since_ms = now_of(c->all);
        assent_lwip_wire_open_window(c, true);
        altcp_setprio(c->pcb, TCP_PRIO_MIN);
    }
}

static void link_run(void *ctx, struct assent_engine *engine)
{
    (void)ctx;
    assent_lwip_server_run(engine);
}

/* UPSTREAM-3. Their exchanges end with 502, or where they are. */
static void link_forget(void *ctx, uint8_t site)
{
    struct assent_lwip_upstreams *all = ctx;

    assent_lwip_name_forget(&all->names, site);
    for (unsigned i = 0; i < all->connection_count; i++) {
        struct assent_lwip_upstream *c = &all->connections[i];
        struct assent_relay *relay = c->relay;

        if (c->pcb == NULL || c->upstream != &all->gateway->upstreams[site]) {
            continue;
        }
        assent_lwip_wire_drop(c);
        if (relay != NULL) {
            assent_relay_lost(relay);
        }
    }
}

/* ---- time ---- */

static void tick_connection(struct assent_lwip_upstream *c, uint32_t now_ms)
{
    uint32_t age_ms = now_ms - c->since_ms;

    if (c->pcb == NULL) {
        return;
    }
    if (c->relay == NULL && age_ms >= ASSENT_RELAY_POOL_MS) {
        assent_lwip_wire_close(c);
    } else if (c->relay != NULL && !c->connected && age_ms >= ASSENT_RELAY_CONNECT_MS) {
        struct assent_relay *relay = c->relay;

        assent_lwip_wire_drop(c);
        c->all->failed_count++;
        assent_relay_lost(relay);
    } else {
        assent_lwip_wire_pump(c);
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
        .gateway = gateway,
        .names = {.gateway = gateway, .clock = clock, .found = on_found, .ctx = all},
        .clock = clock,
        .connections = connections,
        .connection_count = count};
    for (unsigned i = 0; i < count; i++) {
        connections[i].all = all;
    }
    gateway->link = (struct assent_relay_link){.ctx = all,
                                               .open = link_open,
                                               .wake = link_wake,
                                               .close = link_close,
                                               .run = link_run,
                                               .forget = link_forget};
    sys_timeout(TICK_MS, tick, all);
}

void assent_lwip_upstreams_stop(struct assent_lwip_upstreams *all)
{
    sys_untimeout(tick, all);
    for (unsigned i = 0; i < all->connection_count; i++) {
        if (all->connections[i].pcb != NULL) {
            assent_lwip_wire_drop(&all->connections[i]);
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
