/* SPDX-License-Identifier: MIT */
/* Policy images in slots of flash, and the records that say which is which. */
#include "storage/policies.h"

#include <string.h>

#include "core/bytes.h"
#include "storage/fixed.h"
#include "storage/layout.h"

enum { KEY_BYTES = 5, VALUE_BYTES = 54 };

/* The record of an image. */
struct record {
    uint8_t key[KEY_BYTES];
    uint8_t value[VALUE_BYTES];
};

static uint32_t slot_bytes(const struct assent_policies *policies)
{
    return policies->slot_sectors * policies->flash->sector_bytes;
}

static uint32_t region_bytes(const struct assent_policies *policies)
{
    return policies->flash->sector_count * policies->flash->sector_bytes;
}

/* Make the record of an image, and the change that stores it. */
static struct assent_store_item encode(const struct assent_policies_image *image,
                                       struct record *record)
{
    uint8_t *value = record->value;

    record->key[0] = image->site;
    assent_bytes_store32(record->key + 1, image->revision);
    assent_bytes_store32(value, image->offset);
    assent_bytes_store32(value + 4, image->length);
    assent_bytes_store32(value + 8, image->crc);
    assent_bytes_store40(value + 12, image->effective_s);
    assent_bytes_store40(value + 17, image->superseded_s);
    memcpy(value + 22, image->digest, ASSENT_SHA256_BYTES);
    return (struct assent_store_item){ASSENT_SPACE_POLICY, assent_span(record->key, KEY_BYTES),
                                      assent_span(value, VALUE_BYTES), false};
}

static int get(struct assent_policies *policies, const uint8_t key[KEY_BYTES],
               struct assent_policies_image *image)
{
    uint8_t value[VALUE_BYTES];
    int error = assent_fixed_get(policies->kv, ASSENT_SPACE_POLICY, assent_span(key, KEY_BYTES),
                                 value, sizeof(value));

    if (error != ASSENT_OK) {
        return error;
    }
    image->site = key[0];
    image->revision = assent_bytes_load32(key + 1);
    image->offset = assent_bytes_load32(value);
    image->length = assent_bytes_load32(value + 4);
    image->crc = assent_bytes_load32(value + 8);
    image->effective_s = assent_bytes_load40(value + 12);
    image->superseded_s = assent_bytes_load40(value + 17);
    memcpy(image->digest, value + 22, ASSENT_SHA256_BYTES);
    return image->offset < region_bytes(policies) &&
                   image->length <= region_bytes(policies) - image->offset
               ? ASSENT_OK
               : ASSENT_ERR_CORRUPT;
}

int assent_policies_find(struct assent_policies *policies, uint8_t site, uint32_t revision,
                         struct assent_policies_image *image)
{
    uint8_t key[KEY_BYTES] = {site};

    assent_bytes_store32(key + 1, revision);
    return get(policies, key, image);
}

int assent_policies_active(struct assent_policies *policies, uint8_t site,
                           struct assent_policies_image *image)
{
    uint8_t key[KEY_BYTES] = {site};
    int error = assent_fixed_get(policies->kv, ASSENT_SPACE_POLICY, assent_span(key, 1), key + 1,
                                 KEY_BYTES - 1);

    return error != ASSENT_OK ? error : get(policies, key, image);
}

/* The next image of any site. */
static int walk(struct assent_policies *policies, uint64_t *cursor,
                struct assent_policies_image *image)
{
    uint8_t key[ASSENT_KV_KEY_BYTES];
    int len;

    do {
        len = assent_kv_next(policies->kv, ASSENT_SPACE_POLICY, cursor, key);
    } while (len >= 0 && len != KEY_BYTES);
    return len < 0 ? len : get(policies, key, image);
}

int assent_policies_next(struct assent_policies *policies, uint8_t site, uint64_t *cursor,
                         struct assent_policies_image *image)
{
    int error;

    do {
        error = walk(policies, cursor, image);
    } while (error == ASSENT_OK && image->site != site);
    return error;
}

int assent_policies_read(struct assent_policies *policies,
                         const struct assent_policies_image *image, uint32_t offset, uint8_t *out,
                         uint32_t len)
{
    if (offset > image->length) {
        return ASSENT_ERR_RANGE;
    }
    len = len < image->length - offset ? len : image->length - offset;
    if (len > 0 && policies->flash->read(policies->flash->ctx, image->offset + offset, out, len) !=
                       ASSENT_OK) {
        return ASSENT_ERR_IO;
    }
    return (int)len;
}

int assent_policies_check(struct assent_policies *policies,
                          const struct assent_policies_image *image)
{
    uint8_t piece[ASSENT_POLICIES_PIECE_BYTES];
    uint32_t crc = 0;
    uint32_t at = 0;
    int got;

    while ((got = assent_policies_read(policies, image, at, piece, sizeof(piece))) > 0) {
        crc = assent_bytes_crc32(crc, piece, (size_t)got);
        at += (uint32_t)got;
    }
    return got < 0 ? got : crc == image->crc ? ASSENT_OK : ASSENT_ERR_CORRUPT;
}

/* ---- writing ---- */

static int sync(const struct assent_policies *policies)
{
    const struct assent_flash *flash = policies->flash;

    return flash->sync == NULL ? ASSENT_OK : flash->sync(flash->ctx);
}

static int erase_slot(struct assent_policies *policies, uint32_t start)
{
    const struct assent_flash *flash = policies->flash;

    for (uint32_t i = 0; i < policies->slot_sectors; i++) {
        int error = flash->erase(flash->ctx, start / flash->sector_bytes + i);

        if (error != ASSENT_OK) {
            return error;
        }
    }
    return sync(policies);
}

/* Whether an image lies at an offset: ASSENT_OK, or ASSENT_ERR_NOT_FOUND. */
static int find_at(struct assent_policies *policies, uint32_t offset)
{
    struct assent_policies_image image;
    uint64_t cursor = 0;
    int error;

    do {
        error = walk(policies, &cursor, &image);
    } while (error == ASSENT_OK && image.offset != offset);
    return error;
}

int assent_policies_begin(struct assent_policies *policies)
{
    uint32_t start = 0;
    int error;

    policies->writing = false;
    while ((error = find_at(policies, start)) == ASSENT_OK) {
        start += slot_bytes(policies);
    }
    if (error != ASSENT_ERR_NOT_FOUND) {
        return error;
    }
    if (start + slot_bytes(policies) > region_bytes(policies)) {
        return ASSENT_ERR_FULL;
    }
    error = erase_slot(policies, start);
    policies->start = start;
    policies->length = 0;
    policies->crc = 0;
    policies->written = false;
    policies->writing = error == ASSENT_OK;
    return error;
}

/* Program what has been gathered, filled up with 0xFF. */
static int flush(struct assent_policies *policies)
{
    const struct assent_flash *flash = policies->flash;
    uint32_t used = (policies->length - 1) % ASSENT_POLICIES_PIECE_BYTES + 1;

    int error;

    memset(policies->piece + used, 0xFF, ASSENT_POLICIES_PIECE_BYTES - used);
    error = flash->program(flash->ctx, policies->start + policies->length - used, policies->piece,
                           ASSENT_POLICIES_PIECE_BYTES);
    policies->writing = error == ASSENT_OK;
    return error;
}

int assent_policies_write(struct assent_policies *policies, struct assent_span bytes)
{
    int error = policies->writing && !policies->written ? ASSENT_OK : ASSENT_ERR_STATE;

    if (error == ASSENT_OK && bytes.len > slot_bytes(policies) - policies->length) {
        error = ASSENT_ERR_SPACE;
    }
    if (error == ASSENT_OK) {
        policies->crc = assent_bytes_crc32(policies->crc, bytes.ptr, bytes.len);
    }
    for (size_t i = 0; i < bytes.len && error == ASSENT_OK; i++) {
        policies->piece[policies->length++ % ASSENT_POLICIES_PIECE_BYTES] = bytes.ptr[i];
        if (policies->length % ASSENT_POLICIES_PIECE_BYTES == 0) {
            error = flush(policies);
        }
    }
    return error;
}

int assent_policies_written(struct assent_policies *policies, struct assent_policies_image *image)
{
    int error = policies->writing && policies->length > 0 ? ASSENT_OK : ASSENT_ERR_STATE;

    if (error == ASSENT_OK && !policies->written) {
        if (policies->length % ASSENT_POLICIES_PIECE_BYTES != 0) {
            error = flush(policies);
        }
        error = error == ASSENT_OK ? sync(policies) : error; /* before a record leads here */
    }
    if (error != ASSENT_OK) {
        return error;
    }
    policies->written = true;
    image->offset = policies->start;
    image->length = policies->length;
    image->crc = policies->crc;
    image->superseded_s = 0;
    return assent_policies_check(policies, image);
}

/* ---- taking over ---- */

int assent_policies_enter(struct assent_policies *policies, struct assent_policies_image *image,
                          bool activate, struct assent_time now)
{
    enum { ACTIVE, NEW, OLD };
    struct record new_record;
    struct record old_record;
    struct assent_store_item items[4];
    struct assent_policies_image old;
    struct assent_audit_entry entry = {
        .type = ASSENT_AUDIT_POLICY_ACTIVATED, .site = image->site, .time = now};
    size_t count = OLD;
    int error = assent_policies_find(policies, image->site, image->revision, &old);

    if (error == ASSENT_OK) {
        return ASSENT_ERR_RANGE;
    }
    if (error == ASSENT_ERR_NOT_FOUND) {
        error = assent_policies_active(policies, image->site, &old);
    }
    if (error == ASSENT_OK) {
        if (activate && old.revision >= image->revision) {
            return ASSENT_ERR_RANGE;
        }
        old.superseded_s = now.unix_s;
        items[OLD] = encode(&old, &old_record);
        count = OLD + 1;
    } else if (error != ASSENT_ERR_NOT_FOUND) {
        return error;
    }
    error = assent_policies_written(policies, image);
    if (error != ASSENT_OK) {
        return error;
    }
    items[NEW] = encode(image, &new_record);
    items[ACTIVE] =
        (struct assent_store_item){ASSENT_SPACE_POLICY, assent_span(new_record.key, 1),
                                   assent_span(new_record.key + 1, KEY_BYTES - 1), false};
    assent_bytes_store32(entry.detail, image->revision);
    memcpy(entry.detail + 4, image->digest, sizeof(entry.detail) - 4);
    if (!activate) {
        error = assent_kv_apply(policies->kv, items + NEW, 1);
    } else if (policies->audit == NULL) {
        error = assent_kv_apply(policies->kv, items, count);
    } else {
        error = assent_audit_log_apply(policies->audit, items, count, &entry);
    }
    policies->writing = error != ASSENT_OK;
    return error;
}

int assent_policies_remove(struct assent_policies *policies, uint8_t site, uint32_t revision)
{
    struct assent_policies_image active;
    struct assent_policies_image image;
    struct record record;
    int error = assent_policies_find(policies, site, revision, &image);

    if (error != ASSENT_OK) {
        return error;
    }
    error = assent_policies_active(policies, site, &active);
    if (error == ASSENT_OK && active.revision == revision) {
        return ASSENT_ERR_STATE;
    }
    if (error == ASSENT_OK || error == ASSENT_ERR_NOT_FOUND) {
        error = assent_kv_delete(policies->kv, ASSENT_SPACE_POLICY, encode(&image, &record).key);
    }
    return error != ASSENT_OK ? error : erase_slot(policies, image.offset);
}
