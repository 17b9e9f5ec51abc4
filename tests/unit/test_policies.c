/* SPDX-License-Identifier: MIT */
/* Policy images in flash: writing, taking over, the archive, and the power failing in between. */
#include "tests/unit/test.h"

#include "tests/unit/device.h"

enum { LONG_BYTES = 9000 };

static struct device device;
static struct device torn;
static uint8_t content[20000];

static void open_device(void)
{
    device_open(&device, 4096, 64, 0);
    for (size_t i = 0; i < sizeof(content); i++) {
        content[i] = (uint8_t)(i * 7 + i / 251);
    }
}

/* Write an image whose bytes say its revision, in pieces of odd sizes. */
static int write_image(struct device *d, uint32_t revision, size_t len)
{
    struct assent_span bytes = assent_span(content, len);
    int error = assent_policies_begin(&d->policies);

    content[0] = (uint8_t)revision;
    while (error == ASSENT_OK && bytes.len > 0) {
        struct assent_span piece = assent_span_slice(bytes, 0, 1 + (bytes.len * 31) % 200);

        error = assent_policies_write(&d->policies, piece);
        bytes = assent_span_slice(bytes, piece.len, bytes.len);
    }
    return error;
}

static int publish(struct device *d, uint8_t site, uint32_t revision, size_t len)
{
    struct assent_policies_image image = {
        .site = site, .revision = revision, .effective_s = 1800000000, .digest = {9}};
    int error = write_image(d, revision, len);

    return error != ASSENT_OK ? error : assent_policies_activate(&d->policies, &image, d->now);
}

static uint32_t active(struct device *d, uint8_t site)
{
    struct assent_policies_image image;
    uint8_t first = 0;
    int error = assent_policies_active(&d->policies, site, &image);

    if (error == ASSENT_ERR_NOT_FOUND) {
        return 0;
    }
    CHECK_INT(error, ASSENT_OK);
    CHECK_INT(assent_policies_check(&d->policies, &image), ASSENT_OK);
    CHECK_INT(assent_policies_read(&d->policies, &image, 0, &first, 1), 1);
    CHECK_INT(first, (uint8_t)image.revision);
    return image.revision;
}

static unsigned images(struct device *d, uint8_t site)
{
    struct assent_policies_image image;
    uint64_t cursor = 0;
    unsigned n = 0;

    while (assent_policies_next(&d->policies, site, &cursor, &image) == ASSENT_OK) {
        CHECK_INT(assent_policies_check(&d->policies, &image), ASSENT_OK);
        n++;
    }
    return n;
}

TEST(an_image_reads_back_byte_for_byte_after_a_restart)
{
    static const size_t lengths[] = {1, 63, 64, 65, 128, 4096, LONG_BYTES, 16384};
    struct assent_policies_image image;
    uint8_t back[300];

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        open_device();
        CHECK_INT(publish(&device, 1, 3, lengths[i]), ASSENT_OK);
        CHECK_INT(device_start(&device), ASSENT_OK);
        CHECK_INT(assent_policies_active(&device.policies, 1, &image), ASSENT_OK);
        CHECK_INT(image.revision, 3);
        CHECK_INT(image.length, lengths[i]);
        CHECK_INT(image.effective_s, 1800000000);
        CHECK_INT(image.superseded_s, 0);
        CHECK_INT(image.digest[0], 9);
        for (uint32_t at = 0; at < image.length; at += sizeof(back)) {
            int got =
                assent_policies_read(&device.policies, &image, at, back, (uint32_t)sizeof(back));

            CHECK(got > 0 && memcmp(back, content + at, (size_t)got) == 0);
        }
        CHECK_INT(assent_policies_read(&device.policies, &image, image.length, back, 1), 0);
        CHECK_INT(assent_policies_read(&device.policies, &image, image.length + 1, back, 1),
                  ASSENT_ERR_RANGE);
        device_close(&device);
    }
}

TEST(a_new_image_makes_an_archived_one_of_the_old)
{
    struct assent_policies_image image;

    open_device();
    CHECK_INT(publish(&device, 1, 1, 500), ASSENT_OK);
    CHECK_INT(publish(&device, 2, 7, 600), ASSENT_OK);
    device.now.unix_s += 1000;
    CHECK_INT(publish(&device, 1, 2, 700), ASSENT_OK);
    CHECK_INT(active(&device, 1), 2);
    CHECK_INT(active(&device, 2), 7);
    CHECK_INT(images(&device, 1), 2);
    CHECK_INT(images(&device, 2), 1);
    CHECK_INT(assent_policies_find(&device.policies, 1, 1, &image), ASSENT_OK);
    CHECK_INT(image.superseded_s, device.now.unix_s);
    CHECK_INT(image.length, 500);
    CHECK_INT(device.log.chain.sequence, 3);
    device_close(&device);
}

TEST(revisions_only_rise)
{
    open_device();
    CHECK_INT(publish(&device, 1, 5, 500), ASSENT_OK);
    CHECK_INT(publish(&device, 1, 5, 500), ASSENT_ERR_RANGE);
    CHECK_INT(publish(&device, 1, 4, 500), ASSENT_ERR_RANGE);
    CHECK_INT(active(&device, 1), 5);
    device_close(&device);
}

TEST(an_older_revision_can_be_added_to_the_archive)
{
    struct assent_policies_image image = {.site = 1, .revision = 4};

    open_device();
    CHECK_INT(publish(&device, 1, 5, 500), ASSENT_OK);
    CHECK_INT(write_image(&device, 4, 400), ASSENT_OK);
    CHECK_INT(assent_policies_archive(&device.policies, &image), ASSENT_OK);
    CHECK_INT(active(&device, 1), 5);
    CHECK_INT(images(&device, 1), 2);
    CHECK_INT(device.log.chain.sequence, 1);
    device_close(&device);
}

TEST(a_full_archive_drops_nothing)
{
    uint32_t revision = 1;
    uint32_t slots;
    int error;

    open_device();
    slots = device.layout.region[ASSENT_REGION_POLICIES].count / device.layout.slot_sectors;
    while ((error = publish(&device, 1, revision, 100)) == ASSENT_OK) {
        revision++;
    }
    CHECK_INT(error, ASSENT_ERR_FULL);
    CHECK_INT(revision - 1, slots);
    CHECK_INT(images(&device, 1), slots);
    CHECK_INT(assent_policies_remove(&device.policies, 1, revision - 1), ASSENT_ERR_STATE);
    CHECK_INT(assent_policies_remove(&device.policies, 1, 1), ASSENT_OK);
    CHECK_INT(assent_policies_remove(&device.policies, 1, 1), ASSENT_ERR_NOT_FOUND);
    CHECK_INT(publish(&device, 1, revision, 100), ASSENT_OK);
    device_close(&device);
}

TEST(too_long_an_image_and_calls_out_of_order_are_refused)
{
    struct assent_policies_image image = {.site = 1, .revision = 1};

    open_device();
    CHECK_INT(assent_policies_write(&device.policies, ASSENT_SPAN("x")), ASSENT_ERR_STATE);
    CHECK_INT(assent_policies_written(&device.policies, &image), ASSENT_ERR_STATE);
    CHECK_INT(assent_policies_activate(&device.policies, &image, device.now), ASSENT_ERR_STATE);
    CHECK_INT(assent_policies_begin(&device.policies), ASSENT_OK);
    CHECK_INT(assent_policies_written(&device.policies, &image), ASSENT_ERR_STATE);
    CHECK_INT(assent_policies_write(&device.policies, assent_span(content, 16384)), ASSENT_OK);
    CHECK_INT(assent_policies_write(&device.policies, ASSENT_SPAN("x")), ASSENT_ERR_SPACE);
    CHECK_INT(assent_policies_written(&device.policies, &image), ASSENT_OK);
    CHECK_INT(assent_policies_write(&device.policies, ASSENT_SPAN("")), ASSENT_ERR_STATE);
    device_close(&device);
}

TEST(what_reads_differently_is_not_activated)
{
    struct assent_policies_image image = {.site = 1, .revision = 1};

    open_device();
    CHECK_INT(write_image(&device, 1, 1000), ASSENT_OK);
    CHECK_INT(assent_policies_written(&device.policies, &image), ASSENT_OK);
    device.sim
        .bytes[device.layout.region[ASSENT_REGION_POLICIES].first * 4096 + image.offset + 500] ^= 1;
    CHECK_INT(assent_policies_activate(&device.policies, &image, device.now), ASSENT_ERR_CORRUPT);
    CHECK_INT(active(&device, 1), 0);
    device_close(&device);
}

/* Where the flash reorders, the record must not be durable before the image is. */
TEST(an_image_is_durable_before_it_takes_over)
{
    struct assent_policies_image image;

    open_device();
    flash_sim_reorder(&device.sim);
    CHECK_INT(device_start(&device), ASSENT_OK);
    CHECK_INT(write_image(&device, 1, 500), ASSENT_OK);
    CHECK(device.sim.undo_count > 0);
    CHECK_INT(assent_policies_written(&device.policies, &image), ASSENT_OK);
    CHECK_INT(device.sim.undo_count, 0);
    device_close(&device);
}

TEST(what_is_in_force_is_not_removed_because_it_cannot_be_read)
{
    open_device();
    CHECK_INT(publish(&device, 1, 1, 500), ASSENT_OK);
    CHECK_INT(publish(&device, 1, 2, 500), ASSENT_OK);
    for (unsigned reads = 1; reads < 40; reads++) {
        device.sim.fail_reads = true;
        device.sim.fail_at = device.sim.calls + reads;
        device.sim.fail_count = 2;
        CHECK(assent_policies_remove(&device.policies, 1, 2) != ASSENT_OK);
        device.sim.fail_at = 0;
        CHECK_INT(active(&device, 1), 2);
    }
    device_close(&device);
}

TEST(a_power_cut_leaves_the_old_image_or_the_new_one_in_force)
{
    unsigned cuts = 0;

    open_device();
    device_open(&torn, 4096, 64, 0);
    CHECK_INT(publish(&device, 1, 1, 900), ASSENT_OK);
    for (unsigned mode = FLASH_SIM_CUT_BEFORE; mode < FLASH_SIM_CUT_COUNT; mode++) {
        bool cut = true;

        for (uint64_t at = 1; cut; at++) {
            int error;
            uint32_t now;

            device_clone(&torn, &device);
            flash_sim_cut(&torn.sim, at, (enum flash_sim_cut)mode);
            error = publish(&torn, 1, 2, 900);
            cut = torn.sim.dead;
            cuts += cut;
            CHECK_INT(device_start(&torn), ASSENT_OK);
            now = active(&torn, 1);
            CHECK(now == 2 || (now == 1 && error != ASSENT_OK));
            CHECK_INT(images(&torn, 1), now);
            while (assent_audit_log_idle(&torn.log, torn.now) > 0) {
            }
            CHECK_INT(torn.log.chain.sequence, now);
            /* And it goes on. */
            CHECK_INT(publish(&torn, 1, 3, 900), ASSENT_OK);
            CHECK_INT(active(&torn, 1), 3);
        }
    }
    printf("%u cuts\n", cuts);
    device_close(&device);
    device_close(&torn);
}

TEST_MAIN(CASE(an_image_reads_back_byte_for_byte_after_a_restart),
          CASE(a_new_image_makes_an_archived_one_of_the_old), CASE(revisions_only_rise),
          CASE(an_older_revision_can_be_added_to_the_archive), CASE(a_full_archive_drops_nothing),
          CASE(too_long_an_image_and_calls_out_of_order_are_refused),
          CASE(what_reads_differently_is_not_activated),
          CASE(an_image_is_durable_before_it_takes_over),
          CASE(what_is_in_force_is_not_removed_because_it_cannot_be_read),
          CASE(a_power_cut_leaves_the_old_image_or_the_new_one_in_force))
