/* SPDX-License-Identifier: MIT */
/* Going through the records: retention, rights requests, what the operator looks for. */
#include <string.h>

#include "core/bytes.h"
#include "storage/consents.h"
#include "storage/fixed.h"
#include "storage/layout.h"

enum {
    REQUEST_BYTES = 6, /* value of ASSENT_SPACE_RIGHTS: count (1), time of the first (5) */
    SWEEP_LOOKS = 8
};

#define DAY_S UINT64_C(86400)

/* The next record, or the error of reading it; *more is false at the end. */
static int visit(struct assent_consents *consents, uint64_t *cursor, struct assent_record *record,
                 bool *more)
{
    uint8_t key[ASSENT_KV_KEY_BYTES];
    int len = assent_kv_next(consents->kv, ASSENT_SPACE_CONSENT, cursor, key);

    *more = len >= 0;
    if (len < 0) {
        return len;
    }
    return len == ASSENT_SUBJECT_BYTES ? assent_consents_find(consents, key, record)
                                       : ASSENT_ERR_CORRUPT;
}

int assent_consents_next(struct assent_consents *consents, uint64_t *cursor,
                         struct assent_record *record)
{
    bool more;
    int error;

    do {
        error = visit(consents, cursor, record, &more);
    } while (error != ASSENT_OK && more && error != ASSENT_ERR_IO);
    return error;
}

int assent_consents_history(struct assent_consents *consents,
                            const uint8_t subject[ASSENT_SUBJECT_BYTES], uint32_t *sequence,
                            uint8_t entry[ASSENT_AUDIT_ENTRY_BYTES])
{
    uint8_t reference[ASSENT_AUDIT_REFERENCE_BYTES];
    struct assent_audit_entry decoded;
    int error = assent_consents_reference(consents, subject, reference);

    while (error == ASSENT_OK) {
        error = assent_audit_log_next(consents->audit, sequence, entry);
        if (error == ASSENT_OK && assent_audit_decode(entry, &decoded) == ASSENT_OK &&
            decoded.has_reference && memcmp(decoded.reference, reference, sizeof(reference)) == 0) {
            break;
        }
    }
    return error;
}

int assent_consents_request(struct assent_consents *consents,
                            const uint8_t subject[ASSENT_SUBJECT_BYTES], struct assent_time now)
{
    struct assent_span key = assent_span(subject, ASSENT_SUBJECT_BYTES);
    uint8_t value[REQUEST_BYTES];
    struct assent_record record;
    int error = assent_consents_find(consents, subject, &record);

    if (error != ASSENT_OK) {
        return error;
    }
    error = assent_fixed_get(consents->kv, ASSENT_SPACE_RIGHTS, key, value, sizeof(value));
    if (error == ASSENT_ERR_IO) {
        return error;
    }
    if (error != ASSENT_OK ||
        (now.trust != ASSENT_CLOCK_NONE &&
         now.unix_s >= assent_bytes_load40(value + 1) + ASSENT_CONSENTS_REQUEST_DAYS * DAY_S)) {
        value[0] = 0;
        assent_bytes_store40(value + 1, now.unix_s);
    }
    if (consents->counters != NULL) {
        assent_counters_add(consents->counters, record.site, ASSENT_COUNTER_REQUESTS);
    }
    error = ASSENT_OK;
    if (value[0] <= ASSENT_CONSENTS_REQUEST_LIMIT) {
        value[0]++;
        error = assent_kv_put(consents->kv, ASSENT_SPACE_RIGHTS, key,
                              assent_span(value, sizeof(value)));
    }
    return error != ASSENT_OK ? error : value[0];
}

int assent_consents_sweep(struct assent_consents *consents, assent_consents_policy *policy,
                          void *ctx, struct assent_time now)
{
    for (unsigned i = 0; i < SWEEP_LOOKS; i++) {
        struct assent_lifecycle_context context = {.now = now, .method = ASSENT_METHOD_TIME};
        struct assent_lifecycle_outcome outcome;
        struct assent_record record;
        bool more;
        int error = visit(consents, &consents->sweep, &record, &more);

        if (!more) {
            consents->sweep = 0;
            return error == ASSENT_ERR_NOT_FOUND ? 0 : error;
        }
        context.policy = error == ASSENT_OK ? policy(ctx, record.site) : NULL;
        context.site = record.site;
        if (context.policy == NULL ||
            assent_lifecycle_expire(&record, &context, &outcome) != ASSENT_OK ||
            outcome.action == ASSENT_LIFECYCLE_LEAVE) {
            continue;
        }
        error = assent_consents_apply(consents, record.site, &outcome, now);
        return error != ASSENT_OK ? error : 1;
    }
    return 1;
}
