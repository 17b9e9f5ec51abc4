/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_HOST_KIT_PROGRAM_H
#define ASSENT_PORT_HOST_KIT_PROGRAM_H

#include "port/host/kit_host.h"

/* The frame of a program that serves one site by a server with threads of its own:
 *
 *     program PORT FLASH TEXTS POLICY
 *
 *     if (!kit_program_open(&host, argc, argv)) return 1;
 *     … start the server at argv[1] …
 *     kit_program_wait();
 *     … stop the server …
 *     kit_host_close(&host); */

/* Open the flash and the site. SIGTERM and SIGINT are blocked, for threads started later too.
 *   host    as for kit_host_open
 *   return  false: a complaint was printed */
bool kit_program_open(struct kit_host *host, int argc, char **argv);

/* Say "ready" and wait for SIGTERM or SIGINT. */
void kit_program_wait(void);

#endif
