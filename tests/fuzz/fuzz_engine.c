/* SPDX-License-Identifier: MIT */
/* Connections: the first byte says how the rest is delivered. Whole and in pieces, with a transport that
 * takes little, with a gate or without, the same requests reach the application and the same answers
 * leave; every exchange ends once; what leaves is always well-formed. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/http_peer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

/* A gate: takes every field out whose name begins with X. */
static int filter_request(void *context, struct assent_engine *engine, uint8_t *head, size_t len)
{
    size_t kept = 0;
    size_t line = 0;

    (void)context;
    require(engine->request.head.ptr == head && engine->request.head.len == len);
    for (size_t i = 0; i < len; i++) {
        if (head[i] == '\n') {
            if (line == 0 || (head[line] | 0x20) != 'x') {
                memmove(head + kept, head + line, i + 1 - line);
                kept += i + 1 - line;
            }
            line = i + 1;
        }
    }
    return (int)kept;
}

static int filter_response(void *context, struct assent_engine *engine, struct assent_span head,
                           struct assent_writer *out)
{
    (void)context;
    (void)engine;
    require(head.len > 4 && memcmp(head.ptr + head.len - 4, "\r\n\r\n", 4) == 0);
    assent_writer_put(out, assent_span_slice(head, 0, head.len - 2));
    assent_writer_text(out, "X-Gate: 1\r\n\r\n");
    return out->error;
}

static struct peer *deliver(struct assent_span input, uint8_t how, size_t piece, size_t send_max)
{
    struct peer *peer = peer_open();

    if ((how & 0x40) != 0) {
        peer->handler.filter_request = filter_request;
        peer->handler.filter_response = filter_response;
    }
    peer->send_max = send_max;
    (void)peer_send(peer, input, piece);
    if ((how & 0x80) != 0) {
        assent_engine_recv_end(&peer->engine);
        peer_drain(peer);
    }
    return peer;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char statuses[8192];
    struct assent_span input;
    struct peer *peer;
    unsigned dispatched;

    if (size < 1 || size > 6000) {
        return 0;
    }
    input = assent_span(data + 1, size - 1);

    peer = deliver(input, data[0], SIZE_MAX, SIZE_MAX);
    strcpy(statuses, peer_statuses(peer, false));
    require(strchr(statuses, '?') == NULL || strstr((char *)peer->out, "101 Switching") != NULL);
    dispatched = peer->dispatched;
    assent_engine_abort(&peer->engine);
    require(peer->finished == peer->dispatched);

    peer =
        deliver(input, data[0], (size_t)(data[0] & 0x1F) + 1, (data[0] & 0x20) != 0 ? 5 : SIZE_MAX);
    require(peer->dispatched == dispatched);
    /* How far a broken or endless answer got depends on the pieces. */
    if (strstr(statuses, "...") == NULL && strchr(statuses, '?') == NULL) {
        require(strcmp(statuses, peer_statuses(peer, false)) == 0);
    }
    peer_wait(peer, 200000);
    require(peer->finished <= peer->dispatched);
    assent_engine_abort(&peer->engine);
    require(peer->finished == peer->dispatched);
    require(peer->completed <= peer->finished);
    return 0;
}
