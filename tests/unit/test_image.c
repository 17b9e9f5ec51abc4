/* SPDX-License-Identifier: MIT */
#include "core/bytes.h"
#include "core/image.h"
#include "http/image_signature.h"
#include "port/crypto/mbedtls.h"
#include "tests/unit/policy_file.h"
#include "tests/unit/test.h"

static int no_hash(void *ctx, const struct assent_span *parts, size_t count,
                   uint8_t out[ASSENT_SHA256_BYTES])
{
    (void)ctx;
    (void)parts;
    (void)count;
    (void)out;
    return ASSENT_ERR_CRYPTO;
}

static int no_mac(void *ctx, const uint8_t key[ASSENT_SHA256_BYTES],
                  const struct assent_span *parts, size_t count, uint8_t out[ASSENT_SHA256_BYTES])
{
    (void)key;
    return no_hash(ctx, parts, count, out);
}

/* An image with a body of two bytes. */
static size_t make(uint8_t *out)
{
    memset(out, 0, 64);
    memcpy(out, "APOL\x01", 5);
    memcpy(out + ASSENT_IMAGE_BODY, "hi", 2);
    policy_file_seal(out, ASSENT_IMAGE_BODY + 2);
    return ASSENT_IMAGE_BODY + 2;
}

TEST(an_image_ends_where_its_length_says)
{
    struct assent_crypto crypto = assent_mbedtls_crypto();
    uint8_t bytes[64];
    size_t len = make(bytes);
    struct assent_span image = {0};

    CHECK_INT(assent_image_open(assent_span(bytes, 64), "APOL", &crypto, &image), ASSENT_OK);
    CHECK_INT(image.len, len);
    CHECK_INT(assent_image_open(assent_span(bytes, len - 1), "APOL", NULL, &image),
              ASSENT_ERR_CORRUPT);
    CHECK_INT(assent_image_open(assent_span(bytes, 64), "ATXT", NULL, &image), ASSENT_ERR_CORRUPT);
    CHECK_INT(assent_image_open(assent_span(NULL, 0), "APOL", NULL, &image), ASSENT_ERR_CORRUPT);
}

TEST(a_length_outside_its_range_is_refused)
{
    static const uint32_t lengths[] = {0, 47, 65536, 0x80000000, 0xFFFFFFFF};
    static uint8_t bytes[70000];
    struct assent_span image;

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        make(bytes);
        assent_bytes_store32(bytes + 8, lengths[i]);
        CHECK_INT(assent_image_open(assent_span(bytes, sizeof(bytes)), "APOL", NULL, &image),
                  ASSENT_ERR_CORRUPT);
    }
}

TEST(a_hash_that_does_not_match_or_cannot_be_made_refuses)
{
    struct assent_crypto crypto = assent_mbedtls_crypto();
    uint8_t bytes[64];
    size_t len = make(bytes);
    struct assent_span image;

    bytes[ASSENT_IMAGE_DIGEST_AT] ^= 1;
    assent_bytes_store32(
        bytes + ASSENT_IMAGE_CRC_AT,
        assent_bytes_crc32(0, bytes + ASSENT_IMAGE_DIGEST_AT, len - ASSENT_IMAGE_DIGEST_AT));
    CHECK_INT(assent_image_open(assent_span(bytes, len), "APOL", NULL, &image), ASSENT_OK);
    CHECK_INT(assent_image_open(assent_span(bytes, len), "APOL", &crypto, &image),
              ASSENT_ERR_CORRUPT);
    crypto.sha256 = no_hash;
    CHECK_INT(assent_image_open(assent_span(bytes, len), "APOL", &crypto, &image),
              ASSENT_ERR_CRYPTO);
}

TEST(a_signature_holds_for_its_key_and_its_image_only)
{
    struct assent_crypto crypto = assent_mbedtls_crypto();
    uint8_t key[ASSENT_SHA256_BYTES] = {1, 2, 3};
    uint8_t other[ASSENT_SHA256_BYTES] = {1, 2, 4};
    uint8_t bytes[128];
    size_t len = make(bytes);
    struct assent_span both = assent_span(bytes, len + ASSENT_IMAGE_SIGNATURE_BYTES);

    CHECK_INT(assent_image_signature_make(assent_span(bytes, len), key, &crypto, bytes + len),
              ASSENT_OK);
    CHECK_INT(assent_image_signature_check(both, key, &crypto), ASSENT_OK);
    CHECK_INT(assent_image_signature_check(both, other, &crypto), ASSENT_ERR_AUTH);
    CHECK_INT(assent_image_signature_check(assent_span(bytes, len), key, &crypto),
              ASSENT_ERR_CORRUPT);
    CHECK_INT(assent_image_signature_check(assent_span(bytes, both.len + 1), key, &crypto),
              ASSENT_ERR_CORRUPT);
    CHECK_INT(assent_image_signature_check(assent_span(bytes, 10), key, &crypto),
              ASSENT_ERR_CORRUPT);
    for (size_t at = 0; at < both.len; at++) {
        bytes[at] ^= 1;
        CHECK(assent_image_signature_check(both, key, &crypto) != ASSENT_OK);
        bytes[at] ^= 1;
    }
    crypto.hmac = no_mac;
    CHECK_INT(assent_image_signature_check(both, key, &crypto), ASSENT_ERR_CRYPTO);
    memset(bytes + len + 4, 2, 1);
    CHECK_INT(assent_image_signature_check(both, key, &crypto), ASSENT_ERR_VERSION);
}

TEST(texts_are_utf8_without_control_characters)
{
    static const struct {
        const char *text;
        bool good;
    } rows[] = {
        {"", true},
        {"abc", true},
        {"\xC3\xA4", true},
        {"\xD8\xB9", true},
        {"a\nb", false},
        {"\x7F", false},
        {"\xC3", false},
        {"\xA4", false},
        {"\xC0\xAF", false},
        {"\xED\xA0\x80", false},
        {"\t", false},
        {"a\x1F", false},
        {"\xF0\x9F\x8D\xAA", true},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CHECK_INT_ROW(rows[i].text,
                      assent_image_is_text(assent_span(rows[i].text, strlen(rows[i].text))),
                      rows[i].good);
    }
    CHECK(!assent_image_is_text(assent_span("a\0b", 3)));
}

TEST(a_part_of_a_text_begins_and_ends_between_characters)
{
    struct assent_span text = ASSENT_SPAN("a\xC3\xA4z");
    bool whole[5][6] = {{false}};

    whole[0][0] = whole[0][1] = whole[0][3] = whole[0][4] = true;
    whole[1][0] = whole[1][2] = whole[1][3] = true;
    whole[3][0] = whole[3][1] = whole[4][0] = true;
    for (size_t at = 0; at < 5; at++) {
        for (size_t len = 0; len < 6; len++) {
            CHECK_INT(assent_image_is_whole(text, at, len), whole[at][len]);
        }
    }
    CHECK(!assent_image_is_whole(text, 5, 0));
    CHECK(!assent_image_is_whole(text, 0, SIZE_MAX));
    CHECK(!assent_image_is_whole(text, SIZE_MAX, 1));
}

TEST_MAIN(CASE(an_image_ends_where_its_length_says), CASE(a_length_outside_its_range_is_refused),
          CASE(a_hash_that_does_not_match_or_cannot_be_made_refuses),
          CASE(a_signature_holds_for_its_key_and_its_image_only),
          CASE(texts_are_utf8_without_control_characters),
          CASE(a_part_of_a_text_begins_and_ends_between_characters))
