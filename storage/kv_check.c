/* SPDX-License-Identifier: MIT */
/* Looking over a whole key-value store without changing anything. */
#include "storage/kv_log.h"

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
    uint32_t size = tour->kv->flash->sector_bytes;

    tour->findings += finding != ASSENT_KV_FIND_LIVE;
    if (!tour->stop &&
        !tour->check->report(tour->check->ctx, finding, addr / size, addr % size, bytes)) {
        tour->stop = true;
    }
}

const char *assent_kv_check_text(enum assent_kv_finding finding)
{
    static const char *const text[] = {
        "live record",
        "sector header damaged",
        "sector of an unknown format version",
        "sector missing from the log",
        "bad sector, out of use",
        "sector said to be blank is not",
        "bytes in the log that are no record",
        "record whose checksum fails",
        "link to something that is no record",
        "valid record that its chain does not lead to",
        "valid record with a newer copy",
        "dead record that still has bytes of its key or value",
        "member of a batch that was never completed",
        "live bytes differ from the counter",
        "the device failed to read",
    };

    return (unsigned)finding < sizeof(text) / sizeof(text[0]) ? text[finding] : "unknown finding";
}

static void check_data(struct tour *tour, const struct assent_kv_record *record)
{
    struct assent_kv *kv = tour->kv;
    struct assent_kv_record newest;
    struct assent_kv_ident ident;
    uint8_t key[ASSENT_KV_KEY_BYTES];
    int found = assent_kv_index_ident(kv, record, key, &ident);

    if (found == 1) {
        found = assent_kv_index_find(kv, &ident, false, &newest);
    }
    if (found == ASSENT_OK && newest.addr == record->addr) {
        tour->live_bytes += assent_kv_clean_charge(kv, record->size);
        tour->seen_live = true;
        report(tour, ASSENT_KV_FIND_LIVE, record->addr, record->size);
    } else if (found == ASSENT_OK && tour->seen_live && kv->zero) {
        report(tour, ASSENT_KV_FIND_STALE, record->addr, record->size);
    } else if (found == ASSENT_ERR_NOT_FOUND && kv->zero) {
        report(tour, record->batch ? ASSENT_KV_FIND_BATCH : ASSENT_KV_FIND_UNREACHABLE,
               record->addr, record->size);
    } else if (found < 0 && found != ASSENT_ERR_NOT_FOUND) {
        report(tour, found == ASSENT_ERR_IO ? ASSENT_KV_FIND_UNREADABLE : ASSENT_KV_FIND_LINK,
               record->addr, record->size);
    }
}

static void check_record(struct tour *tour, const struct assent_kv_record *record)
{
    struct assent_kv *kv = tour->kv;
    struct assent_kv_record older = *record;

    if (record->crc == 0) {
        if (assent_kv_record_gone(kv, record) != 1) {
            report(tour, ASSENT_KV_FIND_NOT_ZERO, record->addr, record->size);
        }
        return;
    }
    if (assent_kv_record_intact(kv, record) != 1) {
        report(tour, ASSENT_KV_FIND_RECORD_BODY, record->addr, record->size);
        return;
    }
    if (assent_kv_index_older(kv, record->hash, &older) == KV_BAD) {
        report(tour, ASSENT_KV_FIND_LINK, record->addr, record->size);
    }
    if (record->key_bytes > 0) {
        check_data(tour, record);
    }
}

static void check_log_sector(struct tour *tour, uint32_t seq)
{
    struct assent_kv *kv = tour->kv;
    struct assent_kv_sector sector;
    struct assent_kv_walk walk;
    struct assent_kv_record record;
    uint32_t base = assent_kv_log_base(kv, seq);
    int more = assent_kv_log_sector(kv, seq % kv->flash->sector_count, &sector);

    if (more == ASSENT_OK && !(sector.opened && sector.seq == seq)) {
        report(tour,
               sector.retired                        ? ASSENT_KV_FIND_RETIRED
               : sector.blank || (sector.opened)     ? ASSENT_KV_FIND_SEQUENCE
               : sector.version != ASSENT_KV_VERSION ? ASSENT_KV_FIND_VERSION
                                                     : ASSENT_KV_FIND_HEADER,
               base, 0);
    }
    more = more == ASSENT_OK ? assent_kv_record_begin(kv, seq, 0, &walk) : more;
    while (more >= 0 && !tour->stop) {
        uint32_t off = walk.off;

        more = assent_kv_record_next(kv, &walk, &record);
        if (more == 1 && walk.skipped) {
            report(tour, ASSENT_KV_FIND_RECORD_HEADER, base + off, record.addr - base - off);
        }
        if (more != 1) {
            break;
        }
        check_record(tour, &record);
    }
    if (more < 0) {
        report(tour, ASSENT_KV_FIND_UNREADABLE, base, 0);
    }
}

static void check_other_sector(struct tour *tour, uint32_t place)
{
    struct assent_kv *kv = tour->kv;
    struct assent_kv_sector sector;
    uint32_t size = kv->flash->sector_bytes;
    int error = assent_kv_log_sector(kv, place, &sector);

    if (error != ASSENT_OK) {
        report(tour, ASSENT_KV_FIND_UNREADABLE, place * size, 0);
    } else if (sector.retired) {
        report(tour, ASSENT_KV_FIND_RETIRED, place * size, 0);
    } else if (!sector.blank || assent_kv_log_filled(kv, place * size + 32, size - 32, 0xFF) != 1) {
        report(tour, ASSENT_KV_FIND_NOT_BLANK, place * size, 0);
    }
}

int assent_kv_check(struct assent_kv *kv, const struct assent_kv_check *check)
{
    struct tour tour = {.kv = kv, .check = check};

    if (!kv->open || kv->foreign) {
        return ASSENT_ERR_STATE;
    }
    for (uint32_t seq = kv->tail_seq; seq != kv->head_seq + 1 && !tour.stop; seq++) {
        check_log_sector(&tour, seq);
    }
    for (uint32_t seq = kv->head_seq + 1;
         seq < kv->keep_seq + kv->flash->sector_count && !tour.stop; seq++) {
        check_other_sector(&tour, seq % kv->flash->sector_count);
    }
    if (!tour.stop && tour.live_bytes != kv->live_bytes) {
        report(&tour, ASSENT_KV_FIND_COUNT, 0, tour.live_bytes);
    }
    return tour.findings;
}
