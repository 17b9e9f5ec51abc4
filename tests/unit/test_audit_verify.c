/* SPDX-License-Identifier: MIT */
/* What verification finds in a log: nothing but what is wrong, and where. */
#include "tests/unit/audit_case.h"

#include "tests/unit/guard.h"

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

TEST_MAIN(CASE(a_log_verifies_from_its_first_key_across_epochs),
          CASE(any_run_verifies_from_its_own_start),
          CASE(every_split_of_a_log_verifies_like_the_whole),
          CASE(every_changed_bit_shows_at_its_entry), CASE(a_missing_entry_shows_as_a_gap),
          CASE(a_repeated_entry_shows_as_out_of_order), CASE(two_entries_that_changed_places_show),
          CASE(an_entry_made_with_the_key_of_another_epoch_is_refused),
          CASE(an_entry_that_claims_a_later_epoch_makes_the_next_one_fall_back),
          CASE(epochs_without_entries_are_stepped_over_but_not_without_bound),
          CASE(the_bound_counts_from_the_epoch_before),
          CASE(a_log_of_another_device_does_not_verify), CASE(a_torn_last_entry_is_no_entry))
