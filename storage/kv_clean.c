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
    CAPACITY_PERCENT = 78
};

static uint32_t room_of_sector(const struct assent_kv *kv)
{
    return kv->flash->sector_bytes - ASSENT_KV_SECTOR_HEADER_BYTES;
}

uint32_t assent_kv_clean_capacity(const struct assent_kv *kv)
{
    uint32_t working = kv->flash->sector_count - kv->retired;
    uint32_t share =
        kv->flash->sector_count * (kv->flash->sector_bytes / 128 * CAPACITY_PERCENT) / 100 * 128;
    uint32_t packed = working >= 7 ? working - 5 : working >= 4 ? 1 : 0;

    packed *= room_of_sector(kv);
    return share < packed ? share : packed;
}

/* A record that does not fit what is left of a sector leaves that unused. For small ones the free sectors
 * cover it; a large one counts twice, so that whatever is live always fits (KV-11). */
uint32_t assent_kv_clean_charge(const struct assent_kv *kv, uint32_t size)
{
    uint32_t room = room_of_sector(kv);

    if (size <= room / 8) {
        return size;
    }
    return size * 2 < room ? size * 2 : room;
}

/* Sectors that are ready, or will be once erased. */
static uint32_t spare_sectors(const struct assent_kv *kv)
{
    return kv->blank + (kv->tail_seq - kv->keep_seq);
}

static uint32_t rest_of_head(const struct assent_kv *kv)
{
    return kv->sealed ? 0 : kv->flash->sector_bytes - kv->head_off;
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
    uint32_t all = (kv->flash->sector_count - kv->retired) * room;
    uint32_t taken = kv->live_bytes + kv->live_bytes / 8 + (RESERVE_SECTORS + 1) * room;

    return all > taken ? all - taken : 0;
}

/* Below this many free bytes puts pay for cleaning: 3 copies a record in a store that is not very
 * full, 12 in one that is. */
static uint32_t low_bytes(const struct assent_kv *kv)
{
    uint32_t third = kv->live_bytes / 3;
    uint32_t most = 4 * room_of_sector(kv);
    uint32_t low = third < most ? third : most;
    uint32_t limit = reachable_bytes(kv);

    low = low > 3 * room_of_sector(kv) ? low : 3 * room_of_sector(kv);
    low = kv->live_bytes / 12 > low ? kv->live_bytes / 12 : low;
    return low < limit ? low : limit;
}

/* Chains that begin in a sector that is erased hold nothing any more: their heads would lead to
 * whatever is written there next. */
static void forget_sector(struct assent_kv *kv, uint32_t place)
{
    for (uint32_t hash = 0; hash < 1U << ASSENT_KV_HASH_BITS; hash += 1U << kv->bucket_shift) {
        if (assent_kv_index_head(kv, (uint16_t)hash) / kv->flash->sector_bytes == place) {
            assent_kv_index_set_head(kv, (uint16_t)hash, 0);
        }
    }
}

int assent_kv_clean_erase(struct assent_kv *kv)
{
    uint32_t count = kv->flash->sector_count;
    struct assent_kv_sector sector;
    struct assent_kv_sector next;
    int error;

    if (kv->keep_seq == kv->stated_seq) {
        return ASSENT_ERR_STATE; /* KV-7 */
    }
    error = assent_kv_log_sector(kv, kv->keep_seq % count, &sector);
    if (error == ASSENT_OK) {
        error = assent_kv_log_sector(kv, (kv->keep_seq + 1) % count, &next);
    }
    if (error != ASSENT_OK) {
        return error;
    }
    if (!sector.retired) {
        /* A lost count is made up from the next sector: in a ring they differ by one at most. */
        error = assent_kv_log_make_ready(kv, kv->keep_seq % count,
                                         (sector.erased ? sector.wear : next.wear) + 1);
        kv->blank = (uint16_t)(kv->blank + (error == ASSENT_OK));
        if (error != ASSENT_OK && kv->read_only) {
            return error;
        }
    }
    forget_sector(kv, kv->keep_seq % count);
    kv->keep_seq++;
    if (kv->unerased_records > 0 && kv->turn_seq - kv->keep_seq >= count) {
        kv->unerased_records = 0; /* the turn is complete */
    }
    return ASSENT_OK;
}

/* State in the log that everything before the tail may go. */
static int state_tail(struct assent_kv *kv)
{
    int error = assent_kv_clean_control(kv, ASSENT_KV_TAIL, kv->tail_seq);

    if (error == ASSENT_OK) {
        kv->stated_seq = kv->tail_seq;
    }
    return error;
}

/* Cleaning may need to open a sector in the middle of a victim. With no ready one left, get one by
 * erasing what is done with. */
static int keep_one_ready(struct assent_kv *kv, uint32_t size)
{
    int error = ASSENT_OK;

    while (error == ASSENT_OK && kv->blank == 0 && rest_of_head(kv) < size) {
        if (kv->keep_seq == kv->stated_seq) {
            uint32_t mark = assent_kv_log_size(kv, 0, 4);

            if (kv->tail_seq == kv->stated_seq || rest_of_head(kv) < mark) {
                return ASSENT_ERR_FULL;
            }
            error = state_tail(kv);
        }
        error = error == ASSENT_OK ? assent_kv_clean_erase(kv) : error;
    }
    return error;
}

/* Copy one live record to the head. */
static int copy_record(struct assent_kv *kv, const struct assent_kv_record *record)
{
    struct assent_kv_draft draft = {.from = record,
                                    .hash = record->hash,
                                    .value_bytes = record->value_bytes,
                                    .key_bytes = record->key_bytes,
                                    .space = record->space,
                                    .copy = record->copy};
    struct assent_kv_record made;
    int error = assent_kv_index_link(kv, record->hash, 0, &draft.prev);

    if (error == ASSENT_OK) {
        error = assent_kv_record_append(kv, &draft, &made);
    }
    if (error == ASSENT_OK) {
        assent_kv_index_set_head(kv, record->hash, made.addr);
        kv->last_addr = made.addr;
        kv->copied_records++;
    }
    return error;
}

/* Deal with one record of the sector being cleaned.
 *   return  bytes copied, 0 if it is not needed any more */
static int clean_record(struct assent_kv *kv, const struct assent_kv_record *record)
{
    struct assent_kv_record newest;
    struct assent_kv_ident ident;
    uint8_t key[ASSENT_KV_KEY_BYTES];
    int found;

    if (record->key_bytes == 0 || record->crc == 0) {
        return 0; /* a KILL here has outlived everything older than it */
    }
    found = assent_kv_index_ident(kv, record, key, &ident);
    if (found == 1) {
        found = assent_kv_index_find(kv, &ident, false, &newest);
        if (found == ASSENT_ERR_NOT_FOUND || (found == ASSENT_OK && newest.addr != record->addr)) {
            return 0;
        }
        if (found != ASSENT_OK && found != ASSENT_ERR_CORRUPT) {
            return found;
        }
        found = ASSENT_OK;
    }
    if (found < 0) {
        return found;
    }
    for (unsigned i = 0; i < 3; i++) {
        found = assent_kv_record_intact(kv, record);
        if (found != 0) {
            break;
        }
    }
    if (found == 0) {
        uint32_t charge = assent_kv_clean_charge(kv, record->size);

        /* Nobody can read it any more; a second copy, if there is one, is a record of its own. */
        kv->corrupt_records++;
        kv->live_bytes -= charge < kv->live_bytes ? charge : kv->live_bytes;
        return 0;
    }
    found = found < 0 ? found : copy_record(kv, record);
    return found == ASSENT_OK ? (int)record->size : found;
}

/* Clean on until about `bytes` have been copied or a sector is done with.
 *   return  bytes copied; *passed is set when the tail has moved
 *           ASSENT_ERR_NOT_FOUND  there is only the newest sector left */
static int clean(struct assent_kv *kv, uint32_t bytes, bool *passed)
{
    struct assent_kv_walk walk;
    struct assent_kv_record record;
    uint32_t copied = 0;
    int more;

    *passed = false;
    if (kv->tail_seq == kv->head_seq) {
        return ASSENT_ERR_NOT_FOUND;
    }
    more = assent_kv_record_begin(kv, kv->tail_seq, kv->clean_off, &walk);
    while (more >= 0 && copied < bytes) {
        more = assent_kv_record_next(kv, &walk, &record);
        if (more == 0) {
            kv->tail_seq++;
            kv->clean_off = 0;
            kv->victim_bytes = 0;
            *passed = true;
            break;
        }
        if (more == 1) {
            /* If there is no way to get a ready sector, the record may still be one that is dead. */
            more = keep_one_ready(kv, record.size);
            more = more == ASSENT_OK || more == ASSENT_ERR_FULL ? clean_record(kv, &record) : more;
        }
        if (more > 0) {
            copied += (uint32_t)more;
            kv->victim_bytes += (uint32_t)more;
            kv->owed_bytes -= (uint32_t)more < kv->owed_bytes ? (uint32_t)more : kv->owed_bytes;
        }
        if (more >= 0) {
            kv->clean_off = walk.off;
        }
    }
    return more < 0 ? more : (int)copied;
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
    uint32_t copied = 0;
    uint32_t share = 0;
    uint32_t left = free_bytes(kv);
    bool passed;

    if (left >= low_bytes(kv) + bytes) {
        kv->owed_bytes = kv->live_bytes;
        return ASSENT_OK;
    }
    if (kv->owed_bytes == 0) {
        kv->owed_bytes = kv->live_bytes;
    }
    /* One sector less: what is free comes in whole ones. */
    left -= room_of_sector(kv) < left / 2 ? room_of_sector(kv) : left / 2;
    share = (uint32_t)((uint64_t)bytes * kv->owed_bytes / (left > bytes ? left : bytes)) + 1;
    share = share < bytes * COPIES_MAX ? share : bytes * COPIES_MAX;
    while (copied < share && free_bytes(kv) < low_bytes(kv) + bytes) {
        int n = clean(kv, share - copied, &passed);

        if (n < 0) {
            return n == ASSENT_ERR_NOT_FOUND || n == ASSENT_ERR_FULL ? ASSENT_OK : n;
        }
        copied += (uint32_t)n;
    }
    return ASSENT_OK;
}

int assent_kv_clean_room(struct assent_kv *kv, const uint16_t *sizes, uint32_t count)
{
    uint32_t bytes = 0;
    uint32_t tries = 4 * kv->flash->sector_count + 8;
    uint32_t need;
    bool passed;
    int error;

    for (uint32_t i = 0; i < count; i++) {
        bytes += sizes[i];
    }
    error = pay(kv, bytes);
    if (error == ASSENT_OK && kv->keep_seq < kv->stated_seq) {
        error = assent_kv_clean_erase(kv);
    }
    /* The reserve stays whole even if nothing is to be opened: what is left of the newest sector may
     * be what the sector being cleaned still needs. */
    while (error == ASSENT_OK &&
           kv->blank < (need = sectors_for(kv, sizes, count)) + RESERVE_SECTORS) {
        if (tries-- == 0) {
            return ASSENT_ERR_FULL;
        }
        if (kv->keep_seq < kv->stated_seq) {
            error = assent_kv_clean_erase(kv);
        } else if (kv->tail_seq != kv->stated_seq &&
                   (spare_sectors(kv) >= need + RESERVE_SECTORS || kv->tail_seq == kv->head_seq)) {
            error = rest_of_head(kv) >= assent_kv_log_size(kv, 0, 4) ? state_tail(kv)
                                                                     : assent_kv_log_advance(kv);
        } else {
            int n = clean(kv, room_of_sector(kv), &passed);

            error = n == ASSENT_ERR_NOT_FOUND ? ASSENT_ERR_FULL : n < 0 ? n : ASSENT_OK;
        }
    }
    return error;
}

int assent_kv_clean_control(struct assent_kv *kv, enum assent_kv_control kind, uint32_t value)
{
    uint8_t raw[4];
    struct assent_kv_draft draft = {.value = raw, .value_bytes = 4, .space = (uint8_t)kind};
    struct assent_kv_record made;
    int error;

    assent_bytes_store32(raw, value);
    error = assent_kv_record_append(kv, &draft, &made);
    kv->last_addr = error == ASSENT_OK ? made.addr : kv->last_addr;
    return error;
}

int assent_kv_clean_forward(struct assent_kv *kv, uint32_t seq, uint32_t only)
{
    struct assent_kv_walk walk;
    struct assent_kv_record record;
    int more = assent_kv_record_begin(kv, seq, 0, &walk);

    while (more >= 0 && (more = assent_kv_record_next(kv, &walk, &record)) == 1) {
        if (only == 0 || record.addr == only) {
            more = clean_record(kv, &record);
        }
    }
    return more < 0 ? more : ASSENT_OK;
}

int assent_kv_idle(struct assent_kv *kv)
{
    uint32_t copied = 0;
    uint32_t target;
    bool turning;
    bool passed = false;
    int n;

    if (!kv->open || kv->foreign) {
        return kv->open ? ASSENT_ERR_VERSION : ASSENT_ERR_STATE;
    }
    if (kv->read_only) {
        return ASSENT_ERR_READ_ONLY;
    }
    n = assent_kv_batch_settle(kv);
    if (n != ASSENT_OK) {
        return n;
    }
    if (kv->keep_seq < kv->stated_seq) {
        n = assent_kv_clean_erase(kv);
        return n == ASSENT_OK ? 1 : n;
    }
    turning = kv->turn_seq - kv->keep_seq < kv->flash->sector_count;
    target = low_bytes(kv) + room_of_sector(kv);
    target = target < reachable_bytes(kv) ? target : reachable_bytes(kv);
    if (!turning && free_bytes(kv) >= target && kv->tail_seq == kv->stated_seq) {
        return 0;
    }
    if (kv->tail_seq != kv->stated_seq && rest_of_head(kv) >= assent_kv_log_size(kv, 0, 4)) {
        n = state_tail(kv);
        return n == ASSENT_OK ? 1 : n;
    }
    if (kv->tail_seq == kv->head_seq) {
        if (!turning || kv->blank <= RESERVE_SECTORS) {
            return 0;
        }
        n = assent_kv_log_advance(kv);
        return n == ASSENT_OK ? 1 : n;
    }
    while (copied < IDLE_COPIES * 96U && !passed) {
        n = clean(kv, 1, &passed);
        if (n < 0) {
            return n == ASSENT_ERR_FULL ? 0 : n;
        }
        copied += (uint32_t)n;
    }
    return 1;
}

void assent_kv_clean_until(struct assent_kv *kv, uint32_t seq)
{
    uint32_t count = kv->flash->sector_count;
    uint32_t ahead = kv->turn_seq - kv->keep_seq;

    if (ahead >= count || ahead < seq - kv->keep_seq) {
        kv->turn_seq = seq;
    }
}

void assent_kv_turn(struct assent_kv *kv)
{
    assent_kv_clean_until(kv, kv->head_seq);
}
