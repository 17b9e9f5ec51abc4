/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_HOST_LAYOUT_PLAN_H
#define ASSENT_PORT_HOST_LAYOUT_PLAN_H

#include "storage/layout.h"

/* Setting devices up is the host's work: a device only reads what is there. */

/* Divide a device up: about 3/8 records, 1/4 audit log, 1/4 policies.
 *   sector_bytes  4096..65536
 *   sector_count  32..4096; regions stay below 1 MiB (records) and 128 sectors (audit log), what
 *                 is left over is not used
 *   layout        without secret and options; 2048 chains
 *   return        ASSENT_OK; ASSENT_ERR_RANGE */
int assent_layout_plan(uint32_t sector_bytes, uint32_t sector_count, struct assent_layout *layout);

/* Let the store have count chains, or the next smaller power of two (16..4096). */
void assent_layout_set_chains(struct assent_layout *layout, uint32_t count);

/* Write those copies of the identity that are not there; the last step of setting a device up. To
 * start over, erase sectors 0 and 1 first.
 *   return  ASSENT_OK, ASSENT_ERR_IO */
int assent_layout_write(const struct assent_flash *flash, const struct assent_layout *layout);

/* One copy of the identity as bytes. */
void assent_layout_encode(const struct assent_layout *layout, uint8_t out[ASSENT_LAYOUT_BYTES]);

#endif
