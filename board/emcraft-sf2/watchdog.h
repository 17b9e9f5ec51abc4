/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_BOARD_EMCRAFT_SF2_WATCHDOG_H
#define ASSENT_BOARD_EMCRAFT_SF2_WATCHDOG_H

/* A loop that does not come round for so long is restarted, and the next start says so. Longer than
 * a sector erase and than two handshakes. */
enum { WATCHDOG_MS = 15000 };

/* The main loop, and whoever waits for long with good reason. Refreshes the watchdog of the chip too, if
 * the design has it enabled. */
void watchdog_feed(void);

#endif
