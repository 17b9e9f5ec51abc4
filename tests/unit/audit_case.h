/* SPDX-License-Identifier: MIT */
#ifndef ASSENT_TESTS_UNIT_AUDIT_CASE_H
#define ASSENT_TESTS_UNIT_AUDIT_CASE_H

/* A log in memory and its verification, for the tests of core/audit.h. In the header, because failures are
 * counted in the file that includes tests/unit/test.h. */

#include "core/audit.h"
#include "core/error.h"
#include "core/record.h"
#include "port/crypto/mbedtls.h"
#include "tests/unit/test.h"

#define NOW UINT64_C(1800000000)

enum { ENTRIES = 12, BYTES = ASSENT_AUDIT_ENTRY_BYTES };

static struct assent_crypto crypto;
static const uint8_t seal_key[ASSENT_SHA256_BYTES] = {0x5E, 0xA1};

static inline struct assent_audit_chain first_chain(void)
{
    struct assent_audit_chain chain = {{0}, {0}, 0, 0};

    crypto = assent_mbedtls_crypto();
    for (unsigned i = 0; i < ASSENT_SHA256_BYTES; i++) {
        chain.key[i] = (uint8_t)i;
    }
    return chain;
}

static inline struct assent_audit_entry sample(unsigned i)
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

static inline struct log make_log(void)
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

static inline struct assent_audit_head head_of(const struct assent_audit_chain *chain)
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

static inline struct finding verify_from(const struct assent_audit_chain *start,
                                         const uint8_t *bytes, size_t len,
                                         const struct assent_audit_head *head)
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

static inline struct finding verify(const uint8_t *bytes, size_t len,
                                    const struct assent_audit_head *head)
{
    struct assent_audit_chain start = first_chain();

    return verify_from(&start, bytes, len, head);
}

static inline int fail_hmac(void *ctx, const uint8_t key[ASSENT_SHA256_BYTES],
                            const struct assent_span *parts, size_t count,
                            uint8_t out[ASSENT_SHA256_BYTES])
{
    (void)ctx, (void)key, (void)parts, (void)count, (void)out;
    return ASSENT_ERR_CRYPTO;
}

#endif
