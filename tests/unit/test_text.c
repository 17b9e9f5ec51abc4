/* SPDX-License-Identifier: MIT */
#include <limits.h>

#include "core/bytes.h"
#include "core/image.h"
#include "core/policy.h"
#include "http/text.h"
#include "port/crypto/mbedtls.h"
#include "tests/unit/policy_file.h"
#include "tests/unit/test.h"

static uint8_t good[POLICY_FILE_BYTES];
static uint8_t bytes[POLICY_FILE_BYTES];

TEST(every_text_is_there_in_every_language)
{
    struct assent_crypto crypto = assent_mbedtls_crypto();
    size_t len = policy_file_read("texts", bytes);
    struct assent_text text;

    CHECK_INT(assent_text_open(&text, assent_span(bytes, len), &crypto), ASSENT_OK);
    CHECK_INT(text.languages, 3);
    for (unsigned language = 0; language < text.languages; language++) {
        for (unsigned key = 0; key < ASSENT_TEXT_COUNT; key++) {
            CHECK(assent_text_get(&text, language, (enum assent_text_key)key).len > 0);
        }
    }
    CHECK_SPAN(assent_text_get(&text, 0, ASSENT_TEXT_REJECT_ALL), "Reject all");
    CHECK_SPAN(assent_text_get(&text, 0, ASSENT_TEXT_SECTION_MARKETING), "Promotional messages");
    CHECK_SPAN(assent_text_get(&text, 3, ASSENT_TEXT_REJECT_ALL), "");
    CHECK_SPAN(assent_text_get(&text, 0, ASSENT_TEXT_COUNT), "");
    CHECK_INT(assent_text_language(&text, ASSENT_SPAN("DE")), 2);
    CHECK_INT(assent_text_language(&text, ASSENT_SPAN("de-AT")), ASSENT_ERR_NOT_FOUND);
    CHECK(assent_text_rtl(&text, (unsigned)assent_text_language(&text, ASSENT_SPAN("ar"))));
    CHECK(!assent_text_rtl(&text, 0) && !assent_text_rtl(&text, 99));
    CHECK_SPAN(assent_text_tag(&text, 3), "");
}

/* The image as a flash that cannot be addressed; fails from a given read on. */
struct flash {
    size_t len;
    unsigned reads_left;
};

static int read_flash(void *ctx, uint32_t offset, void *out, uint32_t len)
{
    struct flash *flash = ctx;

    if (flash->reads_left == 0 || offset > flash->len || len > flash->len - offset) {
        return ASSENT_ERR_IO;
    }
    flash->reads_left--;
    memcpy(out, bytes + offset, len);
    return ASSENT_OK;
}

TEST(words_read_from_a_source_are_those_of_the_image)
{
    struct flash flash = {policy_file_read("texts", bytes), UINT_MAX};
    struct assent_source source = {&flash, read_flash};
    struct assent_text memory;
    struct assent_text text;

    CHECK_INT(assent_text_open(&memory, assent_span(bytes, flash.len), NULL), ASSENT_OK);
    CHECK_INT(assent_text_open_source(&text, &source), ASSENT_OK);
    CHECK_INT(text.languages, 3);
    CHECK_INT(assent_text_language(&text, ASSENT_SPAN("DE")), 2);
    CHECK_INT(assent_text_language(&text, ASSENT_SPAN("fr")), ASSENT_ERR_NOT_FOUND);
    CHECK(!assent_text_rtl(&text, 0));
    CHECK(assent_text_rtl(&text, (unsigned)assent_text_language(&text, ASSENT_SPAN("ar"))));
    for (unsigned i = 0; i < 3U * ASSENT_TEXT_COUNT; i++) {
        enum assent_text_key key = (enum assent_text_key)(i / 3);
        struct assent_text_words words = assent_text_words(&text, i % 3, key);
        struct assent_span whole = assent_text_get(&memory, i % 3, key);
        uint8_t buffer[ASSENT_TEXT_PIECE_BYTES];
        struct assent_span piece;
        size_t at = 0;

        while ((piece = assent_text_words_look(&words, buffer)).len > 0) {
            size_t len = piece.len > 1 ? piece.len - 1 : 1; /* not always all of it is used */

            CHECK(assent_span_equal(piece, assent_span_slice(whole, at, at + piece.len)));
            assent_text_words_skip(&words, len);
            at += len;
        }
        CHECK_INT(at, whole.len);
    }
    CHECK_INT(assent_text_words(&text, 3, ASSENT_TEXT_SAVE).end, 0);
    CHECK_INT(assent_text_words(&text, 0, ASSENT_TEXT_COUNT).end, 0);
}

TEST(a_source_that_is_damaged_short_or_fails_is_refused_or_gives_nothing)
{
    static const size_t damaged[] = {0, 4, 5, 8, 12, 16, 48, 50, 52, 58, 100, 5000};
    struct flash flash = {policy_file_read("texts", bytes), UINT_MAX};
    struct assent_source source = {&flash, read_flash};
    uint8_t buffer[ASSENT_TEXT_PIECE_BYTES];
    struct assent_text text;
    struct assent_text_words words;
    size_t whole = flash.len;

    for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
        bytes[damaged[i]] ^= 1;
        CHECK(assent_text_open_source(&text, &source) < 0);
        bytes[damaged[i]] ^= 1;
    }
    for (flash.len = 0; flash.len < whole; flash.len++) {
        CHECK_INT(assent_text_open_source(&text, &source), ASSENT_ERR_IO);
    }
    for (unsigned reads = 0; reads < 100; reads++) {
        flash.reads_left = reads;
        CHECK(assent_text_open_source(&text, &source) < 0);
    }
    flash.reads_left = UINT_MAX;
    CHECK_INT(assent_text_open_source(&text, &source), ASSENT_OK);
    words = assent_text_words(&text, 0, ASSENT_TEXT_SAVE);
    CHECK(words.end > words.at);
    flash.reads_left = 0;
    CHECK_INT(assent_text_words_look(&words, buffer).ptr[0], 0);
    CHECK_INT(assent_text_language(&text, ASSENT_SPAN("en")), ASSENT_ERR_NOT_FOUND);
    words = assent_text_words(&text, 0, ASSENT_TEXT_SAVE);
    CHECK_INT(words.end - words.at, 0);
}

TEST(titles_follow_the_order_of_what_they_title)
{
    CHECK_INT(ASSENT_TEXT_TECHNOLOGY_BEACON + ASSENT_POLICY_APP_LOG,
              ASSENT_TEXT_TECHNOLOGY_APP_LOG);
    CHECK_INT(ASSENT_TEXT_RIGHT_ACCESS + 8, ASSENT_TEXT_RIGHT_OPT_OUT);
    CHECK_INT(ASSENT_TEXT_SECTION_RETENTION + ASSENT_POLICY_SECTION_MARKETING,
              ASSENT_TEXT_SECTION_MARKETING);
    CHECK_INT(ASSENT_TEXT_TIER_ESSENTIAL + ASSENT_TIER_ADVERTISING, ASSENT_TEXT_TIER_ADVERTISING);
    CHECK_INT(ASSENT_TEXT_TIER_ESSENTIAL_TEXT + ASSENT_TIER_ADVERTISING,
              ASSENT_TEXT_TIER_ADVERTISING_TEXT);
}

TEST(a_changed_image_with_right_checksums_is_refused_or_safe)
{
    static const uint8_t masks[] = {0x01, 0x80};
    size_t len = policy_file_read("texts", good);
    size_t last = 56 + 3 * 4 + 3 * (ASSENT_TEXT_COUNT + 1) * 2 + 200;
    struct assent_text text;

    /* All of the structure, and the beginning of the pool. */
    for (size_t at = 0; at < last; at++) {
        for (size_t m = 0; m < sizeof(masks); m++) {
            uint8_t *p = bytes + sizeof(bytes) - len;

            memcpy(p, good, len);
            p[at] ^= masks[m];
            assent_bytes_store32(
                p + ASSENT_IMAGE_CRC_AT,
                assent_bytes_crc32(0, p + ASSENT_IMAGE_DIGEST_AT, len - ASSENT_IMAGE_DIGEST_AT));
            if (assent_text_open(&text, assent_span(p, len), NULL) == ASSENT_OK) {
                policy_file_walk_text(&text);
            }
        }
    }
}

static const struct rule {
    const char *what; /* that is against it */
    size_t at;
    uint16_t value;
    int error;
} rules[] = {
    {"no language", 48, 0, ASSENT_ERR_CORRUPT},
    {"17 languages", 48, 17, ASSENT_ERR_CORRUPT},
    {"a language more than there are", 48, 4, ASSENT_ERR_CORRUPT},
    {"a byte that is kept for later", 48, 0x0103, ASSENT_ERR_CORRUPT},
    {"another set of keys", 50, ASSENT_TEXT_COUNT - 1, ASSENT_ERR_VERSION},
    {"a pool elsewhere", 52, 100, ASSENT_ERR_CORRUPT},
    {"a word that is kept for later", 54, 1, ASSENT_ERR_CORRUPT},
    {"a tag outside the pool", 56, 0xFFFF, ASSENT_ERR_CORRUPT},
    {"a tag of no bytes", 58, 0, ASSENT_ERR_CORRUPT},
    {"a tag of 36 bytes", 58, 36, ASSENT_ERR_CORRUPT},
    {"a third direction", 58, 0x0202, ASSENT_ERR_CORRUPT},
    {"offsets that fall", 68, 0xFFFF, ASSENT_ERR_CORRUPT},
};

/* The good image but for one rule, under a right checksum. */
static void break_rule(const struct rule *rule, size_t len)
{
    memcpy(bytes, good, len);
    assent_bytes_store16(bytes + rule->at, rule->value);
    policy_file_seal(bytes, len);
}

TEST(each_rule_of_the_format_is_checked)
{
    size_t len = policy_file_read("texts", good);
    struct assent_text text;

    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        break_rule(&rules[i], len);
        CHECK_INT_ROW(rules[i].what, assent_text_open(&text, assent_span(bytes, len), NULL),
                      rules[i].error);
    }
    CHECK_INT(assent_text_open(&text, assent_span(good, 55), NULL), ASSENT_ERR_CORRUPT);
    policy_file_seal(good, 55);
    CHECK_INT(assent_text_open(&text, assent_span(good, 55), NULL), ASSENT_ERR_CORRUPT);
}

TEST(each_rule_holds_for_a_source_too)
{
    struct flash flash = {policy_file_read("texts", good), UINT_MAX};
    struct assent_source source = {&flash, read_flash};
    struct assent_text text;

    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        break_rule(&rules[i], flash.len);
        CHECK_INT_ROW(rules[i].what, assent_text_open_source(&text, &source), rules[i].error);
    }
}

TEST_MAIN(CASE(every_text_is_there_in_every_language),
          CASE(words_read_from_a_source_are_those_of_the_image),
          CASE(a_source_that_is_damaged_short_or_fails_is_refused_or_gives_nothing),
          CASE(each_rule_holds_for_a_source_too), CASE(titles_follow_the_order_of_what_they_title),
          CASE(a_changed_image_with_right_checksums_is_refused_or_safe),
          CASE(each_rule_of_the_format_is_checked))
