/* SPDX-License-Identifier: MIT */
/* Consent records where the store or the log cannot take any more: who is refused, and what makes room. */
#include "tests/unit/consents_case.h"

TEST(without_randomness_nobody_is_stored)
{
    uint8_t subject[ASSENT_SUBJECT_BYTES];
    struct assent_record record;

    open_device();
    device.no_entropy = true;
    CHECK_INT(grant(subject), ASSENT_ERR_ENTROPY);
    CHECK_INT(assent_consents_find(&device.consents, subject, &record), ASSENT_ERR_NOT_FOUND);
    device_close(&device);
}

TEST(a_full_store_refuses_grants_and_keeps_every_live_record)
{
    uint8_t first[ASSENT_SUBJECT_BYTES];
    uint8_t subject[ASSENT_SUBJECT_BYTES];
    struct assent_consents_room room;
    struct assent_record record;
    uint64_t cursor = 0;
    uint32_t stored = 1;
    uint32_t found = 0;
    int error;

    open_device();
    assent_consents_room(&device.consents, &room);
    CHECK_INT(grant(first), ASSENT_OK);
    CHECK_INT(confirm(first), 1);
    while ((error = grant(subject)) == ASSENT_OK) {
        CHECK_INT(confirm(subject), 1);
        stored++;
    }
    CHECK_INT(error, ASSENT_ERR_FULL);
    CHECK_INT(counted(ASSENT_COUNTER_REFUSED_FULL), 1);
    CHECK(stored + stored / 10 >= room.capacity && room.capacity + room.capacity / 10 >= stored);
    assent_consents_room(&device.consents, &room);
    CHECK(room.free <= 2);
    while (assent_consents_next(&device.consents, &cursor, &record) == ASSENT_OK) {
        found++;
    }
    CHECK_INT(found, stored);
    /* What takes consent away finds room: change each of them, twice. */
    cursor = 0;
    while (assent_consents_next(&device.consents, &cursor, &record) == ASSENT_OK) {
        CHECK_INT(withdraw(record.consent.subject), ASSENT_OK);
    }
    CHECK_INT(erase(first), ASSENT_OK);
    CHECK_INT(erase(subject), ASSENT_ERR_NOT_FOUND);
    device_close(&device);
}

TEST(a_flood_of_forged_choices_makes_room_for_real_people_after_an_hour)
{
    uint8_t real[ASSENT_SUBJECT_BYTES];
    uint8_t late[ASSENT_SUBJECT_BYTES];
    uint8_t subject[ASSENT_SUBJECT_BYTES];
    struct assent_record record;
    uint32_t before;

    open_device();
    CHECK_INT(grant(real), ASSENT_OK);
    CHECK_INT(confirm(real), 1);
    before = entries();
    while (grant(subject) == ASSENT_OK) {
    }
    CHECK_INT(entries(), before); /* no trace in the log */
    device.now.unix_s += 3599;
    CHECK_INT(grant(late), ASSENT_ERR_FULL);
    device.now.unix_s += 1;
    for (unsigned i = 0; i < 50; i++) {
        CHECK_INT(grant(late), ASSENT_OK);
        CHECK_INT(confirm(late), 1);
    }
    CHECK(counted(ASSENT_COUNTER_EVICTED) >= 35);
    CHECK_INT(assent_consents_find(&device.consents, real, &record), ASSENT_OK);
    CHECK_INT(assent_consents_find(&device.consents, late, &record), ASSENT_OK);
    device_close(&device);
}

TEST(a_full_log_refuses_grants_and_lets_go_on_what_takes_away)
{
    uint8_t subject[ASSENT_SUBJECT_BYTES];
    uint8_t other[ASSENT_SUBJECT_BYTES];
    struct assent_record record;
    struct assent_audit_entry entry;

    open_device();
    device.log.retention_days = 1000;
    CHECK_INT(grant(subject), ASSENT_OK);
    CHECK_INT(confirm(subject), 1);
    do {
        entry = device_entry(&device, ASSENT_AUDIT_BOOT);
    } while (assent_audit_log_append(&device.log, &entry) == ASSENT_OK);
    CHECK_INT(grant(other), ASSENT_ERR_FULL);
    CHECK_INT(counted(ASSENT_COUNTER_REFUSED_FULL), 1);
    CHECK_INT(withdraw(subject), ASSENT_OK);
    CHECK_INT(counted(ASSENT_COUNTER_AUDIT_MISSED), 1);
    CHECK_INT(assent_consents_find(&device.consents, subject, &record), ASSENT_OK);
    CHECK_INT(record.consent.choice[ASSENT_TIER_ANALYTICS], ASSENT_CHOICE_WITHDRAWN);
    CHECK_INT(erase(subject), ASSENT_OK);
    CHECK_INT(counted(ASSENT_COUNTER_AUDIT_MISSED), 2);
    device_close(&device);
}

TEST(a_log_without_key_refuses_grants)
{
    uint8_t subject[ASSENT_SUBJECT_BYTES];

    open_device();
    CHECK_INT(grant(subject), ASSENT_OK);
    CHECK_INT(confirm(subject), 1);
    CHECK_INT(assent_kv_delete(&device.kv, ASSENT_SPACE_AUDIT, ASSENT_SPAN("s")), ASSENT_OK);
    CHECK_INT(device_start(&device), ASSENT_OK);
    CHECK_INT(withdraw(subject), ASSENT_OK);
    CHECK_INT(grant(subject), ASSENT_ERR_READ_ONLY);
    device_close(&device);
}

TEST_MAIN(CASE(without_randomness_nobody_is_stored),
          CASE(a_full_store_refuses_grants_and_keeps_every_live_record),
          CASE(a_flood_of_forged_choices_makes_room_for_real_people_after_an_hour),
          CASE(a_full_log_refuses_grants_and_lets_go_on_what_takes_away),
          CASE(a_log_without_key_refuses_grants))
