/* SPDX-License-Identifier: MIT */
#include "http/pem.h"
#include "tests/unit/test.h"

enum { CAP = 8 };

/* 30 03 02 01 05: a SEQUENCE with a number in it. */
#define BLOCK "-----BEGIN CERTIFICATE-----\nMAMC\r\nAQU=\n-----END CERTIFICATE-----\n"

static const struct {
    const char *name;
    const char *file;
    size_t len;
    int expected;
} rows[] = {
#define ROW(name, file, expected)                                                                  \
    {                                                                                              \
        name, file, sizeof(file) - 1, expected                                                     \
    }
    ROW("text", BLOCK, 5),
    ROW("text without a last line end", "-----BEGIN CERTIFICATE-----MAMCAQU=-", 5),
    ROW("words around it", "subject=app\n0 -- ------" BLOCK "0\n", 5),
    ROW("dashes before it", "--" BLOCK, 5),
    ROW("in a form", BLOCK "\r\n--boundary--\r\n", 5),
    ROW("DER", "\x30\x03\x02\x01\x05", 5),
    ROW("DER in a form", "\x30\x03\x02\x01\x05\r\n--boundary--\r\n", 5),
    ROW("DER with a longer head", "\x30\x81\x03\x02\x01\x05", 6),
    ROW("DER with the longest head", "\x30\x82\x00\x03\x02\x01\x05", 7),
    ROW("nothing", "", ASSENT_ERR_NOT_FOUND),
    ROW("no file chosen", "\r\n--boundary--\r\n", ASSENT_ERR_NOT_FOUND),
    ROW("a key", "-----BEGIN PRIVATE KEY-----\nMAMCAQU=\n-----END PRIVATE KEY-----\n",
        ASSENT_ERR_NOT_FOUND),
    ROW("a page", "<!doctype html>", ASSENT_ERR_NOT_FOUND),
    ROW("two in text", BLOCK BLOCK, ASSENT_ERR_LIMIT),
    ROW("two in DER", "\x30\x03\x02\x01\x05\x30\x03\x02\x01\x05", ASSENT_ERR_LIMIT),
    ROW("two in one block", "-----BEGIN CERTIFICATE-----MAAwAA==-", ASSENT_ERR_SYNTAX),
    ROW("text cut short", "-----BEGIN CERTIFICATE-----\nMAMCAQU=\n", ASSENT_ERR_SYNTAX),
    ROW("an empty block", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
        ASSENT_ERR_SYNTAX),
    ROW("a foreign letter", "-----BEGIN CERTIFICATE-----\nMAM*AQU=-", ASSENT_ERR_SYNTAX),
    ROW("letters behind the end", "-----BEGIN CERTIFICATE-----\nMAMCAQU=MA-", ASSENT_ERR_SYNTAX),
    ROW("a value cut short", "-----BEGIN CERTIFICATE-----\nMAMCAQ==-", ASSENT_ERR_SYNTAX),
    ROW("no SEQUENCE", "-----BEGIN CERTIFICATE-----\nAgEF-", ASSENT_ERR_SYNTAX),
    ROW("DER cut short", "\x30\x03\x02\x01", ASSENT_ERR_SYNTAX),
    ROW("DER without an end", "\x30\x80\x00\x00", ASSENT_ERR_SYNTAX),
    ROW("DER longer than a certificate", "\x30\x83\x01\x00\x00", ASSENT_ERR_SYNTAX),
    ROW("DER that is too long", "\x30\x07\x04\x05zzzzz", ASSENT_ERR_SPACE),
    ROW("text that is too long", "-----BEGIN CERTIFICATE-----\nMAcEBXp6enp6-", ASSENT_ERR_SPACE),
};

static int read(const char *file, size_t first, size_t len, uint8_t out[CAP])
{
    struct assent_pem pem;

    memset(out, 0, CAP);
    assent_pem_init(&pem, out, CAP);
    assent_pem_take(&pem, assent_span(file, first));
    assent_pem_take(&pem, assent_span(file + first, len - first));
    return assent_pem_end(&pem);
}

TEST(a_certificate_is_found_in_what_people_have)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t out[CAP];
        int got = read(rows[i].file, rows[i].len, rows[i].len, out);

        CHECK_INT_ROW(rows[i].name, got, rows[i].expected);
        CHECK_ROW(rows[i].name, got <= 0 || memcmp(out + got - 3, "\x02\x01\x05", 3) == 0);
    }
}

TEST(every_split_equals_the_whole)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t split = 0; split <= rows[i].len; split++) {
            uint8_t out[CAP];

            CHECK_INT_ROW(rows[i].name, read(rows[i].file, split, rows[i].len, out),
                          rows[i].expected);
        }
    }
}

/* A file that ends too early has no certificate, or the whole one. */
TEST(no_prefix_has_another_certificate)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t len = 0; len < rows[i].len; len++) {
            uint8_t out[CAP];
            int got = read(rows[i].file, len, len, out);

            CHECK_ROW(rows[i].name,
                      got < 0 || memcmp(out + got - 3, "\x02\x01\x05", 3) == 0 || got == 2);
        }
    }
}

TEST_MAIN(CASE(a_certificate_is_found_in_what_people_have), CASE(every_split_equals_the_whole),
          CASE(no_prefix_has_another_certificate))
