/* SPDX-License-Identifier: MIT */
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

TEST(each_rule_of_the_format_is_checked)
{
    static const struct {
        const char *what;
        size_t at;
        uint16_t value;
        int error;
    } rows[] = {
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
    size_t len = policy_file_read("texts", good);
    struct assent_text text;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        memcpy(bytes, good, len);
        assent_bytes_store16(bytes + rows[i].at, rows[i].value);
        policy_file_seal(bytes, len);
        CHECK_INT_ROW(rows[i].what, assent_text_open(&text, assent_span(bytes, len), NULL),
                      rows[i].error);
    }
    CHECK_INT(assent_text_open(&text, assent_span(good, 55), NULL), ASSENT_ERR_CORRUPT);
    policy_file_seal(good, 55);
    CHECK_INT(assent_text_open(&text, assent_span(good, 55), NULL), ASSENT_ERR_CORRUPT);
}

TEST_MAIN(CASE(every_text_is_there_in_every_language),
          CASE(titles_follow_the_order_of_what_they_title),
          CASE(a_changed_image_with_right_checksums_is_refused_or_safe),
          CASE(each_rule_of_the_format_is_checked))
