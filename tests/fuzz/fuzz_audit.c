/* SPDX-License-Identifier: MIT */
/* The audit chain. Any bytes: an entry is refused or is the one encoding of what it says, its JSON
 * is written, verification ends. And a chain of any entries verifies; with one byte changed or some
 * bytes cut out it does not. */
#include "core/audit.h"

#include <stdlib.h>

#include "core/bytes.h"
#include "core/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BYTES = ASSENT_AUDIT_ENTRY_BYTES, ENTRIES = 16 };

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

/* Cheap, and different for different messages that one changed place makes. */
static int checksum(void *ctx, const struct assent_span *parts, size_t count,
                    uint8_t out[ASSENT_SHA256_BYTES])
{
    uint32_t crc = 0;

    (void)ctx;
    for (size_t i = 0; i < count; i++) {
        crc = assent_bytes_crc32(crc, parts[i].ptr, parts[i].len);
    }
    memset(out, 0, ASSENT_SHA256_BYTES);
    assent_bytes_store32(out, crc);
    return ASSENT_OK;
}

static int keyed_checksum(void *ctx, const uint8_t key[ASSENT_SHA256_BYTES],
                          const struct assent_span *parts, size_t count,
                          uint8_t out[ASSENT_SHA256_BYTES])
{
    const struct assent_span all[3] = {assent_span(key, ASSENT_SHA256_BYTES), parts[0], parts[1]};

    must(count == 2);
    return checksum(ctx, all, 3, out);
}

static const struct assent_crypto crypto = {.sha256 = checksum, .hmac = keyed_checksum};

static enum assent_audit_fault verify(struct assent_span entries,
                                      const struct assent_audit_head *head, size_t *bad)
{
    struct assent_audit_chain start = {{7}, {0}, 0, 0};
    struct assent_audit_verifier v;
    enum assent_audit_fault fault;

    assent_audit_verify_start(&v, &start, head);
    fault = assent_audit_verify(&v, &crypto, entries, bad);
    must(*bad <= entries.len / BYTES);
    return fault != ASSENT_AUDIT_FAULT_NONE ? fault : assent_audit_verify_end(&v);
}

static void check_bytes(struct assent_span bytes)
{
    size_t bad;

    verify(bytes, NULL, &bad);
    for (size_t at = 0; at + BYTES <= bytes.len; at += BYTES) {
        struct assent_audit_entry entry;
        uint8_t text[600];
        struct assent_writer w = assent_writer(text, sizeof(text));
        int error = assent_audit_decode(bytes.ptr + at, &entry);

        assent_audit_write_json(&w, bytes.ptr + at);
        if (error == ASSENT_OK && entry.sequence != UINT32_MAX) {
            struct assent_audit_chain chain = {{0}, {0}, entry.sequence, entry.epoch};
            uint8_t again[BYTES];

            must(assent_writer_result(&w) > 0);
            must(assent_audit_append(&chain, &crypto, &entry, again) == ASSENT_OK);
            must(memcmp(again, bytes.ptr + at, ASSENT_AUDIT_BODY_BYTES) == 0);
        }
    }
}

/* A log of what the input says; returns its length in entries. */
static size_t make_log(const uint8_t *data, size_t size, uint8_t log[ENTRIES * BYTES],
                       struct assent_audit_chain *chain)
{
    size_t count = 0;

    for (size_t at = 0; at + 4 <= size && count < ENTRIES; at += 4) {
        struct assent_audit_entry entry = {
            .type = (uint8_t)(1 + data[at] % (ASSENT_AUDIT_TYPES - 1)),
            .choice = {0, data[at + 1] & 3, data[at + 1] >> 2 & 3},
            .method = data[at + 1] >> 4 & 7,
            .has_reference = (data[at + 2] & 1) != 0,
            .reference = {data[at + 2]},
            .detail = {data[at + 3]},
        };

        if ((data[at + 3] & 3) == 3) {
            must(assent_audit_advance(chain, &crypto) == ASSENT_OK);
        }
        must(assent_audit_append(chain, &crypto, &entry, log + count++ * BYTES) == ASSENT_OK);
    }
    return count;
}

static void check_chain(const uint8_t *data, size_t size)
{
    struct assent_audit_chain chain = {{7}, {0}, 0, 0};
    uint8_t log[ENTRIES * BYTES];
    uint8_t sealed[ASSENT_AUDIT_HEAD_BYTES];
    struct assent_audit_head head;
    struct assent_time now = {0, ASSENT_CLOCK_NONE};
    size_t count = make_log(data + 3, size - 3, log, &chain);
    size_t place = (size_t)(data[0] | data[1] << 8);
    size_t bad;

    must(assent_audit_seal(&chain, now, &crypto, chain.key, sealed) == ASSENT_OK);
    must(assent_audit_open_head(sealed, &crypto, chain.key, &head) == ASSENT_OK);
    must(verify(assent_span(log, count * BYTES), &head, &bad) == ASSENT_AUDIT_FAULT_NONE);
    must(bad == count);
    if (count == 0) {
        return;
    }
    must(verify(assent_span(log, place % count * BYTES), &head, &bad) ==
         ASSENT_AUDIT_FAULT_TRUNCATED);
    if (data[2] != 0) {
        place %= count * BYTES;
        log[place] ^= data[2];
        must(verify(assent_span(log, count * BYTES), &head, &bad) != ASSENT_AUDIT_FAULT_NONE);
        must(bad == place / BYTES);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_bytes(assent_span(data, size));
    if (size >= 3) {
        check_chain(data, size);
    }
    return 0;
}
