/* SPDX-License-Identifier: MIT */
/* assent store: make, check, list and search images of a device's flash. */
#include "tools/tool.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/date.h"
#include "port/host/entropy.h"
#include "port/host/error_text.h"
#include "port/host/layout_plan.h"
#include "tools/device_image.h"
#include "tools/store_check.h"
#include "tools/values.h"

static struct device_image image;

/* The one file that a command works on.
 *   return  NULL after reporting what is wrong */
static const char *one_file(int argc, char **argv)
{
    if (argc == 1) {
        return argv[0];
    }
    if (argc == 0) {
        tool_usage("a file is missing");
    } else if (argc > 1) {
        tool_usage("unexpected argument '%s'", argv[1]);
    }
    return NULL;
}

static int open_for_reading(const char *path, const char *store_key)
{
    int code = device_image_open(&image, path, store_key, false);

    if (code == TOOL_OK && image.kv_error != ASSENT_OK) {
        code = tool_fail(path, "the store cannot be read: %s", assent_error_text(image.kv_error));
    }
    return code;
}

/* ---- format ---- */

static void print_layout(const struct assent_layout *layout)
{
    static const char *const names[ASSENT_REGION_COUNT] = {"identity", "store", "audit log",
                                                           "policies", "blobs"};

    printf("%u sectors of %u bytes\n", layout->sector_count, layout->sector_bytes);
    for (unsigned i = 0; i < ASSENT_REGION_COUNT; i++) {
        printf("%-10s sector %4u, %4u sectors, %7u bytes\n", names[i], layout->region[i].first,
               layout->region[i].count, layout->region[i].count * layout->sector_bytes);
    }
}

static void print_hex(const char *label, const uint8_t *bytes, size_t len)
{
    printf("%s", label);
    for (size_t i = 0; i < len; i++) {
        printf("%02x", bytes[i]);
    }
    putchar('\n');
}

static int run_format(int argc, char **argv)
{
    const char *size_text = NULL;
    const char *sector_text = NULL;
    const char *key_text = NULL;
    const char *time_text = NULL;
    const char *chains_text = NULL;
    bool no_seed = false;
    bool force = false;
    const struct tool_option options[] = {
        {"--size", &size_text, NULL},     {"--sector", &sector_text, NULL},
        {"--audit-key", &key_text, NULL}, {"--time", &time_text, NULL},
        {"--chains", &chains_text, NULL}, {"--without-seed", NULL, &no_seed},
        {"--force", NULL, &force}};
    struct assent_entropy entropy = assent_entropy_host();
    struct assent_layout layout;
    uint64_t size = 1 << 20;
    uint64_t sector = 4096;
    uint64_t floor_s = 0;
    uint64_t chains = 2048;
    uint8_t master[ASSENT_SHA256_BYTES];
    const char *step = "";
    const char *path;
    int error;
    int code;

    argc = tool_options(argc, argv, options, sizeof(options) / sizeof(options[0]));
    path = argc < 0 ? NULL : one_file(argc, argv);
    if (path == NULL || tool_number("--size", size_text, 131072, 16 << 20, &size) != TOOL_OK ||
        tool_number("--sector", sector_text, 4096, 65536, &sector) != TOOL_OK ||
        (key_text != NULL &&
         tool_hex("--audit-key", key_text, master, sizeof(master)) != TOOL_OK) ||
        (time_text != NULL && tool_time("--time", time_text, &floor_s) != TOOL_OK) ||
        tool_power_of_two("--chains", chains_text, 16, 4096, &chains) != TOOL_OK) {
        return TOOL_USAGE;
    }
    if (size % sector != 0 ||
        assent_layout_plan((uint32_t)sector, (uint32_t)(size / sector), &layout) != ASSENT_OK) {
        return tool_usage("no device has %" PRIu64 " bytes in sectors of %" PRIu64, size, sector);
    }
    assent_layout_set_chains(&layout, (uint32_t)chains);
    if (!force && access(path, F_OK) == 0) {
        return tool_fail(path, "exists; --force writes over it");
    }
    if (force && access(path, F_OK) == 0 && truncate(path, 0) != 0) {
        return tool_fail(path, "cannot be written");
    }
    if (entropy.random(entropy.ctx, layout.secret, sizeof(layout.secret)) != ASSENT_OK ||
        (key_text == NULL && entropy.random(entropy.ctx, master, sizeof(master)) != ASSENT_OK)) {
        return tool_fail(path, "no randomness");
    }
    code = device_image_create(&image, path, &layout);
    if (code != TOOL_OK) {
        return code;
    }
    error = device_image_format(&image, master, floor_s, !no_seed, &step);
    device_image_close(&image);
    if (error != ASSENT_OK) {
        return tool_fail(path, "%s: %s", step, assent_error_text(error));
    }
    print_layout(&layout);
    if (key_text == NULL) {
        print_hex("audit key  ", master, sizeof(master));
        puts("The audit key is not in the image. Keep it: only with it can the audit log be "
             "verified.");
    }
    return TOOL_OK;
}

/* ---- check ---- */

static int run_check(int argc, char **argv)
{
    const char *store_key = NULL;
    const char *key_text = NULL;
    bool repair = false;
    const struct tool_option options[] = {{"--repair", NULL, &repair},
                                          {"--audit-key", &key_text, NULL},
                                          {"--store-key", &store_key, NULL}};
    uint8_t master[ASSENT_SHA256_BYTES];
    const char *path;
    unsigned found;
    int code;

    argc = tool_options(argc, argv, options, sizeof(options) / sizeof(options[0]));
    path = argc < 0 ? NULL : one_file(argc, argv);
    if (path == NULL || (key_text != NULL &&
                         tool_hex("--audit-key", key_text, master, sizeof(master)) != TOOL_OK)) {
        return TOOL_USAGE;
    }
    code = device_image_open(&image, path, store_key, repair);
    if (code == TOOL_OK) {
        if (repair) {
            found = store_check_repair(&image);
            printf("%u repaired\n", found);
        }
        found = store_check_run(&image, key_text != NULL ? master : NULL);
        printf(found == 0 ? "sound\n" : found == 1 ? "1 finding\n" : "%u findings\n", found);
        code = found == 0 ? TOOL_OK : TOOL_FAILED;
    }
    device_image_close(&image);
    return code;
}

/* ---- sample ---- */

/* One made-up visitor: accepts, comes back, and then withdraws, asks to be forgotten, or neither. */
static int add_visitor(struct assent_time now, unsigned kind, uint8_t subject[ASSENT_SUBJECT_BYTES])
{
    static const struct assent_policy policy = {.revision = 1,
                                                .grant_days = 180,
                                                .refusal_days = 180,
                                                .retention_days = 180,
                                                .offered =
                                                    ASSENT_TIERS_ESSENTIAL | ASSENT_TIERS_OPTIONAL};
    static const uint8_t hash[ASSENT_HASH_BYTES] = {1};
    struct assent_lifecycle_context context = {.policy = &policy,
                                               .now = now,
                                               .method = ASSENT_METHOD_ACCEPT,
                                               .language = ASSENT_SPAN("en"),
                                               .notice = hash,
                                               .document = hash,
                                               .fresh_subject = subject};
    struct assent_lifecycle_outcome outcome;
    struct assent_record record;
    int error = assent_lifecycle_choose(NULL, ASSENT_TIERS_OPTIONAL, 0, &context, &outcome);

    if (error == ASSENT_OK) {
        error = assent_consents_apply(&image.consents, 0, &outcome, now);
    }
    if (error == ASSENT_OK) {
        error = assent_consents_confirm(&image.consents, subject, now);
        error = error > 0 ? ASSENT_OK : error;
    }
    if (error != ASSENT_OK || kind == 0) {
        return error;
    }
    context.method = ASSENT_METHOD_PREFERENCES;
    error = assent_consents_find(&image.consents, subject, &record);
    if (error == ASSENT_OK) {
        error = kind == 1 ? assent_lifecycle_withdraw(&record, &context, &outcome)
                          : assent_lifecycle_erase(&record, &context, &outcome);
    }
    return error != ASSENT_OK ? error : assent_consents_apply(&image.consents, 0, &outcome, now);
}

static int run_sample(int argc, char **argv)
{
    static const char *const kinds[] = {"granted", "withdrawn", "erased"};
    const char *count_text = NULL;
    const char *now_text = NULL;
    const struct tool_option options[] = {{"--visitors", &count_text, NULL},
                                          {"--now", &now_text, NULL}};
    struct assent_entropy entropy = assent_entropy_host();
    struct assent_time now = {0, ASSENT_CLOCK_SET};
    uint64_t count = 12;
    const char *path;
    int code;

    argc = tool_options(argc, argv, options, sizeof(options) / sizeof(options[0]));
    path = argc < 0 ? NULL : one_file(argc, argv);
    if (path == NULL || tool_number("--visitors", count_text, 1, 100000, &count) != TOOL_OK ||
        tool_time("--now", now_text, &now.unix_s) != TOOL_OK) {
        return TOOL_USAGE;
    }
    code = device_image_open(&image, path, NULL, true);
    image.consents.entropy = &entropy;
    for (uint64_t i = 0; i < count && code == TOOL_OK; i++) {
        uint8_t subject[ASSENT_SUBJECT_BYTES];
        int error = entropy.random(entropy.ctx, subject, sizeof(subject));

        error = error != ASSENT_OK ? error : add_visitor(now, (unsigned)(i % 3), subject);
        if (error != ASSENT_OK) {
            code = tool_fail(path, "visitor %" PRIu64 ": %s", i + 1, assent_error_text(error));
        } else {
            for (unsigned k = 0; k < sizeof(subject); k++) {
                printf("%02x", subject[k]);
            }
            printf(" %s\n", kinds[i % 3]);
        }
    }
    device_image_close(&image);
    return code;
}

/* ---- dump ---- */

static const char *const space_names[ASSENT_SPACE_END] = {
    [ASSENT_SPACE_CONSENT] = "consent", [ASSENT_SPACE_PROVISIONAL] = "provisional",
    [ASSENT_SPACE_RIGHTS] = "rights",   [ASSENT_SPACE_LEDGER] = "ledger",
    [ASSENT_SPACE_POLICY] = "policy",   [ASSENT_SPACE_KEYS] = "keys",
    [ASSENT_SPACE_AUDIT] = "audit",     [ASSENT_SPACE_COUNTERS] = "counters",
    [ASSENT_SPACE_SYSTEM] = "system",   [ASSENT_SPACE_BLOB] = "blob",
    [ASSENT_SPACE_BOARD] = "board"};

static void print_quoted_hex(const char *name, const uint8_t *bytes, size_t len)
{
    printf(",\"%s\":\"", name);
    for (size_t i = 0; i < len; i++) {
        printf("%02x", bytes[i]);
    }
    putchar('"');
}

static void print_record(struct assent_span key)
{
    struct assent_record record;
    const struct assent_consent *consent = &record.consent;
    uint8_t room[32];
    struct assent_writer date = assent_writer(room, sizeof(room));

    if (key.len != ASSENT_SUBJECT_BYTES ||
        assent_consents_find(&image.consents, key.ptr, &record) != ASSENT_OK) {
        return;
    }
    assent_date_write_rfc3339(&date, consent->changed_s);
    printf(",\"record\":{\"site\":%u,\"sequence\":%u,\"analytics\":\"%s\",\"advertising\":\"%s\","
           "\"method\":\"%s\",\"changed\":\"%.*s\",\"valid_days\":%u,\"revision\":%u}",
           record.site, consent->sequence,
           assent_consent_choice_name((enum assent_choice)consent->choice[ASSENT_TIER_ANALYTICS]),
           assent_consent_choice_name((enum assent_choice)consent->choice[ASSENT_TIER_ADVERTISING]),
           assent_record_method_name((enum assent_record_method)record.method), (int)date.len,
           (const char *)room, consent->valid_days, consent->revision);
}

static void dump_one(uint8_t space, struct assent_span key, bool secrets)
{
    static uint8_t value[ASSENT_KV_VALUE_BYTES];
    bool secret = (space == ASSENT_SPACE_KEYS || space == ASSENT_SPACE_AUDIT) && !secrets;
    int got = assent_kv_get(&image.kv, space, key, value, sizeof(value));

    printf("{\"space\":\"%s\"",
           space < ASSENT_SPACE_END && space_names[space] != NULL ? space_names[space] : "unknown");
    print_quoted_hex("key", key.ptr, key.len);
    if (got < 0) {
        printf(",\"error\":\"%s\"", assent_error_text(got));
    } else if (secret) {
        printf(",\"bytes\":%d", got);
    } else {
        print_quoted_hex("value", value, (size_t)got);
    }
    if (space == ASSENT_SPACE_CONSENT) {
        print_record(key);
    }
    puts("}");
}

static int run_dump(int argc, char **argv)
{
    const char *store_key = NULL;
    bool secrets = false;
    const struct tool_option options[] = {{"--secrets", NULL, &secrets},
                                          {"--store-key", &store_key, NULL}};
    const char *path;
    int code;

    argc = tool_options(argc, argv, options, sizeof(options) / sizeof(options[0]));
    path = argc < 0 ? NULL : one_file(argc, argv);
    code = path == NULL ? TOOL_USAGE : open_for_reading(path, store_key);
    for (unsigned space = 1; space < 256 && code == TOOL_OK; space++) {
        uint8_t key[ASSENT_KV_KEY_BYTES];
        uint64_t cursor = 0;
        int len;

        while ((len = assent_kv_next(&image.kv, (uint8_t)space, &cursor, key)) > 0) {
            dump_one((uint8_t)space, assent_span(key, (size_t)len), secrets);
        }
    }
    if (path != NULL) {
        device_image_close(&image);
    }
    return code;
}

/* ---- stats ---- */

static unsigned count_keys(uint8_t space)
{
    uint8_t key[ASSENT_KV_KEY_BYTES];
    uint64_t cursor = 0;
    unsigned n = 0;

    while (assent_kv_next(&image.kv, space, &cursor, key) > 0) {
        n++;
    }
    return n;
}

static int run_stats(int argc, char **argv)
{
    static const char *const anchors[] = {"none", "witness", "counter"};
    const char *store_key = NULL;
    const struct tool_option options[] = {{"--store-key", &store_key, NULL}};
    struct assent_kv_stats stats;
    struct assent_consents_room room;
    struct assent_audit_stats audit;
    const char *path;
    int code;

    argc = tool_options(argc, argv, options, sizeof(options) / sizeof(options[0]));
    path = argc < 0 ? NULL : one_file(argc, argv);
    code = path == NULL ? TOOL_USAGE : open_for_reading(path, store_key);
    if (code == TOOL_OK) {
        print_layout(&image.layout);
        assent_kv_stats(&image.kv, &stats);
        printf("store_capacity_bytes %u\nstore_live_bytes %u\nstore_region_bytes %u\n"
               "store_blank_sectors %u\nstore_retired_sectors %u\nstore_highest_wear %u\n"
               "store_sequence %u\n",
               stats.capacity_bytes, stats.live_bytes, stats.region_bytes, stats.blank_sectors,
               stats.retired_sectors, stats.highest_wear, stats.sequence);
        for (unsigned space = 1; space < ASSENT_SPACE_END; space++) {
            printf("keys_%s %u\n", space_names[space], count_keys((uint8_t)space));
        }
        assent_consents_room(&image.consents, &room);
        printf("consents_capacity %u\nconsents_free %u\n", room.capacity, room.free);
        if (image.log_error == ASSENT_OK &&
            assent_audit_log_stats(&image.log, &audit) == ASSENT_OK) {
            printf("audit_first %u\naudit_count %u\naudit_epoch %u\naudit_capacity %u\n"
                   "audit_highest_wear %u\naudit_anchor %s\n",
                   audit.first, audit.count, audit.epoch, audit.capacity, audit.highest_wear,
                   anchors[audit.anchor]);
        }
    }
    if (path != NULL) {
        device_image_close(&image);
    }
    return code;
}

/* ---- scan ---- */

/* Print each place of a pattern in the raw bytes, and of a region's name if the image has one. */
static int run_scan(int argc, char **argv)
{
    const char *hex = NULL;
    const char *text = NULL;
    const struct tool_option options[] = {{"--for", &hex, NULL}, {"--for-text", &text, NULL}};
    uint8_t pattern[4096];
    size_t len = 0;
    uint8_t *bytes = NULL;
    size_t size = 0;
    unsigned found = 0;
    const char *path;

    argc = tool_options(argc, argv, options, sizeof(options) / sizeof(options[0]));
    path = argc < 0 ? NULL : one_file(argc, argv);
    if (path == NULL) {
        return TOOL_USAGE;
    }
    if ((hex == NULL) == (text == NULL)) {
        return tool_usage("one of --for and --for-text is needed");
    }
    len = hex != NULL ? strlen(hex) / 2 : strlen(text);
    if (len == 0 || len > sizeof(pattern)) {
        return tool_usage("a pattern has 1 to %zu bytes", sizeof(pattern));
    }
    if (hex != NULL) {
        if (tool_hex("--for", hex, pattern, len) != TOOL_OK) {
            return TOOL_USAGE;
        }
    } else {
        memcpy(pattern, text, len);
    }
    if (tool_read(path, &bytes, &size) != TOOL_OK) {
        return TOOL_FAILED;
    }
    for (size_t at = 0; at + len <= size; at++) {
        const uint8_t *next = memchr(bytes + at, pattern[0], size - len - at + 1);

        if (next == NULL) {
            break;
        }
        at = (size_t)(next - bytes);
        if (memcmp(next, pattern, len) == 0) {
            printf("found at %zu (0x%zx)\n", at, at);
            found++;
        }
    }
    free(bytes);
    if (found == 0) {
        printf("not found in %zu bytes\n", size);
    }
    return found == 0 ? TOOL_OK : TOOL_FAILED;
}

static const struct tool_command commands[] = {
    {"format",
     "[--size BYTES] [--sector BYTES] [--audit-key HEX] [--time TIME]\n                    "
     "[--chains COUNT] [--without-seed] [--force] IMAGE",
     "make the image of a new device",
     "Divides the flash up, makes an empty store and an empty audit log. The size is that of the\n"
     "part (default 1048576 in sectors of 4096). The audit key is drawn and printed unless given;\n"
     "it is not in the image, and without it nobody can verify the log. A device without a clock "
     "of\n"
     "its own takes it to be at least --time until it hears better. --chains: of the store's "
     "index, a\n"
     "power of two that the device has RAM for, 2 bytes each (default 2048). Without a seed the\n"
     "device gives no randomness unless it has a source of its own.\n",
     NULL, run_format},
    {"check", "[--audit-key HEX] [--store-key HEX] IMAGE, or check --repair ... IMAGE",
     "say in words what is wrong in an image",
     "One line for each finding, then \"sound\" or how many there are; exit code 1 if any. Never\n"
     "changes the image. With --repair it first finishes what a power cut left, restores a lost "
     "copy\n"
     "of the identity, and removes what belongs to nobody, saying each; then it checks.\n",
     NULL, run_check},
    {"sample", "[--visitors COUNT] [--now TIME] IMAGE",
     "add made-up visitors, to try the others on",
     "Each accepts and comes back; every second and third of three then withdraws or asks to be\n"
     "forgotten. Prints the subjects. Not for images of real devices.\n",
     NULL, run_sample},
    {"dump", "[--secrets] [--store-key HEX] IMAGE", "list all values, one JSON object a line",
     "Values of keys and audit are left out unless --secrets is given.\n", NULL, run_dump},
    {"stats", "[--store-key HEX] IMAGE", "say how full and how worn an image is", NULL, NULL,
     run_stats},
    {"scan", "--for HEX | --for-text TEXT IMAGE", "search the raw bytes of a file",
     "Prints each offset. Exit code 0: found nowhere; 1: found. Works on any file.\n", NULL,
     run_scan},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

const struct tool_command tool_store = {
    "store", "", "make, check, list and search images of the flash", NULL, commands, NULL,
};
