/* SPDX-License-Identifier: MIT */
/* Consent records in the store: what is kept, and what vanishes. When nothing fits any more:
 * tests/unit/test_consents_full.c; power cuts: tests/power/test_power_consents.c. */
#include "tests/unit/consents_case.h"

TEST(a_grant_is_found_after_a_restart)
{
    uint8_t subject[ASSENT_SUBJECT_BYTES];
    struct assent_record record;
    struct assent_consents_site here = {&device.consents, 1};
    struct assent_consents_site elsewhere = {&device.consents, 2};
    struct assent_consent consent;

    open_device();
    CHECK_INT(grant(subject), ASSENT_OK);
    CHECK_INT(device_start(&device), ASSENT_OK);
    CHECK_INT(assent_consents_find(&device.consents, subject, &record), ASSENT_OK);
    CHECK_INT(record.consent.choice[ASSENT_TIER_ANALYTICS], ASSENT_CHOICE_GRANTED);
    CHECK_INT(assent_consents_find_record(&here, subject, &consent), ASSENT_OK);
    CHECK_INT(consent.sequence, 1);
    CHECK_INT(assent_consents_find_record(&elsewhere, subject, &consent), ASSENT_ERR_NOT_FOUND);
    device_close(&device);
}

TEST(the_entry_of_a_first_grant_waits_for_its_token)
{
    uint8_t subject[ASSENT_SUBJECT_BYTES];

    open_device();
    CHECK_INT(grant(subject), ASSENT_OK);
    CHECK_INT(entries(), 0);
    CHECK_INT(confirm(subject), 1);
    CHECK_INT(entries(), 1);
    CHECK(strcmp(history(subject), "G") == 0);
    CHECK_INT(confirm(subject), 0);
    CHECK_INT(entries(), 1);
    CHECK_INT(counted(ASSENT_COUNTER_CONFIRMED), 1);
    CHECK_INT(counted(ASSENT_COUNTER_ANALYTICS_GRANTED), 1);
    CHECK_INT(counted(ASSENT_COUNTER_METHOD + ASSENT_METHOD_ACCEPT), 1);
    device_close(&device);
}

TEST(confirming_a_stranger_costs_no_write)
{
    uint8_t subject[ASSENT_SUBJECT_BYTES] = {7};
    uint64_t before;

    open_device();
    before = device.sim.operation;
    CHECK_INT(confirm(subject), 0);
    CHECK_INT(device.sim.operation, before);
    device_close(&device);
}

TEST(a_withdrawal_is_one_change_with_its_entry)
{
    uint8_t subject[ASSENT_SUBJECT_BYTES];
    struct assent_record record;

    open_device();
    CHECK_INT(grant(subject), ASSENT_OK);
    CHECK_INT(withdraw(subject), ASSENT_OK); /* the token came with it */
    CHECK(strcmp(history(subject), "GW") == 0);
    CHECK_INT(assent_consents_find(&device.consents, subject, &record), ASSENT_OK);
    CHECK_INT(record.consent.choice[ASSENT_TIER_ANALYTICS], ASSENT_CHOICE_WITHDRAWN);
    CHECK_INT(counted(ASSENT_COUNTER_ANALYTICS_WITHDRAWN), 1);
    device_close(&device);
}

TEST(an_outcome_of_an_older_record_is_refused)
{
    uint8_t subject[ASSENT_SUBJECT_BYTES];
    struct assent_lifecycle_context context;
    struct assent_lifecycle_outcome outcome;
    struct assent_record record;

    open_device();
    CHECK_INT(grant(subject), ASSENT_OK);
    CHECK_INT(assent_consents_find(&device.consents, subject, &record), ASSENT_OK);
    CHECK_INT(withdraw(subject), ASSENT_OK);
    context = context_of(ASSENT_METHOD_PREFERENCES);
    CHECK_INT(assent_lifecycle_withdraw(&record, &context, &outcome), ASSENT_OK);
    CHECK_INT(assent_consents_apply(&device.consents, 1, &outcome, device.now), ASSENT_ERR_STATE);
    CHECK_INT(erase(subject), ASSENT_OK);
    CHECK_INT(assent_consents_apply(&device.consents, 1, &outcome, device.now), ASSENT_ERR_STATE);
    device_close(&device);
}

TEST(erasing_leaves_nothing_of_the_subject_and_entries_of_nobody)
{
    uint8_t subject[ASSENT_SUBJECT_BYTES];
    uint8_t reference[ASSENT_AUDIT_REFERENCE_BYTES];
    uint8_t value[ASSENT_CONSENTS_VALUE_BYTES];
    enum assent_audit_fault fault;

    open_device();
    CHECK_INT(grant(subject), ASSENT_OK);
    CHECK_INT(confirm(subject), 1);
    CHECK_INT(assent_consents_request(&device.consents, subject, device.now), 1);
    CHECK_INT(assent_consents_reference(&device.consents, subject, reference), ASSENT_OK);
    CHECK_INT(assent_kv_get(&device.kv, ASSENT_SPACE_CONSENT, assent_span(subject, 16), value,
                            sizeof(value)),
              sizeof(value));
    CHECK(flash_sim_contains(&device.sim, subject, sizeof(subject)));
    CHECK(flash_sim_contains(&device.sim, value + 2, ASSENT_AUDIT_SALT_BYTES));
    CHECK_INT(erase(subject), ASSENT_OK);
    CHECK(!flash_sim_contains(&device.sim, subject, sizeof(subject)));
    CHECK(!flash_sim_contains(&device.sim, value + 2, ASSENT_AUDIT_SALT_BYTES));
    CHECK(flash_sim_contains(&device.sim, reference, sizeof(reference)));
    CHECK(strcmp(history(subject), "") == 0);
    CHECK_INT(entries(), 2);
    CHECK_INT(device_verify(&device, &fault), 2);
    CHECK_INT(fault, ASSENT_AUDIT_FAULT_NONE);
    CHECK_INT(counted(ASSENT_COUNTER_ERASED), 1);
    CHECK_INT(erase(subject), ASSENT_ERR_NOT_FOUND);
    device_close(&device);
}

TEST(references_of_one_subject_are_alike_and_of_two_are_not)
{
    uint8_t a[ASSENT_SUBJECT_BYTES];
    uint8_t b[ASSENT_SUBJECT_BYTES];
    uint8_t ra[ASSENT_AUDIT_REFERENCE_BYTES];
    uint8_t rb[ASSENT_AUDIT_REFERENCE_BYTES];

    open_device();
    CHECK_INT(grant(a), ASSENT_OK);
    CHECK_INT(grant(b), ASSENT_OK);
    CHECK_INT(confirm(a), 1);
    CHECK_INT(confirm(b), 1);
    CHECK_INT(withdraw(a), ASSENT_OK);
    CHECK(strcmp(history(a), "GW") == 0);
    CHECK(strcmp(history(b), "G") == 0);
    CHECK_INT(assent_consents_reference(&device.consents, a, ra), ASSENT_OK);
    CHECK_INT(assent_consents_reference(&device.consents, b, rb), ASSENT_OK);
    CHECK(memcmp(ra, rb, sizeof(ra)) != 0);
    device_close(&device);
}

TEST(a_refusal_leaves_nothing_but_a_count)
{
    struct assent_lifecycle_context context;
    struct assent_lifecycle_outcome outcome;
    uint64_t before;

    open_device();
    context = context_of(ASSENT_METHOD_REJECT);
    before = device.sim.operation;
    CHECK_INT(assent_lifecycle_choose(NULL, 0, ASSENT_TIERS_OPTIONAL, &context, &outcome),
              ASSENT_OK);
    CHECK_INT(assent_consents_apply(&device.consents, 1, &outcome, device.now), ASSENT_OK);
    CHECK_INT(device.sim.operation, before);
    CHECK_INT(counted(ASSENT_COUNTER_ADVERTISING_REFUSED), 1);
    CHECK_INT(counted(ASSENT_COUNTER_METHOD + ASSENT_METHOD_REJECT), 1);
    device_close(&device);
}

TEST(retention_lapses_grants_and_then_deletes_them)
{
    uint8_t subject[ASSENT_SUBJECT_BYTES];
    uint8_t fresh[ASSENT_SUBJECT_BYTES];
    struct assent_record record;

    open_device();
    CHECK_INT(grant(subject), ASSENT_OK);
    CHECK_INT(confirm(subject), 1);
    sweep();
    CHECK(strcmp(history(subject), "G") == 0);
    device.now.unix_s += 180 * DAY_S;
    CHECK_INT(grant(fresh), ASSENT_OK);
    sweep();
    CHECK(strcmp(history(subject), "GX") == 0);
    CHECK_INT(assent_consents_find(&device.consents, subject, &record), ASSENT_OK);
    CHECK_INT(record.consent.choice[ASSENT_TIER_ANALYTICS], ASSENT_CHOICE_UNDECIDED);
    device.now.unix_s += 30 * DAY_S;
    sweep();
    CHECK_INT(assent_consents_find(&device.consents, subject, &record), ASSENT_ERR_NOT_FOUND);
    CHECK(!flash_sim_contains(&device.sim, subject, sizeof(subject)));
    CHECK_INT(assent_consents_find(&device.consents, fresh, &record), ASSENT_OK);
    CHECK_INT(entries(), 3);
    CHECK_INT(counted(ASSENT_COUNTER_EXPIRED), 2);
    device_close(&device);
}

TEST(retention_of_a_grant_never_confirmed_leaves_no_entry)
{
    uint8_t subject[ASSENT_SUBJECT_BYTES];
    struct assent_record record;

    open_device();
    CHECK_INT(grant(subject), ASSENT_OK);
    device.now.unix_s += 181 * DAY_S;
    sweep();
    CHECK_INT(assent_consents_find(&device.consents, subject, &record), ASSENT_OK);
    device.now.unix_s += 30 * DAY_S;
    sweep();
    CHECK_INT(assent_consents_find(&device.consents, subject, &record), ASSENT_ERR_NOT_FOUND);
    CHECK_INT(entries(), 0);
    device_close(&device);
}

TEST(one_step_of_the_sweep_is_bounded)
{
    uint8_t subject[ASSENT_SUBJECT_BYTES];
    unsigned steps = 0;

    open_device();
    for (unsigned i = 0; i < 200; i++) {
        CHECK_INT(grant(subject), ASSENT_OK);
        CHECK_INT(confirm(subject), 1);
    }
    device.now.unix_s += 400 * DAY_S;
    for (int more = 1; more == 1; steps++) {
        uint64_t before = device.sim.count.erases;

        more = assent_consents_sweep(&device.consents, policy_of, NULL, device.now);
        CHECK(more >= 0);
        CHECK(device.sim.count.erases - before <= 2); /* one of the store, one of the log */
    }
    CHECK(steps >= 200);
    CHECK_INT(counted(ASSENT_COUNTER_EXPIRED), 200);
    device_close(&device);
}

TEST(repeated_rights_requests_are_counted_per_subject_and_forgotten_in_time)
{
    uint8_t subject[ASSENT_SUBJECT_BYTES];
    uint8_t other[ASSENT_SUBJECT_BYTES] = {9};
    uint64_t before;

    open_device();
    CHECK_INT(grant(subject), ASSENT_OK);
    CHECK_INT(assent_consents_request(&device.consents, other, device.now), ASSENT_ERR_NOT_FOUND);
    for (int i = 1; i <= ASSENT_CONSENTS_REQUEST_LIMIT + 1; i++) {
        CHECK_INT(assent_consents_request(&device.consents, subject, device.now), i);
    }
    before = device.sim.operation;
    CHECK_INT(assent_consents_request(&device.consents, subject, device.now),
              ASSENT_CONSENTS_REQUEST_LIMIT + 1);
    CHECK_INT(device.sim.operation, before);
    device.now.unix_s += ASSENT_CONSENTS_REQUEST_DAYS * DAY_S;
    CHECK_INT(assent_consents_request(&device.consents, subject, device.now), 1);
    device_close(&device);
}

TEST(a_record_of_another_version_is_not_read_as_consent)
{
    uint8_t subject[ASSENT_SUBJECT_BYTES];
    uint8_t value[ASSENT_CONSENTS_VALUE_BYTES];
    struct assent_record record;
    struct assent_span key = assent_span(subject, sizeof(subject));

    open_device();
    CHECK_INT(grant(subject), ASSENT_OK);
    CHECK_INT(assent_kv_get(&device.kv, ASSENT_SPACE_CONSENT, key, value, sizeof(value)), 114);
    value[0] = 2;
    CHECK_INT(
        assent_kv_put(&device.kv, ASSENT_SPACE_CONSENT, key, assent_span(value, sizeof(value))),
        ASSENT_OK);
    CHECK_INT(assent_consents_find(&device.consents, subject, &record), ASSENT_ERR_VERSION);
    value[0] = 1;
    value[40] ^= 0x80;
    value[60] ^= 0x80;
    CHECK_INT(
        assent_kv_put(&device.kv, ASSENT_SPACE_CONSENT, key, assent_span(value, sizeof(value) - 1)),
        ASSENT_OK);
    CHECK_INT(assent_consents_find(&device.consents, subject, &record), ASSENT_ERR_CORRUPT);
    device_close(&device);
}

TEST_MAIN(CASE(a_grant_is_found_after_a_restart),
          CASE(the_entry_of_a_first_grant_waits_for_its_token),
          CASE(confirming_a_stranger_costs_no_write),
          CASE(a_withdrawal_is_one_change_with_its_entry),
          CASE(an_outcome_of_an_older_record_is_refused),
          CASE(erasing_leaves_nothing_of_the_subject_and_entries_of_nobody),
          CASE(references_of_one_subject_are_alike_and_of_two_are_not),
          CASE(a_refusal_leaves_nothing_but_a_count),
          CASE(retention_lapses_grants_and_then_deletes_them),
          CASE(retention_of_a_grant_never_confirmed_leaves_no_entry),
          CASE(one_step_of_the_sweep_is_bounded),
          CASE(repeated_rights_requests_are_counted_per_subject_and_forgotten_in_time),
          CASE(a_record_of_another_version_is_not_read_as_consent))
