/* SPDX-License-Identifier: MIT */
/* The consent records: finding them, changing them together with the audit log, and letting go of
 * them in time. */
#include "storage/consents.h"

#include <string.h>

#include "core/bytes.h"
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

/* A record as it is stored. */
struct stored {
    uint8_t bytes[ASSENT_CONSENTS_VALUE_BYTES];
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
    int got = assent_kv_get(consents->kv, ASSENT_SPACE_CONSENT, key_of(subject), stored->bytes,
                            sizeof(stored->bytes));

    if (got < 0) {
        return got == ASSENT_ERR_SPACE ? ASSENT_ERR_VERSION : got;
    }
    if (got > 0 && stored->bytes[0] != VALUE_VERSION) {
        return ASSENT_ERR_VERSION;
    }
    return got == (int)sizeof(stored->bytes) ? ASSENT_OK : ASSENT_ERR_CORRUPT;
}

static int read_record(const struct stored *stored, struct assent_record *record)
{
    return assent_record_decode(assent_span(stored->bytes + RECORD_OFFSET, ASSENT_RECORD_BYTES),
                                record);
}

int assent_consents_find(struct assent_consents *consents,
                         const uint8_t subject[ASSENT_SUBJECT_BYTES], struct assent_record *record)
{
    struct stored stored;
    int error = load(consents, subject, &stored);

    if (error == ASSENT_OK) {
        error = read_record(&stored, record);
    }
    if (error == ASSENT_OK && memcmp(record->consent.subject, subject, ASSENT_SUBJECT_BYTES) != 0) {
        error = ASSENT_ERR_CORRUPT;
    }
    return error;
}

int assent_consents_find_record(void *ctx, const uint8_t subject[ASSENT_SUBJECT_BYTES],
                                struct assent_consent *out)
{
    struct assent_consents_site *site = ctx;
    struct assent_record record;
    int error = assent_consents_find(site->consents, subject, &record);

    if (error == ASSENT_OK && record.site != site->site) {
        error = ASSENT_ERR_NOT_FOUND;
    }
    if (error == ASSENT_OK) {
        *out = record.consent;
    }
    return error;
}

int assent_consents_reference(struct assent_consents *consents,
                              const uint8_t subject[ASSENT_SUBJECT_BYTES],
                              uint8_t out[ASSENT_AUDIT_REFERENCE_BYTES])
{
    struct stored stored;
    int error = load(consents, subject, &stored);

    return error != ASSENT_OK
               ? error
               : assent_audit_reference(consents->crypto, stored.bytes + SALT_OFFSET, subject, out);
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

/* ---- changes ---- */

/* The audit entry about a record; without digest if it is to be deleted. */
static int make_entry(const struct assent_consents *consents, const struct stored *stored,
                      const struct assent_record *record, uint8_t type, bool digest,
                      struct assent_time now, struct assent_audit_entry *entry)
{
    const uint8_t *salt = stored->bytes + SALT_OFFSET;
    int error;

    *entry = (struct assent_audit_entry){
        .type = type,
        .site = record->site,
        .flags = record->consent.flags,
        .method = type == ASSENT_AUDIT_EXPIRED ? (uint8_t)ASSENT_METHOD_TIME : record->method,
        .time = now,
        .has_reference = true};
    memcpy(entry->choice, record->consent.choice, sizeof(entry->choice));
    error =
        assent_audit_reference(consents->crypto, salt, record->consent.subject, entry->reference);
    if (error == ASSENT_OK && digest) {
        error = assent_audit_digest(consents->crypto, salt,
                                    assent_span(stored->bytes + RECORD_OFFSET, ASSENT_RECORD_BYTES),
                                    entry->detail);
    }
    return error;
}

/* Everything kept by a subject, as changes that delete it. */
static size_t deletions(struct assent_span key, struct assent_store_item *items)
{
    static const uint8_t spaces[] = {ASSENT_SPACE_CONSENT, ASSENT_SPACE_PROVISIONAL,
                                     ASSENT_SPACE_RIGHTS};

    for (size_t i = 0; i < sizeof(spaces); i++) {
        items[i] = (struct assent_store_item){spaces[i], key, {NULL, 0}, true};
    }
    return sizeof(spaces);
}

static bool is_provisional(struct assent_consents *consents, struct assent_span key)
{
    uint8_t since[SINCE_BYTES];

    return assent_kv_get(consents->kv, ASSENT_SPACE_PROVISIONAL, key, since, sizeof(since)) >= 0;
}

/* Changes with their entry; where the log takes none, and it is no grant, the changes alone
 * (CON-4). */
static int apply_logged(struct assent_consents *consents, struct assent_store_item *items,
                        size_t items_count, struct assent_audit_entry *entry)
{
    int error = assent_audit_log_apply(consents->audit, items, items_count, entry);

    if (error == ASSENT_OK || entry->type == ASSENT_AUDIT_GIVEN ||
        entry->type == ASSENT_AUDIT_CHANGED) {
        return error;
    }
    error = assent_kv_apply(consents->kv, items, items_count);
    if (error == ASSENT_OK) {
        count(consents, entry->site, ASSENT_COUNTER_AUDIT_MISSED);
    }
    return error;
}

int assent_consents_confirm(struct assent_consents *consents,
                            const uint8_t subject[ASSENT_SUBJECT_BYTES], struct assent_time now)
{
    struct assent_store_item items[2] = {
        {ASSENT_SPACE_PROVISIONAL, key_of(subject), {NULL, 0}, true}};
    struct assent_audit_entry entry;
    struct assent_record record;
    struct stored stored;
    int error;

    if (!is_provisional(consents, key_of(subject))) {
        return 0;
    }
    error = load(consents, subject, &stored);
    if (error == ASSENT_OK) {
        error = read_record(&stored, &record);
    }
    if (error != ASSENT_OK) {
        return error == ASSENT_ERR_NOT_FOUND ? 0 : error;
    }
    error = make_entry(consents, &stored, &record, ASSENT_AUDIT_GIVEN, true, now, &entry);
    if (error == ASSENT_OK) {
        error = assent_audit_log_apply(consents->audit, items, 1, &entry);
    }
    if (error != ASSENT_OK) {
        return error;
    }
    count(consents, record.site, ASSENT_COUNTER_CONFIRMED);
    return 1;
}

/* ---- room ---- */

/* Delete a provisional grant that is old enough to go. Nothing in the log points to it. */
static int evict(struct assent_consents *consents, uint8_t site, struct assent_time now)
{
    uint8_t key[ASSENT_KV_KEY_BYTES];
    bool turned = consents->evict == 0;

    for (unsigned i = 0; i < EVICT_LOOKS; i++) {
        struct assent_store_item items[3];
        uint8_t since[SINCE_BYTES];
        int len = assent_kv_next(consents->kv, ASSENT_SPACE_PROVISIONAL, &consents->evict, key);
        struct assent_span name = assent_span(key, len > 0 ? (size_t)len : 0);
        int error;

        if (len == ASSENT_ERR_NOT_FOUND && !turned) {
            consents->evict = 0;
            turned = true;
            continue;
        }
        if (len < 0) {
            consents->evict = 0;
            return len == ASSENT_ERR_NOT_FOUND ? ASSENT_ERR_FULL : len;
        }
        if (assent_kv_get(consents->kv, ASSENT_SPACE_PROVISIONAL, name, since, sizeof(since)) ==
                (int)sizeof(since) &&
            assent_bytes_load40(since) + ASSENT_CONSENTS_PROVISIONAL_S <= now.unix_s) {
            error = assent_kv_apply(consents->kv, items, deletions(name, items));
            if (error == ASSENT_OK) {
                count(consents, site, ASSENT_COUNTER_EVICTED);
            }
            return error;
        }
    }
    return ASSENT_ERR_FULL;
}

/* Bytes that new grants may still take (CON-4). */
static uint32_t free_bytes(struct assent_consents *consents, uint32_t *capacity)
{
    struct assent_kv_stats stats;
    uint32_t usable;

    assent_kv_stats(consents->kv, &stats);
    *capacity = stats.capacity_bytes;
    usable = stats.capacity_bytes - stats.capacity_bytes / RESERVE_PART;
    return stats.live_bytes < usable ? usable - stats.live_bytes : 0;
}

static int make_room(struct assent_consents *consents, uint8_t site, struct assent_time now)
{
    uint32_t capacity;
    int error = ASSENT_OK;

    while (error == ASSENT_OK && free_bytes(consents, &capacity) < 2 * STORED_BYTES) {
        error = evict(consents, site, now);
    }
    return error;
}

void assent_consents_room(struct assent_consents *consents, struct assent_consents_room *room)
{
    uint32_t capacity;

    room->free = free_bytes(consents, &capacity) / STORED_BYTES;
    room->capacity = (capacity - capacity / RESERVE_PART) / STORED_BYTES;
}

/* ---- what the lifecycle decided ---- */

/* Counters of a change: its tiers, its method, its event. */
static void count_change(struct assent_consents *consents, uint8_t site,
                         const struct assent_lifecycle_outcome *outcome)
{
    static const uint8_t events[ASSENT_AUDIT_EXPIRED + 1] = {
        [ASSENT_AUDIT_RESTRICTED] = ASSENT_COUNTER_RESTRICTED,
        [ASSENT_AUDIT_OBJECTED] = ASSENT_COUNTER_OBJECTED,
        [ASSENT_AUDIT_ERASED] = ASSENT_COUNTER_ERASED,
        [ASSENT_AUDIT_EXPIRED] = ASSENT_COUNTER_EXPIRED,
    };
    uint8_t event = outcome->event < sizeof(events) ? events[outcome->event] : 0;

    if (!outcome->changed) {
        return;
    }
    if (event != 0) {
        count(consents, site, event);
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
static int store_new(struct assent_consents *consents, struct stored *stored,
                     const struct assent_record *record, struct assent_time now)
{
    struct assent_span key = key_of(record->consent.subject);
    uint8_t since[SINCE_BYTES];
    const struct assent_store_item items[] = {
        {ASSENT_SPACE_CONSENT, key, assent_span(stored->bytes, sizeof(stored->bytes)), false},
        {ASSENT_SPACE_PROVISIONAL, key, assent_span(since, sizeof(since)), false},
    };
    int error = make_room(consents, record->site, now);

    if (error == ASSENT_OK) { /* its entry will want to be written soon */
        error = assent_audit_log_room(consents->audit, now);
    }
    if (error == ASSENT_OK) {
        assent_bytes_store40(since, now.unix_s);
        error = assent_kv_apply(consents->kv, items, 2);
    }
    return error;
}

static int store(struct assent_consents *consents, const struct assent_lifecycle_outcome *outcome,
                 struct assent_time now)
{
    const struct assent_record *record = &outcome->record;
    struct assent_span key = key_of(record->consent.subject);
    struct assent_store_item items[3] = {[1] = {ASSENT_SPACE_PROVISIONAL, key, {NULL, 0}, true}};
    struct assent_audit_entry entry;
    struct assent_record old;
    struct stored stored;
    bool provisional = is_provisional(consents, key);
    int known = load(consents, record->consent.subject, &stored);
    int error = ASSENT_OK;

    if (known == ASSENT_OK) {
        error = read_record(&stored, &old);
        if (error == ASSENT_OK && old.consent.sequence + 1 != record->consent.sequence) {
            error = ASSENT_ERR_STATE;
        }
        if (error == ASSENT_OK && provisional && record->method != ASSENT_METHOD_TIME) {
            /* Who changes a choice has shown the token. */
            error = assent_consents_confirm(consents, record->consent.subject, now);
            error = error > 0 || error == ASSENT_ERR_FULL ? ASSENT_OK : error;
        }
    } else if (known == ASSENT_ERR_NOT_FOUND) {
        error = record->consent.sequence == 1 && outcome->event == ASSENT_AUDIT_GIVEN
                    ? ASSENT_OK
                    : ASSENT_ERR_STATE;
        memset(&stored, 0, sizeof(stored));
        stored.bytes[0] = VALUE_VERSION;
        if (error == ASSENT_OK) {
            error = consents->entropy->random(consents->entropy->ctx, stored.bytes + SALT_OFFSET,
                                              ASSENT_AUDIT_SALT_BYTES);
        }
    } else {
        error = known;
    }
    if (error == ASSENT_OK) {
        error = assent_record_encode(record, stored.bytes + RECORD_OFFSET);
    }
    if (error != ASSENT_OK) {
        return error;
    }
    if (known == ASSENT_ERR_NOT_FOUND) {
        return store_new(consents, &stored, record, now);
    }
    items[0] = (struct assent_store_item){ASSENT_SPACE_CONSENT, key,
                                          assent_span(stored.bytes, sizeof(stored.bytes)), false};
    if (provisional && record->method == ASSENT_METHOD_TIME) {
        return assent_kv_apply(consents->kv, items, 1); /* the log has never heard of it */
    }
    error = make_entry(consents, &stored, record, outcome->event, true, now, &entry);
    return error != ASSENT_OK ? error : apply_logged(consents, items, 2, &entry);
}

static int remove_record(struct assent_consents *consents,
                         const struct assent_lifecycle_outcome *outcome, struct assent_time now)
{
    const struct assent_record *record = &outcome->record;
    struct assent_span key = key_of(record->consent.subject);
    struct assent_store_item items[4];
    struct assent_audit_entry entry;
    struct stored stored;
    size_t items_count = deletions(key, items);
    int error = load(consents, record->consent.subject, &stored);

    if (error == ASSENT_ERR_NOT_FOUND) {
        return ASSENT_OK; /* gone already */
    }
    if (error != ASSENT_OK || is_provisional(consents, key)) {
        /* Unreadable, or the log never heard of it. */
        return assent_kv_apply(consents->kv, items, items_count);
    }
    error = make_entry(consents, &stored, record, outcome->event, false, now, &entry);
    return error != ASSENT_OK ? error : apply_logged(consents, items, items_count, &entry);
}

int assent_consents_apply(struct assent_consents *consents, uint8_t site,
                          const struct assent_lifecycle_outcome *outcome, struct assent_time now)
{
    int error = ASSENT_OK;

    if (outcome->action != ASSENT_LIFECYCLE_LEAVE) {
        site = outcome->record.site;
        error = outcome->action == ASSENT_LIFECYCLE_STORE ? store(consents, outcome, now)
                                                          : remove_record(consents, outcome, now);
    }
    if (error == ASSENT_OK) {
        count_change(consents, site, outcome);
    } else if (error == ASSENT_ERR_FULL) {
        count(consents, site, ASSENT_COUNTER_REFUSED_FULL);
    }
    return error;
}
