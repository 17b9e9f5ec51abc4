/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_TOKEN_H
#define ASSENT_CORE_TOKEN_H

#include "core/consent.h"
#include "core/seam.h"
#include "core/span.h"

/* The consent token: the value of the consent cookie. It carries what is needed to decide a request
 * without touching flash, and a MAC, so that nobody but the device can make or change one.
 *
 * Bytes before base64url without padding, integers little-endian:
 *   offset  bytes  field
 *        0      1  format version, 1
 *        1      1  key id
 *        2      2  generation of the site
 *        4      1  choices: analytics in bits 0..1, advertising in bits 2..3, bit 7 has a subject
 *        5      1  flags in bits 0..4, clock trust in bits 5..6
 *        6      2  valid_days
 *        8      5  changed_s
 *       13      4  sequence
 *       17      4  revision
 *       21      2  rights
 *       23      4  fingerprint of analytics
 *       27      4  fingerprint of advertising
 *       31     16  subject, only if bit 7 of the choices is set
 *  31 or 47    16  MAC: HMAC-SHA-256 over "assent token v1", one byte with the length of the site
 *                  name, the site name and the bytes above, cut to 128 bits
 * Each token has exactly one text: unused bits are 0 and are checked. Bytes 4 to 46 are the consent
 * as core/consent_body.h states it. */
enum {
    ASSENT_TOKEN_VERSION = 1,
    ASSENT_TOKEN_MAC_BYTES = 16,
    ASSENT_TOKEN_BYTES = 63,      /* longest token before encoding */
    ASSENT_TOKEN_TEXT_BYTES = 84, /* longest token as text */
    ASSENT_TOKEN_KEYS = 2         /* the key in use and the one before it */
};

/* Name of the consent cookie: over HTTPS bound to the host by its prefix (RFC 6265bis s. 4.1.3). */
#define ASSENT_TOKEN_COOKIE        "assent"
#define ASSENT_TOKEN_COOKIE_SECURE "__Host-assent"

/* The keys of a site. Rotation puts a new key in slot 0 and the former one in slot 1; tokens of both
 * are accepted, new ones are made with slot 0. Raising the generation revokes every token of the site
 * at once. Secret: wiped by its owner. */
struct assent_token_keys {
    struct assent_span site; /* 1..255 bytes, binds a token to its site */
    uint16_t generation;
    uint8_t count; /* 1..2 keys in use */
    uint8_t id[ASSENT_TOKEN_KEYS];
    uint8_t key[ASSENT_TOKEN_KEYS][ASSENT_SHA256_BYTES];
};

/* Make a token.
 *   text    receives up to ASSENT_TOKEN_TEXT_BYTES, not terminated
 *   return  length of the text
 *           ASSENT_ERR_RANGE   no key, or a consent that is not valid (assent_consent_body_valid);
 *                              so is a grant without a subject, behind which there is no proof
 *           ASSENT_ERR_CRYPTO  the MAC failed */
int assent_token_mint(const struct assent_token_keys *keys, const struct assent_crypto *crypto,
                      const struct assent_consent *consent, uint8_t text[ASSENT_TOKEN_TEXT_BYTES]);

/* Check a token and read it. The MAC is compared in constant time, before any field is believed.
 *   consent  void unless ASSENT_OK
 *   return   ASSENT_OK
 *            ASSENT_ERR_SYNTAX   not base64url, wrong length, or a field out of range
 *            ASSENT_ERR_VERSION  made by another version
 *            ASSENT_ERR_AUTH     unknown key id or wrong MAC
 *            ASSENT_ERR_REVOKED  good MAC, but of another generation
 *            ASSENT_ERR_CRYPTO   the MAC failed */
int assent_token_verify(const struct assent_token_keys *keys, const struct assent_crypto *crypto,
                        struct assent_span text, struct assent_consent *consent);

#endif
