/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_STORAGE_KEYS_H
#define ASSENT_STORAGE_KEYS_H

#include <stdint.h>

#include "core/seam.h"
#include "core/span.h"
#include "core/token.h"
#include "storage/audit_log.h"
#include "storage/kv.h"

/* Secrets of the device in ASSENT_SPACE_KEYS, each kept twice. What a change replaces is physically
 * gone when the call returns (storage/kv.h).
 *   "t" site (1)  ->  version 2, keys (1), generation (2), ids (1 each), keys (32 each): token keys, two
 *                     places, the newer first; zeros in the second if there is one key
 *   "d"           ->  device secret (32), from which the secrets that never change are derived
 *   "e"           ->  seed (32) of the random generator, another one at each start
 *   "n" name      ->  whatever the board keeps: admin token, private key of TLS … */
struct assent_keys {
    /* Set by the caller before any call; borrowed. */
    struct assent_kv *kv;
    struct assent_audit_log *audit; /* NULL: no entries */
    const struct assent_crypto *crypto;
    const struct assent_entropy *entropy;
};

/* Read the token keys of a site.
 *   out     site (the name) stays as it is; the rest is set. Wipe it when done with
 *   return  ASSENT_OK; ASSENT_ERR_NOT_FOUND; ASSENT_ERR_CORRUPT; ASSENT_ERR_VERSION; those of
 *           assent_kv_get */
int assent_keys_load(struct assent_keys *keys, uint8_t site, struct assent_token_keys *out);

/* Make the first token key of a site, or do nothing if there is one.
 *   return  ASSENT_OK; ASSENT_ERR_ENTROPY; those of assent_kv_put */
int assent_keys_create(struct assent_keys *keys, uint8_t site);

/* Change the token keys of a site, with the audit entry of this type.
 *   type    KEY_ROTATED         a new key; the former one stays valid until the next rotation
 *           GENERATION_RAISED   every token of the site is void at once. When the 16 bits of the
 *                               generation are used up, the keys are replaced as well, so that it
 *                               never comes back
 *   out     as assent_keys_load, the new keys
 *   return  as assent_keys_load and assent_audit_log_apply; ASSENT_ERR_ENTROPY */
int assent_keys_change(struct assent_keys *keys, uint8_t site, enum assent_audit_type type,
                       struct assent_time now, struct assent_token_keys *out);

static inline int assent_keys_rotate(struct assent_keys *keys, uint8_t site, struct assent_time now,
                                     struct assent_token_keys *out)
{
    return assent_keys_change(keys, site, ASSENT_AUDIT_KEY_ROTATED, now, out);
}

static inline int assent_keys_revoke(struct assent_keys *keys, uint8_t site, struct assent_time now,
                                     struct assent_token_keys *out)
{
    return assent_keys_change(keys, site, ASSENT_AUDIT_GENERATION_RAISED, now, out);
}

/* A secret that stays the same for the life of the device, by purpose and site: HMAC-SHA-256 under
 * the device secret, which is made at the first call.
 *   purpose  1..32 bytes, such as "receipt"
 *   return   ASSENT_OK; ASSENT_ERR_ENTROPY, ASSENT_ERR_CRYPTO; those of assent_kv_get and put */
int assent_keys_secret(struct assent_keys *keys, struct assent_span purpose, uint8_t site,
                       uint8_t out[ASSENT_SHA256_BYTES]);

/* A seed for the random generator that no start before has got and none after will: the kept seed is
 * replaced, durably, before this one is handed out.
 *   fresh   whatever else is unpredictable: arrival times, noise, a serial number; may be empty
 *   return  ASSENT_OK
 *           ASSENT_ERR_NOT_FOUND  no seed was provisioned (assent_keys_seed_provision)
 *           ASSENT_ERR_CRYPTO; those of assent_kv_get and put: do not start without */
int assent_keys_seed(struct assent_keys *keys, struct assent_span fresh,
                     uint8_t out[ASSENT_SHA256_BYTES]);
int assent_keys_seed_provision(struct assent_keys *keys, const uint8_t seed[ASSENT_SHA256_BYTES]);

/* The board's own secrets, by name (1..31 bytes).
 *   get     as assent_kv_get
 *   put     as assent_kv_put; an empty value deletes, whether there is one or not */
int assent_keys_get(struct assent_keys *keys, struct assent_span name, uint8_t *out, size_t cap);
int assent_keys_put(struct assent_keys *keys, struct assent_span name, struct assent_span value);

#endif
