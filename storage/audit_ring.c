/* SPDX-License-Identifier: MIT */
/* Sectors and slots of the audit log: headers, marks, erasing. No keys here. */
#include "storage/audit_ring.h"

#include <string.h>

#include "core/bytes.h"

enum {
    FORMAT_VERSION = 1,
    HEADER_CRC_OFFSET = 44,
    MARK_OFFSET = 48,
    MARK_CRC_OFFSET = 60,
    LOOK_SLOTS = 8 /* slots that a damaged header is made up for from */
};

static const uint8_t header_magic[4] = {'A', 'S', 'A', 'L'};
static const uint8_t mark_magic[4] = {'B', 'L', 'N', 'K'};

bool assent_audit_ring_filled(const uint8_t *bytes, size_t len, uint8_t byte)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != byte) {
            return false;
        }
    }
    return true;
}

static uint32_t base_of(const struct assent_audit_log *log, uint32_t place)
{
    return place * log->flash->sector_bytes;
}

static int read_at(const struct assent_audit_log *log, uint32_t at, uint8_t *out, uint32_t len)
{
    return log->flash->read(log->flash->ctx, at, out, len) == ASSENT_OK ? ASSENT_OK : ASSENT_ERR_IO;
}

/* Program up to 64 bytes and read them back. Pages have 64 bytes or more and nothing here crosses a
 * multiple of 64. */
static int program(const struct assent_audit_log *log, uint32_t at, const uint8_t *data,
                   uint32_t len)
{
    const struct assent_flash *flash = log->flash;
    uint8_t back[ASSENT_AUDIT_ENTRY_BYTES];

    if (flash->program(flash->ctx, at, data, len) != ASSENT_OK ||
        (flash->sync != NULL && flash->sync(flash->ctx) != ASSENT_OK) ||
        read_at(log, at, back, len) != ASSENT_OK || memcmp(back, data, len) != 0) {
        return ASSENT_ERR_IO;
    }
    return ASSENT_OK;
}

/* A damaged header: the entries name their epoch as well. Two in a row have to agree, or the only
 * one there is, for one of them may be damaged too. */
static int look_at_entries(const struct assent_audit_log *log, uint32_t place,
                           struct assent_audit_sector *sector)
{
    bool agreed = false;

    for (uint32_t slot = 0; slot < LOOK_SLOTS && !agreed; slot++) {
        uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES];
        struct assent_audit_entry entry;
        int error = assent_audit_ring_read(log, place, slot, bytes);

        if (error != ASSENT_OK) {
            return error;
        }
        if (assent_audit_decode(bytes, &entry) == ASSENT_OK &&
            assent_audit_ring_place(log, entry.epoch) == place) {
            agreed = sector->valid && entry.epoch == sector->epoch;
            sector->first = agreed ? sector->first : entry.sequence;
            sector->epoch = entry.epoch;
            sector->valid = true;
        }
    }
    return ASSENT_OK;
}

int assent_audit_ring_look(const struct assent_audit_log *log, uint32_t place,
                           struct assent_audit_sector *sector)
{
    uint8_t bytes[ASSENT_AUDIT_RING_HEADER_BYTES];
    bool blank;
    bool marked;
    int error = read_at(log, base_of(log, place), bytes, sizeof(bytes));

    *sector = (struct assent_audit_sector){0};
    if (error != ASSENT_OK) {
        return error;
    }
    blank = assent_audit_ring_filled(bytes, MARK_OFFSET, 0xFF);
    marked = memcmp(bytes + MARK_OFFSET, mark_magic, sizeof(mark_magic)) == 0 &&
             assent_bytes_load32(bytes + MARK_CRC_OFFSET) ==
                 assent_bytes_crc32(0, bytes + MARK_OFFSET, MARK_CRC_OFFSET - MARK_OFFSET);
    sector->erases = marked ? assent_bytes_load32(bytes + MARK_OFFSET + 4) : 0;
    sector->ready = blank && marked;
    if (memcmp(bytes, header_magic, sizeof(header_magic)) == 0 &&
        assent_bytes_load32(bytes + HEADER_CRC_OFFSET) ==
            assent_bytes_crc32(0, bytes, HEADER_CRC_OFFSET)) {
        sector->foreign = assent_bytes_load32(bytes + 4) != FORMAT_VERSION;
        sector->epoch = assent_bytes_load32(bytes + 8);
        sector->first = assent_bytes_load32(bytes + 12);
        memcpy(sector->mac, bytes + 16, ASSENT_AUDIT_MAC_BYTES);
        sector->valid = assent_audit_ring_place(log, sector->epoch) == place;
        return ASSENT_OK;
    }
    if (blank || assent_audit_ring_filled(bytes, MARK_OFFSET, 0)) {
        return ASSENT_OK;
    }
    return look_at_entries(log, place, sector);
}

int assent_audit_ring_seek(const struct assent_audit_log *log, uint32_t from, uint32_t to,
                           struct assent_audit_sector *sector)
{
    for (uint64_t epoch = from; epoch <= to; epoch++) {
        int error =
            assent_audit_ring_look(log, assent_audit_ring_place(log, (uint32_t)epoch), sector);

        if (error != ASSENT_OK || (sector->valid && sector->epoch == epoch)) {
            return error;
        }
    }
    return ASSENT_ERR_NOT_FOUND;
}

int assent_audit_ring_open(const struct assent_audit_log *log, uint32_t epoch, uint32_t first,
                           const uint8_t mac[ASSENT_AUDIT_MAC_BYTES])
{
    uint32_t at = base_of(log, assent_audit_ring_place(log, epoch));
    uint8_t bytes[MARK_OFFSET] = {0};
    uint8_t there[MARK_OFFSET];

    memcpy(bytes, header_magic, sizeof(header_magic));
    assent_bytes_store32(bytes + 4, FORMAT_VERSION);
    assent_bytes_store32(bytes + 8, epoch);
    assent_bytes_store32(bytes + 12, first);
    memcpy(bytes + 16, mac, ASSENT_AUDIT_MAC_BYTES);
    assent_bytes_store32(bytes + HEADER_CRC_OFFSET,
                         assent_bytes_crc32(0, bytes, HEADER_CRC_OFFSET));
    if (read_at(log, at, there, sizeof(there)) != ASSENT_OK) {
        return ASSENT_ERR_IO;
    }
    for (size_t i = 0; i < sizeof(bytes); i++) {
        if ((bytes[i] & ~there[i]) != 0) {
            return ASSENT_ERR_IO; /* a bit would have to be set: this would only damage it more */
        }
    }
    return program(log, at, bytes, sizeof(bytes));
}

int assent_audit_ring_erase(const struct assent_audit_log *log, uint32_t place, uint32_t erases)
{
    const struct assent_flash *flash = log->flash;
    uint8_t bytes[ASSENT_AUDIT_RING_HEADER_BYTES] = {0};
    uint8_t *mark = bytes + MARK_OFFSET;

    /* First take header and mark away, or an erase that is cut off might leave one of them. */
    if ((flash->flags & ASSENT_FLASH_ONCE) == 0 &&
        program(log, base_of(log, place), bytes, sizeof(bytes)) != ASSENT_OK) {
        return ASSENT_ERR_IO;
    }
    if (flash->erase(flash->ctx, place) != ASSENT_OK ||
        (flash->sync != NULL && flash->sync(flash->ctx) != ASSENT_OK)) {
        return ASSENT_ERR_IO;
    }
    memcpy(mark, mark_magic, sizeof(mark_magic));
    assent_bytes_store32(mark + 4, erases + 1);
    assent_bytes_store32(mark + 12, assent_bytes_crc32(0, mark, MARK_CRC_OFFSET - MARK_OFFSET));
    return program(log, base_of(log, place) + MARK_OFFSET, mark,
                   ASSENT_AUDIT_RING_HEADER_BYTES - MARK_OFFSET);
}

static uint32_t slot_at(const struct assent_audit_log *log, uint32_t epoch, uint32_t slot)
{
    return base_of(log, assent_audit_ring_place(log, epoch)) + ASSENT_AUDIT_RING_HEADER_BYTES +
           slot * ASSENT_AUDIT_ENTRY_BYTES;
}

int assent_audit_ring_read(const struct assent_audit_log *log, uint32_t epoch, uint32_t slot,
                           uint8_t out[ASSENT_AUDIT_ENTRY_BYTES])
{
    return read_at(log, slot_at(log, epoch, slot), out, ASSENT_AUDIT_ENTRY_BYTES);
}

int assent_audit_ring_write(const struct assent_audit_log *log, uint32_t slot,
                            const uint8_t entry[ASSENT_AUDIT_ENTRY_BYTES])
{
    return program(log, slot_at(log, log->chain.epoch, slot), entry, ASSENT_AUDIT_ENTRY_BYTES);
}

int assent_audit_ring_zero(const struct assent_audit_log *log, uint32_t slot)
{
    uint8_t zeros[ASSENT_AUDIT_ENTRY_BYTES] = {0};

    return assent_audit_ring_write(log, slot, zeros);
}
