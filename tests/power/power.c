/* SPDX-License-Identifier: MIT */
#include "tests/power/power.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"

static const uint8_t VALUE_MAGIC[4] = {0xF3, 'v', 0x1C, 0xE7};
static const uint8_t KEY_MAGIC[4] = {0xF5, 'k', 0xC1, 0x7E};

uint64_t power_random(struct power_world *world)
{
    world->seed ^= world->seed << 13;
    world->seed ^= world->seed >> 7;
    world->seed ^= world->seed << 17;
    return world->seed;
}

/* A toy stream cipher and MAC: enough to see that nonces are right and tampering is noticed. */
static void keystream(const uint8_t *key, const uint8_t *nonce, uint8_t *text, size_t len)
{
    uint32_t state = assent_bytes_crc32(assent_bytes_crc32(0, key, 32), nonce, 12);

    for (size_t i = 0; i < len; i++) {
        state = state * 1664525U + 1013904223U;
        text[i] = (uint8_t)(text[i] ^ (state >> 24));
    }
}

static void tag_of(const uint8_t *key, const uint8_t *nonce, struct assent_span ad,
                   const uint8_t *text, size_t len, uint8_t *tag)
{
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t crc = assent_bytes_crc32(i + 1, key, 32);

        crc = assent_bytes_crc32(crc, nonce, 12);
        crc = assent_bytes_crc32(crc, ad.ptr, ad.len);
        assent_bytes_store32(tag + 4 * i, assent_bytes_crc32(crc, text, len));
    }
}

static int toy_seal(void *ctx, const uint8_t *key, const uint8_t *nonce, struct assent_span ad,
                    uint8_t *text, size_t len, uint8_t *tag)
{
    (void)ctx;
    keystream(key, nonce, text, len);
    tag_of(key, nonce, ad, text, len, tag);
    return ASSENT_OK;
}

static int toy_open(void *ctx, const uint8_t *key, const uint8_t *nonce, struct assent_span ad,
                    uint8_t *text, size_t len, const uint8_t *tag)
{
    uint8_t expected[ASSENT_AEAD_TAG_BYTES];

    (void)ctx;
    tag_of(key, nonce, ad, text, len, expected);
    if (memcmp(expected, tag, sizeof(expected)) != 0) {
        memset(text, 0, len);
        return ASSENT_ERR_AUTH;
    }
    keystream(key, nonce, text, len);
    return ASSENT_OK;
}

const struct assent_crypto power_crypto = {NULL, NULL, NULL, toy_seal, toy_open};

void power_open(struct power_world *world, const struct power_setting *setting)
{
    static const uint8_t key[32] = "an encryption key of 32 bytes..";

    memset(world, 0, sizeof(*world));
    world->setting = setting;
    world->seed = setting->seed * 0x9E3779B97F4A7C15U + 1;
    if (!flash_sim_open(&world->sim, setting->sector_bytes, setting->sector_count, NULL)) {
        abort();
    }
    world->sim.seed ^= world->seed;
    world->sim.abort_on_misuse = true;
    if (setting->reorder) {
        flash_sim_reorder(&world->sim);
    }
    world->sim.flash.flags = setting->flags;
    world->sim.flash.program_bytes = setting->program_bytes == 0 ? 1 : setting->program_bytes;
    world->config.flash = &world->sim.flash;
    world->config.heads = world->heads;
    world->config.heads_bytes = setting->keys > 200 ? sizeof(world->heads) : 64;
    world->config.buffer = world->buffer;
    world->config.buffer_bytes = setting->sealed ? sizeof(world->buffer) : 256;
    memcpy(world->config.secret, "device secret 16", 16);
    world->config.options = setting->options;
    world->config.crypto = setting->sealed ? &power_crypto : NULL;
    world->config.key = setting->sealed ? key : NULL;
    world->twice[POWER_SPACE / 8] = 1U << (POWER_SPACE % 8);
    world->config.twice = setting->twice ? world->twice : NULL;
    if (assent_kv_format(&world->config) != ASSENT_OK ||
        assent_kv_mount(&world->kv, &world->config) != ASSENT_OK) {
        printf("%s: cannot be formatted\n", setting->name);
        abort();
    }
}

void power_close(struct power_world *world)
{
    flash_sim_close(&world->sim);
}

void power_copy(struct power_world *to, const struct power_world *from)
{
    flash_sim_copy(&to->sim, &from->sim);
    to->sim.operation = from->sim.operation;
    to->sim.dead = from->sim.dead;
    to->kv = from->kv;
    to->kv.flash = &to->sim.flash;
    to->kv.config = &to->config;
    memcpy(to->heads, from->heads, to->config.heads_bytes);
    memcpy(to->version, from->version, sizeof(to->version[0]) * to->setting->keys);
    to->next_version = from->next_version;
}

static struct assent_span key_of(uint32_t index, uint8_t out[ASSENT_KV_KEY_BYTES])
{
    uint32_t len = 8 + index * 7 % 25;

    memset(out, (int)(index * 29 % 251), ASSENT_KV_KEY_BYTES);
    memcpy(out, KEY_MAGIC, 4);
    assent_bytes_store32(out + 4, index);
    return assent_span(out, len);
}

static struct assent_span value_of(const struct power_setting *setting, uint32_t key,
                                   uint32_t version, uint8_t *out)
{
    uint32_t pick = (key * 31 + version * 17) % 16;
    uint32_t len = setting->value_bytes;

    len = pick == 0 ? 0 : pick == 1 ? len * 3 : pick < 6 ? len * pick / 6 : len;
    len = len > ASSENT_KV_VALUE_BYTES ? ASSENT_KV_VALUE_BYTES : len;
    memset(out, (int)(version % 200), len);
    for (uint32_t at = 0; at + 16 <= len; at += 16) {
        memcpy(out + at, VALUE_MAGIC, 4);
        assent_bytes_store32(out + at + 4, key);
        assent_bytes_store32(out + at + 8, version);
        assent_bytes_store32(out + at + 12, at * 2654435761U ^ version);
    }
    return assent_span(out, len);
}

struct power_op power_choose(struct power_world *world)
{
    struct power_op op = {0};
    uint32_t pick = (uint32_t)(power_random(world) % 100);

    op.count = pick < 75 ? 1 : pick < 92 ? 2 + (uint32_t)(power_random(world) % 7) : 0;
    for (uint32_t i = 0; i < op.count; i++) {
        bool again = true;

        while (again) {
            op.key[i] = (uint32_t)(power_random(world) % world->setting->keys);
            again = false;
            for (uint32_t j = 0; j < i; j++) {
                again = again || op.key[j] == op.key[i];
            }
        }
        op.version[i] = power_random(world) % 5 == 0 ? 0 : ++world->next_version;
    }
    return op;
}

int power_apply(struct power_world *world, const struct power_op *op)
{
    static uint8_t keys[ASSENT_KV_BATCH_COUNT][ASSENT_KV_KEY_BYTES];
    static uint8_t values[ASSENT_KV_BATCH_COUNT][ASSENT_KV_VALUE_BYTES + 16];
    struct assent_store_item items[ASSENT_KV_BATCH_COUNT];

    if (op->count == 0) {
        int more = assent_kv_idle(&world->kv);

        return more > 0 ? ASSENT_OK : more;
    }
    for (uint32_t i = 0; i < op->count; i++) {
        items[i].space = POWER_SPACE;
        items[i].key = key_of(op->key[i], keys[i]);
        items[i].remove = op->version[i] == 0;
        items[i].value = value_of(world->setting, op->key[i], op->version[i], values[i]);
    }
    if (op->count == 1 && items[0].remove) {
        int error = assent_kv_delete(&world->kv, POWER_SPACE, items[0].key);

        return error == ASSENT_ERR_NOT_FOUND ? ASSENT_OK : error;
    }
    return assent_kv_apply(&world->kv, items, op->count);
}

void power_accept(struct power_world *world, const struct power_op *op)
{
    for (uint32_t i = 0; i < op->count; i++) {
        world->version[op->key[i]] = op->version[i];
    }
}

static bool found(struct power_world *world, const char *where, const char *invariant,
                  const char *what, long a, long b)
{
    if (world->findings++ < 20) {
        printf("%s %s: %s: %s (%ld, %ld)\n", world->setting->name, where, invariant, what, a, b);
    }
    return false;
}

/* Does the store hold exactly this version of the key? */
static bool holds(struct power_world *world, uint32_t index, uint32_t version, int *got)
{
    static uint8_t value[ASSENT_KV_VALUE_BYTES + 16];
    static uint8_t expected[ASSENT_KV_VALUE_BYTES + 16];
    uint8_t key[ASSENT_KV_KEY_BYTES];
    struct assent_span want;

    *got = assent_kv_get(&world->kv, POWER_SPACE, key_of(index, key), value, sizeof(value));
    if (version == 0) {
        return *got == ASSENT_ERR_NOT_FOUND;
    }
    want = value_of(world->setting, index, version, expected);
    return *got == (int)want.len && memcmp(value, expected, want.len) == 0;
}

/* Nothing of a value or key that is gone may be in the raw image (KV-10). */
static bool no_remains(struct power_world *world, const char *where)
{
    const uint8_t *bytes = world->sim.bytes;
    uint32_t size = world->sim.size_bytes;
    const uint8_t *at = bytes;

    if (world->setting->sealed || !world->kv.zero || world->kv.unerased_records > 0) {
        return true;
    }
    while (at < bytes + size - 16 && (at = memchr(at, 0xF3, (size_t)(bytes + size - 16 - at)))) {
        if (memcmp(at, VALUE_MAGIC, 4) == 0) {
            uint32_t key = assent_bytes_load32(at + 4);
            uint32_t version = assent_bytes_load32(at + 8);

            if (key < world->setting->keys && world->version[key] != version &&
                version <= world->next_version) {
                return found(world, where, "KV-10", "value left", (long)key, (long)(at - bytes));
            }
        }
        at++;
    }
    at = bytes;
    while (at < bytes + size - 8 && (at = memchr(at, 0xF5, (size_t)(bytes + size - 8 - at)))) {
        if (memcmp(at, KEY_MAGIC, 4) == 0) {
            uint32_t key = assent_bytes_load32(at + 4);

            if (key < world->setting->keys && world->version[key] == 0) {
                return found(world, where, "KV-10", "key left", (long)key, (long)(at - bytes));
            }
        }
        at++;
    }
    return true;
}

bool power_compare(struct power_world *world, const struct power_op *under_way, const char *where)
{
    bool ok = true;
    int got = 0;
    uint32_t happened = 0;
    uint32_t changes = 0;
    uint32_t count = 0;
    uint64_t cursor = 0;
    uint8_t key[ASSENT_KV_KEY_BYTES];

    for (uint32_t i = 0; under_way != NULL && i < under_way->count; i++) {
        uint32_t index = under_way->key[i];
        uint32_t before = world->version[index];
        bool is_new;
        bool is_old;

        if (before == under_way->version[i]) {
            continue;
        }
        is_new = holds(world, index, under_way->version[i], &got);
        is_old = holds(world, index, before, &got);
        if (is_new && is_old) {
            continue; /* two empty values look the same */
        }
        changes++;
        happened += is_new;
        if (!is_new && !is_old) {
            ok = found(world, where, "KV-2", "neither the old nor the new value", (long)index, got);
        }
    }
    if (happened != 0 && happened != changes) {
        ok = found(world, where, "KV-4", "part of a batch", (long)happened, (long)changes);
    }
    if (happened != 0) {
        power_accept(world, under_way);
    }
    for (uint32_t i = 0; i < world->setting->keys; i++) {
        if (!holds(world, i, world->version[i], &got)) {
            ok = found(world, where, world->version[i] == 0 ? "KV-3" : "KV-1",
                       world->version[i] == 0 ? "a deleted key is back" : "value lost or changed",
                       (long)i, got);
        }
        count += world->version[i] != 0;
    }
    while (assent_kv_next(&world->kv, POWER_SPACE, &cursor, key) > 0) {
        count--;
    }
    if (count != 0) {
        ok = found(world, where, "KV-1", "the keys listed are not those stored", (long)count, 0);
    }
    return no_remains(world, where) && ok;
}

bool power_check(struct power_world *world, const struct power_op *under_way, const char *where)
{
    int error = assent_kv_mount(&world->kv, &world->config);

    if (error != ASSENT_OK) {
        return found(world, where, "KV-6", "mount fails", error, 0);
    }
    return power_compare(world, under_way, where);
}
