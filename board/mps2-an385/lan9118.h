/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_BOARD_MPS2_AN385_LAN9118_H
#define ASSENT_BOARD_MPS2_AN385_LAN9118_H

#include "port/cortex_m/net.h"

/* The Ethernet controller: a MAC with its own memory for what waits, which the core moves frames to and
 * from word by word, and a PHY in it. */
enum { LAN9118_ADDRESS_BYTES = 6, LAN9118_FRAME_BYTES = 1514 /* longest, without its CRC */ };

extern const struct net_driver lan9118_driver;

/* Sleep until an interrupt; at most a tick. Nothing that has come is slept over. */
void lan9118_sleep(void);

struct lan9118_counters {
    uint32_t received;
    uint32_t sent;
    uint32_t damaged; /* CRC, length: thrown away */
    uint32_t dropped; /* for want of a packet buffer */
    uint32_t stuck;   /* not sent: the controller had no room in time */
};

void lan9118_read_counters(struct lan9118_counters *out);

#endif
