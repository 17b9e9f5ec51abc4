/* SPDX-License-Identifier: MIT */
/* Moves bytes between altcp connections and engines, and shares lanes and TCP's memory out among those that
 * wait for them. */
#include "http/lwip_pump.h"

#include <lwip/pbuf.h>
#include <lwip/tcpbase.h>

#include "http/lwip_place.h"

enum {
    SHARE_BYTES = 256, /* of TCP's memory, for each connection whatever the others have */
    PIECE_BYTES = 512
};

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

void assent_lwip_pump_rank(struct assent_lwip_connection *c)
{
    bool idle = c->lane == NULL && !c->waiting && c->unacked_bytes == 0;

    altcp_setprio(c->pcb, idle ? TCP_PRIO_MIN : TCP_PRIO_NORMAL);
}

void assent_lwip_pump_run(struct assent_lwip_connection *c)
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
        assent_lwip_pump_rank(c);
    }
}

void assent_lwip_pump_serve(struct assent_lwip_server *server)
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
        assent_lwip_pump_run(longest);
        if (longest->waiting) {
            return;
        }
    }
}

void assent_lwip_pump_feed(struct assent_lwip_server *server, bool late)
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
        assent_lwip_pump_run(c);
    }
}
