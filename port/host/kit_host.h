/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_HOST_KIT_HOST_H
#define ASSENT_PORT_HOST_KIT_HOST_H

#include "http/kit.h"
#include "port/crypto/mbedtls.h"
#include "port/host/clock.h"
#include "port/host/flash_file.h"

/* The kit on Linux: flash in a file, the host's clock and randomness, crypto on mbedTLS, policies from
 * files.
 *
 *     static struct kit_host host;
 *
 *     if (!kit_host_open(&host, "/var/lib/site/flash.img", "texts.img", "site.img")) return 1;
 *     … assent_kit_request(&host.kit, …) …
 *     kit_host_close(&host);
 *
 * Complaints go to standard error. */
enum {
    KIT_HOST_IMAGE_BYTES = 32768, /* of a policy */
    KIT_HOST_TEXTS_BYTES = 65536,
    KIT_HOST_SECTOR_BYTES = 4096,
    KIT_HOST_SECTOR_COUNT = 256, /* 1 MiB: about 3,000 records */
    KIT_HOST_CHAINS = 2048       /* as assent_layout_plan says */
};

/* Large: keep it static. Zeros to start. */
struct kit_host {
    struct assent_kit kit;
    const char *path;
    int lock; /* held while the flash is open */
    struct flash_file flash;
    struct assent_crypto crypto;
    struct assent_clock_host clock_state;
    struct assent_clock clock;
    struct assent_entropy entropy;
    struct assent_kit_setup setup;
    struct assent_span policy;
    struct assent_app_site sites[1];
    _Alignas(8) uint16_t heads[KIT_HOST_CHAINS];
    uint8_t buffer[4096];
    uint8_t scratch[ASSENT_APP_SCRATCH_BYTES];
    uint8_t texts[KIT_HOST_TEXTS_BYTES];
    uint8_t image[KIT_HOST_IMAGE_BYTES];
};

/* Open the flash, which is created and set up if it is new, and one site. Waits while another process has
 * the flash open.
 *   flash   file; borrowed
 *   texts, policy  images
 *   sizes          ASSENT_KIT_SIZES, as the program was compiled: with other limits of core/config.h than
 *                  the library they are others, and nothing is opened
 *   crypto         the program's own; mbedTLS is not linked then
 *   return  false: a complaint was printed */
bool kit_host_open_with(struct kit_host *host, size_t sizes, struct assent_crypto crypto,
                        const char *flash, const char *texts, const char *policy);

/* The same with mbedTLS. */
static inline bool kit_host_open(struct kit_host *host, const char *flash, const char *texts,
                                 const char *policy)
{
    return kit_host_open_with(host, ASSENT_KIT_SIZES, assent_mbedtls_crypto(), flash, texts,
                              policy);
}

/* Give the flash to other processes for a while, as programs do that live for one request: what is in
 * memory is written. Exchanges under way go on after kit_host_enter. Nothing else may be called between.
 *   return  enter: false: a complaint was printed, the flash is not open */
void kit_host_leave(struct kit_host *host);
bool kit_host_enter(struct kit_host *host);

void kit_host_close(struct kit_host *host);

#endif
