/* SPDX-License-Identifier: MIT */
/* The index of the key-value store: keyed hashes, bucket heads in RAM, chains through the log. */
#include "storage/kv_log.h"

static uint64_t rotate(uint64_t x, unsigned n)
{
    return (x << n) | (x >> (64 - n));
}

static void mix(uint64_t v[4], unsigned rounds)
{
    while (rounds-- > 0) {
        v[0] += v[1];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[0] = rotate(v[0], 32);
        v[2] += v[3];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] += v[3];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[2] += v[1];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[2] = rotate(v[2], 32);
    }
}

/* SipHash-2-4 over the namespace byte and the key. Never 0, which begins an iteration. */
uint64_t assent_kv_index_hash(const struct assent_kv *kv, uint8_t space, struct assent_span key)
{
    uint64_t k0 = assent_bytes_load64(kv->config->secret);
    uint64_t k1 = assent_bytes_load64(kv->config->secret + 8);
    uint64_t v[4] = {k0 ^ 0x736f6d6570736575U, k1 ^ 0x646f72616e646f6dU, k0 ^ 0x6c7967656e657261U,
                     k1 ^ 0x7465646279746573U};
    uint64_t word = 0;
    uint32_t len = (uint32_t)key.len + 1;

    for (uint32_t i = 0; i <= len; i++) {
        uint8_t byte = i == 0 ? space : i < len ? key.ptr[i - 1] : (uint8_t)len;

        word |= (uint64_t)byte << (8 * (i < len ? i % 8 : 7));
        if (i % 8 == 7 || i == len) {
            v[3] ^= word;
            mix(v, 2);
            v[0] ^= word;
            word = 0;
        }
    }
    v[2] ^= 0xFF;
    mix(v, 4);
    word = v[0] ^ v[1] ^ v[2] ^ v[3];
    return word == 0 ? 1 : word;
}

uint32_t assent_kv_index_head(const struct assent_kv *kv, uint16_t hash)
{
    uint32_t bucket = (uint32_t)hash >> kv->bucket_shift;
    uint32_t link = kv->wide ? ((const uint32_t *)kv->config->heads)[bucket]
                             : ((const uint16_t *)kv->config->heads)[bucket];

    return link << kv->unit_shift;
}

void assent_kv_index_set_head(struct assent_kv *kv, uint16_t hash, uint32_t addr)
{
    uint32_t bucket = (uint32_t)hash >> kv->bucket_shift;
    uint32_t link = addr >> kv->unit_shift;

    if (kv->wide) {
        ((uint32_t *)kv->config->heads)[bucket] = link;
    } else {
        ((uint16_t *)kv->config->heads)[bucket] = (uint16_t)link;
    }
}

/* Where in the log an offset of the region lies, counted from its oldest sector. */
static uint32_t position(const struct assent_kv *kv, uint32_t seq, uint32_t addr)
{
    return (seq - kv->keep_seq) * kv->flash->sector_bytes + addr % kv->flash->sector_bytes;
}

/* Load the record that a link leads to, if it is older than limit (KV-12). */
static int follow(struct assent_kv *kv, uint16_t hash, uint32_t addr, uint32_t limit,
                  struct assent_kv_record *record)
{
    uint32_t seq = assent_kv_log_seq(kv, addr);
    int kind;

    if (addr == 0 || addr >= kv->flash->sector_bytes * kv->flash->sector_count ||
        seq - kv->keep_seq > kv->head_seq - kv->keep_seq || position(kv, seq, addr) >= limit) {
        return KV_NONE;
    }
    kind = assent_kv_record_load(kv, addr, seq, record);
    if (kind == KV_RECORD && record->hash >> kv->bucket_shift == hash >> kv->bucket_shift) {
        return KV_RECORD;
    }
    record->addr = addr;
    record->seq = seq;
    /* Blank: the sector was erased, and with it everything older. */
    return kind == KV_RECORD ? KV_BAD : kind;
}

int assent_kv_index_first(struct assent_kv *kv, uint16_t hash, struct assent_kv_record *record)
{
    return follow(kv, hash, assent_kv_index_head(kv, hash), UINT32_MAX, record);
}

int assent_kv_index_older(struct assent_kv *kv, uint16_t hash, struct assent_kv_record *record)
{
    return follow(kv, hash, record->prev, position(kv, record->seq, record->addr), record);
}

/* May a new record leave this one out of its chain? The version that it replaces, dead ones, and KILLs
 * that have done their work, so that a key written often does not make its chain long. (Recovery
 * finds what was replaced by the head that the chain had before.) */
static int spent(struct assent_kv *kv, const struct assent_kv_record *record, uint32_t replaced)
{
    struct assent_kv_record target;
    uint8_t raw[4];
    uint32_t addr;
    int kind;

    if (!kv->zero || record->key_bytes > 0) {
        return record->addr == replaced || (kv->zero && record->crc == 0);
    }
    kind = assent_kv_log_read(kv, record->addr + kv->header_bytes, raw, sizeof(raw));
    if (kind != ASSENT_OK) {
        return kind;
    }
    addr = assent_bytes_load32(raw);
    kind = follow(kv, record->hash, addr, position(kv, record->seq, record->addr), &target);
    return kind == KV_RECORD ? target.crc == 0 : kind < 0 ? kind : kind == KV_NONE;
}

int assent_kv_index_link(struct assent_kv *kv, uint16_t hash, uint32_t replaced, uint32_t *link)
{
    struct assent_kv_record record;
    int kind = assent_kv_index_first(kv, hash, &record);

    while (kind == KV_RECORD) {
        int skip = spent(kv, &record, replaced);

        if (skip != 1) {
            kind = skip < 0 ? skip : kind;
            break;
        }
        kind = assent_kv_index_older(kv, hash, &record);
    }
    *link = kind == KV_NONE ? 0 : record.addr;
    return kind < 0 ? kind : ASSENT_OK;
}

/* Is there a KILL for the record at addr in front of it? */
static int killed(struct assent_kv *kv, uint16_t hash, uint32_t addr)
{
    struct assent_kv_record record;
    uint8_t raw[4];
    int kind = assent_kv_index_first(kv, hash, &record);

    while (kind == KV_RECORD && record.addr != addr) {
        if (record.key_bytes == 0 && record.space == ASSENT_KV_KILL) {
            int error = assent_kv_log_read(kv, record.addr + kv->header_bytes, raw, sizeof(raw));

            if (error != ASSENT_OK) {
                return error;
            }
            if (assent_bytes_load32(raw) == addr && assent_kv_record_intact(kv, &record) == 1) {
                return 1;
            }
        }
        kind = assent_kv_index_older(kv, hash, &record);
    }
    return kind < 0 ? kind : 0;
}

/* The newest version in the part of the log below limit, without the help of chains: for when a
 * header in the chain is damaged. Where old versions are not zeroed this would guess. */
static int search(struct assent_kv *kv, const struct assent_kv_ident *ident, uint32_t limit,
                  struct assent_kv_record *found)
{
    struct assent_kv_walk walk;
    struct assent_kv_record record;
    uint8_t key[ASSENT_KV_KEY_BYTES];
    int result = ASSENT_ERR_CORRUPT;

    if (!kv->zero) {
        return result;
    }
    for (uint32_t seq = kv->tail_seq; seq != kv->head_seq + 1; seq++) {
        int more = assent_kv_record_begin(kv, seq, 0, &walk);

        while (more >= 0 && (more = assent_kv_record_next(kv, &walk, &record)) == 1) {
            if (record.key_bytes == ident->key_bytes && record.space == ident->space &&
                record.copy == ident->copy && record.hash == ident->hash && record.crc != 0 &&
                position(kv, seq, record.addr) < limit &&
                assent_kv_record_intact(kv, &record) == 1 &&
                assent_kv_record_key(kv, &record, key) == 1 &&
                memcmp(key, ident->key, ident->key_bytes) == 0) {
                *found = record;
                result = ASSENT_OK;
            }
        }
        if (more < 0) {
            return more;
        }
    }
    return result;
}

static bool similar(const struct assent_kv_ident *ident, const struct assent_kv_record *record)
{
    return record->key_bytes == ident->key_bytes && record->space == ident->space &&
           record->hash == ident->hash && record->copy == ident->copy;
}

/* Few bits apart: perhaps the key in question, gone rotten. */
static bool nearly(const struct assent_kv_ident *ident, const uint8_t *key)
{
    uint32_t bits = 0;

    for (uint32_t i = 0; i < ident->key_bytes && bits <= 4; i++) {
        for (uint32_t x = (uint32_t)(key[i] ^ ident->key[i]); x != 0; x &= x - 1) {
            bits++;
        }
    }
    return bits <= 4;
}

int assent_kv_index_find(struct assent_kv *kv, const struct assent_kv_ident *ident, bool after,
                         struct assent_kv_record *record)
{
    struct assent_kv_record doubtful = {0};
    uint8_t key[ASSENT_KV_KEY_BYTES];
    bool kills = false;
    int kind = after ? assent_kv_index_older(kv, ident->hash, record)
                     : assent_kv_index_first(kv, ident->hash, record);

    while (kind == KV_RECORD) {
        kills = kills || record->key_bytes == 0;
        if (record->crc != 0 && similar(ident, record)) {
            int known = assent_kv_record_key(kv, record, key);

            if (known < 0) {
                return known;
            }
            if (known == 1 && memcmp(key, ident->key, ident->key_bytes) == 0) {
                int dead = kills || after ? killed(kv, ident->hash, record->addr) : 0;

                return dead < 0 ? dead : dead == 1 ? ASSENT_ERR_NOT_FOUND : ASSENT_OK;
            }
            if (known == 0 || (nearly(ident, key) && assent_kv_record_intact(kv, record) == 0)) {
                doubtful = *record;
            }
        }
        kind = assent_kv_index_older(kv, ident->hash, record);
    }
    if (kind == KV_BAD) {
        kv->corrupt_records++;
        return search(kv, ident, position(kv, record->seq, record->addr), record);
    }
    if (kind == KV_NONE && doubtful.addr != 0) {
        *record = doubtful;
        return ASSENT_ERR_CORRUPT;
    }
    return kind < 0 ? kind : ASSENT_ERR_NOT_FOUND;
}

int assent_kv_index_ident(struct assent_kv *kv, const struct assent_kv_record *record,
                          uint8_t key[ASSENT_KV_KEY_BYTES], struct assent_kv_ident *ident)
{
    ident->key = key;
    ident->key_bytes = record->key_bytes;
    ident->space = record->space;
    ident->copy = record->copy;
    ident->hash = record->hash;
    return assent_kv_record_key(kv, record, key);
}

/* Was this record once a version of ident? A half zeroed one has lost bits of its key, but gained
 * none. */
static int once_was(struct assent_kv *kv, const struct assent_kv_ident *ident,
                    const struct assent_kv_record *record)
{
    uint8_t key[ASSENT_KV_KEY_BYTES];
    int known = assent_kv_record_key(kv, record, key);

    if (known == 1 && memcmp(key, ident->key, ident->key_bytes) == 0) {
        return 1;
    }
    if (known < 0) {
        return known;
    }
    known = assent_kv_record_intact(kv, record);
    if (known != 0) {
        return known == 1 ? 0 : known;
    }
    if (kv->trailer > 0) {
        return 1; /* cannot be told, and cannot be read by anybody */
    }
    for (uint32_t i = 0; i < ident->key_bytes; i++) {
        if ((key[i] & ~ident->key[i]) != 0) {
            return 0;
        }
    }
    return 1;
}

int assent_kv_index_bury(struct assent_kv *kv, const struct assent_kv_ident *ident,
                         const struct assent_kv_record *from, uint32_t before, uint32_t spare,
                         bool thorough)
{
    struct assent_kv_record record = *from;
    int kind;

    record.prev = before;
    kind = assent_kv_index_older(kv, ident->hash, &record);
    while (kind == KV_RECORD) {
        if (record.addr != spare && similar(ident, &record) && (thorough || record.crc != 0)) {
            int was = thorough ? assent_kv_record_gone(kv, &record) : 0;

            was = was == 1 ? 0 : was < 0 ? was : once_was(kv, ident, &record);
            if (was < 0) {
                return was;
            }
            if (was == 1) {
                if (thorough && record.crc != 0) {
                    /* A mount has counted it; a change counts for itself. */
                    kv->live_bytes -= assent_kv_clean_charge(kv, record.size);
                }
                (void)assent_kv_record_zero(kv, &record);
            }
        }
        kind = assent_kv_index_older(kv, ident->hash, &record);
    }
    return kind < 0 ? kind : ASSENT_OK;
}
