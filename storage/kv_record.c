/* SPDX-License-Identifier: MIT */
/* Records of the key-value store: headers, checksums, appending, zeroing, walking a sector. */
#include "storage/kv_log.h"

enum { ATTEMPTS_MAX = 3 };

static uint8_t header_check(const uint8_t *raw, bool wide, uint32_t seq)
{
    uint8_t crc = (uint8_t)(seq ^ 0xFF);

    for (uint32_t i = 0; i < (wide ? 12U : 8U); i++) {
        if (i == 7) {
            continue;
        }
        crc = (uint8_t)(crc ^ raw[i]);
        for (uint32_t bit = 0; bit < 8; bit++) {
            crc = (uint8_t)((crc << 1) ^ ((crc & 0x80) != 0 ? 0x07 : 0));
        }
    }
    return crc;
}

/* The CRC-32 of a record begins with where it stands, so that nothing counts in another place. */
static uint32_t start_crc(const struct assent_kv *kv, uint32_t seq, uint32_t addr,
                          const uint8_t *raw)
{
    uint8_t place[8];

    assent_bytes_store32(place, seq);
    assent_bytes_store32(place + 4, addr);
    return assent_bytes_crc32(assent_bytes_crc32(0, place, sizeof(place)), raw,
                              kv->header_bytes - 4U);
}

static uint32_t end_crc(uint32_t crc)
{
    return crc == 0 ? 1 : crc;
}

static uint32_t body_bytes(const struct assent_kv *kv, const struct assent_kv_record *record)
{
    return (uint32_t)record->key_bytes + record->value_bytes +
           (record->key_bytes > 0 ? kv->trailer : 0U);
}

int assent_kv_record_load(struct assent_kv *kv, uint32_t addr, uint32_t seq,
                          struct assent_kv_record *record)
{
    uint8_t raw[ASSENT_KV_HEADER_MAX_BYTES];
    uint32_t room = kv->flash->sector_bytes - addr % kv->flash->sector_bytes;
    uint32_t word;
    int error;

    if (room < kv->header_bytes) {
        return KV_NONE;
    }
    error = assent_kv_log_read(kv, addr, raw, kv->header_bytes);
    if (error != ASSENT_OK) {
        return error;
    }
    word = assent_bytes_load32(raw);
    if (word == 0 || word == 0xFFFFFFFF) {
        return KV_NONE;
    }
    record->addr = addr;
    record->seq = seq;
    record->value_bytes = (uint16_t)(word & 0xFFF);
    record->key_bytes = (uint8_t)((word >> 12) & 0x3F);
    record->copy = (word >> 18 & 1) != 0;
    record->batch = (word >> 19 & 1) != 0;
    record->hash = (uint16_t)(word >> 20);
    record->space = raw[6];
    record->prev = assent_bytes_load16(raw + 4);
    if (kv->wide) {
        record->prev |= assent_bytes_load32(raw + 8) << 16;
    }
    record->prev <<= kv->unit_shift;
    record->crc = assent_bytes_load32(raw + kv->header_bytes - 4);
    record->size = assent_kv_log_size(kv, record->key_bytes, record->value_bytes);
    if (record->key_bytes > ASSENT_KV_KEY_BYTES || record->value_bytes > ASSENT_KV_VALUE_BYTES ||
        record->size > room || raw[7] != header_check(raw, kv->wide, seq) || record->space == 0 ||
        (record->key_bytes == 0 && (record->value_bytes != 4 || record->space > ASSENT_KV_TAIL))) {
        return KV_BAD;
    }
    return KV_RECORD;
}

/* CRC over len bytes of flash, through the buffer. */
static int flash_crc(struct assent_kv *kv, uint32_t addr, uint32_t len, uint32_t *crc)
{
    while (len > 0) {
        uint32_t n = len < ASSENT_KV_BUFFER_BYTES ? len : ASSENT_KV_BUFFER_BYTES;
        int error = assent_kv_log_read(kv, addr, kv->config->buffer, n);

        if (error != ASSENT_OK) {
            return error;
        }
        *crc = assent_bytes_crc32(*crc, kv->config->buffer, n);
        addr += n;
        len -= n;
    }
    return ASSENT_OK;
}

int assent_kv_record_intact(struct assent_kv *kv, const struct assent_kv_record *record)
{
    uint8_t raw[ASSENT_KV_HEADER_MAX_BYTES];
    uint32_t crc;
    int error = assent_kv_log_read(kv, record->addr, raw, kv->header_bytes);

    if (error == ASSENT_OK) {
        crc = start_crc(kv, record->seq, record->addr, raw);
        error = flash_crc(kv, record->addr + kv->header_bytes, body_bytes(kv, record), &crc);
    }
    if (error != ASSENT_OK) {
        return error;
    }
    return end_crc(crc) == assent_bytes_load32(raw + kv->header_bytes - 4);
}

int assent_kv_record_intact_value(struct assent_kv *kv, const struct assent_kv_record *record,
                                  const uint8_t *value)
{
    uint8_t raw[ASSENT_KV_HEADER_MAX_BYTES + ASSENT_KV_KEY_BYTES];
    uint32_t crc;
    int error =
        assent_kv_log_read(kv, record->addr, raw, (uint32_t)kv->header_bytes + record->key_bytes);

    if (error != ASSENT_OK) {
        return error;
    }
    crc = start_crc(kv, record->seq, record->addr, raw);
    crc = assent_bytes_crc32(crc, raw + kv->header_bytes, record->key_bytes);
    crc = assent_bytes_crc32(crc, value, record->value_bytes);
    return end_crc(crc) == record->crc;
}

static void nonce_of(const struct assent_kv *kv, uint32_t seq, uint32_t addr, uint8_t nonce[12])
{
    assent_bytes_store32(nonce, seq);
    assent_bytes_store32(nonce + 4, addr);
    assent_bytes_store32(nonce + 8, kv->config->region);
}

/* Bring a sealed record into the buffer, behind room for its header, and open it there. */
static int open_sealed(struct assent_kv *kv, const struct assent_kv_record *record)
{
    uint8_t nonce[ASSENT_AEAD_NONCE_BYTES];
    uint8_t *raw = kv->config->buffer;
    uint32_t len = (uint32_t)record->key_bytes + record->value_bytes;
    int error;

    if (record->size > kv->config->buffer_bytes) {
        return 0;
    }
    error = assent_kv_log_read(kv, record->addr, raw, record->size);
    if (error != ASSENT_OK) {
        return error;
    }
    if (end_crc(assent_bytes_crc32(start_crc(kv, record->seq, record->addr, raw),
                                   raw + kv->header_bytes, body_bytes(kv, record))) !=
        assent_bytes_load32(raw + kv->header_bytes - 4)) {
        return 0;
    }
    nonce_of(kv, record->seq, record->addr, nonce);
    error = kv->config->crypto->open(kv->config->crypto->ctx, kv->config->key, nonce,
                                     assent_span(raw, kv->header_bytes - 4U),
                                     raw + kv->header_bytes, len, raw + kv->header_bytes + len);
    return error == ASSENT_OK ? 1 : error == ASSENT_ERR_AUTH ? 0 : error;
}

int assent_kv_record_key(struct assent_kv *kv, const struct assent_kv_record *record,
                         uint8_t key[ASSENT_KV_KEY_BYTES])
{
    int known;

    if (kv->trailer == 0) {
        known = assent_kv_log_read(kv, record->addr + kv->header_bytes, key, record->key_bytes);
        return known == ASSENT_OK ? 1 : known;
    }
    known = open_sealed(kv, record);
    if (known == 1) {
        memcpy(key, kv->config->buffer + kv->header_bytes, record->key_bytes);
    }
    return known;
}

static void encode_header(const struct assent_kv *kv, const struct assent_kv_draft *draft,
                          uint8_t *raw)
{
    uint32_t link = draft->prev >> kv->unit_shift;

    assent_bytes_store32(raw, draft->value_bytes | ((uint32_t)draft->key_bytes << 12) |
                                  ((uint32_t)draft->copy << 18) | ((uint32_t)draft->batch << 19) |
                                  ((uint32_t)draft->hash << 20));
    assent_bytes_store16(raw + 4, (uint16_t)link);
    raw[6] = draft->space;
    if (kv->wide) {
        assent_bytes_store32(raw + 8, link >> 16);
    }
    raw[7] = header_check(raw, kv->wide, kv->head_seq);
}

/* Copy bytes from..from+n of what the draft puts behind the header. */
static int fetch(struct assent_kv *kv, const struct assent_kv_draft *draft, uint32_t from,
                 uint8_t *out, uint32_t n)
{
    uint32_t key_n = 0;

    if (draft->from != NULL) {
        return assent_kv_log_read(kv, draft->from->addr + kv->header_bytes + from, out, n);
    }
    if (from < draft->key_bytes) {
        key_n = draft->key_bytes - from < n ? draft->key_bytes - from : n;
        memcpy(out, draft->key + from, key_n);
    }
    if (key_n < n) {
        memcpy(out + key_n, draft->value + (from + key_n - draft->key_bytes), n - key_n);
    }
    return ASSENT_OK;
}

/* Seal the whole record in the buffer. */
static int build_sealed(struct assent_kv *kv, const struct assent_kv_draft *draft, uint32_t addr,
                        uint8_t *raw)
{
    uint8_t nonce[ASSENT_AEAD_NONCE_BYTES];
    uint8_t *body = kv->config->buffer + kv->header_bytes;
    uint32_t len = (uint32_t)draft->key_bytes + draft->value_bytes;
    int error;

    if (draft->from != NULL) {
        error = open_sealed(kv, draft->from);
        error = error == 1 ? ASSENT_OK : error == 0 ? ASSENT_ERR_CORRUPT : error;
    } else {
        error = fetch(kv, draft, 0, body, len);
    }
    if (error == ASSENT_OK) {
        nonce_of(kv, kv->head_seq, addr, nonce);
        error = kv->config->crypto->seal(kv->config->crypto->ctx, kv->config->key, nonce,
                                         assent_span(raw, kv->header_bytes - 4U), body, len,
                                         body + len);
    }
    return error;
}

/* Complete the header with the CRC-32 of the record to be. */
static int finish_header(struct assent_kv *kv, const struct assent_kv_draft *draft, uint32_t addr,
                         uint8_t *raw)
{
    uint32_t len = (uint32_t)draft->key_bytes + draft->value_bytes;
    uint32_t crc = start_crc(kv, kv->head_seq, addr, raw);
    int error = ASSENT_OK;

    if (kv->trailer > 0 && draft->key_bytes > 0) {
        error = build_sealed(kv, draft, addr, raw);
        crc = assent_bytes_crc32(crc, kv->config->buffer + kv->header_bytes, len + kv->trailer);
    } else if (draft->from != NULL) {
        error = flash_crc(kv, draft->from->addr + kv->header_bytes, len, &crc);
    } else {
        crc = assent_bytes_crc32(crc, draft->key, draft->key_bytes);
        crc = assent_bytes_crc32(crc, draft->value, draft->value_bytes);
    }
    assent_bytes_store32(raw + kv->header_bytes - 4, end_crc(crc));
    return error;
}

/* Program the record page by page: one command for each page that it touches. */
static int program_record(struct assent_kv *kv, const struct assent_kv_draft *draft, uint32_t addr,
                          const uint8_t *raw, uint32_t size)
{
    bool whole = kv->trailer > 0 && draft->key_bytes > 0;
    uint32_t used = kv->header_bytes + (uint32_t)draft->key_bytes + draft->value_bytes +
                    (whole ? kv->trailer : 0U);
    uint8_t *buffer = kv->config->buffer;
    uint32_t done = 0;

    if (whole) {
        memcpy(buffer, raw, kv->header_bytes);
        memset(buffer + used, 0xFF, size - used);
    }
    while (done < size) {
        uint32_t n = kv->flash->page_bytes - (addr + done) % kv->flash->page_bytes;
        uint32_t head = done < kv->header_bytes ? kv->header_bytes - done : 0;
        uint32_t body;
        int error = ASSENT_OK;

        n = n < size - done ? n : size - done;
        if (!whole) {
            head = head < n ? head : n;
            memcpy(buffer, raw + done, head);
            memset(buffer + head, 0xFF, n - head);
            body = used > done + head ? used - done - head : 0;
            body = body < n - head ? body : n - head;
            if (body > 0) {
                error = fetch(kv, draft, done + head - kv->header_bytes, buffer + head, body);
            }
        }
        if (error == ASSENT_OK) {
            error = assent_kv_log_program(kv, addr + done, whole ? buffer + done : buffer, n);
        }
        if (error != ASSENT_OK) {
            return error;
        }
        done += n;
    }
    return assent_kv_log_sync(kv);
}

/* Find blank room for size bytes at the head; KV-9. */
static int place(struct assent_kv *kv, uint32_t size)
{
    uint32_t page = kv->flash->page_bytes;
    uint32_t base;
    int blank;

    for (;;) {
        if (kv->sealed || kv->head_off + size > kv->flash->sector_bytes) {
            int error = assent_kv_log_advance(kv);

            if (error != ASSENT_OK) {
                return error;
            }
        }
        base = assent_kv_log_base(kv, kv->head_seq);
        blank = assent_kv_log_filled(kv, base + kv->head_off, size, 0xFF);
        if (blank != 0) {
            return blank < 0 ? blank : ASSENT_OK;
        }
        if (kv->again) {
            kv->head_off = (kv->head_off / page + 1) * page;
        } else {
            kv->sealed = true;
        }
    }
}

static int attempt(struct assent_kv *kv, const struct assent_kv_draft *draft, uint32_t size,
                   struct assent_kv_record *record)
{
    uint8_t raw[ASSENT_KV_HEADER_MAX_BYTES];
    uint32_t addr = assent_kv_log_base(kv, kv->head_seq) + kv->head_off;
    int error;

    encode_header(kv, draft, raw);
    error = finish_header(kv, draft, addr, raw);
    if (error != ASSENT_OK) {
        return error;
    }
    error = program_record(kv, draft, addr, raw, size);
    if (error == ASSENT_OK) {
        error = assent_kv_record_load(kv, addr, kv->head_seq, record);
        error = error == KV_RECORD && record->crc == assent_bytes_load32(raw + kv->header_bytes - 4)
                    ? assent_kv_record_intact(kv, record)
                : error < 0 ? error
                            : 0;
        error = error == 1 ? ASSENT_OK : error < 0 ? error : ASSENT_ERR_IO;
    }
    if (error != ASSENT_OK) {
        /* Nothing of it may ever read as valid. */
        if (kv->again) {
            kv->read_only = kv->read_only || assent_kv_log_clear(kv, addr, size) != ASSENT_OK;
            kv->head_off = (kv->head_off + size + kv->flash->page_bytes - 1) /
                           kv->flash->page_bytes * kv->flash->page_bytes;
        } else {
            kv->sealed = true;
        }
    }
    return error;
}

int assent_kv_record_append(struct assent_kv *kv, const struct assent_kv_draft *draft,
                            struct assent_kv_record *record)
{
    uint32_t size = assent_kv_log_size(kv, draft->key_bytes, draft->value_bytes);
    int error = ASSENT_ERR_IO;

    for (unsigned i = 0; i < ATTEMPTS_MAX && error == ASSENT_ERR_IO && !kv->read_only; i++) {
        error = place(kv, size);
        if (error == ASSENT_OK) {
            error = attempt(kv, draft, size, record);
        }
        if (error == ASSENT_OK) {
            kv->head_off += size;
        } else if (draft->batch) {
            break; /* members must follow each other: the whole batch starts over */
        }
    }
    return error;
}

int assent_kv_record_gone(struct assent_kv *kv, const struct assent_kv_record *record)
{
    return assent_kv_log_filled(kv, record->addr + kv->header_bytes - 4, body_bytes(kv, record) + 4,
                                0);
}

int assent_kv_record_zero(struct assent_kv *kv, const struct assent_kv_record *record)
{
    uint32_t from = record->addr + kv->header_bytes - 4;
    uint32_t len = body_bytes(kv, record) + 4;
    uint32_t step = kv->flash->program_bytes;

    len = (len + step - 1) / step * step;
    if (assent_kv_log_clear(kv, from, len) != ASSENT_OK) {
        /* The sector goes when the ring has turned. */
        kv->unerased_records++;
        assent_kv_clean_until(kv, record->seq);
    }
    return ASSENT_OK;
}

int assent_kv_record_firm(struct assent_kv *kv, const struct assent_kv_record *record)
{
    uint32_t page = kv->flash->page_bytes;
    uint32_t done = 0;

    while (done < record->size) {
        uint32_t n = page - (record->addr + done) % page;
        int error;

        n = n < record->size - done ? n : record->size - done;
        error = assent_kv_log_read(kv, record->addr + done, kv->config->buffer, n);
        if (error == ASSENT_OK) {
            error = assent_kv_log_program(kv, record->addr + done, kv->config->buffer, n);
        }
        if (error != ASSENT_OK) {
            return error;
        }
        done += n;
    }
    return assent_kv_log_sync(kv);
}

int assent_kv_record_begin(struct assent_kv *kv, uint32_t seq, uint32_t off,
                           struct assent_kv_walk *walk)
{
    struct assent_kv_sector next;
    uint32_t base = ASSENT_KV_SECTOR_HEADER_BYTES;
    int error = ASSENT_OK;

    walk->seq = seq;
    walk->off = off < base ? base : off;
    walk->end = kv->flash->sector_bytes;
    walk->resync = false;
    walk->skipped = false;
    if (seq == kv->head_seq) {
        walk->end = kv->head_off;
    } else {
        error = assent_kv_log_sector(kv, (seq + 1) % kv->flash->sector_count, &next);
        if (next.opened && next.seq == seq + 1 && next.previous_end >= base &&
            next.previous_end < walk->end) {
            walk->end = next.previous_end;
        }
    }
    return error;
}

int assent_kv_record_next(struct assent_kv *kv, struct assent_kv_walk *walk,
                          struct assent_kv_record *record)
{
    uint32_t base = assent_kv_log_base(kv, walk->seq);
    uint32_t page = kv->flash->page_bytes;

    walk->skipped = false;
    while (walk->off + kv->header_bytes <= walk->end) {
        int kind = assent_kv_record_load(kv, base + walk->off, walk->seq, record);

        if (kind < 0) {
            return kind;
        }
        if (kind == KV_RECORD && record->size > walk->end - walk->off) {
            kind = KV_BAD;
        }
        if (kind == KV_RECORD && walk->resync) {
            int intact = assent_kv_record_intact(kv, record);

            if (intact < 0) {
                return intact;
            }
            kind = intact == 1 ? KV_RECORD : KV_BAD;
        }
        if (kind == KV_RECORD) {
            walk->off += record->size;
            walk->resync = false;
            return 1;
        }
        if (kind == KV_NONE && !walk->resync) {
            walk->off = (walk->off / page + 1) * page;
        } else {
            walk->off += 1U << kv->unit_shift;
            walk->resync = true;
            walk->skipped = true;
        }
    }
    return 0;
}
