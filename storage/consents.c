/* SPDX-License-Identifier: MIT */
/* The consent records: finding them, changing them together with the audit log, and letting go of
 * them in time. */
#include "storage/consents.h"

#include <string.h>

#include "core/bytes.h"
#include "storage/fixed.h"
#include "storage/layout.h"

enum {
    VALUE_VERSION = 1,
    SALT_OFFSET = 2,
    RECORD_OFFSET = SALT_OFFSET + ASSENT_AUDIT_SALT_BYTES,
    SINCE_BYTES = 5,   /* value of ASSENT_SPACE_PROVISIONAL: seconds since 1970 */
    EVICT_LOOKS = 64,  /* provisional grants looked at to make room for one */
    RESERVE_PART = 16, /* 1/16 of the store is kept free of new grants */
    STORED_BYTES = 12 + 16 + ASSENT_CONSENTS_VALUE_BYTES + 2 /* a record in the store */
};

_Static_assert(RECORD_OFFSET + ASSENT_RECORD_BYTES == ASSENT_CONSENTS_VALUE_BYTES, "value");

/* A record as it is stored, and as it is read. */
struct stored {
    uint8_t bytes[ASSENT_CONSENTS_VALUE_BYTES];
    struct assent_record record;
};

static struct assent_span key_of(const uint8_t subject[ASSENT_SUBJECT_BYTES])
{
    return assent_span(subject, ASSENT_SUBJECT_BYTES);
}

static void count(struct assent_consents *consents, uint8_t site, unsigned counter)
{
    if (consents->counters != NULL) {
        assent_counters_add(consents->counters, site, counter);
    }
}

static int load(struct assent_consents *consents, const uint8_t subject[ASSENT_SUBJECT_BYTES],
                struct stored *stored)
{
    int error = assent_fixed_get(consents->kv, ASSENT_SPACE_CONSENT, key_of(subject), stored->bytes,
                                 sizeof(stored->bytes));

    if (error == ASSENT_OK && stored->bytes[0] != VALUE_VERSION) {
        error = ASSENT_ERR_VERSION;
    }
    if (error == ASSENT_OK) {
        error = assent_record_decode(
            assent_span(stored->bytes + RECORD_OFFSET, ASSENT_RECORD_BYTES), &stored->record);
    }
    if (error == ASSENT_OK &&
        memcmp(stored->record.consent.subject, subject, ASSENT_SUBJECT_BYTES) != 0) {
        error = ASSENT_ERR_CORRUPT;
    }
    return error;
}

int assent_consents_find(struct assent_consents *consents,
                         const uint8_t subject[ASSENT_SUBJECT_BYTES], struct assent_record *record)
{
    struct stored stored;
    int error = load(consents, subject, &stored);

    if (error == ASSENT_OK) {
        *record = stored.record;
    }
    return error;
}

int assent_consents_find_record(void *ctx, const uint8_t subject[ASSENT_SUBJECT_BYTES],
                                struct assent_consent *out)
{
    struct assent_consents_site *site = ctx;
    struct stored stored;
    int error = load(site->consents, subject, &stored);

    if (error == ASSENT_OK && stored.record.site != site->site) {
        error = ASSENT_ERR_NOT_FOUND;
    }
    if (error == ASSENT_OK) {
        *out = stored.record.consent;
    }
    return error;
}

int assent_consents_salt(struct assent_consents *consents,
                         const uint8_t subject[ASSENT_SUBJECT_BYTES],
                         uint8_t out[ASSENT_AUDIT_SALT_BYTES])
{
    struct stored stored;
    int error = load(consents, subject, &stored);

    if (error == ASSENT_OK) {
        memcpy(out, stored.bytes + SALT_OFFSET, ASSENT_AUDIT_SALT_BYTES);
    }
    return error;
}

int assent_consents_reference(struct assent_consents *consents,
                              const uint8_t subject[ASSENT_SUBJECT_BYTES],
                              uint8_t out[ASSENT_AUDIT_REFERENCE_BYTES])
{
    uint8_t salt[ASSENT_AUDIT_SALT_BYTES];
    int error = assent_consents_salt(consents, subject, salt);

    return error != ASSENT_OK ? error
                              : assent_audit_reference(consents->crypto, salt, subject, out);
}

/* ---- changes ---- */

/* Everything kept by a subject, as changes to the store. Some of them in a row are one change of the
 * record. */
enum { RECORD, PROVISIONAL, RIGHTS, ITEMS };
_Static_assert(ASSENT_SPACE_CONSENT + PROVISIONAL == ASSENT_SPACE_PROVISIONAL &&
                   ASSENT_SPACE_CONSENT + RIGHTS == ASSENT_SPACE_RIGHTS,
               "in the order of their namespaces");
enum change {
    CONFIRM, /* PROVISIONAL goes */
    RENEW,   /* RECORD is stored; it stays provisional if it was */
    REPLACE, /* RECORD is stored, PROVISIONAL goes */
    REMOVE   /* all go */
};

/* Make such a change, with its entry unless that is NULL. Where the log takes none, and it is no grant,
 * the change alone (CON-4).
 *   stored  NULL for REMOVE */
static int apply(struct assent_consents *consents, enum change change,
                 const uint8_t subject[ASSENT_SUBJECT_BYTES], const struct stored *stored,
                 struct assent_audit_entry *entry)
{
    struct assent_store_item items[ITEMS + 1]; /* the log adds one */
    size_t first = change == CONFIRM ? PROVISIONAL : RECORD;
    size_t items_count = change == CONFIRM ? 1 : (size_t)change;
    int error = ASSENT_ERR_IO;

    for (unsigned i = 0; i < ITEMS; i++) {
        items[i] = (struct assent_store_item){
            (uint8_t)(ASSENT_SPACE_CONSENT + i), key_of(subject), {NULL, 0}, true};
    }
    if (stored != NULL) {
        items[RECORD].value = assent_span(stored->bytes, sizeof(stored->bytes));
        items[RECORD].remove = false;
    }
    if (entry != NULL) {
        error = assent_audit_log_apply(consents->audit, items + first, items_count, entry);
        if (error == ASSENT_OK || entry->type == ASSENT_AUDIT_GIVEN ||
            entry->type == ASSENT_AUDIT_CHANGED) {
            return error;
        }
    }
    error = assent_kv_apply(consents->kv, items + first, items_count);
    if (error == ASSENT_OK && entry != NULL) {
        count(consents, entry->site, ASSENT_COUNTER_AUDIT_MISSED);
    }
    return error;
}

/* The same with the entry about the record; without digest if it is to be deleted. */
static int apply_logged(struct assent_consents *consents, enum change change, uint8_t type,
                        const struct stored *stored, const struct assent_time *now)
{
    const struct assent_record *record = &stored->record;
    const uint8_t *salt = stored->bytes + SALT_OFFSET;
    struct assent_audit_entry entry = {
        .type = type,
        .site = record->site,
        .flags = record->consent.flags,
        .method = type == ASSENT_AUDIT_EXPIRED ? (uint8_t)ASSENT_METHOD_TIME : record->method,
        .time = *now,
        .has_reference = true};
    int error =
        assent_audit_reference(consents->crypto, salt, record->consent.subject, entry.reference);

    memcpy(entry.choice, record->consent.choice, sizeof(entry.choice));
    if (error == ASSENT_OK && change != REMOVE) {
        error = assent_audit_digest(consents->crypto, salt,
                                    assent_span(stored->bytes + RECORD_OFFSET, ASSENT_RECORD_BYTES),
                                    entry.detail);
    }
    return error != ASSENT_OK ? error
                              : apply(consents, change, record->consent.subject,
                                      change == REMOVE ? NULL : stored, &entry);
}

static bool is_provisional(struct assent_consents *consents,
                           const uint8_t subject[ASSENT_SUBJECT_BYTES])
{
    uint8_t since[SINCE_BYTES];

    return assent_kv_get(consents->kv, ASSENT_SPACE_PROVISIONAL, key_of(subject), since,
                         sizeof(since)) >= 0;
}

static int confirm(struct assent_consents *consents, const struct stored *stored,
                   const struct assent_time *now)
{
    int error = apply_logged(consents, CONFIRM, ASSENT_AUDIT_GIVEN, stored, now);

    if (error == ASSENT_OK) {
        count(consents, stored->record.site, ASSENT_COUNTER_CONFIRMED);
    }
    return error;
}

int assent_consents_confirm(struct assent_consents *consents,
                            const uint8_t subject[ASSENT_SUBJECT_BYTES], struct assent_time now)
{
    struct stored stored;
    int error;

    if (!is_provisional(consents, subject)) {
        return 0;
    }
    error = load(consents, subject, &stored);
    if (error == ASSENT_ERR_NOT_FOUND) {
        return 0;
    }
    if (error == ASSENT_OK) {
        error = confirm(consents, &stored, &now);
    }
    return error != ASSENT_OK ? error : 1;
}

/* ---- room ---- */

/* Delete a provisional grant that is old enough to go. Nothing in the log points to it. */
static int evict(struct assent_consents *consents, uint8_t site, const struct assent_time *now)
{
    uint8_t key[ASSENT_KV_KEY_BYTES];
    uint8_t since[SINCE_BYTES];
    bool turned = consents->evict == 0;

    for (unsigned i = 0; i < EVICT_LOOKS; i++) {
        int len = assent_kv_next(consents->kv, ASSENT_SPACE_PROVISIONAL, &consents->evict, key);
        int error;

        if (len < 0) {
            consents->evict = 0;
            if (len != ASSENT_ERR_NOT_FOUND || turned) {
                return len == ASSENT_ERR_NOT_FOUND ? ASSENT_ERR_FULL : len;
            }
            turned = true;
        } else if (assent_fixed_get(consents->kv, ASSENT_SPACE_PROVISIONAL, key_of(key), since,
                                    sizeof(since)) == ASSENT_OK &&
                   assent_bytes_load40(since) + ASSENT_CONSENTS_PROVISIONAL_S <= now->unix_s) {
            error = apply(consents, REMOVE, key, NULL, NULL);
            if (error == ASSENT_OK) {
                count(consents, site, ASSENT_COUNTER_EVICTED);
            }
            return error;
        }
    }
    return ASSENT_ERR_FULL;
}

/* Bytes that new grants may take (CON-4), and those that are left of them. */
static uint32_t free_bytes(struct assent_consents *consents, uint32_t *usable)
{
    struct assent_kv_stats stats;

    assent_kv_stats(consents->kv, &stats);
    *usable = stats.capacity_bytes - stats.capacity_bytes / RESERVE_PART;
    return stats.live_bytes < *usable ? *usable - stats.live_bytes : 0;
}

void assent_consents_room(struct assent_consents *consents, struct assent_consents_room *room)
{
    uint32_t usable;

    room->free = free_bytes(consents, &usable) / STORED_BYTES;
    room->capacity = usable / STORED_BYTES;
}

/* ---- what the lifecycle decided ---- */

_Static_assert(ASSENT_AUDIT_EXPIRED - ASSENT_AUDIT_RESTRICTED ==
                   ASSENT_COUNTER_EXPIRED - ASSENT_COUNTER_RESTRICTED,
               "what is restricted, objected to, erased and expired is counted in the same order");

/* Counters of a change: its event, or its tiers and its method. */
static void count_change(struct assent_consents *consents, uint8_t site,
                         const struct assent_lifecycle_outcome *outcome)
{
    if (outcome->event >= ASSENT_AUDIT_RESTRICTED && outcome->event <= ASSENT_AUDIT_EXPIRED) {
        count(consents, site, ASSENT_COUNTER_RESTRICTED + outcome->event - ASSENT_AUDIT_RESTRICTED);
        return;
    }
    for (unsigned tier = ASSENT_TIER_ANALYTICS; tier < ASSENT_TIER_COUNT; tier++) {
        uint8_t choice = outcome->consent.choice[tier];

        if (choice != ASSENT_CHOICE_UNDECIDED) {
            count(consents, site, 3 * (tier - 1) + choice - ASSENT_CHOICE_GRANTED);
        }
    }
    if (outcome->record.method < ASSENT_METHODS) {
        count(consents, site, ASSENT_COUNTER_METHOD + outcome->record.method);
    }
}

/* A first grant: provisional, without an entry yet. */
static int store_new(struct assent_consents *consents, const struct stored *stored,
                     const struct assent_time *now)
{
    struct assent_span key = key_of(stored->record.consent.subject);
    uint8_t since[SINCE_BYTES];
    const struct assent_store_item items[] = {
        {ASSENT_SPACE_CONSENT, key, assent_span(stored->bytes, sizeof(stored->bytes)), false},
        {ASSENT_SPACE_PROVISIONAL, key, assent_span(since, sizeof(since)), false},
    };
    uint32_t usable;
    int error = ASSENT_OK;

    while (error == ASSENT_OK && free_bytes(consents, &usable) < 2 * STORED_BYTES) {
        error = evict(consents, stored->record.site, now);
    }
    if (error == ASSENT_OK) { /* its entry will want to be written soon */
        error = assent_audit_log_room(consents->audit, *now);
    }
    if (error == ASSENT_OK) {
        assent_bytes_store40(since, now->unix_s);
        error = assent_kv_apply(consents->kv, items, 2);
    }
    return error;
}

static int store(struct assent_consents *consents, const struct assent_lifecycle_outcome *outcome,
                 const struct assent_time *now)
{
    const struct assent_record *record = &outcome->record;
    const uint8_t *subject = record->consent.subject;
    bool provisional = is_provisional(consents, subject);
    bool by_time = record->method == ASSENT_METHOD_TIME;
    struct stored stored;
    int known = load(consents, subject, &stored);
    int error = known;

    if (known == ASSENT_OK) {
        if (stored.record.consent.sequence + 1 != record->consent.sequence) {
            error = ASSENT_ERR_STATE;
        } else if (provisional && !by_time) { /* who changes a choice has shown the token */
            error = confirm(consents, &stored, now);
            error = error == ASSENT_ERR_FULL ? ASSENT_OK : error;
        }
    } else if (known == ASSENT_ERR_NOT_FOUND) {
        stored.bytes[0] = VALUE_VERSION;
        stored.bytes[1] = 0;
        error = record->consent.sequence == 1 && outcome->event == ASSENT_AUDIT_GIVEN
                    ? consents->entropy->random(consents->entropy->ctx, stored.bytes + SALT_OFFSET,
                                                ASSENT_AUDIT_SALT_BYTES)
                    : ASSENT_ERR_STATE;
    }
    if (error == ASSENT_OK) {
        stored.record = *record;
        error = assent_record_encode(record, stored.bytes + RECORD_OFFSET);
    }
    if (error != ASSENT_OK) {
        return error;
    }
    if (known != ASSENT_OK) {
        return store_new(consents, &stored, now);
    }
    return provisional && by_time /* the log has never heard of it */
               ? apply(consents, RENEW, subject, &stored, NULL)
               : apply_logged(consents, REPLACE, outcome->event, &stored, now);
}

static int remove_record(struct assent_consents *consents,
                         const struct assent_lifecycle_outcome *outcome,
                         const struct assent_time *now)
{
    const uint8_t *subject = outcome->record.consent.subject;
    struct stored stored;
    int error = load(consents, subject, &stored);

    if (error == ASSENT_ERR_NOT_FOUND) {
        return ASSENT_OK; /* gone already */
    }
    return error != ASSENT_OK || is_provisional(consents, subject)
               ? apply(consents, REMOVE, subject, NULL,
                       NULL) /* the log cannot say anything of it */
               : apply_logged(consents, REMOVE, outcome->event, &stored, now);
}

int assent_consents_apply(struct assent_consents *consents, uint8_t site,
                          const struct assent_lifecycle_outcome *outcome, struct assent_time now)
{
    int error = ASSENT_OK;

    if (outcome->action != ASSENT_LIFECYCLE_LEAVE) {
        site = outcome->record.site;
        error = outcome->action == ASSENT_LIFECYCLE_STORE ? store(consents, outcome, &now)
                                                          : remove_record(consents, outcome, &now);
    }
    if (error == ASSENT_OK && outcome->changed) {
        count_change(consents, site, outcome);
    } else if (error == ASSENT_ERR_FULL) {
        count(consents, site, ASSENT_COUNTER_REFUSED_FULL);
    }
    return error;
}
