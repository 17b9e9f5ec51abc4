/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_STORAGE_CONSENTS_H
#define ASSENT_STORAGE_CONSENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/lifecycle.h"
#include "core/record.h"
#include "core/seam.h"
#include "storage/audit_log.h"
#include "storage/counters.h"
#include "storage/kv.h"

/* The consent records of all sites. What core/lifecycle.h says is to be done is done here: record and
 * audit entry as one, whatever the power does.
 *
 * A record lies under its subject in ASSENT_SPACE_CONSENT:
 *   offset  bytes  field
 *        0      1  format version, 1
 *        1      1  0
 *        2     16  salt of the subject's audit references, random, deleted with the record
 *       18     96  the record (core/record.h)
 *
 *   CON-1  an acknowledged change is there after every power cut, with its audit entry; one that was
 *          not acknowledged is there with its entry or not at all
 *   CON-2  a deleted record, its salt and everything kept by its subject are physically gone when the
 *          call returns; its audit entries stay and point to nobody
 *   CON-3  no record is dropped before its time to make room, but provisional ones
 *   CON-4  what takes consent away always finds room: new grants stop while a reserve is left
 *
 * A new grant is provisional until its token has come back once: it is durable and counts, but its
 * audit entry waits, and after an hour it is the first to make room. So forged choices, whose answer
 * nobody reads, leave no trace in the audit log and crowd out nobody. */

enum {
    ASSENT_CONSENTS_VALUE_BYTES = 114,
    ASSENT_CONSENTS_PROVISIONAL_S = 3600, /* after that long a grant not confirmed may go */
    ASSENT_CONSENTS_REQUEST_DAYS = 30,    /* rights requests are counted over this time */
    ASSENT_CONSENTS_REQUEST_LIMIT = 20    /* and up to here */
};

struct assent_consents {
    /* Set by the caller before any call; borrowed. */
    struct assent_kv *kv;
    struct assent_audit_log *audit;
    const struct assent_crypto *crypto;
    const struct assent_entropy *entropy;
    struct assent_counters *counters; /* NULL: nothing is counted */

    /* For consents*.c only; zeros to start. */
    uint64_t sweep; /* where the retention sweep stands */
    uint64_t evict; /* and the search for provisional grants */
};

/* Read the record of a subject.
 *   return  ASSENT_OK
 *           ASSENT_ERR_NOT_FOUND  none
 *           ASSENT_ERR_CORRUPT, ASSENT_ERR_VERSION  there, but unreadable: only essential
 *           and those of assent_kv_get */
int assent_consents_find(struct assent_consents *consents,
                         const uint8_t subject[ASSENT_SUBJECT_BYTES], struct assent_record *record);

/* One site's view of the records, for assent_gate.find_record: ctx is a struct assent_consents_site.
 * Records of other sites are not found. */
struct assent_consents_site {
    struct assent_consents *consents;
    uint8_t site;
};
int assent_consents_find_record(void *ctx, const uint8_t subject[ASSENT_SUBJECT_BYTES],
                                struct assent_consent *out);

/* Do what the lifecycle decided: store or delete the record, append the audit entry, count. Durable
 * when it returns; answer the visitor after that.
 *   site     counted under; that of the record if there is one
 *   outcome  of one of core/lifecycle.h; what it was made from was read since the last apply
 *   return   ASSENT_OK
 *            ASSENT_ERR_FULL     a grant, and no room among live records or in the audit log: only
 *                                essential. Counted as ASSENT_COUNTER_REFUSED_FULL
 *            ASSENT_ERR_STATE    the record has changed since outcome was made
 *            ASSENT_ERR_ENTROPY  a new record without salt
 *            ASSENT_ERR_READ_ONLY  a grant, and the audit log has lost its key
 *            otherwise nothing has changed: as assent_kv_apply, assent_audit_log_append
 * Withdrawal, restriction, objection, erasure and expiry go on without their entry if the audit log
 * takes none (full or broken); counted as ASSENT_COUNTER_AUDIT_MISSED. */
int assent_consents_apply(struct assent_consents *consents, uint8_t site,
                          const struct assent_lifecycle_outcome *outcome, struct assent_time now);

/* A valid token of this subject has come back: call it for each request with one. Costs a lookup
 * (2 us) unless the grant was provisional; then its audit entry is written.
 *   return  1  it was provisional
 *           0  it was not, or there is no record
 *           negative: it still is; ASSENT_ERR_FULL and others of assent_audit_log_apply */
int assent_consents_confirm(struct assent_consents *consents,
                            const uint8_t subject[ASSENT_SUBJECT_BYTES], struct assent_time now);

/* Count a rights request of a subject (access, export, erasure that failed …) within the last
 * ASSENT_CONSENTS_REQUEST_DAYS. Above ASSENT_CONSENTS_REQUEST_LIMIT nothing is written any more.
 *   return  how many there are with this one, 1..ASSENT_CONSENTS_REQUEST_LIMIT + 1
 *           ASSENT_ERR_NOT_FOUND  no record of this subject; nothing was counted
 *           and those of assent_kv_put */
int assent_consents_request(struct assent_consents *consents,
                            const uint8_t subject[ASSENT_SUBJECT_BYTES], struct assent_time now);

/* Visit every record, each once. For the operator: a receipt is found by trying all.
 *   cursor  0 to start
 *   record  unreadable ones are passed over
 *   return  ASSENT_OK; ASSENT_ERR_NOT_FOUND: no more; and those of assent_kv_get */
int assent_consents_next(struct assent_consents *consents, uint64_t *cursor,
                         struct assent_record *record);

/* What the audit log calls a subject (AUD-4), while its record and salt are there.
 *   return  ASSENT_OK; ASSENT_ERR_NOT_FOUND; ASSENT_ERR_CRYPTO; as assent_consents_find */
int assent_consents_reference(struct assent_consents *consents,
                              const uint8_t subject[ASSENT_SUBJECT_BYTES],
                              uint8_t out[ASSENT_AUDIT_REFERENCE_BYTES]);

/* The salt of a subject's references, for a proof that leaves the device: who has it can tell which
 * entries are the subject's, also after the record is gone.
 *   return  ASSENT_OK; as assent_consents_find */
int assent_consents_salt(struct assent_consents *consents,
                         const uint8_t subject[ASSENT_SUBJECT_BYTES],
                         uint8_t out[ASSENT_AUDIT_SALT_BYTES]);

/* The next audit entry that refers to a subject, while its record and salt are there.
 *   sequence  as assent_audit_log_next
 *   return    ASSENT_OK; ASSENT_ERR_NOT_FOUND: no more, or no record; and those of
 *             assent_audit_log_next */
int assent_consents_history(struct assent_consents *consents,
                            const uint8_t subject[ASSENT_SUBJECT_BYTES], uint32_t *sequence,
                            uint8_t entry[ASSENT_AUDIT_ENTRY_BYTES]);

/* The policy in force of a site; NULL: not known, its records are left alone. */
typedef const struct assent_policy *assent_consents_policy(void *ctx, uint8_t site);

/* One bounded step of the retention sweep: looks at up to 8 records and lets at most one lapse or
 * deletes it, as assent_lifecycle_expire says. Call it whenever there is time.
 *   return  1 more to do in this round, 0 the round is complete and the next call starts another
 *           and those of assent_consents_apply */
int assent_consents_sweep(struct assent_consents *consents, assent_consents_policy *policy,
                          void *ctx, struct assent_time now);

/* Capacity in records. */
struct assent_consents_room {
    uint32_t capacity; /* records that fit if nothing else is in the store */
    uint32_t free;     /* new grants that still fit, without making provisional ones go */
};
void assent_consents_room(struct assent_consents *consents, struct assent_consents_room *room);

#endif
