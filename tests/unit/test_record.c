/* SPDX-License-Identifier: MIT */
#include "core/record.h"

#include "core/error.h"
#include "tests/unit/guard.h"
#include "tests/unit/test.h"

static struct assent_record sample(void)
{
    struct assent_record r = {
        .consent =
            {
                .has_subject = true,
                .subject = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
                .choice = {0, ASSENT_CHOICE_GRANTED, ASSENT_CHOICE_REFUSED},
                .flags = ASSENT_CONSENT_RESTRICTED,
                .trust = ASSENT_CLOCK_FLOOR,
                .fingerprint = {0, 0xA1, 0xA2},
                .revision = 4,
                .rights = 7,
                .sequence = 2,
                .changed_s = UINT64_C(1800000000),
                .valid_days = 180,
            },
        .given_s = UINT64_C(1799999999),
        .given_revision = 3,
        .language = "zh-Hant",
        .notice = {0x10, 0x11},
        .document = {0x20, 0x21},
        .site = 2,
        .regime = ASSENT_REGIME_UK,
        .given_method = ASSENT_METHOD_ACCEPT,
        .method = ASSENT_METHOD_PREFERENCES,
    };

    return r;
}

TEST(the_bytes_are_those_of_the_table)
{
    static const uint8_t expected[ASSENT_RECORD_BYTES] = {
        1,   2,   0x41, 1,   0xFF, 0xD1, 0x49, 0x6B, 0,    3,    0,    0,    0,    'z', 'h', '-',
        'H', 'a', 'n',  't', 0,    0x10, 0x11, 0,    0,    0,    0,    0,    0,    0,   0,   0,
        0,   0,   0,    0,   0,    0x20, 0x21, 0,    0,    0,    0,    0,    0,    0,   0,   0,
        0,   0,   0,    0,   0,    0x89, 0x24, 180,  0,    0x00, 0xD2, 0x49, 0x6B, 0,   2,   0,
        0,   0,   4,    0,   0,    0,    7,    0,    0xA1, 0,    0,    0,    0xA2, 0,   0,   0,
        1,   2,   3,    4,   5,    6,    7,    8,    9,    10,   11,   12,   13,   14,  15,  16,
    };
    struct assent_record r = sample();
    uint8_t out[ASSENT_RECORD_BYTES];

    CHECK_INT(assent_record_encode(&r, out), ASSENT_OK);
    CHECK(memcmp(out, expected, sizeof(out)) == 0);
}

TEST(what_is_encoded_is_decoded_again)
{
    struct assent_record r = sample();
    struct assent_record again;
    uint8_t out[ASSENT_RECORD_BYTES];

    CHECK_INT(assent_record_encode(&r, out), ASSENT_OK);
    CHECK_INT(assent_record_decode(assent_span(out, sizeof(out)), &again), ASSENT_OK);
    CHECK_INT(again.given_s, r.given_s);
    CHECK_INT(again.given_revision, r.given_revision);
    CHECK(memcmp(again.language, r.language, sizeof(r.language)) == 0);
    CHECK(memcmp(again.notice, r.notice, sizeof(r.notice)) == 0);
    CHECK(memcmp(again.document, r.document, sizeof(r.document)) == 0);
    CHECK_INT(again.site, r.site);
    CHECK_INT(again.regime, r.regime);
    CHECK_INT(again.given_method, r.given_method);
    CHECK_INT(again.method, r.method);
    CHECK_INT(again.consent.sequence, r.consent.sequence);
    CHECK_INT(again.consent.choice[2], r.consent.choice[2]);
}

TEST(each_record_has_exactly_one_encoding)
{
    struct assent_record r = sample();
    uint8_t out[ASSENT_RECORD_BYTES];
    unsigned refused = 0;

    assent_record_encode(&r, out);
    for (unsigned bit = 0; bit < 8 * sizeof(out); bit++) {
        uint8_t again[ASSENT_RECORD_BYTES];

        out[bit / 8] ^= (uint8_t)(1U << bit % 8);
        if (assent_record_decode(assent_span(out, sizeof(out)), &r) == ASSENT_OK) {
            CHECK_INT(assent_record_encode(&r, again), ASSENT_OK);
            CHECK(memcmp(out, again, sizeof(out)) == 0);
        } else {
            refused++;
        }
        out[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    CHECK(refused > 8);
}

TEST(bytes_that_are_no_record_are_refused)
{
    static const struct {
        const char *what;
        size_t at;
        uint8_t value;
        int error;
    } rows[] = {
        {"another version", 0, 2, ASSENT_ERR_VERSION},
        {"erased flash", 0, 0xFF, ASSENT_ERR_VERSION},
        {"granted by GPC", 2, 0x46, ASSENT_ERR_CORRUPT},
        {"granted by the operator", 2, 0x48, ASSENT_ERR_CORRUPT},
        {"granted by nobody", 2, 0x40, ASSENT_ERR_CORRUPT},
        {"changed by nobody", 2, 0x01, ASSENT_ERR_CORRUPT},
        {"changed by an unknown method", 2, 0xA1, ASSENT_ERR_CORRUPT},
        {"an unknown regime", 3, 3, ASSENT_ERR_CORRUPT},
        {"a language with a space", 14, ' ', ASSENT_ERR_CORRUPT},
        {"a language with a brace", 14, '{', ASSENT_ERR_CORRUPT},
        {"a language with a colon", 14, ':', ASSENT_ERR_CORRUPT},
        {"a language with a digit", 14, '9', ASSENT_OK},
        {"the last regime", 3, ASSENT_REGIME_US, ASSENT_OK},
        {"a language with a hole", 14, 0, ASSENT_ERR_CORRUPT},
        {"a language of eight", 20, 'x', ASSENT_OK},
        {"no subject", 53, 0x0A, ASSENT_ERR_CORRUPT},
        {"sequence 0", 62, 0, ASSENT_ERR_CORRUPT},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_record r = sample();
        uint8_t out[ASSENT_RECORD_BYTES];

        assent_record_encode(&r, out);
        out[rows[i].at] = rows[i].value;
        CHECK_INT_ROW(rows[i].what, assent_record_decode(assent_span(out, sizeof(out)), &r),
                      rows[i].error);
    }
}

TEST(any_other_length_is_refused_and_nothing_is_read_behind_it)
{
    struct assent_record r = sample();
    uint8_t out[ASSENT_RECORD_BYTES + 1] = {0};

    assent_record_encode(&r, out);
    out[0] = ASSENT_RECORD_VERSION + 1;
    CHECK_INT(assent_record_decode(assent_span(out, 1), &r), ASSENT_ERR_VERSION);
    out[0] = ASSENT_RECORD_VERSION;
    for (size_t len = 0; len <= sizeof(out); len++) {
        uint8_t *at = guard_copy_read_only(assent_span(out, len));

        CHECK_INT(assent_record_decode(assent_span(at, len), &r),
                  len == ASSENT_RECORD_BYTES ? ASSENT_OK : ASSENT_ERR_CORRUPT);
    }
}

TEST(a_record_that_is_not_valid_is_not_written)
{
    uint8_t out[ASSENT_RECORD_BYTES];
    struct assent_record bad[] = {sample(), sample(), sample(), sample(), sample(), sample()};

    bad[0].consent.has_subject = false;
    bad[1].consent.sequence = 0;
    bad[2].given_s = UINT64_C(1) << 40;
    bad[3].method = ASSENT_METHODS;
    bad[4].given_method = ASSENT_METHOD_REJECT;
    bad[5].language[0] = '<';
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK(!assent_record_valid(&bad[i]));
        CHECK_INT(assent_record_encode(&bad[i], out), ASSENT_ERR_RANGE);
    }
}

TEST(methods_have_names_and_only_a_visitors_own_act_grants)
{
    static const struct {
        const char *name;
        bool grants;
    } rows[] = {
        {"none", false},       {"accept", true}, {"reject", false},  {"save", true},
        {"preferences", true}, {"api", true},    {"gpc", false},     {"import", true},
        {"operator", false},   {"time", false},  {"unknown", false},
    };

    for (unsigned i = 0; i <= ASSENT_METHODS; i++) {
        const char *name = assent_record_method_name((enum assent_record_method)i);

        CHECK_SPAN(assent_span(name, strlen(name)), rows[i].name);
        CHECK_INT_ROW(name, assent_record_method_grants((uint8_t)i), rows[i].grants);
    }
}

TEST_MAIN(CASE(the_bytes_are_those_of_the_table), CASE(what_is_encoded_is_decoded_again),
          CASE(each_record_has_exactly_one_encoding), CASE(bytes_that_are_no_record_are_refused),
          CASE(any_other_length_is_refused_and_nothing_is_read_behind_it),
          CASE(a_record_that_is_not_valid_is_not_written),
          CASE(methods_have_names_and_only_a_visitors_own_act_grants))
