/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_CERTIFICATE_H
#define ASSENT_HTTP_CERTIFICATE_H

#include <stddef.h>
#include <stdint.h>

#include "core/config.h"
#include "storage/blob.h"
#include "storage/keys.h"

/* Certificate and private key of the HTTPS server in the store of the device. The certificate, or a chain
 * with the server's own first, each X.509 in DER, is a blob; the key is among the secrets, by the name
 * ASSENT_CERTIFICATE_KEY_NAME:
 *   offset  bytes  field
 *        0      4  CRC-32 of the certificate that it belongs to, little-endian
 *        4      -  the key in DER: SEC1 or PKCS#8
 * A power cut while both are replaced leaves a pair that does not belong together, which is none. */
enum { ASSENT_CERTIFICATE_KEY_BYTES = 512 };
#define ASSENT_CERTIFICATE_KEY_NAME "tls"

struct assent_certificate {
    uint8_t chain[ASSENT_CERTIFICATE_BYTES];
    uint8_t key[ASSENT_CERTIFICATE_KEY_BYTES]; /* secret: wipe it when done with */
    size_t chain_len;
    size_t key_len;
};

/* The blob that holds the chain.
 *   flash           region ASSENT_REGION_BLOBS
 *   return          for the functions below */
struct assent_blob assent_certificate_blob(struct assent_kv *kv, const struct assent_flash *flash);

/* Read both.
 *   return  ASSENT_OK
 *           ASSENT_ERR_NOT_FOUND  there is none, or they do not belong together
 *           those of assent_blob_open, _read and assent_keys_get; out is void */
int assent_certificate_read(struct assent_keys *keys, struct assent_blob *blob,
                            struct assent_certificate *out);

/* Keep both in place of the former ones.
 *   return  ASSENT_OK
 *           ASSENT_ERR_RANGE  one of them is empty or too long
 *           those of assent_blob_begin, _write and _commit, and assent_keys_put */
int assent_certificate_write(struct assent_keys *keys, struct assent_blob *blob,
                             struct assent_span chain, struct assent_span key);

#endif
