/* SPDX-License-Identifier: MIT */
/* The audit log on a simulated flash: appending, paging, turning, mounting, and everything that is to
 * show when somebody took something away. Damage: tests/unit/test_audit_log_damage.c; power cuts:
 * tests/power/test_power_audit.c. */
#include "tests/unit/test.h"

#include "core/bytes.h"
#include "storage/audit_log.h"
#include "tests/unit/audit_device.h"

enum { SLOTS = 63, SECTORS = 4 };

static struct device device;
static struct device other;

static void open_device(void)
{
    device_open(&device, 4096, 32, 0);
}

TEST(new_log_is_empty_and_sound)
{
    uint32_t sequence = 0;
    uint8_t entry[ASSENT_AUDIT_ENTRY_BYTES];
    struct assent_audit_chain chain;
    struct assent_audit_stats stats;

    open_device();
    stats = audit_device_stats(&device);
    CHECK_INT(stats.count, 0);
    CHECK_INT(stats.finding, ASSENT_AUDIT_SOUND);
    CHECK_INT(stats.anchor, ASSENT_AUDIT_ANCHOR_NONE);
    CHECK_INT(stats.capacity, SLOTS * (SECTORS - 1));
    CHECK_INT(assent_audit_log_next(&device.log, &sequence, entry), ASSENT_ERR_NOT_FOUND);
    CHECK_INT(assent_audit_log_start(&device.log, &chain), ASSENT_ERR_NOT_FOUND);
    device_close(&device);
}

TEST(flash_without_a_log_is_not_taken_for_one)
{
    open_device();
    CHECK_INT(assent_kv_delete(&device.kv, ASSENT_SPACE_AUDIT, ASSENT_SPAN("k")), ASSENT_OK);
    CHECK_INT(assent_kv_delete(&device.kv, ASSENT_SPACE_AUDIT, ASSENT_SPAN("s")), ASSENT_OK);
    CHECK_INT(assent_audit_log_mount(&device.log), ASSENT_ERR_NOT_FOUND);
    CHECK_INT(audit_device_append(&device), ASSENT_ERR_STATE);
    device_close(&device);
}

TEST(entries_come_back_in_order_after_any_number_of_restarts)
{
    uint32_t sequence = 0;
    uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES];

    open_device();
    for (uint32_t i = 0; i < 100; i++) {
        CHECK_INT(audit_device_append(&device), ASSENT_OK);
        if (i % 7 == 0) {
            CHECK_INT(device_start(&device), ASSENT_OK);
            CHECK_INT(device.log.chain.sequence, i + 1);
            CHECK_INT(device.log.finding, ASSENT_AUDIT_SOUND);
        }
    }
    for (uint32_t i = 0; i < 100; i++) {
        struct assent_audit_entry entry;

        CHECK_INT(assent_audit_log_next(&device.log, &sequence, bytes), ASSENT_OK);
        CHECK_INT(assent_audit_decode(bytes, &entry), ASSENT_OK);
        CHECK_INT(entry.sequence, i);
        CHECK_INT(sequence, i + 1);
        CHECK_INT(assent_bytes_load32(entry.detail), i);
    }
    CHECK_INT(assent_audit_log_next(&device.log, &sequence, bytes), ASSENT_ERR_NOT_FOUND);
    CHECK_INT(audit_device_append(&device), ASSENT_OK);
    CHECK_INT(assent_audit_log_next(&device.log, &sequence, bytes), ASSENT_OK);
    CHECK_INT(sequence, 101);
    CHECK_INT(audit_device_verify(&device), 101);
    device_close(&device);
}

TEST(paging_starts_at_any_sequence)
{
    uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES];

    open_device();
    audit_device_append_many(&device, 400);
    for (uint32_t i = 0; i < 400; i += 13) {
        uint32_t sequence = i;
        uint32_t first = audit_device_stats(&device).first;

        CHECK_INT(assent_audit_log_next(&device.log, &sequence, bytes), ASSENT_OK);
        CHECK_INT(sequence, (i < first ? first : i) + 1);
    }
    device_close(&device);
}

TEST(the_ring_turns_and_what_is_kept_verifies)
{
    struct assent_audit_stats stats;

    open_device();
    for (uint32_t i = 0; i < 3000; i++) {
        CHECK_INT(audit_device_append(&device), ASSENT_OK);
        if (i % 500 == 0) {
            CHECK_INT(device_start(&device), ASSENT_OK);
        }
    }
    stats = audit_device_stats(&device);
    CHECK(stats.count > 3000); /* checkpoints */
    CHECK(stats.count - stats.first >= SLOTS * (SECTORS - 2));
    CHECK_INT(audit_device_verify(&device), stats.count - stats.first);
    CHECK(stats.highest_wear >= 12 && stats.highest_wear <= 15);
    device_close(&device);
}

TEST(dropping_a_sector_is_told_by_a_checkpoint_first)
{
    uint32_t sequence = 0;
    uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES];
    struct assent_audit_entry entry = {0};
    struct assent_audit_chain start;

    open_device();
    audit_device_append_many(&device, 63 * 3 + 33);
    CHECK_INT(assent_audit_log_start(&device.log, &start), ASSENT_OK);
    while (assent_audit_log_next(&device.log, &sequence, bytes) == ASSENT_OK) {
        CHECK_INT(assent_audit_decode(bytes, &entry), ASSENT_OK);
        if (entry.type == ASSENT_AUDIT_CHECKPOINT) {
            break;
        }
    }
    CHECK_INT(entry.type, ASSENT_AUDIT_CHECKPOINT);
    CHECK_INT(start.sequence, 63);
    CHECK_INT(assent_bytes_load32(entry.detail), start.sequence);
    CHECK(memcmp(entry.detail + 4, start.mac, 8) == 0);
    device_close(&device);
}

TEST(entries_within_retention_are_never_dropped)
{
    struct assent_audit_entry given;
    uint32_t count = 0;
    int error = ASSENT_OK;

    open_device();
    device.log.retention_days = 30;
    while ((error = audit_device_append(&device)) == ASSENT_OK) {
        count++;
        device.now.unix_s += 60;
    }
    CHECK_INT(error, ASSENT_ERR_FULL);
    CHECK_INT(count, SLOTS * SECTORS);
    CHECK_INT(audit_device_stats(&device).first, 0);
    CHECK(audit_device_stats(&device).full_count > 0);
    CHECK_INT(device_start(&device), ASSENT_OK);
    CHECK_INT(audit_device_append(&device), ASSENT_ERR_FULL);
    CHECK_INT(audit_device_verify(&device), count);
    /* A clock that nobody believes makes nothing older. */
    device.now.unix_s += 40 * 86400;
    device.now.trust = ASSENT_CLOCK_NONE;
    CHECK_INT(audit_device_append(&device), ASSENT_ERR_FULL);
    device.now.trust = ASSENT_CLOCK_FLOOR;
    given = device_entry(&device, ASSENT_AUDIT_GIVEN);
    CHECK_INT(assent_audit_log_append(&device.log, &given), ASSENT_OK);
    CHECK_INT(audit_device_stats(&device).first, SLOTS);
    /* There was no slot for the checkpoint: it follows in the new sector. */
    CHECK_INT(audit_device_append(&device), ASSENT_OK);
    CHECK_INT(audit_device_stats(&device).count, count + 3);
    CHECK_INT(audit_device_verify(&device), count + 3 - SLOTS);
    device_close(&device);
}

TEST(half_a_sector_is_kept_from_grants)
{
    struct assent_audit_entry given;
    uint32_t count = 0;

    open_device();
    device.log.retention_days = 30;
    do {
        given = device_entry(&device, ASSENT_AUDIT_GIVEN);
        count++;
    } while (assent_audit_log_append(&device.log, &given) == ASSENT_OK);
    CHECK_INT(count - 1, SLOTS * 3 + 31);
    CHECK_INT(assent_audit_log_room(&device.log, device.now), ASSENT_ERR_FULL);
    CHECK_INT(audit_device_append(&device), ASSENT_OK);
    device_close(&device);
}

TEST(idle_steps_leave_no_erase_to_appends)
{
    uint64_t worst = 0;

    open_device();
    for (uint32_t i = 0; i < 2000; i++) {
        uint64_t before;

        while (assent_audit_log_idle(&device.log, device.now) == 1) {
        }
        before = device.sim.count.erases;
        CHECK_INT(audit_device_append(&device), ASSENT_OK);
        worst = device.sim.count.erases - before > worst ? device.sim.count.erases - before : worst;
        while (assent_kv_idle(&device.kv) == 1) {
        }
    }
    CHECK_INT(worst, 0);
    CHECK_INT(audit_device_verify(&device),
              audit_device_stats(&device).count - audit_device_stats(&device).first);
    device_close(&device);
}

TEST(an_append_erases_at_most_one_sector)
{
    uint64_t worst = 0;

    open_device();
    for (uint32_t i = 0; i < 3000; i++) {
        uint64_t before = device.sim.count.erases;

        CHECK_INT(audit_device_append(&device), ASSENT_OK);
        worst = device.sim.count.erases - before > worst ? device.sim.count.erases - before : worst;
    }
    CHECK_INT(worst, 1);
    device_close(&device);
}

TEST(keys_of_past_epochs_are_nowhere_in_the_flash)
{
    uint8_t past[4][ASSENT_SHA256_BYTES];

    open_device();
    for (unsigned i = 0; i < 4; i++) {
        memcpy(past[i], device.log.chain.key, ASSENT_SHA256_BYTES);
        CHECK(flash_sim_contains(&device.sim, past[i], ASSENT_SHA256_BYTES));
        while (memcmp(past[i], device.log.chain.key, ASSENT_SHA256_BYTES) == 0) {
            CHECK_INT(audit_device_append(&device), ASSENT_OK);
        }
        for (unsigned k = 0; k <= i; k++) {
            CHECK(!flash_sim_contains(&device.sim, past[k], ASSENT_SHA256_BYTES));
        }
    }
    device_close(&device);
}

TEST(a_cut_tail_shows)
{
    /* Entries made without a change in the store: only those before the last sector are anchored. */
    open_device();
    audit_device_append_many(&device, 80);
    memset(audit_device_sector(&device, 1), 0xFF, 4096); /* the newest sector vanishes */
    memset(audit_device_sector(&device, 0) + 64 * 60, 0xFF, 64 * 4);
    CHECK_INT(device_start(&device), ASSENT_OK);
    CHECK_INT(device.log.finding, ASSENT_AUDIT_CUT);
    CHECK_INT(audit_device_append(&device), ASSENT_OK);
    {
        enum assent_audit_fault fault;

        CHECK_INT(device_verify(&device, &fault), 59);
        CHECK_INT(fault, ASSENT_AUDIT_FAULT_GAP);
    }
    CHECK_INT(device_start(&device), ASSENT_OK);
    CHECK_INT(audit_device_append(&device), ASSENT_OK);
    device_close(&device);
}

static int change(struct device *d, const char *value)
{
    struct assent_audit_entry entry = device_entry(d, ASSENT_AUDIT_KEY_ROTATED);
    struct assent_store_item items[2] = {
        {ASSENT_SPACE_BOARD, ASSENT_SPAN("x"), assent_span(value, strlen(value)), false}};

    return assent_audit_log_apply(&d->log, items, 1, &entry);
}

TEST(one_entry_cut_off_shows_if_the_store_knows_of_it)
{
    open_device();
    audit_device_append_many(&device, 5);
    CHECK_INT(change(&device, "1"), ASSENT_OK);
    CHECK_INT(change(&device, "2"), ASSENT_OK);
    memset(audit_device_sector(&device, 0) + 64 * 6, 0, 64 * 2); /* both */
    CHECK_INT(device_start(&device), ASSENT_OK);
    CHECK_INT(device.log.finding, ASSENT_AUDIT_CUT);
    CHECK_INT(device.log.chain.sequence, 7);
    device_close(&device);
}

TEST(a_change_and_its_entry_erase_at_most_one_sector_together)
{
    uint64_t worst = 0;

    open_device();
    for (uint32_t i = 0; i < 3000; i++) {
        uint64_t before = device.sim.count.erases;

        CHECK_INT(change(&device, "value"), ASSENT_OK);
        worst = device.sim.count.erases - before > worst ? device.sim.count.erases - before : worst;
    }
    CHECK_INT(worst, 1);
    CHECK_INT(audit_device_verify(&device),
              audit_device_stats(&device).count - audit_device_stats(&device).first);
    device_close(&device);
}

TEST(the_last_entry_is_made_again_from_the_store)
{
    open_device();
    CHECK_INT(change(&device, "1"), ASSENT_OK);
    CHECK_INT(change(&device, "2"), ASSENT_OK);
    memset(audit_device_sector(&device, 0) + 64 * 2, 0, 64);
    CHECK_INT(device_start(&device), ASSENT_OK);
    CHECK_INT(device.log.finding, ASSENT_AUDIT_SOUND);
    CHECK(device.log.pending);
    CHECK_INT(audit_device_append(&device), ASSENT_OK);
    CHECK_INT(audit_device_stats(&device).count, 3);
    CHECK_INT(audit_device_verify(&device), 3);
    device_close(&device);
}

TEST(an_older_log_beside_a_newer_store_shows)
{
    uint32_t first;

    open_device();
    device_open(&other, 4096, 32, 0);
    audit_device_append_many(&device, 70);
    device_copy(&other, &device);
    for (unsigned i = 0; i < 70; i++) {
        CHECK_INT(change(&device, "again"), ASSENT_OK);
    }
    first = device.layout.region[ASSENT_REGION_AUDIT].first;
    memcpy(device.sim.bytes + (size_t)first * 4096, other.sim.bytes + (size_t)first * 4096,
           SECTORS * 4096);
    CHECK_INT(device_start(&device), ASSENT_OK);
    CHECK_INT(device.log.finding, ASSENT_AUDIT_CUT);
    CHECK_INT(audit_device_append(&device), ASSENT_OK);
    device_close(&device);
    device_close(&other);
}

TEST(an_older_store_beside_a_newer_log_shows)
{
    uint32_t first;
    enum assent_audit_fault fault;

    open_device();
    device_open(&other, 4096, 32, 0);
    audit_device_append_many(&device, 70);
    device_copy(&other, &device);
    audit_device_append_many(&device, 70);
    first = device.layout.region[ASSENT_REGION_KV].first;
    memcpy(device.sim.bytes + (size_t)first * 4096, other.sim.bytes + (size_t)first * 4096,
           8 * 4096);
    CHECK_INT(device_start(&device), ASSENT_OK);
    CHECK_INT(device.log.finding, ASSENT_AUDIT_ROLLED_BACK);
    CHECK_INT(audit_device_append(&device), ASSENT_OK);
    CHECK_INT(device_verify(&device, &fault), 141);
    CHECK_INT(fault, ASSENT_AUDIT_FAULT_NONE);
    device_close(&device);
    device_close(&other);
}

static uint32_t counter_value;

static int counter_read(void *ctx, uint32_t *value)
{
    (void)ctx;
    *value = counter_value;
    return ASSENT_OK;
}

static int counter_raise(void *ctx, uint32_t value)
{
    (void)ctx;
    counter_value = value > counter_value ? value : counter_value;
    return ASSENT_OK;
}

TEST(everything_put_back_shows_only_with_a_counter)
{
    static const struct assent_audit_counter counter = {NULL, counter_read, counter_raise};

    open_device();
    device_open(&other, 4096, 32, 0);
    counter_value = 0;
    device.log.counter = &counter;
    CHECK_INT(assent_audit_log_mount(&device.log), ASSENT_OK);
    CHECK_INT(audit_device_stats(&device).anchor, ASSENT_AUDIT_ANCHOR_COUNTER);
    audit_device_append_many(&device, 10);
    device_copy(&other, &device);
    audit_device_append_many(&device, 100);
    CHECK_INT(counter_value, 1);
    CHECK_INT(device_start(&other), ASSENT_OK);
    CHECK_INT(other.log.finding, ASSENT_AUDIT_SOUND); /* nobody can tell */
    other.log.counter = &counter;
    CHECK_INT(assent_audit_log_mount(&other.log), ASSENT_OK);
    CHECK_INT(other.log.finding, ASSENT_AUDIT_OLD);
    device_close(&device);
    device_close(&other);
}

TEST(a_head_given_away_is_a_witness)
{
    uint8_t head[ASSENT_AUDIT_HEAD_BYTES];
    struct assent_audit_head opened;
    uint8_t chain[ASSENT_SHA256_BYTES];
    uint8_t seal[ASSENT_SHA256_BYTES];

    open_device();
    audit_device_append_many(&device, 10);
    CHECK_INT(assent_audit_log_head(&device.log, device.now, head), ASSENT_OK);
    CHECK_INT(audit_device_stats(&device).anchor, ASSENT_AUDIT_ANCHOR_WITNESS);
    CHECK_INT(assent_audit_log_derive(&device.crypto, device_master, chain, seal), ASSENT_OK);
    CHECK_INT(assent_audit_open_head(head, &device.crypto, seal, &opened), ASSENT_OK);
    CHECK_INT(opened.count, 10);
    device_close(&device);
}

TEST(a_changed_entry_shows_and_later_ones_cannot_be_forged_with_the_present_key)
{
    enum assent_audit_fault fault;

    open_device();
    audit_device_append_many(&device, 100);
    audit_device_sector(&device, 0)[64 * 11 + 6] ^= 1; /* the time of entry 10 */
    CHECK_INT(device_verify(&device, &fault), 10);
    CHECK_INT(fault, ASSENT_AUDIT_FAULT_MAC);
    device_close(&device);
}

TEST(mount_takes_little_whatever_the_size)
{
    for (uint32_t sectors = 64; sectors <= 1024; sectors *= 4) {
        device_open(&device, 4096, sectors, 0);
        audit_device_append_many(&device, 2000);
        memset(&device.sim.count, 0, sizeof(device.sim.count));
        CHECK_INT(assent_audit_log_mount(&device.log), ASSENT_OK);
        CHECK(flash_sim_time_us(&device.sim) < 100);
        device_close(&device);
    }
}

TEST_MAIN(CASE(new_log_is_empty_and_sound), CASE(flash_without_a_log_is_not_taken_for_one),
          CASE(entries_come_back_in_order_after_any_number_of_restarts),
          CASE(paging_starts_at_any_sequence), CASE(the_ring_turns_and_what_is_kept_verifies),
          CASE(dropping_a_sector_is_told_by_a_checkpoint_first),
          CASE(entries_within_retention_are_never_dropped), CASE(half_a_sector_is_kept_from_grants),
          CASE(idle_steps_leave_no_erase_to_appends), CASE(an_append_erases_at_most_one_sector),
          CASE(keys_of_past_epochs_are_nowhere_in_the_flash), CASE(a_cut_tail_shows),
          CASE(one_entry_cut_off_shows_if_the_store_knows_of_it),
          CASE(a_change_and_its_entry_erase_at_most_one_sector_together),
          CASE(the_last_entry_is_made_again_from_the_store),
          CASE(an_older_log_beside_a_newer_store_shows),
          CASE(an_older_store_beside_a_newer_log_shows),
          CASE(everything_put_back_shows_only_with_a_counter), CASE(a_head_given_away_is_a_witness),
          CASE(a_changed_entry_shows_and_later_ones_cannot_be_forged_with_the_present_key),
          CASE(mount_takes_little_whatever_the_size))
