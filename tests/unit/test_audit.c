/* SPDX-License-Identifier: MIT */
#include "core/audit.h"

#include "core/error.h"
#include "core/record.h"
#include "port/crypto/mbedtls.h"
#include "tests/unit/guard.h"
#include "tests/unit/test.h"

#define NOW UINT64_C(1800000000)

enum { ENTRIES = 12, BYTES = ASSENT_AUDIT_ENTRY_BYTES };

static struct assent_crypto crypto;
static const uint8_t seal_key[ASSENT_SHA256_BYTES] = {0x5E, 0xA1};

static struct assent_audit_chain first_chain(void)
{
    struct assent_audit_chain chain = {{0}, {0}, 0, 0};

    crypto = assent_mbedtls_crypto();
    for (unsigned i = 0; i < ASSENT_SHA256_BYTES; i++) {
        chain.key[i] = (uint8_t)i;
    }
    return chain;
}

static struct assent_audit_entry sample(unsigned i)
{
    struct assent_audit_entry entry = {
        .type = (uint8_t)(1 + i % (ASSENT_AUDIT_TYPES - 1)),
        .site = (uint8_t)i,
        .choice = {0, (uint8_t)(i & 3), (uint8_t)(i == 11 ? 3 : i >> 2 & 3)},
        .flags = ASSENT_CONSENT_RESTRICTED,
        .method = ASSENT_METHOD_PREFERENCES,
        .time = {NOW + i, ASSENT_CLOCK_SYNCED},
        .has_reference = true,
        .reference = {0xF0, 1},
        .detail = {0xD0, 2},
    };

    return entry;
}

/* A log of ENTRIES entries, a new epoch after every fifth, and where its chain ends. */
struct log {
    uint8_t bytes[ENTRIES * BYTES];
    struct assent_audit_chain end;
};

static struct log make_log(void)
{
    struct log log = {.end = first_chain()};

    for (unsigned i = 0; i < ENTRIES; i++) {
        struct assent_audit_entry entry = sample(i);

        CHECK_INT(assent_audit_append(&log.end, &crypto, &entry, log.bytes + i * BYTES), ASSENT_OK);
        if (i % 5 == 4) {
            CHECK_INT(assent_audit_advance(&log.end, &crypto), ASSENT_OK);
        }
    }
    return log;
}

static struct assent_audit_head head_of(const struct assent_audit_chain *chain)
{
    struct assent_time now = {NOW + 99, ASSENT_CLOCK_SET};
    struct assent_audit_head head;
    uint8_t bytes[ASSENT_AUDIT_HEAD_BYTES];

    CHECK_INT(assent_audit_seal(chain, now, &crypto, seal_key, bytes), ASSENT_OK);
    CHECK_INT(assent_audit_open_head(bytes, &crypto, seal_key, &head), ASSENT_OK);
    return head;
}

/* Verify from the first chain: the fault, where it is, and what the head says in the end. */
struct finding {
    enum assent_audit_fault fault;
    size_t bad;
};

static struct finding verify_from(const struct assent_audit_chain *start, const uint8_t *bytes,
                                  size_t len, const struct assent_audit_head *head)
{
    struct assent_audit_verifier v;
    struct finding finding;

    assent_audit_verify_start(&v, start, head);
    finding.fault = assent_audit_verify(&v, &crypto, assent_span(bytes, len), &finding.bad);
    if (finding.fault == ASSENT_AUDIT_FAULT_NONE) {
        finding.fault = assent_audit_verify_end(&v);
    }
    return finding;
}

static struct finding verify(const uint8_t *bytes, size_t len, const struct assent_audit_head *head)
{
    struct assent_audit_chain start = first_chain();

    return verify_from(&start, bytes, len, head);
}

static int fail_hmac(void *ctx, const uint8_t key[ASSENT_SHA256_BYTES],
                     const struct assent_span *parts, size_t count,
                     uint8_t out[ASSENT_SHA256_BYTES])
{
    (void)ctx, (void)key, (void)parts, (void)count, (void)out;
    return ASSENT_ERR_CRYPTO;
}

static int fail_sha256(void *ctx, const struct assent_span *parts, size_t count,
                       uint8_t out[ASSENT_SHA256_BYTES])
{
    (void)ctx, (void)parts, (void)count, (void)out;
    return ASSENT_ERR_CRYPTO;
}

/* ---- entries ---- */

/* Made by an independent implementation from the byte table: Python's hmac and struct. */
TEST(an_entry_has_the_bytes_of_the_table)
{
    static const uint8_t expected[2 * BYTES] = {
        0x01, 0x07, 0x06, 0x86, 0x64, 0x04, 0x06, 0xD2, 0x49, 0x6B, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0xF0, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xD0, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x6D, 0xB3, 0xE8, 0x80, 0x7D, 0xB4, 0xA6, 0x89, 0xA9, 0x75, 0xEC, 0xA8,
        0x5F, 0x9B, 0x53, 0x60, 0x01, 0x08, 0x07, 0x07, 0x64, 0x04, 0x07, 0xD2, 0x49, 0x6B, 0x00,
        0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xD0, 0x02, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xA5, 0xDE, 0x10, 0xA4, 0x50, 0xCA, 0xC4, 0x53,
        0x5F, 0x28, 0xE4, 0xEE, 0x94, 0x9A, 0x1D, 0xFC};
    struct assent_audit_chain chain = first_chain();
    struct assent_audit_entry entry = sample(6);
    uint8_t out[2 * BYTES];

    CHECK_INT(assent_audit_append(&chain, &crypto, &entry, out), ASSENT_OK);
    CHECK_INT(assent_audit_advance(&chain, &crypto), ASSENT_OK);
    entry = sample(7);
    entry.has_reference = false;
    CHECK_INT(assent_audit_append(&chain, &crypto, &entry, out + BYTES), ASSENT_OK);
    CHECK(memcmp(out, expected, sizeof(out)) == 0);
}

TEST(an_entry_is_read_as_it_was_made)
{
    struct log log = make_log();

    for (unsigned i = 0; i < ENTRIES; i++) {
        struct assent_audit_entry made = sample(i);
        struct assent_audit_entry read;

        CHECK_INT(assent_audit_decode(log.bytes + i * BYTES, &read), ASSENT_OK);
        CHECK_INT(read.sequence, i);
        CHECK_INT(read.epoch, i / 5);
        CHECK_INT(read.type, made.type);
        CHECK_INT(read.site, made.site);
        CHECK(memcmp(read.choice, made.choice, sizeof(made.choice)) == 0);
        CHECK_INT(read.flags, made.flags);
        CHECK_INT(read.method, made.method);
        CHECK_INT(read.time.unix_s, made.time.unix_s);
        CHECK_INT(read.time.trust, made.time.trust);
        CHECK(read.has_reference);
        CHECK(memcmp(read.reference, made.reference, sizeof(made.reference)) == 0);
        CHECK(memcmp(read.detail, made.detail, sizeof(made.detail)) == 0);
    }
}

TEST(bytes_that_are_no_entry_are_refused)
{
    static const struct {
        const char *what;
        size_t at;
        uint8_t value;
        int error;
    } rows[] = {
        {"another version", 0, 2, ASSENT_ERR_VERSION},
        {"erased flash", 0, 0xFF, ASSENT_ERR_VERSION},
        {"type none", 1, 0, ASSENT_ERR_CORRUPT},
        {"an unknown type", 1, ASSENT_AUDIT_TYPES, ASSENT_ERR_CORRUPT},
        {"unused bit of the choices", 3, 0x90, ASSENT_ERR_CORRUPT},
        {"a reference that is not said", 3, 0x01, ASSENT_ERR_CORRUPT},
        {"unused bit of the flags", 4, 0xE4, ASSENT_ERR_CORRUPT},
        {"an unknown method", 5, ASSENT_METHODS, ASSENT_ERR_CORRUPT},
        {"the unused byte", 11, 1, ASSENT_ERR_CORRUPT},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct log log = make_log();
        struct assent_audit_entry entry;

        log.bytes[rows[i].at] = rows[i].value;
        CHECK_INT_ROW(rows[i].what, assent_audit_decode(log.bytes, &entry), rows[i].error);
        CHECK_INT_ROW(rows[i].what, verify(log.bytes, sizeof(log.bytes), NULL).fault,
                      ASSENT_AUDIT_FAULT_FORM);
    }
}

TEST(an_entry_out_of_range_is_not_made)
{
    struct assent_audit_entry bad[] = {sample(0), sample(0), sample(0), sample(0),
                                       sample(0), sample(0), sample(0), sample(0)};

    bad[0].type = ASSENT_AUDIT_NONE;
    bad[1].type = ASSENT_AUDIT_TYPES;
    bad[2].choice[0] = 1;
    bad[3].choice[1] = 4;
    bad[4].choice[2] = 4;
    bad[5].flags = 0x20;
    bad[6].method = ASSENT_METHODS;
    bad[7].time.unix_s = UINT64_C(1) << 40;
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct assent_audit_chain chain = first_chain();
        struct assent_audit_chain before = chain;
        uint8_t out[BYTES];

        CHECK_INT(assent_audit_append(&chain, &crypto, &bad[i], out), ASSENT_ERR_RANGE);
        CHECK(memcmp(&chain, &before, sizeof(chain)) == 0);
    }
}

TEST(a_failing_primitive_leaves_the_chain_where_it_was)
{
    struct assent_audit_chain chain = first_chain();
    struct assent_audit_chain before = chain;
    struct assent_audit_entry entry = sample(0);
    struct log log = make_log();
    uint8_t out[BYTES];

    crypto.hmac = fail_hmac;
    CHECK_INT(assent_audit_append(&chain, &crypto, &entry, out), ASSENT_ERR_CRYPTO);
    {
        struct assent_audit_verifier v;
        size_t bad;

        assent_audit_verify_start(&v, &before, NULL);
        CHECK_INT(assent_audit_verify(&v, &crypto, assent_span(log.bytes, sizeof(log.bytes)), &bad),
                  ASSENT_AUDIT_FAULT_CRYPTO);
        CHECK_INT(bad, 0);
    }
    crypto.sha256 = fail_sha256;
    CHECK_INT(assent_audit_advance(&chain, &crypto), ASSENT_ERR_CRYPTO);
    CHECK(memcmp(&chain, &before, sizeof(chain)) == 0);
}

TEST(a_chain_that_has_come_to_its_end_makes_no_more)
{
    struct assent_audit_chain chain = first_chain();
    struct assent_audit_entry entry = sample(0);
    uint8_t out[BYTES];

    chain.sequence = UINT32_MAX - 1;
    CHECK_INT(assent_audit_append(&chain, &crypto, &entry, out), ASSENT_OK);
    CHECK_INT(assent_audit_append(&chain, &crypto, &entry, out), ASSENT_ERR_LIMIT);
    chain.epoch = UINT32_MAX;
    CHECK_INT(assent_audit_advance(&chain, &crypto), ASSENT_ERR_LIMIT);
}

/* ---- verification ---- */

TEST(a_log_verifies_from_its_first_key_across_epochs)
{
    struct log log = make_log();
    struct assent_audit_head head = head_of(&log.end);
    struct finding f = verify(log.bytes, sizeof(log.bytes), &head);

    CHECK_INT(f.fault, ASSENT_AUDIT_FAULT_NONE);
    CHECK_INT(f.bad, ENTRIES);
}

TEST(any_run_verifies_from_its_own_start)
{
    struct assent_audit_chain chain = first_chain();
    struct log log = make_log();

    for (unsigned from = 0; from < ENTRIES; from++) {
        CHECK_INT(
            verify_from(&chain, log.bytes + from * BYTES, (ENTRIES - from) * BYTES, NULL).fault,
            ASSENT_AUDIT_FAULT_NONE);
        memcpy(chain.mac, log.bytes + from * BYTES + ASSENT_AUDIT_BODY_BYTES, sizeof(chain.mac));
        chain.sequence++;
        if (from % 5 == 4) {
            CHECK_INT(assent_audit_advance(&chain, &crypto), ASSENT_OK);
        }
    }
}

TEST(every_split_of_a_log_verifies_like_the_whole)
{
    struct log log = make_log();
    struct assent_audit_head head = head_of(&log.end);

    for (unsigned at = 0; at <= ENTRIES; at++) {
        struct assent_audit_chain start = first_chain();
        struct assent_audit_verifier v;
        size_t bad;

        assent_audit_verify_start(&v, &start, &head);
        CHECK_INT(assent_audit_verify(&v, &crypto, assent_span(log.bytes, at * BYTES), &bad),
                  ASSENT_AUDIT_FAULT_NONE);
        CHECK_INT(bad, at);
        CHECK_INT(assent_audit_verify_end(&v),
                  at < ENTRIES ? ASSENT_AUDIT_FAULT_TRUNCATED : ASSENT_AUDIT_FAULT_NONE);
        CHECK_INT(assent_audit_verify(&v, &crypto,
                                      assent_span(log.bytes + at * BYTES, (ENTRIES - at) * BYTES),
                                      &bad),
                  ASSENT_AUDIT_FAULT_NONE);
        CHECK_INT(assent_audit_verify_end(&v), ASSENT_AUDIT_FAULT_NONE);
    }
}

TEST(every_changed_bit_shows_at_its_entry)
{
    struct log log = make_log();

    for (size_t bit = 0; bit < 8 * sizeof(log.bytes); bit++) {
        struct finding f;

        log.bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        f = verify(log.bytes, sizeof(log.bytes), NULL);
        CHECK(f.fault != ASSENT_AUDIT_FAULT_NONE);
        CHECK_INT(f.bad, bit / 8 / BYTES);
        log.bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

TEST(a_missing_entry_shows_as_a_gap)
{
    for (unsigned gone = 0; gone < ENTRIES - 1; gone++) {
        struct log log = make_log();
        struct finding f;

        memmove(log.bytes + gone * BYTES, log.bytes + (gone + 1) * BYTES,
                (ENTRIES - gone - 1) * BYTES);
        f = verify(log.bytes, (ENTRIES - 1) * BYTES, NULL);
        CHECK_INT(f.fault, ASSENT_AUDIT_FAULT_GAP);
        CHECK_INT(f.bad, gone);
    }
}

TEST(a_repeated_entry_shows_as_out_of_order)
{
    struct log log = make_log();
    struct finding f;

    memmove(log.bytes + 4 * BYTES, log.bytes + 3 * BYTES, (ENTRIES - 4) * BYTES);
    f = verify(log.bytes, sizeof(log.bytes), NULL);
    CHECK_INT(f.fault, ASSENT_AUDIT_FAULT_ORDER);
    CHECK_INT(f.bad, 4);
}

TEST(two_entries_that_changed_places_show)
{
    struct log log = make_log();
    uint8_t kept[BYTES];
    struct finding f;

    memcpy(kept, log.bytes + 2 * BYTES, BYTES);
    memcpy(log.bytes + 2 * BYTES, log.bytes + 3 * BYTES, BYTES);
    memcpy(log.bytes + 3 * BYTES, kept, BYTES);
    f = verify(log.bytes, sizeof(log.bytes), NULL);
    CHECK_INT(f.fault, ASSENT_AUDIT_FAULT_GAP);
    CHECK_INT(f.bad, 2);
}

/* What CVE-2023-31439 was: an old entry forged with a later key, which a thief of the device has. */
TEST(an_entry_made_with_the_key_of_another_epoch_is_refused)
{
    struct log log = make_log();
    struct assent_audit_chain thief = log.end;
    struct assent_audit_entry entry = sample(3);
    struct finding f;

    thief.sequence = 3;
    thief.epoch = 0; /* but the key is that of the last epoch */
    memcpy(thief.mac, log.bytes + 2 * BYTES + ASSENT_AUDIT_BODY_BYTES, sizeof(thief.mac));
    entry.choice[1] = ASSENT_CHOICE_REFUSED;
    CHECK_INT(assent_audit_append(&thief, &crypto, &entry, log.bytes + 3 * BYTES), ASSENT_OK);
    f = verify(log.bytes, sizeof(log.bytes), NULL);
    CHECK_INT(f.fault, ASSENT_AUDIT_FAULT_MAC);
    CHECK_INT(f.bad, 3);
}

TEST(an_entry_that_claims_a_later_epoch_makes_the_next_one_fall_back)
{
    struct log log = make_log();
    struct assent_audit_chain thief = log.end;
    struct assent_audit_entry entry = sample(3);
    struct finding f;

    thief.sequence = 3;
    memcpy(thief.mac, log.bytes + 2 * BYTES + ASSENT_AUDIT_BODY_BYTES, sizeof(thief.mac));
    CHECK_INT(assent_audit_append(&thief, &crypto, &entry, log.bytes + 3 * BYTES), ASSENT_OK);
    f = verify(log.bytes, sizeof(log.bytes), NULL);
    CHECK_INT(f.fault, ASSENT_AUDIT_FAULT_EPOCH);
    CHECK_INT(f.bad, 4);
}

TEST(epochs_without_entries_are_stepped_over_but_not_without_bound)
{
    for (unsigned steps = 1; steps <= ASSENT_AUDIT_EPOCH_STEPS + 1; steps += 16) {
        struct assent_audit_chain chain = first_chain();
        struct assent_audit_entry entry = sample(0);
        uint8_t out[BYTES];
        unsigned wanted =
            steps > ASSENT_AUDIT_EPOCH_STEPS ? ASSENT_AUDIT_FAULT_EPOCH : ASSENT_AUDIT_FAULT_NONE;

        for (unsigned i = 0; i < steps; i++) {
            CHECK_INT(assent_audit_advance(&chain, &crypto), ASSENT_OK);
        }
        CHECK_INT(assent_audit_append(&chain, &crypto, &entry, out), ASSENT_OK);
        CHECK_INT(verify(out, sizeof(out), NULL).fault, wanted);
    }
}

TEST(the_bound_counts_from_the_epoch_before)
{
    for (unsigned steps = ASSENT_AUDIT_EPOCH_STEPS; steps <= ASSENT_AUDIT_EPOCH_STEPS + 1;
         steps++) {
        struct assent_audit_chain start = first_chain();
        struct assent_audit_chain chain;
        struct assent_audit_entry entry = sample(0);
        uint8_t out[BYTES];

        start.epoch = 1000;
        chain = start;
        for (unsigned i = 0; i < steps; i++) {
            CHECK_INT(assent_audit_advance(&chain, &crypto), ASSENT_OK);
        }
        CHECK_INT(assent_audit_append(&chain, &crypto, &entry, out), ASSENT_OK);
        CHECK_INT(verify_from(&start, out, sizeof(out), NULL).fault,
                  steps > ASSENT_AUDIT_EPOCH_STEPS ? ASSENT_AUDIT_FAULT_EPOCH
                                                   : ASSENT_AUDIT_FAULT_NONE);
    }
}

TEST(a_log_of_another_device_does_not_verify)
{
    struct log log = make_log();
    struct assent_audit_chain start = first_chain();

    start.key[0] ^= 1;
    CHECK_INT(verify_from(&start, log.bytes, sizeof(log.bytes), NULL).fault,
              ASSENT_AUDIT_FAULT_MAC);
}

TEST(a_torn_last_entry_is_no_entry)
{
    struct log log = make_log();

    for (size_t len = (ENTRIES - 1) * BYTES + 1; len < sizeof(log.bytes); len++) {
        uint8_t *at = guard_copy_read_only(assent_span(log.bytes, len));
        struct finding f = verify(at, len, NULL);

        CHECK_INT(f.fault, ASSENT_AUDIT_FAULT_FORM);
        CHECK_INT(f.bad, ENTRIES - 1);
    }
}

/* ---- head ---- */

TEST(a_cut_tail_shows_against_the_head)
{
    struct log log = make_log();
    struct assent_audit_head head = head_of(&log.end);

    for (unsigned left = 0; left < ENTRIES; left++) {
        CHECK_INT(verify(log.bytes, left * BYTES, &head).fault, ASSENT_AUDIT_FAULT_TRUNCATED);
        CHECK_INT(verify(log.bytes, left * BYTES, NULL).fault, ASSENT_AUDIT_FAULT_NONE);
    }
}

TEST(entries_made_after_the_head_are_no_fault)
{
    struct log log = make_log();

    for (unsigned at = 0; at <= ENTRIES; at++) {
        struct assent_audit_chain chain = first_chain();
        struct assent_audit_verifier v;
        struct assent_audit_head head;
        size_t bad;

        assent_audit_verify_start(&v, &chain, NULL);
        CHECK_INT(assent_audit_verify(&v, &crypto, assent_span(log.bytes, at * BYTES), &bad),
                  ASSENT_AUDIT_FAULT_NONE);
        head = head_of(&v.chain);
        CHECK_INT(verify(log.bytes, sizeof(log.bytes), &head).fault, ASSENT_AUDIT_FAULT_NONE);
    }
}

TEST(a_head_of_another_log_is_found_out_where_it_was_sealed)
{
    struct log log = make_log();
    struct assent_audit_head head = head_of(&log.end);
    struct finding f;

    head.count = 7;
    f = verify(log.bytes, sizeof(log.bytes), &head);
    CHECK_INT(f.fault, ASSENT_AUDIT_FAULT_HEAD);
    CHECK_INT(f.bad, 6);
    head.count = 0;
    CHECK_INT(verify(log.bytes, sizeof(log.bytes), &head).fault, ASSENT_AUDIT_FAULT_HEAD);
    CHECK_INT(verify(log.bytes, 0, &head).fault, ASSENT_AUDIT_FAULT_HEAD);
}

TEST(a_head_older_than_the_run_says_nothing_for_it)
{
    struct log log = make_log();
    struct assent_audit_chain start = first_chain();
    struct assent_audit_head head = head_of(&start);

    memcpy(start.mac, log.bytes + ASSENT_AUDIT_BODY_BYTES, sizeof(start.mac));
    start.sequence = 1;
    CHECK_INT(verify_from(&start, log.bytes + BYTES, 3 * BYTES, &head).fault,
              ASSENT_AUDIT_FAULT_HEAD);
}

TEST(a_head_whose_epoch_lies_before_its_entry_is_refused)
{
    struct log log = make_log();
    struct assent_audit_head head = head_of(&log.end);

    head.epoch = 1;
    CHECK_INT(verify(log.bytes, sizeof(log.bytes), &head).fault, ASSENT_AUDIT_FAULT_HEAD);
}

TEST(a_head_is_read_as_it_was_sealed)
{
    struct log log = make_log();
    struct assent_audit_head head = head_of(&log.end);

    CHECK_INT(head.count, ENTRIES);
    CHECK_INT(head.epoch, 2);
    CHECK_INT(head.time.unix_s, NOW + 99);
    CHECK_INT(head.time.trust, ASSENT_CLOCK_SET);
    CHECK(memcmp(head.mac, log.end.mac, sizeof(head.mac)) == 0);
}

TEST(no_bit_of_a_head_can_be_changed_and_no_other_key_opens_it)
{
    struct log log = make_log();
    struct assent_time now = {NOW, ASSENT_CLOCK_SET};
    struct assent_audit_head head;
    uint8_t bytes[ASSENT_AUDIT_HEAD_BYTES];

    CHECK_INT(assent_audit_seal(&log.end, now, &crypto, seal_key, bytes), ASSENT_OK);
    for (unsigned bit = 0; bit < 8 * sizeof(bytes); bit++) {
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        CHECK_INT(assent_audit_open_head(bytes, &crypto, seal_key, &head), ASSENT_ERR_AUTH);
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    CHECK_INT(assent_audit_open_head(bytes, &crypto, log.end.key, &head), ASSENT_ERR_AUTH);
    crypto.hmac = fail_hmac;
    CHECK_INT(assent_audit_open_head(bytes, &crypto, seal_key, &head), ASSENT_ERR_CRYPTO);
    CHECK_INT(assent_audit_seal(&log.end, now, &crypto, seal_key, bytes), ASSENT_ERR_CRYPTO);
    now.unix_s = UINT64_C(1) << 40;
    CHECK_INT(assent_audit_seal(&log.end, now, &crypto, seal_key, bytes), ASSENT_ERR_RANGE);
}

TEST(a_good_seal_does_not_make_a_bad_head_good)
{
    static const struct {
        size_t at;
        uint8_t value;
        int error;
    } rows[] = {
        {0, 2, ASSENT_ERR_VERSION},
        {1, 4, ASSENT_ERR_CORRUPT},
        {15, 1, ASSENT_ERR_CORRUPT},
        {1, 3, ASSENT_OK},
    };

    crypto = assent_mbedtls_crypto();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t bytes[ASSENT_AUDIT_HEAD_BYTES] = {ASSENT_AUDIT_VERSION};
        struct assent_span parts[] = {ASSENT_SPAN("assent audit head v1"), assent_span(bytes, 32)};
        uint8_t mac[ASSENT_SHA256_BYTES];
        struct assent_audit_head head;

        bytes[rows[i].at] = rows[i].value;
        crypto.hmac(crypto.ctx, seal_key, parts, 2, mac);
        memcpy(bytes + 32, mac, ASSENT_AUDIT_MAC_BYTES);
        CHECK_INT(assent_audit_open_head(bytes, &crypto, seal_key, &head), rows[i].error);
    }
}

/* ---- subjects ---- */

TEST(a_reference_depends_on_subject_and_salt_and_shows_neither)
{
    uint8_t salt[ASSENT_AUDIT_SALT_BYTES] = {1};
    uint8_t subject[ASSENT_SUBJECT_BYTES] = {2};
    uint8_t first[ASSENT_AUDIT_REFERENCE_BYTES];
    uint8_t other[ASSENT_AUDIT_REFERENCE_BYTES];

    crypto = assent_mbedtls_crypto();
    CHECK_INT(assent_audit_reference(&crypto, salt, subject, first), ASSENT_OK);
    CHECK_INT(assent_audit_reference(&crypto, salt, subject, other), ASSENT_OK);
    CHECK(memcmp(first, other, sizeof(first)) == 0);
    CHECK(memcmp(first, subject, sizeof(first)) != 0);
    salt[15] ^= 1;
    CHECK_INT(assent_audit_reference(&crypto, salt, subject, other), ASSENT_OK);
    CHECK(memcmp(first, other, sizeof(first)) != 0);
    salt[15] ^= 1;
    subject[15] ^= 1;
    CHECK_INT(assent_audit_reference(&crypto, salt, subject, other), ASSENT_OK);
    CHECK(memcmp(first, other, sizeof(first)) != 0);
    crypto.hmac = fail_hmac;
    CHECK_INT(assent_audit_reference(&crypto, salt, subject, other), ASSENT_ERR_CRYPTO);
}

TEST(a_digest_binds_the_record_and_is_no_reference)
{
    uint8_t salt[ASSENT_AUDIT_SALT_BYTES] = {1};
    uint8_t record[ASSENT_RECORD_BYTES] = {3};
    uint8_t first[ASSENT_AUDIT_DETAIL_BYTES];
    uint8_t other[ASSENT_AUDIT_DETAIL_BYTES];
    uint8_t reference[ASSENT_AUDIT_REFERENCE_BYTES];

    crypto = assent_mbedtls_crypto();
    CHECK_INT(assent_audit_digest(&crypto, salt, assent_span(record, sizeof(record)), first),
              ASSENT_OK);
    record[95] ^= 1;
    CHECK_INT(assent_audit_digest(&crypto, salt, assent_span(record, sizeof(record)), other),
              ASSENT_OK);
    CHECK(memcmp(first, other, sizeof(first)) != 0);
    CHECK_INT(assent_audit_reference(&crypto, salt, record, reference), ASSENT_OK);
    CHECK_INT(assent_audit_digest(&crypto, salt, assent_span(record, ASSENT_SUBJECT_BYTES), other),
              ASSENT_OK);
    CHECK(memcmp(reference, other, sizeof(other)) != 0);
}

/* ---- names and JSON ---- */

TEST(types_and_faults_have_names)
{
    CHECK(strcmp(assent_audit_type_name(ASSENT_AUDIT_WITHDRAWN), "consent_withdrawn") == 0);
    CHECK(strcmp(assent_audit_type_name(ASSENT_AUDIT_BOOT), "boot") == 0);
    CHECK(strcmp(assent_audit_type_name(ASSENT_AUDIT_TYPES), "unknown") == 0);
    CHECK(strcmp(assent_audit_fault_name(ASSENT_AUDIT_FAULT_TRUNCATED), "truncated") == 0);
    CHECK(strcmp(assent_audit_fault_name(ASSENT_AUDIT_FAULT_CRYPTO), "crypto") == 0);
    CHECK(strcmp(assent_audit_fault_name((enum assent_audit_fault)99), "unknown") == 0);
}

TEST(an_entry_is_one_line_of_json)
{
    struct assent_audit_chain chain = first_chain();
    struct assent_audit_entry entry = sample(6);
    uint8_t bytes[BYTES];
    uint8_t text[512];
    struct assent_writer w = assent_writer(text, sizeof(text));

    CHECK_INT(assent_audit_append(&chain, &crypto, &entry, bytes), ASSENT_OK);
    memset(bytes + ASSENT_AUDIT_BODY_BYTES, 0xAB, ASSENT_AUDIT_MAC_BYTES);
    assent_audit_write_json(&w, bytes);
    CHECK_SPAN(assent_writer_span(&w),
               "{\"sequence\":0,\"epoch\":0,\"type\":\"consent_erased\",\"site\":6,"
               "\"time\":\"2027-01-15T08:00:06Z\",\"clock\":\"synced\",\"method\":\"preferences\","
               "\"choices\":{\"analytics\":\"refused\",\"advertising\":\"granted\"},"
               "\"flags\":[\"restricted\"],\"reference\":\"f0010000000000000000000000000000\","
               "\"detail\":\"d00200000000000000000000\","
               "\"mac\":\"abababababababababababababababab\"}");
    bytes[3] &= 0x7F;
    memset(bytes + 20, 0, ASSENT_AUDIT_REFERENCE_BYTES);
    bytes[4] = 0x1F;
    w = assent_writer(text, sizeof(text));
    assent_audit_write_json(&w, bytes);
    text[w.len] = '\0';
    CHECK(strstr((const char *)text, "\"clock\":\"none\"") != NULL);
    CHECK(strstr((const char *)text, "\"flags\":[\"age_confirmed\",\"gpc_present\",\"restricted\","
                                     "\"objected\",\"kiosk\"],\"reference\":null") != NULL);
}

TEST(json_of_no_entry_is_an_error)
{
    uint8_t bytes[BYTES] = {0};
    uint8_t text[512];
    struct assent_writer w = assent_writer(text, sizeof(text));

    assent_audit_write_json(&w, bytes);
    CHECK_INT(assent_writer_result(&w), ASSENT_ERR_VERSION);
    w = assent_writer(text, sizeof(text));
    bytes[0] = 1;
    assent_audit_write_json(&w, bytes);
    CHECK_INT(assent_writer_result(&w), ASSENT_ERR_CORRUPT);
}

TEST_MAIN(CASE(an_entry_has_the_bytes_of_the_table), CASE(an_entry_is_read_as_it_was_made),
          CASE(bytes_that_are_no_entry_are_refused), CASE(an_entry_out_of_range_is_not_made),
          CASE(a_failing_primitive_leaves_the_chain_where_it_was),
          CASE(a_chain_that_has_come_to_its_end_makes_no_more),
          CASE(a_log_verifies_from_its_first_key_across_epochs),
          CASE(any_run_verifies_from_its_own_start),
          CASE(every_split_of_a_log_verifies_like_the_whole),
          CASE(every_changed_bit_shows_at_its_entry), CASE(a_missing_entry_shows_as_a_gap),
          CASE(a_repeated_entry_shows_as_out_of_order), CASE(two_entries_that_changed_places_show),
          CASE(an_entry_made_with_the_key_of_another_epoch_is_refused),
          CASE(an_entry_that_claims_a_later_epoch_makes_the_next_one_fall_back),
          CASE(epochs_without_entries_are_stepped_over_but_not_without_bound),
          CASE(the_bound_counts_from_the_epoch_before),
          CASE(a_log_of_another_device_does_not_verify), CASE(a_torn_last_entry_is_no_entry),
          CASE(a_cut_tail_shows_against_the_head), CASE(entries_made_after_the_head_are_no_fault),
          CASE(a_head_of_another_log_is_found_out_where_it_was_sealed),
          CASE(a_head_older_than_the_run_says_nothing_for_it),
          CASE(a_head_whose_epoch_lies_before_its_entry_is_refused),
          CASE(a_head_is_read_as_it_was_sealed),
          CASE(no_bit_of_a_head_can_be_changed_and_no_other_key_opens_it),
          CASE(a_good_seal_does_not_make_a_bad_head_good),
          CASE(a_reference_depends_on_subject_and_salt_and_shows_neither),
          CASE(a_digest_binds_the_record_and_is_no_reference), CASE(types_and_faults_have_names),
          CASE(an_entry_is_one_line_of_json), CASE(json_of_no_entry_is_an_error))
