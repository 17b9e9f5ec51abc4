/* SPDX-License-Identifier: MIT */
/* Reading the audit log: page by page, its head, what it says about itself. */
#include <string.h>

#include "storage/audit_ring.h"

int assent_audit_log_next(struct assent_audit_log *log, uint32_t *sequence,
                          uint8_t out[ASSENT_AUDIT_ENTRY_BYTES])
{
    struct assent_audit_sector sector;
    uint32_t epoch = assent_audit_ring_oldest(log);
    int error = ASSENT_ERR_STATE;

    if (log->mounted) {
        if (log->page_epoch > epoch && log->page_first <= *sequence) {
            epoch = log->page_epoch;
        }
        error = assent_audit_ring_seek(log, epoch, &sector);
    }
    while (error == ASSENT_OK) {
        struct assent_audit_sector next;
        int more = assent_audit_ring_seek(log, sector.epoch + 1, &next);
        /* A torn slot at the end of a sector may claim what the next one begins with. */
        uint32_t end = more == ASSENT_OK ? next.first : log->chain.sequence;
        /* Each entry takes a slot or more. */
        uint32_t slot = *sequence > sector.first && !sector.guessed ? *sequence - sector.first : 0;

        for (; *sequence < end && slot < assent_audit_ring_slots(log); slot++) {
            struct assent_audit_entry entry;

            if (assent_audit_ring_read(log, sector.epoch, slot, out) != ASSENT_OK) {
                return ASSENT_ERR_IO;
            }
            if (assent_audit_decode(out, &entry) == ASSENT_OK && entry.sequence >= *sequence &&
                entry.sequence < end && entry.epoch == sector.epoch) {
                *sequence = entry.sequence + 1;
                log->page_epoch = sector.epoch;
                log->page_first = sector.first;
                return ASSENT_OK;
            }
        }
        error = more;
        sector = next;
    }
    return error;
}

int assent_audit_log_start(struct assent_audit_log *log, struct assent_audit_chain *chain)
{
    struct assent_audit_sector sector;
    int error = log->mounted ? assent_audit_ring_seek(log, assent_audit_ring_oldest(log), &sector)
                             : ASSENT_ERR_STATE;

    if (error == ASSENT_OK) {
        chain->sequence = sector.first;
        chain->epoch = sector.epoch;
        memcpy(chain->mac, sector.mac, sizeof(chain->mac));
    }
    return error;
}

int assent_audit_log_head(struct assent_audit_log *log, struct assent_time now,
                          uint8_t out[ASSENT_AUDIT_HEAD_BYTES])
{
    int error = assent_audit_log_room(log, now); /* the end has to be firm */

    if (error != ASSENT_OK && (error != ASSENT_ERR_FULL || log->pending || log->fresh)) {
        return error;
    }
    error = assent_audit_seal(&log->chain, now, log->crypto, log->seal_key, out);
    log->witnessed = log->witnessed || error == ASSENT_OK;
    return error;
}

int assent_audit_log_seal(const struct assent_audit_log *log,
                          const uint8_t digest[ASSENT_SHA256_BYTES],
                          uint8_t out[ASSENT_SHA256_BYTES])
{
    const struct assent_span parts[] = {ASSENT_SPAN("assent evidence v1"),
                                        assent_span(digest, ASSENT_SHA256_BYTES)};

    return !log->mounted || log->finding == ASSENT_AUDIT_NO_KEY
               ? ASSENT_ERR_STATE
               : log->crypto->hmac(log->crypto->ctx, log->seal_key, parts, 2, out);
}

int assent_audit_log_stats(struct assent_audit_log *log, struct assent_audit_stats *stats)
{
    struct assent_audit_chain start = {.sequence = log->chain.sequence};
    uint32_t count = log->flash->sector_count;
    int error = assent_audit_log_start(log, &start);

    *stats = (struct assent_audit_stats){0};
    if (error != ASSENT_OK && error != ASSENT_ERR_NOT_FOUND) {
        return error;
    }
    stats->first = start.sequence;
    stats->count = log->chain.sequence;
    stats->epoch = log->chain.epoch;
    stats->capacity = assent_audit_ring_slots(log) * (count - 1);
    stats->full_count = log->full_count;
    stats->finding = (enum assent_audit_finding)log->finding;
    stats->anchor = log->counted     ? ASSENT_AUDIT_ANCHOR_COUNTER
                    : log->witnessed ? ASSENT_AUDIT_ANCHOR_WITNESS
                                     : ASSENT_AUDIT_ANCHOR_NONE;
    for (uint32_t place = 0; place < count; place++) {
        struct assent_audit_sector sector;

        error = assent_audit_ring_look(log, place, &sector);
        if (error != ASSENT_OK) {
            return error;
        }
        if (sector.erases > stats->highest_wear) {
            stats->highest_wear = sector.erases;
        }
    }
    if (stats->count > stats->first) {
        uint32_t last = stats->count - 1;
        uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES];
        struct assent_audit_entry entry;

        if (assent_audit_log_next(log, &last, bytes) == ASSENT_OK &&
            assent_audit_decode(bytes, &entry) == ASSENT_OK &&
            entry.time.trust != ASSENT_CLOCK_NONE) {
            stats->newest_s = entry.time.unix_s;
        }
    }
    return ASSENT_OK;
}
