/* SPDX-License-Identifier: MIT */
/* Making room in the key-value store: the oldest sector is cleaned record by record and erased.
 *
 * Each put pays for cleaning in proportion to what it takes: with F free bytes above the reserve and
 * at most U live bytes still to be visited, U / F bytes are copied for each byte put. That ratio cannot grow
 * while the oldest part of the log is worked off, so no pattern of puts ever waits for more than
 * copies_limit copies and one erase. */
#include "storage/kv_log.h"

enum {
    RESERVE_SECTORS = 2, /* ready sectors that only cleaning may use: it never blocks itself */
    IDLE_COPIES = 8,
    COPIES_MAX = 17, /* for each record put, as long as the reserve is not touched */
    COPY_ATTEMPTS_MAX = 3,
    CAPACITY_PERCENT = 78
};

static uint32_t room_of_sector(const struct assent_kv *kv)
{
    return kv->sector_bytes - ASSENT_KV_SECTOR_HEADER_BYTES;
}

uint32_t assent_kv_clean_capacity(const struct assent_kv *kv)
{
    uint32_t working = kv->count - (uint32_t)kv->retired;
    uint32_t share = kv->count * (kv->sector_bytes / 128 * CAPACITY_PERCENT) / 100 * 128;
    uint32_t packed = working >= 7 ? working - 5 : working >= 4 ? 1 : 0;

    return assent_kv_log_least(share, packed * room_of_sector(kv));
}

/* A record that does not fit what is left of a sector leaves that unused. For small ones the free sectors
 * cover it; a large one counts twice, so that whatever is live always fits (KV-11). */
uint32_t assent_kv_clean_charge(const struct assent_kv *kv, uint32_t size)
{
    uint32_t room = room_of_sector(kv);

    return size <= room / 8 ? size : assent_kv_log_least(size * 2, room);
}

void assent_kv_clean_uncount(struct assent_kv *kv, const struct assent_kv_record *record)
{
    if (record->crc != 0 && record->key_bytes > 0 && !record->removed) {
        kv->live_bytes -=
            assent_kv_log_least(kv->live_bytes, assent_kv_clean_charge(kv, record->size));
    }
}

/* Sectors that are ready, or will be once erased. */
static uint32_t spare_sectors(const struct assent_kv *kv)
{
    return kv->blank + (kv->tail_seq - kv->keep_seq);
}

static uint32_t rest_of_head(const struct assent_kv *kv)
{
    return kv->sealed ? 0 : kv->sector_bytes - kv->head_off;
}

/* Free bytes above the reserve, with those that the oldest sector will give back for what has been
 * copied out of it. */
static uint32_t free_bytes(const struct assent_kv *kv)
{
    uint32_t spare = spare_sectors(kv);

    return (spare > RESERVE_SECTORS ? spare - RESERVE_SECTORS : 0) * room_of_sector(kv) +
           rest_of_head(kv) + kv->victim_bytes;
}

/* What cleaning can free at most, with a margin for what sectors leave unused at their ends. */
static uint32_t reachable_bytes(const struct assent_kv *kv)
{
    uint32_t room = room_of_sector(kv);
    uint32_t all = (kv->count - (uint32_t)kv->retired) * room;
    uint32_t taken = kv->live_bytes + kv->live_bytes / 8 + (RESERVE_SECTORS + 1) * room;

    return all > taken ? all - taken : 0;
}

/* Below this many free bytes puts pay for cleaning: 3 copies a record in a store that is not very
 * full, 12 in one that is. */
static uint32_t low_bytes(const struct assent_kv *kv)
{
    uint32_t room = room_of_sector(kv);
    uint32_t low = assent_kv_log_least(kv->live_bytes / 3, 4 * room);

    low = low > 3 * room ? low : 3 * room;
    low = kv->live_bytes / 12 > low ? kv->live_bytes / 12 : low;
    return assent_kv_log_least(low, reachable_bytes(kv));
}

/* Erase the oldest sector. The log has stated that it may go: keep_seq is below stated_seq (KV-7). */
static int erase_oldest(struct assent_kv *kv)
{
    struct assent_kv_sector sector;

    assent_kv_log_sector(kv, kv->keep_seq, &sector);
    if (kv->error == ASSENT_OK && sector.kind != KV_RETIRED) {
        (void)assent_kv_log_make_ready(kv, kv->keep_seq);
    }
    if (kv->error != ASSENT_OK || kv->read_only) {
        return ASSENT_ERR_IO;
    }
    /* Chains that begin there hold nothing any more: their heads would lead to whatever is written there
     * next. */
    for (uint32_t hash = 0; hash < 1U << ASSENT_KV_HASH_BITS; hash += 1U << kv->bucket_shift) {
        if (assent_kv_index_head(kv, (uint16_t)hash) / kv->sector_bytes ==
            kv->keep_seq % kv->count) {
            assent_kv_index_set_head(kv, (uint16_t)hash, 0);
        }
    }
    kv->keep_seq++;
    if (kv->turn_seq - kv->keep_seq >= kv->count) {
        kv->unerased_records = 0; /* the turn is complete */
    }
    return ASSENT_OK;
}

/* State in the log that everything before the tail may go, if the newest sector has room for that. */
static int state_tail(struct assent_kv *kv)
{
    int error = ASSENT_ERR_FULL;

    if (rest_of_head(kv) >= assent_kv_record_size(kv, 0, 4)) {
        error = assent_kv_record_control(kv, ASSENT_KV_TAIL, kv->tail_seq);
    }
    kv->stated_seq = error == ASSENT_OK ? kv->tail_seq : kv->stated_seq;
    return error;
}

/* Cleaning may need to open a sector in the middle of a victim. With no ready one left, get one by
 * erasing what is done with. */
static int keep_one_ready(struct assent_kv *kv, uint32_t size)
{
    int error = ASSENT_OK;

    while (error == ASSENT_OK && kv->blank == 0 && rest_of_head(kv) < size) {
        if (kv->keep_seq == kv->stated_seq) {
            error = kv->tail_seq == kv->stated_seq ? ASSENT_ERR_FULL : state_tail(kv);
        }
        error = error == ASSENT_OK ? erase_oldest(kv) : error;
    }
    return error;
}

/* Copy a record to the head.
 *   return  bytes copied; 0 if nobody can read it any more */
static int copy(struct assent_kv *kv, struct assent_kv_record *record)
{
    uint32_t size = record->size;
    int error = ASSENT_ERR_CORRUPT;

    record->value = NULL;
    record->batch = false;
    for (unsigned i = 0; i < COPY_ATTEMPTS_MAX && error == ASSENT_ERR_CORRUPT; i++) {
        error = assent_kv_index_append(kv, record);
    }
    if (error == ASSENT_ERR_CORRUPT) {
        /* A second copy, if there is one, is a record of its own. */
        kv->corrupt_records++;
        assent_kv_clean_uncount(kv, record);
        return 0;
    }
    kv->copied_records += error == ASSENT_OK;
    return error == ASSENT_OK ? (int)size : error;
}

/* Deal with one record of a sector being cleaned: copy it to the head if it is live.
 *   return  bytes copied, 0 if it is not needed any more (a removal here has
 *           outlived everything older than it) */
static int clean_record(struct assent_kv *kv, struct assent_kv_record *record)
{
    uint8_t key[ASSENT_KV_KEY_BYTES];
    int found = assent_kv_index_standing(kv, record, key);

    return found == ASSENT_ERR_NOT_FOUND || found == ASSENT_ERR_STATE ? 0 : copy(kv, record);
}

/* Clean on until about `bytes` have been copied or a sector is done with.
 *   return  bytes copied
 *           ASSENT_ERR_NOT_FOUND  there is only the newest sector left */
static int clean(struct assent_kv *kv, uint32_t bytes)
{
    struct assent_kv_walk walk;
    struct assent_kv_record record;
    uint32_t copied = 0;

    if (kv->tail_seq == kv->head_seq) {
        return ASSENT_ERR_NOT_FOUND;
    }
    assent_kv_record_begin(kv, kv->tail_seq, kv->clean_off, &walk);
    while (copied < bytes) {
        bool more = assent_kv_record_next(kv, &walk, &record);
        int n;

        if (kv->error != ASSENT_OK) {
            return kv->error;
        }
        if (!more || walk.seq != kv->tail_seq) {
            kv->tail_seq++;
            kv->clean_off = 0;
            kv->victim_bytes = 0;
            break;
        }
        /* If there is no way to get a ready sector, the record may still be one that is dead. */
        n = keep_one_ready(kv, record.size);
        n = n == ASSENT_OK || n == ASSENT_ERR_FULL ? clean_record(kv, &record) : n;
        if (n < 0) {
            return n;
        }
        copied += (uint32_t)n;
        kv->victim_bytes += (uint32_t)n;
        kv->owed_bytes -= assent_kv_log_least((uint32_t)n, kv->owed_bytes);
        kv->clean_off = walk.off;
    }
    return (int)copied;
}

/* Sectors that must be opened for these records, one after the other. */
static uint32_t sectors_for(const struct assent_kv *kv, const uint16_t *sizes, uint32_t count)
{
    uint32_t rest = rest_of_head(kv);
    uint32_t sectors = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (sizes[i] > rest) {
            sectors++;
            rest = room_of_sector(kv);
        }
        rest -= sizes[i];
    }
    return sectors;
}

/* Pay the share of a put of `bytes`. */
static int pay(struct assent_kv *kv, uint32_t bytes)
{
    uint32_t left = free_bytes(kv);
    uint32_t room = room_of_sector(kv);
    uint32_t share;

    if (left >= low_bytes(kv) + bytes || kv->owed_bytes == 0) {
        kv->owed_bytes = kv->live_bytes;
    }
    /* One sector less: what is free comes in whole ones. In sixteenths of what is put. */
    left -= assent_kv_log_least(room, left / 2);
    share = kv->owed_bytes * 16 / (left > bytes ? left : bytes) + 1;
    share = bytes * assent_kv_log_least(share, COPIES_MAX * 16) / 16;
    while (share > 0 && free_bytes(kv) < low_bytes(kv) + bytes) {
        int n = clean(kv, share);

        if (n < 0) {
            return n == ASSENT_ERR_NOT_FOUND || n == ASSENT_ERR_FULL ? ASSENT_OK : n;
        }
        share -= assent_kv_log_least(share, (uint32_t)n);
    }
    return ASSENT_OK;
}

int assent_kv_clean_room(struct assent_kv *kv, const uint16_t *sizes, uint32_t count)
{
    uint32_t bytes = 0;
    uint32_t tries = 4U * kv->count + 8;
    uint32_t need;
    int error;

    for (uint32_t i = 0; i < count; i++) {
        bytes += sizes[i];
    }
    error = pay(kv, bytes);
    if (error == ASSENT_OK && kv->keep_seq < kv->stated_seq) {
        error = erase_oldest(kv);
    }
    /* The reserve stays whole even if nothing is to be opened: what is left of the newest sector may
     * be what the sector being cleaned still needs. */
    while (error == ASSENT_OK &&
           kv->blank < (need = sectors_for(kv, sizes, count)) + RESERVE_SECTORS) {
        if (tries-- == 0) {
            return ASSENT_ERR_FULL;
        }
        if (kv->keep_seq < kv->stated_seq) {
            error = erase_oldest(kv);
        } else if (kv->tail_seq != kv->stated_seq &&
                   (spare_sectors(kv) >= need + RESERVE_SECTORS || kv->tail_seq == kv->head_seq)) {
            error = state_tail(kv);
            error = error == ASSENT_ERR_FULL ? assent_kv_log_advance(kv) : error;
        } else {
            int n = clean(kv, room_of_sector(kv));

            error = n == ASSENT_ERR_NOT_FOUND ? ASSENT_ERR_FULL : n < 0 ? n : ASSENT_OK;
        }
    }
    return error;
}

/* Write the newest record again: it may not be firm. Of a batch that is its COMMIT, as its members were
 * firm when that was begun; the n members before one COMMIT are those before the other. This comes before
 * anything else is written: after a power cut here the newest record is still the same. */
static int write_again(struct assent_kv *kv)
{
    struct assent_kv_walk walk;
    struct assent_kv_record record;
    uint32_t newest = 0;

    assent_kv_record_begin(kv, kv->tail_seq, 0, &walk);
    while (assent_kv_record_next(kv, &walk, &record)) {
        newest = record.addr;
    }
    if (newest == 0 || assent_kv_record_load(kv, newest, &record) != KV_RECORD || record.batch) {
        return kv->error;
    }
    record.value = NULL;
    return record.key_bytes > 0 ? copy(kv, &record) : assent_kv_record_append(kv, &record);
}

int assent_kv_clean_settle(struct assent_kv *kv)
{
    struct assent_kv_walk walk;
    struct assent_kv_record record;
    uint32_t seq = kv->head_seq;
    uint16_t any = kv->header_bytes;
    bool disturbed = (kv->flash->flags & ASSENT_FLASH_DISTURB) != 0;
    /* Starts cut off one after the other may have left no sector for it: then make room first. */
    bool first = !kv->again && kv->blank >= RESERVE_SECTORS;
    int error = ASSENT_OK;

    if (kv->fresh && (disturbed || !kv->again)) {
        kv->sealed = true;
        error = first ? write_again(kv) : ASSENT_OK;
        error = error < 0 ? error : assent_kv_clean_room(kv, &any, 1);
        if (!kv->again && !first && error >= 0) {
            error = write_again(kv);
        }
        if (disturbed && error == ASSENT_OK && kv->keep_seq <= seq) {
            assent_kv_record_begin(kv, seq, 0, &walk);
            while (error >= 0 && assent_kv_record_next(kv, &walk, &record) && walk.seq == seq) {
                error = clean_record(kv, &record);
            }
        }
        error = kv->error != ASSENT_OK ? kv->error : error < 0 ? error : ASSENT_OK;
    }
    kv->fresh = kv->fresh && error != ASSENT_OK;
    return error;
}

/* One step of upkeep. 1 or 0: more to do or not, or an error. */
static int upkeep(struct assent_kv *kv)
{
    bool turning = kv->turn_seq - kv->keep_seq < kv->count;
    uint32_t tail = kv->tail_seq;
    uint32_t copied = 0;
    uint32_t target = low_bytes(kv) + room_of_sector(kv);
    int n;

    if (kv->keep_seq < kv->stated_seq) {
        n = erase_oldest(kv);
        return n == ASSENT_OK ? 1 : n;
    }
    if (tail != kv->stated_seq) {
        n = state_tail(kv);
        if (n != ASSENT_ERR_FULL) {
            return n == ASSENT_OK ? 1 : n;
        }
    } else if (!turning && free_bytes(kv) >= assent_kv_log_least(target, reachable_bytes(kv))) {
        return 0;
    }
    if (tail == kv->head_seq) {
        if (!turning || kv->blank <= RESERVE_SECTORS) {
            return 0;
        }
        n = assent_kv_log_advance(kv);
        return n == ASSENT_OK ? 1 : n;
    }
    while (copied < IDLE_COPIES * 96U && kv->tail_seq == tail) {
        n = clean(kv, 1);
        if (n < 0) {
            return n == ASSENT_ERR_FULL ? 0 : n;
        }
        copied += (uint32_t)n;
    }
    return 1;
}

int assent_kv_idle(struct assent_kv *kv)
{
    int error = assent_kv_log_begin(kv, true);

    error = error == ASSENT_OK ? assent_kv_clean_settle(kv) : error;
    return error == ASSENT_OK ? upkeep(kv) : error;
}

void assent_kv_clean_until(struct assent_kv *kv, uint32_t seq)
{
    uint32_t ahead = kv->turn_seq - kv->keep_seq;

    if (ahead >= kv->count || ahead < seq - kv->keep_seq) {
        kv->turn_seq = seq;
    }
}

void assent_kv_turn(struct assent_kv *kv)
{
    assent_kv_clean_until(kv, kv->head_seq);
}
