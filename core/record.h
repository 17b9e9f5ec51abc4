/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_RECORD_H
#define ASSENT_CORE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/consent.h"
#include "core/consent_body.h"
#include "core/span.h"

/* The consent record: the proof in flash (GDPR Art. 7(1)). What may happen to it stands in
 * core/lifecycle.h.
 *
 * Bytes, integers little-endian:
 *   offset  bytes  field
 *        0      1  format version, 1
 *        1      1  site, its number on the device
 *        2      1  method of the last grant in bits 0..3, of the last change in bits 4..7
 *        3      1  regime
 *        4      5  given_s
 *        9      4  given_revision
 *       13      8  language, padded with zeros
 *       21     16  hash of the notice text
 *       37     16  hash of the policy document
 *       53     43  consent with its subject (core/consent_body.h)
 * Each record has exactly one encoding; anything else is refused. */
enum { ASSENT_RECORD_VERSION = 1, ASSENT_RECORD_BYTES = 96, ASSENT_RECORD_LANGUAGE_BYTES = 8 };

/* How a choice reached the device. */
enum assent_record_method {
    ASSENT_METHOD_NONE = 0,
    ASSENT_METHOD_ACCEPT = 1,      /* "Accept all" of the notice */
    ASSENT_METHOD_REJECT = 2,      /* "Reject all" of the notice */
    ASSENT_METHOD_SAVE = 3,        /* "Save" of the notice */
    ASSENT_METHOD_PREFERENCES = 4, /* the preferences page */
    ASSENT_METHOD_API = 5,         /* the JSON interface, by a script of the page */
    ASSENT_METHOD_GPC = 6,         /* Sec-GPC: 1 */
    ASSENT_METHOD_IMPORT = 7,      /* carried over from another system with its proof */
    ASSENT_METHOD_OPERATOR = 8,    /* on the visitor's behalf, by a request through another way */
    ASSENT_METHOD_TIME = 9,        /* nobody: validity or a session came to its end */
    ASSENT_METHODS
};

/* "accept", "reject" …; "none" for 0, "unknown" for any other value. */
extern const char assent_record_method_words[]; /* core/words.h */
static inline const char *assent_record_method_name(enum assent_record_method method)
{
    return assent_words_at(assent_record_method_words, (unsigned)method);
}

/* Whether a visitor can say yes by this method: the visitor's own act, or one carried over with its
 * proof. Not reject, GPC, operator or time. */
bool assent_record_method_grants(uint8_t method);

/* A record. What is known of a visitor without subject is a record too, of which only the consent
 * is looked at: it was in the token and is stored nowhere. */
struct assent_record {
    struct assent_consent consent;
    uint64_t given_s;        /* when something was last granted; what follows, but for method, */
    uint32_t given_revision; /* belongs to that time: the policy shown, */
    uint8_t language[ASSENT_RECORD_LANGUAGE_BYTES]; /* BCP 47 tag of the notice, zeros behind it;
                                                       longer ones are cut at a subtag */
    uint8_t notice[ASSENT_HASH_BYTES];              /* hash of the notice text */
    uint8_t document[ASSENT_HASH_BYTES];            /* hash of the policy document */
    uint8_t site;
    uint8_t regime;       /* enum assent_regime */
    uint8_t given_method; /* enum assent_record_method of the last grant, */
    uint8_t method;       /* and of the last change */
};

/* Whether a record with subject has each field in its range: a valid consent, sequence 1 or more,
 * given_s < 2^40, named regime and methods, a method that grants, and a tag of letters, digits and
 * '-' or none. */
bool assent_record_valid(const struct assent_record *record);

/* Encode a record.
 *   return  ASSENT_OK
 *           ASSENT_ERR_RANGE  the record is not valid */
int assent_record_encode(const struct assent_record *record, uint8_t out[ASSENT_RECORD_BYTES]);

/* Decode a record.
 *   record  void unless ASSENT_OK
 *   return  ASSENT_OK
 *           ASSENT_ERR_VERSION  made by another version
 *           ASSENT_ERR_CORRUPT  any other length, a field out of range, or padding that is not 0 */
int assent_record_decode(struct assent_span in, struct assent_record *record);

#endif
