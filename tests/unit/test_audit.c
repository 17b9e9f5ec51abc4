/* SPDX-License-Identifier: MIT */
/* Entries of the audit log: their bytes, their subjects, their JSON. */
#include "tests/unit/audit_case.h"

static int fail_sha256(void *ctx, const struct assent_span *parts, size_t count,
                       uint8_t out[ASSENT_SHA256_BYTES])
{
    (void)ctx, (void)parts, (void)count, (void)out;
    return ASSENT_ERR_CRYPTO;
}

/* Made by an independent implementation from the byte table: Python's hmac and struct. */
TEST(an_entry_has_the_bytes_of_the_table)
{
    static const uint8_t expected[2 * BYTES] = {
        0x01, 0x07, 0x06, 0x86, 0x64, 0x04, 0x06, 0xD2, 0x49, 0x6B, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0xF0, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xD0, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x6D, 0xB3, 0xE8, 0x80, 0x7D, 0xB4, 0xA6, 0x89, 0xA9, 0x75, 0xEC, 0xA8,
        0x5F, 0x9B, 0x53, 0x60, 0x01, 0x08, 0x07, 0x07, 0x64, 0x04, 0x07, 0xD2, 0x49, 0x6B, 0x00,
        0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xD0, 0x02, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xA5, 0xDE, 0x10, 0xA4, 0x50, 0xCA, 0xC4, 0x53,
        0x5F, 0x28, 0xE4, 0xEE, 0x94, 0x9A, 0x1D, 0xFC};
    struct assent_audit_chain chain = first_chain();
    struct assent_audit_entry entry = sample(6);
    uint8_t out[2 * BYTES];

    CHECK_INT(assent_audit_append(&chain, &crypto, &entry, out), ASSENT_OK);
    CHECK_INT(assent_audit_advance(&chain, &crypto), ASSENT_OK);
    entry = sample(7);
    entry.has_reference = false;
    CHECK_INT(assent_audit_append(&chain, &crypto, &entry, out + BYTES), ASSENT_OK);
    CHECK(memcmp(out, expected, sizeof(out)) == 0);
}

TEST(an_entry_is_read_as_it_was_made)
{
    struct log log = make_log();

    for (unsigned i = 0; i < ENTRIES; i++) {
        struct assent_audit_entry made = sample(i);
        struct assent_audit_entry read;

        CHECK_INT(assent_audit_decode(log.bytes + i * BYTES, &read), ASSENT_OK);
        CHECK_INT(read.sequence, i);
        CHECK_INT(read.epoch, i / 5);
        CHECK_INT(read.type, made.type);
        CHECK_INT(read.site, made.site);
        CHECK(memcmp(read.choice, made.choice, sizeof(made.choice)) == 0);
        CHECK_INT(read.flags, made.flags);
        CHECK_INT(read.method, made.method);
        CHECK_INT(read.time.unix_s, made.time.unix_s);
        CHECK_INT(read.time.trust, made.time.trust);
        CHECK(read.has_reference);
        CHECK(memcmp(read.reference, made.reference, sizeof(made.reference)) == 0);
        CHECK(memcmp(read.detail, made.detail, sizeof(made.detail)) == 0);
    }
}

TEST(bytes_that_are_no_entry_are_refused)
{
    static const struct {
        const char *what;
        size_t at;
        uint8_t value;
        int error;
    } rows[] = {
        {"another version", 0, 2, ASSENT_ERR_VERSION},
        {"erased flash", 0, 0xFF, ASSENT_ERR_VERSION},
        {"type none", 1, 0, ASSENT_ERR_CORRUPT},
        {"an unknown type", 1, ASSENT_AUDIT_TYPES, ASSENT_ERR_CORRUPT},
        {"unused bit of the choices", 3, 0x90, ASSENT_ERR_CORRUPT},
        {"a reference that is not said", 3, 0x01, ASSENT_ERR_CORRUPT},
        {"unused bit of the flags", 4, 0xE4, ASSENT_ERR_CORRUPT},
        {"an unknown method", 5, ASSENT_METHODS, ASSENT_ERR_CORRUPT},
        {"the unused byte", 11, 1, ASSENT_ERR_CORRUPT},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct log log = make_log();
        struct assent_audit_entry entry;

        log.bytes[rows[i].at] = rows[i].value;
        CHECK_INT_ROW(rows[i].what, assent_audit_decode(log.bytes, &entry), rows[i].error);
        CHECK_INT_ROW(rows[i].what, verify(log.bytes, sizeof(log.bytes), NULL).fault,
                      ASSENT_AUDIT_FAULT_FORM);
    }
}

TEST(an_entry_out_of_range_is_not_made)
{
    struct assent_audit_entry bad[] = {sample(0), sample(0), sample(0), sample(0),
                                       sample(0), sample(0), sample(0), sample(0)};

    bad[0].type = ASSENT_AUDIT_NONE;
    bad[1].type = ASSENT_AUDIT_TYPES;
    bad[2].choice[0] = 1;
    bad[3].choice[1] = 4;
    bad[4].choice[2] = 4;
    bad[5].flags = 0x20;
    bad[6].method = ASSENT_METHODS;
    bad[7].time.unix_s = UINT64_C(1) << 40;
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct assent_audit_chain chain = first_chain();
        struct assent_audit_chain before = chain;
        uint8_t out[BYTES];

        CHECK_INT(assent_audit_append(&chain, &crypto, &bad[i], out), ASSENT_ERR_RANGE);
        CHECK(memcmp(&chain, &before, sizeof(chain)) == 0);
    }
}

TEST(a_failing_primitive_leaves_the_chain_where_it_was)
{
    struct assent_audit_chain chain = first_chain();
    struct assent_audit_chain before = chain;
    struct assent_audit_entry entry = sample(0);
    struct log log = make_log();
    uint8_t out[BYTES];

    crypto.hmac = fail_hmac;
    CHECK_INT(assent_audit_append(&chain, &crypto, &entry, out), ASSENT_ERR_CRYPTO);
    {
        struct assent_audit_verifier v;
        size_t bad;

        assent_audit_verify_start(&v, &before, NULL);
        CHECK_INT(assent_audit_verify(&v, &crypto, assent_span(log.bytes, sizeof(log.bytes)), &bad),
                  ASSENT_AUDIT_FAULT_CRYPTO);
        CHECK_INT(bad, 0);
    }
    crypto.sha256 = fail_sha256;
    CHECK_INT(assent_audit_advance(&chain, &crypto), ASSENT_ERR_CRYPTO);
    CHECK(memcmp(&chain, &before, sizeof(chain)) == 0);
}

TEST(a_chain_that_has_come_to_its_end_makes_no_more)
{
    struct assent_audit_chain chain = first_chain();
    struct assent_audit_entry entry = sample(0);
    uint8_t out[BYTES];

    chain.sequence = UINT32_MAX - 1;
    CHECK_INT(assent_audit_append(&chain, &crypto, &entry, out), ASSENT_OK);
    CHECK_INT(assent_audit_append(&chain, &crypto, &entry, out), ASSENT_ERR_LIMIT);
    chain.epoch = UINT32_MAX;
    CHECK_INT(assent_audit_advance(&chain, &crypto), ASSENT_ERR_LIMIT);
}

TEST(a_reference_depends_on_subject_and_salt_and_shows_neither)
{
    uint8_t salt[ASSENT_AUDIT_SALT_BYTES] = {1};
    uint8_t subject[ASSENT_SUBJECT_BYTES] = {2};
    uint8_t first[ASSENT_AUDIT_REFERENCE_BYTES];
    uint8_t other[ASSENT_AUDIT_REFERENCE_BYTES];

    crypto = assent_mbedtls_crypto();
    CHECK_INT(assent_audit_reference(&crypto, salt, subject, first), ASSENT_OK);
    CHECK_INT(assent_audit_reference(&crypto, salt, subject, other), ASSENT_OK);
    CHECK(memcmp(first, other, sizeof(first)) == 0);
    CHECK(memcmp(first, subject, sizeof(first)) != 0);
    salt[15] ^= 1;
    CHECK_INT(assent_audit_reference(&crypto, salt, subject, other), ASSENT_OK);
    CHECK(memcmp(first, other, sizeof(first)) != 0);
    salt[15] ^= 1;
    subject[15] ^= 1;
    CHECK_INT(assent_audit_reference(&crypto, salt, subject, other), ASSENT_OK);
    CHECK(memcmp(first, other, sizeof(first)) != 0);
    crypto.hmac = fail_hmac;
    CHECK_INT(assent_audit_reference(&crypto, salt, subject, other), ASSENT_ERR_CRYPTO);
}

TEST(a_digest_binds_the_record_and_is_no_reference)
{
    uint8_t salt[ASSENT_AUDIT_SALT_BYTES] = {1};
    uint8_t record[ASSENT_RECORD_BYTES] = {3};
    uint8_t first[ASSENT_AUDIT_DETAIL_BYTES];
    uint8_t other[ASSENT_AUDIT_DETAIL_BYTES];
    uint8_t reference[ASSENT_AUDIT_REFERENCE_BYTES];

    crypto = assent_mbedtls_crypto();
    CHECK_INT(assent_audit_digest(&crypto, salt, assent_span(record, sizeof(record)), first),
              ASSENT_OK);
    record[95] ^= 1;
    CHECK_INT(assent_audit_digest(&crypto, salt, assent_span(record, sizeof(record)), other),
              ASSENT_OK);
    CHECK(memcmp(first, other, sizeof(first)) != 0);
    CHECK_INT(assent_audit_reference(&crypto, salt, record, reference), ASSENT_OK);
    CHECK_INT(assent_audit_digest(&crypto, salt, assent_span(record, ASSENT_SUBJECT_BYTES), other),
              ASSENT_OK);
    CHECK(memcmp(reference, other, sizeof(other)) != 0);
}

TEST(types_and_faults_have_names)
{
    CHECK(strcmp(assent_audit_type_name(ASSENT_AUDIT_WITHDRAWN), "consent_withdrawn") == 0);
    CHECK(strcmp(assent_audit_type_name(ASSENT_AUDIT_BOOT), "boot") == 0);
    CHECK(strcmp(assent_audit_type_name(ASSENT_AUDIT_TYPES), "unknown") == 0);
    CHECK(strcmp(assent_audit_fault_name(ASSENT_AUDIT_FAULT_TRUNCATED), "truncated") == 0);
    CHECK(strcmp(assent_audit_fault_name(ASSENT_AUDIT_FAULT_CRYPTO), "crypto") == 0);
    CHECK(strcmp(assent_audit_fault_name((enum assent_audit_fault)99), "unknown") == 0);
}

TEST(an_entry_is_one_line_of_json)
{
    struct assent_audit_chain chain = first_chain();
    struct assent_audit_entry entry = sample(6);
    uint8_t bytes[BYTES];
    uint8_t text[512];
    struct assent_writer w = assent_writer(text, sizeof(text));

    CHECK_INT(assent_audit_append(&chain, &crypto, &entry, bytes), ASSENT_OK);
    memset(bytes + ASSENT_AUDIT_BODY_BYTES, 0xAB, ASSENT_AUDIT_MAC_BYTES);
    assent_audit_write_json(&w, bytes);
    CHECK_SPAN(assent_writer_span(&w),
               "{\"sequence\":0,\"epoch\":0,\"type\":\"consent_erased\",\"site\":6,"
               "\"time\":\"2027-01-15T08:00:06Z\",\"clock\":\"synced\",\"method\":\"preferences\","
               "\"choices\":{\"analytics\":\"refused\",\"advertising\":\"granted\"},"
               "\"flags\":[\"restricted\"],\"reference\":\"f0010000000000000000000000000000\","
               "\"detail\":\"d00200000000000000000000\","
               "\"mac\":\"abababababababababababababababab\"}");
    bytes[3] &= 0x7F;
    memset(bytes + 20, 0, ASSENT_AUDIT_REFERENCE_BYTES);
    bytes[4] = 0x1F;
    w = assent_writer(text, sizeof(text));
    assent_audit_write_json(&w, bytes);
    text[w.len] = '\0';
    CHECK(strstr((const char *)text, "\"clock\":\"none\"") != NULL);
    CHECK(strstr((const char *)text, "\"flags\":[\"age_confirmed\",\"gpc_present\",\"restricted\","
                                     "\"objected\",\"kiosk\"],\"reference\":null") != NULL);
}

TEST(json_of_no_entry_is_an_error)
{
    uint8_t bytes[BYTES] = {0};
    uint8_t text[512];
    struct assent_writer w = assent_writer(text, sizeof(text));

    assent_audit_write_json(&w, bytes);
    CHECK_INT(assent_writer_result(&w), ASSENT_ERR_VERSION);
    w = assent_writer(text, sizeof(text));
    bytes[0] = 1;
    assent_audit_write_json(&w, bytes);
    CHECK_INT(assent_writer_result(&w), ASSENT_ERR_CORRUPT);
}

TEST_MAIN(CASE(an_entry_has_the_bytes_of_the_table), CASE(an_entry_is_read_as_it_was_made),
          CASE(bytes_that_are_no_entry_are_refused), CASE(an_entry_out_of_range_is_not_made),
          CASE(a_failing_primitive_leaves_the_chain_where_it_was),
          CASE(a_chain_that_has_come_to_its_end_makes_no_more),
          CASE(a_reference_depends_on_subject_and_salt_and_shows_neither),
          CASE(a_digest_binds_the_record_and_is_no_reference), CASE(types_and_faults_have_names),
          CASE(an_entry_is_one_line_of_json), CASE(json_of_no_entry_is_an_error))
