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

/* The consent receipt and the export of everything held about a subject, as JSON with the fields of
 * ISO/IEC TS 27560. */

enum { ASSENT_RECEIPT_ID_BYTES = 16 };

/* Id of the receipt for one state of a record: HMAC-SHA-256 under the site's receipt key over
 * "assent receipt v1", the subject and the sequence (4 bytes, little-endian), cut to 128 bits. The
 * operator finds the record by trying its records; nobody else can tell whose it is.
 *   return  ASSENT_OK, or ASSENT_ERR_CRYPTO: id is void */
int assent_receipt_id(const struct assent_crypto *crypto, const uint8_t key[ASSENT_SHA256_BYTES],
                      const struct assent_consent *consent, uint8_t id[ASSENT_RECEIPT_ID_BYTES]);

/* What a receipt is made from. Borrowed for the call. */
struct assent_receipt {
    const struct assent_record *record; /* with a subject */
    const struct assent_policy *policy; /* of the record's site, the revision it names or a later */
    const uint8_t *id;                  /* ASSENT_RECEIPT_ID_BYTES */
    const uint8_t *head;                /* ASSENT_AUDIT_HEAD_BYTES: the sealed head of the audit log
                                           of this moment, witnessed by the person; or NULL */
    struct assent_span site;            /* its name: the host, "shop.example" */
    struct assent_span policy_url;      /* where that revision can be read; absolute or a path */
    struct assent_span withdraw_url;    /* where consent can be withdrawn; absolute or a path */
    struct assent_time now;             /* when the receipt is made */
};

/* Write a receipt as one JSON object. Errors latch in w:
 *   ASSENT_ERR_SPACE      w is too small
 *   ASSENT_ERR_NOT_FOUND  the record has no subject: nothing is held that could be receipted */
void assent_receipt_write(struct assent_writer *w, const struct assent_receipt *receipt);

/* Write everything held about the subject as one JSON object: the receipt and the subject's entries
 * of the audit log. Errors as assent_receipt_write, and those of assent_audit_write_json.
 *   history  whole audit entries, oldest first; may be empty */
void assent_receipt_write_export(struct assent_writer *w, const struct assent_receipt *receipt,
                                 struct assent_span history);

#endif
