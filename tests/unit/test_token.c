/* SPDX-License-Identifier: MIT */
#include "core/token.h"

#include "core/consent_body.h"
#include "core/error.h"
#include "core/writer.h"
#include "port/crypto/mbedtls.h"
#include "tests/unit/guard.h"
#include "tests/unit/test.h"

static struct assent_crypto crypto;

static struct assent_token_keys keys_of(const char *site)
{
    struct assent_token_keys keys = {
        .site = assent_span(site, strlen(site)),
        .generation = 0x0102,
        .count = 2,
        .id = {7, 6},
    };

    crypto = assent_mbedtls_crypto();
    for (unsigned i = 0; i < ASSENT_SHA256_BYTES; i++) {
        keys.key[0][i] = (uint8_t)i;
        keys.key[1][i] = (uint8_t)(0xFF - i);
    }
    return keys;
}

static struct assent_consent granted(void)
{
    struct assent_consent c = {
        .has_subject = true,
        .subject = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
        .choice = {0, ASSENT_CHOICE_GRANTED, ASSENT_CHOICE_WITHDRAWN},
        .flags = ASSENT_CONSENT_GPC_PRESENT,
        .trust = ASSENT_CLOCK_SET,
        .fingerprint = {0, 0xA1A1A1A1, 0xA2A2A2A2},
        .revision = 3,
        .rights = 0x1F,
        .sequence = 9,
        .changed_s = UINT64_C(1800000000),
        .valid_days = 180,
    };

    return c;
}

static struct assent_consent refused(void)
{
    struct assent_consent c = granted();

    c.has_subject = false;
    memset(c.subject, 0, sizeof(c.subject));
    c.choice[ASSENT_TIER_ANALYTICS] = ASSENT_CHOICE_REFUSED;
    c.choice[ASSENT_TIER_ADVERTISING] = ASSENT_CHOICE_REFUSED;
    c.sequence = 0;
    return c;
}

/* A token and its length. */
struct token {
    uint8_t text[ASSENT_TOKEN_TEXT_BYTES];
    size_t len;
};

static struct token mint(const struct assent_token_keys *keys, const struct assent_consent *consent)
{
    struct token token;
    int len = assent_token_mint(keys, &crypto, consent, token.text);

    CHECK(len > 0);
    token.len = len > 0 ? (size_t)len : 0;
    return token;
}

static int verify(const struct assent_token_keys *keys, struct token token)
{
    struct assent_consent out;

    return assent_token_verify(keys, &crypto, assent_span(token.text, token.len), &out);
}

static int fail_hmac(void *ctx, const uint8_t key[ASSENT_SHA256_BYTES],
                     const struct assent_span *parts, size_t count,
                     uint8_t out[ASSENT_SHA256_BYTES])
{
    (void)ctx, (void)key, (void)parts, (void)count;
    memset(out, 0, ASSENT_SHA256_BYTES);
    return ASSENT_ERR_CRYPTO;
}

TEST(a_token_carries_the_whole_consent)
{
    struct assent_token_keys keys = keys_of("shop.example");
    struct assent_consent in[2] = {granted(), refused()};

    for (unsigned i = 0; i < 2; i++) {
        struct token token = mint(&keys, &in[i]);
        struct assent_consent out;

        CHECK_INT(token.len, i == 0 ? 84 : 63);
        CHECK_INT(assent_token_verify(&keys, &crypto, assent_span(token.text, token.len), &out),
                  ASSENT_OK);
        CHECK(memcmp(out.subject, in[i].subject, sizeof(out.subject)) == 0);
        CHECK_INT(out.has_subject, in[i].has_subject);
        CHECK(memcmp(out.choice, in[i].choice, sizeof(out.choice)) == 0);
        CHECK(memcmp(out.fingerprint, in[i].fingerprint, sizeof(out.fingerprint)) == 0);
        CHECK_INT(out.flags, in[i].flags);
        CHECK_INT(out.trust, in[i].trust);
        CHECK_INT(out.revision, in[i].revision);
        CHECK_INT(out.rights, in[i].rights);
        CHECK_INT(out.sequence, in[i].sequence);
        CHECK_INT(out.changed_s, in[i].changed_s);
        CHECK_INT(out.valid_days, in[i].valid_days);
    }
}

/* Made by an independent implementation from the byte table: Python's hmac, struct and base64. */
TEST(a_token_has_the_bytes_of_the_table)
{
    struct assent_token_keys keys = keys_of("shop.example");
    struct assent_consent c = granted();
    struct token token = mint(&keys, &c);

    CHECK_SPAN(
        assent_span(token.text, token.len),
        "AQcCAY1CtAAA0klrAAkAAAADAAAAHwChoaGhoqKiogECAwQFBgcICQoLDA0ODxCUZ-Bt_YaZvhmwabCAxIeg");
}

TEST(no_byte_of_a_token_can_be_changed)
{
    struct assent_token_keys keys = keys_of("shop.example");
    struct assent_consent in[2] = {granted(), refused()};

    for (unsigned i = 0; i < 2; i++) {
        struct token token = mint(&keys, &in[i]);

        for (size_t at = 0; at < token.len; at++) {
            for (unsigned byte = 0; byte < 256; byte++) {
                struct token forged = token;

                forged.text[at] = (uint8_t)byte;
                if (byte != token.text[at]) {
                    int error = verify(&keys, forged);

                    CHECK(error == ASSENT_ERR_SYNTAX || error == ASSENT_ERR_VERSION ||
                          error == ASSENT_ERR_AUTH);
                }
            }
        }
    }
}

TEST(no_prefix_of_a_token_and_no_longer_text_is_one)
{
    struct assent_token_keys keys = keys_of("shop.example");
    struct assent_consent c = granted();
    struct token token = mint(&keys, &c);
    uint8_t longer[ASSENT_TOKEN_TEXT_BYTES + 4];

    for (size_t len = 0; len < token.len; len++) {
        uint8_t *at = guard_copy_read_only(assent_span(token.text, len));
        int error = assent_token_verify(&keys, &crypto, assent_span(at, len), &c);

        CHECK(error == ASSENT_ERR_SYNTAX || error == ASSENT_ERR_AUTH);
    }
    memset(longer, 'A', sizeof(longer));
    memcpy(longer, token.text, token.len);
    for (size_t len = token.len + 1; len <= sizeof(longer); len++) {
        CHECK_INT(assent_token_verify(&keys, &crypto, assent_span(longer, len), &c),
                  ASSENT_ERR_SYNTAX);
    }
}

TEST(a_token_has_exactly_one_text)
{
    struct assent_token_keys keys = keys_of("shop.example");
    struct assent_consent c = refused();
    struct token token = mint(&keys, &c);
    struct token other = token;

    /* 47 bytes leave two bits over in the last of 63 digits. */
    other.text[62] = token.text[62] == 'A' ? 'B' : (uint8_t)(token.text[62] + 1);
    CHECK_INT(verify(&keys, other), ASSENT_ERR_SYNTAX);
    other = token;
    other.text[other.len++] = '=';
    CHECK_INT(verify(&keys, other), ASSENT_ERR_SYNTAX);
    other = token;
    for (size_t i = 0; i < other.len; i++) {
        other.text[i] = other.text[i] == '-' ? '+' : other.text[i] == '_' ? '/' : other.text[i];
    }
    if (memcmp(other.text, token.text, token.len) != 0) {
        CHECK_INT(verify(&keys, other), ASSENT_ERR_SYNTAX);
    }
}

/* Sign a text of our own, as somebody with the key but another program could. */
static struct token sign(const struct assent_token_keys *keys, uint8_t *bytes, size_t len)
{
    uint8_t site_bytes = (uint8_t)keys->site.len;
    struct assent_span parts[] = {ASSENT_SPAN("assent token v1"), assent_span(&site_bytes, 1),
                                  keys->site, assent_span(bytes, len - ASSENT_TOKEN_MAC_BYTES)};
    uint8_t mac[ASSENT_SHA256_BYTES];
    struct token token;
    struct assent_writer w = assent_writer(token.text, sizeof(token.text));

    crypto.hmac(crypto.ctx, keys->key[0], parts, 4, mac);
    memcpy(bytes + len - ASSENT_TOKEN_MAC_BYTES, mac, ASSENT_TOKEN_MAC_BYTES);
    assent_writer_base64url(&w, assent_span(bytes, len));
    token.len = w.len;
    return token;
}

TEST(a_good_mac_does_not_make_a_bad_field_good)
{
    static const struct {
        const char *what;
        size_t at;
        uint8_t value;
        int error;
    } rows[] = {
        {"version 2", 0, 2, ASSENT_ERR_VERSION},
        {"version 0", 0, 0, ASSENT_ERR_VERSION},
        {"another generation", 3, 9, ASSENT_ERR_REVOKED},
        {"subject there but not said", 4, 0x0D, ASSENT_ERR_SYNTAX},
        {"unused bit 4 of the choices", 4, 0x9D, ASSENT_ERR_SYNTAX},
        {"unused bit 6 of the choices", 4, 0xCD, ASSENT_ERR_SYNTAX},
        {"unused bit 7 of the flags", 5, 0xC2, ASSENT_ERR_SYNTAX},
        {"396 valid days", 6, 0x8C, ASSENT_ERR_SYNTAX},
        {"no change at all", 1, 7, ASSENT_OK},
    };
    struct assent_token_keys keys = keys_of("shop.example");
    struct assent_consent c = granted();
    uint8_t good[ASSENT_TOKEN_BYTES];
    struct token token;

    c.valid_days = 0x0100;
    token = mint(&keys, &c);
    CHECK_INT(
        assent_writer_decode_base64url(assent_span(token.text, token.len), good, sizeof(good)),
        ASSENT_TOKEN_BYTES);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t bytes[ASSENT_TOKEN_BYTES];

        memcpy(bytes, good, sizeof(bytes));
        bytes[rows[i].at] = rows[i].value;
        CHECK_INT_ROW(rows[i].what, verify(&keys, sign(&keys, bytes, sizeof(bytes))),
                      rows[i].error);
    }
}

TEST(a_subject_said_but_not_there_is_refused)
{
    struct assent_token_keys keys = keys_of("shop.example");
    struct assent_consent c = refused();
    struct token token = mint(&keys, &c);
    uint8_t bytes[ASSENT_TOKEN_BYTES];
    int len =
        assent_writer_decode_base64url(assent_span(token.text, token.len), bytes, sizeof(bytes));

    bytes[4] |= 0x80;
    CHECK_INT(verify(&keys, sign(&keys, bytes, (size_t)len)), ASSENT_ERR_SYNTAX);
}

TEST(a_token_of_the_key_before_still_counts_and_new_ones_are_made_with_the_new_key)
{
    struct assent_token_keys keys = keys_of("shop.example");
    struct assent_token_keys before = keys;
    struct assent_token_keys after = keys;
    struct assent_consent c = granted();
    uint8_t bytes[ASSENT_TOKEN_BYTES];
    struct token token;

    before.count = 1;
    before.id[0] = keys.id[1];
    memcpy(before.key[0], keys.key[1], ASSENT_SHA256_BYTES);
    token = mint(&before, &c);
    CHECK_INT(verify(&keys, token), ASSENT_OK);

    after.count = 1;
    CHECK_INT(verify(&after, token), ASSENT_ERR_AUTH);

    token = mint(&keys, &c);
    assent_writer_decode_base64url(assent_span(token.text, token.len), bytes, sizeof(bytes));
    CHECK_INT(bytes[1], 7);
    CHECK_INT(verify(&after, token), ASSENT_OK);
}

TEST(a_key_id_that_has_come_round_again_hides_neither_key)
{
    struct assent_token_keys keys = keys_of("shop.example");
    struct assent_token_keys before = keys;
    struct assent_consent c = granted();

    before.count = 1;
    memcpy(before.key[0], keys.key[1], ASSENT_SHA256_BYTES);
    keys.id[1] = keys.id[0];
    CHECK_INT(verify(&keys, mint(&before, &c)), ASSENT_OK);
    CHECK_INT(verify(&keys, mint(&keys, &c)), ASSENT_OK);
}

TEST(a_key_counts_only_under_its_own_id)
{
    struct assent_token_keys keys = keys_of("shop.example");
    struct assent_token_keys renamed = keys;
    struct assent_consent c = granted();

    renamed.id[0] = 8;
    CHECK_INT(verify(&renamed, mint(&keys, &c)), ASSENT_ERR_AUTH);
}

TEST(a_site_name_has_1_to_255_bytes)
{
    struct assent_token_keys keys = keys_of("s");
    struct assent_consent c = granted();
    uint8_t name[UINT8_MAX] = {0};

    CHECK_INT(verify(&keys, mint(&keys, &c)), ASSENT_OK);
    keys.site = assent_span(name, sizeof(name));
    CHECK_INT(verify(&keys, mint(&keys, &c)), ASSENT_OK);
}

TEST(a_raised_generation_revokes_every_token)
{
    struct assent_token_keys keys = keys_of("shop.example");
    struct assent_consent c = granted();
    struct token token = mint(&keys, &c);

    keys.generation++;
    CHECK_INT(verify(&keys, token), ASSENT_ERR_REVOKED);
}

TEST(a_token_of_one_site_is_nothing_to_another)
{
    struct assent_token_keys keys = keys_of("shop.example");
    struct assent_token_keys other = keys_of("shop.exampl");
    struct assent_consent c = granted();

    CHECK_INT(verify(&other, mint(&keys, &c)), ASSENT_ERR_AUTH);
}

TEST(a_grant_without_subject_is_not_minted)
{
    struct assent_token_keys keys = keys_of("shop.example");
    struct assent_consent c = granted();
    uint8_t text[ASSENT_TOKEN_TEXT_BYTES];

    c.has_subject = false;
    CHECK_INT(assent_token_mint(&keys, &crypto, &c, text), ASSENT_ERR_RANGE);
}

TEST(without_a_usable_key_nothing_is_minted_and_nothing_believed)
{
    struct assent_token_keys keys = keys_of("shop.example");
    struct assent_consent c = granted();
    struct token token = mint(&keys, &c);
    uint8_t text[ASSENT_TOKEN_TEXT_BYTES];
    uint8_t name[256] = {0};
    struct assent_token_keys bad[4] = {keys, keys, keys, keys};

    bad[0].count = 0;
    bad[1].count = 3;
    bad[2].site.len = 0;
    bad[3].site = assent_span(name, sizeof(name));
    for (unsigned i = 0; i < 4; i++) {
        CHECK_INT(assent_token_mint(&bad[i], &crypto, &c, text), ASSENT_ERR_RANGE);
        CHECK_INT(verify(&bad[i], token), ASSENT_ERR_AUTH);
    }
}

TEST(a_failing_hmac_is_an_error_and_no_token)
{
    struct assent_token_keys keys = keys_of("shop.example");
    struct assent_consent c = granted();
    struct token token = mint(&keys, &c);
    uint8_t text[ASSENT_TOKEN_TEXT_BYTES];

    crypto.hmac = fail_hmac;
    CHECK_INT(assent_token_mint(&keys, &crypto, &c, text), ASSENT_ERR_CRYPTO);
    CHECK_INT(verify(&keys, token), ASSENT_ERR_CRYPTO);
}

TEST(a_refused_token_leaves_no_consent_behind)
{
    struct assent_token_keys keys = keys_of("shop.example");
    struct assent_consent c = granted();
    struct assent_consent nothing = {0};
    struct token token = mint(&keys, &c);

    keys.generation++;
    CHECK_INT(assent_token_verify(&keys, &crypto, assent_span(token.text, token.len), &c),
              ASSENT_ERR_REVOKED);
    CHECK_INT(c.choice[ASSENT_TIER_ANALYTICS], nothing.choice[ASSENT_TIER_ANALYTICS]);
    CHECK(!c.has_subject);
}

TEST_MAIN(CASE(a_token_carries_the_whole_consent), CASE(a_token_has_the_bytes_of_the_table),
          CASE(no_byte_of_a_token_can_be_changed),
          CASE(no_prefix_of_a_token_and_no_longer_text_is_one), CASE(a_token_has_exactly_one_text),
          CASE(a_good_mac_does_not_make_a_bad_field_good),
          CASE(a_subject_said_but_not_there_is_refused),
          CASE(a_token_of_the_key_before_still_counts_and_new_ones_are_made_with_the_new_key),
          CASE(a_key_id_that_has_come_round_again_hides_neither_key),
          CASE(a_key_counts_only_under_its_own_id), CASE(a_site_name_has_1_to_255_bytes),
          CASE(a_raised_generation_revokes_every_token),
          CASE(a_token_of_one_site_is_nothing_to_another),
          CASE(a_grant_without_subject_is_not_minted),
          CASE(without_a_usable_key_nothing_is_minted_and_nothing_believed),
          CASE(a_failing_hmac_is_an_error_and_no_token),
          CASE(a_refused_token_leaves_no_consent_behind))
