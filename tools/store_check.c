/* SPDX-License-Identifier: MIT */
/* What assent store check looks at, region by region. */
#include "tools/store_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/bytes.h"
#include "port/host/error_text.h"
#include "port/host/layout_plan.h"

static unsigned findings;

__attribute__((format(printf, 1, 2))) static void report(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
    findings++;
}

/* ---- identity ---- */

static bool copy_good(const struct device_image *image, uint32_t copy)
{
    struct assent_layout layout;
    uint8_t wanted[ASSENT_LAYOUT_BYTES];
    const uint8_t *bytes = image->file.sim.bytes + (size_t)copy * image->layout.sector_bytes;

    assent_layout_encode(&image->layout, wanted);
    return assent_layout_decode(bytes, &layout) == ASSENT_OK &&
           memcmp(bytes, wanted, sizeof(wanted)) == 0;
}

static void check_identity(const struct device_image *image)
{
    for (uint32_t copy = 0; copy < 2; copy++) {
        if (!copy_good(image, copy)) {
            report("identity: copy %u of 2 is damaged", copy + 1);
        }
    }
}

/* ---- store ---- */

/* What the store can find, in words. */
static const char *text_of(enum assent_kv_finding finding)
{
    static const char *const text[] = {
        [ASSENT_KV_FIND_LIVE] = "live record",
        [ASSENT_KV_FIND_HEADER] = "sector header damaged",
        [ASSENT_KV_FIND_VERSION] = "sector of an unknown format version",
        [ASSENT_KV_FIND_SEQUENCE] = "sector missing from the log",
        [ASSENT_KV_FIND_RETIRED] = "bad sector, out of use",
        [ASSENT_KV_FIND_NOT_BLANK] = "sector said to be blank is not",
        [ASSENT_KV_FIND_RECORD_HEADER] = "bytes in the log that are no record",
        [ASSENT_KV_FIND_RECORD_BODY] = "record whose checksum fails",
        [ASSENT_KV_FIND_LINK] = "link to something that is no record",
        [ASSENT_KV_FIND_UNREACHABLE] = "valid record that its chain does not lead to",
        [ASSENT_KV_FIND_STALE] = "valid record with a newer copy",
        [ASSENT_KV_FIND_NOT_ZERO] = "dead record that still has bytes of its key or value",
        [ASSENT_KV_FIND_BATCH] = "member of a batch that was never completed",
        [ASSENT_KV_FIND_COUNT] = "live bytes differ from the counter",
        [ASSENT_KV_FIND_UNREADABLE] = "the device failed to read",
    };

    return text[finding];
}

static bool kv_finding(void *ctx, enum assent_kv_finding finding, uint32_t sector, uint32_t offset,
                       uint32_t bytes)
{
    (void)ctx;
    (void)bytes;
    if (finding != ASSENT_KV_FIND_LIVE) {
        report("store: %s, sector %u, offset %u", text_of(finding), sector, offset);
    }
    return findings < 1000;
}

static void check_values(struct device_image *image)
{
    static uint8_t value[ASSENT_KV_VALUE_BYTES];

    for (unsigned space = 1; space < 256; space++) {
        uint8_t key[ASSENT_KV_KEY_BYTES];
        uint64_t cursor = 0;
        int len;

        while ((len = assent_kv_next(&image->kv, (uint8_t)space, &cursor, key)) > 0) {
            int got = assent_kv_get(&image->kv, (uint8_t)space, assent_span(key, (size_t)len),
                                    value, sizeof(value));

            if (got < 0) {
                report("store: a value of namespace %u cannot be read: %s", space,
                       assent_error_text(got));
            }
        }
    }
}

/* ---- consents ---- */

/* Keys of a space that belong to no record. */
static void check_orphans(struct device_image *image, uint8_t space, const char *what)
{
    uint8_t key[ASSENT_KV_KEY_BYTES];
    uint64_t cursor = 0;
    int len;

    while ((len = assent_kv_next(&image->kv, space, &cursor, key)) > 0) {
        struct assent_record record;

        if (len != ASSENT_SUBJECT_BYTES ||
            assent_consents_find(&image->consents, key, &record) == ASSENT_ERR_NOT_FOUND) {
            report("consents: %s without a record", what);
        }
    }
}

static void check_consents(struct device_image *image)
{
    uint8_t key[ASSENT_KV_KEY_BYTES];
    uint64_t cursor = 0;
    int len;

    while ((len = assent_kv_next(&image->kv, ASSENT_SPACE_CONSENT, &cursor, key)) > 0) {
        struct assent_record record;
        int error = len == ASSENT_SUBJECT_BYTES
                        ? assent_consents_find(&image->consents, key, &record)
                        : ASSENT_ERR_CORRUPT;

        if (error != ASSENT_OK) {
            report("consents: a record cannot be read: %s", assent_error_text(error));
        }
    }
    check_orphans(image, ASSENT_SPACE_PROVISIONAL, "a provisional mark");
    check_orphans(image, ASSENT_SPACE_RIGHTS, "a count of rights requests");
}

/* ---- policies ---- */

static void check_policies(struct device_image *image)
{
    for (unsigned site = 0; site < 256; site++) {
        struct assent_policies_image found;
        uint64_t cursor = 0;
        int error;

        while ((error = assent_policies_next(&image->policies, (uint8_t)site, &cursor, &found)) ==
               ASSENT_OK) {
            if (assent_policies_check(&image->policies, &found) != ASSENT_OK) {
                report("policies: site %u, revision %u: the image is damaged", site,
                       found.revision);
            }
        }
        if (error != ASSENT_ERR_NOT_FOUND) {
            report("policies: %s", assent_error_text(error));
            return;
        }
        error = assent_policies_active(&image->policies, (uint8_t)site, &found);
        if (error != ASSENT_OK && error != ASSENT_ERR_NOT_FOUND) {
            report("policies: site %u: %s", site, assent_error_text(error));
        }
    }
}

/* ---- audit log ---- */

const char *store_check_finding_text(enum assent_audit_finding finding)
{
    static const char *const texts[] = {
        "nothing is missing",
        "the store is older than the log: one of them was put back",
        "entries at the end are missing: cut off or put back",
        "everything is older than the counter says: it was put back",
        "the key is gone or its seal is wrong: nothing can be added",
    };

    return (unsigned)finding < sizeof(texts) / sizeof(texts[0]) ? texts[finding] : "unknown";
}

enum assent_audit_fault store_check_audit(struct device_image *image, const uint8_t *master,
                                          const struct assent_audit_head *head, uint32_t *count,
                                          uint32_t *place)
{
    struct assent_audit_chain chain = {.epoch = 0};
    struct assent_audit_chain start = {.epoch = 0};
    struct assent_audit_verifier verifier;
    uint8_t seal[ASSENT_SHA256_BYTES];
    uint8_t entry[ASSENT_AUDIT_ENTRY_BYTES];
    enum assent_audit_fault fault = ASSENT_AUDIT_FAULT_NONE;
    uint32_t sequence = 0;
    size_t bad;

    *count = 0;
    *place = 0;
    if (assent_audit_log_derive(&image->crypto, master, chain.key, seal) != ASSENT_OK) {
        return ASSENT_AUDIT_FAULT_CRYPTO;
    }
    if (assent_audit_log_start(&image->log, &start) == ASSENT_OK) {
        while (chain.epoch < start.epoch &&
               assent_audit_advance(&chain, &image->crypto) == ASSENT_OK) {
        }
        chain.sequence = start.sequence;
        memcpy(chain.mac, start.mac, sizeof(chain.mac));
    }
    assent_audit_verify_start(&verifier, &chain, head);
    while (fault == ASSENT_AUDIT_FAULT_NONE &&
           assent_audit_log_next(&image->log, &sequence, entry) == ASSENT_OK) {
        fault =
            assent_audit_verify(&verifier, &image->crypto, assent_span(entry, sizeof(entry)), &bad);
        *count += fault == ASSENT_AUDIT_FAULT_NONE ? 1 : 0;
        *place = sequence - 1;
    }
    if (fault == ASSENT_AUDIT_FAULT_NONE && head != NULL) {
        fault = assent_audit_verify_end(&verifier);
        *place = verifier.chain.sequence;
    }
    return fault;
}

static void check_log(struct device_image *image, const uint8_t *master)
{
    uint8_t bytes[ASSENT_AUDIT_ENTRY_BYTES];
    struct assent_audit_chain start = {.epoch = 0};
    enum assent_audit_fault fault;
    uint32_t sequence = 0;
    uint32_t expected;
    uint32_t count;
    uint32_t place;

    if (image->log_error != ASSENT_OK) {
        report("audit log: %s", assent_error_text(image->log_error));
        return;
    }
    if (image->log.finding != ASSENT_AUDIT_SOUND) {
        report("audit log: %s",
               store_check_finding_text((enum assent_audit_finding)image->log.finding));
    }
    if (master != NULL) {
        fault = store_check_audit(image, master, NULL, &count, &place);
        if (fault != ASSENT_AUDIT_FAULT_NONE) {
            report("audit log: entry %u: %s", place, assent_audit_fault_name(fault));
        }
        return;
    }
    expected = assent_audit_log_start(&image->log, &start) == ASSENT_OK ? start.sequence : 0;
    while (assent_audit_log_next(&image->log, &sequence, bytes) == ASSENT_OK) {
        if (sequence - 1 != expected) {
            report("audit log: entries %u to %u are missing", expected, sequence - 2);
        }
        expected = sequence;
    }
}

unsigned store_check_run(struct device_image *image, const uint8_t *master)
{
    static const struct assent_kv_check check = {NULL, kv_finding};

    findings = 0;
    check_identity(image);
    if (image->kv_error != ASSENT_OK) {
        report("store: cannot be mounted: %s", assent_error_text(image->kv_error));
        return findings;
    }
    (void)assent_kv_check(&image->kv, &check);
    check_values(image);
    check_consents(image);
    check_policies(image);
    check_log(image, master);
    return findings;
}

/* ---- repair ---- */

static void remove_orphans(struct device_image *image, uint8_t space, const char *what)
{
    uint8_t key[ASSENT_KV_KEY_BYTES];
    uint64_t cursor = 0;
    int len;

    while ((len = assent_kv_next(&image->kv, space, &cursor, key)) > 0) {
        struct assent_record record;
        struct assent_span name = assent_span(key, (size_t)len);

        if ((len != ASSENT_SUBJECT_BYTES ||
             assent_consents_find(&image->consents, key, &record) == ASSENT_ERR_NOT_FOUND) &&
            assent_kv_delete(&image->kv, space, name) == ASSENT_OK) {
            report("removed %s without a record", what);
        }
    }
}

unsigned store_check_repair(struct device_image *image)
{
    struct assent_time never = {0, ASSENT_CLOCK_NONE};

    findings = 0;
    if (!copy_good(image, 0) || !copy_good(image, 1)) {
        if (assent_layout_write(&image->file.sim.flash, &image->layout) == ASSENT_OK) {
            report("wrote both copies of the identity again");
        }
    }
    if (image->kv_error != ASSENT_OK) {
        return findings;
    }
    remove_orphans(image, ASSENT_SPACE_PROVISIONAL, "a provisional mark");
    remove_orphans(image, ASSENT_SPACE_RIGHTS, "a count of rights requests");
    if (image->log_error == ASSENT_OK && (image->log.pending || image->log.due)) {
        for (int i = 0; i < 4 && assent_audit_log_idle(&image->log, never) == 1; i++) {
        }
        if (!image->log.pending && !image->log.due) {
            report("appended the audit entry that was on its way");
        }
    }
    return findings;
}
