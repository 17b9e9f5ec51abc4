/* SPDX-License-Identifier: MIT */
/* Reading the log of a key-value store when it is opened: steps 4 to 6 of RECOVERY in kv_format.h. What
 * the power cut off is taken back, or brought to its end. */
#include "storage/kv_log.h"

enum { MEMBERS_MAX = 2 * ASSENT_KV_BATCH_COUNT, FIRM_ROUNDS_MAX = 16 };

/* Records of a batch whose COMMIT has not been seen yet, and what their chains began with before. */
struct members {
    uint32_t addr[MEMBERS_MAX];
    uint32_t head[MEMBERS_MAX];
    uint32_t count;
    uint32_t before; /* what the chain of the last record began with before it */
    bool committed;
};

/* Take back the first n members: they belong to a batch that was never completed. */
static int give_up(struct assent_kv *kv, struct members *members, uint32_t n)
{
    struct assent_kv_record record;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t addr = members->addr[i];
        int kind = assent_kv_record_load(kv, addr, assent_kv_log_seq(kv, addr), &record);

        if (kind != KV_RECORD) {
            return kind < 0 ? kind : ASSENT_OK;
        }
        for (uint32_t j = i + 1; j < members->count; j++) {
            if (members->head[j] == addr) {
                members->head[j] = members->head[i];
            }
        }
        if (assent_kv_index_head(kv, record.hash) == addr) {
            assent_kv_index_set_head(kv, record.hash, members->head[i]);
        }
        if (kv->again && !kv->read_only && assent_kv_record_gone(kv, &record) != 1) {
            if (record.key_bytes > 0 && record.crc != 0) {
                kv->live_bytes -= assent_kv_clean_charge(kv, record.size);
            }
            (void)assent_kv_record_zero(kv, &record);
        }
    }
    members->count -= n;
    memmove(members->addr, members->addr + n, members->count * sizeof(members->addr[0]));
    memmove(members->head, members->head + n, members->count * sizeof(members->head[0]));
    return ASSENT_OK;
}

/* What a batch member, a COMMIT or another record means for the members before it. */
static int follow_batch(struct assent_kv *kv, const struct assent_kv_record *record,
                        struct members *members)
{
    uint8_t raw[4];
    uint32_t n = members->count;
    int error = ASSENT_OK;

    if (members->committed) {
        members->count = 0;
        members->committed = false;
        n = 0;
    }
    if (record->batch) {
        n = n == MEMBERS_MAX ? 1 : 0;
    } else if (record->key_bytes == 0 && record->space == ASSENT_KV_COMMIT) {
        error = assent_kv_log_read(kv, record->addr + kv->header_bytes, raw, sizeof(raw));
        n = error == ASSENT_OK && assent_bytes_load32(raw) < n ? n - assent_bytes_load32(raw) : 0;
        members->committed = true;
    }
    if (error == ASSENT_OK && n > 0) {
        error = give_up(kv, members, n);
    }
    if (error == ASSENT_OK && record->batch) {
        members->addr[members->count] = record->addr;
        members->head[members->count++] = assent_kv_index_head(kv, record->hash);
    }
    return error;
}

/* Step 4 for one record. */
static int enter(struct assent_kv *kv, const struct assent_kv_record *record,
                 struct members *members)
{
    int error = follow_batch(kv, record, members);

    if (record->key_bytes > 0 && record->crc != 0) {
        kv->live_bytes += assent_kv_clean_charge(kv, record->size);
    }
    if (record->crc != 0) {
        members->before = assent_kv_index_head(kv, record->hash);
    }
    if (record->key_bytes > 0 || record->space == ASSENT_KV_KILL) {
        assent_kv_index_set_head(kv, record->hash, record->addr);
    }
    return error;
}

/* Step 4 for the newest sector: only what is proven counts. *end is the offset behind the last
 * record, *last that record. */
static int read_newest(struct assent_kv *kv, struct members *members, uint32_t *end,
                       struct assent_kv_record *last)
{
    struct assent_kv_walk walk;
    struct assent_kv_record record;
    struct assent_kv_record doubtful = {0};
    int more = assent_kv_record_begin(kv, kv->head_seq, 0, &walk);

    *end = walk.off;
    while (more >= 0 && (more = assent_kv_record_next(kv, &walk, &record)) == 1) {
        int intact = record.crc == 0 ? 1 : assent_kv_record_intact(kv, &record);

        if (intact < 0) {
            return intact;
        }
        if (intact == 0) {
            doubtful = record; /* torn, if nothing valid follows; else rotten, but in its chain */
            continue;
        }
        if (doubtful.addr != 0) {
            more = enter(kv, &doubtful, members);
            doubtful.addr = 0;
        }
        more = more >= 0 ? enter(kv, &record, members) : more;
        *end = walk.off;
        if (record.crc != 0) {
            *last = record;
        }
    }
    return more;
}

/* Step 6, first half: bits of the last record under way when the power failed read differently each
 * time; each round makes those firm that it sees done. */
static int make_firm(struct assent_kv *kv, const struct assent_kv_record *last)
{
    int error = ASSENT_OK;
    unsigned good = 0;

    for (unsigned i = 0; i < FIRM_ROUNDS_MAX && error == ASSENT_OK && good < 2; i++) {
        error = good == 0 ? assent_kv_record_firm(kv, last) : ASSENT_OK;
        if (error == ASSENT_OK) {
            int intact = assent_kv_record_intact(kv, last);

            good = intact == 1 ? good + 1 : 0;
            error = intact < 0 ? intact : ASSENT_OK;
        }
    }
    return error;
}

/* Step 5: nothing behind the last record may ever read as one. */
static int close_end(struct assent_kv *kv, uint32_t end)
{
    uint32_t base = assent_kv_log_base(kv, kv->head_seq);
    uint32_t page = kv->flash->page_bytes;
    uint32_t room = kv->flash->sector_bytes;
    int blank = 0;

    while (end < room && (blank == 0 || kv->flash->sync != NULL)) {
        uint32_t n = page - end % page;
        int now = assent_kv_log_filled(kv, base + end, n, 0xFF);
        int zero = now == 0 ? assent_kv_log_filled(kv, base + end, n, 0) : 0;
        int next = end + n < room ? assent_kv_log_filled(kv, base + end + n, page, 0xFF) : 1;

        if (now < 0 || zero < 0 || next < 0) {
            return now < 0 ? now : zero < 0 ? zero : next;
        }
        if (blank == 1 && now == 1) {
            if (assent_kv_log_filled(kv, base + end, room - end, 0xFF) == 1) {
                break;
            }
        }
        /* Pages zeroed by earlier mounts are firm, but for the last of them. */
        if (zero != 1 || next == 1) {
            int error = assent_kv_log_clear(kv, base + end, n);

            if (error != ASSENT_OK) {
                return error;
            }
        }
        blank = now;
        end += n;
    }
    kv->head_off = end;
    return assent_kv_log_sync(kv);
}

/* Step 6, second half, for one record: zero what it replaced or killed. */
static int redo(struct assent_kv *kv, const struct assent_kv_record *record, uint32_t before)
{
    struct assent_kv_record target = *record;
    struct assent_kv_ident ident;
    uint8_t key[ASSENT_KV_KEY_BYTES];
    uint8_t raw[4];
    int kind;

    if (record->key_bytes == 0) {
        if (record->space != ASSENT_KV_KILL) {
            return ASSENT_OK;
        }
        kind = assent_kv_log_read(kv, record->addr + kv->header_bytes, raw, sizeof(raw));
        target.prev = assent_bytes_load32(raw);
        kind = kind == ASSENT_OK ? assent_kv_index_older(kv, record->hash, &target) : kind;
        if (kind != KV_RECORD || target.key_bytes == 0) {
            return kind < 0 ? kind : ASSENT_OK; /* cleaned since */
        }
    }
    kind = assent_kv_record_intact(kv, &target);
    kind = kind == 1 ? assent_kv_index_ident(kv, &target, key, &ident) : kind;
    if (kind == 1) {
        kind = assent_kv_index_bury(kv, &ident, record, before, target.addr, true);
    }
    if (kind >= 0 && record->key_bytes == 0 && assent_kv_record_gone(kv, &target) == 0) {
        if (target.crc != 0) {
            kv->live_bytes -= assent_kv_clean_charge(kv, target.size);
        }
        (void)assent_kv_record_zero(kv, &target);
    }
    return kind < 0 ? kind : ASSENT_OK;
}

/* Step 6, second half. */
static int finish_last(struct assent_kv *kv, const struct members *members,
                       const struct assent_kv_record *last)
{
    struct assent_kv_record record;
    uint8_t raw[16];
    uint32_t base = assent_kv_log_base(kv, kv->head_seq) + sizeof(raw);
    int error;

    if (last->addr == 0) {
        error = assent_kv_log_read(kv, base, raw, sizeof(raw));
        error = error == ASSENT_OK && !kv->sealed
                    ? assent_kv_log_program(kv, base, raw, sizeof(raw))
                    : error;
        return error;
    }
    if (!kv->zero || last->key_bytes > 0 || last->space != ASSENT_KV_COMMIT) {
        return kv->zero ? redo(kv, last, members->before) : ASSENT_OK;
    }
    error = ASSENT_OK;
    for (uint32_t i = 0; i < members->count && error == ASSENT_OK; i++) {
        error = assent_kv_record_load(kv, members->addr[i], assent_kv_log_seq(kv, members->addr[i]),
                                      &record);
        error = error == KV_RECORD ? redo(kv, &record, members->head[i])
                : error < 0        ? error
                                   : ASSENT_OK;
    }
    return error;
}

/* Leave out of the count what is not the newest version. Where old ones are zeroed that is only what
 * was copied out of the oldest sectors before the power failed. */
static int count_live(struct assent_kv *kv)
{
    struct assent_kv_walk walk;
    struct assent_kv_record record;
    struct assent_kv_record newest;
    struct assent_kv_ident ident;
    uint8_t key[ASSENT_KV_KEY_BYTES];

    for (uint32_t seq = kv->tail_seq; seq != kv->head_seq + 1; seq++) {
        int more = assent_kv_record_begin(kv, seq, 0, &walk);

        while (more >= 0 && (more = assent_kv_record_next(kv, &walk, &record)) == 1) {
            int found;

            if (record.key_bytes == 0 || record.crc == 0) {
                continue;
            }
            found = assent_kv_index_ident(kv, &record, key, &ident);
            if (found == 1) {
                found = assent_kv_index_find(kv, &ident, false, &newest);
                if (found == ASSENT_ERR_NOT_FOUND ||
                    (found == ASSENT_OK && newest.addr != record.addr)) {
                    uint32_t charge = assent_kv_clean_charge(kv, record.size);

                    kv->live_bytes -= charge < kv->live_bytes ? charge : kv->live_bytes;
                    continue;
                }
            }
            if (found == ASSENT_ERR_IO) {
                return found;
            }
            if (kv->zero) {
                return ASSENT_OK;
            }
        }
        if (more < 0) {
            return more;
        }
    }
    return ASSENT_OK;
}

static int read_log(struct assent_kv *kv)
{
    struct members members = {.count = 0};
    struct assent_kv_walk walk;
    struct assent_kv_record record;
    struct assent_kv_record last = {0};
    uint32_t end = 0;
    int error = ASSENT_OK;

    for (uint32_t seq = kv->tail_seq; seq != kv->head_seq && error >= 0; seq++) {
        error = assent_kv_record_begin(kv, seq, 0, &walk);
        while (error >= 0 && (error = assent_kv_record_next(kv, &walk, &record)) == 1) {
            error = enter(kv, &record, &members);
            if (record.crc != 0 && kv->head_seq - seq < 3) {
                last = record;
            }
        }
    }
    error = error >= 0 ? read_newest(kv, &members, &end, &last) : error;
    if (error >= 0 && last.addr != 0 && last.seq == kv->head_seq && kv->again && !kv->read_only) {
        error = make_firm(kv, &last);
    }
    if (error >= 0 && !members.committed && members.count > 0) {
        error = give_up(kv, &members, members.count);
    }
    if (error < 0) {
        return error;
    }
    kv->head_off = end;
    kv->last_addr = last.addr;
    if (kv->again && !kv->read_only) {
        if (!kv->sealed) {
            error = close_end(kv, end);
        }
        if (error == ASSENT_OK) {
            if (last.seq != kv->head_seq) {
                last.addr = 0; /* a sector was opened since, so it was complete */
            }
            error = finish_last(kv, &members, &last);
        }
    }
    return error;
}

int assent_kv_replay(struct assent_kv *kv)
{
    int error = read_log(kv);

    return error == ASSENT_OK ? count_live(kv) : error;
}
