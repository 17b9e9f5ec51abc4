/* SPDX-License-Identifier: MIT */
#include "core/consent_body.h"

#include "core/error.h"
#include "tests/unit/guard.h"
#include "tests/unit/test.h"

static struct assent_consent sample(void)
{
    struct assent_consent c = {
        .has_subject = true,
        .subject = {0xA0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xAF},
        .choice = {0, ASSENT_CHOICE_GRANTED, ASSENT_CHOICE_REFUSED},
        .flags = ASSENT_CONSENT_AGE_CONFIRMED | ASSENT_CONSENT_KIOSK,
        .trust = ASSENT_CLOCK_SYNCED,
        .fingerprint = {0, 0x04030201, 0x08070605},
        .revision = 0x00000102,
        .rights = 0x01FF,
        .sequence = 0x0A0B0C0D,
        .changed_s = UINT64_C(0x1122334455),
        .valid_days = 395,
    };

    return c;
}

static bool same(const struct assent_consent *a, const struct assent_consent *b)
{
    return a->has_subject == b->has_subject &&
           memcmp(a->subject, b->subject, sizeof(a->subject)) == 0 &&
           memcmp(a->choice, b->choice, sizeof(a->choice)) == 0 && a->flags == b->flags &&
           a->trust == b->trust &&
           memcmp(a->fingerprint, b->fingerprint, sizeof(a->fingerprint)) == 0 &&
           a->revision == b->revision && a->rights == b->rights && a->sequence == b->sequence &&
           a->changed_s == b->changed_s && a->valid_days == b->valid_days;
}

TEST(the_bytes_are_those_of_the_table)
{
    static const uint8_t expected[ASSENT_CONSENT_BODY_BYTES] = {
        0x89, 0x71, 0x8B, 0x01, 0x55, 0x44, 0x33, 0x22, 0x11, 0x0D, 0x0C, 0x0B, 0x0A, 0x02, 0x01,
        0x00, 0x00, 0xFF, 0x01, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0xA0, 1,    2,
        3,    4,    5,    6,    7,    8,    9,    10,   11,   12,   13,   14,   0xAF,
    };
    struct assent_consent c = sample();
    uint8_t out[ASSENT_CONSENT_BODY_BYTES];

    CHECK_INT(assent_consent_body_encode(&c, out), ASSENT_CONSENT_BODY_BYTES);
    CHECK(memcmp(out, expected, sizeof(out)) == 0);
}

TEST(what_is_encoded_is_decoded_again)
{
    uint8_t out[ASSENT_CONSENT_BODY_BYTES];

    for (unsigned analytics = 0; analytics < 4; analytics++) {
        for (unsigned advertising = 0; advertising < 4; advertising++) {
            for (unsigned flags = 0; flags <= ASSENT_CONSENT_FLAGS; flags++) {
                struct assent_consent c = sample();
                struct assent_consent again;
                int len;

                c.choice[1] = (uint8_t)analytics;
                c.choice[2] = (uint8_t)advertising;
                c.flags = (uint8_t)flags;
                c.trust = (uint8_t)(flags % 4);
                len = assent_consent_body_encode(&c, out);
                CHECK_INT(len, ASSENT_CONSENT_BODY_BYTES);
                CHECK_INT(assent_consent_body_decode(assent_span(out, (size_t)len), &again),
                          ASSENT_OK);
                CHECK(same(&c, &again));
            }
        }
    }
}

TEST(a_refusal_without_subject_is_16_bytes_shorter)
{
    struct assent_consent c = sample();
    struct assent_consent again;
    uint8_t out[ASSENT_CONSENT_BODY_BYTES];

    c.has_subject = false;
    memset(c.subject, 0, sizeof(c.subject));
    c.choice[1] = ASSENT_CHOICE_REFUSED;
    CHECK_INT(assent_consent_body_encode(&c, out), ASSENT_CONSENT_BODY_BARE_BYTES);
    CHECK_INT(assent_consent_body_decode(assent_span(out, ASSENT_CONSENT_BODY_BARE_BYTES), &again),
              ASSENT_OK);
    CHECK(same(&c, &again));
}

TEST(a_field_out_of_range_is_refused)
{
    static const struct {
        const char *what;
        size_t offset;
        uint64_t value;
        size_t size;
    } rows[] = {
#define FIELD(field, value)                                                                        \
    {#field " " #value, offsetof(struct assent_consent, field), (value),                           \
     sizeof(((struct assent_consent *)0)->field)}
        FIELD(choice[0], ASSENT_CHOICE_GRANTED),
        FIELD(choice[1], 4),
        FIELD(choice[2], 0x11),
        FIELD(flags, 0x20),
        FIELD(trust, 4),
        FIELD(rights, 0x10000),
        FIELD(changed_s, UINT64_C(1) << 40),
        FIELD(valid_days, 0),
        FIELD(valid_days, 396),
#undef FIELD
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_consent c = sample();
        uint8_t out[ASSENT_CONSENT_BODY_BYTES];

        memcpy((uint8_t *)&c + rows[i].offset, &rows[i].value, rows[i].size);
        CHECK_ROW(rows[i].what, !assent_consent_body_valid(&c));
        CHECK_INT_ROW(rows[i].what, assent_consent_body_encode(&c, out), ASSENT_ERR_RANGE);
    }
}

TEST(the_ends_of_each_range_belong_to_it)
{
    struct assent_consent c = sample();

    c.rights = UINT16_MAX;
    c.valid_days = 1;
    c.changed_s = (UINT64_C(1) << 40) - 1;
    CHECK(assent_consent_body_valid(&c));
    c.rights = 0;
    c.valid_days = ASSENT_CONSENT_DAYS;
    c.changed_s = 0;
    CHECK(assent_consent_body_valid(&c));
}

TEST(a_grant_or_a_withdrawal_needs_a_subject)
{
    for (unsigned choice = 0; choice < 4; choice++) {
        for (unsigned tier = 1; tier < ASSENT_TIER_COUNT; tier++) {
            struct assent_consent c = sample();

            c.has_subject = false;
            c.choice[1] = c.choice[2] = ASSENT_CHOICE_REFUSED;
            c.choice[tier] = (uint8_t)choice;
            CHECK_INT(assent_consent_body_valid(&c),
                      choice == ASSENT_CHOICE_UNDECIDED || choice == ASSENT_CHOICE_REFUSED);
        }
    }
}

TEST(each_consent_has_exactly_one_encoding)
{
    struct assent_consent c = sample();
    uint8_t out[ASSENT_CONSENT_BODY_BYTES];

    assent_consent_body_encode(&c, out);
    for (unsigned bit = 0; bit < 8 * sizeof(out); bit++) {
        struct assent_consent other;
        uint8_t again[ASSENT_CONSENT_BODY_BYTES];

        out[bit / 8] ^= (uint8_t)(1U << bit % 8);
        if (assent_consent_body_decode(assent_span(out, sizeof(out)), &other) == ASSENT_OK) {
            CHECK(!same(&c, &other));
            CHECK_INT(assent_consent_body_encode(&other, again), sizeof(out));
            CHECK(memcmp(out, again, sizeof(out)) == 0);
        }
        out[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

TEST(any_other_length_is_refused_and_nothing_is_read_behind_it)
{
    struct assent_consent c = sample();
    uint8_t out[ASSENT_CONSENT_BODY_BYTES + 1] = {0};

    assent_consent_body_encode(&c, out);
    for (size_t len = 0; len <= sizeof(out); len++) {
        uint8_t *at = guard_copy_read_only(assent_span(out, len));
        int expected = len == ASSENT_CONSENT_BODY_BYTES ? ASSENT_OK : ASSENT_ERR_SYNTAX;

        CHECK_INT(assent_consent_body_decode(assent_span(at, len), &c), expected);
    }
}

TEST_MAIN(CASE(the_bytes_are_those_of_the_table), CASE(what_is_encoded_is_decoded_again),
          CASE(a_refusal_without_subject_is_16_bytes_shorter),
          CASE(a_field_out_of_range_is_refused), CASE(the_ends_of_each_range_belong_to_it),
          CASE(a_grant_or_a_withdrawal_needs_a_subject),
          CASE(each_consent_has_exactly_one_encoding),
          CASE(any_other_length_is_refused_and_nothing_is_read_behind_it))
