/* SPDX-License-Identifier: MIT */
#include "tests/unit/test.h"

#include <stdlib.h>

#include "core/bytes.h"
#include "core/error.h"
#include "http/inflate.h"
#include "tests/unit/guard.h"
#include "tests/unit/policy_file.h"

static uint8_t out[32768];

/* Bits as RFC 1951 wants them, behind a head and before a tail. */
struct bits {
    uint8_t bytes[256];
    size_t len;
    unsigned used;
};

static void begin(struct bits *b)
{
    memset(b, 0, sizeof(*b));
    memcpy(b->bytes, "\x1f\x8b\x08\0\0\0\0\0\0\3", 10);
    b->len = 10;
}

static void add(struct bits *b, unsigned value, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (b->used % 8 == 0) {
            b->len++;
        }
        b->bytes[b->len - 1] |= (uint8_t)((value >> i & 1) << b->used % 8);
        b->used++;
    }
}

static struct assent_span end(struct bits *b, const char *text)
{
    size_t len = strlen(text);

    assent_bytes_store32(b->bytes + b->len, assent_bytes_crc32(0, text, len));
    assent_bytes_store32(b->bytes + b->len + 4, (uint32_t)len);
    return assent_span(b->bytes, b->len + 8);
}

/* Letters of hexadecimal digits. */
static struct assent_span hex(const char *text)
{
    static uint8_t bytes[512];
    size_t len = strlen(text) / 2;

    for (size_t i = 0; i < len; i++) {
        char digits[3] = {text[2 * i], text[2 * i + 1], '\0'};

        bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return assent_span(bytes, len);
}

static const struct {
    const char *what, *in, *out;
} members[] = {
    {"stored", "1f8b0800000000000403010b00f4ff68656c6c6f2068656c6c6f40a62d010b000000",
     "hello hello"},
    {"fixed codes", "1f8b0800000000000203cb48cdc9c957c84090008088f9e511000000",
     "hello hello hello"},
    {"nothing", "1f8b080000000000020303000000000000000000", ""},
    {"with a name", "1f8b08080000000002036100cb48cdc9c957c84090008088f9e511000000",
     "hello hello hello"},
    {"with everything",
     "1f8b081e00000000020302006162610062001234cb48cdc9c957c84090008088f9e511000000",
     "hello hello hello"},
};

TEST(members_of_other_compressors_are_unpacked)
{
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        int len = assent_inflate(hex(members[i].in), out, sizeof(out));

        CHECK_INT_ROW(members[i].what, len, (long long)strlen(members[i].out));
        CHECK_SPAN_ROW(members[i].what, assent_span(out, len > 0 ? (size_t)len : 0),
                       members[i].out);
    }
}

/* Each document, with its own codes: the text in the tree. */
TEST(documents_of_the_policies_are_what_stands_in_the_tree)
{
    static const char *const names[] = {"proclientchat", "procomm-voices", "prointerview",
                                        "prokoders", "selfmento"};
    static uint8_t image[POLICY_FILE_BYTES];
    static uint8_t text[sizeof(out)];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct assent_policy_document document;
        struct assent_policy policy;
        char path[200];
        FILE *file;
        size_t len;
        int got;

        (void)snprintf(path, sizeof(path), "core/policies/documents/%s.txt", names[i]);
        file = fopen(path, "rb");
        CHECK_ROW(path, file != NULL);
        if (file == NULL || !policy_file_open(names[i], image, &policy)) {
            continue;
        }
        len = fread(text, 1, sizeof(text), file);
        fclose(file);
        CHECK_INT_ROW(path, assent_policy_document(&policy, 0, &document), ASSENT_OK);
        got = assent_inflate(assent_policy_content(&policy, &document), out, sizeof(out));
        CHECK_INT_ROW(path, got, (long long)len);
        CHECK_ROW(path, got == (int)len && memcmp(out, text, len) == 0);
        CHECK_INT_ROW(path, assent_inflate(assent_policy_content(&policy, &document), out, len - 1),
                      ASSENT_ERR_SPACE);
    }
}

TEST(every_prefix_and_every_changed_byte_is_an_error_read_within_bounds)
{
    static uint8_t image[POLICY_FILE_BYTES];
    struct assent_policy_document document;
    struct assent_policy policy;
    struct assent_span content;
    unsigned taken = 0;

    if (!policy_file_open("prointerview", image, &policy) ||
        assent_policy_document(&policy, 0, &document) != ASSENT_OK) {
        CHECK(false);
        return;
    }
    content = assent_policy_content(&policy, &document);
    for (size_t len = 0; len < content.len; len++) {
        const uint8_t *copy = guard_copy(assent_span(content.ptr, len));

        taken += assent_inflate(assent_span(copy, len), out, sizeof(out)) >= 0 ? 1 : 0;
    }
    CHECK_INT(taken, 0);
    for (size_t i = 0; i < content.len; i++) {
        static uint8_t copy[POLICY_FILE_BYTES];

        memcpy(copy, content.ptr, content.len);
        copy[i] ^= 0x10;
        /* Time, level and system in the head say nothing. */
        if (assent_inflate(assent_span(copy, content.len), out, sizeof(out)) >= 0) {
            CHECK(i >= 4 && i < 10);
        }
    }
}

TEST(blocks_that_deflate_does_not_have_are_refused)
{
    struct bits b;

    begin(&b); /* kind 3 */
    add(&b, 1, 1);
    add(&b, 3, 2);
    CHECK_INT(assent_inflate(end(&b, ""), out, sizeof(out)), ASSENT_ERR_CORRUPT);

    begin(&b); /* further back than there is anything: length 3, distance 1 */
    add(&b, 1, 1);
    add(&b, 1, 2);
    add(&b, 0x40, 7); /* 257, its first bit first */
    add(&b, 0, 5);
    add(&b, 0, 7);
    CHECK_INT(assent_inflate(end(&b, ""), out, sizeof(out)), ASSENT_ERR_CORRUPT);

    begin(&b); /* too many codes of one bit */
    add(&b, 1, 1);
    add(&b, 2, 2);
    add(&b, 0, 14);
    for (unsigned i = 0; i < 4; i++) {
        add(&b, 1, 3);
    }
    CHECK_INT(assent_inflate(end(&b, ""), out, sizeof(out)), ASSENT_ERR_CORRUPT);

    begin(&b); /* stored, with a wrong complement */
    add(&b, 1, 3);
    add(&b, 0, 5);
    add(&b, 1, 16);
    add(&b, 1, 16);
    add(&b, 'a', 8);
    CHECK_INT(assent_inflate(end(&b, "a"), out, sizeof(out)), ASSENT_ERR_CORRUPT);

    begin(&b); /* the same, right */
    add(&b, 1, 3);
    add(&b, 0, 5);
    add(&b, 1, 16);
    add(&b, 0xFFFE, 16);
    add(&b, 'a', 8);
    CHECK_INT(assent_inflate(end(&b, "a"), out, sizeof(out)), 1);
    CHECK_INT(assent_inflate(end(&b, "b"), out, sizeof(out)), ASSENT_ERR_CORRUPT);
    CHECK_INT(assent_inflate(end(&b, "aa"), out, sizeof(out)), ASSENT_ERR_CORRUPT);
}

TEST(little_in_never_becomes_more_than_there_is_room_for)
{
    struct bits b;

    begin(&b); /* "a", then 258 bytes of it, again and again */
    add(&b, 1, 1);
    add(&b, 1, 2);
    add(&b, 0x89, 8); /* 'a' is 0x30 + 0x61, its first bit first */
    for (unsigned i = 0; i < 100; i++) {
        add(&b, 0xA3, 8); /* 285 */
        add(&b, 0, 5);
    }
    add(&b, 0, 7);
    CHECK_INT(assent_inflate(end(&b, ""), out, 20000), ASSENT_ERR_SPACE);
}

TEST_MAIN(CASE(members_of_other_compressors_are_unpacked),
          CASE(documents_of_the_policies_are_what_stands_in_the_tree),
          CASE(every_prefix_and_every_changed_byte_is_an_error_read_within_bounds),
          CASE(blocks_that_deflate_does_not_have_are_refused),
          CASE(little_in_never_becomes_more_than_there_is_room_for))
