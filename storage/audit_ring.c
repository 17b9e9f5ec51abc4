/* SPDX-License-Identifier: MIT */
/* Sectors and slots of the audit log: headers, marks, erasing. No keys here. */
#include "storage/audit_ring.h"

#include <string.h>

#include "core/bytes.h"

enum {
    FORMAT_VERSION = 1,
    HEADER_BYTES = 48,
    MARK_BYTES = 16,
    LOOK_SLOTS = 8 /* slots that a damaged header is made up for from */
};

#define HEADER_MAGIC UINT32_C(0x4C415341) /* "ASAL" */
#define MARK_MAGIC   UINT32_C(0x4B4E4C42) /* "BLNK" */

_Static_assert(HEADER_BYTES + MARK_BYTES == ASSENT_AUDIT_ENTRY_BYTES, "slots follow at once");

uint32_t assent_audit_ring_oldest(const struct assent_audit_log *log)
{
    uint32_t next = assent_audit_ring_next(log);

    return next > log->flash->sector_count ? next - log->flash->sector_count : 0;
}

/* ---- bytes ---- */

bool assent_audit_ring_filled(const uint8_t *bytes, size_t len, uint8_t byte)
{
    while (len > 0 && bytes[len - 1] == byte) {
        len--;
    }
    return len == 0;
}

static uint32_t place_of(const struct assent_audit_log *log, uint32_t epoch)
{
    return epoch % log->flash->sector_count;
}

/* Where a piece of 64 bytes begins: piece 0 holds header and mark, slot n is piece n + 1. */
static uint32_t piece_at(const struct assent_audit_log *log, uint32_t epoch, uint32_t piece)
{
    return place_of(log, epoch) * log->flash->sector_bytes + piece * ASSENT_AUDIT_ENTRY_BYTES;
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

/* ---- header and mark: each starts with its magic and ends with its CRC-32 ---- */

static bool is_sealed(const uint8_t *block, uint32_t len, uint32_t magic)
{
    return assent_bytes_load32(block) == magic &&
           assent_bytes_load32(block + len - 4) == assent_bytes_crc32(0, block, len - 4);
}

static void seal(uint8_t *block, uint32_t len, uint32_t magic)
{
    assent_bytes_store32(block, magic);
    assent_bytes_store32(block + len - 4, assent_bytes_crc32(0, block, len - 4));
}

/* A damaged header: the entries name epoch and sequence as well. Two in a row have to agree, or the
 * only one there is, for one of them may be damaged too. */
static int look_at_entries(const struct assent_audit_log *log, struct assent_audit_sector *sector)
{
    uint32_t place = sector->epoch;
    uint32_t before = 0;

    for (uint32_t slot = 0; slot < LOOK_SLOTS; slot++) {
        uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES];
        struct assent_audit_entry entry;
        int error = assent_audit_ring_read(log, place, slot, bytes);

        if (error != ASSENT_OK) {
            return error;
        }
        if (assent_audit_decode(bytes, &entry) == ASSENT_OK &&
            place_of(log, entry.epoch) == place) {
            /* Each entry takes a slot or more, and each has its number. */
            if (sector->valid && entry.epoch == sector->epoch &&
                entry.sequence - sector->first - 1 < slot - before) {
                break;
            }
            before = slot;
            sector->first = entry.sequence;
            sector->epoch = entry.epoch;
            sector->valid = true;
            sector->guessed = true;
        }
    }
    return ASSENT_OK;
}

int assent_audit_ring_look(const struct assent_audit_log *log, uint32_t epoch,
                           struct assent_audit_sector *sector)
{
    uint8_t bytes[HEADER_BYTES + MARK_BYTES];
    uint32_t place = place_of(log, epoch);
    int error = read_at(log, piece_at(log, place, 0), bytes, sizeof(bytes));

    *sector = (struct assent_audit_sector){.epoch = place};
    if (error != ASSENT_OK) {
        return error;
    }
    if (is_sealed(bytes + HEADER_BYTES, MARK_BYTES, MARK_MAGIC)) {
        sector->erases = assent_bytes_load32(bytes + HEADER_BYTES + 4);
        sector->ready = assent_audit_ring_filled(bytes, HEADER_BYTES, 0xFF);
    }
    if (is_sealed(bytes, HEADER_BYTES, HEADER_MAGIC)) {
        sector->foreign = assent_bytes_load32(bytes + 4) != FORMAT_VERSION;
        sector->epoch = assent_bytes_load32(bytes + 8);
        sector->first = assent_bytes_load32(bytes + 12);
        memcpy(sector->mac, bytes + 16, ASSENT_AUDIT_MAC_BYTES);
        sector->valid = place_of(log, sector->epoch) == place;
    } else if (!sector->ready && !assent_audit_ring_filled(bytes, HEADER_BYTES, 0)) {
        error = look_at_entries(log, sector);
    }
    return error;
}

int assent_audit_ring_seek(const struct assent_audit_log *log, uint32_t epoch,
                           struct assent_audit_sector *sector)
{
    for (; epoch <= log->chain.epoch && epoch < UINT32_MAX; epoch++) {
        int error = assent_audit_ring_look(log, epoch, sector);

        if (error != ASSENT_OK || (sector->valid && sector->epoch == epoch)) {
            return error;
        }
    }
    return ASSENT_ERR_NOT_FOUND;
}

int assent_audit_ring_open(const struct assent_audit_log *log,
                           const struct assent_audit_chain *start)
{
    uint32_t at = piece_at(log, start->epoch, 0);
    uint8_t bytes[HEADER_BYTES] = {0};
    uint8_t there[HEADER_BYTES];
    int error = read_at(log, at, there, sizeof(there));

    assent_bytes_store32(bytes + 4, FORMAT_VERSION);
    assent_bytes_store32(bytes + 8, start->epoch);
    assent_bytes_store32(bytes + 12, start->sequence);
    memcpy(bytes + 16, start->mac, ASSENT_AUDIT_MAC_BYTES);
    seal(bytes, sizeof(bytes), HEADER_MAGIC);
    for (unsigned i = 0; i < sizeof(bytes); i++) {
        if ((bytes[i] & ~there[i]) != 0) {
            error = ASSENT_ERR_IO;
        }
    }
    return error != ASSENT_OK ? error : program(log, at, bytes, sizeof(bytes));
}

int assent_audit_ring_erase(const struct assent_audit_log *log, uint32_t epoch, uint32_t erases)
{
    const struct assent_flash *flash = log->flash;
    uint32_t at = piece_at(log, epoch, 0);
    uint8_t bytes[HEADER_BYTES + MARK_BYTES] = {0};
    uint8_t *mark = bytes + HEADER_BYTES;

    /* First take header and mark away, or an erase that is cut off might leave one of them. */
    if (((flash->flags & ASSENT_FLASH_ONCE) == 0 &&
         program(log, at, bytes, sizeof(bytes)) != ASSENT_OK) ||
        flash->erase(flash->ctx, place_of(log, epoch)) != ASSENT_OK ||
        (flash->sync != NULL && flash->sync(flash->ctx) != ASSENT_OK)) {
        return ASSENT_ERR_IO;
    }
    assent_bytes_store32(mark + 4, erases + 1);
    seal(mark, MARK_BYTES, MARK_MAGIC);
    return program(log, at + HEADER_BYTES, mark, MARK_BYTES);
}

/* ---- slots ---- */

int assent_audit_ring_read(const struct assent_audit_log *log, uint32_t epoch, uint32_t slot,
                           uint8_t out[ASSENT_AUDIT_ENTRY_BYTES])
{
    return read_at(log, piece_at(log, epoch, slot + 1), out, ASSENT_AUDIT_ENTRY_BYTES);
}

int assent_audit_ring_write(const struct assent_audit_log *log, uint32_t slot,
                            const uint8_t entry[ASSENT_AUDIT_ENTRY_BYTES])
{
    return program(log, piece_at(log, log->chain.epoch, slot + 1), entry, ASSENT_AUDIT_ENTRY_BYTES);
}

bool assent_audit_ring_blank(const struct assent_audit_log *log, uint32_t epoch, uint32_t slot,
                             uint32_t count)
{
    uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES];

    while (count > 0 && assent_audit_ring_read(log, epoch, slot, bytes) == ASSENT_OK &&
           assent_audit_ring_filled(bytes, sizeof(bytes), 0xFF)) {
        slot++;
        count--;
    }
    return count == 0;
}

int assent_audit_ring_zero(const struct assent_audit_log *log, uint32_t slot)
{
    const uint8_t zeros[ASSENT_AUDIT_ENTRY_BYTES] = {0};

    return assent_audit_ring_write(log, slot, zeros);
}
