/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_HTTP_UPSTREAM_SETTING_H
#define ASSENT_HTTP_UPSTREAM_SETTING_H

#include <stdbool.h>
#include <stdint.h>

#include "core/config.h"
#include "core/seam.h"
#include "core/span.h"
#include "storage/audit_log.h"

/* Where a site's application is, as the operator has set it: one record a site in ASSENT_SPACE_BOARD under
 * "upstream" and the site's number, 236 bytes:
 *   offset  bytes  field
 *        0      1  format version, 1
 *        1      1  enum assent_upstream_trust
 *        2      1  1: put notice and link into its pages; else 0
 *        3      1  0
 *        4      2  port, little-endian
 *        6     32  SHA-256: of the certificate under the other key (CA; zeros: it is still to come), of the
 *                  application's own (PIN); else zeros
 *       38     65  length and bytes of the name or IPv4 address, zeros behind it
 *      103     65  the same of the value of Host
 *      168     65  the same of the name of the decision field
 *      233      3  zeros
 * and, if trust is CA, the certificate in DER under "upstream-ca" and the site's number.
 *
 *   UPS-1  what cannot be read, is of another version, has a value out of range or another certificate
 *          than it names leads nowhere: the site answers 502 until it is set anew
 *   UPS-2  a change and its audit entry are there together, or neither is */
enum {
    ASSENT_UPSTREAM_VERSION = 1,
    ASSENT_UPSTREAM_NAME_BYTES = 64, /* of name, host and field */
    ASSENT_UPSTREAM_RECORD_BYTES = 236
};

/* What the application has to prove. */
enum assent_upstream_trust {
    ASSENT_UPSTREAM_PLAIN, /* nothing: no TLS */
    ASSENT_UPSTREAM_CA,    /* TLS: a certificate for its name, in date, by the CA that is given */
    ASSENT_UPSTREAM_PIN,   /* TLS: this very certificate, whatever it says */
    ASSENT_UPSTREAM_INSECURE, /* TLS with anybody: who is in between can read and change everything */
    ASSENT_UPSTREAM_TRUSTS
};

/* "plain", "ca", "pin", "insecure"; "unknown" for any other value. */
extern const char assent_upstream_setting_trust_words[];

struct assent_upstream_text {
    uint8_t len;                                   /* 0..ASSENT_UPSTREAM_NAME_BYTES */
    uint8_t bytes[ASSENT_UPSTREAM_NAME_BYTES + 1]; /* with a NUL behind it */
};

struct assent_upstream_setting {
    struct assent_upstream_text name;  /* to connect to: IPv4 address or DNS name */
    struct assent_upstream_text host;  /* see struct assent_upstream */
    struct assent_upstream_text field; /* empty: ASSENT_GATEWAY_FIELD */
    uint16_t port;                     /* 1.. */
    uint8_t trust;                     /* enum assent_upstream_trust */
    bool insert;
    uint8_t digest[ASSENT_SHA256_BYTES];
};

static inline struct assent_span assent_upstream_text(const struct assent_upstream_text *text)
{
    return assent_span(text->bytes, text->len);
}

/* Set a text.
 *   return  false: too long; out is unchanged */
bool assent_upstream_setting_put(struct assent_upstream_text *out, struct assent_span text);

/* Whether all values are in range: a name of letters, digits, '-', '_' and '.', a Host without anything that
 * could end the field, a field's name of letters, digits and '-' that HTTP and the gateway do not use.
 *   return  NULL, or the first member that is wrong: "name", "port", "host", "field", "tls" */
const char *assent_upstream_setting_check(const struct assent_upstream_setting *setting);

/* Write a record; the setting has been checked. */
void assent_upstream_setting_encode(const struct assent_upstream_setting *setting,
                                    uint8_t out[ASSENT_UPSTREAM_RECORD_BYTES]);

/* Read a record.
 *   return  ASSENT_OK
 *           ASSENT_ERR_VERSION  of another version
 *           ASSENT_ERR_CORRUPT  another length, a value out of range, or an unused byte is not 0 */
int assent_upstream_setting_decode(struct assent_span in, struct assent_upstream_setting *setting);

/* Read the setting of a site from the store.
 *   ca      room for the certificate; ca_len is 0 if there is none to be
 *   return  ASSENT_OK
 *           ASSENT_ERR_NOT_FOUND  the site has no application
 *           ASSENT_ERR_CORRUPT    also: the certificate is not the one that the record names
 *           those of assent_upstream_setting_decode, assent_kv_get and of the crypto seam */
int assent_upstream_setting_read(struct assent_kv *kv, const struct assent_crypto *crypto,
                                 uint8_t site, struct assent_upstream_setting *setting,
                                 uint8_t ca[ASSENT_UPSTREAM_CA_BYTES], size_t *ca_len);

/* Keep a setting with its audit entry, whose detail is the start of the record's SHA-256, or zeros.
 *   audit    NULL: no entry
 *   setting  NULL: the site has no application any more. Else its digest is set if trust is CA
 *   ca       in DER, if trust is CA; empty: it is still to come, and the site answers 502 until then
 *   return   ASSENT_OK
 *            ASSENT_ERR_RANGE  a value out of range, or the certificate is too long
 *            those of the crypto seam, assent_kv_apply and assent_audit_log_apply */
int assent_upstream_setting_write(struct assent_kv *kv, struct assent_audit_log *audit,
                                  const struct assent_crypto *crypto, uint8_t site,
                                  struct assent_upstream_setting *setting, struct assent_span ca,
                                  struct assent_time now);

#endif
