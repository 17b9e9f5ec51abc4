/* SPDX-License-Identifier: MIT */
/* Reading the log of a key-value store when it is opened: steps 4 to 6 of RECOVERY in kv_format.h. What
 * the power cut off is taken back, or brought to its end. */
#include "storage/kv_log.h"

enum { MEMBERS_MAX = 2 * ASSENT_KV_BATCH_COUNT, FIRM_ROUNDS_MAX = 16 };

/* The change that the log ends with, as far as it has been read: a record, or the members of a batch. */
struct change {
    uint32_t addr[MEMBERS_MAX];
    uint32_t head[MEMBERS_MAX]; /* what the chain began with before, once it is complete */
    uint32_t count;
    struct assent_kv_record last; /* the newest record; crc 0: there is none */
    bool complete;
};

static bool writable(const struct assent_kv *kv)
{
    return kv->again && !kv->read_only;
}

/* Step 4 for a record that counts, number i of the change. */
static void enter(struct assent_kv *kv, struct change *change, uint32_t i,
                  const struct assent_kv_record *record)
{
    change->head[i] = assent_kv_index_head(kv, record->hash);
    assent_kv_index_set_head(kv, record->hash, record->addr);
    if (record->crc != 0 && !record->removed) {
        kv->live_bytes += assent_kv_clean_charge(kv, record->size);
    }
}

/* Take the first n members back: they belong to a batch that was never completed. */
static void give_up(struct assent_kv *kv, struct change *change, uint32_t n)
{
    struct assent_kv_record record;

    for (uint32_t i = 0; i < n && writable(kv); i++) {
        if (assent_kv_record_load(kv, change->addr[i], &record) == KV_RECORD &&
            !assent_kv_record_gone(kv, &record)) {
            (void)assent_kv_record_zero(kv, &record);
        }
    }
    change->count -= n;
    memmove(change->addr, change->addr + n, change->count * sizeof(change->addr[0]));
}

/* Step 4: what one more record means. */
static void follow(struct assent_kv *kv, struct change *change,
                   const struct assent_kv_record *record)
{
    struct assent_kv_record member;
    uint8_t raw[4];
    uint32_t n = record->batch ? MEMBERS_MAX - 1 : 0;
    bool commit = record->key_bytes == 0 && record->space == ASSENT_KV_COMMIT;

    if (change->complete) {
        change->count = 0;
    }
    if (commit) {
        /* One that is rotten is believed to be a COMMIT and no more. */
        n = assent_kv_record_intact(kv, record, raw) ? assent_bytes_load32(raw) : change->count;
    }
    if (change->count > n) {
        give_up(kv, change, change->count - n);
    }
    for (uint32_t i = 0; i < change->count && commit; i++) {
        if (assent_kv_record_load(kv, change->addr[i], &member) == KV_RECORD) {
            enter(kv, change, i, &member);
        }
    }
    if (record->key_bytes > 0) {
        if (!record->batch) {
            enter(kv, change, change->count, record);
        }
        change->addr[change->count++] = record->addr;
    }
    change->complete = !record->batch;
}

/* Step 4. Sets head_off to the end of the last record that has been read: what is not firm may have been
 * there a moment ago. */
static void read_log(struct assent_kv *kv, struct change *change)
{
    struct assent_kv_walk walk;
    struct assent_kv_record record;
    uint32_t end = ASSENT_KV_SECTOR_HEADER_BYTES;

    assent_kv_record_begin(kv, kv->tail_seq, 0, &walk);
    while (assent_kv_record_next(kv, &walk, &record)) {
        end = record.seq == kv->head_seq ? walk.off : end;
        follow(kv, change, &record);
        change->last = record;
    }
    kv->head_off = end;
}

/* Step 5: nothing behind the last record may ever read as one. */
static bool close_end(struct assent_kv *kv)
{
    uint32_t base = assent_kv_log_base(kv, kv->head_seq);
    uint32_t end = kv->head_off;
    bool blank = false;

    while (end < kv->sector_bytes && (!blank || kv->flash->sync != NULL)) {
        uint32_t n = kv->page_bytes - end % kv->page_bytes;
        bool now = assent_kv_log_filled(kv, base + end, n, 0xFF);
        bool zero = !now && assent_kv_log_filled(kv, base + end, n, 0);
        bool last = end + n >= kv->sector_bytes ||
                    assent_kv_log_filled(kv, base + end + n, kv->page_bytes, 0xFF);

        if (blank && now && assent_kv_log_filled(kv, base + end, kv->sector_bytes - end, 0xFF)) {
            break;
        }
        /* Pages zeroed by earlier mounts are firm, but for the last of them. */
        if (kv->error != ASSENT_OK ||
            ((!zero || last) && !assent_kv_record_clear(kv, base + end, n))) {
            return false;
        }
        blank = now;
        end += n;
    }
    kv->head_off = end;
    return true;
}

/* Step 6, first half: bits of the last record under way when the power failed read differently each
 * time; each round makes those firm that it sees done. */
static bool make_firm(struct assent_kv *kv, const struct assent_kv_record *last)
{
    unsigned good = 0;

    for (unsigned i = 0; i < FIRM_ROUNDS_MAX && good < 2; i++) {
        if (good == 0 && !assent_kv_record_firm(kv, last)) {
            return false;
        }
        good = assent_kv_record_intact(kv, last, NULL) ? good + 1 : 0;
    }
    return true;
}

/* Steps 5 and 6. */
static bool finish(struct assent_kv *kv, struct change *change)
{
    struct assent_kv_record *last = &change->last;
    bool empty = kv->head_off == ASSENT_KV_SECTOR_HEADER_BYTES;

    if (!empty && last->crc != 0 && !make_firm(kv, last)) {
        return false;
    }
    if (!change->complete) {
        give_up(kv, change, change->count);
    }
    if (!kv->sealed && !close_end(kv)) {
        return false;
    }
    if (empty) {
        /* A sector was opened since, so the last change was complete. */
        last->addr = assent_kv_log_base(kv, kv->head_seq) + 16;
        last->size = 16;
        return kv->sealed || assent_kv_record_firm(kv, last);
    }
    for (uint32_t i = 0; kv->zero && i < change->count; i++) {
        (void)assent_kv_index_bury(kv, change->addr[i], change->head[i]);
    }
    return true;
}

/* Leave out of the count what is not the newest version. Where old ones are zeroed that is only what
 * was copied out of the oldest sectors before the power failed; in a disturbed sector they stay. */
static void count_live(struct assent_kv *kv)
{
    struct assent_kv_walk walk;
    struct assent_kv_record record;
    uint8_t key[ASSENT_KV_KEY_BYTES];
    bool brief = kv->zero && (kv->flash->flags & ASSENT_FLASH_DISTURB) == 0;
    int found = ASSENT_ERR_NOT_FOUND;

    assent_kv_record_begin(kv, kv->tail_seq, 0, &walk);
    while (!(brief && found == ASSENT_OK) && assent_kv_record_next(kv, &walk, &record)) {
        found = assent_kv_index_standing(kv, &record, key);
        if (found == ASSENT_ERR_NOT_FOUND || found == ASSENT_ERR_STATE) {
            assent_kv_clean_uncount(kv, &record);
        }
    }
}

int assent_kv_replay(struct assent_kv *kv)
{
    struct change change = {.complete = true};

    read_log(kv, &change);
    if (kv->error == ASSENT_OK && writable(kv) && !finish(kv, &change)) {
        return ASSENT_ERR_IO;
    }
    count_live(kv);
    return kv->error;
}
