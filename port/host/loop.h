/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_HOST_LOOP_H
#define ASSENT_PORT_HOST_LOOP_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include <poll.h>

/* The one wait of a single-threaded program: file descriptors, a time and signals.
 *
 *     loop_begin(&loop)
 *     a = loop_add(&loop, fd, POLLIN)                 each round anew, so that sets may change freely
 *     loop_wait(&loop, ms)
 *     if (loop_events(&loop, a) & POLLIN) …
 *
 * Signals named in loop_init are delivered only during the wait, so that none gets lost between a
 * look at `signals` and the wait. */
enum { LOOP_FDS = 512, LOOP_SIGNALS = 64 };

struct loop {
    struct pollfd fds[LOOP_FDS];
    unsigned count;
    unsigned refused; /* descriptors that found no room, ever */
    sigset_t during;  /* signal mask of the wait */
};

/* Set up, and take over signals.
 *   signals  numbers below LOOP_SIGNALS, count of them
 *   return   false: the system refused, errno tells why */
bool loop_init(struct loop *loop, const int *signals, unsigned count);

/* Forget all descriptors of the last round. */
void loop_begin(struct loop *loop);

/* Wait for events on fd as well.
 *   events  POLLIN, POLLOUT, POLLPRI, a set
 *   return  index for loop_events; -1: no room, the descriptor is not waited for this round */
int loop_add(struct loop *loop, int fd, short events);

/* Wait until something happens or ms have passed; UINT32_MAX: without limit.
 *   return  false: the system refused to wait, errno tells why. An interruption by a signal is true,
 *           with no events */
bool loop_wait(struct loop *loop, uint32_t ms);

/* What happened to a descriptor: a set as of poll(2). 0 for index -1. */
short loop_events(const struct loop *loop, int index);

/* Whether a signal has come since this was last asked. One loop in a program. */
bool loop_signal(int number);

#endif
