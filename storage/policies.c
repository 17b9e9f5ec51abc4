/* SPDX-License-Identifier: MIT */
/* Policy images in slots of flash, and the records that say which is which. */
#include "storage/policies.h"

#include <string.h>

#include "core/bytes.h"
#include "storage/layout.h"

enum { KEY_BYTES = 5, VALUE_BYTES = 54, PIECE_BYTES = 64, SLOTS_MAX = 32 };

struct revision_key {
    uint8_t bytes[KEY_BYTES];
};

static struct revision_key key_of(uint8_t site, uint32_t revision)
{
    return (struct revision_key){{site, (uint8_t)(revision >> 24), (uint8_t)(revision >> 16),
                                  (uint8_t)(revision >> 8), (uint8_t)revision}};
}

static uint32_t slot_bytes(const struct assent_policies *policies)
{
    return policies->slot_sectors * policies->flash->sector_bytes;
}

static uint32_t slot_count(const struct assent_policies *policies)
{
    uint32_t slots = policies->flash->sector_count / policies->slot_sectors;

    return slots < SLOTS_MAX ? slots : SLOTS_MAX;
}

static void encode(const struct assent_policies *policies,
                   const struct assent_policies_image *image, uint8_t value[VALUE_BYTES])
{
    memset(value, 0, VALUE_BYTES);
    value[0] = (uint8_t)(image->offset / slot_bytes(policies));
    assent_bytes_store32(value + 4, image->length);
    assent_bytes_store32(value + 8, image->crc);
    assent_bytes_store40(value + 12, image->effective_s);
    assent_bytes_store40(value + 17, image->superseded_s);
    memcpy(value + 22, image->digest, ASSENT_SHA256_BYTES);
}

int assent_policies_find(struct assent_policies *policies, uint8_t site, uint32_t revision,
                         struct assent_policies_image *image)
{
    struct revision_key key = key_of(site, revision);
    uint8_t value[VALUE_BYTES];
    int got = assent_kv_get(policies->kv, ASSENT_SPACE_POLICY,
                            assent_span(key.bytes, sizeof(key.bytes)), value, sizeof(value));

    if (got < 0) {
        return got;
    }
    if (got != VALUE_BYTES || value[0] >= slot_count(policies) ||
        assent_bytes_load32(value + 4) > slot_bytes(policies)) {
        return ASSENT_ERR_CORRUPT;
    }
    image->site = site;
    image->revision = revision;
    image->offset = value[0] * slot_bytes(policies);
    image->length = assent_bytes_load32(value + 4);
    image->crc = assent_bytes_load32(value + 8);
    image->effective_s = assent_bytes_load40(value + 12);
    image->superseded_s = assent_bytes_load40(value + 17);
    memcpy(image->digest, value + 22, ASSENT_SHA256_BYTES);
    return ASSENT_OK;
}

int assent_policies_active(struct assent_policies *policies, uint8_t site,
                           struct assent_policies_image *image)
{
    uint8_t revision[4];
    int got = assent_kv_get(policies->kv, ASSENT_SPACE_POLICY, assent_span(&site, 1), revision,
                            sizeof(revision));

    if (got < 0) {
        return got;
    }
    return got == (int)sizeof(revision)
               ? assent_policies_find(policies, site, assent_bytes_load32(revision), image)
               : ASSENT_ERR_CORRUPT;
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
    if (len < 0) {
        return len;
    }
    return assent_policies_find(
        policies, key[0],
        (uint32_t)key[1] << 24 | (uint32_t)key[2] << 16 | (uint32_t)key[3] << 8 | key[4], image);
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
    uint8_t piece[PIECE_BYTES];
    uint32_t crc = 0;
    int got;

    for (uint32_t at = 0; at < image->length; at += (uint32_t)got) {
        got = assent_policies_read(policies, image, at, piece, sizeof(piece));
        if (got < 0) {
            return got;
        }
        crc = assent_bytes_crc32(crc, piece, (size_t)got);
    }
    return crc == image->crc ? ASSENT_OK : ASSENT_ERR_CORRUPT;
}

/* ---- writing ---- */

static int erase_slot(struct assent_policies *policies, uint32_t slot)
{
    const struct assent_flash *flash = policies->flash;

    for (uint32_t i = 0; i < policies->slot_sectors; i++) {
        if (flash->erase(flash->ctx, slot * policies->slot_sectors + i) != ASSENT_OK) {
            return ASSENT_ERR_IO;
        }
    }
    return flash->sync == NULL || flash->sync(flash->ctx) == ASSENT_OK ? ASSENT_OK : ASSENT_ERR_IO;
}

int assent_policies_begin(struct assent_policies *policies)
{
    struct assent_policies_image image;
    uint32_t used = 0;
    uint64_t cursor = 0;
    uint32_t slot = 0;
    int error;

    policies->writing = false;
    while ((error = walk(policies, &cursor, &image)) == ASSENT_OK) {
        used |= UINT32_C(1) << image.offset / slot_bytes(policies);
    }
    if (error != ASSENT_ERR_NOT_FOUND) {
        return error;
    }
    while (slot < slot_count(policies) && (used >> slot & 1) != 0) {
        slot++;
    }
    if (slot == slot_count(policies)) {
        return ASSENT_ERR_FULL;
    }
    error = erase_slot(policies, slot);
    policies->slot = (uint8_t)slot;
    policies->length = 0;
    policies->crc = 0;
    policies->written = false;
    policies->writing = error == ASSENT_OK;
    return error;
}

/* Program what has been gathered, filled up with 0xFF to whole program units. */
static int flush(struct assent_policies *policies)
{
    const struct assent_flash *flash = policies->flash;
    uint32_t used = policies->length % ASSENT_POLICIES_PIECE_BYTES;
    uint32_t len = used == 0 ? ASSENT_POLICIES_PIECE_BYTES : used;
    uint32_t at = policies->slot * slot_bytes(policies) + policies->length - len;
    uint32_t unit = flash->program_bytes;

    memset(policies->piece + len, 0xFF, ASSENT_POLICIES_PIECE_BYTES - len);
    len = (len + unit - 1) / unit * unit;
    if (flash->program(flash->ctx, at, policies->piece, len) != ASSENT_OK) {
        policies->writing = false;
        return ASSENT_ERR_IO;
    }
    return ASSENT_OK;
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

    if (error == ASSENT_OK && !policies->written &&
        policies->length % ASSENT_POLICIES_PIECE_BYTES != 0) {
        error = flush(policies);
    }
    if (error != ASSENT_OK) {
        return error;
    }
    policies->written = true;
    image->offset = policies->slot * slot_bytes(policies);
    image->length = policies->length;
    image->crc = policies->crc;
    image->superseded_s = 0;
    return assent_policies_check(policies, image);
}

/* ---- taking over ---- */

static int enter(struct assent_policies *policies, struct assent_policies_image *image,
                 bool activate, struct assent_time now)
{
    struct revision_key key = key_of(image->site, image->revision);
    struct revision_key old_key;
    uint8_t value[VALUE_BYTES];
    uint8_t old_value[VALUE_BYTES];
    uint8_t revision[4];
    struct assent_store_item items[4] = {{ASSENT_SPACE_POLICY,
                                          assent_span(key.bytes, sizeof(key.bytes)),
                                          assent_span(value, sizeof(value)), false}};
    struct assent_audit_entry entry = {
        .type = ASSENT_AUDIT_POLICY_ACTIVATED, .site = image->site, .time = now};
    struct assent_policies_image old;
    size_t count = 1;
    int error = assent_policies_find(policies, image->site, image->revision, &old);

    if (error != ASSENT_ERR_NOT_FOUND) {
        return error == ASSENT_OK ? ASSENT_ERR_RANGE : error;
    }
    error = assent_policies_active(policies, image->site, &old);
    if (error != ASSENT_OK && error != ASSENT_ERR_NOT_FOUND) {
        return error;
    }
    if (activate && error == ASSENT_OK) {
        if (old.revision >= image->revision) {
            return ASSENT_ERR_RANGE;
        }
        old.superseded_s = now.unix_s;
        encode(policies, &old, old_value);
        old_key = key_of(old.site, old.revision);
        items[count++] = (struct assent_store_item){
            ASSENT_SPACE_POLICY, assent_span(old_key.bytes, sizeof(old_key.bytes)),
            assent_span(old_value, sizeof(old_value)), false};
    }
    if (activate) {
        assent_bytes_store32(revision, image->revision);
        items[count++] =
            (struct assent_store_item){ASSENT_SPACE_POLICY, assent_span(&image->site, 1),
                                       assent_span(revision, sizeof(revision)), false};
    }
    error = assent_policies_written(policies, image);
    if (error != ASSENT_OK) {
        return error;
    }
    encode(policies, image, value);
    assent_bytes_store32(entry.detail, image->revision);
    memcpy(entry.detail + 4, image->digest, sizeof(entry.detail) - 4);
    error = activate && policies->audit != NULL
                ? assent_audit_log_apply(policies->audit, items, count, &entry)
                : assent_kv_apply(policies->kv, items, count);
    if (error == ASSENT_OK) {
        policies->writing = false;
    }
    return error;
}

int assent_policies_activate(struct assent_policies *policies, struct assent_policies_image *image,
                             struct assent_time now)
{
    return enter(policies, image, true, now);
}

int assent_policies_archive(struct assent_policies *policies, struct assent_policies_image *image)
{
    struct assent_time never = {0, ASSENT_CLOCK_NONE};

    return enter(policies, image, false, never);
}

int assent_policies_remove(struct assent_policies *policies, uint8_t site, uint32_t revision)
{
    struct revision_key key = key_of(site, revision);
    struct assent_policies_image active;
    struct assent_policies_image image;
    int error = assent_policies_find(policies, site, revision, &image);

    if (error == ASSENT_OK && assent_policies_active(policies, site, &active) == ASSENT_OK &&
        active.revision == revision) {
        error = ASSENT_ERR_STATE;
    }
    if (error == ASSENT_OK) {
        error = assent_kv_delete(policies->kv, ASSENT_SPACE_POLICY,
                                 assent_span(key.bytes, sizeof(key.bytes)));
    }
    return error != ASSENT_OK ? error : erase_slot(policies, image.offset / slot_bytes(policies));
}
