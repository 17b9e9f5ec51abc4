/* SPDX-License-Identifier: MIT */
/* The image of documents, read as from a flash that cannot be addressed, and the pages that lead to it. */
#include <limits.h>

#include "core/bytes.h"
#include "core/error.h"
#include "core/image.h"
#include "http/documents.h"
#include "tests/unit/policy_file.h"
#include "tests/unit/test.h"
#include "tests/unit/visitor.h"

enum { COUNT_AT = 48, ROWS_AT = 52, ROW_BYTES = 36, SITES = 5 };

/* The image as a flash; fails from a given read on. */
static struct {
    uint8_t bytes[POLICY_FILE_BYTES];
    size_t len;
    unsigned reads_left;
} flash;

static int read_flash(void *ctx, uint32_t offset, void *out, uint32_t len)
{
    (void)ctx;
    if (flash.reads_left == 0 || offset > flash.len || len > flash.len - offset) {
        return ASSENT_ERR_IO;
    }
    flash.reads_left--;
    memcpy(out, flash.bytes + offset, len);
    return ASSENT_OK;
}

static const struct assent_source source = {NULL, read_flash};
static struct assent_documents documents;

static int open_image(void)
{
    flash.len = policy_file_read("documents", flash.bytes);
    flash.reads_left = UINT_MAX;
    return assent_documents_open(&documents, &source);
}

TEST(every_policy_finds_its_text_whole_and_in_pieces)
{
    static const char *const names[SITES] = {"proclientchat", "procomm-voices", "prointerview",
                                             "prokoders", "selfmento"};
    static uint8_t image[POLICY_FILE_BYTES];
    static char text[20000];
    static uint8_t got[20000];

    CHECK_INT(open_image(), ASSENT_OK);
    CHECK_INT(documents.count, SITES);
    for (size_t i = 0; i < SITES; i++) {
        struct assent_policy_document document;
        struct assent_documents_text found = {0, 0};
        struct assent_policy policy;
        size_t len = policy_file_document(names[i], text, sizeof(text));

        CHECK_ROW(names[i], policy_file_open(names[i], image, &policy));
        CHECK_INT_ROW(names[i], assent_policy_document(&policy, 0, &document), ASSENT_OK);
        CHECK_INT_ROW(names[i], assent_documents_find(&documents, document.digest, &found),
                      ASSENT_OK);
        CHECK_INT_ROW(names[i], found.len, (long long)len);
        for (uint32_t at = 0; at < len; at += 7) {
            uint32_t piece = (uint32_t)len - at < 7 ? (uint32_t)len - at : 7;

            CHECK_INT_ROW(names[i], assent_documents_read(&documents, &found, at, got + at, piece),
                          ASSENT_OK);
        }
        CHECK_ROW(names[i], memcmp(got, text, len) == 0);
    }
}

TEST(another_digest_is_not_found_and_a_flash_that_fails_is_told)
{
    uint8_t digest[ASSENT_SHA256_BYTES] = {1};
    struct assent_documents_text found;
    struct assent_span wanted = assent_span(digest, sizeof(digest));

    CHECK_INT(open_image(), ASSENT_OK);
    CHECK_INT(assent_documents_find(&documents, wanted, &found), ASSENT_ERR_NOT_FOUND);
    CHECK_INT(assent_documents_find(NULL, wanted, &found), ASSENT_ERR_NOT_FOUND);
    memcpy(digest, flash.bytes + ROWS_AT + 4 * ROW_BYTES, sizeof(digest));
    CHECK_INT(assent_documents_find(&documents, wanted, &found), ASSENT_OK);
    flash.reads_left = 4;
    CHECK_INT(assent_documents_find(&documents, wanted, &found), ASSENT_ERR_IO);
}

TEST(an_image_that_is_damaged_or_short_is_refused)
{
    CHECK_INT(open_image(), ASSENT_OK);
    for (size_t at = 0; at < flash.len; at += at < 400 ? 1 : 97) {
        if (at >= 12 && at < 16) {
            continue; /* the CRC itself, below */
        }
        flash.bytes[at] ^= 1;
        CHECK(assent_documents_open(&documents, &source) < 0);
        flash.bytes[at] ^= 1;
    }
    flash.bytes[13] ^= 1;
    CHECK_INT(assent_documents_open(&documents, &source), ASSENT_ERR_CORRUPT);
    flash.bytes[13] ^= 1;
    while (flash.len > 0) {
        flash.len -= flash.len > 400 ? 97 : 1;
        CHECK_INT(assent_documents_open(&documents, &source), ASSENT_ERR_IO);
    }
    for (unsigned reads = 0; reads < 100; reads++) {
        (void)open_image();
        flash.reads_left = reads;
        CHECK_INT(assent_documents_open(&documents, &source), ASSENT_ERR_IO);
    }
}

TEST(each_rule_of_the_rows_holds_though_the_checksum_is_right)
{
    static const struct {
        const char *what;
        size_t at;
        uint16_t value;
        int error;
    } rows[] = {
        {"more rows than there is room", COUNT_AT, 0xFFFF, ASSENT_ERR_CORRUPT},
        {"one row more, made of text", COUNT_AT, SITES + 1, ASSENT_ERR_CORRUPT},
        {"something in what is kept free", COUNT_AT + 2, 1, ASSENT_ERR_CORRUPT},
        {"a text within the rows", ROWS_AT + 32, ROWS_AT, ASSENT_ERR_CORRUPT},
        {"a text behind the end", ROWS_AT + 32, 0xFFFF, ASSENT_ERR_CORRUPT},
        {"a text longer than the image", ROWS_AT + 34, 0xFFFF, ASSENT_ERR_CORRUPT},
        {"fewer rows", COUNT_AT, SITES - 1, ASSENT_OK},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        (void)open_image();
        assent_bytes_store16(flash.bytes + rows[i].at, rows[i].value);
        policy_file_seal(flash.bytes, flash.len);
        CHECK_INT_ROW(rows[i].what, assent_documents_open(&documents, &source), rows[i].error);
    }
    (void)open_image();
    flash.len = ASSENT_IMAGE_BODY + 2; /* not even a count */
    policy_file_seal(flash.bytes, flash.len);
    CHECK_INT(assent_documents_open(&documents, &source), ASSENT_ERR_CORRUPT);
}

/* A device whose policies leave the texts out. */
static struct visitor *open_without_texts(void)
{
    static uint8_t image[POLICY_FILE_BYTES];
    struct visitor *v = visitor_open();
    struct assent_policy_document document;
    struct assent_policy policy;

    CHECK(policy_file_open("prokoders", image, &policy));
    CHECK_INT(assent_policy_document(&policy, 0, &document), ASSENT_OK);
    memset(image + (document.digest.ptr - image) + ASSENT_SHA256_BYTES, 0, 4);
    policy_file_seal(image, policy.image.len);
    CHECK_INT(assent_app_replace_site(&v->app, assent_span(image, policy.image.len), 3), ASSENT_OK);
    return v;
}

static const char place[] = "/.consent/policy/1/prokoders.txt";

TEST(a_text_beside_the_policy_is_linked_and_served_with_any_buffer)
{
    static const struct {
        const char *fields;
        unsigned status;
    } rows[] = {
        {"", 200},
        {"Accept-Encoding: gzip, deflate, br\r\n", 200},
        {"Accept-Encoding: gzip\r\n", 200},
        {"Accept-Encoding: gzip, identity;q=0\r\n", 406},
        {"Accept-Encoding: *;q=0\r\n", 406},
    };
    static const struct {
        const char *name;
        size_t bytes;
    } buffers[] = {{"1300", 1300}, {"2048", 2048}, {"2560", 2560}, {"16384", 16384}};
    static char text[20000];
    char length[32];
    size_t len = policy_file_document("prokoders", text, sizeof(text));
    struct visitor *v = open_without_texts();

    (void)snprintf(length, sizeof(length), "%u", (unsigned)len);
    CHECK_INT(visitor_get(v, place), 404);
    (void)visitor_get(v, "/.consent/policy");
    CHECK(visitor_has(v, "<p>prokoders.txt ("));
    CHECK_INT(open_image(), ASSENT_OK);
    v->app.documents = &documents;
    (void)visitor_get(v, "/.consent/policy");
    CHECK(visitor_has(v, "<a href=\"/.consent/policy/1/prokoders.txt\">prokoders.txt</a>"));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        v->fields = rows[i].fields;
        CHECK_INT_ROW(rows[i].fields, visitor_get(v, place), rows[i].status);
        CHECK_ROW(rows[i].fields, !visitor_has(v, "Content-Encoding"));
        CHECK_ROW(rows[i].fields, rows[i].status != 200 || strcmp(v->content, text) == 0);
    }
    v->fields = "";
    for (size_t i = 0; i < sizeof(buffers) / sizeof(buffers[0]); i++) {
        v->send_bytes = buffers[i].bytes;
        CHECK_INT_ROW(buffers[i].name, visitor_get(v, place), 200);
        CHECK_ROW(buffers[i].name, strcmp(v->content, text) == 0);
        CHECK_ROW(buffers[i].name, strcmp(visitor_field(v, "Content-Length"), length) == 0);
    }
    CHECK_INT(visitor_ask(v, "HEAD", place, NULL, NULL), 200);
    CHECK(strcmp(visitor_field(v, "Content-Length"), length) == 0 && v->content[0] == '\0');
    visitor_close(v);
}

TEST(a_flash_that_fails_on_the_way_cuts_the_answer_short)
{
    static char text[20000];
    size_t len = policy_file_document("prokoders", text, sizeof(text));
    struct visitor *v = open_without_texts();

    CHECK_INT(open_image(), ASSENT_OK);
    v->app.documents = &documents;
    for (unsigned reads = 30; reads < 60; reads++) {
        flash.reads_left = reads;
        CHECK_INT(visitor_get(v, place), 200);
        CHECK(strlen(v->content) < len && memcmp(v->content, text, strlen(v->content)) == 0);
    }
    flash.reads_left = 0;
    CHECK_INT(visitor_get(v, place), 404);
    visitor_close(v);
}

TEST_MAIN(CASE(every_policy_finds_its_text_whole_and_in_pieces),
          CASE(another_digest_is_not_found_and_a_flash_that_fails_is_told),
          CASE(an_image_that_is_damaged_or_short_is_refused),
          CASE(each_rule_of_the_rows_holds_though_the_checksum_is_right),
          CASE(a_text_beside_the_policy_is_linked_and_served_with_any_buffer),
          CASE(a_flash_that_fails_on_the_way_cuts_the_answer_short))
