/* SPDX-License-Identifier: MIT */
/* Entries of the connection table and lanes: who has one, who gives it up. */
#include "http/lwip_place.h"

#include <string.h>

#include <lwip/pbuf.h>
#include <lwip/tcpbase.h>

/* A request that arrives more slowly may lose its lane to another; the more of them wait for each lane,
 * the sooner. A TLS handshake takes a second on a microcontroller, and others may be waiting before it. */
enum { PATIENCE_MS = 1000, PATIENCE_MIN_MS = 100, HANDSHAKE_MS = 4000 };

uint32_t assent_lwip_place_now_ms(const struct assent_lwip_server *server)
{
    return server->clock->uptime_ms(server->clock->ctx);
}

uint32_t assent_lwip_place_age_ms(const struct assent_lwip_connection *c)
{
    return assent_lwip_place_now_ms(c->server) - c->since_ms;
}

/* ---- entries and lanes ----------------------------------------------------------------------- */

void assent_lwip_place_open_window(struct assent_lwip_connection *c)
{
    size_t held = c->received != NULL ? c->received->tot_len : 0;

    if (c->lane != NULL) {
        held += assent_engine_unused(&c->lane->engine);
    }
    if (c->unopened_bytes > held && c->pcb != NULL) {
        altcp_recved(c->pcb, (u16_t)(c->unopened_bytes - held));
        c->unopened_bytes = (uint32_t)held;
    }
}

void assent_lwip_place_drop_received(struct assent_lwip_connection *c)
{
    if (c->received != NULL) {
        pbuf_free(c->received);
        c->received = NULL;
    }
    assent_lwip_place_open_window(c);
}

void assent_lwip_place_written(struct assent_lwip_connection *c, uint32_t len, bool copied)
{
    c->unacked_bytes += len;
    if (copied) {
        c->copied_bytes += len;
        c->server->copied_bytes += len;
    }
}

/* Which of the bytes were acknowledged is not known; copies count until nothing else can be left. */
void assent_lwip_place_acked(struct assent_lwip_connection *c, uint32_t len)
{
    c->unacked_bytes -= len < c->unacked_bytes ? len : c->unacked_bytes;
    if (c->copied_bytes > c->unacked_bytes) {
        c->server->copied_bytes -= c->copied_bytes - c->unacked_bytes;
        c->copied_bytes = c->unacked_bytes;
    }
}

void assent_lwip_place_release_lane(struct assent_lwip_connection *c)
{
    if (c->lane != NULL) {
        c->lane->connection = NULL;
        c->lane = NULL;
        c->since_ms = assent_lwip_place_now_ms(c->server);
    }
}

static void set_waiting(struct assent_lwip_connection *c, bool waiting)
{
    if (c->waiting != waiting) {
        c->waiting = waiting;
        c->server->waiting = (uint16_t)(c->server->waiting + (waiting ? 1 : -1));
    }
}

/* The entry is free again. Its control block is somebody else's or gone. */
void assent_lwip_place_forget(struct assent_lwip_connection *c)
{
    struct assent_lwip_server *server = c->server;

    c->pcb = NULL;
    if (c->lane != NULL) {
        assent_engine_abort(&c->lane->engine);
    }
    assent_lwip_place_drop_received(c);
    assent_lwip_place_release_lane(c);
    assent_lwip_place_acked(c, c->unacked_bytes);
    set_waiting(c, false);
    memset(c, 0, sizeof(*c));
    c->server = server;
}

/* Take the control block away from the entry: nothing is called back any more. */
static struct altcp_pcb *detach(struct assent_lwip_connection *c)
{
    struct altcp_pcb *pcb = c->pcb;

    altcp_arg(pcb, NULL);
    altcp_recv(pcb, NULL);
    altcp_sent(pcb, NULL);
    altcp_err(pcb, NULL);
    return pcb;
}

/* Reset. Not within a callback of the connection itself. */
void assent_lwip_place_reset(struct assent_lwip_connection *c)
{
    altcp_abort(detach(c));
    assent_lwip_place_forget(c);
}

/* Close; all has been acknowledged. Should TCP still wait for the peer's end, it may be given up for
 * a new connection at any time. */
void assent_lwip_place_close(struct assent_lwip_connection *c)
{
    struct altcp_pcb *pcb;

    assent_lwip_place_drop_received(c); /* unread bytes would turn the end into a reset */
    altcp_setprio(c->pcb, TCP_PRIO_MIN);
    pcb = detach(c);
    if (altcp_close(pcb) != ERR_OK) {
        altcp_abort(
            pcb); /* TCP never refuses; were it short of memory it would send the end later */
    }
    assent_lwip_place_forget(c);
}

void assent_lwip_place_shut(struct assent_lwip_connection *c)
{
    if (!c->shut && altcp_shutdown(c->pcb, 0, 1) == ERR_OK) {
        c->shut = true;
    }
}

/* The connection has ended for HTTP. Wait until what was sent is acknowledged. */
void assent_lwip_place_drain(struct assent_lwip_connection *c)
{
    if (c->lane != NULL) {
        assent_engine_abort(&c->lane->engine);
    }
    assent_lwip_place_release_lane(c);
    assent_lwip_place_drop_received(c);
    set_waiting(c, false);
    c->draining = true;
    c->since_ms = assent_lwip_place_now_ms(c->server);
    assent_lwip_place_shut(c);
    if (c->unacked_bytes == 0) {
        assent_lwip_place_close(c);
    }
}

/* Nothing can be written during a TLS handshake, which has a deadline of its own: only after it, a
 * connection begins to be idle. */
bool assent_lwip_place_ready(struct assent_lwip_connection *c)
{
    if (c->stage == ASSENT_LWIP_NEW && altcp_sndbuf(c->pcb) > 0) {
        c->stage = ASSENT_LWIP_READY;
        c->since_ms = assent_lwip_place_now_ms(c->server);
    }
    return c->stage != ASSENT_LWIP_NEW;
}

static uint32_t patience_ms(const struct assent_lwip_server *server)
{
    uint32_t ms = PATIENCE_MS / (1U + server->waiting / server->memory.lane_count);

    return ms > PATIENCE_MIN_MS ? ms : PATIENCE_MIN_MS;
}

/* How dispensable: the greatest goes first, 0 never. */
static uint32_t idleness(struct assent_lwip_connection *c, uint32_t patience)
{
    uint32_t ms;

    if (c->pcb == NULL || c->pumping) {
        return 0;
    }
    if (c->lane != NULL) {
        ms = assent_engine_idle_ms(&c->lane->engine);
        return ms > patience ? ms : 0;
    }
    if (c->unacked_bytes > 0 || c->waiting) {
        ms = assent_lwip_place_age_ms(c) + 1;
        return ms > PATIENCE_MS ? ms : 0;
    }
    if (!assent_lwip_place_ready(c) && assent_lwip_place_age_ms(c) < HANDSHAKE_MS) {
        return 0;
    }
    return assent_lwip_place_age_ms(c) + 1;
}

struct assent_lwip_connection *assent_lwip_place_find_idlest(struct assent_lwip_server *server,
                                                             bool with_lane)
{
    struct assent_lwip_connection *idlest = NULL;
    uint32_t patience = patience_ms(server);
    uint32_t most = 0;

    for (unsigned i = 0; i < server->memory.connection_count; i++) {
        struct assent_lwip_connection *c = &server->memory.connections[i];
        uint32_t ms = with_lane && c->lane == NULL ? 0 : idleness(c, patience);

        if (ms > most) {
            most = ms;
            idlest = c;
        }
    }
    return idlest;
}

void assent_lwip_place_evict(struct assent_lwip_connection *c)
{
    c->server->evicted_count++;
    if (c->unacked_bytes > 0) {
        assent_lwip_place_reset(c);
        return;
    }
    if (c->lane != NULL) {
        assent_engine_abort(&c->lane->engine);
    }
    assent_lwip_place_release_lane(c);
    assent_lwip_place_close(c);
}

struct assent_lwip_connection *assent_lwip_place_find_free(struct assent_lwip_server *server)
{
    for (unsigned i = 0; i < server->memory.connection_count; i++) {
        if (server->memory.connections[i].pcb == NULL) {
            return &server->memory.connections[i];
        }
    }
    return NULL;
}

struct assent_lwip_lane *assent_lwip_place_find_lane(struct assent_lwip_server *server)
{
    for (unsigned i = 0; i < server->memory.lane_count; i++) {
        if (server->memory.lanes[i].connection == NULL) {
            return &server->memory.lanes[i];
        }
    }
    return NULL;
}

/* Give a connection a lane; if need be, that of a request that arrives too slowly.
 *   return  false: it has to wait */
bool assent_lwip_place_take_lane(struct assent_lwip_connection *c)
{
    struct assent_lwip_server *server = c->server;
    struct assent_lwip_lane *lane = assent_lwip_place_find_lane(server);

    if (lane == NULL) {
        struct assent_lwip_connection *idlest = assent_lwip_place_find_idlest(server, true);

        if (idlest == NULL) {
            c->since_ms = c->waiting ? c->since_ms : assent_lwip_place_now_ms(server);
            set_waiting(c, true);
            return false;
        }
        lane = idlest->lane;
        assent_lwip_place_evict(idlest);
    }
    set_waiting(c, false);
    c->stage = ASSENT_LWIP_ASKED;
    c->lane = lane;
    lane->connection = c;
    assent_engine_init(&lane->engine, &c->listener->settings, lane->recv, server->memory.recv_bytes,
                       lane->send, server->memory.send_bytes, assent_lwip_place_now_ms(server));
    lane->engine.response.date = &server->date;
    return true;
}

/* ---- shortage ------------------------------------------------------------------------------- */

void assent_lwip_place_turn_away(struct assent_lwip_connection *c)
{
    struct assent_span text = assent_response_overload();

    c->server->refused_count++;
    if (altcp_write(c->pcb, text.ptr, (u16_t)text.len, 0) == ERR_OK) {
        assent_lwip_place_written(c, (uint32_t)text.len, false);
    }
    assent_lwip_place_drain(c);
}

/* Receive buffers that connections hold.
 *   most  set to the one that holds the most, waiting ones before others; NULL: none */
static unsigned count_held(struct assent_lwip_server *server, struct assent_lwip_connection **most)
{
    unsigned sum = 0;
    unsigned greatest = 0;

    *most = NULL;
    for (unsigned i = 0; i < server->memory.connection_count; i++) {
        struct assent_lwip_connection *c = &server->memory.connections[i];
        unsigned held = c->received != NULL ? pbuf_clen(c->received) : 0;
        unsigned weight = held * 2 + (c->waiting ? UINT16_MAX : 0);

        sum += held;
        if (held > 0 && !c->pumping && weight > greatest) {
            greatest = weight;
            *most = c;
        }
    }
    return sum;
}

void assent_lwip_place_relieve(struct assent_lwip_server *server)
{
    struct assent_lwip_connection *most;

    while (count_held(server, &most) > server->memory.recv_pbufs && most != NULL) {
        if (most->waiting) {
            assent_lwip_place_turn_away(most);
        } else {
            server->refused_count++;
            assent_lwip_place_drain(most);
        }
    }
}
