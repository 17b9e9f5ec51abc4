/* SPDX-License-Identifier: MIT */
#include "port/host/kit_program.h"

#include <signal.h>
#include <stdio.h>

static void ends(sigset_t *signals)
{
    sigemptyset(signals);
    sigaddset(signals, SIGTERM);
    sigaddset(signals, SIGINT);
}

bool kit_program_open(struct kit_host *host, int argc, char **argv)
{
    sigset_t signals;

    if (argc != 5) {
        fprintf(stderr, "usage: %s PORT FLASH TEXTS POLICY\n", argc > 0 ? argv[0] : "program");
        return false;
    }
    ends(&signals);
    (void)sigprocmask(SIG_BLOCK, &signals, NULL);
    return kit_host_open(host, argv[2], argv[3], argv[4]);
}

void kit_program_wait(void)
{
    sigset_t signals;
    int number;

    printf("ready\n");
    fflush(stdout);
    ends(&signals);
    (void)sigwait(&signals, &number);
}
