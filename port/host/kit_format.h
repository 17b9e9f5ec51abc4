/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_PORT_HOST_KIT_FORMAT_H
#define ASSENT_PORT_HOST_KIT_FORMAT_H

#include "http/kit.h"

/* Set up a flash that is new, divided as assent_layout_plan says: once in its life, before assent_kit_init.
 * Plain C without an operating system, for devices too. The identity is written last: one that a power cut
 * interrupts is still new. The master key of the audit log is drawn and thrown away; who wants to verify
 * the log provisions the flash by `assent provision` instead.
 *   kit     to work in; of no use afterwards
 *   setup   flash (32..4096 sectors of 4096..65536 bytes), crypto, entropy, buffer, heads and store_key
 *           are looked at, as assent_kit_init gets them. The store has as many chains as there is room for
 *           in heads, 2048 at most
 *   return  ASSENT_OK
 *           ASSENT_ERR_STATE  it is set up already: nothing was changed
 *           and those of assent_layout_read, assent_layout_plan, assent_kv_format, assent_kv_mount,
 *           assent_audit_log_format and assent_layout_write */
int assent_kit_format(struct assent_kit *kit, const struct assent_kit_setup *setup);

#endif
