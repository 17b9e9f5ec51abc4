/* SPDX-License-Identifier: MIT */
/* Moves bytes between altcp connections and engines, and watches the time. */
#include "http/lwip_place.h"

#include <string.h>

#include <lwip/pbuf.h>
#include <lwip/tcpbase.h>
#include <lwip/timeouts.h>

#include "core/bytes.h"

enum {
    TICK_MS = 250,
    FIRST_MS = 2000, /* while others wait, for a first request: it may be lost once on the way */
    BACKLOG = 64,
    SHARE_BYTES = 256, /* of TCP's memory, for each connection whatever the others have */
    PIECE_BYTES = 512
};

/* ---- moving bytes ---------------------------------------------------------------------------- */

/* Received bytes to the engine.
 *   return  whether something moved */
static bool move_in(struct assent_lwip_connection *c)
{
    bool moved = false;
    size_t room;
    uint8_t *to;

    while (c->received != NULL && (to = assent_engine_recv_buf(&c->lane->engine, &room)) != NULL) {
        u16_t got =
            pbuf_copy_partial(c->received, to, room < UINT16_MAX ? (u16_t)room : UINT16_MAX, 0);

        c->received = pbuf_free_header(c->received, got);
        assent_engine_recv_ack(&c->lane->engine, got);
        moved = true;
    }
    if (c->received == NULL && c->ended) {
        assent_engine_recv_end(&c->lane->engine);
    }
    return moved;
}

/* Room in TCP's memory, but for the share of each connection. */
static size_t open_bytes(const struct assent_lwip_server *server)
{
    size_t taken = server->copied_bytes + (size_t)server->memory.connection_count * SHARE_BYTES;

    return taken < server->memory.heap_bytes ? server->memory.heap_bytes - taken : 0;
}

/* How much of len a connection may have copied now (SERVER-3). Rather all of it, or a good piece, than
 * little: small segments wait long for their acknowledgements. Who has waited in vain gets its share. */
static size_t allowance(const struct assent_lwip_connection *c, size_t len)
{
    size_t open = open_bytes(c->server);

    if (open >= (len < PIECE_BYTES ? len : PIECE_BYTES)) {
        return open;
    }
    return c->sharing && c->copied_bytes < SHARE_BYTES ? SHARE_BYTES - c->copied_bytes : 0;
}

/* One piece of the answer to TCP.
 *   return  bytes taken */
static size_t write_piece(struct assent_lwip_connection *c, const uint8_t *bytes, size_t len,
                          bool fixed)
{
    bool copy = !fixed || !c->listener->plain; /* TLS makes a copy of everything */
    size_t room = altcp_sndbuf(c->pcb);
    size_t limit = copy ? allowance(c, len) : room;
    err_t error;

    room = room < limit ? room : limit;
    len = len < room ? len : room;
    for (; len > 0; len /= 2) {
        error = altcp_write(c->pcb, bytes, (u16_t)len, copy ? TCP_WRITE_FLAG_COPY : 0);
        if (error == ERR_OK) {
            assent_lwip_place_written(c, (uint32_t)len, copy);
            return len;
        }
        if (error != ERR_MEM) {
            return 0; /* the connection is broken, which its err tells */
        }
    }
    return 0;
}

static bool move_out(struct assent_lwip_connection *c)
{
    bool moved = false;
    bool fixed;
    size_t len;
    const uint8_t *from;

    c->starved = false;
    while ((from = assent_engine_send_buf(&c->lane->engine, &len, &fixed)) != NULL) {
        size_t taken = write_piece(c, from, len, fixed);

        if (taken == 0) {
            if (c->unacked_bytes == 0 || altcp_sndbuf(c->pcb) > 0) {
                c->starved = true; /* what is missing is memory, which others may free first */
                c->server->starved = true;
            }
            return moved;
        }
        assent_engine_send_ack(&c->lane->engine, taken);
        moved = true;
    }
    c->sharing = false;
    return moved;
}

/* What the engine wants of the connection after bytes were moved. */
static void follow(struct assent_lwip_connection *c)
{
    unsigned state = assent_engine_state(&c->lane->engine);

    if ((state & ASSENT_ENGINE_DONE) != 0) {
        assent_lwip_place_drain(c);
    } else if ((state & ASSENT_ENGINE_FIN) != 0) {
        assent_lwip_place_shut(c);
    } else if (c->lane->engine.phase == ASSENT_ENGINE_IDLE && (state & ASSENT_ENGINE_SEND) == 0 &&
               c->received == NULL) {
        assent_lwip_place_release_lane(c);
    }
}

/* Idle connections are the ones that lwIP may give up when it needs a control block. */
static void rank(struct assent_lwip_connection *c)
{
    bool idle = c->lane == NULL && !c->waiting && c->unacked_bytes == 0;

    altcp_setprio(c->pcb, idle ? TCP_PRIO_MIN : TCP_PRIO_NORMAL);
}

/* Move what can be moved. Afterwards the entry may be free, and a lane: see serve_waiting. */
static void pump(struct assent_lwip_connection *c)
{
    if (c->pumping || c->pcb == NULL) {
        return;
    }
    if (c->draining) {
        assent_lwip_place_drop_received(c);
        if (c->unacked_bytes == 0) {
            assent_lwip_place_close(c);
        }
        return;
    }
    if (c->lane == NULL && c->received == NULL) {
        if (c->ended) {
            assent_lwip_place_drain(c);
        }
        return;
    }
    if (c->lane == NULL && !assent_lwip_place_take_lane(c)) {
        return;
    }
    c->pumping = true;
    while (move_in(c) || move_out(c)) {
    }
    c->pumping = false;
    assent_lwip_place_open_window(c);
    follow(c); /* before anything leaves, so that our end travels with the last bytes */
    if (c->pcb != NULL) {
        (void)altcp_output(c->pcb);
        rank(c);
    }
}

/* A lane has become free: who waits longest gets it. */
static void serve_waiting(struct assent_lwip_server *server)
{
    while (server->waiting > 0 && assent_lwip_place_find_lane(server) != NULL) {
        struct assent_lwip_connection *longest = NULL;
        uint32_t now_ms = assent_lwip_place_now_ms(server);

        for (unsigned i = 0; i < server->memory.connection_count; i++) {
            struct assent_lwip_connection *c = &server->memory.connections[i];

            if (c->waiting &&
                (longest == NULL || now_ms - c->since_ms > now_ms - longest->since_ms)) {
                longest = c;
            }
        }
        if (longest == NULL) {
            return;
        }
        pump(longest);
        if (longest->waiting) {
            return;
        }
    }
}

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
    pump(c);
    serve_waiting(c->server);
    if (c->received != NULL) {
        assent_lwip_place_relieve(c->server);
    }
    return ERR_OK;
}

/* Somebody's memory has been freed: those who found none try again, each time another one first.
 *   late  they have waited long enough to get their share at least */
static void feed_starved(struct assent_lwip_server *server, bool late)
{
    unsigned count = server->memory.connection_count;

    server->starved = false;
    server->turn = (uint16_t)(server->turn + 1U < count ? server->turn + 1U : 0);
    for (unsigned i = 0; i < count; i++) {
        unsigned at = server->turn + i;
        struct assent_lwip_connection *c =
            &server->memory.connections[at < count ? at : at - count];

        if (c->pcb == NULL || !c->starved) {
            continue;
        }
        if (!late && open_bytes(server) < SHARE_BYTES) {
            server->starved = true;
            return;
        }
        c->sharing = c->sharing || late;
        pump(c);
    }
}

static err_t on_sent(void *arg, struct altcp_pcb *pcb, u16_t len)
{
    struct assent_lwip_connection *c = arg;
    struct assent_lwip_server *server = c->server;

    (void)pcb;
    assent_lwip_place_acked(c, len);
    if (c->lane != NULL || c->draining) {
        pump(c);
    } else {
        rank(c);
    }
    if (server->starved) {
        feed_starved(server, false);
    }
    serve_waiting(server);
    return ERR_OK;
}

static void on_err(void *arg, err_t error)
{
    struct assent_lwip_connection *c = arg;
    struct assent_lwip_server *server = c->server;

    (void)error;
    assent_lwip_place_forget(c);
    serve_waiting(server);
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
        pump(c);
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
        serve_waiting(server);
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
    feed_starved(server, true);
    free_lanes(server);
    serve_waiting(server);
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
        pump(c);
        serve_waiting(c->server);
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
