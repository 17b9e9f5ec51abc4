/* SPDX-License-Identifier: MIT */
/* Ports, what lwIP tells of their connections, and the time that these may take. */
#include "http/lwip_server.h"

#include <string.h>

#include <lwip/pbuf.h>
#include <lwip/tcpbase.h>
#include <lwip/timeouts.h>

#include "core/bytes.h"
#include "http/lwip_place.h"
#include "http/lwip_pump.h"

enum {
    TICK_MS = 250,
    FIRST_MS = 2000, /* while others wait, for a first request: it may be lost once on the way */
    BACKLOG = 64
};

/* ---- lwIP's callbacks ------------------------------------------------------------------------ */

static err_t on_recv(void *arg, struct altcp_pcb *pcb, struct pbuf *p, err_t error)
{
    struct assent_lwip_connection *c = arg;

    (void)pcb;
    (void)error;
    c->unopened_bytes += p != NULL ? p->tot_len : 0;
    if (p == NULL) {
        c->ended = true;
    } else if (c->received == NULL) {
        c->received = p;
    } else {
        pbuf_cat(c->received, p);
    }
    assent_lwip_pump_run(c);
    assent_lwip_pump_serve(c->server);
    if (c->received != NULL) {
        assent_lwip_place_relieve(c->server);
    }
    return ERR_OK;
}

static err_t on_sent(void *arg, struct altcp_pcb *pcb, u16_t len)
{
    struct assent_lwip_connection *c = arg;
    struct assent_lwip_server *server = c->server;

    (void)pcb;
    assent_lwip_place_acked(c, len);
    if (c->lane != NULL || c->draining) {
        assent_lwip_pump_run(c);
    } else {
        assent_lwip_pump_rank(c);
    }
    if (server->starved) {
        assent_lwip_pump_feed(server, false);
    }
    assent_lwip_pump_serve(server);
    return ERR_OK;
}

static void on_err(void *arg, err_t error)
{
    struct assent_lwip_connection *c = arg;
    struct assent_lwip_server *server = c->server;

    (void)error;
    assent_lwip_place_forget(c);
    assent_lwip_pump_serve(server);
}

/* No place for a new connection: say so, as far as that is possible without one. */
static err_t refuse(const struct assent_lwip_listener *listener, struct altcp_pcb *pcb)
{
    struct assent_span text = assent_response_overload();

    listener->server->refused_count++;
    if (!listener->plain || altcp_write(pcb, text.ptr, (u16_t)text.len, 0) != ERR_OK) {
        return ERR_MEM; /* lwIP resets it */
    }
    altcp_setprio(pcb, TCP_PRIO_MIN);
    (void)altcp_close(pcb);
    return ERR_OK;
}

static err_t on_accept(void *arg, struct altcp_pcb *pcb, err_t error)
{
    struct assent_lwip_listener *listener = arg;
    struct assent_lwip_server *server = listener->server;
    struct assent_lwip_connection *c = assent_lwip_place_find_free(server);

    if (error != ERR_OK || pcb == NULL) {
        return ERR_VAL;
    }
    if (c == NULL) {
        struct assent_lwip_connection *idlest = assent_lwip_place_find_idlest(server, false);

        if (idlest != NULL) {
            assent_lwip_place_evict(idlest);
        }
        c = assent_lwip_place_find_free(server);
    }
    if (c == NULL) {
        return refuse(listener, pcb);
    }
    server->accepted_count++;
    c->listener = listener;
    c->pcb = pcb;
    c->stage = listener->plain ? ASSENT_LWIP_READY : ASSENT_LWIP_NEW;
    c->since_ms = assent_lwip_place_now_ms(server);
    altcp_arg(pcb, c);
    altcp_recv(pcb, on_recv);
    altcp_sent(pcb, on_sent);
    altcp_err(pcb, on_err);
    altcp_nagle_disable(pcb);
    return ERR_OK;
}

/* ---- time ------------------------------------------------------------------------------------ */

/* Enforce deadlines on one connection. */
static void tick_connection(struct assent_lwip_connection *c)
{
    if (c->draining) {
        if (c->unacked_bytes == 0) {
            assent_lwip_place_close(c);
        } else if (assent_lwip_place_age_ms(c) > ASSENT_ENGINE_PERIOD_MS) {
            c->server->timeout_count++;
            assent_lwip_place_reset(c);
        }
    } else if (c->lane != NULL) {
        assent_engine_tick(&c->lane->engine, assent_lwip_place_now_ms(c->server));
        if ((assent_engine_state(&c->lane->engine) & ASSENT_ENGINE_DONE) != 0) {
            c->server->timeout_count++;
        }
        assent_lwip_pump_run(c);
    } else if (c->waiting && assent_lwip_place_age_ms(c) > ASSENT_ENGINE_HEAD_MS) {
        assent_lwip_place_turn_away(c);
    } else if (!c->waiting && assent_lwip_place_ready(c) &&
               assent_lwip_place_age_ms(c) >= ASSENT_ENGINE_IDLE_MS) {
        c->server->timeout_count++;
        assent_lwip_place_drain(c);
    }
}

/* Take lanes from requests that arrive too slowly, as many as are waited for. */
static void free_lanes(struct assent_lwip_server *server)
{
    struct assent_lwip_connection *idlest;

    while (server->waiting > 0 && assent_lwip_place_find_lane(server) == NULL) {
        idlest = assent_lwip_place_find_idlest(server, true);
        if (idlest == NULL) {
            return;
        }
        assent_lwip_place_evict(idlest);
        assent_lwip_pump_serve(server);
    }
}

static void tick(void *arg)
{
    struct assent_lwip_server *server = arg;

    for (unsigned i = 0; i < server->memory.connection_count; i++) {
        struct assent_lwip_connection *c = &server->memory.connections[i];

        if (c->pcb != NULL) {
            tick_connection(c);
        }
    }
    assent_lwip_pump_feed(server, true);
    free_lanes(server);
    assent_lwip_pump_serve(server);
    sys_timeout(TICK_MS, tick, server);
}

/* ---- the board's side ------------------------------------------------------------------------ */

void assent_lwip_server_init(struct assent_lwip_server *server,
                             const struct assent_lwip_memory *memory,
                             const struct assent_clock *clock)
{
    size_t stride = memory->recv_bytes + memory->send_bytes;

    memset(server, 0, sizeof(*server));
    server->memory = *memory;
    server->clock = clock;
    memset(memory->connections, 0, memory->connection_count * sizeof(*memory->connections));
    memset(memory->lanes, 0, memory->lane_count * sizeof(*memory->lanes));
    for (unsigned i = 0; i < memory->connection_count; i++) {
        memory->connections[i].server = server;
    }
    for (unsigned i = 0; i < memory->lane_count; i++) {
        memory->lanes[i].recv = memory->buffers + i * stride;
        memory->lanes[i].send = memory->lanes[i].recv + memory->recv_bytes;
    }
    sys_timeout(TICK_MS, tick, server);
}

int assent_lwip_server_listen(struct assent_lwip_server *server,
                              struct assent_lwip_listener *listener,
                              const struct assent_engine_settings *settings,
                              altcp_allocator_t *allocator, uint16_t port)
{
    struct altcp_pcb *pcb = altcp_new_ip_type(allocator, IPADDR_TYPE_V4);
    struct altcp_pcb *listening;

    if (pcb == NULL) {
        return ASSENT_ERR_FULL;
    }
    if (altcp_bind(pcb, IP4_ADDR_ANY, port) != ERR_OK) {
        (void)altcp_close(pcb);
        return ASSENT_ERR_IO;
    }
    listening = altcp_listen_with_backlog(pcb, BACKLOG);
    if (listening == NULL) {
        (void)altcp_close(pcb);
        return ASSENT_ERR_FULL;
    }
    listener->server = server;
    listener->settings = *settings;
    listener->pcb = listening;
    listener->port = port;
    listener->plain = allocator == NULL;
    altcp_arg(listening, listener);
    altcp_accept(listening, on_accept);
    return ASSENT_OK;
}

static const struct assent_lwip_lane *lane_of(const struct assent_engine *engine)
{
    _Static_assert(offsetof(struct assent_lwip_lane, engine) == 0, "an engine is its lane");
    return (const struct assent_lwip_lane *)(const void *)engine;
}

void assent_lwip_server_run(struct assent_engine *engine)
{
    struct assent_lwip_connection *c = lane_of(engine)->connection;

    if (c != NULL) {
        assent_lwip_pump_run(c);
        assent_lwip_pump_serve(c->server);
    }
}

void assent_lwip_server_peer(void *ctx, const struct assent_engine *engine,
                             uint8_t out[ASSENT_LIMIT_SOURCE_BYTES])
{
    const struct assent_lwip_connection *c = lane_of(engine)->connection;
    const ip_addr_t *address = c != NULL && c->pcb != NULL ? altcp_get_ip(c->pcb, 0) : NULL;

    (void)ctx;
    assent_bytes_store32(out, address != NULL ? ip_addr_get_ip4_u32(address) : 0);
}

unsigned assent_lwip_server_count(const struct assent_lwip_server *server, unsigned *busy)
{
    unsigned count = 0;

    *busy = 0;
    for (unsigned i = 0; i < server->memory.connection_count; i++) {
        count += server->memory.connections[i].pcb != NULL;
        *busy += server->memory.connections[i].lane != NULL;
    }
    return count;
}

/* For how long a connection has been between requests; 0: it is not, or not for long enough. */
static uint32_t spare_ms(struct assent_lwip_connection *c)
{
    uint32_t age_ms;

    if (c->lane != NULL || c->waiting || c->draining || c->received != NULL ||
        c->unacked_bytes > 0 || !assent_lwip_place_ready(c)) {
        return 0;
    }
    age_ms = assent_lwip_place_age_ms(c);
    return age_ms >= (c->stage == ASSENT_LWIP_ASKED ? TICK_MS : FIRST_MS) ? age_ms : 0;
}

bool assent_lwip_server_give_up(struct assent_lwip_listener *listener)
{
    struct assent_lwip_memory *memory = &listener->server->memory;
    struct assent_lwip_connection *idlest = NULL;
    uint32_t most_ms = 0;

    for (unsigned i = 0; i < memory->connection_count; i++) {
        struct assent_lwip_connection *c = &memory->connections[i];
        uint32_t ms = c->pcb != NULL && c->listener == listener ? spare_ms(c) : 0;

        if (ms > most_ms) {
            most_ms = ms;
            idlest = c;
        }
    }
    if (idlest != NULL) {
        assent_lwip_place_evict(idlest);
    }
    return idlest != NULL;
}

void assent_lwip_server_stop(struct assent_lwip_server *server)
{
    sys_untimeout(tick, server);
    for (unsigned i = 0; i < server->memory.connection_count; i++) {
        if (server->memory.connections[i].pcb != NULL) {
            assent_lwip_place_reset(&server->memory.connections[i]);
        }
    }
}
