/* SPDX-License-Identifier: MIT */
/* The audit log on flash that lies, fails or has rotted: what is damaged is passed over, kept to be seen
 * and never stands in the way. */
#include "tests/unit/test.h"

#include "storage/audit_log.h"
#include "storage/audit_ring.h"
#include "tests/unit/audit_device.h"

static struct device device;

static void open_device(void)
{
    device_open(&device, 4096, 32, 0);
}

TEST(a_lost_key_stops_appending_but_not_reading)
{
    open_device();
    audit_device_append_many(&device, 100);
    CHECK_INT(assent_kv_delete(&device.kv, ASSENT_SPACE_AUDIT, ASSENT_SPAN("k")), ASSENT_OK);
    CHECK_INT(device_start(&device), ASSENT_OK);
    CHECK_INT(device.log.finding, ASSENT_AUDIT_NO_KEY);
    CHECK_INT(audit_device_append(&device), ASSENT_ERR_READ_ONLY);
    CHECK_INT(audit_device_readable(&device), 100);
    device_close(&device);
}

TEST(a_damaged_header_loses_nothing_but_itself)
{
    for (uint32_t damaged = 0; damaged < 3; damaged++) {
        open_device();
        audit_device_append_many(&device, 63 + 63 + 20);
        audit_device_sector(&device, damaged)[13] ^= 4;
        CHECK_INT(device_start(&device), ASSENT_OK);
        CHECK_INT(device.log.finding, ASSENT_AUDIT_SOUND);
        CHECK_INT(audit_device_append(&device), ASSENT_OK);
        CHECK_INT(audit_device_readable(&device), 63 + 63 + 20 + 1);
        device_close(&device);
    }
}

/* The mark of an erased sector outlives its use, for only the header says that it is in use. */
TEST(a_sector_that_lost_its_whole_header_is_erased_before_it_is_used_again)
{
    open_device();
    audit_device_append_many(&device, 63 + 20);
    memset(audit_device_sector(&device, 1), 0xFF, 48);
    CHECK_INT(device_start(&device), ASSENT_OK);
    CHECK_INT(device.log.finding, ASSENT_AUDIT_SOUND);
    audit_device_append_many(&device, 5);
    CHECK_INT(audit_device_readable(&device), 63 + 5);
    CHECK_INT(device_start(&device), ASSENT_OK);
    CHECK_INT(audit_device_readable(&device), 63 + 5);
    device_close(&device);
}

TEST(a_header_that_is_nearly_gone_is_left_as_it_is)
{
    open_device();
    audit_device_append_many(&device, 20);
    memset(audit_device_sector(&device, 0), 0, 48);
    audit_device_sector(&device, 0)[40] = 0x80; /* a bit that the true header has not */
    CHECK_INT(device_start(&device), ASSENT_OK);
    CHECK_INT(audit_device_append(&device), ASSENT_OK);
    CHECK_INT(audit_device_sector(&device, 0)[40], 0x80);
    CHECK_INT(audit_device_readable(&device), 21);
    device_close(&device);
}

TEST(a_slot_that_went_blank_hides_nothing_behind_it)
{
    open_device();
    audit_device_append_many(&device, 63 + 20);
    memset(audit_device_sector(&device, 0) + 64 * 11, 0xFF, 64);
    memset(audit_device_sector(&device, 1) + 64 * 11, 0xFF, 64);
    CHECK_INT(device_start(&device), ASSENT_OK);
    CHECK_INT(audit_device_readable(&device), 62 + 19);
    device_close(&device);
}

TEST(one_damaged_entry_does_not_name_the_epoch_of_a_damaged_header)
{
    for (uint32_t slot = 0; slot < 2; slot++) {
        open_device();
        audit_device_append_many(&device, 63 + 20);
        audit_device_sector(&device, 1)[0] ^= 1;
        audit_device_sector(&device, 1)[64 * (slot + 1) + 16] ^= 0x20; /* its epoch, now 33 */
        CHECK_INT(device_start(&device), ASSENT_OK);
        CHECK_INT(device.log.finding, ASSENT_AUDIT_SOUND);
        CHECK_INT(device.log.chain.epoch, 1);
        CHECK_INT(audit_device_append(&device), ASSENT_OK);
        CHECK_INT(audit_device_readable(&device), 63 + 19 + 1);
        device_close(&device);
    }
}

TEST(one_damaged_entry_does_not_name_the_sequence_of_a_damaged_header)
{
    for (uint32_t slot = 0; slot < 2; slot++) {
        open_device();
        audit_device_append_many(&device, 63 + 20);
        audit_device_sector(&device, 1)[0] ^= 1;
        audit_device_sector(&device, 1)[64 * (slot + 1) + 12] ^=
            0x20; /* its sequence, now 31 or 96 */
        CHECK_INT(device_start(&device), ASSENT_OK);
        CHECK_INT(audit_device_append(&device), ASSENT_OK);
        CHECK_INT(audit_device_readable(&device), 63 + 19 + 1);
        device_close(&device);
    }
}

TEST(entries_are_found_whatever_a_damaged_header_is_guessed_to_be)
{
    open_device();
    audit_device_append_many(&device, 63 + 20);
    audit_device_sector(&device, 1)[0] ^= 1;
    audit_device_sector(&device, 1)[64 + 12] = 0; /* a sequence, and the next ones are no entries */
    for (uint32_t slot = 1; slot < 8; slot++) {
        audit_device_sector(&device, 1)[64 * (slot + 1)] = 0;
    }
    CHECK_INT(device_start(&device), ASSENT_OK);
    audit_device_append_many(&device, 5);
    CHECK_INT(device.log.chain.sequence, 63 + 20 + 5);
    for (uint32_t sequence = 63 + 8; sequence < 63 + 20 + 5;) {
        uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES];
        uint32_t wanted = sequence;

        CHECK_INT(assent_audit_log_next(&device.log, &sequence, bytes), ASSENT_OK);
        CHECK_INT(sequence, wanted + 1);
        sequence = wanted + 1;
    }
    device_close(&device);
}

TEST(slots_that_should_be_blank_and_are_not_are_passed_over)
{
    open_device();
    audit_device_append_many(&device, 20);
    for (uint32_t slot = 25; slot < 31; slot++) { /* mount looks at none of them */
        audit_device_sector(&device, 0)[64 * (slot + 1)] = 0xFE;
    }
    CHECK_INT(device_start(&device), ASSENT_OK);
    audit_device_append_many(&device, 40);
    CHECK_INT(device.log.chain.epoch, 1);
    CHECK_INT(audit_device_verify(&device), 60);
    device_close(&device);
}

TEST(entries_that_no_cut_can_have_damaged_are_kept_to_be_seen)
{
    uint8_t before[64 * 10];

    open_device();
    audit_device_append_many(&device, 20);
    for (uint32_t slot = 10; slot < 20; slot++) {
        audit_device_sector(&device, 0)[64 * (slot + 1) + 6] ^= 1; /* the time */
    }
    memcpy(before, audit_device_sector(&device, 0) + 64 * 11, sizeof(before));
    CHECK_INT(device_start(&device), ASSENT_OK);
    CHECK_INT(audit_device_append(&device), ASSENT_OK);
    CHECK(memcmp(audit_device_sector(&device, 0) + 64 * 11, before, sizeof(before)) == 0);
    device_close(&device);
}

TEST(a_bad_sector_is_passed_over)
{
    open_device();
    for (uint32_t i = 0; i < 600; i++) {
        if (i == 100 || i == 300) {
            device.sim.fail_at = device.sim.calls + 1;
            device.sim.fail_count = 2;
        }
        (void)audit_device_append(&device);
    }
    device.sim.fail_at = 0;
    CHECK_INT(audit_device_append(&device), ASSENT_OK);
    CHECK(audit_device_verify(&device) > 63);
    device_close(&device);
}

TEST(a_failing_device_never_stops_the_log_for_good)
{
    for (uint64_t at = 1; at < 60; at++) {
        uint32_t count;

        open_device();
        audit_device_append_many(&device, 58);
        count = device.log.chain.sequence;
        device.sim.fail_at = device.sim.calls + at;
        for (unsigned i = 0; i < 12; i++) {
            count += audit_device_append(&device) == ASSENT_OK ? 1 : 0;
        }
        device.sim.fail_at = 0;
        CHECK_INT(audit_device_append(&device), ASSENT_OK);
        CHECK_INT(device.log.chain.sequence, count + 1);
        CHECK_INT(audit_device_verify(&device), count + 1);
        CHECK_INT(device_start(&device), ASSENT_OK);
        CHECK_INT(device.log.finding, ASSENT_AUDIT_SOUND);
        CHECK_INT(audit_device_verify(&device), count + 1);
        device_close(&device);
    }
}

/* Let the 0 bits of some bytes read at random, as after a program that the power failed in. */
static void unsettle(struct device *d, uint32_t offset, uint32_t len, bool blank)
{
    uint8_t *bytes = audit_device_sector(d, 0) + offset;
    uint8_t *marginal = d->sim.marginal + (bytes - d->sim.bytes);

    for (uint32_t i = 0; i < len; i++) {
        marginal[i] = blank ? 0x10 : (uint8_t)(~bytes[i] & 0x11);
    }
    d->sim.any_marginal = true;
}

static bool is_firm(struct device *d, uint32_t offset, uint32_t len)
{
    const uint8_t *marginal = d->sim.marginal + (audit_device_sector(d, 0) + offset - d->sim.bytes);

    for (uint32_t i = 0; i < len; i++) {
        if (marginal[i] != 0) {
            return false;
        }
    }
    return true;
}

TEST(what_mount_believed_is_made_firm_before_anything_is_added)
{
    open_device();
    audit_device_append_many(&device, 3);
    CHECK_INT(device_start(&device), ASSENT_OK);
    CHECK_INT(device.log.chain.sequence, 3);
    unsettle(&device, 0, 48, false);      /* the header */
    unsettle(&device, 64 * 3, 64, false); /* the last entry */
    CHECK_INT(audit_device_append(&device), ASSENT_OK);
    CHECK(is_firm(&device, 0, 48));
    CHECK(is_firm(&device, 64 * 3, 64));
    CHECK_INT(audit_device_verify(&device), 4);
    device_close(&device);
}

TEST(a_slot_that_looks_blank_after_a_cut_is_not_used)
{
    open_device();
    audit_device_append_many(&device, 3);
    CHECK_INT(device_start(&device), ASSENT_OK);
    unsettle(&device, 64 * 4, 64, true);
    for (unsigned i = 0; i < 20; i++) {
        CHECK_INT(audit_device_append(&device), ASSENT_OK);
    }
    CHECK(is_firm(&device, 0, 4096));
    for (unsigned i = 0; i < 20; i++) {
        CHECK_INT(audit_device_verify(&device), 23);
    }
    device_close(&device);
}

TEST(a_torn_erase_is_never_taken_for_a_blank_sector)
{
    static struct device torn;

    open_device();
    device_open(&torn, 4096, 32, 0);
    audit_device_append_many(&device, 63 * 3 + 30);
    for (uint32_t seed = 1; seed < 3000; seed++) {
        struct assent_audit_sector sector;
        enum flash_sim_cut mode =
            seed % 2 == 0 ? FLASH_SIM_CUT_PREFIX : (enum flash_sim_cut)(seed % 6);

        device_clone(&torn, &device);
        torn.sim.seed = seed * UINT64_C(0x9E3779B97F4A7C15);
        flash_sim_cut(&torn.sim, 3, mode == FLASH_SIM_CUT_NONE ? FLASH_SIM_CUT_RANDOM : mode);
        (void)assent_audit_log_idle(&torn.log, torn.now);
        CHECK(torn.sim.dead);
        flash_sim_power_on(&torn.sim);
        CHECK_INT(assent_audit_ring_look(&torn.log, 0, &sector), ASSENT_OK);
        CHECK(!sector.ready);
    }
    device_close(&device);
    device_close(&torn);
}

TEST(flash_that_is_programmed_once_is_programmed_once)
{
    device_open(&device, 4096, 32, ASSENT_FLASH_ONCE);
    for (uint32_t i = 0; i < 700; i++) {
        CHECK_INT(audit_device_append(&device), ASSENT_OK);
        if (i % 50 == 0) {
            CHECK_INT(device_start(&device), ASSENT_OK);
            CHECK_INT(device.log.finding, ASSENT_AUDIT_SOUND);
        }
    }
    CHECK_INT(audit_device_verify(&device),
              audit_device_stats(&device).count - audit_device_stats(&device).first);
    CHECK_INT(device.sim.misuse_count, 0);
    device_close(&device);
}

TEST_MAIN(CASE(a_lost_key_stops_appending_but_not_reading),
          CASE(a_damaged_header_loses_nothing_but_itself),
          CASE(a_sector_that_lost_its_whole_header_is_erased_before_it_is_used_again),
          CASE(a_header_that_is_nearly_gone_is_left_as_it_is),
          CASE(a_slot_that_went_blank_hides_nothing_behind_it),
          CASE(one_damaged_entry_does_not_name_the_epoch_of_a_damaged_header),
          CASE(one_damaged_entry_does_not_name_the_sequence_of_a_damaged_header),
          CASE(entries_are_found_whatever_a_damaged_header_is_guessed_to_be),
          CASE(slots_that_should_be_blank_and_are_not_are_passed_over),
          CASE(entries_that_no_cut_can_have_damaged_are_kept_to_be_seen),
          CASE(a_bad_sector_is_passed_over), CASE(a_failing_device_never_stops_the_log_for_good),
          CASE(what_mount_believed_is_made_firm_before_anything_is_added),
          CASE(a_slot_that_looks_blank_after_a_cut_is_not_used),
          CASE(a_torn_erase_is_never_taken_for_a_blank_sector),
          CASE(flash_that_is_programmed_once_is_programmed_once))
