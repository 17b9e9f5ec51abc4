/* SPDX-License-Identifier: MIT */
/* Sealed heads of the audit log, and what they say of a log that was cut or made anew. */
#include "tests/unit/audit_case.h"

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

TEST_MAIN(CASE(a_cut_tail_shows_against_the_head), CASE(entries_made_after_the_head_are_no_fault),
          CASE(a_head_of_another_log_is_found_out_where_it_was_sealed),
          CASE(a_head_older_than_the_run_says_nothing_for_it),
          CASE(a_head_whose_epoch_lies_before_its_entry_is_refused),
          CASE(a_head_is_read_as_it_was_sealed),
          CASE(no_bit_of_a_head_can_be_changed_and_no_other_key_opens_it),
          CASE(a_good_seal_does_not_make_a_bad_head_good))
