/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_BOARD_EMCRAFT_SF2_TIME_SERVER_H
#define ASSENT_BOARD_EMCRAFT_SF2_TIME_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/span.h"
#include "port/device/sntp.h"

struct device;
struct udp_pcb;

/* The time by SNTP (port/device/sntp.h says what is believed), from the server that was provisioned or named
 * at the console, else from the one that DHCP names (option 42, RFC 2132 s. 8.3). Asked as soon as there is
 * an address, then each hour; while nothing usable comes, after 15 s, 30 s and so on. Without randomness
 * nothing is asked. The one that was named is kept under ASSENT_SNTP_SERVER_NAME. */
enum { TIME_SERVER_FIRST_MS = 15000, TIME_SERVER_HOUR_MS = 3600000 };

struct time_server {
    struct assent_sntp sntp;
    bool kept;           /* address is the one that was named */
    struct udp_pcb *pcb; /* of the last question */
    uint32_t address;    /* network order; 0: none */
    uint32_t asked_ms;
    uint32_t wait_ms; /* from asked_ms to the next question; 0: at once */
};

/* After the stores are open. */
void time_server_start(struct device *device);

/* As often as possible. */
void time_server_poll(struct device *device);

/* Keep another address, "1.2.3.4", or none: "dhcp".
 *   return  ASSENT_OK; ASSENT_ERR_SYNTAX; those of assent_kv_put */
int time_server_keep(struct device *device, struct assent_span text);

#endif
