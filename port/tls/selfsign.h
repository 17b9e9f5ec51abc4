/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_TLS_SELFSIGN_H
#define ASSENT_PORT_TLS_SELFSIGN_H

#include <stddef.h>
#include <stdint.h>

#include "core/seam.h"

/* Room that is enough for what assent_selfsign_make writes. */
enum {
    ASSENT_SELFSIGN_CERTIFICATE_BYTES = 1024,
    ASSENT_SELFSIGN_KEY_BYTES = 160,
    ASSENT_SELFSIGN_NAMES = 12
};

struct assent_selfsign {
    uint8_t certificate[ASSENT_SELFSIGN_CERTIFICATE_BYTES]; /* X.509 DER */
    uint8_t key[ASSENT_SELFSIGN_KEY_BYTES];                 /* SEC1 DER; secret */
    uint16_t certificate_len;
    uint16_t key_len;
};

/* Make a P-256 key and a certificate for it that signs itself: subject "assent", valid for 127.0.0.1
 * and the names given, from a day before now for ten years. After assent_tls_platform_init(); takes
 * some milliseconds on a PC, a second on a microcontroller.
 *   names    name_count (1..ASSENT_SELFSIGN_NAMES) DNS names, NUL-terminated. Many clients refuse
 *            wildcards below a name of one label, such as *.localhost
 *   now      without trust (ASSENT_CLOCK_NONE) it is valid from 2020
 *   return   ASSENT_OK
 *            ASSENT_ERR_CRYPTO   out of memory, or mbedTLS failed otherwise
 *            ASSENT_ERR_ENTROPY  no randomness */
int assent_selfsign_make(struct assent_selfsign *out, const char *const *names, size_t name_count,
                         struct assent_time now);

#endif
