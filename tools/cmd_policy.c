/* SPDX-License-Identifier: MIT */
/* assent policy: from the source of a policy to its image and back to something readable. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/image.h"
#include "http/image_signature.h"
#include "http/policy_text.h"
#include "port/crypto/mbedtls.h"
#include "port/host/error_text.h"
#include "tools/policy_diff.h"
#include "tools/policy_documents.h"
#include "tools/policy_lines.h"
#include "tools/policy_model.h"
#include "tools/policy_patch.h"
#include "tools/policy_texts.h"
#include "tools/tool.h"

static void drop_documents(struct policy_model *model)
{
    for (int i = 0; i < model->document_count; i++) {
        free(model->documents[i].content);
        model->documents[i].content = NULL;
    }
}

/* Compile a source; its faults are reported.
 *   documents  keep the text of the documents
 *   out        room for ASSENT_IMAGE_BYTES
 *   return     length of the image, 0 if there is none */
static size_t compile(const char *path, bool documents, uint8_t *out)
{
    static struct policy_model model;
    struct source source;
    size_t len = 0;

    if (source_load(&source, path) != TOOL_OK) {
        return 0;
    }
    model.document_count = 0;
    if (source.count > 0) {
        policy_read(&source, &model);
        policy_check_rules(&source, &model);
    }
    if (!documents) {
        drop_documents(&model);
    }
    if (source.fault_count == 0) {
        len = policy_write(&source, &model, out);
    }
    source_report(&source);
    source_free(&source);
    drop_documents(&model);
    return len;
}

static int run_check(int argc, char **argv)
{
    static uint8_t image[ASSENT_IMAGE_BYTES];
    int code = TOOL_OK;

    argc = tool_options(argc, argv, NULL, 0);
    if (argc < 1) {
        return argc < 0 ? TOOL_USAGE : tool_usage("a file is missing");
    }
    for (int i = 0; i < argc; i++) {
        if (compile(argv[i], true, image) == 0) {
            code = TOOL_FAILED;
        }
    }
    return code;
}

/* A key file holds 32 bytes, or 64 hexadecimal digits and white space behind them. */
static int read_key(const char *path, uint8_t key[ASSENT_SHA256_BYTES])
{
    uint8_t *bytes;
    size_t len;
    int code = TOOL_OK;

    if (tool_read(path, &bytes, &len) != TOOL_OK) {
        return TOOL_FAILED;
    }
    if (len == ASSENT_SHA256_BYTES) {
        memcpy(key, bytes, len);
    } else if (len < 64 || strspn((char *)bytes, "0123456789abcdefABCDEF") != 64 ||
               64 + strspn((char *)bytes + 64, " \r\n") != len) {
        code = tool_fail(path, "no key: expected 32 bytes or 64 hexadecimal digits");
    } else {
        for (size_t i = 0; i < ASSENT_SHA256_BYTES; i++) {
            char digits[3] = {(char)bytes[2 * i], (char)bytes[2 * i + 1], '\0'};

            key[i] = (uint8_t)strtoul(digits, NULL, 16);
        }
    }
    free(bytes);
    return code;
}

static int run_compile(int argc, char **argv)
{
    static uint8_t image[ASSENT_IMAGE_BYTES];
    const char *output = NULL;
    const char *key_path = NULL;
    bool without = false;
    const struct tool_option options[] = {{"-o", &output, NULL},
                                          {"--sign", &key_path, NULL},
                                          {"--without-documents", NULL, &without}};
    struct assent_crypto crypto = assent_mbedtls_crypto();
    uint8_t key[ASSENT_SHA256_BYTES];
    uint8_t signature[ASSENT_IMAGE_SIGNATURE_BYTES];
    struct assent_span parts[2];
    size_t len;

    argc = tool_options(argc, argv, options, 3);
    if (argc != 1 || output == NULL) {
        return argc < 0 ? TOOL_USAGE : tool_usage("expected one file and -o IMAGE");
    }
    if (key_path != NULL && read_key(key_path, key) != TOOL_OK) {
        return TOOL_FAILED;
    }
    len = compile(argv[0], !without, image);
    if (len == 0) {
        return TOOL_FAILED;
    }
    if (key_path != NULL) {
        assent_image_signature_make(assent_span(image, len), key, &crypto, signature);
    }
    parts[0] = assent_span(image, len);
    parts[1] = assent_span(signature, sizeof(signature));
    return tool_write(output, parts, key_path != NULL ? 2 : 1);
}

int policy_load(const char *path, uint8_t **bytes, struct assent_policy *policy)
{
    struct assent_crypto crypto = assent_mbedtls_crypto();
    size_t len;
    int error;

    if (tool_read(path, bytes, &len) != TOOL_OK) {
        *bytes = NULL;
        return TOOL_FAILED;
    }
    if (len < 4 || memcmp(*bytes, "APOL", 4) != 0) {
        if (memchr(*bytes, '\0', len) != NULL) {
            return tool_fail(path, "neither a policy image nor JSON");
        }
        uint8_t *image = realloc(*bytes, ASSENT_IMAGE_BYTES);

        *bytes = image != NULL ? image : *bytes;
        len = image != NULL ? compile(path, true, image) : 0;
        if (len == 0) {
            return TOOL_FAILED;
        }
    }
    error = assent_policy_open(policy, assent_span(*bytes, len), &crypto);
    return error == ASSENT_OK ? TOOL_OK : tool_fail(path, "%s", assent_error_text(error));
}

static int run_show(int argc, char **argv)
{
    struct assent_policy policy;
    struct assent_text text;
    struct lines lines;
    const char *texts = NULL;
    const struct tool_option options[] = {{"--texts", &texts, NULL}};
    uint8_t *bytes = NULL;
    uint8_t *text_bytes = NULL;
    size_t text_len;
    int code;

    argc = tool_options(argc, argv, options, 1);
    if (argc != 1) {
        return argc < 0 ? TOOL_USAGE : tool_usage("expected one image");
    }
    code = policy_load(argv[0], &bytes, &policy);
    if (code == TOOL_OK && texts != NULL) {
        code = tool_read(texts, &text_bytes, &text_len);
        if (code == TOOL_OK &&
            (assent_text_open(&text, assent_span(text_bytes, text_len), NULL) != ASSENT_OK ||
             assent_policy_text_share(&policy, &text) != ASSENT_OK)) {
            code = tool_fail(texts, "not a text image, or not in the languages of the policy");
        }
    }
    if (code == TOOL_OK) {
        policy_lines(&policy, &lines);
        for (int i = 0; i < lines.count; i++) {
            puts(lines.line[i]);
        }
        lines_free(&lines);
    }
    free(text_bytes);
    free(bytes);
    return code;
}

static int run_diff(int argc, char **argv)
{
    struct assent_policy policies[2];
    uint8_t *bytes[2] = {NULL, NULL};
    int code = TOOL_USAGE;

    argc = tool_options(argc, argv, NULL, 0);
    if (argc != 2) {
        return argc < 0 ? TOOL_USAGE : tool_usage("expected two policies");
    }
    /* As diff(1): 0 nothing due, 1 due, 2 trouble. */
    if (policy_load(argv[0], &bytes[0], &policies[0]) == TOOL_OK &&
        policy_load(argv[1], &bytes[1], &policies[1]) == TOOL_OK) {
        code = policy_diff(&policies[0], &policies[1]) ? 1 : 0;
    }
    free(bytes[0]);
    free(bytes[1]);
    return code;
}

/* Several files become one image.
 *   check  -o may be missing: they are checked then */
static int collect(int argc, char **argv, bool check,
                   int (*make)(char **paths, int count, uint8_t *out, size_t *len))
{
    static uint8_t image[ASSENT_IMAGE_BYTES];
    const char *output = NULL;
    const struct tool_option options[] = {{"-o", &output, NULL}};
    struct assent_span whole;
    size_t len = 0;
    int code;

    argc = tool_options(argc, argv, options, 1);
    if (argc < 1 || (output == NULL && !check)) {
        return argc < 0 ? TOOL_USAGE
                        : tool_usage(check ? "a file is missing"
                                           : "expected a file or more and -o IMAGE");
    }
    code = make(argv, argc, output != NULL ? image : NULL, &len);
    whole = assent_span(image, len);
    return code == TOOL_OK && output != NULL ? tool_write(output, &whole, 1) : code;
}

static int run_texts(int argc, char **argv)
{
    return collect(argc, argv, true, policy_texts);
}

static int run_documents(int argc, char **argv)
{
    return collect(argc, argv, false, policy_documents);
}

/* ---- C source for the firmware ---- */

static void print_bytes(FILE *file, const char *name, struct assent_span bytes)
{
    fprintf(file, "\nstatic const uint8_t %s[%zu] = {", name, bytes.len);
    for (size_t i = 0; i < bytes.len; i++) {
        fprintf(file, "%s0x%02x,", i % 20 == 0 ? "\n    " : "", bytes.ptr[i]);
    }
    fputs("\n};\n", file);
}

/* The image as an array; the line of the table that names it goes to the table. */
static int embed_one(FILE *file, FILE *table, const char *path)
{
    struct assent_policy policy = {.revision = 0};
    struct assent_policy_controller who;
    uint8_t *bytes;
    char name[64];
    int code = policy_load(path, &bytes, &policy);

    if (code == TOOL_OK) {
        assent_policy_controller(&policy, &who);
        snprintf(name, sizeof(name), "policy_%.*s", (int)who.id.len, (const char *)who.id.ptr);
        for (char *c = name; *c != '\0'; c++) {
            *c = *c == '-' ? '_' : *c;
        }
        print_bytes(file, name, policy.image);
        fprintf(table, "    {%s, sizeof(%s)},\n", name, name);
    }
    free(bytes);
    return code;
}

static int embed_all(FILE *file, const char *texts, int count, char **paths)
{
    char *table_text = NULL;
    size_t table_len = 0;
    FILE *table = open_memstream(&table_text, &table_len);
    struct assent_text opened;
    uint8_t *bytes = NULL;
    size_t len = 0;
    int code = table != NULL ? tool_read(texts, &bytes, &len) : TOOL_FAILED;

    if (code == TOOL_OK && assent_text_open(&opened, assent_span(bytes, len), NULL) != ASSENT_OK) {
        code = tool_fail(texts, "not an image of the shared texts");
    }
    fputs("/* Made by `assent policy embed`; changes are lost. */\n"
          "#include \"core/policies/builtin.h\"\n",
          file);
    print_bytes(file, "texts", assent_span(bytes, len));
    free(bytes);
    for (int i = 0; i < count && code == TOOL_OK; i++) {
        code = embed_one(file, table, paths[i]);
    }
    if (table != NULL) {
        fclose(table);
    }
    fprintf(file,
            "\nconst struct assent_span assent_builtin_texts = {texts, sizeof(texts)};\n"
            "const struct assent_span assent_builtin_policies[] = {\n%s};\n"
            "const unsigned assent_builtin_count = %d;\n",
            table_text != NULL ? table_text : "", count);
    free(table_text);
    return code;
}

static int run_embed(int argc, char **argv)
{
    const char *output = NULL;
    const char *texts = NULL;
    const struct tool_option options[] = {{"-o", &output, NULL}, {"--texts", &texts, NULL}};
    FILE *file;
    int code;

    argc = tool_options(argc, argv, options, 2);
    if (argc < 1 || output == NULL || texts == NULL) {
        return argc < 0 ? TOOL_USAGE
                        : tool_usage("expected --texts IMAGE, -o FILE and one image or more");
    }
    file = fopen(output, "w");
    if (file == NULL) {
        return tool_fail(output, "%s", strerror(errno));
    }
    code = embed_all(file, texts, argc, argv);
    if (fclose(file) != 0 && code == TOOL_OK) {
        code = tool_fail(output, "%s", strerror(errno));
    }
    if (code != TOOL_OK) {
        remove(output);
    }
    return code;
}

static int run_patch(int argc, char **argv)
{
    const char *output = NULL;
    const char *recipient = "";
    const struct tool_option options[] = {{"-o", &output, NULL}, {"--recipient", &recipient, NULL}};

    argc = tool_options(argc, argv, options, 2);
    if (argc != 2) {
        return argc < 0 ? TOOL_USAGE : tool_usage("expected a policy and the lines for it");
    }
    for (const char *c = recipient; *c != '\0'; c++) {
        if (strchr("\"\\", *c) != NULL || (unsigned char)*c < ' ') {
            return tool_usage("--recipient is the id of one of the policy's recipients");
        }
    }
    return policy_patch(argv[0], argv[1], recipient, output);
}

static const struct tool_command commands[] = {
    {"check", "FILE...", "find every fault in the sources of policies",
     "Prints \"FILE:LINE:COLUMN: PLACE: what is there, what was expected\" for each. The form of "
     "a\n"
     "source is published in core/policies/policy.schema.json. Exit code 1 if there is any "
     "fault.\n",
     NULL, run_check},
    {"compile", "FILE -o IMAGE [--sign KEY] [--without-documents]", "make the image of a policy",
     "The image keeps the full text of the policy's documents, compressed, unless it is left out.\n"
     "With --sign a signature follows the image: HMAC-SHA-256 by the key in the file KEY, 32 "
     "bytes\n"
     "or 64 hexadecimal digits, which the device has to know.\n",
     NULL, run_compile},
    {"show", "IMAGE [--texts IMAGE]", "print everything that an image says",
     "One \"KEY = VALUE\" a line. A source is compiled first. With the image of the shared texts,\n"
     "these are printed too.\n",
     NULL, run_show},
    {"diff", "OLD NEW", "say whether a new policy asks visitors again, and why",
     "Takes images or sources. Prints for each tier what visitors agree to that they did not "
     "agree\n"
     "to before, rights taken away, then all other differences, which ask nobody. Exit code: 0 "
     "nobody\n"
     "is asked again, 1 somebody is, 2 trouble.\n",
     NULL, run_diff},
    {"patch", "FILE LINES [--recipient ID] [-o FILE]", "take in what the operator has classified",
     "LINES is what the device gives for a cookie or a host (GET /admin/classify). The policy's "
     "text\n"
     "with the entry in it and its revision raised, otherwise as it was. A host needs the id of "
     "one "
     "of\n"
     "the policy's recipients.\n",
     NULL, run_patch},
    {"texts", "FILE... [-o IMAGE]", "check the shared texts and make their image",
     "One file a language; the first says which placeholders each text has.\n", NULL, run_texts},
    {"documents", "POLICY... -o IMAGE", "collect the full texts of documents",
     "For devices whose policies leave them out and that read them from another flash. Takes "
     "sources,\n"
     "or images that keep the texts.\n",
     NULL, run_documents},
    {"embed", "--texts IMAGE -o FILE IMAGE...", "write images as C source for a firmware",
     "Defines what core/policies/builtin.h declares.\n", NULL, run_embed},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

const struct tool_command tool_policy = {
    "policy", "", "check, compile, show and compare policies", NULL, commands, NULL,
};
