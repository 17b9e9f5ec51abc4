/* SPDX-License-Identifier: MIT */
#include "core/receipt.h"

#include "core/audit.h"
#include "core/bytes.h"
#include "core/error.h"
#include "core/policy_format.h"
#include "port/crypto/mbedtls.h"
#include "tests/unit/test.h"

#define NOW UINT64_C(1800000000)
#define DAY UINT64_C(86400)

static struct assent_crypto crypto;

/* ---- a small policy image, as far as receipts look at it ---- */

enum { LANGUAGES = 2, POOL_AT = 1024 };

static uint8_t image[4096];
static size_t pool_bytes;
static size_t tables_at;

static void put_string(uint8_t *at, const char *text)
{
    size_t len = strlen(text);

    assent_bytes_store16(at, (uint16_t)pool_bytes);
    assent_bytes_store16(at + 2, (uint16_t)len);
    memcpy(image + POOL_AT + pool_bytes, text, len);
    pool_bytes += len;
}

/* Room for the rows of a table; they are put in the order of the directory. */
static uint8_t *start_table(enum assent_policy_format_table table, unsigned count)
{
    uint8_t *at = image + tables_at;
    size_t row = assent_policy_format_row_bytes[table];
    uint8_t *entry = image + ASSENT_POLICY_FORMAT_DIRECTORY_AT + 4U * (unsigned)table;

    assent_bytes_store16(entry, (uint16_t)tables_at);
    assent_bytes_store16(entry + 2, (uint16_t)count);
    tables_at += count * row * (table == ASSENT_POLICY_FORMAT_PHRASE ? LANGUAGES : 1);
    return at;
}

static struct assent_policy make_policy(void)
{
    static const char *const controller[] = {
        "shop", "Shop \"& Co\"", "1 Street", "privacy@shop.example", "https://shop.example", ""};
    static const char *const phrases[][LANGUAGES] = {
        {"", ""},
        {"Counting visits", "Besuche zählen"},
        {"We count.", "Wir zählen."},
        {"Adverts", "Werbung"},
        {"We advertise.", "Wir werben."},
        {"Ad Net", "Ad Net"},
        {"Shows adverts", "Zeigt Werbung"},
    };
    struct assent_policy made = {
        .image = {image, sizeof(image)},
        .revision = 3,
        .rights = ASSENT_RIGHT_ACCESS | ASSENT_RIGHT_ERASURE | ASSENT_RIGHT_OPT_OUT,
        .retention_days = 30,
        .offered = ASSENT_TIERS_ESSENTIAL | ASSENT_TIERS_OPTIONAL,
        .languages = LANGUAGES,
    };
    uint8_t *at;

    memset(image, 0, sizeof(image));
    pool_bytes = 0;
    tables_at = ASSENT_POLICY_FORMAT_TABLES_AT;
    image[63] = LANGUAGES;
    assent_bytes_store16(image + ASSENT_POLICY_FORMAT_POOL_AT, POOL_AT);
    for (unsigned i = 0; i < ASSENT_POLICY_FORMAT_STRINGS; i++) {
        put_string(image + ASSENT_POLICY_FORMAT_STRINGS_AT + 4 * i, controller[i]);
    }
    at = start_table(ASSENT_POLICY_FORMAT_LANGUAGE, LANGUAGES);
    put_string(at, "en");
    put_string(at + 8, "de");
    at = start_table(ASSENT_POLICY_FORMAT_PHRASE, sizeof(phrases) / sizeof(phrases[0]));
    for (unsigned i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
        for (unsigned language = 0; language < LANGUAGES; language++) {
            put_string(at, phrases[i][language]);
            at += 4;
        }
    }
    at = start_table(ASSENT_POLICY_FORMAT_PURPOSE, 3);
    for (unsigned tier = 0; tier < 3; tier++) {
        static const char *const ids[] = {"session", "statistics", "adverts"};

        put_string(at, ids[tier]);
        assent_bytes_store16(at + 4, (uint16_t)(2 * tier == 0 ? 0 : 2 * tier - 1));
        assent_bytes_store16(at + 6, (uint16_t)(2 * tier));
        at[8] = (uint8_t)tier;
        at += 12;
    }
    at = start_table(ASSENT_POLICY_FORMAT_RECIPIENT, 1);
    put_string(at, "ad-net");
    put_string(at + 4, "https://ads.example/privacy");
    assent_bytes_store16(at + 8, 5);
    assent_bytes_store16(at + 10, 6);
    at = start_table(ASSENT_POLICY_FORMAT_TECHNOLOGY, 3);
    at[2] = ASSENT_POLICY_BEACON;
    at[6] = ASSENT_POLICY_SERVER_LOG;
    at[10] = ASSENT_POLICY_BEACON;
    return made;
}

/* ---- a record and its receipt ---- */

static struct assent_record make_record(void)
{
    struct assent_record r = {
        .consent =
            {
                .has_subject = true,
                .subject = {0x51, 2},
                .choice = {0, ASSENT_CHOICE_GRANTED, ASSENT_CHOICE_REFUSED},
                .flags = ASSENT_CONSENT_AGE_CONFIRMED,
                .trust = ASSENT_CLOCK_SYNCED,
                .revision = 3,
                .rights = ASSENT_RIGHT_ACCESS | ASSENT_RIGHT_ERASURE | ASSENT_RIGHT_OPT_OUT,
                .sequence = 1,
                .changed_s = NOW,
                .valid_days = 180,
            },
        .given_s = NOW,
        .given_revision = 3,
        .language = "de",
        .notice = {0x0E},
        .document = {0x0D},
        .regime = ASSENT_REGIME_EU,
        .given_method = ASSENT_METHOD_SAVE,
        .method = ASSENT_METHOD_SAVE,
    };

    return r;
}

static const uint8_t id[ASSENT_RECEIPT_ID_BYTES] = {0x1D};

static struct assent_policy policy;

static struct assent_receipt receipt_of(const struct assent_record *record)
{
    struct assent_receipt receipt = {
        .record = record,
        .policy = &policy,
        .id = id,
        .site = ASSENT_SPAN("shop.example"),
        .policy_url = ASSENT_SPAN("/.consent/policy/3"),
        .withdraw_url = ASSENT_SPAN("/.consent/"),
        .now = {NOW + 60, ASSENT_CLOCK_SET},
    };

    policy = make_policy();
    return receipt;
}

static uint8_t text[8192];

/* The receipt as a NUL-terminated text. */
static const char *write(const struct assent_receipt *receipt)
{
    struct assent_writer w = assent_writer(text, sizeof(text) - 1);

    assent_receipt_write(&w, receipt);
    CHECK(assent_writer_result(&w) > 0);
    text[w.len] = '\0';
    return (const char *)text;
}

static bool says(const char *whole, const char *part)
{
    return strstr(whole, part) != NULL;
}

/* ---- id ---- */

TEST(an_id_depends_on_key_subject_and_sequence)
{
    uint8_t key[ASSENT_SHA256_BYTES] = {1};
    struct assent_consent c = make_record().consent;
    uint8_t ids[4][ASSENT_RECEIPT_ID_BYTES];

    crypto = assent_mbedtls_crypto();
    CHECK_INT(assent_receipt_id(&crypto, key, &c, ids[0]), ASSENT_OK);
    c.sequence++;
    CHECK_INT(assent_receipt_id(&crypto, key, &c, ids[1]), ASSENT_OK);
    c.subject[15]++;
    CHECK_INT(assent_receipt_id(&crypto, key, &c, ids[2]), ASSENT_OK);
    key[31]++;
    CHECK_INT(assent_receipt_id(&crypto, key, &c, ids[3]), ASSENT_OK);
    for (unsigned i = 0; i < 4; i++) {
        for (unsigned j = 0; j < i; j++) {
            CHECK(memcmp(ids[i], ids[j], sizeof(ids[i])) != 0);
        }
    }
}

/* Made by an independent implementation: Python's hmac. */
TEST(an_id_is_the_hmac_that_the_interface_states)
{
    static const uint8_t expected[ASSENT_RECEIPT_ID_BYTES] = {0x45, 0xBF, 0x38, 0xBA, 0x28, 0xB8,
                                                              0x09, 0xE3, 0xEB, 0x15, 0x83, 0xF3,
                                                              0xCB, 0x4D, 0x72, 0xA8};
    uint8_t key[ASSENT_SHA256_BYTES] = {1};
    struct assent_consent c = make_record().consent;
    uint8_t out[ASSENT_RECEIPT_ID_BYTES];

    crypto = assent_mbedtls_crypto();
    CHECK_INT(assent_receipt_id(&crypto, key, &c, out), ASSENT_OK);
    CHECK(memcmp(out, expected, sizeof(out)) == 0);
}

static int fail_hmac(void *ctx, const uint8_t key[ASSENT_SHA256_BYTES],
                     const struct assent_span *parts, size_t count,
                     uint8_t out[ASSENT_SHA256_BYTES])
{
    (void)ctx, (void)key, (void)parts, (void)count, (void)out;
    return ASSENT_ERR_CRYPTO;
}

TEST(nobody_has_no_receipt)
{
    uint8_t key[ASSENT_SHA256_BYTES] = {1};
    struct assent_record r = make_record();
    struct assent_receipt receipt = receipt_of(&r);
    struct assent_writer w = assent_writer(text, sizeof(text));
    uint8_t out[ASSENT_RECEIPT_ID_BYTES];

    crypto.hmac = fail_hmac;
    CHECK_INT(assent_receipt_id(&crypto, key, &r.consent, out), ASSENT_ERR_CRYPTO);
    r.consent.has_subject = false;
    CHECK_INT(assent_receipt_id(&crypto, key, &r.consent, out), ASSENT_ERR_NOT_FOUND);
    assent_receipt_write(&w, &receipt);
    CHECK_INT(assent_writer_result(&w), ASSENT_ERR_RANGE);
    CHECK_INT(w.len, 0);
    w = assent_writer(text, sizeof(text));
    assent_receipt_write_export(&w, &receipt, assent_span(NULL, 0));
    CHECK_INT(assent_writer_result(&w), ASSENT_ERR_RANGE);
}

/* ---- receipt ---- */

TEST(a_receipt_has_the_four_groups_of_the_standard)
{
    struct assent_record r = make_record();
    struct assent_receipt receipt = receipt_of(&r);
    const char *got = write(&receipt);

    CHECK_SPAN(
        assent_span(got, strlen(got)),
        "{\"header\":{\"schema_version\":\"assent-receipt-1\",\"profile\":\"ISO/IEC TS 27560\","
        "\"receipt_id\":\"1d000000000000000000000000000000\","
        "\"created\":\"2027-01-15T08:01:00Z\",\"clock\":\"set\","
        "\"record_id\":\"1d000000000000000000000000000000\","
        "\"pii_principal_id\":\"51020000000000000000000000000000\"},"
        "\"processing\":{\"site\":\"shop.example\",\"privacy_notice\":\"/.consent/policy/3\","
        "\"notice_hash\":\"0e000000000000000000000000000000\","
        "\"policy_document_hash\":\"0d000000000000000000000000000000\","
        "\"policy_revision\":3,\"described_by_revision\":3,\"language\":\"de\","
        "\"jurisdiction\":\"eu\","
        "\"purposes\":[{\"id\":\"statistics\",\"title\":\"Besuche zählen\","
        "\"description\":\"Wir zählen.\",\"tier\":\"analytics\",\"choice\":\"granted\"},"
        "{\"id\":\"adverts\",\"title\":\"Werbung\",\"description\":\"Wir werben.\","
        "\"tier\":\"advertising\",\"choice\":\"refused\"}],"
        "\"pii_types\":[\"cookie_identifier\",\"web_beacon\",\"server_log\"],"
        "\"controllers\":[\"shop\"],"
        "\"recipients\":[{\"id\":\"ad-net\",\"name\":\"Ad Net\","
        "\"description\":\"Zeigt Werbung\",\"policy_url\":\"https://ads.example/privacy\"}],"
        "\"rights\":[\"access\",\"erasure\",\"opt_out\"],"
        "\"storage_location\":\"the device that serves the site\",\"retention\":\"P30D\","
        "\"withdrawal_method\":\"/.consent/\"},"
        "\"parties\":[{\"id\":\"shop\",\"role\":\"controller\",\"name\":\"Shop \\\"& Co\\\"\","
        "\"address\":\"1 Street\",\"contact\":\"privacy@shop.example\","
        "\"web\":\"https://shop.example\"}],"
        "\"events\":[{\"consent_type\":\"expressed\",\"state\":\"given\",\"method\":\"save\","
        "\"entity_id\":\"51020000000000000000000000000000\","
        "\"time\":\"2027-01-15T08:00:00Z\",\"clock\":\"synced\","
        "\"choices\":{\"analytics\":\"granted\",\"advertising\":\"refused\"},"
        "\"flags\":[\"age_confirmed\"],\"sequence\":1,\"validity\":\"P180D\","
        "\"valid_until\":\"2027-07-14T08:00:00Z\"}]}");
}

TEST(a_withdrawal_is_an_event_beside_the_grant_it_ends)
{
    struct assent_record r = make_record();
    struct assent_receipt receipt = receipt_of(&r);
    const char *got;

    r.consent.choice[ASSENT_TIER_ANALYTICS] = ASSENT_CHOICE_WITHDRAWN;
    r.consent.changed_s = NOW + DAY;
    r.method = ASSENT_METHOD_PREFERENCES;
    got = write(&receipt);
    CHECK(says(got, "\"state\":\"given\",\"method\":\"save\","
                    "\"entity_id\":\"51020000000000000000000000000000\","
                    "\"time\":\"2027-01-15T08:00:00Z\"},"));
    CHECK(says(got, "\"state\":\"withdrawn\",\"method\":\"preferences\""));
    CHECK(says(got, "\"time\":\"2027-01-16T08:00:00Z\",\"clock\":\"synced\""));
}

TEST(a_change_is_an_event_of_its_own_by_its_time_or_its_method)
{
    struct assent_record r = make_record();
    struct assent_receipt receipt = receipt_of(&r);

    CHECK(!says(write(&receipt), "},{\"consent_type\""));
    r.consent.changed_s++;
    CHECK(says(write(&receipt), "},{\"consent_type\""));
    r.consent.changed_s--;
    r.method = ASSENT_METHOD_PREFERENCES;
    CHECK(says(write(&receipt), "},{\"consent_type\""));
}

TEST(the_state_follows_from_choices_and_time)
{
    static const struct {
        uint8_t choice[2];
        uint64_t later_s;
        enum assent_clock_trust trust;
        const char *state;
    } rows[] = {
        {{ASSENT_CHOICE_GRANTED, ASSENT_CHOICE_WITHDRAWN}, 60, ASSENT_CLOCK_SET, "given"},
        {{ASSENT_CHOICE_WITHDRAWN, ASSENT_CHOICE_REFUSED}, 60, ASSENT_CLOCK_SET, "withdrawn"},
        {{ASSENT_CHOICE_UNDECIDED, ASSENT_CHOICE_REFUSED}, 60, ASSENT_CLOCK_SET, "refused"},
        {{ASSENT_CHOICE_UNDECIDED, ASSENT_CHOICE_UNDECIDED}, 60, ASSENT_CLOCK_SET, "expired"},
        {{ASSENT_CHOICE_GRANTED, ASSENT_CHOICE_GRANTED}, 180 * DAY - 1, ASSENT_CLOCK_SET, "given"},
        {{ASSENT_CHOICE_GRANTED, ASSENT_CHOICE_GRANTED}, 180 * DAY, ASSENT_CLOCK_SET, "expired"},
        {{ASSENT_CHOICE_GRANTED, ASSENT_CHOICE_GRANTED}, 180 * DAY, ASSENT_CLOCK_NONE, "given"},
        {{ASSENT_CHOICE_WITHDRAWN, ASSENT_CHOICE_REFUSED},
         999 * DAY,
         ASSENT_CLOCK_SET,
         "withdrawn"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct assent_record r = make_record();
        struct assent_receipt receipt = receipt_of(&r);
        char expected[32];

        r.consent.choice[1] = rows[i].choice[0];
        r.consent.choice[2] = rows[i].choice[1];
        receipt.now = (struct assent_time){NOW + rows[i].later_s, rows[i].trust};
        snprintf(expected, sizeof(expected), "\"state\":\"%s\"", rows[i].state);
        CHECK_ROW(rows[i].state, says(write(&receipt), expected));
    }
}

TEST(a_receipt_carries_the_head_of_the_log_as_a_witness)
{
    struct assent_record r = make_record();
    struct assent_receipt receipt = receipt_of(&r);
    uint8_t head[ASSENT_AUDIT_HEAD_BYTES] = {0xAB};

    receipt.head = head;
    CHECK(says(write(&receipt), "\",\"audit_head\":\"ab0000"));
}

TEST(a_receipt_in_a_language_unknown_to_the_policy_speaks_its_first)
{
    struct assent_record r = make_record();
    struct assent_receipt receipt = receipt_of(&r);
    const char *got;

    memcpy(r.language, "pt-BR-x1", 8);
    got = write(&receipt);
    CHECK(says(got, "\"language\":\"pt-BR-x1\""));
    CHECK(says(got, "\"title\":\"Counting visits\""));
    memset(r.language, 0, sizeof(r.language));
    CHECK(!says(write(&receipt), "\"language\""));
}

TEST(a_later_revision_says_that_it_describes_an_earlier_one)
{
    struct assent_record r = make_record();
    struct assent_receipt receipt = receipt_of(&r);

    policy.revision = 5;
    CHECK(says(write(&receipt), "\"policy_revision\":3,\"described_by_revision\":5"));
}

TEST(a_site_name_cannot_break_out_of_its_string)
{
    struct assent_record r = make_record();
    struct assent_receipt receipt = receipt_of(&r);

    receipt.site = ASSENT_SPAN("a\",\"b\n\xFF");
    CHECK(says(write(&receipt), "\"site\":\"a\\\",\\\"b\\n\xEF\xBF\xBD\""));
    receipt.site = ASSENT_SPAN("");
    CHECK(says(write(&receipt), "\"site\":\"\","));
}

TEST(too_little_room_is_an_error_at_every_length)
{
    struct assent_record r = make_record();
    struct assent_receipt receipt = receipt_of(&r);
    size_t whole = strlen(write(&receipt));

    for (size_t cap = 0; cap <= whole; cap++) {
        struct assent_writer w = assent_writer(text, cap);

        assent_receipt_write(&w, &receipt);
        CHECK_INT(assent_writer_result(&w), cap < whole ? ASSENT_ERR_SPACE : (int)whole);
    }
}

/* ---- export ---- */

TEST(an_export_holds_receipt_record_and_history)
{
    struct assent_record r = make_record();
    struct assent_receipt receipt = receipt_of(&r);
    struct assent_audit_chain chain = {{1}, {0}, 0, 0};
    uint8_t history[3 * ASSENT_AUDIT_ENTRY_BYTES];
    struct assent_writer w = assent_writer(text, sizeof(text) - 1);

    crypto = assent_mbedtls_crypto();
    for (unsigned i = 0; i < 3; i++) {
        struct assent_audit_entry entry = {.type = ASSENT_AUDIT_GIVEN};

        CHECK_INT(
            assent_audit_append(&chain, &crypto, &entry, history + i * ASSENT_AUDIT_ENTRY_BYTES),
            ASSENT_OK);
    }
    assent_receipt_write_export(&w, &receipt, assent_span(history, sizeof(history)));
    CHECK(assent_writer_result(&w) > 0);
    text[w.len] = '\0';
    CHECK(says((const char *)text, "{\"receipt\":{\"header\":"));
    CHECK(says((const char *)text, "}]},\"record\":\"0100330000d2496b00"));
    CHECK(says((const char *)text, "\",\"history\":[{\"sequence\":0,"));
    CHECK(says((const char *)text, "},{\"sequence\":1,"));
    CHECK(says((const char *)text, "},{\"sequence\":2,"));
    CHECK_SPAN(assent_span(text + w.len - 4, 4), "\"}]}");
}

TEST(a_history_that_is_none_is_an_error)
{
    struct assent_record r = make_record();
    struct assent_receipt receipt = receipt_of(&r);
    uint8_t history[ASSENT_AUDIT_ENTRY_BYTES] = {ASSENT_AUDIT_VERSION};
    struct assent_writer w = assent_writer(text, sizeof(text));

    assent_receipt_write_export(&w, &receipt, assent_span(history, sizeof(history)));
    CHECK_INT(assent_writer_result(&w), ASSENT_ERR_CORRUPT);
    w = assent_writer(text, sizeof(text));
    history[1] = ASSENT_AUDIT_GIVEN;
    assent_receipt_write_export(&w, &receipt, assent_span(history, sizeof(history) - 1));
    CHECK_INT(assent_writer_result(&w), ASSENT_ERR_CORRUPT);
    w = assent_writer(text, sizeof(text) - 1);
    assent_receipt_write_export(&w, &receipt, assent_span(NULL, 0));
    CHECK(assent_writer_result(&w) > 0);
    CHECK_SPAN(assent_span(text + w.len - 14, 14), ",\"history\":[]}");
}

TEST_MAIN(CASE(an_id_depends_on_key_subject_and_sequence),
          CASE(an_id_is_the_hmac_that_the_interface_states), CASE(nobody_has_no_receipt),
          CASE(a_receipt_has_the_four_groups_of_the_standard),
          CASE(a_withdrawal_is_an_event_beside_the_grant_it_ends),
          CASE(a_change_is_an_event_of_its_own_by_its_time_or_its_method),
          CASE(the_state_follows_from_choices_and_time),
          CASE(a_receipt_carries_the_head_of_the_log_as_a_witness),
          CASE(a_receipt_in_a_language_unknown_to_the_policy_speaks_its_first),
          CASE(a_later_revision_says_that_it_describes_an_earlier_one),
          CASE(a_site_name_cannot_break_out_of_its_string),
          CASE(too_little_room_is_an_error_at_every_length),
          CASE(an_export_holds_receipt_record_and_history),
          CASE(a_history_that_is_none_is_an_error))
