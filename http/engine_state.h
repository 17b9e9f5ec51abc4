/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_ENGINE_STATE_H
#define ASSENT_HTTP_ENGINE_STATE_H

#include "http/engine.h"

/* Between the files of the engine. */

/* assent_engine.flags */
enum {
    RUNNING = 1,      /* advance() is on the stack: callbacks do not start it again */
    DISPATCHED = 2,   /* finish() is due */
    HELD = 4,         /* assent_engine_hold */
    CONTINUE_DUE = 8, /* the client waits for 100 */
    CONTENT_ENDED = 16,
    PEER_ENDED = 32, /* nothing more will be received */
    RESCUED = 64,    /* an answer that failed has been replaced by a 500 once */
    STALLED = 128    /* the handler has not taken all content that is here */
};

/* Take steps until nothing moves. */
void assent_engine_advance(struct assent_engine *engine);

/* Whether something is to be sent. */
bool assent_engine_is_sending(struct assent_engine *engine);

/* Answer with an error, or, if an answer is under way, give up; no step is taken. */
void assent_engine_fail(struct assent_engine *engine, unsigned status);

#endif
