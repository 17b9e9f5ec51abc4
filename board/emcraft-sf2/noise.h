/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_BOARD_EMCRAFT_SF2_NOISE_H
#define ASSENT_BOARD_EMCRAFT_SF2_NOISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct device;

/* Bytes of a random generator at MMUART1 (115200 baud, 8N1), which are stirred into ours: at the start,
 * before anything is drawn, and from then on. They come on top of the seed and never take its place. A
 * generator that says the same byte NOISE_SAME times on end has failed (NIST SP 800-90B s. 4.4.1) and is not
 * listened to until the next start. Only if it was switched on at the console, which is kept in
 * ASSENT_SPACE_BOARD under "noise": a machine that lacks the line would fault. */
enum {
    NOISE_START_BYTES = 64, /* at the start */
    NOISE_START_MS = 100,   /* and no longer than that */
    NOISE_BYTES = 16,       /* from then on at once */
    NOISE_EACH_MS = 100,
    NOISE_SAME = 6 /* a sound generator fails once in 2^40 bytes */
};

struct noise {
    uint32_t taken; /* bytes since the start */
    uint32_t looked_ms;
    uint8_t last;
    uint8_t same; /* times that last has come on end */
    bool on;
    bool failed;
};

/* After the stores are open.
 *   out     what has come
 *   return  its bytes, 0: none, or switched off */
size_t noise_start(struct device *device, uint8_t out[NOISE_START_BYTES]);

/* As often as possible. */
void noise_poll(struct device *device);

/* Switch on or off from the next start on. ASSENT_OK and those of assent_kv_put. */
int noise_keep(struct device *device, bool on);

/* The serial line; in uart.c.
 *   noise_line_get  the next byte, or -1 */
void noise_line_init(void);
int noise_line_get(void);

#endif
