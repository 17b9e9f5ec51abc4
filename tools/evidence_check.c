/* SPDX-License-Identifier: MIT */
/* A bundle of proof, part by part: form, record, notice, policy, both runs of the log, head, seal. */
#include "tools/evidence_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "core/date.h"
#include "core/policy.h"
#include "core/record.h"
#include "core/writer.h"
#include "port/crypto/mbedtls.h"
#include "storage/audit_log.h"
#include "tools/audit_lines.h"
#include "tools/json_source.h"
#include "tools/tool.h"

enum { HASH_BLOCK_BYTES = 512 };

/* A run of entries as it stands in the bundle. */
struct run {
    struct assent_audit_chain start;
    uint8_t *entries;
    size_t count;
    bool started;
};

struct bundle {
    const char *path;
    const char *text;
    size_t len;
    struct source source;
    struct assent_crypto crypto;
    struct assent_audit_chain first; /* key of epoch 0 */
    uint8_t seal_key[ASSENT_SHA256_BYTES];
    struct assent_record record;
    uint8_t record_bytes[ASSENT_RECORD_BYTES];
    uint8_t salt[ASSENT_AUDIT_SALT_BYTES];
    struct run activation;
    struct run log;
    uint32_t site;
    unsigned faults;
};

static void fault(struct bundle *b, const char *part, const char *reason)
{
    fprintf(stderr, "%s: %s: %s\n", b->path, part, reason);
    b->faults++;
}

/* ---- reading ---- */

static int find(struct bundle *b, const char *name, enum source_type type)
{
    int node = source_find(&b->source, 0, name);

    return node > 0 && b->source.nodes[node].type == type ? node : -1;
}

/* Bytes of a member in hexadecimal; what is wrong is said. */
static bool read_hex(struct bundle *b, const char *name, uint8_t *out, size_t len)
{
    int node = find(b, name, SOURCE_TEXT);
    char line[256];

    if (node >= 0 && strlen(b->source.nodes[node].text) == 2 * len) {
        snprintf(line, sizeof(line), "\"x\":\"%s\"", b->source.nodes[node].text);
        if (audit_lines_bytes(line, "x", out, len)) {
            return true;
        }
    }
    fault(b, name, "not there, or not so many bytes");
    return false;
}

/* The texts of a list, joined; the caller's to free. */
static char *read_texts(struct bundle *b, const char *name, size_t *len)
{
    int list = find(b, name, SOURCE_ARRAY);
    char *text = calloc(1, b->len + 1);

    *len = 0;
    for (int n = list + 1; text != NULL && list >= 0 && n < b->source.nodes[list].end;
         n = b->source.nodes[n].end) {
        size_t more = b->source.nodes[n].type == SOURCE_TEXT ? strlen(b->source.nodes[n].text) : 0;

        memcpy(text + *len, b->source.nodes[n].text, more);
        *len += more;
    }
    if (list < 0) {
        fault(b, name, "not there");
    }
    return text;
}

/* The line in which an element begins, from its brace on. */
static void copy_line(const struct bundle *b, size_t at, char *out, size_t cap)
{
    size_t len = strcspn(b->text + at, "\n");

    snprintf(out, cap, "%.*s", (int)(len < cap - 1 ? len : cap - 1), b->text + at);
}

static void read_run(struct bundle *b, const char *name, struct run *run)
{
    int list = find(b, name, SOURCE_ARRAY);
    char line[2048];

    if (list < 0) {
        fault(b, name, "not there");
        return;
    }
    run->entries = calloc(1, b->len + ASSENT_AUDIT_ENTRY_BYTES);
    for (int n = list + 1; run->entries != NULL && n < b->source.nodes[list].end;
         n = b->source.nodes[n].end) {
        copy_line(b, b->source.nodes[n].at, line, sizeof(line));
        if (!run->started) {
            run->started = audit_lines_number(line, "sequence", &run->start.sequence) &&
                           audit_lines_number(line, "epoch", &run->start.epoch) &&
                           audit_lines_bytes(line, "mac", run->start.mac, sizeof(run->start.mac));
            if (!run->started) {
                fault(b, name, "does not say where it begins");
                return;
            }
        } else if (audit_lines_entry(line, run->entries + run->count * ASSENT_AUDIT_ENTRY_BYTES)) {
            run->count++;
        } else {
            snprintf(line, sizeof(line), "entry %zu is not as it was written", run->count + 1);
            fault(b, name, line);
            return;
        }
    }
}

/* ---- seal ---- */

/* Over every line but the last, which holds the seal. */
static void check_seal(struct bundle *b)
{
    uint8_t digest[ASSENT_SHA256_BYTES] = {0};
    uint8_t seal[ASSENT_SHA256_BYTES];
    uint8_t given[ASSENT_SHA256_BYTES];
    const char *line = b->text;
    const char *end = b->text + b->len;
    const char *next;
    struct assent_span parts[2];

    while ((next = memchr(line, '\n', (size_t)(end - line))) != NULL && next + 1 < end) {
        parts[0] = assent_span(digest, sizeof(digest));
        parts[1] = assent_span(line, (size_t)(next + 1 - line));
        (void)b->crypto.sha256(b->crypto.ctx, parts, 2, digest);
        line = next + 1;
    }
    parts[0] = ASSENT_SPAN("assent evidence v1");
    parts[1] = assent_span(digest, sizeof(digest));
    if (!read_hex(b, "seal", given, sizeof(given))) {
        return;
    }
    if (b->crypto.hmac(b->crypto.ctx, b->seal_key, parts, 2, seal) != ASSENT_OK ||
        !assent_bytes_equal_secret(seal, given, sizeof(seal)) ||
        strncmp(line, "\"seal\":\"", 8) != 0) {
        fault(b, "seal", "the file was changed, or sealed by another device");
    }
}

/* ---- record, notice, policy ---- */

static bool check_record(struct bundle *b)
{
    uint32_t site = 256;

    if (!read_hex(b, "record", b->record_bytes, sizeof(b->record_bytes)) ||
        !read_hex(b, "salt", b->salt, sizeof(b->salt))) {
        return false;
    }
    if (assent_record_decode(assent_span(b->record_bytes, sizeof(b->record_bytes)), &b->record) !=
        ASSENT_OK) {
        fault(b, "record", "not a consent record");
        return false;
    }
    if (!audit_lines_number(b->text, "site_number", &site) || site != b->record.site) {
        fault(b, "record", "it is of another site");
    }
    b->site = b->record.site;
    return true;
}

static void check_notice(struct bundle *b)
{
    uint8_t digest[ASSENT_SHA256_BYTES] = {0};
    size_t len;
    char *text = read_texts(b, "notice", &len);

    for (size_t at = 0; text != NULL && at < len; at += HASH_BLOCK_BYTES) {
        size_t part = len - at < HASH_BLOCK_BYTES ? len - at : HASH_BLOCK_BYTES;
        struct assent_span parts[] = {assent_span(digest, sizeof(digest)),
                                      assent_span(text + at, part)};

        (void)b->crypto.sha256(b->crypto.ctx, parts, 2, digest);
    }
    if (len == 0) {
        fault(b, "notice", "the device had its text no more");
    } else if (memcmp(digest, b->record.notice, sizeof(b->record.notice)) != 0) {
        fault(b, "notice", "it is not the text whose hash the record holds");
    }
    free(text);
}

/* Whether the record names one of the policy's documents, or its image where there is none. */
static bool names_document(const struct bundle *b, const struct assent_policy *policy)
{
    struct assent_policy_document document;
    unsigned i = 0;

    while (assent_policy_document(policy, i, &document) == ASSENT_OK) {
        if (memcmp(document.digest.ptr, b->record.document, sizeof(b->record.document)) == 0) {
            return true;
        }
        i++;
    }
    return i == 0 && memcmp(assent_policy_digest(policy).ptr, b->record.document,
                            sizeof(b->record.document)) == 0;
}

/* The entry that put the image in force, if it is there. */
static void check_activation(struct bundle *b, const struct assent_policy *policy)
{
    struct assent_audit_entry entry;

    if (b->activation.count == 0) {
        return;
    }
    if (assent_audit_decode(b->activation.entries, &entry) != ASSENT_OK ||
        entry.type != ASSENT_AUDIT_POLICY_ACTIVATED || entry.site != b->site ||
        assent_bytes_load32(entry.detail) != b->record.given_revision) {
        fault(b, "activation", "the entry is not about this policy");
    } else if (memcmp(entry.detail + 4, assent_policy_digest(policy).ptr, 8) != 0) {
        fault(b, "policy", "it is not the image that was put in force");
    }
}

static void check_policy(struct bundle *b)
{
    struct assent_policy policy;
    size_t len;
    char *text = read_texts(b, "policy", &len);
    uint8_t *image = malloc(len + 1);
    int got = image != NULL && text != NULL
                  ? assent_writer_decode_base64url(assent_span(text, len), image, len)
                  : -1;
    int error = got > 0 ? assent_policy_open(&policy, assent_span(image, (size_t)got), &b->crypto)
                        : ASSENT_ERR_CORRUPT;

    if (len == 0) {
        fault(b, "policy", "the device had its image no more");
    } else if (error != ASSENT_OK || policy.image.len != (size_t)got) {
        fault(b, "policy", "the image is damaged");
    } else if (policy.revision != b->record.given_revision) {
        fault(b, "policy", "it is of another revision than the record names");
    } else if (!names_document(b, &policy)) {
        fault(b, "policy", "the record names another document");
    } else {
        check_activation(b, &policy);
    }
    free(image);
    free(text);
}

/* ---- the log ---- */

/* Verify a run under the key of its epoch.
 *   head  opened, or NULL */
static void check_run(struct bundle *b, const char *name, struct run *run,
                      const struct assent_audit_head *head)
{
    struct assent_audit_chain chain = b->first;
    struct assent_audit_verifier verifier;
    enum assent_audit_fault found;
    size_t bad = 0;
    char reason[96];

    while (chain.epoch < run->start.epoch &&
           assent_audit_advance(&chain, &b->crypto) == ASSENT_OK) {
    }
    memcpy(run->start.key, chain.key, sizeof(chain.key));
    assent_audit_verify_start(&verifier, &run->start, head);
    found =
        assent_audit_verify(&verifier, &b->crypto,
                            assent_span(run->entries, run->count * ASSENT_AUDIT_ENTRY_BYTES), &bad);
    if (found == ASSENT_AUDIT_FAULT_NONE) {
        found = assent_audit_verify_end(&verifier);
    }
    if (found != ASSENT_AUDIT_FAULT_NONE) {
        snprintf(reason, sizeof(reason), "entry %zu of %zu: %s", bad + 1, run->count,
                 assent_audit_fault_name(found));
        fault(b, name, reason);
    }
    assent_bytes_wipe(&verifier, sizeof(verifier));
    assent_bytes_wipe(&chain, sizeof(chain));
}

/* The last entry about the subject has to be that of the record as it is.
 *   return  how many entries are about it */
static unsigned check_history(struct bundle *b)
{
    uint8_t reference[ASSENT_AUDIT_REFERENCE_BYTES];
    uint8_t digest[ASSENT_AUDIT_DETAIL_BYTES];
    struct assent_audit_entry entry;
    struct assent_audit_entry last = {.type = ASSENT_AUDIT_NONE};
    unsigned count = 0;

    if (assent_audit_reference(&b->crypto, b->salt, b->record.consent.subject, reference) !=
            ASSENT_OK ||
        assent_audit_digest(&b->crypto, b->salt,
                            assent_span(b->record_bytes, sizeof(b->record_bytes)),
                            digest) != ASSENT_OK) {
        fault(b, "record", "no cryptography");
        return 0;
    }
    for (size_t i = 0; i < b->log.count; i++) {
        if (assent_audit_decode(b->log.entries + i * ASSENT_AUDIT_ENTRY_BYTES, &entry) ==
                ASSENT_OK &&
            entry.has_reference && memcmp(entry.reference, reference, sizeof(reference)) == 0) {
            last = entry;
            count++;
        }
    }
    if (count == 0) {
        fault(b, "log",
              "no entry is about this record: its token never came back, or they were "
              "dropped after their time");
    } else if (memcmp(last.detail, digest, sizeof(digest)) != 0) {
        fault(b, "record", "it is not the one that the last entry about it was made for");
    }
    return count;
}

/* A head that somebody kept has seen part of the run, or all before it. */
static void check_witness(struct bundle *b, const uint8_t *witness)
{
    struct assent_audit_head head;

    if (assent_audit_open_head(witness, &b->crypto, b->seal_key, &head) != ASSENT_OK) {
        fault(b, "--head", "its seal is wrong");
    } else if (head.count < b->log.start.sequence) {
        fault(b, "--head", "it was sealed before the run begins, and says nothing about it");
    } else {
        check_run(b, "--head", &b->log, &head);
    }
}

static unsigned check_log(struct bundle *b, const uint8_t *witness)
{
    uint8_t sealed[ASSENT_AUDIT_HEAD_BYTES];
    struct assent_audit_head head;
    bool has_head = false;

    if (read_hex(b, "head", sealed, sizeof(sealed))) {
        has_head = assent_audit_open_head(sealed, &b->crypto, b->seal_key, &head) == ASSENT_OK;
        if (!has_head) {
            fault(b, "head", "its seal is wrong");
        }
    }
    if (b->activation.started) {
        check_run(b, "activation", &b->activation, NULL);
    }
    if (b->log.started) {
        check_run(b, "log", &b->log, has_head ? &head : NULL);
    }
    if (b->log.started && witness != NULL) {
        check_witness(b, witness);
    }
    return check_history(b);
}

/* ---- the whole ---- */

static void say(const struct bundle *b, unsigned count)
{
    uint8_t text[64];
    struct assent_writer w = assent_writer(text, sizeof(text));

    assent_date_write_rfc3339(&w, b->record.given_s);
    printf("sound: consent of %.*s by %s under revision %u, %u of %zu entries are about it, the "
           "head and the seal agree\n",
           (int)w.len, (const char *)text,
           assent_record_method_name((enum assent_record_method)b->record.given_method),
           (unsigned)b->record.given_revision, count, b->log.count);
}

int evidence_check(const char *path, const char *text, size_t len,
                   const uint8_t master[ASSENT_SHA256_BYTES], const uint8_t *witness)
{
    static struct bundle b;
    unsigned count = 0;
    uint32_t version;

    b = (struct bundle){.path = path, .text = text, .len = len};
    b.crypto = assent_mbedtls_crypto();
    if (assent_audit_log_derive(&b.crypto, master, b.first.key, b.seal_key) != ASSENT_OK) {
        return tool_fail(path, "no cryptography");
    }
    if (source_load(&b.source, path) != TOOL_OK) {
        return TOOL_FAILED;
    }
    if (b.source.count == 0 || b.source.fault_count > 0) {
        (void)source_report(&b.source);
        source_free(&b.source);
        return TOOL_FAILED;
    }
    if (!audit_lines_number(text, "version", &version) || version != 1) {
        fault(&b, "version", "made by another version");
    } else if (check_record(&b)) {
        read_run(&b, "activation", &b.activation);
        read_run(&b, "log", &b.log);
        check_notice(&b);
        check_policy(&b);
        count = check_log(&b, witness);
    }
    check_seal(&b);
    if (b.faults == 0) {
        say(&b, count);
    }
    free(b.activation.entries);
    free(b.log.entries);
    source_free(&b.source);
    assent_bytes_wipe(b.first.key, sizeof(b.first.key));
    assent_bytes_wipe(b.seal_key, sizeof(b.seal_key));
    return b.faults == 0 ? TOOL_OK : TOOL_FAILED;
}
