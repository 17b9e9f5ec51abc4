/* SPDX-License-Identifier: MIT */
/* Records of the key-value store: headers, checksums, appending, zeroing, walking the log. */
#include "storage/kv_log.h"

enum { ATTEMPTS_MAX = 3, CLEAR_ATTEMPTS_MAX = 5, REMOVED = 0xFFF };

static uint8_t header_check(const struct assent_kv *kv, const uint8_t *raw, uint32_t seq)
{
    uint8_t crc = (uint8_t)(seq ^ 0xFF);

    for (uint32_t i = 0; i < kv->header_bytes - 5U; i++) {
        crc = (uint8_t)(crc ^ raw[i]);
        for (uint32_t bit = 0; bit < 8; bit++) {
            crc = (uint8_t)((crc << 1) ^ ((crc & 0x80) != 0 ? 0x07 : 0));
        }
    }
    return crc;
}

/* The CRC-32 of a record begins with where it stands, so that nothing counts in another place. */
static uint32_t start_crc(const struct assent_kv *kv, const struct assent_kv_record *record,
                          const uint8_t *raw)
{
    uint8_t place[8];

    assent_bytes_store32(place, record->seq);
    assent_bytes_store32(place + 4, record->addr);
    return assent_bytes_crc32(assent_bytes_crc32(0, place, sizeof(place)), raw,
                              kv->header_bytes - 4U);
}

static uint32_t end_crc(uint32_t crc)
{
    return crc == 0 ? 1 : crc;
}

/* Bytes behind the header, without padding. */
static uint32_t body_bytes(const struct assent_kv *kv, uint32_t key_bytes, uint32_t value_bytes)
{
    return key_bytes + value_bytes + (key_bytes > 0 ? kv->trailer : 0U);
}

uint32_t assent_kv_record_size(const struct assent_kv *kv, uint32_t key_bytes, uint32_t value_bytes)
{
    uint32_t unit = 1U << kv->unit_shift;

    return (kv->header_bytes + body_bytes(kv, key_bytes, value_bytes) + unit - 1) & ~(unit - 1);
}

enum assent_kv_kind assent_kv_record_load(struct assent_kv *kv, uint32_t addr,
                                          struct assent_kv_record *record)
{
    uint8_t raw[ASSENT_KV_HEADER_MAX_BYTES];
    uint32_t h = kv->header_bytes;
    uint32_t room = kv->sector_bytes - addr % kv->sector_bytes;
    uint32_t word;

    record->addr = addr;
    record->seq = assent_kv_log_seq(kv, addr);
    if (room < h) {
        return KV_NONE;
    }
    assent_kv_log_read(kv, addr, raw, h);
    word = assent_bytes_load32(raw);
    if (word == 0 || word == 0xFFFFFFFF) {
        return KV_NONE;
    }
    record->value_bytes = (uint16_t)(word & 0xFFF);
    record->removed = record->value_bytes == REMOVED;
    if (record->removed) {
        record->value_bytes = 0;
    }
    record->key_bytes = (uint8_t)((word >> 12) & 0x3F);
    record->copy = (word >> 18 & 1) != 0;
    record->batch = (word >> 19 & 1) != 0;
    record->hash = (uint16_t)(word >> 20);
    record->prev =
        (assent_kv_log_wide(kv) ? assent_bytes_load32(raw + 4) : assent_bytes_load16(raw + 4))
        << kv->unit_shift;
    record->space = raw[h - 6];
    record->crc = assent_bytes_load32(raw + h - 4);
    record->size = (uint16_t)assent_kv_record_size(kv, record->key_bytes, record->value_bytes);
    if (record->key_bytes > ASSENT_KV_KEY_BYTES || record->value_bytes > ASSENT_KV_VALUE_BYTES ||
        record->size > room || raw[h - 5] != header_check(kv, raw, record->seq) ||
        record->space == 0 ||
        (record->key_bytes == 0 && (record->value_bytes != 4 || record->space > ASSENT_KV_TAIL))) {
        return KV_BAD;
    }
    return KV_RECORD;
}

bool assent_kv_record_intact(struct assent_kv *kv, const struct assent_kv_record *record,
                             uint8_t *out)
{
    uint8_t raw[ASSENT_KV_HEADER_MAX_BYTES + ASSENT_KV_KEY_BYTES];
    uint32_t front = (uint32_t)kv->header_bytes + record->key_bytes;
    uint32_t left = body_bytes(kv, record->key_bytes, record->value_bytes) - record->key_bytes;
    uint32_t addr = record->addr + front;
    uint32_t crc;

    assent_kv_log_read(kv, record->addr, raw, front);
    crc = start_crc(kv, record, raw);
    crc = assent_bytes_crc32(crc, raw + kv->header_bytes, record->key_bytes);
    while (left > 0) {
        uint32_t n = assent_kv_log_least(left, ASSENT_KV_BUFFER_BYTES);
        uint8_t *piece = out != NULL ? out : kv->config->buffer;

        assent_kv_log_read(kv, addr, piece, n);
        crc = assent_bytes_crc32(crc, piece, n);
        out = out != NULL ? out + n : NULL;
        addr += n;
        left -= n;
    }
    return kv->error == ASSENT_OK &&
           end_crc(crc) == assent_bytes_load32(raw + kv->header_bytes - 4);
}

static bool is_sealed(const struct assent_kv *kv, const struct assent_kv_record *record)
{
    return kv->trailer > 0 && record->key_bytes > 0;
}

static void nonce_of(const struct assent_kv *kv, const struct assent_kv_record *record,
                     uint8_t nonce[ASSENT_AEAD_NONCE_BYTES])
{
    assent_bytes_store32(nonce, record->seq);
    assent_bytes_store32(nonce + 4, record->addr);
    assent_bytes_store32(nonce + 8, kv->config->region);
}

/* Bring a sealed record into the buffer and open it there. */
static bool open_sealed(struct assent_kv *kv, const struct assent_kv_record *record)
{
    const struct assent_crypto *crypto = kv->config->crypto;
    uint8_t nonce[ASSENT_AEAD_NONCE_BYTES];
    uint8_t *raw = kv->config->buffer;
    uint8_t *body = raw + kv->header_bytes;
    uint32_t len = (uint32_t)record->key_bytes + record->value_bytes;
    int error;

    if (record->size > kv->config->buffer_bytes) {
        return false;
    }
    assent_kv_log_read(kv, record->addr, raw, record->size);
    if (kv->error != ASSENT_OK) {
        return false;
    }
    nonce_of(kv, record, nonce);
    error = crypto->open(crypto->ctx, kv->config->key, nonce,
                         assent_span(raw, kv->header_bytes - 4U), body, len, body + len);
    kv->error = error == ASSENT_ERR_AUTH ? ASSENT_OK : (int16_t)error;
    return error == ASSENT_OK;
}

bool assent_kv_record_key(struct assent_kv *kv, const struct assent_kv_record *record,
                          uint8_t key[ASSENT_KV_KEY_BYTES])
{
    if (kv->trailer == 0) {
        assent_kv_log_read(kv, record->addr + kv->header_bytes, key, record->key_bytes);
        return kv->error == ASSENT_OK;
    }
    if (!open_sealed(kv, record)) {
        return false;
    }
    memcpy(key, kv->config->buffer + kv->header_bytes, record->key_bytes);
    return true;
}

/* Bytes from..from+n of a record to be, as they are to stand in the flash. */
static const uint8_t *image(struct assent_kv *kv, const struct assent_kv_record *draft,
                            const uint8_t *raw, uint32_t from, uint32_t n)
{
    bool sealed = is_sealed(kv, draft); /* then it is in the buffer as a whole */
    bool there = sealed || draft->value == NULL;
    uint8_t *out = kv->config->buffer + (sealed ? from : 0);
    uint32_t key_at = kv->header_bytes;
    uint32_t value_at = key_at + draft->key_bytes;
    uint32_t end = key_at + body_bytes(kv, draft->key_bytes, draft->value_bytes);

    if (there && !sealed) {
        assent_kv_log_read(kv, draft->addr + from, out, n);
    }
    for (uint32_t i = 0, at = from; i < n; i++, at++) {
        if (at < key_at) {
            out[i] = raw[at];
        } else if (at >= end) {
            out[i] = 0xFF;
        } else if (!there) {
            out[i] = at < value_at ? draft->key[at - key_at] : draft->value[at - value_at];
        }
    }
    return out;
}

enum fill { ZEROS, AGAIN, DRAFT };

/* Program len bytes at addr, one command for each page that they touch: with zeros, with what is there
 * already, or with the image of a draft. */
static bool program_pages(struct assent_kv *kv, uint32_t addr, uint32_t len,
                          const struct assent_kv_record *draft, const uint8_t *raw, enum fill fill)
{
    uint32_t done = 0;

    while (done < len) {
        uint32_t n =
            assent_kv_log_least(kv->page_bytes - (addr + done) % kv->page_bytes, len - done);
        const uint8_t *bytes = kv->config->buffer;

        if (fill == DRAFT) {
            bytes = image(kv, draft, raw, done, n);
        } else if (fill == AGAIN) {
            assent_kv_log_read_steady(kv, addr + done, kv->config->buffer, n);
        } else {
            memset(kv->config->buffer, 0, n);
        }
        if (!assent_kv_log_program(kv, addr + done, bytes, n)) {
            return false;
        }
        done += n;
    }
    return assent_kv_log_sync(kv);
}

bool assent_kv_record_firm(struct assent_kv *kv, const struct assent_kv_record *record)
{
    return program_pages(kv, record->addr, record->size, NULL, NULL, AGAIN);
}

bool assent_kv_record_clear(struct assent_kv *kv, uint32_t addr, uint32_t len)
{
    for (unsigned i = 0; i < CLEAR_ATTEMPTS_MAX; i++) {
        if (program_pages(kv, addr, len, NULL, NULL, ZEROS) &&
            assent_kv_log_filled(kv, addr, len, 0)) {
            return true;
        }
        kv->error = ASSENT_OK;
    }
    return false;
}

/* Seal a record in the buffer. */
static int build_sealed(struct assent_kv *kv, const struct assent_kv_record *draft,
                        const struct assent_kv_record *place, const uint8_t *raw)
{
    const struct assent_crypto *crypto = kv->config->crypto;
    uint8_t nonce[ASSENT_AEAD_NONCE_BYTES];
    uint8_t *body = kv->config->buffer + kv->header_bytes;
    uint32_t len = (uint32_t)draft->key_bytes + draft->value_bytes;

    if (draft->value != NULL) {
        memcpy(body, draft->key, draft->key_bytes);
        memcpy(body + draft->key_bytes, draft->value, draft->value_bytes);
    } else if (!open_sealed(kv, draft)) {
        return ASSENT_ERR_CORRUPT;
    }
    nonce_of(kv, place, nonce);
    return crypto->seal(crypto->ctx, kv->config->key, nonce,
                        assent_span(raw, kv->header_bytes - 4U), body, len, body + len);
}

/* Write the header of a draft that goes to *place, and with it its CRC-32. A copy is made only of what
 * the CRC-32 of its source holds for: ASSENT_ERR_CORRUPT. */
static int make_header(struct assent_kv *kv, const struct assent_kv_record *draft,
                       const struct assent_kv_record *place, uint8_t *raw)
{
    uint32_t h = kv->header_bytes;
    uint32_t end = h + body_bytes(kv, draft->key_bytes, draft->value_bytes);
    bool copy = draft->value == NULL && !is_sealed(kv, draft);
    uint8_t source[ASSENT_KV_HEADER_MAX_BYTES] = {0};
    uint32_t source_crc;
    uint32_t crc;
    int error = ASSENT_OK;

    memset(raw, 0, h);
    assent_bytes_store32(raw, (draft->removed ? REMOVED : draft->value_bytes) |
                                  ((uint32_t)draft->key_bytes << 12) |
                                  ((uint32_t)draft->copy << 18) | ((uint32_t)draft->batch << 19) |
                                  ((uint32_t)draft->hash << 20));
    assent_bytes_store32(raw + 4, draft->prev >> kv->unit_shift);
    raw[h - 6] = draft->space;
    raw[h - 5] = header_check(kv, raw, place->seq);
    if (is_sealed(kv, draft)) {
        error = build_sealed(kv, draft, place, raw);
    }
    if (copy) {
        assent_kv_log_read(kv, draft->addr, source, h);
    }
    source_crc = start_crc(kv, draft, source);
    crc = start_crc(kv, place, raw);
    while (h < end) {
        uint32_t n = assent_kv_log_least(end - h, ASSENT_KV_BUFFER_BYTES);
        const uint8_t *bytes = image(kv, draft, raw, h, n);

        source_crc = assent_bytes_crc32(source_crc, bytes, n);
        crc = assent_bytes_crc32(crc, bytes, n);
        h += n;
    }
    if (copy && end_crc(source_crc) != assent_bytes_load32(source + kv->header_bytes - 4)) {
        error = ASSENT_ERR_CORRUPT;
    }
    assent_bytes_store32(raw + kv->header_bytes - 4, end_crc(crc));
    return kv->error != ASSENT_OK ? kv->error : error;
}

/* Find blank room for size bytes at the head; KV-9. */
static int find_room(struct assent_kv *kv, uint32_t size)
{
    for (;;) {
        if (kv->sealed || kv->head_off + size > kv->sector_bytes) {
            int error = assent_kv_log_advance(kv);

            if (error != ASSENT_OK) {
                return error;
            }
        }
        if (assent_kv_log_filled(kv, assent_kv_log_base(kv, kv->head_seq) + kv->head_off, size,
                                 0xFF)) {
            return ASSENT_OK;
        }
        if (kv->error != ASSENT_OK) {
            return kv->error;
        }
        if (kv->again) {
            kv->head_off = (kv->head_off / kv->page_bytes + 1) * kv->page_bytes;
        } else {
            kv->sealed = true;
        }
    }
}

static int attempt(struct assent_kv *kv, struct assent_kv_record *draft, uint32_t size)
{
    uint8_t raw[ASSENT_KV_HEADER_MAX_BYTES];
    struct assent_kv_record made;
    int error;

    made.seq = kv->head_seq;
    made.addr = assent_kv_log_base(kv, kv->head_seq) + kv->head_off;
    error = make_header(kv, draft, &made, raw);
    if (error != ASSENT_OK) {
        return error;
    }
    if (program_pages(kv, made.addr, size, draft, raw, DRAFT) &&
        assent_kv_record_load(kv, made.addr, &made) == KV_RECORD &&
        made.crc == assent_bytes_load32(raw + kv->header_bytes - 4) &&
        assent_kv_record_intact(kv, &made, NULL)) {
        *draft = made;
        kv->head_off += size;
        return ASSENT_OK;
    }
    /* Nothing of it may ever read as valid. */
    kv->error = ASSENT_OK;
    if (kv->again) {
        kv->read_only = !assent_kv_record_clear(kv, made.addr, size) || kv->read_only;
        kv->head_off += size + kv->page_bytes - 1;
        kv->head_off -= kv->head_off % kv->page_bytes;
    } else {
        kv->sealed = true;
    }
    return ASSENT_ERR_IO;
}

int assent_kv_record_append(struct assent_kv *kv, struct assent_kv_record *record)
{
    uint32_t size = assent_kv_record_size(kv, record->key_bytes, record->value_bytes);
    int error = ASSENT_ERR_IO;

    /* Members of a batch must follow each other: the whole batch starts over. */
    for (unsigned i = record->batch ? 1 : ATTEMPTS_MAX;
         i > 0 && error == ASSENT_ERR_IO && !kv->read_only; i--) {
        error = find_room(kv, size);
        error = error == ASSENT_OK ? attempt(kv, record, size) : error;
    }
    return error;
}

int assent_kv_record_control(struct assent_kv *kv, enum assent_kv_control kind, uint32_t value)
{
    uint8_t raw[4];
    struct assent_kv_record draft = {.value = raw, .value_bytes = 4, .space = (uint8_t)kind};

    assent_bytes_store32(raw, value);
    return assent_kv_record_append(kv, &draft);
}

/* From the CRC-32 of a record to the end of its body. */
static uint32_t mortal_bytes(const struct assent_kv *kv, const struct assent_kv_record *record)
{
    return 4 + body_bytes(kv, record->key_bytes, record->value_bytes);
}

bool assent_kv_record_gone(struct assent_kv *kv, const struct assent_kv_record *record)
{
    return assent_kv_log_filled(kv, record->addr + kv->header_bytes - 4, mortal_bytes(kv, record),
                                0);
}

bool assent_kv_record_zero(struct assent_kv *kv, const struct assent_kv_record *record)
{
    uint32_t step = kv->flash->program_bytes;
    uint32_t len = (mortal_bytes(kv, record) + step - 1) / step * step;

    if (assent_kv_record_clear(kv, record->addr + kv->header_bytes - 4, len)) {
        return true;
    }
    /* The sector goes when the ring has turned. */
    kv->unerased_records++;
    assent_kv_clean_until(kv, record->seq);
    return false;
}

void assent_kv_record_begin(struct assent_kv *kv, uint32_t seq, uint32_t off,
                            struct assent_kv_walk *walk)
{
    struct assent_kv_sector next;

    walk->seq = seq;
    walk->off = off != 0 ? off : ASSENT_KV_SECTOR_HEADER_BYTES;
    walk->end = kv->head_off;
    walk->resync = false;
    if (seq != kv->head_seq) {
        assent_kv_log_sector(kv, seq + 1, &next);
        walk->end = kv->sector_bytes;
        if (next.kind == KV_OPENED && next.seq == seq + 1 && next.previous_end != 0) {
            walk->end = assent_kv_log_least(walk->end, next.previous_end);
        }
    }
}

bool assent_kv_record_next(struct assent_kv *kv, struct assent_kv_walk *walk,
                           struct assent_kv_record *record)
{
    walk->skipped = false;
    for (;;) {
        while (walk->off + kv->header_bytes <= walk->end) {
            enum assent_kv_kind kind =
                assent_kv_record_load(kv, assent_kv_log_base(kv, walk->seq) + walk->off, record);

            if (kind == KV_RECORD && record->size <= walk->end - walk->off &&
                (!walk->resync || assent_kv_record_intact(kv, record, NULL))) {
                walk->off += record->size;
                walk->resync = false;
                return true;
            }
            if (kind == KV_NONE && !walk->resync) {
                walk->off = (walk->off / kv->page_bytes + 1) * kv->page_bytes;
            } else {
                walk->off += 1U << kv->unit_shift;
                walk->resync = true;
                walk->skipped = true;
            }
        }
        if (walk->seq == kv->head_seq || kv->error != ASSENT_OK) {
            return false;
        }
        assent_kv_record_begin(kv, walk->seq + 1, 0, walk);
    }
}
