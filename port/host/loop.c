/* SPDX-License-Identifier: MIT */
/* poll() with signals let through only while it waits. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* ppoll */
#endif
#include "port/host/loop.h"

#include <errno.h>
#include <stddef.h>
#include <time.h>

static volatile sig_atomic_t seen[LOOP_SIGNALS];

static void note(int number)
{
    seen[number] = 1;
}

bool loop_init(struct loop *loop, const int *signals, unsigned count)
{
    struct sigaction action = {.sa_handler = note};
    sigset_t ours;

    loop->count = 0;
    loop->refused = 0;
    sigemptyset(&ours);
    for (unsigned i = 0; i < count; i++) {
        if (signals[i] < 1 || signals[i] >= LOOP_SIGNALS) {
            errno = EINVAL;
            return false;
        }
        if (sigaction(signals[i], &action, NULL) != 0) {
            return false;
        }
        sigaddset(&ours, signals[i]);
    }
    if (sigprocmask(SIG_BLOCK, &ours, &loop->during) != 0) {
        return false;
    }
    for (unsigned i = 0; i < count; i++) {
        sigdelset(&loop->during, signals[i]);
    }
    return true;
}

void loop_begin(struct loop *loop)
{
    loop->count = 0;
}

int loop_add(struct loop *loop, int fd, short events)
{
    struct pollfd *slot = &loop->fds[loop->count];

    if (loop->count == LOOP_FDS) {
        loop->refused++;
        return -1;
    }
    slot->fd = fd;
    slot->events = events;
    slot->revents = 0;
    return (int)loop->count++;
}

bool loop_wait(struct loop *loop, uint32_t ms)
{
    struct timespec time = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000L};
    int result = ppoll(loop->fds, loop->count, ms == UINT32_MAX ? NULL : &time, &loop->during);

    if (result >= 0) {
        return true;
    }
    for (unsigned i = 0; i < loop->count; i++) {
        loop->fds[i].revents = 0;
    }
    return errno == EINTR;
}

short loop_events(const struct loop *loop, int index)
{
    return index < 0 ? 0 : loop->fds[index].revents;
}

bool loop_signal(int number)
{
    bool was = number > 0 && number < LOOP_SIGNALS && seen[number] != 0;

    if (was) {
        seen[number] = 0;
    }
    return was;
}
