/* SPDX-License-Identifier: MIT */
#include "core/bytes.h"
#include "core/image.h"
#include "core/policy.h"
#include "core/policy_format.h"
#include "port/crypto/mbedtls.h"
#include "tests/unit/policy_file.h"
#include "tests/unit/test.h"

static uint8_t good[POLICY_FILE_BYTES];
static uint8_t bytes[POLICY_FILE_BYTES];

TEST(a_changed_byte_is_noticed_wherever_it_is)
{
    struct assent_crypto crypto = assent_mbedtls_crypto();
    size_t len = policy_file_read("samples/sample", bytes);
    struct assent_policy policy;

    CHECK(len > 0);
    for (size_t at = 0; at < len; at++) {
        for (unsigned bit = 1; bit < 256; bit *= 2) {
            bytes[at] ^= (uint8_t)bit;
            if (assent_policy_open(&policy, assent_span(bytes, len), &crypto) == ASSENT_OK) {
                CHECK_INT(at, -1);
            }
            bytes[at] ^= (uint8_t)bit;
        }
    }
    CHECK_INT(assent_policy_open(&policy, assent_span(bytes, len), &crypto), ASSENT_OK);
}

TEST(a_changed_byte_is_noticed_without_crypto_too)
{
    size_t len = policy_file_read("samples/sample", bytes);
    struct assent_policy policy;

    for (size_t at = 0; at < len; at++) {
        bytes[at] ^= 0xFF;
        if (assent_policy_open(&policy, assent_span(bytes, len), NULL) == ASSENT_OK) {
            CHECK_INT(at, -1);
        }
        bytes[at] ^= 0xFF;
    }
}

/* The image lies at the end of its memory, so that the sanitizer sees a read beyond it. */
static struct assent_span at_the_end(size_t len)
{
    memmove(bytes + sizeof(bytes) - len, good, len);
    return assent_span(bytes + sizeof(bytes) - len, len);
}

TEST(a_changed_image_with_right_checksums_is_refused_or_safe)
{
    static const uint8_t masks[] = {0x01, 0x40, 0x80, 0xFF};
    size_t len = policy_file_read("samples/sample", good);
    unsigned accepted = 0;
    unsigned refused = 0;

    for (size_t at = 0; at < len; at++) {
        for (size_t m = 0; m < sizeof(masks); m++) {
            struct assent_span image = at_the_end(len);
            uint8_t *p = bytes + sizeof(bytes) - len;
            struct assent_policy policy;

            p[at] ^= masks[m];
            assent_bytes_store32(
                p + ASSENT_IMAGE_CRC_AT,
                assent_bytes_crc32(0, p + ASSENT_IMAGE_DIGEST_AT, len - ASSENT_IMAGE_DIGEST_AT));
            if (assent_policy_open(&policy, image, NULL) == ASSENT_OK) {
                accepted++;
                CHECK(policy_file_walk(&policy) > 0);
            } else {
                refused++;
            }
        }
    }
    /* Letters of texts, numbers within their range and colours may change; structure may not. */
    CHECK(accepted > 100 && refused > accepted / 4);
}

TEST(every_prefix_of_an_image_is_refused)
{
    size_t len = policy_file_read("samples/sample", good);
    struct assent_policy policy;

    for (size_t cut = 0; cut < len; cut++) {
        struct assent_span image = at_the_end(cut);

        if (assent_policy_open(&policy, image, NULL) != ASSENT_ERR_CORRUPT) {
            CHECK_INT(cut, -1);
        }
        /* The same, pretending to be whole. */
        if (cut >= ASSENT_IMAGE_BODY) {
            policy_file_seal(bytes + sizeof(bytes) - cut, cut);
            if (assent_policy_open(&policy, image, NULL) == ASSENT_OK) {
                CHECK_INT(cut, -2);
            }
        }
    }
}

TEST(what_follows_an_image_is_not_looked_at)
{
    size_t len = policy_file_read("samples/sample", bytes);
    struct assent_policy policy;

    memset(bytes + len, 0xA5, 100);
    CHECK_INT(assent_policy_open(&policy, assent_span(bytes, len + 100), NULL), ASSENT_OK);
    CHECK_INT(policy.image.len, len);
}

/* Row of a table of the sample. */
static size_t row(enum assent_policy_format_table table, unsigned index)
{
    return (size_t)(assent_policy_format_row(good, table, index) - good);
}

/* A string of the pool. */
static size_t text_of(size_t reference)
{
    return (size_t)(assent_policy_format_string(good, good + reference).ptr - good);
}

#define ROW(table, index) row(ASSENT_POLICY_FORMAT_##table, (index))

TEST(each_rule_of_the_format_is_checked)
{
    struct {
        const char *what;
        size_t at;
        unsigned bytes;
        uint32_t value;
        int error;
    } rows[] = {
        {"revision 0", 48, 4, 0, ASSENT_ERR_RANGE},
        {"effective after the year 9999", 55, 2, 0xFFFF, ASSENT_ERR_RANGE},
        {"an unknown regime", 57, 1, 3, ASSENT_ERR_RANGE},
        {"an unknown meaning of GPC", 58, 1, 2, ASSENT_ERR_RANGE},
        {"an age of 100", 59, 1, 100, ASSENT_ERR_RANGE},
        {"an unknown flag", 60, 1, 0x10, ASSENT_ERR_RANGE},
        {"essential is not offered", 61, 1, 6, ASSENT_ERR_RANGE},
        {"a fourth tier", 61, 1, 15, ASSENT_ERR_RANGE},
        {"advertising until objected to", 62, 1, 4, ASSENT_ERR_RANGE},
        {"essential until objected to", 62, 1, 1, ASSENT_ERR_RANGE},
        {"statistics until objected to in the eu", 57, 1, 0, ASSENT_ERR_RANGE},
        {"no language", 63, 1, 0, ASSENT_ERR_CORRUPT},
        {"a language more than there are", 63, 1, 4, ASSENT_ERR_CORRUPT},
        {"17 languages", 63, 1, 17, ASSENT_ERR_CORRUPT},
        {"grant_days 0", 64, 2, 0, ASSENT_ERR_RANGE},
        {"grant_days above 395", 64, 2, 396, ASSENT_ERR_RANGE},
        {"a grant that outlives a refusal", 64, 2, 201, ASSENT_ERR_RANGE},
        {"refusal_days below 180", 66, 2, 179, ASSENT_ERR_RANGE},
        {"refusal_days above 395", 66, 2, 396, ASSENT_ERR_RANGE},
        {"refusal_days below a year in the us", 57, 1, 2, ASSENT_ERR_RANGE},
        {"cookie_days 0", 68, 2, 0, ASSENT_ERR_RANGE},
        {"cookie_days above 400", 68, 2, 401, ASSENT_ERR_RANGE},
        {"cookie_days below the life of a cookie", 68, 2, 299, ASSENT_ERR_RANGE},
        {"retention_days 0", 70, 2, 0, ASSENT_ERR_RANGE},
        {"retention_days above 3660", 70, 2, 3661, ASSENT_ERR_RANGE},
        {"an unknown right", 72, 2, 0x200, ASSENT_ERR_RANGE},
        {"a right without its text is fine, a text without its right is not", 72, 2, 0x1,
         ASSENT_ERR_RANGE},
        {"a pool elsewhere", 74, 2, 300, ASSENT_ERR_CORRUPT},
        {"a pool beyond the end", 74, 2, 0xFFFF, ASSENT_ERR_CORRUPT},
        {"a byte that is kept for later", 91, 1, 1, ASSENT_ERR_RANGE},
        {"an id of no bytes", 112, 2, 0, ASSENT_ERR_CORRUPT},
        {"a name outside the pool", 114, 2, 0xFFFF, ASSENT_ERR_CORRUPT},
        {"a controller without a name", 116, 2, 0, ASSENT_ERR_RANGE},
        {"a web address that is no link", 126, 4, assent_bytes_load32(good + 122),
         ASSENT_ERR_RANGE},
        {"a first table elsewhere", 134, 2, 187, ASSENT_ERR_CORRUPT},
        {"a table with a row more", 134 + 4 * 4 + 2, 2, 5, ASSENT_ERR_CORRUPT},
        {"a table of 65535 rows", 134 + 4 * 12 + 2, 2, 0xFFFF, ASSENT_ERR_CORRUPT},
        {"a language tag outside the pool", ROW(LANGUAGE, 0), 2, 0xFFFF, ASSENT_ERR_CORRUPT},
        {"a third direction", ROW(LANGUAGE, 1) + 4, 1, 2, ASSENT_ERR_RANGE},
        {"words that are neither shared nor own", ROW(LANGUAGE, 1) + 5, 1, 2, ASSENT_ERR_RANGE},
        {"a phrase outside the pool", ROW(PHRASE, 0) + 4 * 3 + 2, 2, 0xFFFF, ASSENT_ERR_CORRUPT},
        {"a word with an unknown key", ROW(WORD, 0), 2, ASSENT_TEXT_COUNT, ASSENT_ERR_RANGE},
        {"a word with an unknown phrase", ROW(WORD, 0) + 2, 2, 0x7FFF, ASSENT_ERR_CORRUPT},
        {"a site that is a star", ROW(SITE, 1) + 2, 2, 1, ASSENT_ERR_RANGE},
        {"a site that is a star and a dot", ROW(SITE, 1) + 2, 2, 2, ASSENT_ERR_RANGE},
        {"a site in capitals", text_of(ROW(SITE, 0)), 1, 'S', ASSENT_ERR_CORRUPT},
        {"a purpose with an unknown title", ROW(PURPOSE, 0) + 4, 2, 0x7FFF, ASSENT_ERR_CORRUPT},
        {"a purpose of an unknown tier", ROW(PURPOSE, 3) + 8, 1, 3, ASSENT_ERR_RANGE},
        {"purposes out of order", ROW(PURPOSE, 0) + 8, 1, 1, ASSENT_ERR_RANGE},
        {"a cookie with an unknown purpose", ROW(COOKIE, 0) + 12, 1, 4, ASSENT_ERR_RANGE},
        {"a cookie of another tier than its purpose", ROW(COOKIE, 0) + 13, 1, 1, ASSENT_ERR_RANGE},
        {"a cookie that lives a second too long", ROW(COOKIE, 2) + 8, 4, 300 * 86400 + 1,
         ASSENT_ERR_RANGE},
        {"a cookie that lives for ever", ROW(COOKIE, 2) + 8, 4, 0xFFFFFFFF, ASSENT_ERR_RANGE},
        {"an unknown cookie flag", ROW(COOKIE, 0) + 14, 1, 0x08, ASSENT_ERR_RANGE},
        {"HttpOnly and seen by scripts", ROW(COOKIE, 0) + 14, 1, 3, ASSENT_ERR_RANGE},
        {"a cookie that is its own parent", ROW(COOKIE, 3) + 15, 1, 3, ASSENT_ERR_RANGE},
        {"a parent behind its child", ROW(COOKIE, 3) + 15, 1, 4, ASSENT_ERR_RANGE},
        {"a parent that is not the longest", ROW(COOKIE, 4) + 15, 1, 1, ASSENT_ERR_RANGE},
        {"a missing parent", ROW(COOKIE, 3) + 15, 1, 255, ASSENT_ERR_RANGE},
        {"a parent that does not fit", ROW(COOKIE, 6) + 15, 1, 1, ASSENT_ERR_RANGE},
        {"cookies out of order", text_of(ROW(COOKIE, 6)) + 2, 1, 'Z', ASSENT_ERR_RANGE},
        {"two exact cookies alike", ROW(COOKIE, 1) + 14, 1, 0, ASSENT_ERR_RANGE},
        {"a cookie name with a semicolon", text_of(ROW(COOKIE, 0)) + 2, 1, ';', ASSENT_ERR_CORRUPT},
        {"a cookie name with an equals sign", text_of(ROW(COOKIE, 0)) + 2, 1, '=',
         ASSENT_ERR_CORRUPT},
        {"a cookie name of no bytes", ROW(COOKIE, 0) + 2, 2, 0, ASSENT_ERR_CORRUPT},
        {"a host that ends a directive", text_of(ROW(HOST, 0)) + 2, 1, ';', ASSENT_ERR_CORRUPT},
        {"a host that ends a source", text_of(ROW(HOST, 0)) + 2, 1, ' ', ASSENT_ERR_CORRUPT},
        {"a host with a star inside", text_of(ROW(HOST, 0)) + 2, 1, '*', ASSENT_ERR_RANGE},
        {"a host that is every host", ROW(HOST, 1) + 2, 2, 1, ASSENT_ERR_RANGE},
        {"a host that begins with a colon", text_of(ROW(HOST, 0)), 1, ':', ASSENT_ERR_RANGE},
        {"a host of an unknown recipient", ROW(HOST, 0) + 4, 2, 2, ASSENT_ERR_RANGE},
        {"a host of an unknown tier", ROW(HOST, 1) + 6, 1, 3, ASSENT_ERR_RANGE},
        {"hosts out of order", ROW(HOST, 1) + 6, 1, 0, ASSENT_ERR_RANGE},
        {"an unknown use of a host", ROW(HOST, 0) + 7, 1, 0x80, ASSENT_ERR_RANGE},
        {"a recipient whose link is a script", text_of(ROW(RECIPIENT, 0) + 4), 1, 'j',
         ASSENT_ERR_RANGE},
        {"a link with a quote", text_of(ROW(RECIPIENT, 0) + 4) + 9, 1, '"', ASSENT_ERR_CORRUPT},
        {"a recipient of an unknown tier", ROW(RECIPIENT, 0) + 12, 1, 8, ASSENT_ERR_RANGE},
        {"a recipient with an unknown text", ROW(RECIPIENT, 0) + 10, 2, 0x7FFF, ASSENT_ERR_CORRUPT},
        {"an unknown technology", ROW(TECHNOLOGY, 0) + 2, 1, ASSENT_POLICY_TECHNOLOGY_KINDS,
         ASSENT_ERR_RANGE},
        {"a technology of an unknown tier", ROW(TECHNOLOGY, 0) + 3, 1, 3, ASSENT_ERR_RANGE},
        {"two rights in one row", ROW(RIGHT, 0) + 2, 2, 5, ASSENT_ERR_RANGE},
        {"rights out of order", ROW(RIGHT, 0) + 2, 2, 0x20, ASSENT_ERR_RANGE},
        {"a right that the policy does not grant", ROW(RIGHT, 0) + 2, 2, 2, ASSENT_ERR_RANGE},
        {"an unknown section", ROW(SECTION, 0) + 2, 1, ASSENT_POLICY_SECTION_KINDS,
         ASSENT_ERR_RANGE},
        {"an archive with the current revision", ROW(REVISION, 0) + 8, 4, 7, ASSENT_ERR_RANGE},
        {"an archive out of order", ROW(REVISION, 1) + 8, 4, 5, ASSENT_ERR_RANGE},
        {"an archived revision that half asked", ROW(REVISION, 0) + 2, 1, 2, ASSENT_ERR_RANGE},
        {"a text that ends behind the texts", ROW(DOCUMENT, 0) + 42, 2, 0xFFFF, ASSENT_ERR_RANGE},
        {"a text that begins behind the texts", ROW(DOCUMENT, 0) + 40, 2, 0xFFFF, ASSENT_ERR_RANGE},
        {"a document in another folder", text_of(ROW(DOCUMENT, 0)) + 1, 1, '/', ASSENT_ERR_CORRUPT},
        {"a control character in a text", text_of(114), 1, '\n', ASSENT_ERR_CORRUPT},
        {"a text that is not UTF-8", text_of(114), 1, 0xC0, ASSENT_ERR_CORRUPT},
    };
    size_t len = policy_file_read("samples/sample", good);
    struct assent_policy policy;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        memcpy(bytes, good, len);
        for (unsigned b = 0; b < rows[i].bytes; b++) {
            bytes[rows[i].at + b] = (uint8_t)(rows[i].value >> 8 * b);
        }
        policy_file_seal(bytes, len);
        CHECK_INT_ROW(rows[i].what, assent_policy_open(&policy, assent_span(bytes, len), NULL),
                      rows[i].error);
    }
}

TEST(a_text_cut_inside_a_character_is_refused)
{
    size_t len = policy_file_read("samples/sample", good);
    size_t phrases = ROW(PHRASE, 0);
    unsigned count = assent_policy_format_count(good, ASSENT_POLICY_FORMAT_PHRASE);
    struct assent_policy policy;
    unsigned tried = 0;

    for (size_t i = 0; i < count * 3U; i++) {
        size_t at = phrases + 4 * i;
        unsigned length = assent_bytes_load16(good + at + 2);

        if (length > 1 && (good[text_of(at) + length - 1] & 0x80) != 0) {
            memcpy(bytes, good, len);
            assent_bytes_store16(bytes + at + 2, (uint16_t)(length - 1));
            policy_file_seal(bytes, len);
            CHECK_INT(assent_policy_open(&policy, assent_span(bytes, len), NULL),
                      ASSENT_ERR_CORRUPT);
            tried++;
        }
    }
    CHECK(tried > 0);
}

TEST(an_image_for_another_version_is_told_apart)
{
    size_t len = policy_file_read("samples/sample", bytes);
    struct assent_policy policy;

    bytes[4] = 2;
    CHECK_INT(assent_policy_open(&policy, assent_span(bytes, len), NULL), ASSENT_ERR_VERSION);
    bytes[4] = 1;
    bytes[0] = 'X';
    CHECK_INT(assent_policy_open(&policy, assent_span(bytes, len), NULL), ASSENT_ERR_CORRUPT);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        CASE(a_changed_byte_is_noticed_wherever_it_is),
        CASE(a_changed_byte_is_noticed_without_crypto_too),
        CASE(a_changed_image_with_right_checksums_is_refused_or_safe),
        CASE(every_prefix_of_an_image_is_refused),
        CASE(what_follows_an_image_is_not_looked_at),
        CASE(each_rule_of_the_format_is_checked),
        CASE(a_text_cut_inside_a_character_is_refused),
        CASE(an_image_for_another_version_is_told_apart),
    };

    /* Tables of tests are laid out by the offsets of this image. */
    if (policy_file_read("samples/sample", good) == 0) {
        return 1;
    }
    return test_run(cases, sizeof(cases) / sizeof(cases[0]), argc, argv);
}
