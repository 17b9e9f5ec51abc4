/* SPDX-License-Identifier: MIT */
/* Connections: the first byte says how the rest is delivered. Whole and in pieces, with a transport that
 * takes little, the same requests reach the application and the same answers leave; every exchange ends
 * once; what leaves is always well-formed. */
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

static struct peer *deliver(struct assent_span input, size_t piece, size_t send_max, bool end)
{
    struct peer *peer = peer_open();

    peer->send_max = send_max;
    (void)peer_send(peer, input, piece);
    if (end) {
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
    bool end;

    if (size < 1 || size > 6000) {
        return 0;
    }
    input = assent_span(data + 1, size - 1);
    end = (data[0] & 0x80) != 0;

    peer = deliver(input, SIZE_MAX, SIZE_MAX, end);
    strcpy(statuses, peer_statuses(peer, false));
    require(strchr(statuses, '?') == NULL || strstr((char *)peer->out, "101 Switching") != NULL);
    dispatched = peer->dispatched;
    assent_engine_abort(&peer->engine);
    require(peer->finished == peer->dispatched);

    peer = deliver(input, (size_t)(data[0] & 0x1F) + 1, (data[0] & 0x20) != 0 ? 5 : SIZE_MAX, end);
    require(peer->dispatched == dispatched);
    /* How far a broken or endless answer got depends on the pieces. */
    if (strstr(statuses, "...") == NULL && strchr(statuses, '?') == NULL) {
        require(strcmp(statuses, peer_statuses(peer, false)) == 0);
    }
    peer_wait(peer, 200000);
    require((data[0] & 0x40) != 0 || peer->finished <= peer->dispatched);
    assent_engine_abort(&peer->engine);
    require(peer->finished == peer->dispatched);
    require(peer->completed <= peer->finished);
    return 0;
}
