/* SPDX-License-Identifier: MIT */
/* Reads a store as storage/kv_format.h describes it; see kv_reader.h. Section names in capitals are those of
 * that page. */
#include "tests/power/kv_reader.h"

#include <string.h>

enum { COMMIT = 1, TAIL = 2, HEADER_BYTES = 32, REMOVAL = 0xFFF };

static uint32_t load(const uint8_t *p, unsigned bytes)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < bytes; i++) {
        value |= (uint32_t)p[i] << 8 * i;
    }
    return value;
}

static uint32_t crc32_more(uint32_t crc, const uint8_t *p, uint32_t len)
{
    crc = ~crc;
    while (len-- > 0) {
        crc ^= *p++;
        for (unsigned bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320U : 0);
        }
    }
    return ~crc;
}

static uint8_t crc8_more(uint8_t crc, const uint8_t *p, uint32_t len)
{
    while (len-- > 0) {
        crc ^= *p++;
        for (unsigned bit = 0; bit < 8; bit++) {
            crc = (uint8_t)((crc << 1) ^ ((crc & 0x80) != 0 ? 0x07 : 0));
        }
    }
    return crc;
}

/* ---- SECTOR HEADER ---- */

struct header {
    bool opened;
    bool bad;
    uint32_t q;
    uint32_t t;
    uint32_t previous_end;
    uint8_t layout;
};

static struct header read_header(const struct kv_reader *r, uint32_t place)
{
    const uint8_t *p = r->bytes + (size_t)place * r->sector_bytes;
    struct header h = {0};
    uint32_t crc;

    h.bad = load(p + 8, 4) == 0x44414544U;
    if (memcmp(p, "aKV", 3) != 0 || p[3] >> 4 != 2 || load(p + 12, 4) != crc32_more(0, p, 8)) {
        return h;
    }
    crc = crc32_more(crc32_more(0, p, 8), p + 16, 12);
    h.q = load(p + 16, 4);
    h.t = h.q - load(p + 20, 2);
    h.previous_end = load(p + 22, 2) * 4;
    h.layout = p[24];
    h.opened = !h.bad && load(p + 28, 4) == crc && h.q % r->sector_count == place;
    return h;
}

/* ---- RECORD ---- */

static uint32_t record_header_bytes(const struct kv_reader *r)
{
    return r->wide ? 16 : 12;
}

/* Is there a record at this offset of sector q, by CRC-8, lengths and place?
 *   return  its length with padding, or 0 */
static uint32_t parse(const struct kv_reader *r, uint32_t q, uint32_t at, uint32_t end,
                      struct kv_reader_record *out, bool *member)
{
    uint32_t base = q % r->sector_count * r->sector_bytes;
    const uint8_t *p = r->bytes + base + at;
    uint32_t h = record_header_bytes(r);
    uint32_t unit = 1U << r->unit_shift;
    uint32_t bits;
    uint32_t len;
    uint8_t crc8;

    if (at + h > end) {
        return 0;
    }
    crc8 = crc8_more((uint8_t)((q & 0xFF) ^ 0xFF), p, h - 5);
    if (crc8 != p[h - 5]) {
        return 0;
    }
    bits = load(p, 4);
    *out = (struct kv_reader_record){.offset = base + at,
                                     .value_bytes = bits & 0xFFF,
                                     .key_bytes = bits >> 12 & 0x3F,
                                     .copy = (bits >> 18 & 1) != 0,
                                     .space = p[h - 6]};
    if (out->value_bytes == REMOVAL) {
        out->removal = true;
        out->value_bytes = 0;
    }
    *member = (bits >> 19 & 1) != 0;
    len = (h + out->key_bytes + out->value_bytes + unit - 1) & ~(unit - 1);
    if (out->key_bytes > KV_READER_KEY_BYTES || out->space == 0 || at + len > end ||
        (out->key_bytes == 0 && (out->value_bytes != 4 || out->space > TAIL))) {
        return 0;
    }
    out->value = out->offset + h + out->key_bytes;
    out->dead = load(p + h - 4, 4) == 0;
    {
        uint8_t place[8];
        uint32_t crc;

        for (unsigned i = 0; i < 4; i++) {
            place[i] = (uint8_t)(q >> 8 * i);
            place[4 + i] = (uint8_t)(out->offset >> 8 * i);
        }
        crc = crc32_more(0, place, 8);
        crc = crc32_more(crc, p, h - 4);
        crc = crc32_more(crc, p + h, (uint32_t)out->key_bytes + out->value_bytes);
        out->intact = !out->dead && load(p + h - 4, 4) == (crc == 0 ? 1 : crc);
    }
    memcpy(out->key, p + h, out->key_bytes);
    return len;
}

/* ---- READING A SECTOR ---- */

static bool all(const uint8_t *p, uint8_t byte)
{
    return p[0] == byte && p[1] == byte && p[2] == byte && p[3] == byte;
}

/* Call each for every record of sector q up to end. */
static void read_sector(struct kv_reader *r, uint32_t q, uint32_t end,
                        void (*each)(struct kv_reader *r, uint32_t q,
                                     const struct kv_reader_record *record, bool member))
{
    const uint8_t *sector = r->bytes + (size_t)(q % r->sector_count) * r->sector_bytes;
    uint32_t at = HEADER_BYTES;
    bool lost = false;

    while (at + 4 <= end) {
        struct kv_reader_record record;
        bool member;
        uint32_t len;

        if (all(sector + at, 0) || all(sector + at, 0xFF)) {
            at = (at / r->page_bytes + 1) * r->page_bytes;
            continue;
        }
        len = parse(r, q, at, end, &record, &member);
        if (len == 0 || (lost && !record.intact)) {
            lost = true;
            at += 1U << r->unit_shift;
            continue;
        }
        lost = false;
        each(r, q, &record, member);
        at += len;
    }
}

static void see_tail(struct kv_reader *r, uint32_t q, const struct kv_reader_record *record,
                     bool member)
{
    (void)q;
    (void)member;
    if (record->key_bytes == 0 && record->space == TAIL && record->intact) {
        uint32_t t = load(r->bytes + record->value, 4);

        r->tail = t > r->tail && t <= r->newest ? t : r->tail;
    }
}

static bool valid_record_seen;

static void see_any(struct kv_reader *r, uint32_t q, const struct kv_reader_record *record,
                    bool member)
{
    (void)r;
    (void)q;
    (void)member;
    valid_record_seen = valid_record_seen || record->intact;
}

/* ---- WHICH RECORDS ARE LIVE ---- */

static bool same(const struct kv_reader_record *a, const struct kv_reader_record *b)
{
    return a->space == b->space && a->copy == b->copy && a->key_bytes == b->key_bytes &&
           memcmp(a->key, b->key, a->key_bytes) == 0;
}

static void commit(struct kv_reader *r, uint32_t n)
{
    uint32_t first = r->count;

    while (first > 0 && n > 0) {
        first--;
        n -= r->record[first].exists ? 0 : 1;
    }
    for (uint32_t i = 0; i < r->count; i++) {
        if (r->record[i].exists) {
            continue;
        }
        if (i >= first) {
            r->record[i].exists = true;
        } else { /* unfinished, and no later COMMIT will speak of it */
            r->record[i].exists = true;
            r->record[i].dead = true;
        }
    }
}

static void see_record(struct kv_reader *r, uint32_t q, const struct kv_reader_record *record,
                       bool member)
{
    (void)q;
    /* Neither key nor value of what fails its CRC-32 can be believed: a power cut in zeroing an older
     * version leaves such records as well. */
    if ((!record->intact && !record->dead) || r->count == KV_READER_RECORDS) {
        return;
    }
    if (record->key_bytes == 0) {
        if (record->intact && record->space == COMMIT) {
            commit(r, load(r->bytes + record->value, 4));
        }
        return;
    }
    r->record[r->count] = *record;
    r->record[r->count].exists = !member;
    r->count++;
}

/* The end of a sector, as the one opened after it says. */
static uint32_t end_of(const struct kv_reader *r, uint32_t q)
{
    for (uint32_t next = q + 1; next <= r->newest; next++) {
        struct header h = read_header(r, next % r->sector_count);

        if (h.opened && h.q == next) {
            return h.previous_end > 0 && h.previous_end <= r->sector_bytes ? h.previous_end
                                                                           : r->sector_bytes;
        }
        if (!h.bad) {
            break; /* damaged: it may have said so */
        }
    }
    return r->sector_bytes;
}

bool kv_reader_load(struct kv_reader *r)
{
    struct header newest = {0};
    struct header after;

    r->count = 0;
    for (uint32_t place = 0; place < r->sector_count; place++) {
        struct header h = read_header(r, place);

        if (h.opened && (!newest.opened || h.q > newest.q)) {
            newest = h;
        }
    }
    if (!newest.opened || (newest.layout & 0x20) != 0) {
        return false;
    }
    r->newest = newest.q;
    r->tail = newest.t;
    r->unit_shift = newest.layout & 0x0F;
    r->wide = (newest.layout & 0x10) != 0;

    after = read_header(r, (newest.q + 1) % r->sector_count);
    if (!after.opened && !after.bad) {
        valid_record_seen = false;
        read_sector(r, newest.q + 1, r->sector_bytes, see_any);
        r->newest += valid_record_seen ? 1 : 0;
    }
    read_sector(r, r->newest, r->sector_bytes, see_tail);
    for (uint32_t q = r->tail; q <= r->newest; q++) {
        if (!read_header(r, q % r->sector_count).bad) {
            read_sector(r, q, q == r->newest ? r->sector_bytes : end_of(r, q), see_record);
        }
    }
    return true;
}

/* The newest version, if it is live. */
static const struct kv_reader_record *version(const struct kv_reader *r,
                                              const struct kv_reader_record *wanted)
{
    for (uint32_t i = r->count; i > 0; i--) {
        const struct kv_reader_record *record = &r->record[i - 1];

        if (record->exists && !record->dead && same(record, wanted)) {
            return record->removal ? NULL : record;
        }
    }
    return NULL;
}

const struct kv_reader_record *kv_reader_find(const struct kv_reader *r, uint8_t space,
                                              const uint8_t *key, uint8_t key_bytes)
{
    struct kv_reader_record wanted = {.space = space, .key_bytes = key_bytes};
    const struct kv_reader_record *first;

    memcpy(wanted.key, key, key_bytes);
    first = version(r, &wanted);
    if (first == NULL) {
        wanted.copy = true;
        first = version(r, &wanted);
    }
    return first;
}

const struct kv_reader_record *kv_reader_next(const struct kv_reader *r, uint32_t *cursor)
{
    while (*cursor < r->count) {
        const struct kv_reader_record *record = &r->record[(*cursor)++];

        if (record->key_bytes > 0 && record->exists && !record->dead && !record->copy &&
            version(r, record) == record) {
            return record;
        }
    }
    return NULL;
}
