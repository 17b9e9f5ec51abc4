/* SPDX-License-Identifier: MIT */
#include "core/bytes.h"

#include "tests/unit/test.h"

TEST(stores_are_little_endian)
{
    uint8_t at[9];

    memset(at, 0xAA, sizeof(at));
    assent_bytes_store16(at, 0x0102);
    CHECK(memcmp(at, "\x02\x01\xAA", 3) == 0);
    assent_bytes_store32(at, 0x01020304);
    CHECK(memcmp(at, "\x04\x03\x02\x01\xAA", 5) == 0);
    assent_bytes_store40(at, 0x0102030405U);
    CHECK(memcmp(at, "\x05\x04\x03\x02\x01\xAA", 6) == 0);
    assent_bytes_store64(at, 0x0102030405060708U);
    CHECK(memcmp(at, "\x08\x07\x06\x05\x04\x03\x02\x01\xAA", 9) == 0);
}

TEST(loads_return_what_was_stored)
{
    static const uint64_t values[] = {
        0,
        1,
        0x7F,
        0x80,
        0xFF,
        0x100,
        0x7FFF,
        0x8000,
        0xFFFFFFFF,
        0x80000000,
        0xFFFFFFFFFF,
        0x8000000000,
        0x8000000000000000,
        UINT64_MAX,
    };
    uint8_t at[9] = {0}; /* used from 1, so that every access is unaligned */

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        uint64_t value = values[i];

        assent_bytes_store16(at + 1, (uint16_t)value);
        CHECK(assent_bytes_load16(at + 1) == (uint16_t)value);
        assent_bytes_store32(at + 1, (uint32_t)value);
        CHECK(assent_bytes_load32(at + 1) == (uint32_t)value);
        assent_bytes_store40(at + 1, value);
        CHECK(assent_bytes_load40(at + 1) == (value & 0xFFFFFFFFFF));
        assent_bytes_store64(at + 1, value);
        CHECK(assent_bytes_load64(at + 1) == value);
    }
}

TEST(wipe_clears_the_range_and_nothing_else)
{
    uint8_t secret[6] = {1, 2, 3, 4, 5, 6};

    assent_bytes_wipe(secret + 1, 4);
    CHECK(memcmp(secret, "\x01\0\0\0\0\x06", 6) == 0);
    assent_bytes_wipe(secret, 0);
    CHECK(secret[0] == 1);
}

TEST(secrets_are_equal_only_if_every_bit_is)
{
    uint8_t a[32];
    uint8_t b[32];

    for (size_t i = 0; i < sizeof(a); i++) {
        a[i] = (uint8_t)(i * 7);
        b[i] = a[i];
    }
    CHECK(assent_bytes_equal_secret(a, b, sizeof(a)));
    CHECK(assent_bytes_equal_secret(a, "different", 0));
    for (size_t bit = 0; bit < sizeof(a) * 8; bit++) {
        b[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        CHECK(!assent_bytes_equal_secret(a, b, sizeof(a)));
        b[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
}

TEST(crc32_matches_known_values)
{
    static const struct {
        const char *text;
        uint32_t crc;
    } rows[] = {
        {"", 0},
        {"a", 0xE8B7BE43},
        {"123456789", 0xCBF43926},
        {"The quick brown fox jumps over the lazy dog", 0x414FA339},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint32_t crc = assent_bytes_crc32(0, rows[i].text, strlen(rows[i].text));

        CHECK_INT_ROW(rows[i].text, crc, rows[i].crc);
    }
}

TEST(crc32_of_parts_equals_crc32_of_the_whole)
{
    static const char text[] = "The quick brown fox jumps over the lazy dog";
    const size_t len = sizeof(text) - 1;

    for (size_t split = 0; split <= len; split++) {
        uint32_t crc = assent_bytes_crc32(0, text, split);

        CHECK_INT(assent_bytes_crc32(crc, text + split, len - split), 0x414FA339);
    }
}

TEST_MAIN(CASE(stores_are_little_endian), CASE(loads_return_what_was_stored),
          CASE(wipe_clears_the_range_and_nothing_else),
          CASE(secrets_are_equal_only_if_every_bit_is), CASE(crc32_matches_known_values),
          CASE(crc32_of_parts_equals_crc32_of_the_whole))
