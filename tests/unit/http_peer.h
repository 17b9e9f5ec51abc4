/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TESTS_UNIT_HTTP_PEER_H
#define ASSENT_TESTS_UNIT_HTTP_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/engine.h"

/* One connection to a small application, without a network: bytes in, bytes out, a log of what the
 * application saw. What it does depends on the path:
 *
 *     /early     answers at once, without reading content
 *     /late      answers nothing until peer->answer is set and assent_engine_run is called
 *     /hold      holds content back until assent_engine_run
 *     /stuck     takes no content until peer->answer is set and assent_engine_run is called
 *     /slow      takes one byte of content at a time
 *     /stream    answers peer->stream_bytes bytes, chunked, as there is room
 *     /fixed     answers 3000 bytes from constant memory
 *     /small     allows 4 bytes of content
 *     /large     allows any content
 *     /split     tries to write a field with a line end in it
 *     /broken    announces more than it writes
 *     /echo      answers chunked with the content as it comes
 *     /change    begins an answer, then refuses with 503 instead
 *     /give-up   sends the head of an answer, then refuses with 503
 *     /upgrade   answers 101 and echoes
 *     /drop      drops the head, then answers with the content's length
 *     other      reads all content, then answers 200 with "METHOD TARGET LENGTH\n"
 *
 * Methods it does not know are answered with 501. */

enum { PEER_RECV = 1024, PEER_SEND = 512, PEER_OUT = 1 << 18, PEER_LOG = 1 << 16 };

struct peer {
    struct assent_engine engine;
    struct assent_engine_settings settings;
    struct assent_handler handler;
    uint32_t now_ms;
    unsigned dispatched; /* requests the application saw */
    unsigned finished;   /* of these, over */
    unsigned completed;  /* of these, complete */
    uint64_t content_bytes;
    uint64_t stream_bytes;
    uint64_t streamed;
    bool answer;       /* /late may answer now, /stuck go on */
    bool stop_reading; /* nothing is taken out of the engine */
    size_t send_max;   /* bytes the transport takes at a time */
    uint8_t recv[PEER_RECV];
    uint8_t send[PEER_SEND];
    size_t head_at[64]; /* where answers to HEAD begin in out */
    unsigned head_count;
    size_t out_len;
    size_t log_len;
    uint8_t out[PEER_OUT];
    char log[PEER_LOG];
};

/* A fresh connection at time 1000. One at a time: the memory is static. */
struct peer *peer_open(void);

/* The same with smaller or larger buffers, up to PEER_RECV and PEER_SEND. */
struct peer *peer_open_sized(size_t recv_bytes, size_t send_bytes);

/* Bytes from the client, in pieces of at most piece bytes; everything the engine has to say is taken
 * in between.
 *   return  bytes that the engine took */
size_t peer_send(struct peer *peer, struct assent_span bytes, size_t piece);

/* Let time pass in steps of 250 ms. */
void peer_wait(struct peer *peer, uint32_t ms);

/* Take what the engine has to send. */
void peer_drain(struct peer *peer);

/* Status codes of all responses so far, such as "100 200 400"; " ..." at the end: not complete, "?": no
 * response. Static memory. */
const char *peer_statuses(const struct peer *peer, bool with_interim);

/* Everything sent so far. */
struct assent_span peer_output(const struct peer *peer);

/* Whether the output has this text somewhere. */
bool peer_has(const struct peer *peer, const char *text);

#endif
