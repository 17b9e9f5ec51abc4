/* SPDX-License-Identifier: MIT */
/* assent audit: export the audit log of an image as JSON lines, and verify it, from the image or from
 * such lines.
 *
 * The lines: {"log":"assent audit","version":1,"sequence":N,"epoch":E,"mac":HEX} says where the entries
 * begin: the number and the epoch of the first one and the MAC of the one before it. Then one entry a
 * line (assent_audit_write_json). Lines {"head":HEX} hold sealed heads, anywhere; the log has to agree
 * with each. */
#include "tools/tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "port/crypto/mbedtls.h"
#include "port/host/error_text.h"
#include "tools/audit_lines.h"
#include "tools/device_image.h"
#include "tools/evidence_check.h"
#include "tools/store_check.h"
#include "tools/values.h"

enum { HEADS_MAX = 64 };

static struct device_image image;

/* ---- keys ---- */

/* A key as hexadecimal digits, or a file that begins with them. */
static int read_key(const char *text, uint8_t key[ASSENT_SHA256_BYTES])
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    size_t digits = strspn(text, "0123456789abcdefABCDEF");
    int code;

    if (digits == 2 * ASSENT_SHA256_BYTES && text[digits] == '\0') {
        return tool_hex("--key", text, key, ASSENT_SHA256_BYTES);
    }
    if (tool_read(text, &bytes, &len) != TOOL_OK) {
        return TOOL_FAILED;
    }
    bytes[strcspn((char *)bytes, " \r\n")] = '\0';
    code = tool_hex("--key", (char *)bytes, key, ASSENT_SHA256_BYTES);
    assent_bytes_wipe(bytes, len);
    free(bytes);
    return code;
}

/* ---- export ---- */

static void put_line(struct assent_writer *w)
{
    assent_writer_byte(w, '\n');
    fwrite(w->ptr, 1, w->len, stdout);
    w->len = 0;
}

static int run_export(int argc, char **argv)
{
    static uint8_t line[2048];
    struct assent_writer w = assent_writer(line, sizeof(line));
    const char *store_key = NULL;
    const struct tool_option options[] = {{"--store-key", &store_key, NULL}};
    struct assent_audit_chain start = {.epoch = 0};
    uint8_t entry[ASSENT_AUDIT_ENTRY_BYTES];
    uint8_t kept[ASSENT_SHA256_BYTES + ASSENT_AUDIT_HEAD_BYTES];
    uint32_t sequence = 0;
    int code;

    argc = tool_options(argc, argv, options, 1);
    if (argc != 1) {
        return argc < 0 ? TOOL_USAGE : tool_usage("one image is needed");
    }
    code = device_image_open(&image, argv[0], store_key, false);
    if (code == TOOL_OK && image.log_error != ASSENT_OK) {
        code = tool_fail(argv[0], "the audit log cannot be read: %s",
                         assent_error_text(image.log_error));
    }
    if (code == TOOL_OK) {
        (void)assent_audit_log_start(&image.log, &start);
        assent_writer_text(&w, "{\"log\":\"assent audit\",\"version\":1,\"sequence\":");
        assent_writer_decimal(&w, start.sequence);
        assent_writer_text(&w, ",\"epoch\":");
        assent_writer_decimal(&w, start.epoch);
        assent_writer_text(&w, ",\"mac\":\"");
        assent_writer_hex(&w, assent_span(start.mac, sizeof(start.mac)));
        assent_writer_text(&w, "\"}");
        put_line(&w);
        while (assent_audit_log_next(&image.log, &sequence, entry) == ASSENT_OK) {
            assent_audit_write_json(&w, entry);
            put_line(&w);
        }
        /* The head that the store keeps, sealed when the newest sector was opened. */
        if (assent_kv_get(&image.kv, ASSENT_SPACE_AUDIT, ASSENT_SPAN("k"), kept, sizeof(kept)) ==
            (int)sizeof(kept)) {
            assent_writer_text(&w, "{\"head\":\"");
            assent_writer_hex(&w, assent_span(kept + ASSENT_SHA256_BYTES, ASSENT_AUDIT_HEAD_BYTES));
            assent_writer_text(&w, "\"}");
            put_line(&w);
        }
        assent_bytes_wipe(kept, sizeof(kept));
    }
    device_image_close(&image);
    return code;
}

/* ---- verify ---- */

/* What was read from lines. */
struct lines {
    struct assent_audit_chain start;
    bool started;
    uint8_t *entries;
    size_t count;
    struct assent_audit_head head[HEADS_MAX];
    size_t head_count;
};

static int read_line(const char *path, size_t number, const char *line, struct lines *out,
                     const uint8_t seal[ASSENT_SHA256_BYTES])
{
    struct assent_crypto crypto = assent_mbedtls_crypto();
    uint8_t head[ASSENT_AUDIT_HEAD_BYTES];

    if (line[0] == '\0') {
        return TOOL_OK;
    }
    if (audit_lines_member(line, "log") != NULL) {
        out->started = audit_lines_number(line, "sequence", &out->start.sequence) &&
                       audit_lines_number(line, "epoch", &out->start.epoch) &&
                       audit_lines_bytes(line, "mac", out->start.mac, sizeof(out->start.mac));
        return out->started ? TOOL_OK : tool_fail(path, "line %zu: no start of a log", number);
    }
    if (audit_lines_bytes(line, "head", head, sizeof(head))) {
        if (out->head_count == HEADS_MAX) {
            return tool_fail(path, "line %zu: more than %d heads", number, HEADS_MAX);
        }
        if (assent_audit_open_head(head, &crypto, seal, &out->head[out->head_count]) != ASSENT_OK) {
            return tool_fail(path, "line %zu: the seal of a head is wrong", number);
        }
        out->head_count++;
        return TOOL_OK;
    }
    if (!audit_lines_entry(line, out->entries + out->count * ASSENT_AUDIT_ENTRY_BYTES)) {
        return tool_fail(path, "line %zu: not an entry as it was exported", number);
    }
    out->count++;
    return TOOL_OK;
}

static int read_lines(const char *path, uint8_t *text, size_t len, struct lines *out,
                      const uint8_t seal[ASSENT_SHA256_BYTES])
{
    size_t number = 1;
    int code = TOOL_OK;

    out->entries = malloc(len / 64 * ASSENT_AUDIT_ENTRY_BYTES + ASSENT_AUDIT_ENTRY_BYTES);
    if (out->entries == NULL || memchr(text, 0, len) != NULL) {
        return tool_fail(path, "not lines of JSON");
    }
    for (char *line = (char *)text; code == TOOL_OK && *line != '\0'; number++) {
        char *end = line + strcspn(line, "\n");
        bool last = *end == '\0';

        *end = '\0';
        if (end > line && end[-1] == '\r') {
            end[-1] = '\0';
        }
        code = read_line(path, number, line, out, seal);
        line = last ? end : end + 1;
    }
    if (code == TOOL_OK && !out->started) {
        code = tool_fail(path, "no line says where the log begins");
    }
    return code;
}

static int verify_lines(const char *path, uint8_t *text, size_t len,
                        const uint8_t master[ASSENT_SHA256_BYTES])
{
    struct assent_crypto crypto = assent_mbedtls_crypto();
    struct assent_audit_chain chain = {.epoch = 0};
    static struct lines lines;
    uint8_t seal[ASSENT_SHA256_BYTES];
    int code;

    if (assent_audit_log_derive(&crypto, master, chain.key, seal) != ASSENT_OK) {
        return tool_fail(path, "no cryptography");
    }
    code = read_lines(path, text, len, &lines, seal);
    while (code == TOOL_OK && chain.epoch < lines.start.epoch &&
           assent_audit_advance(&chain, &crypto) == ASSENT_OK) {
    }
    memcpy(lines.start.key, chain.key, sizeof(chain.key));
    /* Without heads once; with heads once for each. */
    for (size_t i = 0; code == TOOL_OK && (i == 0 || i < lines.head_count); i++) {
        const struct assent_audit_head *head = lines.head_count > 0 ? &lines.head[i] : NULL;
        struct assent_audit_verifier verifier;
        enum assent_audit_fault fault;
        size_t bad;

        if (head != NULL && head->count < lines.start.sequence) {
            continue; /* sealed before the run begins */
        }
        assent_audit_verify_start(&verifier, &lines.start, head);
        fault = assent_audit_verify(
            &verifier, &crypto, assent_span(lines.entries, lines.count * ASSENT_AUDIT_ENTRY_BYTES),
            &bad);
        if (fault == ASSENT_AUDIT_FAULT_NONE) {
            fault = assent_audit_verify_end(&verifier);
        }
        if (fault != ASSENT_AUDIT_FAULT_NONE) {
            code = tool_fail(path, "entry %zu of %zu: %s", bad + 1, lines.count,
                             assent_audit_fault_name(fault));
        }
    }
    if (code == TOOL_OK) {
        printf("%zu entries from %u on are sound, %zu heads agree\n", lines.count,
               lines.start.sequence, lines.head_count);
    }
    free(lines.entries);
    lines = (struct lines){.started = false};
    return code;
}

static int verify_image(const char *path, const char *store_key, const char *head_text,
                        const uint8_t master[ASSENT_SHA256_BYTES])
{
    struct assent_audit_head head;
    uint8_t sealed[ASSENT_AUDIT_HEAD_BYTES];
    uint8_t chain[ASSENT_SHA256_BYTES];
    uint8_t seal[ASSENT_SHA256_BYTES];
    enum assent_audit_fault fault;
    uint32_t count;
    uint32_t place;
    int code = head_text != NULL ? tool_hex("--head", head_text, sealed, sizeof(sealed)) : TOOL_OK;

    code = code != TOOL_OK ? code : device_image_open(&image, path, store_key, false);
    if (code != TOOL_OK) {
        return code;
    }
    if (image.log_error != ASSENT_OK) {
        return tool_fail(path, "the audit log cannot be read: %s",
                         assent_error_text(image.log_error));
    }
    if (head_text != NULL &&
        (assent_audit_log_derive(&image.crypto, master, chain, seal) != ASSENT_OK ||
         assent_audit_open_head(sealed, &image.crypto, seal, &head) != ASSENT_OK)) {
        return tool_fail(path, "the seal of the head is wrong");
    }
    fault = store_check_audit(&image, master, head_text != NULL ? &head : NULL, &count, &place);
    if (fault != ASSENT_AUDIT_FAULT_NONE) {
        return tool_fail(path, "entry %u: %s", place, assent_audit_fault_name(fault));
    }
    if (image.log.finding != ASSENT_AUDIT_SOUND) {
        return tool_fail(path, "%s",
                         store_check_finding_text((enum assent_audit_finding)image.log.finding));
    }
    printf("%u entries are sound%s\n", count, head_text != NULL ? ", the head agrees" : "");
    return TOOL_OK;
}

static int run_verify(int argc, char **argv)
{
    const char *key_text = NULL;
    const char *store_key = NULL;
    const char *head_text = NULL;
    const struct tool_option options[] = {{"--key", &key_text, NULL},
                                          {"--head", &head_text, NULL},
                                          {"--store-key", &store_key, NULL}};
    uint8_t master[ASSENT_SHA256_BYTES];
    uint8_t head[ASSENT_AUDIT_HEAD_BYTES];
    uint8_t *bytes = NULL;
    size_t len = 0;
    int code;

    argc = tool_options(argc, argv, options, sizeof(options) / sizeof(options[0]));
    if (argc != 1) {
        return argc < 0 ? TOOL_USAGE : tool_usage("one image, bundle or file of lines is needed");
    }
    if (key_text == NULL) {
        return tool_usage(
            "--key is needed: the audit key that was printed when the device was set up");
    }
    code = read_key(key_text, master);
    if (code == TOOL_OK) {
        code = tool_read(argv[0], &bytes, &len);
    }
    if (code == TOOL_OK && len > 10 && memcmp(bytes, "{\"bundle\":", 10) == 0) {
        code = head_text != NULL ? tool_hex("--head", head_text, head, sizeof(head)) : TOOL_OK;
        code = code != TOOL_OK ? code
                               : evidence_check(argv[0], (const char *)bytes, len, master,
                                                head_text != NULL ? head : NULL);
    } else if (code == TOOL_OK && len > 0 && bytes[0] == '{') {
        code = verify_lines(argv[0], bytes, len, master);
    } else if (code == TOOL_OK) {
        code = verify_image(argv[0], store_key, head_text, master);
        device_image_close(&image);
    }
    free(bytes);
    assent_bytes_wipe(master, sizeof(master));
    return code;
}

static const struct tool_command commands[] = {
    {"export", "[--store-key HEX] IMAGE", "write the audit log as JSON, one entry a line",
     "The first line says where the log begins, the last holds the sealed head that the store\n"
     "keeps. The lines can be verified without the image.\n",
     NULL, run_export},
    {"verify", "--key HEX|FILE [--head HEX] [--store-key HEX] IMAGE|FILE",
     "verify the audit log of an image, lines that were exported, or a bundle of proof",
     "Checks that no entry is missing, changed or moved, that each was made with the key of its\n"
     "epoch, and that the log agrees with every sealed head. --head: a head that somebody kept, "
     "as\n"
     "on a receipt. Whether a whole image was put back to an earlier state only such a head "
     "shows. A bundle of proof, as the operator's side of a device makes it for a receipt, is\n"
     "checked in each of its parts: record, notice, policy, run of the log, head and seal; every\n"
     "part that does not fit is named.\n",
     NULL, run_verify},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

const struct tool_command tool_audit = {
    "audit", "", "export and verify the audit log", NULL, commands, NULL,
};
