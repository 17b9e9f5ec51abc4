/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_BOARD_SIM_APPLICATION_H
#define ASSENT_BOARD_SIM_APPLICATION_H

#include <stdbool.h>
#include <stdint.h>

#include "board/sim/power.h"
#include "http/app_handler.h"
#include "port/host/flash_file.h"
#include "storage/clock_floor.h"
#include "storage/layout.h"
#include "storage/policies.h"

/* The consent application of the simulator: its flash, what lives in it, and the sites. Large: keep it
 * static. */
enum {
    SIM_SITES = 5,
    SIM_SITE_BYTES = 32768, /* of a policy image */
    SIM_TEXT_BYTES = 65536,
    SIM_EXCHANGES = 64, /* as many as there are engines, or more */
    SIM_SECTOR_BYTES = 4096,
    SIM_SECTOR_COUNT = 512,
    SIM_HEADS = 8192 /* room for 4096 chains, however wide */
};

struct sim_application {
    uint64_t fault; /* set before opening: the power fails in this flash operation; 0: never */
    struct sim_power power;
    struct flash_file flash;
    struct assent_layout layout;
    struct assent_layout_view view[ASSENT_REGION_COUNT];
    struct assent_kv_config config;
    struct assent_kv kv;
    _Alignas(8) uint16_t heads[SIM_HEADS];
    uint8_t buffer[4096];
    struct assent_audit_log log;
    struct assent_counters counters;
    struct assent_consents consents;
    struct assent_keys keys;
    struct assent_policies policies;
    struct assent_unclassified unclassified;
    struct assent_unclassified hosts;
    struct assent_archive archive;
    struct assent_clock_floor floor;
    struct assent_clock clock;
    struct assent_crypto crypto;
    struct assent_entropy entropy;

    uint8_t texts[SIM_TEXT_BYTES];
    uint8_t images[SIM_SITES][SIM_SITE_BYTES]; /* as the folder has them */
    struct assent_text text;
    struct assent_app app;
    struct assent_app_site sites[SIM_SITES];
    uint8_t scratch[ASSENT_APP_SCRATCH_BYTES];
    struct assent_app_server http;
    struct assent_app_server https;
    struct assent_app_exchange exchanges[SIM_EXCHANGES]; /* of all listeners: by engine */
    uint8_t
        master[ASSENT_SHA256_BYTES]; /* of the audit log, if it was set up just now: to be shown */
    bool is_new;
    uint32_t upkeep_ms; /* when the next round of upkeep begins */
};

/* Open the flash, which is set up if it is new, and the sites.
 *   folder  with compiled policies, NAME.img, and texts.img
 *   flash   file; NULL: kept in memory and lost at the end
 *   clock   borrowed
 *   return  false: a complaint was printed */
bool sim_application_open(struct sim_application *application, const char *folder,
                          const char *flash, const struct assent_clock *clock);

/* The bytes of the policy store from an offset of its region on; ctx is the application. */
const uint8_t *sim_application_map(void *ctx, uint32_t offset);

/* One bounded piece of upkeep: retention, the audit log, counters, clock, cleaning of the store.
 *   return  milliseconds until there is something to do again */
uint32_t sim_application_upkeep(struct sim_application *application);

/* Write what is still in memory, and close the flash. */
void sim_application_close(struct sim_application *application);

/* Number of the site with this name, or -1. */
int sim_application_site(struct assent_span name);

/* Handler for the engine; its context is the application's http or https. */
const struct assent_handler *sim_application_handler(void);

#endif
