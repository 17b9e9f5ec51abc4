/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_PEM_H
#define ASSENT_HTTP_PEM_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/span.h"

/* One certificate out of a file as people have it, as it comes: text (RFC 7468) with or without words around
 * the block, or DER. It is found and decoded here; whether it is a certificate, TLS knows. The caller's
 * memory; nothing is kept but its state. */
struct assent_pem {
    uint8_t *out;
    size_t cap, len;
    uint32_t bits; /* of base64, not yet a byte */
    uint8_t bit_count;
    uint8_t state; /* of pem.c */
    uint8_t match; /* bytes met of what is looked for */
    int error;
};

/* Begin.
 *   out  room for cap bytes of DER; borrowed until assent_pem_end() */
void assent_pem_init(struct assent_pem *pem, uint8_t *out, size_t cap);

/* Take more of the file, in pieces of any length. */
void assent_pem_take(struct assent_pem *pem, struct assent_span bytes);

/* The file has come to its end. Behind DER there may be the end of a form's part.
 *   return  bytes of DER
 *           ASSENT_ERR_NOT_FOUND  neither a block CERTIFICATE nor DER
 *           ASSENT_ERR_SYNTAX     cut short, a foreign letter, or not one value of ASN.1
 *           ASSENT_ERR_LIMIT      more than one certificate
 *           ASSENT_ERR_SPACE      longer than cap */
int assent_pem_end(const struct assent_pem *pem);

#endif
