/* SPDX-License-Identifier: MIT */
/* The index of the key-value store: keyed hashes, bucket heads in RAM, chains through the log. */
#include "storage/kv_log.h"

enum {
    HALF_BYTES = ASSENT_KV_SECRET_BYTES / 2
}; /* the key of the hash; the other half is hashed */

static uint32_t rotate(uint32_t x, unsigned n)
{
    return (x << n) | (x >> (32 - n));
}

static void mix(uint32_t v[4], unsigned rounds)
{
    while (rounds-- > 0) {
        v[0] += v[1];
        v[1] = rotate(v[1], 5) ^ v[0];
        v[0] = rotate(v[0], 16);
        v[2] += v[3];
        v[3] = rotate(v[3], 8) ^ v[2];
        v[0] += v[3];
        v[3] = rotate(v[3], 7) ^ v[0];
        v[2] += v[1];
        v[1] = rotate(v[1], 13) ^ v[2];
        v[2] = rotate(v[2], 16);
    }
}

/* HalfSipHash-2-4 of 64 bits over half of the secret, the namespace byte and the key. Never 0, which begins
 * an iteration. */
uint64_t assent_kv_index_hash(const struct assent_kv *kv, uint8_t space, struct assent_span key)
{
    const uint8_t *secret = kv->config->secret;
    uint8_t text[HALF_BYTES + 1 + ASSENT_KV_KEY_BYTES + 4] = {0};
    uint32_t k0 = assent_bytes_load32(secret);
    uint32_t k1 = assent_bytes_load32(secret + 4);
    uint32_t v[4] = {k0, k1 ^ 0xEE, k0 ^ 0x6C796765U, k1 ^ 0x74656462U};
    uint32_t len = HALF_BYTES + 1 + (uint32_t)key.len;
    uint64_t hash;

    memcpy(text, secret + HALF_BYTES, HALF_BYTES);
    text[HALF_BYTES] = space;
    memcpy(text + HALF_BYTES + 1, key.ptr, key.len);
    text[len | 3] = (uint8_t)len;
    for (uint32_t i = 0; i <= len; i += 4) {
        uint32_t word = assent_bytes_load32(text + i);

        v[3] ^= word;
        mix(v, 2);
        v[0] ^= word;
    }
    v[2] ^= 0xEE;
    mix(v, 4);
    hash = v[1] ^ v[3];
    v[1] ^= 0xDD;
    mix(v, 4);
    hash |= (uint64_t)(v[1] ^ v[3]) << 32;
    return hash == 0 ? 1 : hash;
}

uint32_t assent_kv_index_head(const struct assent_kv *kv, uint16_t hash)
{
    uint32_t bucket = (uint32_t)hash >> kv->bucket_shift;
    uint32_t link = assent_kv_log_wide(kv) ? ((const uint32_t *)kv->config->heads)[bucket]
                                           : ((const uint16_t *)kv->config->heads)[bucket];

    return link << kv->unit_shift;
}

void assent_kv_index_set_head(struct assent_kv *kv, uint16_t hash, uint32_t addr)
{
    uint32_t bucket = (uint32_t)hash >> kv->bucket_shift;
    uint32_t link = addr >> kv->unit_shift;

    if (assent_kv_log_wide(kv)) {
        ((uint32_t *)kv->config->heads)[bucket] = link;
    } else {
        ((uint16_t *)kv->config->heads)[bucket] = (uint16_t)link;
    }
}

/* Where in the log an offset of the region lies, counted from its oldest sector. */
static uint32_t position(const struct assent_kv *kv, uint32_t seq, uint32_t addr)
{
    return (seq - kv->keep_seq) * kv->sector_bytes + addr % kv->sector_bytes;
}

/* Load the record that a link leads to, if it is older than the one that holds it (KV-12). */
enum assent_kv_kind assent_kv_index_older(struct assent_kv *kv, struct assent_kv_record *record)
{
    uint32_t limit = position(kv, record->seq, record->addr);
    uint32_t addr = record->prev;
    uint32_t seq = assent_kv_log_seq(kv, addr);
    uint16_t hash = record->hash;
    enum assent_kv_kind kind;

    if (addr == 0 || addr >= kv->sector_bytes * kv->count ||
        seq - kv->keep_seq > kv->head_seq - kv->keep_seq || position(kv, seq, addr) >= limit) {
        return KV_NONE;
    }
    /* Blank: the sector was erased, and with it everything older. */
    kind = assent_kv_record_load(kv, addr, record);
    return kind == KV_RECORD && (record->hash ^ hash) >> kv->bucket_shift != 0 ? KV_BAD : kind;
}

enum assent_kv_kind assent_kv_index_first(struct assent_kv *kv, uint16_t hash,
                                          struct assent_kv_record *record)
{
    record->hash = hash;
    record->seq = kv->head_seq + 1;
    record->addr = 0;
    record->prev = assent_kv_index_head(kv, hash);
    return assent_kv_index_older(kv, record);
}

/* May the record be a version of what ident names, going by its header? */
static bool similar(const struct assent_kv_record *ident, const struct assent_kv_record *record)
{
    return record->key_bytes == ident->key_bytes && record->space == ident->space &&
           record->hash == ident->hash && record->copy == ident->copy;
}

static bool same_key(const struct assent_kv_record *ident, const uint8_t *key)
{
    return memcmp(ident->key, key, ident->key_bytes) == 0;
}

/* A new record leaves out of its chain the versions that it replaces and dead ones, so that a key written
 * often does not make its chain long. (Recovery finds what was replaced by the head that the chain had
 * before.) A copy has replaced nothing yet: what it was copied from stays until its sector goes. */
int assent_kv_index_append(struct assent_kv *kv, struct assent_kv_record *record)
{
    struct assent_kv_record older;
    enum assent_kv_kind kind = assent_kv_index_first(kv, record->hash, &older);
    uint8_t key[ASSENT_KV_KEY_BYTES];
    int error;

    while (kind == KV_RECORD &&
           ((kv->zero && older.crc == 0) ||
            (record->value != NULL && similar(record, &older) &&
             assent_kv_record_key(kv, &older, key) && same_key(record, key)))) {
        kind = assent_kv_index_older(kv, &older);
    }
    record->prev = kind == KV_NONE ? 0 : older.addr;
    error = kv->error == ASSENT_OK ? assent_kv_record_append(kv, record) : kv->error;
    if (error == ASSENT_OK) {
        assent_kv_index_set_head(kv, record->hash, record->addr);
    }
    return error;
}

/* Few bits apart: perhaps the key in question, gone rotten. */
static bool nearly(const struct assent_kv_record *ident, const uint8_t *key)
{
    uint32_t bits = 0;

    for (uint32_t i = 0; i < ident->key_bytes; i++) {
        for (uint32_t x = (uint32_t)(ident->key[i] ^ key[i]); x != 0; x &= x - 1) {
            bits++;
        }
    }
    return bits <= 4;
}

/* The newest version in the part of the log below limit, without the help of chains: for when a
 * header in the chain is damaged. Where old versions are not zeroed this would guess. */
static int search(struct assent_kv *kv, const struct assent_kv_record *ident, uint32_t limit,
                  struct assent_kv_record *found)
{
    struct assent_kv_walk walk;
    struct assent_kv_record record;
    uint8_t key[ASSENT_KV_KEY_BYTES];
    int result = ASSENT_ERR_CORRUPT;

    assent_kv_record_begin(kv, kv->tail_seq, 0, &walk);
    while (kv->zero && assent_kv_record_next(kv, &walk, &record)) {
        if (record.crc != 0 && similar(ident, &record) &&
            position(kv, record.seq, record.addr) < limit &&
            assent_kv_record_intact(kv, &record, NULL) && assent_kv_record_key(kv, &record, key) &&
            same_key(ident, key)) {
            *found = record;
            result = record.removed ? ASSENT_ERR_NOT_FOUND : ASSENT_OK;
        }
    }
    return result;
}

int assent_kv_index_find(struct assent_kv *kv, const struct assent_kv_record *ident, bool after,
                         struct assent_kv_record *record)
{
    uint8_t key[ASSENT_KV_KEY_BYTES];
    uint32_t doubtful = 0;
    int result = ASSENT_ERR_NOT_FOUND;
    enum assent_kv_kind kind =
        after ? assent_kv_index_older(kv, record) : assent_kv_index_first(kv, ident->hash, record);

    for (; kind == KV_RECORD; kind = assent_kv_index_older(kv, record)) {
        bool known;

        if (record->crc == 0 || !similar(ident, record)) {
            continue;
        }
        known = assent_kv_record_key(kv, record, key);
        if (known && same_key(ident, key)) {
            return record->removed ? ASSENT_ERR_NOT_FOUND : ASSENT_OK;
        }
        if (!known || (nearly(ident, key) && !assent_kv_record_intact(kv, record, NULL))) {
            doubtful = record->addr;
        }
    }
    if (kind == KV_BAD) {
        kv->corrupt_records++;
        result = search(kv, ident, position(kv, record->seq, record->addr), record);
    } else if (doubtful != 0) {
        (void)assent_kv_record_load(kv, doubtful, record);
        result = ASSENT_ERR_CORRUPT;
    }
    return kv->error != ASSENT_OK ? kv->error : result;
}

int assent_kv_index_standing(struct assent_kv *kv, struct assent_kv_record *record,
                             uint8_t key[ASSENT_KV_KEY_BYTES])
{
    struct assent_kv_record newest;
    int found;

    record->key = key;
    if (record->key_bytes == 0 || record->crc == 0 || record->removed) {
        return ASSENT_ERR_NOT_FOUND;
    }
    if (!assent_kv_record_key(kv, record, key)) {
        return kv->error != ASSENT_OK ? kv->error : ASSENT_ERR_CORRUPT;
    }
    found = assent_kv_index_find(kv, record, false, &newest);
    return found == ASSENT_OK && newest.addr != record->addr ? ASSENT_ERR_STATE : found;
}

/* Was this record once a version of ident? A half zeroed one has lost bits of its key, but gained
 * none. */
static bool once_was(struct assent_kv *kv, const struct assent_kv_record *ident,
                     const struct assent_kv_record *record)
{
    uint8_t key[ASSENT_KV_KEY_BYTES];
    bool known = assent_kv_record_key(kv, record, key);

    if (known && same_key(ident, key)) {
        return true;
    }
    if (assent_kv_record_intact(kv, record, NULL)) {
        return false;
    }
    for (uint32_t i = 0; known && i < ident->key_bytes; i++) {
        if ((key[i] & ~ident->key[i]) != 0) {
            return false;
        }
    }
    return true; /* in a sealed store: cannot be told, and cannot be read by anybody */
}

/* Zero one version. A mount has counted it, a change counts for itself. */
static bool bury_one(struct assent_kv *kv, const struct assent_kv_record *record)
{
    if (!kv->open) {
        assent_kv_clean_uncount(kv, record);
    }
    return assent_kv_record_zero(kv, record);
}

bool assent_kv_index_bury(struct assent_kv *kv, uint32_t addr, uint32_t before)
{
    struct assent_kv_record record;
    struct assent_kv_record older;
    uint8_t key[ASSENT_KV_KEY_BYTES];
    enum assent_kv_kind kind;
    bool done = true;

    if (assent_kv_record_load(kv, addr, &record) != KV_RECORD || record.key_bytes == 0) {
        return kv->error == ASSENT_OK;
    }
    if (record.crc != 0 && assent_kv_record_intact(kv, &record, NULL) &&
        assent_kv_record_key(kv, &record, key)) {
        record.key = key;
        older = record;
        older.prev = before;
        while ((kind = assent_kv_index_older(kv, &older)) == KV_RECORD) {
            if (similar(&record, &older) &&
                (older.crc != 0 || !assent_kv_record_gone(kv, &older)) &&
                once_was(kv, &record, &older) && kv->error == ASSENT_OK) {
                done = bury_one(kv, &older) && done;
            }
        }
        if (kind == KV_BAD) {
            uint32_t limit = position(kv, older.seq, older.addr);

            while (done && search(kv, &record, limit, &older) != ASSENT_ERR_CORRUPT) {
                done = kv->error == ASSENT_OK && bury_one(kv, &older);
            }
        }
    }
    /* A removal stays if it has still something to hide. */
    return kv->error == ASSENT_OK && done &&
           (!record.removed || assent_kv_record_zero(kv, &record));
}
