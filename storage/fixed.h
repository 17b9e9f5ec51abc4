/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_STORAGE_FIXED_H
#define ASSENT_STORAGE_FIXED_H

#include "storage/kv.h"

/* Read a value of the key-value store that has one length.
 *   out     room for len bytes; void unless ASSENT_OK
 *   return  ASSENT_OK
 *           ASSENT_ERR_NOT_FOUND  no such key
 *           ASSENT_ERR_VERSION    longer: of a newer build
 *           ASSENT_ERR_CORRUPT    shorter
 *           and those of assent_kv_get */
int assent_fixed_get(struct assent_kv *kv, uint8_t space, struct assent_span key, uint8_t *out,
                     size_t len);

#endif
