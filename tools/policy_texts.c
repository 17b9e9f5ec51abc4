/* SPDX-License-Identifier: MIT */
#include "tools/policy_texts.h"

#include <string.h>

#include "core/bytes.h"
#include "core/image.h"
#include "http/text.h"
#include "tools/policy_model.h"
#include "tools/tool.h"

struct language {
    struct source source;
    const char *tag;
    bool rtl;
    const char *text[ASSENT_TEXT_COUNT];
    uint32_t placeholders[ASSENT_TEXT_COUNT];
};

/* Every key once; placeholders as in the first language. */
static void read_texts(struct language *language, const struct language *first)
{
    struct source *source = &language->source;
    int texts = field_member(source, 0, "texts", SOURCE_OBJECT, true);

    if (texts < 0) {
        return;
    }
    field_only(source, texts, model_words);
    for (int key = 0; key < ASSENT_TEXT_COUNT; key++) {
        int node = source_find(source, texts, model_words[key]);

        language->text[key] = "";
        if (node < 0) {
            source_fault(source, texts, "no \"%s\", expected every text", model_words[key]);
            continue;
        }
        language->text[key] = field_value(source, node, FIELD_TEXT, 1000);
        language->placeholders[key] = field_placeholders(source, node, language->text[key]);
        if (language->placeholders[key] != first->placeholders[key]) {
            source_fault(source, node, "other placeholders than in %s, expected the same",
                         first->source.path);
        }
    }
}

static void read_language(struct language *languages, int index)
{
    static const char *const names[] = {"$schema", "language", "dir", "texts", NULL};
    static const char *const directions[] = {"ltr", "rtl", NULL};
    struct language *language = &languages[index];
    struct source *source = &language->source;

    language->tag = "";
    if (source->count == 0) {
        return;
    }
    field_only(source, 0, names);
    language->tag = field_text(source, 0, "language", true, FIELD_TAG, ASSENT_TEXT_TAG_BYTES);
    language->rtl = field_choice(source, 0, "dir", true, directions, 0) == 1;
    read_texts(language, &languages[0]);
    for (int i = 0; i < index; i++) {
        if (strcmp(languages[i].tag, language->tag) == 0) {
            source_fault(source, 0, "language \"%s\" for the second time, expected each once",
                         language->tag);
        }
    }
}

/* The byte table stands in http/text.c.
 *   return  length, 0 if it is too large */
static size_t assemble(const struct language *languages, int count, uint8_t *out)
{
    size_t offsets = 56 + (size_t)count * 4;
    size_t start = offsets + (size_t)count * (ASSENT_TEXT_COUNT + 1) * 2;
    size_t at = start;

    memcpy(out, "ATXT\x01\0\0", 8);
    memset(out + 48, 0, 8);
    out[48] = (uint8_t)count;
    assent_bytes_store16(out + 50, ASSENT_TEXT_COUNT);
    assent_bytes_store16(out + 52, (uint16_t)start);
    for (int i = 0; i < count; i++) {
        uint8_t *row = out + 56 + 4 * i;

        for (int key = -1; key < ASSENT_TEXT_COUNT; key++) {
            const char *text = key < 0 ? languages[i].tag : languages[i].text[key];
            size_t len = strlen(text);

            if (at + len > ASSENT_IMAGE_BYTES) {
                return 0;
            }
            if (key < 0) {
                assent_bytes_store16(row, (uint16_t)(at - start));
                row[2] = (uint8_t)len;
                row[3] = languages[i].rtl;
            }
            memcpy(out + at, text, len);
            at += len;
            assent_bytes_store16(out + offsets, (uint16_t)(at - start));
            offsets += 2;
        }
    }
    policy_seal(out, at);
    return at;
}

int policy_texts(char **paths, int count, uint8_t *out, size_t *len)
{
    static struct language languages[ASSENT_TEXT_LANGUAGES];
    struct assent_text text;
    int faults = 0;
    int loaded;

    if (count > ASSENT_TEXT_LANGUAGES) {
        return tool_usage("%d languages, at most %d fit", count, ASSENT_TEXT_LANGUAGES);
    }
    memset(languages, 0, sizeof(languages));
    for (loaded = 0; loaded < count; loaded++) {
        if (source_load(&languages[loaded].source, paths[loaded]) != TOOL_OK) {
            break;
        }
        read_language(languages, loaded);
        faults += source_report(&languages[loaded].source);
    }
    faults += loaded < count;
    if (faults == 0 && out != NULL) {
        *len = assemble(languages, count, out);
        if (*len == 0) {
            faults = tool_fail(NULL, "too much text for an image of %d bytes", ASSENT_IMAGE_BYTES);
        } else if (assent_text_open(&text, assent_span(out, *len), NULL) != ASSENT_OK) {
            faults = tool_fail(NULL, "the image does not open: a fault of the compiler");
        }
    }
    for (int i = 0; i < loaded; i++) {
        source_free(&languages[i].source);
    }
    return faults == 0 ? TOOL_OK : TOOL_FAILED;
}
