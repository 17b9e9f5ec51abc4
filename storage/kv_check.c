/* SPDX-License-Identifier: MIT */
/* Looking over a whole key-value store without changing anything. */
#include "storage/kv_log.h"

enum { NOTHING = -1 };

struct tour {
    struct assent_kv *kv;
    const struct assent_kv_check *check;
    int findings;
    uint32_t live_bytes;
    bool seen_live; /* what is before the first live record has been copied out already */
    bool stop;
};

static void report(struct tour *tour, enum assent_kv_finding finding, uint32_t addr, uint32_t bytes)
{
    uint32_t size = tour->kv->sector_bytes;

    /* Whatever else it looks like, what cannot be read is nothing but that. */
    finding = tour->kv->error != ASSENT_OK ? ASSENT_KV_FIND_UNREADABLE : finding;
    tour->kv->error = ASSENT_OK;
    tour->findings += finding != ASSENT_KV_FIND_LIVE;
    if (!tour->stop) {
        tour->stop =
            !tour->check->report(tour->check->ctx, finding, addr / size, addr % size, bytes);
    }
}

/* What there is to say of a record; NOTHING, or a finding. */
static int judge(struct tour *tour, struct assent_kv_record *record)
{
    struct assent_kv *kv = tour->kv;
    struct assent_kv_record older = *record;
    uint8_t key[ASSENT_KV_KEY_BYTES];

    if (record->crc == 0) {
        return assent_kv_record_gone(kv, record) ? NOTHING : (int)ASSENT_KV_FIND_NOT_ZERO;
    }
    if (!assent_kv_record_intact(kv, record, NULL)) {
        return ASSENT_KV_FIND_RECORD_BODY;
    }
    if (assent_kv_index_older(kv, &older) == KV_BAD) {
        report(tour, ASSENT_KV_FIND_LINK, record->addr, record->size);
    }
    if (record->key_bytes == 0 || record->removed) {
        return NOTHING;
    }
    switch (assent_kv_index_standing(kv, record, key)) {
    case ASSENT_OK:
        tour->live_bytes += assent_kv_clean_charge(kv, record->size);
        tour->seen_live = true;
        return ASSENT_KV_FIND_LIVE;
    case ASSENT_ERR_NOT_FOUND:
        return !kv->zero       ? NOTHING
               : record->batch ? (int)ASSENT_KV_FIND_BATCH
                               : (int)ASSENT_KV_FIND_UNREACHABLE;
    case ASSENT_ERR_STATE:
        return kv->zero && tour->seen_live && (kv->flash->flags & ASSENT_FLASH_DISTURB) == 0
                   ? (int)ASSENT_KV_FIND_STALE
                   : NOTHING;
    default:
        return ASSENT_KV_FIND_LINK;
    }
}

/* A sector of the log by its header. */
static void check_sector(struct tour *tour, uint32_t seq)
{
    struct assent_kv *kv = tour->kv;
    struct assent_kv_sector sector;
    uint32_t base = assent_kv_log_base(kv, seq);

    assent_kv_log_sector(kv, seq, &sector);
    if (sector.kind == KV_RETIRED) {
        report(tour, ASSENT_KV_FIND_RETIRED, base, 0);
    } else if (seq - kv->tail_seq > kv->head_seq - kv->tail_seq) {
        /* One whose erase was the last thing before the power went has no header yet. */
        if (sector.kind < KV_EMPTY || sector.kind > KV_READY ||
            !assent_kv_log_filled(kv, base + ASSENT_KV_SECTOR_HEADER_BYTES,
                                  kv->sector_bytes - ASSENT_KV_SECTOR_HEADER_BYTES, 0xFF)) {
            report(tour, ASSENT_KV_FIND_NOT_BLANK, base, 0);
        }
    } else if (sector.kind != KV_OPENED || sector.seq != seq) {
        report(tour,
               sector.kind >= KV_READY               ? ASSENT_KV_FIND_SEQUENCE
               : sector.version != ASSENT_KV_VERSION ? ASSENT_KV_FIND_VERSION
                                                     : ASSENT_KV_FIND_HEADER,
               base, 0);
    }
}

int assent_kv_check(struct assent_kv *kv, const struct assent_kv_check *check)
{
    struct tour tour = {.kv = kv, .check = check};
    struct assent_kv_walk walk;
    struct assent_kv_record record;
    uint32_t from;
    int finding;
    bool more = true;

    if (assent_kv_log_begin(kv, false) != ASSENT_OK) {
        return ASSENT_ERR_STATE;
    }
    for (uint32_t seq = kv->tail_seq; seq < kv->keep_seq + kv->count && !tour.stop; seq++) {
        check_sector(&tour, seq);
    }
    assent_kv_record_begin(kv, kv->tail_seq, 0, &walk);
    while (more && !tour.stop) {
        from = assent_kv_log_base(kv, walk.seq) + walk.off;
        more = assent_kv_record_next(kv, &walk, &record);
        if (walk.skipped || kv->error != ASSENT_OK) {
            report(&tour, ASSENT_KV_FIND_RECORD_HEADER, from, 0);
        }
        finding = more ? judge(&tour, &record) : NOTHING;
        if (finding != NOTHING) {
            report(&tour, (enum assent_kv_finding)finding, record.addr, record.size);
        }
    }
    if (!tour.stop && tour.live_bytes != kv->live_bytes) {
        report(&tour, ASSENT_KV_FIND_COUNT, 0, tour.live_bytes);
    }
    return tour.findings;
}
