/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_DEVICE_SNTP_H
#define ASSENT_PORT_DEVICE_SNTP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/seam.h"

/* The time from a server, without any transport (SNTP, RFC 4330). What comes is not authenticated: whoever
 * sits between can say any time. So
 *   SNTP-1  an answer counts only if it repeats the random number of the question, and only once
 *   SNTP-2  a server that says it does not know the time is not believed
 *   SNTP-3  the clock never goes back. It stays where it is while a server is up to ASSENT_SNTP_STEP_S behind
 *           it; one that is further behind is not believed
 *   SNTP-4  a clock that was set or synchronised since the start goes forward by at most ASSENT_SNTP_STEP_S
 *           at once; only one that is known by its floor alone, as after a start, goes forward by more
 * A clock that was synchronised (ASSENT_CLOCK_SYNCED) is within ASSENT_SNTP_STEP_S of the server. */
enum {
    ASSENT_SNTP_PORT = 123,
    ASSENT_SNTP_BYTES = 48,      /* a question; an answer has as many or more */
    ASSENT_SNTP_NONCE_BYTES = 8, /* sent in place of our time, which is nobody's business */
    ASSENT_SNTP_STEP_S = 1000    /* as the panic threshold of RFC 5905 s. 8 */
};

/* Where a device keeps the server that it was told to ask, in ASSENT_SPACE_BOARD: IPv4 address (4), network
 * order. Without it, DHCP says which. */
#define ASSENT_SNTP_SERVER_NAME "time-server"

/* Zeros to start. */
struct assent_sntp {
    uint8_t nonce[ASSENT_SNTP_NONCE_BYTES];
    bool waiting; /* for the answer to it */
};

/* Make a question; one that was not answered is forgotten.
 *   nonce  unpredictable */
void assent_sntp_ask(struct assent_sntp *sntp, const uint8_t nonce[ASSENT_SNTP_NONCE_BYTES],
                     uint8_t out[ASSENT_SNTP_BYTES]);

/* Read what came from the server.
 *   message  a datagram; what is behind ASSENT_SNTP_BYTES is not looked at
 *   unix_s   set if ASSENT_OK: when it was sent
 *   return   ASSENT_OK
 *            ASSENT_ERR_SYNTAX  no answer of SNTP
 *            ASSENT_ERR_AUTH    not to the question that waits, if any does
 *            ASSENT_ERR_CLOCK   the server does not know the time, or wants to be left alone */
int assent_sntp_read(struct assent_sntp *sntp, struct assent_span message, uint64_t *unix_s);

/* What to make of it.
 *   now     what the device takes the time to be
 *   told_s  what the server says
 *   out     set if ASSENT_OK: what it is to be, ASSENT_CLOCK_SYNCED
 *   return  ASSENT_OK
 *           ASSENT_ERR_RANGE  further away than SNTP-3 and SNTP-4 allow */
int assent_sntp_judge(struct assent_time now, uint64_t told_s, struct assent_time *out);

#endif
