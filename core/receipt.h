/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_CORE_RECEIPT_H
#define ASSENT_CORE_RECEIPT_H

#include <stddef.h>
#include <stdint.h>

#include "core/policy.h"
#include "core/record.h"
#include "core/seam.h"
#include "core/span.h"
#include "core/writer.h"

/* The consent receipt and the export of everything held about a subject, as JSON with the field
 * groups of ISO/IEC TS 27560: header, processing, parties, events. Names are snake_case, times
 * RFC 3339 in UTC, durations ISO 8601. */

enum { ASSENT_RECEIPT_ID_BYTES = 16 };

/* Id of the receipt for one state of a record: HMAC-SHA-256 under the site's receipt key over
 * "assent receipt v1", the subject and the sequence (4 bytes, little-endian), cut to 128 bits. The
 * operator finds the record by trying its records; nobody else can tell whose it is.
 *   return  ASSENT_OK
 *           ASSENT_ERR_NOT_FOUND  no subject: nothing is held that could be receipted
 *           ASSENT_ERR_CRYPTO     the MAC failed */
int assent_receipt_id(const struct assent_crypto *crypto, const uint8_t key[ASSENT_SHA256_BYTES],
                      const struct assent_consent *consent, uint8_t id[ASSENT_RECEIPT_ID_BYTES]);

/* What a receipt is made from. Borrowed for the call. */
struct assent_receipt {
    const struct assent_record *record; /* valid, with a subject */
    const struct assent_policy *policy; /* of the record's site; its purposes, recipients and texts
                                           are written, best those of the revision given_revision */
    const uint8_t *id;                  /* ASSENT_RECEIPT_ID_BYTES */
    const uint8_t *head;                /* ASSENT_AUDIT_HEAD_BYTES: the sealed head of the audit log
                                           of this moment, witnessed by the person; or NULL */
    struct assent_span site;            /* its host: "shop.example" */
    struct assent_span policy_url;      /* where that revision can be read; absolute or a path */
    struct assent_span withdraw_url;    /* where consent can be withdrawn; absolute or a path */
    struct assent_time now;             /* when the receipt is made */
};

/* Write a receipt as one JSON object, 1 to 4 KB for a common policy. Errors latch in w:
 *   ASSENT_ERR_SPACE  w is too small
 *   ASSENT_ERR_RANGE  the record is not valid: no subject, or a field out of range */
void assent_receipt_write(struct assent_writer *w, const struct assent_receipt *receipt);

/* Write everything held about the subject as one JSON object: the receipt, the record's bytes and
 * the subject's entries of the audit log. Errors as assent_receipt_write; and ASSENT_ERR_CORRUPT or
 * ASSENT_ERR_VERSION if history holds something else than entries.
 *   history  whole audit entries, oldest first; may be empty */
void assent_receipt_write_export(struct assent_writer *w, const struct assent_receipt *receipt,
                                 struct assent_span history);

#endif
